/* SPDX-License-Identifier: MIT */
/*
 * flow-optimize: small changes that a pass proposes, each proven alone and put on a branch of its own.
 *
 * A pass is a folder grammars/<language>/passes/<name>/, or .flow/passes/<language>/<name>/ of the base
 * commit: a query that finds candidates and either says by what each is replaced, or comes with a prompt by
 * which a model writes that (grammars/README.md). Candidates that do not touch each other are built and
 * tested together, and what fails is found by where the errors of the compiler stand and what they hint at,
 * then by halves; each that is left is built and tested once more alone, from the base commit, and becomes
 * refs/heads/flow/optimize/<pass>-<id>.
 *
 * No model is asked where none is set: passes with a prompt are left out then. With one, each change that is
 * proven is read by two reviewers, and by a judge where these disagree, before it becomes a branch; one that
 * they reject does not.
 *
 * A candidate is known by its pass, the text of the pass, its path and the declaration around it. What became
 * of it is kept in the ledger at once, so that a run that is ended anywhere loses no more than the build that
 * was going on, and what failed is not tried again before its code changes.
 *
 * Settings: build.command, test.command, coverage.command (else the language's own), optimize.root (the
 * folder that they run in), .lint, .bench (commands), .trees; optimize.model, .reviewer-model (given twice:
 * one for each lens), .effort, .jobs, .budget; sandbox.*; fix.protect (patterns of paths that are left alone,
 * beside the tests that the language knows), fix.allow; diagnostics.*.
 */
#ifndef FLOW_JOB_OPTIMIZE_H
#define FLOW_JOB_OPTIMIZE_H

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

/* What became of a candidate. */
enum flow_optimize_state {
    FLOW_OPTIMIZE_OPEN,     /* not tried, or not to its end: time or a limit came first */
    FLOW_OPTIMIZE_KEPT,     /* on a branch of its own since this run */
    FLOW_OPTIMIZE_KNOWN,    /* on a branch since an earlier one */
    FLOW_OPTIMIZE_BUILD,    /* does not build, or not without a new warning */
    FLOW_OPTIMIZE_TESTS,    /* tests fail that did not before */
    FLOW_OPTIMIZE_UNTESTED, /* no test executes the lines */
    FLOW_OPTIMIZE_SLOWER,   /* than before */
    FLOW_OPTIMIZE_SAME,     /* holds, and is not faster, where only faster ones are wanted */
    FLOW_OPTIMIZE_TWICE,    /* another rewrite of the same place by the same pass held */
    FLOW_OPTIMIZE_NOTHING,  /* the model found nothing to change */
    FLOW_OPTIMIZE_SILENT,   /* the model gave no edits that fit, or a reviewer no verdict */
    FLOW_OPTIMIZE_REJECTED  /* holds, and a reviewer proved something against it */
};
#define FLOW_OPTIMIZE_STATES 12
/* "open", "kept", "known", "build-failed", "tests-failed", "not-covered", "slower", "same", "twice",
 * "nothing", "no-answer", "rejected". */
const char *flow_optimize_state_name(enum flow_optimize_state state);

/* A candidate as it ended. */
struct flow_optimize_row {
    const char *path;
    uint32_t line;
    const char *pass; /* "rust/clone" */
    enum flow_optimize_state state;
    bool earlier;       /* known from an earlier run */
    const char *branch; /* without refs/heads/; NULL: none */
    double heat;        /* what the profile says its lines cost, in percent of all; below 0: there is none */
    const char *linter; /* what the language's linter says of the same place; NULL: nothing */
    const char *evidence; /* or why not: one line; may be "" */
};

/* What is going to happen, before it does. */
struct flow_optimize_plan {
    const char *base, *language; /* commit; the language of most candidates */
    size_t candidates, pending;  /* pending: not known from earlier runs */
    size_t files;
    const char *build, *build_origin;    /* where it comes from, "": it is not known */
    const char *test, *test_origin;      /* likewise */
    const char *coverage, *lint, *bench; /* NULL: none; coverage may be the path of a script */
    const char *tree;                    /* where they run: the first tree */
    unsigned trees;
    bool confined;
    const char *model;            /* NULL: passes with a prompt are left out … */
    const char *left_out;         /* … these, with commas; "": there are none */
    const char *const *reviewers; /* two models; NULL: there are none */
    const char *destination;      /* of what they are asked; NULL: nobody is */
    size_t prompts;               /* of the pending ones, those that the model is asked about */
    unsigned jobs;                /* agents that work at once */
    unsigned calls_low, calls_high;
    uint64_t tokens_low, tokens_high;
    bool priced; /* what that costs is known */
    int64_t nano_low, nano_high;
    const struct flow_budget *limit; /* of this run of the tool */
    bool builds;                     /* false on a dry run, and where nothing is pending: none of it is run */
};

