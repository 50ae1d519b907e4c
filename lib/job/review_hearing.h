/* SPDX-License-Identifier: MIT */
/*
 * A hearing: two reviewers on one subject, and, where one accepts and the other rejects, a judge who decides
 * about each finding. flow-review holds one, flow-optimize one for each change that is proven.
 * review_hearing.c asks the reviewers, review_judge.c the judge, review_finish.c tells what came of it.
 */
#ifndef FLOW_JOB_PRIVATE_REVIEW_HEARING_H
#define FLOW_JOB_PRIVATE_REVIEW_HEARING_H

#include "flow/agent/prompt.h"
#include "flow/job/review.h"
#include "review_subject.h"

#define HEARING_TEMPLATES (REVIEW_LENSES + 1) /* of the lenses, and of the judge */

struct hearing {
    /* Set by who holds it, and outlives it. */
    const struct flow_agent_env *env;
    const char *const *models; /* of the lenses; the first is the judge's, too */
    const char *effort;
    const struct flow_buf *templates; /* HEARING_TEMPLATES of them */
    struct flow_review_outcome *outcome;
    struct subject subject;
    /* Set between filling and asking: in the ledger, the unit of calls and verdicts, and which round of it
     * this is; vote sets calls with equal text apart. */
    char label[FLOW_ID_SIZE + 256];
    unsigned round, vote;

    struct review review;
    struct flow_prompt judge;
    struct flow_judgement judgement;
    const struct flow_finding **shown; /* to the judge, in order */
    size_t shown_count;
};

/* The options may be NULL where the subject is made of texts that are known (subject_texts). */
void hearing_init(struct hearing *hearing, const struct flow_review_options *options);
void hearing_release(struct hearing *hearing);

/* The prompts of the reviewers, from the subject. */
int hearing_fill(struct hearing *hearing, struct flow_error *err);
/* 0: the outcome holds the findings; 1: somebody gave no answer that fits, err says who; -1. As review_run,
 * FLOW_E_CONFLICT where the round is taken. */
int hearing_hold(struct hearing *hearing, struct flow_error *err);

/* Asks the judge; `shown` and `judgement` are filled then. As flow_agent_step. */
int review_judge(struct hearing *hearing, struct flow_error *err);
/* Findings of the verdicts, with those that the judgement dismisses, into the outcome and the ledger. */
int review_finish(struct hearing *hearing, struct flow_error *err);

#endif
