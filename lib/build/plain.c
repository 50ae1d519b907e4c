// SPDX-License-Identifier: MIT
#include "plain.h"

#include <string.h>

void flow_plain(struct flow_buf *out, const char *text, size_t len)
{
    const char *end = text + len;
    while (text < end) {
        const char *escape = memchr(text, '\033', (size_t)(end - text));
        flow_buf_add(out, text, (size_t)((escape ? escape : end) - text));
        if (!escape)
            return;
        text = escape + 1;
        if (text < end && *text == '[') {
            for (text++; text < end && (*text < '@' || *text > '~') && *text != '\n'; text++)
                continue;
            text += text < end && *text != '\n';
        }
    }
}
