// SPDX-License-Identifier: MIT
#include "words.h"

#include <stdbool.h>

static const char begin[] = "# fish completion of flow, printed by 'flow completion fish'\n";
static const char end[] =
    "complete -c flow -n __fish_use_subcommand -f -a help -d 'show the manual of a command'\n"
    "complete -c flow -n __fish_use_subcommand -f -a completion -d 'print what makes a shell complete'\n"
    "complete -c flow -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'\n";

static void option_line(const char *command, bool behind_flow, char *const *option, struct flow_buf *out)
{
    enum words_value value = words_value(option);
    if (behind_flow)
        flow_buf_printf(out, "complete -c flow -n '__fish_seen_subcommand_from %s'", command);
    else
        flow_buf_printf(out, "complete -c flow-%s", command);
    if (*option[CELL_LETTER])
        flow_buf_printf(out, " -s %s", option[CELL_LETTER]);
    flow_buf_printf(out, " -l %s", option[CELL_NAME]);
    if (value == WORDS_FILE || value == WORDS_DIR)
        flow_buf_puts(out, " -r -F");
    else if (value != WORDS_NO_VALUE)
        flow_buf_puts(out, " -x");
    if (value == WORDS_CHOICE)
        flow_buf_printf(out, " -a '%s'", option[CELL_CHOICES]);
    flow_buf_puts(out, " -d ");
    words_quote(out, option[CELL_HELP], "\\");
    flow_buf_putc(out, '\n');
}

void words_print_fish(const struct words *tools, size_t count, struct flow_buf *out)
{
    flow_buf_puts(out, begin);
    for (size_t i = 0; i < count; i++) {
        const char *name = tools[i].command->name;
        flow_buf_printf(out, "complete -c flow -n __fish_use_subcommand -f -a %s -d ", name);
        words_quote(out, tools[i].command->summary, "\\");
        flow_buf_putc(out, '\n');
        for (size_t j = 0; j < tools[i].options.count; j += CELLS) {
            option_line(name, false, &tools[i].options.items[j], out);
            option_line(name, true, &tools[i].options.items[j], out);
        }
    }
    flow_buf_puts(out, end);
}
