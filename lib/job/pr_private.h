/* SPDX-License-Identifier: MIT */
/* What the files of flow-pr share. */
#ifndef FLOW_JOB_PR_PRIVATE_H
#define FLOW_JOB_PR_PRIVATE_H

#include "flow/base/arena.h"
#include "flow/base/map.h"
#include "flow/forge/forge.h"
#include "flow/job/pr.h"
#include "flow/store/ledger.h"

/* One commit of a branch. */
struct pr_commit {
    struct flow_id id;
    const char *message;
};

struct pr_branch {
    struct flow_pr_branch shown;
    struct flow_id tip;
    struct flow_id remote; /* "" where the remote does not have it */
    struct flow_standing standing;
    struct pr_commit *commits; /* oldest first */
    size_t commit_count, commit_cap;
    struct flow_strv paths, reviewers;
    const char *text;
    bool rewrite;                 /* the remote has other commits on it, which are flow's */
    const struct flow_pull *pull; /* NULL: none is open */
};

struct pr {
    const struct flow_pr_options *options;
    struct flow_repo *repo;
    const struct flow_config *config;
    struct flow_arena arena;
    struct flow_buf state_dir, template;
    struct flow_run_lock *lock;
    const char *folder; /* where git runs */
    enum flow_forge_kind kind;
    const char *remote;  /* whose the base is, and whose project has the pull requests */
    const char *address; /* its address, for pushing */
    const char *fork;    /* the remote that branches are pushed to, where that is another one; or NULL */
    const char *fork_address;
    const char *base;        /* short name */
    struct flow_id base_id;  /* its tip */
    struct flow_map *heads;  /* → char *id: the branches of the remote */
    struct flow_map *pushed; /* likewise, of the one that is pushed to */
    struct flow_strv labels, reviewers;
    bool draft;
    long most;
    struct flow_forge *forge;
    struct flow_pulls pulls;
    struct pr_branch *branches;
    size_t count, open;
};

void pr_note(struct pr *pr, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A copy in the arena; NULL with err where there is no memory. */
const char *pr_keep(struct pr *pr, const char *text, struct flow_error *err);
int pr_set(struct pr *pr, struct pr_branch *branch, enum flow_pr_state state, const char *why,
           struct flow_error *err);

/* pr_remote.c: finds the remote, asks the policy about it, reads its branches, and brings the base here. */
int pr_remote_open(struct pr *pr, struct flow_error *err);
/* Whether its branch can be pushed as it is: fills push and rewrite, or refuses it. */
int pr_remote_compare(struct pr *pr, struct pr_branch *branch, struct flow_error *err);
/* FLOW_E_INVALID where the remote refuses this branch. */
int pr_push(struct pr *pr, const struct pr_branch *branch, struct flow_error *err);

/* pr_text.c: title and text of a branch whose commits are known. */
int pr_text_make(struct pr *pr, struct pr_branch *branch, struct flow_error *err);

#endif