struct flow_optimize_pass {
    const char *name;   /* "rust/clone" */
    const char *origin; /* "flow", or the path of its folder in the repository */
    bool prompt;        /* a model writes what it becomes; else a template does */
    const char *about;  /* first line of about.md */
};

/* All may be NULL but plan. Called from one thread at a time. */
struct flow_optimize_hooks {
    /* Before anything runs: 0 goes on; else the run ends with err. Not called by flow_optimize_list. */
    int (*plan)(void *payload, const struct flow_optimize_plan *plan, struct flow_error *err);
    flow_approve_fn approve; /* as in flow_approve: of passes and commands that the repository brings */
    void (*row)(void *payload, const struct flow_optimize_row *row);
    void (*pass)(void *payload, const struct flow_optimize_pass *pass);
    void (*progress)(void *payload, const char *doing);
    void (*note)(void *payload, const char *text); /* what somebody should read */
    void *payload;
};

struct flow_optimize_options {
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_languages *languages;
    const char *base;               /* revision */
    const struct flow_strv *paths;  /* files, or folders; empty: all */
    const struct flow_strv *passes; /* names, "rust/clone" or "clone"; empty: all */
    /* Paths of profiles (flow/build/profile.h) of a program that was built in the work tree; may be empty.
     * What they know comes first, the hottest ahead. */
    const struct flow_strv *profiles;
    unsigned max_changes;             /* 0: any number of branches */
    const struct flow_budget *budget; /* of this run of the tool; NULL: none */
    unsigned jobs;                    /* agents at once; 0: the setting, or what the models allow */
    int64_t until_ms;                 /* wall clock; 0: no end. Nothing is begun after it */
    bool untested;                    /* changes that no test executes are kept, too */
    bool only_faster;
    bool fresh; /* what failed before is tried again */
    bool unconfined, dry_run;
    const atomic_int *stop; /* 1: end what runs and begin nothing; 2: at once. May be NULL */
    const atomic_bool *cut; /* true when *stop is 2; may be NULL */
    struct flow_optimize_hooks hooks;
};

struct flow_optimize_outcome {
    size_t states[FLOW_OPTIMIZE_STATES];
    size_t candidates, earlier;     /* earlier: of them known from earlier runs */
    size_t tried;                   /* that were built */
    size_t builds, tests;           /* that were run for candidates */
    size_t base_builds, base_tests; /* that were run of the base */
    size_t known_failures;          /* tests that fail on the base already */
    size_t flaky;                   /* tests on which runs of the base disagree */
    size_t linted;                  /* kept or known ones that the linter finds, too */
    size_t lint_other, lint_mends;  /* its findings that no candidate stands at; of them it can mend itself */
    bool lint;                      /* there was a linter */
    char lint_why[200];             /* why there was none; "": nobody looked */
    bool until, enough;             /* time, or the number of changes, ended it */
    size_t left_out;                /* passes with a prompt, without a model … */
    char left_out_names[300];       /* … the first of them */
    bool asked;                     /* there were agents: what follows is what they took */
    int64_t calls, nano_usd, unpriced_calls;
};

/* Lists the passes that there are at the base: calls hooks.pass for each. */
int flow_optimize_list(const struct flow_optimize_options *options, struct flow_error *err);

/* Carries out the passes. Rows are given for all candidates, in order of path and line, when they are known:
 * on a dry run those from earlier runs, the others as open. FLOW_E_ENV where the base does not build, where
 * its tests say nothing that can be compared, or where a command is not known; FLOW_E_INVALID for a pass that
 * is wrong; FLOW_E_REFUSED, FLOW_E_INTERRUPTED, FLOW_E_BUDGET. The outcome is filled as far as it got. */
int flow_optimize(const struct flow_optimize_options *options, struct flow_optimize_outcome *outcome,
                  struct flow_error *err);

#endif
