// SPDX-License-Identifier: MIT
#include "sse.h"

#include <string.h>

/* An event's name is a short word. */
#define NAME_MAX_BYTES 256

void flow_sse_init(struct flow_sse *sse, size_t max, flow_sse_fn fn, void *payload)
{
    *sse = (struct flow_sse){.fn = fn, .payload = payload};
    flow_buf_init(&sse->line, max);
    flow_buf_init(&sse->data, max);
    flow_buf_init(&sse->name, NAME_MAX_BYTES);
}

void flow_sse_release(struct flow_sse *sse)
{
    flow_buf_release(&sse->line);
    flow_buf_release(&sse->data);
    flow_buf_release(&sse->name);
}

static int dispatch(struct flow_sse *sse)
{
    int rc = 0;

    if (sse->has_data)
        rc = sse->data.failed ? -1 : sse->fn(sse->name.data, sse->data.data, sse->data.len, sse->payload);
    flow_buf_clear(&sse->data);
    flow_buf_clear(&sse->name);
    sse->has_data = false;
    return rc;
}

static int take_line(struct flow_sse *sse)
{
    const char *line = sse->line.data, *value = "", *colon;
    size_t len = sse->line.len, name_len = len, value_len = 0;

    if (sse->line.failed)
        return -1;
    if (len == 0)
        return dispatch(sse);
    colon = memchr(line, ':', len);
    if (colon != NULL) {
        name_len = (size_t)(colon - line);
        value = colon + 1;
        value_len = len - name_len - 1;
        if (value_len > 0 && *value == ' ') {
            value++;
            value_len--;
        }
    }
    if (name_len == 4 && memcmp(line, "data", 4) == 0) {
        if (sse->has_data)
            flow_buf_putc(&sse->data, '\n');
        flow_buf_add(&sse->data, value, value_len);
        sse->has_data = true;
    } else if (name_len == 5 && memcmp(line, "event", 5) == 0) {
        flow_buf_clear(&sse->name);
        flow_buf_add(&sse->name, value, value_len);
    }
    return 0;
}

/* Skips what belongs to a byte-order mark at the very start; a false start is given to the line. */
static size_t skip_bom(struct flow_sse *sse, const char *bytes, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t used = 0;

    while (sse->bom < 3 && used < len) {
        if (bytes[used] != mark[sse->bom]) {
            flow_buf_add(&sse->line, mark, sse->bom);
            sse->bom = 3;
            break;
        }
        sse->bom++;
        used++;
    }
    return used;
}

int flow_sse_feed(struct flow_sse *sse, const char *bytes, size_t len)
{
    size_t at = skip_bom(sse, bytes, len);

    while (at < len) {
        size_t end = at;
        if (sse->after_cr && bytes[at] == '\n')
            end = ++at;
        sse->after_cr = false;
        while (end < len && bytes[end] != '\n' && bytes[end] != '\r')
            end++;
        flow_buf_add(&sse->line, bytes + at, end - at);
        if (end == len)
            return sse->line.failed ? -1 : 0;
        sse->after_cr = bytes[end] == '\r';
        int rc = take_line(sse);
        flow_buf_clear(&sse->line);
        if (rc != 0)
            return rc;
        at = end + 1;
    }
    return 0;
}
