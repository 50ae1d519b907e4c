/* SPDX-License-Identifier: MIT */
/*
 * What the files of the fix job share. Order of a run: fix_open.c opens it, fix.c asks about it and ends it,
 * fix_units.c finds out which files of the branch belong to units and fix_guard.c which of them are
 * protected, fix_fetch.c brings what builds need, fix_baseline.c has the old program tested, fix_prove.c
 * holds the ported tests against it (fix_proof.c: which test is whose), fix_tree.c keeps the build tree like
 * the branch, fix_command.c runs commands in it, fix_build.c and fix_tests.c read what they said,
 * fix_rounds.c carries out rounds with the help of fix_free.c (what the compiler proposes), fix_models.c (who
 * is asked), fix_work.c and fix_trace.c (what there is to do, file by file), fix_ask.c (fixers), fix_judge.c
 * (formatter and gates), fix_weigh.c (what is better and what is worse) and fix_commit.c.
 */
#ifndef FLOW_JOB_FIX_PRIVATE_H
#define FLOW_JOB_FIX_PRIVATE_H

#include <pthread.h>
#include <sys/types.h>

#include "flow/agent/agent.h"
#include "flow/agent/send.h"
#include "flow/base/arena.h"
#include "flow/base/map.h"
#include "flow/build/diagnostic.h"
#include "flow/build/report.h"
#include "flow/build/rules.h"
#include "flow/build/sandbox.h"
#include "flow/job/fix.h"
#include "flow/model/model.h"
#include "watch.h"

#define FIX_TRACE_MAX 3  /* units that one failure is traced to at most: each is a call */
#define FIX_GROUP     20 /* items of work that one fixer gets at most */
#define FIX_REVIEWERS 2

/* A unit of the port whose file is on the branch. */
struct fix_unit {
    char *id, *path;
    struct flow_unit_state state; /* in the port's run */
    struct flow_buf text;         /* of the branch's tip, read when it is first needed */
    bool read;
    struct flow_buf next; /* what it becomes in this round, where `changes` */
    bool changes;
    bool worse; /* what it became is rolled back, for: */
    char why[200];
    bool changed;             /* by some round of this process */
    bool latest;              /* by the last round that changed something */
    bool test;                /* it is a test of the old program, ported */
    bool proven;              /* some test of it passes against the old program: it judges the port */
    bool disproven;           /* it does not compile against it */
    bool guarded;             /* not changed: see fix_guard_units */
    bool told;                /* somebody heard that */
    bool no_free;             /* suggestions made it worse, or did not pass: fixers are asked */
    struct flow_buf tried;    /* edits that were rolled back and why, for the next fixer */
    struct flow_buf edits;    /* those of this round, in the same words */
    const char *by;           /* the model that they are of, or "the compiler" */
    struct flow_buf attempts; /* what came of each, for people */
};

struct fix_build {
    struct flow_diagnostics list;
    int status;
    bool clean;
    size_t errors;  /* 0 where it is not clean: nothing could be read */
    char last[400]; /* of what was printed */
};

struct fix_tests {
    bool ran; /* else all else is empty */
    struct flow_report report;
    struct flow_comparison comparison; /* with the baseline; points into both */
    struct flow_fix_tests counts;
    char last[4000]; /* of what was printed */
};

/* What is known of the branch, or of what a round would make of it. */
struct fix_look {
    struct fix_build build;
    struct fix_tests tests; /* ran where the build is clean and there are tests */
    struct flow_buf said;   /* of a proof, whose build and tests are one command: all that it printed */
};

struct fix_command {
    const char *what;                       /* "build": for messages */
    const char *text;                       /* for /bin/sh */
    const char *tree;                       /* what it may write */
    const char *dir;                        /* where it runs */
    const struct flow_build_rules *fetches; /* with a network, and able to fill the caches of this toolchain;
                                               or NULL */
    bool may_end;                           /* passing a limit is no failure */
    struct flow_buf *out, *err;
    const char *limit; /* result: the one that it passed, or NULL */
};

