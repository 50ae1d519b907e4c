/* SPDX-License-Identifier: MIT */
/*
 * The two halves of Chat Completions, as OpenAI and many other servers speak it: what goes out, and what
 * comes in. Only fields that every server takes, or that the user asked for, are sent.
 */
#ifndef FLOW_MODEL_OPENAI_H
#define FLOW_MODEL_OPENAI_H

#include <stdbool.h>

#include "flow/base/buf.h"
#include "flow/base/json.h"
#include "flow/model/request.h"
#include "stream.h"

/* Appends the body of POST {base}/chat/completions. `new_limit`: the length limit is called
 * max_completion_tokens, which OpenAI's own models want and most other servers do not know. */
void flow_openai_body(const struct flow_request *request, const char *name, bool new_limit,
                      struct flow_buf *out);
/* Whether a schema keeps the rules of "strict": all properties required, no others allowed, at every level.
 */
bool flow_openai_strict(const struct flow_json *schema);

void flow_openai_event(struct flow_stream *stream, const char *data, size_t len);
void flow_openai_whole(struct flow_stream *stream, const struct flow_json *document);
/* Appends the assistant's message for the next turn. */
void flow_openai_raw(const struct flow_stream *stream, struct flow_buf *out);

#endif
