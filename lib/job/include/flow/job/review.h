/* SPDX-License-Identifier: MIT */
/*
 * flow-review: two independent reviewers on a unit of a port, a commit, a range of commits, or a diff.
 *
 * Each reviewer works in a fresh context and with a lens of its own; neither sees the other. What one says
 * has to be proven by a line that exists. Where one accepts and the other rejects, a judge who sees the same
 * text and all that both have proven decides about each finding.
 *
 * Nothing is changed: not the branch, and not what the run of a port holds about its units. The verdicts are
 * kept in a run of their own, review/<name>, and what was asked once is not asked again.
 *
 * Of a change, reviewers see the diff and the files after it, of large files the parts around what changed.
 * A file that is binary or may not be sent is left out, and said to be.
 *
 * Settings: review.model (given twice: one for each lens), else port.model, model.default; review.effort;
 * review.budget.
 */
#ifndef FLOW_JOB_REVIEW_H
#define FLOW_JOB_REVIEW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/job/approve.h"
#include "flow/repo/repo.h"
#include "flow/store/ledger.h"
#include "flow/syntax/language.h"

/* The longest diff that is reviewed. What reviewers read at once has to fit into their window. */
#define FLOW_REVIEW_DIFF_MAX ((size_t)256 << 10)

struct flow_review_plan {
    const char *what;             /* in words */
    size_t files;                 /* that are reviewed */
    const char *const *reviewers; /* two models; the first is the judge's, too */
    const char *destination;
    unsigned calls_low, calls_high;
    uint64_t tokens_low, tokens_high;
    bool priced; /* what it costs is known */
    int64_t nano_low, nano_high;
    const struct flow_budget *limit; /* of this review */
};

/* All may be NULL but plan. */
struct flow_review_hooks {
    /* Before anything is sent: 0 goes on; else the review ends with err. On a dry run it only shows. */
    int (*plan)(void *payload, const struct flow_review_plan *plan, struct flow_error *err);
    flow_approve_fn approve; /* of prompts that a committed file brings */
    void (*note)(void *payload, const char *text);
    void *payload;
};

struct flow_review_options {
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_languages *languages;
    const char *name; /* of the port's run, and of this one */
    const char *what; /* a unit of that port, else a revision, or two with ".." between; NULL: the diff */
    const char *diff; /* what is to be reviewed where what is NULL */
    size_t diff_len;
    const struct flow_budget *budget; /* of this review; NULL: none */
    bool dry_run;
    const atomic_int *stop; /* as for flow_fix; may be NULL */
    const atomic_bool *cut;
    struct flow_review_hooks hooks;
};

struct flow_review_finding {
    const char *file;
    uint32_t line;        /* of `file`; 0: it is about no line of it as it is now … */
    uint32_t was;         /* … but of what stood there before, or, of a port, of its source; 0: none */
    const char *severity; /* blocker, major, minor */
    const char *by;       /* behaviour, soundness */
    const char *claim, *fix;
    const char *before, *after; /* the lines that prove it; "" where there is none */
    const char *dismissed;      /* why it does not count; NULL: it does */
};

struct flow_review_outcome {
    struct flow_arena arena;
    struct flow_review_finding *findings; /* in order of reviewers */
    size_t count, reported;               /* how many count */
    bool reviewed, accepts[2], judged;
    struct flow_strv left_out;               /* file and reason in turn */
    int64_t calls, nano_usd, unpriced_calls; /* what this took */
};

/* 0: reviewed, see the outcome, or the diff is empty, which is noted; 1: a reviewer or the judge gave no
 * answer that fits, err says which; -1: FLOW_E_NOT_FOUND, FLOW_E_INVALID and FLOW_E_TOO_BIG where what is
 * named cannot be reviewed, FLOW_E_REFUSED, FLOW_E_BUDGET, FLOW_E_INTERRUPTED. The outcome is initialised
 * here and released by the caller. */
int flow_review(const struct flow_review_options *options, struct flow_review_outcome *outcome,
                struct flow_error *err);
void flow_review_outcome_release(struct flow_review_outcome *outcome);

#endif
