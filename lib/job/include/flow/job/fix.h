/* SPDX-License-Identifier: MIT */
/*
 * flow-fix: the port of a run built and tested in rounds until it is clean.
 *
 * Works on refs/heads/flow/port/<name>, the branch of a port run, and on no other run at the same time. The
 * branch is checked out once into a build tree below the user's cache, which is kept between rounds and
 * processes. A round takes the errors of the last build, changes files of units by them, builds again, and is
 * one commit, without the files that it made worse (fix_weigh.c). Where the compiler itself says how to mend
 * something, a round does only that, without any model; else one fixer is asked for each group of errors
 * of a file, all at once. Where the build is clean the tests run, and each that fails goes to fixers of the
 * files that it is traced to (fix_trace.c).
 *
 * A test fails that passed with the old program and fails now, that is not there any more, or that the old
 * program does not have and fails. The old program's results come from test.command, after build.command, on
 * the commit that the port began from, fix.baseline-runs times; they are kept in the ledger. Without
 * test.command every test that fails counts.
 *
 * Only files of units are changed. A unit whose file was changed loses its verdicts: in the port's run it is
 * 'gated' from then on, with the commit as reason, which every census counts as unreviewed. When the build is
 * clean, two reviewers read each such unit again, with what changed and why: where both accept, it is
 * committed again, with their verdicts; else what they found is work for another round, within the same
 * limit.
 *
 * Where coverage.command is set, the old program's tests are run by it once, at the commit that the port
 * began at, to find out what they do not execute (flow/build/coverage.h): the outcome lists that, for people.
 *
 * Units that are tests by their path ([tests] of the source language) are oracles once they are proven: where
 * prove.command is set, it runs the ported tests against the old program, before anything else is built. What
 * fails there is mended in rounds that change tests only; afterwards tests that pass are not changed any
 * more.
 *
 * Settings: fix.fetch (run once, with a network), fix.build and fix.test (commands, run by /bin/sh in the
 * folder of the target project), fetch.command (with a network), build.command, test.command and
 * coverage.command (at the top of the base commit's tree; the last prints gcov's JSON or lcov),
 * prove.command (at the top of a tree of the branch), fix.baseline-runs, fix.protect, fix.allow, sandbox.*,
 * fix.model (else port.model, model.default), port.reviewer-model (for final reviews), fix.escalate,
 * fix.effort, fix.rounds, fix.stall, fix.jobs, fix.budget; target.root; diagnostics.*.
 */
#ifndef FLOW_JOB_FIX_H
#define FLOW_JOB_FIX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/job/approve.h"
#include "flow/job/census.h"
#include "flow/repo/repo.h"
#include "flow/store/ledger.h"
#include "flow/syntax/language.h"

/* Commands about the old program, and where each comes from; NULL: there is none. */
struct flow_fix_old {
    const char *fetch, *fetch_origin;
    const char *build, *build_origin;
    const char *test, *test_origin;
    const char *coverage, *coverage_origin;
    const char *prove, *prove_origin;
};

/* What is going to happen, before it does. */
struct flow_fix_plan {
    const char *branch, *tip;
    const char *command;              /* the build */
    const char *origin;               /* where it comes from */
    const char *fetch, *fetch_origin; /* NULL: there is none */
    const char *test, *test_origin;   /* NULL: there is none */
    struct flow_fix_old old;          /* those that will be used */
    const char *dir;                  /* where build and tests run */
    bool confined;                    /* in the sandbox */
    const char *model;
    const char *second, *escalate; /* for files that were rolled back; after a stall. NULL: the same */
    const char *const *reviewers;  /* two models, for final reviews; NULL: there will be none */
    const char *destination;
    unsigned rounds, jobs;
    const struct flow_spending *spending; /* of the run so far, with its budget */
};

/* One run of the tests. */
struct flow_fix_tests {
    size_t passed, failed;
    size_t fresh;               /* failures that the old program does not have: what is to be mended */
    size_t known, flaky, fixed; /* as in flow/build/report.h */
};

/* One round as it ended. */
struct flow_fix_round {
    unsigned round;
    size_t before, after; /* errors of the build; after a round that was rolled back those that it led to */
    size_t files;         /* whose bytes it changed */
    size_t free;          /* suggestions of the compiler that were applied */
    size_t mended;        /* errors that fixers say they mended, with edits that passed the gates */
    bool of_tests;        /* the build was clean before it: it was about tests */
    bool of_proof;        /* it is about ported tests, held against the old program: so are all its figures */
    bool of_review;       /* it is about what final reviews found, where nothing else is left */
    size_t failures;      /* of tests, before it */
    bool tested; /* the tests ran, with this result after it; of a round that was rolled back likewise */
    struct flow_fix_tests tests;
    int64_t calls, nano_usd;
    bool priced;        /* of all its calls the price is known */
    const char *state;  /* committed; rolled-back; nothing: no change came out of it */
    const char *commit; /* "" where there is none */
};

