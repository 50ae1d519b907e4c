// SPDX-License-Identifier: MIT
#include "completion.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/proc.h"
#include "flow/base/tsv.h"
#include "tools.h"
#include "words.h"

#define ASK_SECONDS 10

typedef void (*print_fn)(const struct words *tools, size_t count, struct flow_buf *out);

static int read_table(struct words *words, const char *text, struct flow_error *err)
{
    const char *line = text + strcspn(text, "\n"); // behind the header
    while (*line == '\n' && line[1]) {
        line++;
        size_t length = strcspn(line, "\n");
        size_t before = words->options.count;
        if (flow_tsv_split(&words->options, line, length, err) != 0)
            return -1;
        if (words->options.count - before != CELLS)
            return flow_error_set(err, FLOW_E_INTERNAL, "flow-%s describes its options in another form",
                                  words->command->name);
        line += length;
    }
    return 0;
}

static int ask_tool(struct words *words, struct flow_error *err)
{
    struct flow_buf name, path, text;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&name, "flow-%s", words->command->name);
    int result = flow_program_path(&path, name.data, err);
    if (result != 0)
        goto done;
    const char *const argv[] = {path.data, "--flow-options", NULL};
    const struct flow_proc proc = {.argv = argv, .timeout = ASK_SECONDS, .out = &text};
    struct flow_proc_result ended;
    result = flow_proc_run(&proc, &ended, err);
    if (result == 0 && ended.status != 0)
        result = flow_error_set(err, FLOW_E_ENV, "'%s' does not describe its options", path.data);
    if (result == 0)
        result = read_table(words, text.data, err);
done:
    flow_buf_release(&text);
    flow_buf_release(&path);
    flow_buf_release(&name);
    return result;
}

static print_fn printer_of(const char *shell)
{
    static const struct {
        const char *shell;
        print_fn print;
    } printers[] = {{"bash", words_print_bash}, {"zsh", words_print_zsh}, {"fish", words_print_fish}};
    for (size_t i = 0; shell && i < sizeof printers / sizeof *printers; i++) {
        if (strcmp(shell, printers[i].shell) == 0)
            return printers[i].print;
    }
    return NULL;
}

int flow_completion_print(const char *shell, FILE *to, struct flow_error *err)
{
    print_fn print = printer_of(shell);
    if (!print)
        return flow_error_set(err, FLOW_E_USAGE, "completion is there for bash, zsh and fish");
    size_t count = 0;
    while (flow_commands[count].name)
        count++;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    struct words *tools = calloc(count + 1, sizeof *tools);
    int result = tools ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        tools[i].command = &flow_commands[i];
        result = ask_tool(&tools[i], err);
    }
    if (result == 0) {
        print(tools, count, &out);
        result = flow_buf_check(&out, "completion", err);
    }
    if (result == 0)
        fputs(out.data, to);
    for (size_t i = 0; tools && i < count; i++)
        flow_strv_release(&tools[i].options);
    free(tools);
    flow_buf_release(&out);
    return result;
}
