// SPDX-License-Identifier: MIT
#include "flow/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What every empty buffer points to; never written, as its cap is 0.
static char empty[1];

#define FIRST_CAP 64

void flow_buf_init(struct flow_buf *buf, size_t max)
{
    *buf = (struct flow_buf){.data = empty, .max = max};
}

void flow_buf_release(struct flow_buf *buf)
{
    if (buf->cap > 0)
        free(buf->data);
    flow_buf_init(buf, buf->max);
}

void flow_buf_clear(struct flow_buf *buf)
{
    flow_buf_truncate(buf, 0);
    buf->failed = false;
    buf->full = false;
}

void flow_buf_truncate(struct flow_buf *buf, size_t len)
{
    if (len >= buf->len)
        return;
    buf->len = len;
    buf->data[len] = '\0';
}

char *flow_buf_reserve(struct flow_buf *buf, size_t more)
{
    if (buf->failed)
        return NULL;
    if (more > buf->max - buf->len || buf->max == SIZE_MAX) {
        buf->failed = true;
        buf->full = true;
        return NULL;
    }
    size_t need = buf->len + more + 1;
    if (need > buf->cap) {
        size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAP;
        while (cap < need)
            cap = cap > SIZE_MAX / 2 ? need : cap * 2;
        if (cap > buf->max + 1)
            cap = buf->max + 1;
        char *data = realloc(buf->cap > 0 ? buf->data : NULL, cap);
        if (!data) {
            buf->failed = true;
            return NULL;
        }
        buf->data = data;
        buf->cap = cap;
        buf->data[buf->len] = '\0';
    }
    return buf->data + buf->len;
}

void flow_buf_commit(struct flow_buf *buf, size_t written)
{
    if (written == 0)
        return;
    buf->len += written;
    buf->data[buf->len] = '\0';
}

void flow_buf_add(struct flow_buf *buf, const void *data, size_t len)
{
    if (len == 0)
        return;
    char *at = flow_buf_reserve(buf, len);
    if (!at)
        return;
    memcpy(at, data, len);
    flow_buf_commit(buf, len);
}

void flow_buf_puts(struct flow_buf *buf, const char *text)
{
    flow_buf_add(buf, text, strlen(text));
}

void flow_buf_putc(struct flow_buf *buf, char c)
{
    flow_buf_add(buf, &c, 1);
}

void flow_buf_printf(struct flow_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    flow_buf_vprintf(buf, format, args);
    va_end(args);
}

void flow_buf_vprintf(struct flow_buf *buf, const char *format, va_list args)
{
    if (buf->failed)
        return;
    va_list again;
    va_copy(again, args);
    size_t room = buf->cap > 0 ? buf->cap - buf->len : 0;
    int len = vsnprintf(room > 0 ? buf->data + buf->len : NULL, room, format, args);
    if (len < 0) {
        buf->failed = true;
    } else if ((size_t)len < room) {
        flow_buf_commit(buf, (size_t)len);
    } else if (flow_buf_reserve(buf, (size_t)len)) {
        vsnprintf(buf->data + buf->len, (size_t)len + 1, format, again);
        flow_buf_commit(buf, (size_t)len);
    }
    va_end(again);
    // What the first attempt cut off must not show.
    if (buf->cap > 0)
        buf->data[buf->len] = '\0';
}

int flow_buf_check(const struct flow_buf *buf, const char *what, struct flow_error *err)
{
    if (!buf->failed)
        return 0;
    if (buf->full)
        return flow_error_set(err, FLOW_E_TOO_BIG, "'%s' is larger than %zu bytes", what, buf->max);
    return flow_error_nomem(err);
}

char *flow_buf_detach(struct flow_buf *buf)
{
    char *data = NULL;
    // Reserving nothing still allocates, so that an empty text is one that can be freed, too.
    if (flow_buf_reserve(buf, 0)) {
        data = buf->data;
        buf->cap = 0;
    }
    flow_buf_release(buf);
    return data;
}
