/* SPDX-License-Identifier: MIT */
/* The two halves of the Messages API: what goes out, and what comes in. */
#ifndef FLOW_MODEL_ANTHROPIC_H
#define FLOW_MODEL_ANTHROPIC_H

#include "flow/base/buf.h"
#include "flow/model/request.h"
#include "stream.h"

/* Appends the body of POST /v1/messages. */
void flow_anthropic_body(const struct flow_request *request, const char *name, struct flow_buf *out);

void flow_anthropic_event(struct flow_stream *stream, const char *data, size_t len);
void flow_anthropic_whole(struct flow_stream *stream, const struct flow_json *document);
/* Appends the content array as the server sent it, for the next turn. */
void flow_anthropic_raw(const struct flow_stream *stream, struct flow_buf *out);

#endif
