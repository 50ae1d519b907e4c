// SPDX-License-Identifier: MIT
#include "words.h"

#include <stdbool.h>
#include <string.h>

#include "flow/base/buf.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

// Takes one word from *at. Inside "…" a backslash quotes what a shell lets it quote, and stands for itself
// else.
static int take_word(const char **at, struct flow_buf *word)
{
    char quote = '\0';

    for (; **at != '\0' && (quote != '\0' || !is_blank(**at)); (*at)++) {
        char c = **at;
        if (c == quote) {
            quote = '\0';
        } else if (quote == '\0' && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == '\\' && (*at)[1] != '\0' &&
                   (quote == '\0' || (quote == '"' && strchr("\"\\$`", (*at)[1]) != NULL))) {
            flow_buf_putc(word, (*at)[1]);
            (*at)++;
        } else {
            flow_buf_putc(word, c);
        }
    }
    return quote == '\0' ? 0 : -1;
}

int flow_words_split(const char *text, struct flow_strv *out, struct flow_error *err)
{
    const char *at = text;
    struct flow_buf word;
    int rc = 0;

    flow_buf_init(&word, FLOW_BUF_LINE);
    while (rc == 0) {
        while (is_blank(*at))
            at++;
        if (*at == '\0')
            break;
        flow_buf_clear(&word);
        if (take_word(&at, &word) != 0)
            rc = flow_error_set(err, FLOW_E_USAGE, "a quote is not closed in '%s'", text);
        else if (flow_buf_check(&word, "word", err) != 0)
            rc = -1;
        else
            rc = flow_strv_addn(out, word.data, word.len, err);
    }
    flow_buf_release(&word);
    return rc;
}
