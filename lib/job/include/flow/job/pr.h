/* SPDX-License-Identifier: MIT */
/*
 * flow-pr: branches as pull requests, or as patch files.
 *
 * It keeps nothing of its own. What is at the remote and what is open at the forge is asked at the beginning
 * of each run, so that a run that was cut, or that a server ended, is continued by the next one, also on
 * another machine. Before the question only names of branches and commits, and the list of open pull requests
 * are read; nothing of the repository leaves it.
 *
 * A branch is pushed by git itself, by the id that was looked at. Where the remote has other commits on it,
 * it is rewritten only if it is flow's own (flow/…) and each commit that would go bears a trailer of flow;
 * git holds that against the id seen (--force-with-lease).
 *
 * Settings: pr.forge, pr.url, pr.remote, pr.fork, pr.base, pr.draft, pr.most, pr.label, pr.reviewer.
 */
#ifndef FLOW_JOB_PR_H
#define FLOW_JOB_PR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/job/approve.h"
#include "flow/repo/repo.h"

enum flow_pr_state {
    FLOW_PR_CREATED,
    FLOW_PR_UPDATED,
    FLOW_PR_UNCHANGED,
    FLOW_PR_WAITING, /* nothing is wrong with it: run again later */
    FLOW_PR_REFUSED, /* somebody has to do something about it */
    FLOW_PR_STATES
};
extern const char *const flow_pr_states[]; /* "created", … */

/* One branch, as it is planned and as it ended. */
struct flow_pr_branch {
    const char *name;  /* "flow/optimize/clone-1" */
    const char *title; /* "" where it was not looked at so far */
    enum flow_pr_state state;
    bool push;       /* it is pushed */
    const char *url; /* of its pull request, or the folder of its patches; "" where there is none yet */
    const char *why; /* of waiting and refused, and what was left out of others; "" for nothing */
};

struct flow_pr_plan {
    const char *forge;   /* "github", "patch" */
    const char *host;    /* or the folder below which patches are written */
    const char *project; /* "" for patches */
    const char *token;   /* where it is from */
    const char *remote;  /* address that is pushed to; "" where nothing is pushed */
    const char *base;
    bool draft;
    size_t open, most; /* flow's own pull requests: how many are open, and how many may be */
    const struct flow_pr_branch *branches;
    size_t count;
};

/* All may be NULL but plan. */
struct flow_pr_hooks {
    /* Before anything leaves: 0 goes on; else the run ends with err. On a dry run it only shows. Not called
     * where nothing is to be pushed or opened. */
    int (*plan)(void *payload, const struct flow_pr_plan *plan, struct flow_error *err);
    flow_approve_fn approve; /* of the template, where a committed file brings it */
    void (*branch)(void *payload, const struct flow_pr_branch *branch); /* each, as it ends */
    void (*progress)(void *payload, const char *doing, const char *branch);
    void (*note)(void *payload, const char *text);
    void *payload;
};

struct flow_pr_options {
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_strv *branches; /* names; empty: all below flow/optimize/ */
    const char *output;               /* folder for patches; NULL: patches below the state folder */
    bool no_push, dry_run;
    const atomic_int *stop;
    const atomic_bool *cut;
    struct flow_pr_hooks hooks;
};

struct flow_pr_outcome {
    size_t counts[FLOW_PR_STATES];
};

/* Publishes the branches. An error that is no single branch's ends the run; the outcome then says how far it
 * came. */
int flow_pr(const struct flow_pr_options *options, struct flow_pr_outcome *out, struct flow_error *err);

#endif
