// SPDX-License-Identifier: MIT
#include "words.h"

#include <string.h>

static const char tool_begin[] = "\n# zsh completion of flow, printed by 'flow completion zsh'\n"
                                 "\n"
                                 "_flow_tool()\n"
                                 "{\n"
                                 "    case $1 in\n";
static const char tool_end[] = "    esac\n"
                               "}\n"
                               "\n";
static const char flow_begin[] = "_flow()\n"
                                 "{\n"
                                 "    if [[ $service != flow ]]; then\n"
                                 "        _flow_tool $service\n"
                                 "        return\n"
                                 "    fi\n"
                                 "    local -a commands\n"
                                 "    commands=(\n";
static const char flow_end[] = "        help:'show the manual of a command'\n"
                               "        completion:'print what makes a shell complete'\n"
                               "    )\n"
                               "    if ((CURRENT == 2)) || [[ $words[2] == help ]]; then\n"
                               "        _describe command commands\n"
                               "    elif [[ $words[2] == completion ]]; then\n"
                               "        compadd bash zsh fish\n"
                               "    else\n"
                               "        local tool=flow-$words[2]\n"
                               "        shift words\n"
                               "        ((CURRENT--))\n"
                               "        _flow_tool $tool\n"
                               "    fi\n"
                               "}\n"
                               "\n";

// The script is called as a function where zsh found it by itself, and defines one where it is sourced.
static const char begin_either[] = "if [[ $funcstack[1] == _flow ]]; then\n"
                                   "    _flow \"$@\"\n"
                                   "else\n"
                                   "    compdef _flow flow";

static void option_value(char *const *option, struct flow_buf *out)
{
    enum words_value value = words_value(option);
    if (value == WORDS_NO_VALUE)
        return;
    flow_buf_printf(out, "':%s:", option[CELL_VALUE]);
    if (value == WORDS_CHOICE)
        flow_buf_printf(out, "(%s)", option[CELL_CHOICES]);
    else if (value == WORDS_FILE)
        flow_buf_puts(out, "_files");
    else if (value == WORDS_DIR)
        flow_buf_puts(out, "_files -/");
    flow_buf_putc(out, '\'');
}

// One word of _arguments: '(-j --jobs)'{-j,--jobs=}'['help']'':N:'.
static void option_word(char *const *option, struct flow_buf *out)
{
    const char *letter = option[CELL_LETTER], *name = option[CELL_NAME];
    const char *equals = words_value(option) == WORDS_NO_VALUE ? "" : "=";
    flow_buf_puts(out, " \\\n        ");
    if (strcmp(option[CELL_KIND], "list") == 0)
        flow_buf_puts(out, "'*'");
    else if (*letter)
        flow_buf_printf(out, "'(-%s --%s)'", letter, name);
    if (*letter)
        flow_buf_printf(out, "{-%s,--%s%s}", letter, name, equals);
    else
        flow_buf_printf(out, "--%s%s", name, equals);
    flow_buf_puts(out, "'['");
    words_quote(out, option[CELL_HELP], "[]:\\");
    flow_buf_puts(out, "']'");
    option_value(option, out);
}

void words_print_zsh(const struct words *tools, size_t count, struct flow_buf *out)
{
    flow_buf_puts(out, "#compdef flow");
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, " flow-%s", tools[i].command->name);
    flow_buf_puts(out, tool_begin);
    for (size_t i = 0; i < count; i++) {
        flow_buf_printf(out, "    flow-%s)\n        _arguments -s -S", tools[i].command->name);
        for (size_t j = 0; j < tools[i].options.count; j += CELLS)
            option_word(&tools[i].options.items[j], out);
        flow_buf_puts(out, " \\\n        '*:file:_files' ;;\n");
    }
    flow_buf_puts(out, tool_end);
    flow_buf_puts(out, flow_begin);
    for (size_t i = 0; i < count; i++) {
        flow_buf_printf(out, "        %s:", tools[i].command->name);
        words_quote(out, tools[i].command->summary, "\\");
        flow_buf_putc(out, '\n');
    }
    flow_buf_puts(out, flow_end);
    flow_buf_puts(out, begin_either);
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, " flow-%s", tools[i].command->name);
    flow_buf_puts(out, "\nfi\n");
}
