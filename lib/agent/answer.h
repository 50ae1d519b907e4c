/* SPDX-License-Identifier: MIT */
/*
 * How the parts of a reply beside its text (stop reason, look-ups, the provider's own content) stand in the
 * ledger: one JSON object.
 */
#ifndef FLOW_AGENT_PRIVATE_ANSWER_H
#define FLOW_AGENT_PRIVATE_ANSWER_H

#include "flow/agent/agent.h"

/* Appends the object. */
void flow_answer_encode(const struct flow_reply *reply, struct flow_buf *out);
/* Makes an answer of what the ledger holds; takes the text over from stored. */
int flow_answer_decode(struct flow_answer *out, struct flow_stored *stored, struct flow_error *err);

#endif