/* Why a fixer is asked about a file. The prompt names it for each item. */
enum fix_kind {
    FIX_BUILD,   /* an error of the compiler */
    FIX_TEST,    /* a test that fails */
    FIX_PROOF,   /* it is a ported test, and the old program does not pass it */
    FIX_REQUEST, /* what the fixer of another file asks for */
    FIX_FINDING  /* what a final review found */
};

/* One thing that is to be done in the file of a unit. */
struct fix_item {
    struct fix_unit *unit;
    enum fix_kind kind;
    uint32_t line;    /* of the file; 0: none is told */
    const char *text; /* for the fixer, shown as data */
    size_t order;     /* in which it was added */
};

struct fix_work {
    struct flow_arena arena; /* of the texts */
    struct fix_item *items;
    size_t count, cap;
};

/* A build tree, and where commands run in it. */
struct fix_place {
    struct flow_buf root;      /* the folder of the tree that they run in, "" for its top */
    struct flow_buf tree, dir; /* absolute */
    const char *checkout;      /* value of the run: the commit that the tree was last written from */
};

struct fix {
    const struct flow_fix_options *options;
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_languages *languages;
    struct flow_fix_outcome *outcome;
    struct flow_arena arena;
    const struct flow_language *from, *to;
    struct flow_build_rules *rules;
    struct flow_strv read, env; /* of the toolchain */
    struct flow_send *send;
    struct flow_buf state_dir, template;
    struct fix_place place;    /* where builds and tests run */
    bool proving;              /* that is the tree with the old program, and only tests are changed */
    struct flow_buf open_body; /* of contracts */
    bool own_prompt;
    const char *command, *command_origin, *effort;
    const char *model, *second, *escalate; /* the last two may be NULL; see fix_models.c */
    bool escalated;
    const char *reviewers[FIX_REVIEWERS];
    struct flow_buf review_templates[FIX_REVIEWERS];
    bool own_review[FIX_REVIEWERS];
    const char *test, *test_origin;   /* NULL: there is none */
    const char *fetch, *fetch_origin; /* likewise */
    struct flow_fix_old old;
    struct flow_build_rules *old_rules;
    unsigned rounds, jobs, stall, baseline_runs;
    struct flow_limits limits;
    struct flow_strv protect, allow; /* globs */
    size_t protect_own;              /* of protect, those of the languages */
    struct flow_strv tests;          /* likewise: of files of the source language that hold tests */

    struct flow_ledger *ledger;
    struct flow_run_lock *locks[2]; /* of the port's run, and of this */
    int64_t run, port_run;          /* of contracts both are theirs */
    int64_t account;                /* whose calls and money these are */
    struct flow_models *models;
    struct flow_agent_env agent;
    struct watch *watch; /* heeds other terminals while agents may be asked; NULL before */
    atomic_bool drain;   /* they asked it to stop */

    char *branch;
    struct flow_id base, tip;
    struct flow_snapshot *snapshot; /* of the tip */

    struct fix_unit *units;
    size_t count, cap;
    struct flow_map *by_path; /* → index */
    struct flow_map *known;   /* complaints that were seen in this process → how many at one time */
    struct flow_map *undone;  /* paths that builds wrote over */
    struct flow_map *names;   /* declared in a unit → its index, -1: in several; made when it is needed */

    struct flow_map *stand_in;  /* plain names of ported tests that ran against the old program */
    struct flow_map *disproven; /* unit, newline and plain name of ported tests that the old program fails */
    struct flow_report *baselines; /* of the old program */
    size_t baseline_count;

    struct fix_work requests; /* of the last fixers: work of the next */
    unsigned round;           /* of the run, over all processes */
    size_t free, mended;
    pthread_mutex_t mutex; /* of what follows, and of the hooks */
    struct flow_fix_progress progress;
};

