/* SPDX-License-Identifier: MIT */
/*
 * Server-sent events, parsed as they come: lines end in \n, \r\n or \r; a byte-order mark may begin the
 * stream; lines that begin with ':' are comments; several data lines of an event are joined by \n; chunks are
 * split anywhere. Fields other than "event" and "data" are ignored, an event without data is not delivered,
 * and one that the end of the stream cuts off is dropped.
 */
#ifndef FLOW_MODEL_SSE_H
#define FLOW_MODEL_SSE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"

/* `name` is "" where the event has none; data is NUL-terminated behind len. Other than 0 stops the feed. */
typedef int (*flow_sse_fn)(const char *name, const char *data, size_t len, void *payload);

struct flow_sse {
    flow_sse_fn fn;
    void *payload;
    struct flow_buf line, data, name;
    unsigned bom;  /* bytes of a byte-order mark seen; past it: 3 */
    bool after_cr; /* a \n that comes now belongs to the \r before it */
    bool has_data;
};

/* No event may be larger than max bytes. */
void flow_sse_init(struct flow_sse *sse, size_t max, flow_sse_fn fn, void *payload);
void flow_sse_release(struct flow_sse *sse);

/* 0; what fn returned; or -1 where a line or an event passes the maximum, or memory runs out. */
int flow_sse_feed(struct flow_sse *sse, const char *bytes, size_t len);

#endif
