/* SPDX-License-Identifier: MIT */
/*
 * One question to one model, as a filter: what flow-agent does. The reply is in the ledger before it is given
 * back, of the repository around here, else of the user; the same question asked again is answered from
 * there.
 */
#ifndef FLOW_JOB_AGENT_H
#define FLOW_JOB_AGENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/model/request.h"

struct flow_agent_options {
    const char *directory; /* where to look for a repository; NULL: here */
    const char *model;     /* NULL: setting agent.model, else model.default */
    const char *effort;    /* NULL: the model's default */
    const char *prompt;
    size_t prompt_len;
    const char *system; /* NULL: none */
    size_t system_len;
    const char *schema; /* JSON Schema that the reply is to fit; NULL: free text */
    uint32_t max_tokens;
    bool tools;                /* let it look things up in the work tree of the repository */
    bool fresh;                /* ask anew, though there is a reply */
    const char *record;        /* write a recording to this file; NULL: none */
    const atomic_bool *cancel; /* may be NULL */
};

#define FLOW_AGENT_MAX_TOKENS 8192

struct flow_agent_result {
    struct flow_buf text; /* of the reply; with a schema the JSON text alone */
    bool cut;             /* it ran into the limit of tokens */
    bool stored;          /* it was there already */
    /* What this run of the tool added to the ledger; others that ran at the same time may be in it. */
    int64_t calls, nano_usd, unpriced_calls;
    uint64_t input, output;
};
void flow_agent_result_init(struct flow_agent_result *result);
void flow_agent_result_release(struct flow_agent_result *result);

/* 0, or 1 where no attempt gave a reply that fits (err says why), or -1. */
int flow_agent_run(const struct flow_agent_options *options, struct flow_agent_result *out,
                   struct flow_error *err);

#endif
