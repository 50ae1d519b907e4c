// SPDX-License-Identifier: MIT
#include "words.h"

#include <string.h>

enum words_value words_value(char *const *option)
{
    if (!*option[CELL_VALUE])
        return WORDS_NO_VALUE;
    if (*option[CELL_CHOICES])
        return WORDS_CHOICE;
    if (strcmp(option[CELL_VALUE], "FILE") == 0)
        return WORDS_FILE;
    if (strcmp(option[CELL_VALUE], "DIR") == 0)
        return WORDS_DIR;
    return WORDS_ANY;
}

void words_quote(struct flow_buf *out, const char *text, const char *escape)
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
