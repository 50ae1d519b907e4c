/* SPDX-License-Identifier: MIT */
/*
 * Two reviewers, each in a fresh context and with a lens of its own, on exactly these bytes: what flow-port
 * does with each draft, flow-fix with what it changed, and flow-review with anything.
 */
#ifndef FLOW_JOB_REVIEW_PRIVATE_H
#define FLOW_JOB_REVIEW_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/agent/agent.h"
#include "flow/agent/prompt.h"
#include "flow/agent/reply.h"
#include "flow/base/arena.h"
#include "flow/config/config.h"

#define REVIEW_LENSES     2
#define REVIEW_GENERATION 100 /* rounds of a port are numbered generation * this + round in the ledger */
extern const char *const review_lenses[REVIEW_LENSES];

struct review {
    const struct flow_agent_env *env; /* whose run the calls belong to … */
    int64_t run;                      /* … and the run of the verdicts */
    struct flow_step step;            /* unit, round, vote, effort, source_id, tools; the rest is filled in */
    const char *models[REVIEW_LENSES];
    struct flow_prompt prompts[REVIEW_LENSES]; /* released with the review */
    struct flow_sides sides;
    size_t bytes; /* of what is judged */
    /* Where the ledger keeps the verdicts. */
    unsigned round;
    struct flow_id source_id, target_id;
    /* What came of it. */
    struct flow_verdict verdicts[REVIEW_LENSES];
    bool held[REVIEW_LENSES]; /* there is a verdict */
    bool accepted;            /* by both */
    bool paid;                /* some reply was not in the ledger already */
};
void review_init(struct review *review);
void review_release(struct review *review);

/* Asks both and stores their verdicts. 0; 1: a reviewer gave none, err says which; -1. FLOW_E_CONFLICT where
 * the ledger knows the round with other bytes, or with verdicts from other calls. */
int review_run(struct review *review, struct flow_error *err);

/* The models of the reviewers by the setting: one for each lens, one for both, or without any `model`. The
 * strings belong to the arena. */
int review_models(const struct flow_config *config, const char *key, const char *model,
                  const char *out[REVIEW_LENSES], struct flow_arena *arena, struct flow_error *err);

/* What costs money needs a limit where nobody can say beforehand how much: FLOW_E_REFUSED without one, with
 * `why` at its beginning. */
int review_limit(struct flow_models *models, const char *model, const struct flow_budget *limit,
                 const char *why, struct flow_error *err);
/* The run may take `given` (NULL: whatever it needs) on top of what it took before: what is asked for today
 * does not count against what is asked for tomorrow. */
int review_budget(struct flow_ledger *ledger, int64_t run, const struct flow_budget *given,
                  const struct flow_spending *before, struct flow_error *err);
/* Appends where prompts for the models go, each place once, with commas. */
int review_destinations(struct flow_models *models, const char *const *names, size_t count,
                        struct flow_buf *out, struct flow_error *err);

#endif
