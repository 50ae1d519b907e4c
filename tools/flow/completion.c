// SPDX-License-Identifier: MIT
#include "completion.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/proc.h"
#include "flow/base/tsv.h"
#include "flow/base/vec.h"
#include "tools.h"

#define ASK_SECONDS 10

// The columns of --flow-options.
enum { CELL_LETTER, CELL_NAME, CELL_VALUE, CELL_KIND, CELL_CHOICES, CELL_GROUP, CELL_HELP, CELLS };

// One tool and its options, CELLS strings each.
struct words {
    const struct flow_command *command;
    struct flow_strv options;
};

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

// Appends text as one word in single quotes; `escape` are characters that want a backslash besides.
static void quote(struct flow_buf *out, const char *text, const char *escape)
{
    flow_buf_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            flow_buf_puts(out, "'\\'");
        else if (strchr(escape, *text))
            flow_buf_putc(out, '\\');
        flow_buf_putc(out, *text);
    }
    flow_buf_putc(out, '\'');
}

// How the value of an option is completed in bash; NULL for an option without a value.
static const char *bash_value(char *const *option)
{
    if (!*option[CELL_VALUE])
        return NULL;
    if (*option[CELL_CHOICES])
        return "words";
    if (strcmp(option[CELL_VALUE], "FILE") == 0)
        return "file";
    if (strcmp(option[CELL_VALUE], "DIR") == 0)
        return "dir";
    return "none";
}

static void bash_tool(const struct words *tool, struct flow_buf *out)
{
    const char *name = tool->command->name;
    for (size_t i = 0; i < tool->options.count; i += CELLS) {
        char *const *option = &tool->options.items[i];
        const char *value = bash_value(option);
        if (!value)
            continue;
        flow_buf_puts(out, "    ");
        if (*option[CELL_LETTER])
            flow_buf_printf(out, "'flow-%s -%s' | ", name, option[CELL_LETTER]);
        flow_buf_printf(out, "'flow-%s --%s') printf '%%s\\n' '%s%s%s' ;;\n", name, option[CELL_NAME], value,
                        *option[CELL_CHOICES] ? " " : "", option[CELL_CHOICES]);
    }
    flow_buf_printf(out, "    'flow-%s ') printf '%%s\\n' '", name);
    for (size_t i = 0; i < tool->options.count; i += CELLS) {
        char *const *option = &tool->options.items[i];
        if (*option[CELL_LETTER])
            flow_buf_printf(out, "-%s ", option[CELL_LETTER]);
        flow_buf_printf(out, "--%s ", option[CELL_NAME]);
    }
    flow_buf_puts(out, "' ;;\n");
}

static void print_bash(const struct words *tools, size_t count, struct flow_buf *out)
{
    flow_buf_puts(out,
                  "# bash completion of flow, printed by 'flow completion bash'\n"
                  "# Says how the value of an option is completed; without an option, which ones there are.\n"
                  "_flow_table()\n{\n    case \"$1 $2\" in\n");
    for (size_t i = 0; i < count; i++)
        bash_tool(&tools[i], out);
    flow_buf_puts(
        out, "    esac\n}\n\n"
             "_flow_words()\n{\n"
             "    local tool=$1 cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} how\n"
             "    if [[ $cur == = ]]; then cur=; fi\n"
             "    if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
             "    COMPREPLY=()\n"
             "    if [[ $prev == -* ]]; then how=$(_flow_table \"$tool\" \"$prev\"); fi\n"
             "    case $how in\n"
             "    none) ;;\n"
             "    file) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
             "    dir) mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
             "    words*) mapfile -t COMPREPLY < <(compgen -W \"${how#words }\" -- \"$cur\") ;;\n"
             "    *)\n"
             "        if [[ $cur == -* ]]; then\n"
             "            mapfile -t COMPREPLY < <(compgen -W \"$(_flow_table \"$tool\" '')\" -- \"$cur\")\n"
             "        else\n"
             "            mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
             "        fi ;;\n"
             "    esac\n}\n\n"
             "_flow_tool() { _flow_words \"${COMP_WORDS[0]##*/}\"; }\n\n"
             "_flow()\n{\n"
             "    local commands='");
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, "%s ", tools[i].command->name);
    flow_buf_puts(
        out,
        "'\n"
        "    if ((COMP_CWORD == 1)); then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$commands help completion\" -- \"${COMP_WORDS[1]}\")\n"
        "    elif [[ ${COMP_WORDS[1]} == help ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W \"$commands\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
        "    elif [[ ${COMP_WORDS[1]} == completion ]]; then\n"
        "        mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
        "    else\n"
        "        _flow_words \"flow-${COMP_WORDS[1]}\"\n"
        "    fi\n}\n\n"
        "complete -o filenames -F _flow flow\n"
        "complete -o filenames -F _flow_tool");
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, " flow-%s", tools[i].command->name);
    flow_buf_putc(out, '\n');
}

