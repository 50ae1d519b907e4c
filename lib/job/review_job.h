/* SPDX-License-Identifier: MIT */
/*
 * A run of flow-review: review_job.c opens it and asks two reviewers, review_judge.c asks a judge where these
 * disagree, review_finish.c tells what came of it.
 */
#ifndef FLOW_JOB_PRIVATE_REVIEW_JOB_H
#define FLOW_JOB_PRIVATE_REVIEW_JOB_H

#include "flow/agent/prompt.h"
#include "flow/job/review.h"
#include "review_subject.h"

struct job {
    const struct flow_review_options *options;
    struct flow_review_outcome *outcome;
    struct flow_buf state_dir;
    struct flow_ledger *ledger;
    struct flow_run_lock *lock;
    struct flow_models *models;
    struct flow_send *send;
    struct flow_places *places;
    struct flow_agent_env env;
    struct subject subject;
    struct review review;
    const char *models_named[REVIEW_LENSES], *effort;
    struct flow_buf templates[REVIEW_LENSES + 1]; /* the last is the judge's */
    bool own[REVIEW_LENSES + 1];
    char label[FLOW_ID_SIZE + 256];
    struct flow_prompt judge;
    struct flow_judgement judgement;
    const struct flow_finding **shown; /* to the judge, in order */
    size_t shown_count;
};

/* Asks the judge; `shown` and `judgement` are filled then. As flow_agent_step. */
int review_judge(struct job *job, struct flow_error *err);

/* Findings of the verdicts, with those that the judgement dismisses, into the outcome and the ledger. */
int review_finish(struct job *job, struct flow_error *err);

#endif