/* fix.c */
void fix_note(struct fix *fix, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What fix->progress says changes through these alone: the watcher shows it at any time. */
void fix_doing(struct fix *fix, const char *doing);
void fix_doing_each(struct fix *fix, const char *doing, size_t count);
void fix_answered(struct fix *fix);
void fix_figure(struct fix *fix, size_t *figure, size_t value);
/* FLOW_E_INTERRUPTED where a signal or another terminal asked to stop. */
int fix_stopped(const struct fix *fix, struct flow_error *err);

/* fix_open.c: finds out all that a run works with; without the port, only what builds take. */
int fix_open(struct fix *fix, struct flow_error *err);
int fix_open_build(struct fix *fix, struct flow_error *err);

/* fix_units.c */
int fix_units_load(struct fix *fix, struct flow_error *err);
void fix_units_release(struct fix *fix);
/* The unit of a path of the repository; NULL. */
struct fix_unit *fix_unit_of(struct fix *fix, const char *path);
/* The unit whose file a diagnostic names; NULL where it names none. */
struct fix_unit *fix_unit_at(struct fix *fix, const char *file);
/* The unit that a test, a model or a person means: a path from the target project or from the top, or an
 * absolute one in the build tree. NULL. */
struct fix_unit *fix_unit_called(struct fix *fix, const char *name);
/* Its file as a diagnostic names it. */
const char *fix_unit_file(const struct fix *fix, const struct fix_unit *unit);
int fix_unit_read(struct fix *fix, struct fix_unit *unit, struct flow_error *err);
/* It stands on the branch as that commit left it, and nobody has reviewed that. */
int fix_unit_unreviewed(struct fix *fix, struct fix_unit *unit, const struct flow_id *commit,
                        struct flow_error *err);
/* Appends what is pinned of it in the port's run; nothing where it is not. */
int fix_unit_pinned(struct fix *fix, const struct fix_unit *unit, const char *name, struct flow_buf *out,
                    struct flow_error *err);
int fix_census(struct fix *fix, struct flow_error *err);

/* fix_guard.c: the settings; then which units are tests, and whether somebody else changed protected files
 * since the rounds began. */
int fix_guard_load(struct fix *fix, struct flow_error *err);
int fix_guard(struct fix *fix, struct flow_error *err);
/* Which units are not changed from now on: while tests are proven all others, and then those that are proven
 * or at protected paths. */
void fix_guard_units(struct fix *fix);
bool fix_is_protected(const struct fix *fix, const char *path);

/* fix_tree.c: the files of the build tree are those of the branch afterwards, but for what is there besides.
 * What it had of another commit goes, too. */
int fix_tree_sync(struct fix *fix, struct flow_error *err);
/* The same after a command ran in it, which was not to change them: says what it changed. */
int fix_tree_undo(struct fix *fix, struct flow_error *err);

/* fix_command.c */
/* FLOW_E_ENV where it passed a limit, unless it may. */
int fix_run(struct fix *fix, struct fix_command *command, int *status, struct flow_error *err);

/* fix_build.c. A failure to build is no failure of this; see out->clean. Released by the caller where it
 * returns 0. */
int fix_build(struct fix *fix, struct fix_build *out, struct flow_error *err);
void fix_build_release(struct fix_build *build);
/* Errors of a file. */
size_t fix_build_errors(const struct fix_build *build, const char *file);
/* Adds what is left to the outcome. */
int fix_build_left(struct fix *fix, const struct fix_build *build, struct flow_error *err);

/* fix_fetch.c: the fetch step, unless it was done before. */
int fix_fetch(struct fix *fix, struct flow_error *err);

/* fix_baseline.c: tests the old program, unless that was done before. */
int fix_baseline(struct fix *fix, struct flow_error *err);
/* A tree of its own with the old program, as it is at the base commit, and what fetch.command brought.
 * *path is an empty buffer; whoever asked for the tree removes it. */
int fix_old_tree(struct fix *fix, const char *name, struct flow_buf *path, struct flow_error *err);
/* The path of a tree of its own. */
int fix_tree_beside(const struct fix *fix, const char *name, struct flow_buf *path, struct flow_error *err);
/* Runs fetch.command or build.command in such a tree, where it is set; a failure of it is FLOW_E_ENV. */
int fix_old_fetch(struct fix *fix, const char *tree, struct flow_error *err);
int fix_old_build(struct fix *fix, const char *tree, struct flow_error *err);
void fix_baseline_release(struct fix *fix);

/* fix_prove.c: has the ported tests run against the old program, and mended where it does not pass them,
 * unless that was done before. */
int fix_prove(struct fix *fix, struct flow_error *err);
/* One look at them, in the tree of fix->place. *out is empty; released by the caller where it returns 0. */
int fix_prove_look(struct fix *fix, struct fix_look *out, struct flow_error *err);

/* fix_proof.c */
/* The ported test that a test of the report stands in; NULL where that is not known. */
int fix_proof_unit(struct fix *fix, const struct flow_test *test, struct fix_unit **out,
                   struct flow_error *err);
/* A test that fails is known where the old program fails it: while tests are proven, where all of its name
 * fail in its own suite; with the port, where the ported test failed against it. And a test of the old suite
 * has not disappeared where the ported one of its name runs instead. */
int fix_proof_known(struct fix *fix, struct flow_comparison *comparison, const struct flow_report *now,
                    struct flow_error *err);
/* Says of each ported test whether it is proven, and fills the census. */
int fix_proof_count(struct fix *fix, const struct fix_look *look, struct flow_error *err);

/* fix_tests.c: runs the tests, where there are any. Released by the caller where it returns 0. */
int fix_test(struct fix *fix, struct fix_tests *out, struct flow_error *err);
void fix_tests_release(struct fix_tests *tests);
/* Adds those that fail to what is left. */
int fix_tests_left(struct fix *fix, const struct fix_tests *tests, struct flow_error *err);
/* The report in what a command printed; where it tells of no failure, one test that stands for its status. */
int fix_report_read(struct flow_report *out, const char *root, int status, const struct flow_buf *text,
                    struct flow_error *err);
size_t fix_failed(const struct flow_report *report);
/* It stands for the exit status of a command, and not for a test. */
bool fix_is_status(const struct flow_test *test);
/* The report in what tests printed, beside `baselines` of them. Ended by a limit: its name. */
int fix_tests_read(struct fix *fix, struct fix_tests *out, int status, struct flow_buf *text,
                   const char *limit, struct flow_error *err);
bool fix_is_failure(const struct flow_test_change *change);
/* For people. */
void fix_test_name(const struct flow_test_change *change, struct flow_buf *out);
/* The end of a text from a line's begin on, about `most` bytes. */
const char *fix_tail(const char *text, size_t len, size_t most);

/* fix_weigh.c: marks the units whose change made it `worse`, and says why; *out counts them. */
int fix_weigh(struct fix *fix, const struct fix_build *before, const struct fix_build *after, size_t *out,
              struct flow_error *err);
/* The same by the tests: those that a test is traced to which fails since, or all. */
int fix_weigh_tests(struct fix *fix, const struct fix_tests *before, const struct fix_tests *after,
                    size_t *out, struct flow_error *err);
/* What keeps it from being done: errors of the build, else tests that fail. */
size_t fix_complaints(const struct fix_look *look);
/* How many of them were seen before, and from now on all of them were. Fewer than there were before the
 * round: it made progress. */
int fix_progress(struct fix *fix, const struct fix_look *look, size_t *known, struct flow_error *err);

/* fix_coverage.c: what the old program's tests do not execute, into the outcome; measured once for a commit,
 * a command and the units of the port. Nothing where there is no command. */
int fix_coverage(struct fix *fix, struct flow_error *err);

/* fix_rounds.c */
int fix_rounds(struct fix *fix, struct flow_error *err);
/* Those that mend tests, in fix->place. *look is how they left it, and released by the caller where this
 * returns 0. */
int fix_rounds_prove(struct fix *fix, struct fix_look *look, struct flow_error *err);
void fix_look_release(struct fix_look *look);

/* fix_free.c */
int fix_free(struct fix *fix, const struct fix_build *build, struct flow_error *err);

/* fix_work.c */
void fix_work_init(struct fix_work *work);
void fix_work_release(struct fix_work *work);
/* Copies the text. */
int fix_work_add(struct fix_work *work, struct fix_unit *unit, enum fix_kind kind, uint32_t line,
                 const char *text, size_t len, struct flow_error *err);
/* The errors of a build that lie in files of units. */
int fix_work_add_errors(struct fix_work *work, struct fix *fix, const struct fix_build *build,
                        struct flow_error *err);
/* What fixers asked for that were asked before; it is forgotten by that. */
int fix_work_take_requests(struct fix_work *work, struct fix *fix, struct flow_error *err);
/* Keeps in the ledger what they asked for and that is still to be done; finds that again; drops it. */
int fix_requests_keep(struct fix *fix, struct flow_error *err);
int fix_requests_load(struct fix *fix, struct flow_error *err);
int fix_requests_forget(struct fix *fix, struct flow_error *err);
/* fix_trace.c: the tests that fail, each for the units that it is traced to. */
int fix_work_add_failures(struct fix_work *work, struct fix *fix, const struct fix_tests *tests,
                          struct flow_error *err);
/* The units that one test is traced to, by what it printed and by its text; where it is not there any more,
 * by the last that the tests printed. *count of them, 0 where nothing is told. */
int fix_trace(struct fix *fix, const struct flow_test_change *change, const char *last,
              struct fix_unit *out[FIX_TRACE_MAX], size_t *count, struct flow_error *err);
/* By unit, kind and line. */
void fix_work_sort(struct fix_work *work);
/* Where the group ends that begins at `first`, of a sorted list: one fixer's, all of one unit. */
size_t fix_work_group(const struct fix_work *work, size_t first);
/* "Build error", … */
const char *fix_kind_name(enum fix_kind kind);

/* fix_models.c */
int fix_models_open(struct fix *fix, struct flow_error *err);
/* What the rounds will take is not known before a build was seen: what costs money needs a limit instead. */
int fix_models_limits(struct fix *fix, const struct flow_budget *limit, struct flow_error *err);
int fix_models_destination(struct fix *fix, struct flow_buf *out, struct flow_error *err);
/* Which one mends the unit now. */
const char *fix_model_for(const struct fix *fix, const struct fix_unit *unit);
/* Keeps what came of the edits of this round, in the ledger and for the census. From any thread. */
int fix_attempt(struct fix *fix, struct fix_unit *unit, const char *what, struct flow_error *err);
/* Lists the attempts in the outcome, where something is left. */
int fix_attempts_left(struct fix *fix, struct flow_error *err);

/* fix_ask.c: one fixer for each group of the work, all at once; their edits become `next` of the units. The
 * work is sorted by it. */
int fix_ask(struct fix *fix, struct fix_work *work, struct flow_error *err);

/* fix_review.c: reviewers and their prompts. */
/* Whether there are any: those who only build or only test leave them to another time. */
bool fix_has_reviews(const struct fix *fix);
int fix_review_open(struct fix *fix, struct flow_error *err);
void fix_review_close(struct fix *fix);
/* Prompts that a committed file brings, at most FIX_REVIEWERS: how many. */
size_t fix_review_brought(const struct fix *fix, struct flow_brought *out);
/* Keeps what the units that change in this round are changed for, before the commit. */
int fix_review_keep(struct fix *fix, const struct fix_work *work, struct flow_error *err);
/* Has all units reviewed that this job changed since they were accepted, and adds what was found to the work,
 * where they were not accepted. */
int fix_review(struct fix *fix, struct fix_work *work, struct flow_error *err);

/* fix_judge.c: formats text, and holds it against the gates that judge a target alone and a change to it. 0:
 * it passes; 1: why says what is wrong, in sentences that can be given back to a model. The text is a file of
 * the unit, and the unit's own was read. */
int fix_judge(struct fix *fix, const struct fix_unit *unit, struct flow_buf *text, struct flow_buf *why,
              struct flow_error *err);

/* fix_commit.c: what changes becomes a commit, and the tip. FLOW_E_CONFLICT where somebody else committed. */
int fix_commit(struct fix *fix, const struct fix_look *before, const struct fix_look *after,
               const struct flow_fix_round *round, struct flow_error *err);

#endif
