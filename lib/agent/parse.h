/* SPDX-License-Identifier: MIT */
/*
 * What the parsers of replies share.
 */
#ifndef FLOW_AGENT_PRIVATE_PARSE_H
#define FLOW_AGENT_PRIVATE_PARSE_H

#include "flow/agent/reply.h"
#include "flow/base/json.h"

/* Appends the reason; returns 1. */
int flow_misfit(struct flow_buf *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What no reply may be: larger than FLOW_REPLY_MAX, empty, cut. 0 where it is none of them. */
int flow_reply_usable(const char *text, size_t len, bool cut, struct flow_buf *why);

/* The one JSON object of a reply, bare or in the only fenced block. */
int flow_reply_object(struct flow_json **out, const char *text, size_t len, struct flow_buf *why,
                      struct flow_error *err);

/* Reads [{"source", "target", "reason"}] into the arena; `what` names it in reasons. */
int flow_reply_pairs(struct flow_reply_pair **out, size_t *count, struct flow_arena *arena,
                     const struct flow_json *list, const char *what, struct flow_buf *why,
                     struct flow_error *err);

/* The first place at or after `from` where needle stands in text, or NULL. */
const char *flow_bytes_find(const char *text, size_t len, const char *needle, size_t needle_len);

#endif
