// SPDX-License-Identifier: MIT
#include "words.h"

// How a value is completed (_flow_table TOOL OPTION), or which options there are (_flow_table TOOL '').
static const char table_begin[] = "# bash completion of flow, printed by 'flow completion bash'\n"
                                  "_flow_table()\n"
                                  "{\n"
                                  "    case \"$1 $2\" in\n";
static const char table_end[] = "    esac\n"
                                "}\n"
                                "\n";

// '=' is a word of its own to bash.
static const char functions[] =
    "_flow_words()\n"
    "{\n"
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
    "    esac\n"
    "}\n"
    "\n"
    "_flow_tool() { _flow_words \"${COMP_WORDS[0]##*/}\"; }\n"
    "\n"
    "_flow()\n"
    "{\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]}\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$_flow_commands help completion\" -- \"$cur\")\n"
    "    elif [[ ${COMP_WORDS[1]} == help ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$_flow_commands\" -- \"$cur\")\n"
    "    elif [[ ${COMP_WORDS[1]} == completion ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- \"$cur\")\n"
    "    else\n"
    "        _flow_words \"flow-${COMP_WORDS[1]}\"\n"
    "    fi\n"
    "}\n"
    "\n"
    "complete -o filenames -F _flow flow\n"
    "complete -o filenames -F _flow_tool";

static const char *value_name(enum words_value value)
{
    static const char *const names[] = {
        [WORDS_ANY] = "none", [WORDS_FILE] = "file", [WORDS_DIR] = "dir", [WORDS_CHOICE] = "words "};
    return names[value];
}

static void table_rows(const struct words *tool, struct flow_buf *out)
{
    const char *name = tool->command->name;
    for (size_t i = 0; i < tool->options.count; i += CELLS) {
        char *const *option = &tool->options.items[i];
        enum words_value value = words_value(option);
        if (value == WORDS_NO_VALUE)
            continue;
        flow_buf_puts(out, "    ");
        if (*option[CELL_LETTER])
            flow_buf_printf(out, "'flow-%s -%s' | ", name, option[CELL_LETTER]);
        flow_buf_printf(out, "'flow-%s --%s') printf '%%s\\n' '%s%s' ;;\n", name, option[CELL_NAME],
                        value_name(value), option[CELL_CHOICES]);
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

void words_print_bash(const struct words *tools, size_t count, struct flow_buf *out)
{
    flow_buf_puts(out, table_begin);
    for (size_t i = 0; i < count; i++)
        table_rows(&tools[i], out);
    flow_buf_puts(out, table_end);
    flow_buf_puts(out, "_flow_commands='");
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, "%s%s", i ? " " : "", tools[i].command->name);
    flow_buf_puts(out, "'\n\n");
    flow_buf_puts(out, functions);
    for (size_t i = 0; i < count; i++)
        flow_buf_printf(out, " flow-%s", tools[i].command->name);
    flow_buf_putc(out, '\n');
}
