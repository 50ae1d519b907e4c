// SPDX-License-Identifier: MIT
#include "plain.h"

#include <string.h>

// A name that was cut at a NUL would be another one's.
static void replace_nul(struct flow_buf *out, size_t from)
{
    char *nul;
    while (from < out->len && (nul = memchr(out->data + from, '\0', out->len - from))) {
        *nul = '?';
        from = (size_t)(nul - out->data) + 1;
    }
}

void flow_plain(struct flow_buf *out, const char *text, size_t len)
{
    const char *end = text + len;
    size_t start = out->len;
    while (text < end) {
        const char *escape = memchr(text, '\033', (size_t)(end - text));
        flow_buf_add(out, text, (size_t)((escape ? escape : end) - text));
        if (!escape)
            break;
        text = escape + 1;
        if (text < end && *text == '[') {
            for (text++; text < end && (*text < '@' || *text > '~') && *text != '\n'; text++)
                continue;
            text += text < end && *text != '\n';
        }
    }
    replace_nul(out, start);
}
