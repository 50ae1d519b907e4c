/* SPDX-License-Identifier: MIT */
/*
 * The models of flow-optimize: one that writes what passes with a prompt ask for, and two that review each
 * change that is proven. There are agents where optimize.model or optimize.reviewer-model is set.
 */
#ifndef FLOW_JOB_PRIVATE_OPTIMIZE_AGENTS_H
#define FLOW_JOB_PRIVATE_OPTIMIZE_AGENTS_H

#include "flow/agent/agent.h"
#include "flow/agent/lookup.h"
#include "flow/agent/send.h"
#include "flow/job/optimize.h"
#include "review_hearing.h"

#define OPTIMIZE_TEMPLATES (1 + HEARING_TEMPLATES) /* of who writes, then those of a hearing */

struct optimize;

struct optimize_agents {
    const char *model; /* that writes; NULL: none */
    const char *reviewers[REVIEW_LENSES], *effort;
    unsigned jobs;
    struct flow_strv protect, allow; /* globs: what nobody who mends a program may change */
    struct flow_models *models;
    struct flow_send *send;
    struct flow_lookups *lookups;
    struct flow_places *places;
    struct flow_agent_env env;
    struct flow_buf templates[OPTIMIZE_TEMPLATES];
    bool own[OPTIMIZE_TEMPLATES]; /* a committed file brings it */
    struct flow_spending before;  /* what the run took before this process */
    struct flow_buf destination;
};

/* Opens them, where there are any: then o->agents is set. */
int optimize_agents_open(struct optimize *o, struct flow_error *err);
void optimize_agents_free(struct optimize_agents *agents);
/* What they may take, and cost, into the plan. FLOW_E_REFUSED where that needs a limit. */
int optimize_agents_plan(struct optimize *o, struct flow_optimize_plan *plan, struct flow_error *err);
/* Asks about prompts that the repository brings, and sets the budget: calls can be made from now on. */
int optimize_agents_begin(struct optimize *o, struct flow_error *err);
/* What this process took, into the outcome. */
int optimize_agents_end(struct optimize *o, struct flow_error *err);

/* What a candidate's calls and verdicts are called in the ledger (`size` bytes). */
struct optimize_candidate;
void optimize_label(const struct optimize_candidate *candidate, char *out, size_t size);
/* Whether nobody who mends a program may change that path. */
bool optimize_is_protected(const struct optimize_agents *agents, const char *path);

#endif
