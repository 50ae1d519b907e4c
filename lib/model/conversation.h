/* SPDX-License-Identifier: MIT */
/*
 * A request as plain text, for programs that know nothing of flow:
 *
 *     ----- system -----
 *     text of the system blocks, an empty line between two of them
 *
 *     ----- user -----
 *     text of the turn
 *
 *     ----- assistant -----
 *     an earlier reply
 *
 *     ----- user -----
 *     what comes next
 *
 *     ----- schema -----
 *     The reply must be one JSON value that fits this JSON Schema, and nothing else.
 *     {…}
 *
 * Marker lines of one conversation have as many dashes on each side as its first line, which always is a
 * marker: at least five, and so many that no line of any text is one. Texts stand as they are.
 */
#ifndef FLOW_MODEL_CONVERSATION_H
#define FLOW_MODEL_CONVERSATION_H

#include "flow/base/buf.h"
#include "flow/model/request.h"

/* Appends the conversation. */
void flow_conversation_write(const struct flow_request *request, struct flow_buf *out);

#endif