// One word for _arguments: '(-j --jobs)'{-j,--jobs=}'[help]:N:_files'.
static void zsh_option(char *const *option, struct flow_buf *out)
{
    const char *letter = option[CELL_LETTER], *name = option[CELL_NAME], *value = option[CELL_VALUE];
    const char *equals = *value ? "=" : "";
    bool list = strcmp(option[CELL_KIND], "list") == 0;
    flow_buf_puts(out, " \\\n        ");
    if (list)
        flow_buf_puts(out, "'*'");
    else if (*letter)
        flow_buf_printf(out, "'(-%s --%s)'", letter, name);
    if (*letter)
        flow_buf_printf(out, "{-%s,--%s%s}", letter, name, equals);
    else
        flow_buf_printf(out, "--%s%s", name, equals);
    flow_buf_puts(out, "'['");
    quote(out, option[CELL_HELP], "[]:\\");
    flow_buf_puts(out, "']'");
    if (!*value)
        return;
    flow_buf_printf(out, "':%s:", value);
    if (*option[CELL_CHOICES])
        flow_buf_printf(out, "(%s)", option[CELL_CHOICES]);
    else if (strcmp(value, "FILE") == 0)
        flow_buf_puts(out, "_files");
    else if (strcmp(value, "DIR") == 0)
        flow_buf_puts(out, "_files -/");
    flow_buf_putc(out, '\'');
}

static void print_zsh(const struct words *tools, size_t count, struct flow_buf *out)
{
    flow_buf_puts(out, "#compdef flow");
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, " flow-%s", tools[i].command->name);
    flow_buf_puts(out, "\n# zsh completion of flow, printed by 'flow completion zsh'\n\n"
                       "_flow_tool()\n{\n    case $1 in\n");
    for (size_t i = 0; i < count; i++) {
        flow_buf_printf(out, "    flow-%s)\n        _arguments -s -S", tools[i].command->name);
        for (size_t j = 0; j < tools[i].options.count; j += CELLS)
            zsh_option(&tools[i].options.items[j], out);
        flow_buf_puts(out, " \\\n        '*:file:_files' ;;\n");
    }
    flow_buf_puts(out,
                  "    esac\n}\n\n_flow()\n{\n"
                  "    if [[ $service != flow ]]; then\n        _flow_tool $service\n        return\n    fi\n"
                  "    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < count; i++) {
        flow_buf_printf(out, "        %s:", tools[i].command->name);
        quote(out, tools[i].command->summary, "\\");
        flow_buf_putc(out, '\n');
    }
    flow_buf_puts(out,
                  "        help:'show the manual of a command'\n"
                  "        completion:'print what makes a shell complete'\n    )\n"
                  "    if ((CURRENT == 2)); then\n        _describe command commands\n"
                  "    elif [[ $words[2] == help ]]; then\n        _describe command commands\n"
                  "    elif [[ $words[2] == completion ]]; then\n        compadd bash zsh fish\n"
                  "    else\n        local tool=flow-$words[2]\n        shift words\n        ((CURRENT--))\n"
                  "        _flow_tool $tool\n    fi\n}\n\n"
                  "if [[ $funcstack[1] == _flow ]]; then\n    _flow \"$@\"\nelse\n    compdef _flow flow");
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, " flow-%s", tools[i].command->name);
    flow_buf_puts(out, "\nfi\n");
}

static void fish_option(const char *command, bool behind_flow, char *const *option, struct flow_buf *out)
{
    const char *value = option[CELL_VALUE];
    if (behind_flow)
        flow_buf_printf(out, "complete -c flow -n '__fish_seen_subcommand_from %s'", command);
    else
        flow_buf_printf(out, "complete -c flow-%s", command);
    if (*option[CELL_LETTER])
        flow_buf_printf(out, " -s %s", option[CELL_LETTER]);
    flow_buf_printf(out, " -l %s", option[CELL_NAME]);
    bool file = strcmp(value, "FILE") == 0, dir = strcmp(value, "DIR") == 0;
    if (file || dir)
        flow_buf_puts(out, " -r -F");
    else if (*value)
        flow_buf_puts(out, " -x");
    if (*option[CELL_CHOICES])
        flow_buf_printf(out, " -a '%s'", option[CELL_CHOICES]);
    flow_buf_puts(out, " -d ");
    quote(out, option[CELL_HELP], "\\");
    flow_buf_putc(out, '\n');
}

static void print_fish(const struct words *tools, size_t count, struct flow_buf *out)
{
    flow_buf_puts(out, "# fish completion of flow, printed by 'flow completion fish'\n");
    for (size_t i = 0; i < count; i++) {
        flow_buf_printf(out, "complete -c flow -n __fish_use_subcommand -f -a %s -d ",
                        tools[i].command->name);
        quote(out, tools[i].command->summary, "\\");
        flow_buf_putc(out, '\n');
        for (size_t j = 0; j < tools[i].options.count; j += CELLS) {
            fish_option(tools[i].command->name, false, &tools[i].options.items[j], out);
            fish_option(tools[i].command->name, true, &tools[i].options.items[j], out);
        }
    }
    flow_buf_puts(out,
                  "complete -c flow -n __fish_use_subcommand -f -a help -d 'show the manual of a command'\n"
                  "complete -c flow -n __fish_use_subcommand -f -a completion -d "
                  "'print what makes a shell complete'\n"
                  "complete -c flow -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n");
}

static print_fn printer_of(const char *shell)
{
    static const struct {
        const char *shell;
        print_fn print;
    } printers[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
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
