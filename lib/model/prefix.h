/* SPDX-License-Identifier: MIT */
/*
 * What a server may keep of a request: everything up to a block that asks for a cache breakpoint. An entry
 * can be read only once the answer that writes it has begun, so that the first call of a new prefix has to go
 * ahead of the others (bucket.h).
 */
#ifndef FLOW_MODEL_PREFIX_H
#define FLOW_MODEL_PREFIX_H

#include <stddef.h>
#include <stdint.h>

#include "flow/model/request.h"

/* Breakpoints that a request can have (Messages API: 4). */
#define FLOW_PREFIXES_MAX 4
/* Shorter ones are not cached by any server that is known: the smallest minimum is 512 tokens. */
#define FLOW_PREFIX_MIN   1500

struct flow_prefixes {
    uint64_t hash[FLOW_PREFIXES_MAX]; /* of the last breakpoints, outermost first */
    size_t count;
};

void flow_request_prefixes(const struct flow_request *request, struct flow_prefixes *out);

/* The guess at the tokens of one text that flow_request_tokens is a sum of. */
uint64_t flow_text_tokens(const char *text, size_t len);

#endif