struct flow_fix_progress {
    size_t round;
    size_t errors, failures;
    const char *doing; /* "fetching", "measuring", "baseline", "proving", "building", "testing", "asking",
                          "reviewing" */
    size_t asked, answered;
};

/* All may be NULL but plan. Called from one thread at a time. */
struct flow_fix_hooks {
    /* Before anything runs: 0 goes on; else the run ends with err (FLOW_E_REFUSED). On a dry run it only
     * shows. */
    int (*plan)(void *payload, const struct flow_fix_plan *plan, struct flow_error *err);
    /* As in flow_approve: of the commands and the prompt, where a committed file brings them. */
    flow_approve_fn approve;
    void (*round)(void *payload, const struct flow_fix_round *round);
    void (*progress)(void *payload, const struct flow_fix_progress *progress);
    void (*note)(void *payload, const char *text); /* one line */
    void *payload;
};

struct flow_fix_options {
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_languages *languages;
    const char *name;                 /* of the port's run */
    const struct flow_budget *budget; /* NULL: as it was set before */
    unsigned rounds;                  /* 0: fix.rounds */
    unsigned jobs;                    /* 0: fix.jobs, else what the model wants */
    bool build_only, test_only;       /* no tests; nothing but tests */
    size_t until;                     /* errors, or tests that fail, that may be left */
    bool unconfined;                  /* --no-sandbox */
    bool contracts; /* of the port: on refs/heads/flow/contract/<name>, where bodies may stay open. The caller
                       holds the port's lock; calls are the port's, under the role "contract" */
    bool dry_run;
    const atomic_int *stop; /* 1: finish calls in flight, begin none; 2: cut them. May be NULL */
    const atomic_bool *cut; /* true when *stop is 2; may be NULL. Ends the build, too */
    struct flow_fix_hooks hooks;
};

struct flow_fix_outcome {
    bool built;     /* some build ended: the rest is known */
    bool test_only; /* none was made: errors are not known */
    bool clean;     /* the last one succeeded */
    size_t errors;  /* of the last one */
    bool tested;    /* the tests ran behind the last build */
    struct flow_fix_tests tests;
    const char *why;           /* why there were no more rounds; NULL where nothing is left */
    unsigned rounds;           /* of this process */
    size_t changed;            /* units that they changed */
    size_t reviewed;           /* units that final reviews accepted in this process … */
    size_t rejected;           /* … and that the last ones did not */
    struct flow_strv left;     /* errors and failures that are left, place and message in turn */
    bool measured;             /* coverage.command told what the old program's tests execute: */
    size_t untested_units;     /* of which they execute nothing */
    size_t untested_functions; /* these included */
    struct flow_strv untested; /* units and what of them is not executed, in turn */
    size_t ported_tests;       /* units that are tests, and on the branch */
    bool proved;               /* prove.command ran them: */
    size_t proven;             /* tests that pass against the old program … */
    size_t disproven;          /* … and that do not; files of tests that do not compile included */
    const char *proof_why;     /* why there were no more rounds for them; NULL where nothing was left */
    size_t undecided; /* tests that fail with the old program in its own suite, too, and units of which none
                         ran */
    struct flow_strv unproven; /* tests and units that are not proven, and what is lost, and why, in turn */
    struct flow_strv tried;    /* where something is left: files and what was tried in them, in turn */
    struct flow_job_census census; /* of the port's units, and what the rounds cost */
};

/* Carries out rounds. 0: ended by itself, see the outcome; -1 with err where it could not begin or was
 * stopped (FLOW_E_REFUSED, FLOW_E_BUDGET, FLOW_E_INTERRUPTED; FLOW_E_CONFLICT where somebody else moved the
 * branch; FLOW_E_ENV where the build failed and nothing that it said could be read). The outcome is filled as
 * far as it got in both cases; it is initialised here and released by the caller. */
int flow_fix(const struct flow_fix_options *options, struct flow_fix_outcome *outcome,
             struct flow_error *err);
/* Whether it ended by itself, and not all is well: the build, a test, or a unit without two verdicts. */
bool flow_fix_has_holes(const struct flow_fix_outcome *outcome);
void flow_fix_outcome_release(struct flow_fix_outcome *outcome);

/* Whether rounds of a port to that language could begin: there is a sandbox or none is asked for, a command,
 * and a model. Appends the command, and where the model is. A dry run looks at the command alone. */
int flow_fix_check(const struct flow_fix_options *options, const struct flow_language *to,
                   struct flow_buf *command, struct flow_buf *destination, struct flow_error *err);
/* Asks beforehand what flow_fix would ask, of a port with that base. */
int flow_fix_approve(const struct flow_fix_options *options, const struct flow_id *base,
                     struct flow_error *err);

#endif
