/* SPDX-License-Identifier: MIT */
/*
 * Lifetimes that the analysis is not sure of: rows of confidence "medium" and "low" go to agents, one for the
 * open fields of a file (several for a large one, cut between structs), with the facts found, the code
 * around them and the definitions of the classes. Each answer is then held against refuters, each in a fresh
 * context, who are told to refute what is not certain.
 *
 * What came of a row stands in it. A class that most refuters let stand has confidence "model"; one that half
 * of them or more refute, or that the agent did not know, is UNKNOWN, with confidence "low". A row that was
 * not asked about, or whose answer not enough refuters have looked at, is as the analysis left it, with the
 * reason behind its evidence: "(not asked: …)", "(not checked: …)".
 *
 * Every call is in the ledger, in the run lifetimes/main: what was asked once is not asked again as long as
 * the prompt, the model and the number of votes are the same.
 *
 * Settings: lifetimes.model, else port.model, model.default; lifetimes.refuter-model, else the same;
 * lifetimes.effort; lifetimes.budget.
 */
#ifndef FLOW_JOB_LIFETIMES_ASK_H
#define FLOW_JOB_LIFETIMES_ASK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/config/budget.h"
#include "flow/config/config.h"
#include "flow/job/approve.h"
#include "flow/job/lifetimes.h"
#include "flow/repo/repo.h"

#define FLOW_LIFETIMES_VOTES     3
#define FLOW_LIFETIMES_VOTES_MAX 9

struct flow_lifetimes_plan {
    size_t fields, files; /* that are asked about */
    size_t agents;        /* who answer */
    size_t known;         /* agents whose answers, and the votes on them, are in the ledger already */
    unsigned votes;
    const char *model, *refuter, *destination;
    size_t calls_low, calls_high; /* that are still to be made */
    uint64_t tokens_low, tokens_high;
    bool priced; /* what it costs is known */
    int64_t nano_low, nano_high;
    const struct flow_budget *limit; /* of this time */
};

/* All may be NULL but plan. */
struct flow_lifetimes_hooks {
    /* Before anything is sent, unless all is in the ledger already: 0 goes on, else it ends with err. On a
     * dry run it is always called, and only shows. */
    int (*plan)(void *payload, const struct flow_lifetimes_plan *plan, struct flow_error *err);
    flow_approve_fn approve; /* of prompts that a committed file brings */
    /* How many of the calls are done; from any thread. */
    void (*progress)(void *payload, size_t done, size_t total);
    /* What somebody should read: what another terminal asks for; from any thread. */
    void (*note)(void *payload, const char *text);
    void *payload;
};

struct flow_lifetimes_ask_options {
    struct flow_repo *repo;
    const struct flow_config *config;
    const char *revision;             /* whose prompts are used; NULL: HEAD */
    unsigned votes;                   /* refuters of each answer: 1 to FLOW_LIFETIMES_VOTES_MAX */
    unsigned jobs;                    /* calls at once; 0: what the model wants */
    const struct flow_budget *budget; /* of this time; NULL: none */
    bool dry_run;
    const atomic_int *stop; /* as for flow_review; may be NULL */
    const atomic_bool *cut;
    struct flow_lifetimes_hooks hooks;
};

struct flow_lifetimes_asked {
    bool begun;                              /* rows say what came of it, also where it failed */
    size_t fields;                           /* that were open */
    size_t decided, unknown;                 /* of these */
    size_t left;                             /* not asked about, or not checked */
    int64_t calls, nano_usd, unpriced_calls; /* what this took */
};

/* Asks about the open rows of lifetimes and writes what came of it into them. 0: done, `left` may not be 0;
 * -1: FLOW_E_REFUSED, FLOW_E_BUDGET, FLOW_E_INTERRUPTED, FLOW_E_ENV; where `begun`, the rows say so too. */
int flow_lifetimes_ask(struct flow_lifetimes *lifetimes, const struct flow_lifetimes_ask_options *options,
                       struct flow_lifetimes_asked *out, struct flow_error *err);

#endif
