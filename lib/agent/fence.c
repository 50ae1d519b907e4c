// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/agent/reply.h"
#include "flow/base/vec.h"
#include "parse.h"

static size_t ticks_at(const char *line, size_t len)
{
    size_t n = 0;
    while (n < len && line[n] == '`')
        n++;
    return n;
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && strchr(" \t\r\n", **text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && strchr(" \t\r\n", (*text)[*len - 1]))
        (*len)--;
}

// A line that ends a block of `ticks` back quotes: at least as many, and nothing else.
static bool closes(const char *line, size_t len, size_t ticks)
{
    size_t n = ticks_at(line, len);
    const char *rest = line + n;
    size_t rest_len = len - n;
    trim(&rest, &rest_len);
    return n >= ticks && rest_len == 0;
}

int flow_fences_find(struct flow_fences *out, const char *text, size_t len, struct flow_error *err)
{
    size_t ticks = 0; // of the block that is open
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        struct flow_fence *last = out->count ? &out->items[out->count - 1] : NULL;
        if (ticks > 0) {
            if (closes(at, line, ticks)) {
                last->open = false;
                ticks = 0;
            } else {
                last->len += line;
            }
        } else if (ticks_at(at, line) >= 3) {
            size_t n = ticks_at(at, line);
            const char *info = at + n;
            size_t info_len = line - n;
            trim(&info, &info_len);
            // A run of as many back quotes would end it on the same line: that is a word of the text.
            if (!flow_bytes_find(info, info_len, at, n)) {
                if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err))
                    return -1;
                out->items[out->count++] =
                    (struct flow_fence){.info = info, .info_len = info_len, .text = at + line, .open = true};
                ticks = n;
            }
        }
        at += line;
    }
    return 0;
}

void flow_fences_release(struct flow_fences *fences)
{
    free(fences->items);
    *fences = (struct flow_fences){0};
}
