/* SPDX-License-Identifier: MIT */
/*
 * One attempt over HTTP, the same for both dialects: the request goes out, events come in, what ended it is
 * judged.
 */
#ifndef FLOW_MODEL_HTTP_H
#define FLOW_MODEL_HTTP_H

#include "endpoint.h"
#include "flow/base/buf.h"
#include "flow/base/vec.h"
#include "provider.h"
#include "stream.h"

struct flow_dialect {
    const char *provider;
    /* Appends the address to post to. */
    void (*url)(const struct flow_endpoint *endpoint, struct flow_buf *out);
    int (*headers)(const struct flow_endpoint *endpoint, struct flow_strv *out, struct flow_error *err);
    /* Appends the body. `quirks` are what earlier answers of this server have taught. */
    void (*body)(const struct flow_endpoint *endpoint, const struct flow_request *request, const char *name,
                 unsigned quirks, struct flow_buf *out);
    /* Takes one event of the stream, or the whole answer of a server that does not stream. */
    void (*event)(struct flow_stream *stream, const char *data, size_t len);
    void (*whole)(struct flow_stream *stream, const struct flow_json *document);
    /* Appends what the next turn gives back as it is. */
    void (*raw)(const struct flow_stream *stream, struct flow_buf *out);
    /* Quirks that a refusal teaches beyond those known; 0: none. May be NULL. */
    unsigned (*learn)(const struct flow_fault *fault, const struct flow_endpoint *endpoint, unsigned quirks);
};

int flow_http_attempt(struct flow_attempt *attempt, const struct flow_dialect *dialect,
                      struct flow_error *err);
/* The provider's functions of the same names, for a server. */
int flow_http_check(struct flow_models *models, const struct flow_dialect *dialect, struct flow_error *err);
int flow_http_destination(struct flow_models *models, const struct flow_dialect *dialect,
                          struct flow_buf *out, struct flow_error *err);

#endif
