// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "completion.h"
#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/ui/tool.h"
#include "tools.h"

// Replaces this process. Comes back only where that failed.
static int exec(const char *program, char *const *argv, struct flow_error *err)
{
    signal(SIGPIPE, SIG_DFL); // an ignored signal would be handed on
    execvp(program, argv);
    return flow_error_errno(err, errno, "cannot run '%s'", program);
}

static int unknown(const char *name, struct flow_error *err)
{
    const struct flow_command *nearest = flow_command_nearest(name);
    if (nearest)
        return flow_error_set(err, FLOW_E_USAGE, "there is no command '%s'; did you mean '%s'?", name,
                              nearest->name);
    return flow_error_set(err, FLOW_E_USAGE, "there is no command '%s'", name);
}

// Runs the program of a command: the one beside this program, else what PATH has under that name.
static int dispatch(char **words, struct flow_error *err)
{
    struct flow_buf name, path;
    const char *command = words[0];
    if (strchr(command, '/'))
        return unknown(command, err);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&name, "flow-%s", command);
    int result = flow_buf_check(&name, command, err);
    if (result == 0) {
        bool beside = flow_program_path(&path, name.data, NULL) == 0;
        words[0] = beside ? path.data : name.data;
        result = exec(words[0], words, err);
        if (!beside && err->code == FLOW_E_NOT_FOUND)
            result = unknown(command, err);
    }
    flow_buf_release(&path);
    flow_buf_release(&name);
    return result;
}

// The man page that was installed with this program; false where there is none.
static bool find_page(struct flow_buf *page, const char *program)
{
    static const char *const ends[] = {".1", ".1.gz"};
    size_t folder = flow_path_dir_len(program);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        flow_buf_clear(page);
        flow_buf_printf(page, "%.*s/../share/man/man1/%s%s", (int)folder, program, flow_path_base(program),
                        ends[i]);
        if (!page->failed && flow_path_exists(page->data))
            return true;
    }
    return false;
}

static int help(const char *command, struct flow_error *err)
{
    struct flow_buf name, program, page;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&program, FLOW_BUF_LINE);
    flow_buf_init(&page, FLOW_BUF_LINE);
    bool whole = strcmp(command, "flow") == 0 || flow_str_starts(command, "flow-");
    flow_buf_printf(&name, "%s%s", whole ? "" : "flow-", command);
    int result = flow_program_path(&program, name.data, NULL) == 0 ? 0 : unknown(command, err);
    if (result != 0)
        goto done;
    char man[] = "man", option[] = "--help";
    if (isatty(STDOUT_FILENO) && find_page(&page, program.data)) {
        char *const with_man[] = {man, page.data, NULL};
        exec(man, with_man, NULL);
    }
    char *const with_option[] = {program.data, option, NULL};
    result = exec(program.data, with_option, err);
done:
    flow_buf_release(&page);
    flow_buf_release(&program);
    flow_buf_release(&name);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    char **words = context->operands;
    bool is_help = strcmp(words[0], "help") == 0;
    bool is_completion = strcmp(words[0], "completion") == 0;
    if (!is_help && !is_completion)
        return dispatch(words, err);
    if (context->operand_count > 2)
        return flow_error_set(err, FLOW_E_USAGE, "too many arguments, beginning with '%s'", words[2]);
    if (is_completion)
        return flow_completion_print(words[1], stdout, err);
    if (words[1])
        return help(words[1], err);
    fputs(context->args, stdout);
    return 0;
}

static void list_commands(struct flow_buf *out)
{
    flow_buf_puts(out, "commands:\n");
    for (const struct flow_command *command = flow_commands; command->name; command++)
        flow_buf_printf(out, "  %-12s%s\n", command->name, command->summary);
    flow_buf_puts(out, "  help        list the commands, or show the manual of one\n"
                       "  completion  print what makes a shell complete them: bash, zsh or fish\n");
}

int main(int argc, char **argv)
{
    struct flow_buf commands, about;
    flow_buf_init(&commands, FLOW_BUF_TEXT);
    flow_buf_init(&about, FLOW_BUF_TEXT);
    list_commands(&commands);
    flow_buf_printf(&about,
                    "'flow port' is flow-port: each command is a program of its own, which can be\n"
                    "called and piped by itself. flow(7) tells what they have in common.\n\n%s",
                    commands.data);
    flow_buf_truncate(&about, about.len ? about.len - 1 : 0);
    const struct flow_tool tool = {
        .name = "flow",
        .summary = "carry out code migrations too large for one conversation",
        .operands = "command [argument ...]\n"
                    "help [command]\n"
                    "completion bash | zsh | fish",
        .operand_min = 1,
        .operand_max = SIZE_MAX,
        .options_first = true,
        .about = about.data,
        .examples = "# what is there to port, and in which order?\n"
                    "flow analyze src | head\n"
                    "# complete the words of all tools in this shell\n"
                    "source <(flow completion bash)",
        .run = run,
        .args = commands.data,
    };
    int status = flow_tool_main(argc, argv, &tool);
    flow_buf_release(&about);
    flow_buf_release(&commands);
    return status;
}
