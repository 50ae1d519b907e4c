/* SPDX-License-Identifier: MIT */
/*
 * What the files of the optimize job share. Order of a run: optimize.c opens and ends it, optimize_pass.c
 * loads the passes, optimize_find.c finds candidates, optimize_heat.c ranks them by a profile,
 * optimize_keep.c knows what became of them before,
 * optimize_build.c runs the project's commands in a build tree, optimize_base.c looks at the base commit
 * (tests, coverage), optimize_linter.c lets the linter look at it, too, optimize_ask.c has a model write what
 * no template says, which optimize_ask_judge.c judges, optimize_together.c sorts out what fails, and
 * optimize_alone.c proves each that is left, with the help of optimize_bench.c, has it reviewed by
 * optimize_review.c, and makes its branch. optimize_agents.c opens the models.
 */
#ifndef FLOW_JOB_OPTIMIZE_PRIVATE_H
#define FLOW_JOB_OPTIMIZE_PRIVATE_H

#include <pthread.h>

#include "flow/base/arena.h"
#include "flow/build/coverage.h"
#include "flow/build/diagnostic.h"
#include "flow/build/rules.h"
#include "flow/build/sandbox.h"
#include "flow/job/optimize.h"
#include "flow/store/ledger.h"
#include "flow/syntax/facts.h"
#include "optimize_agents.h"
#include "optimize_bench.h"
#include "optimize_tests.h"
#include "tree_files.h"
#include "watch.h"

#define OPTIMIZE_BASELINES 2 /* runs of the tests on the base: one is not enough to see which are flaky */
#define OPTIMIZE_TREES_MAX 64

struct optimize_pass {
    const struct flow_language *language;
    const char *name;  /* "clone" */
    const char *full;  /* "rust/clone" */
    const char *query; /* its name for parsers */
    const char *text;  /* of the query */
    size_t len;
    const char *prompt;      /* of prompt.md; NULL: the query says what a candidate becomes */
    const char *about;       /* first line … */
    const char *more;        /* … and what follows: what it does, and when it is wrong … */
    const char *whole_about; /* … as the file has it */
    const char *folder;      /* in the repository; NULL: one of flow's */
};

struct optimize_file {
    const struct flow_entry *entry;
    const char *text;
    size_t len;
};

struct optimize_candidate {
    const struct optimize_pass *pass;
    const struct optimize_file *file;
    struct flow_span span, around; /* what is replaced; the declaration that it is in */
    uint32_t line;                 /* where it was found */
    const char *text;              /* by what; NULL: nobody has written that yet */
    size_t len;
    const char *places; /* of a pass with a prompt: what the query found in the declaration */
    const char *said;   /* what the model says of its edits */
    unsigned vote;      /* how often it was tried anew after it had failed … */
    bool again;         /* … and it is to be now */
    bool left;          /* it stays open: why says what is in the way */
    struct flow_id id;
    char branch[200]; /* refs/heads/… */
    enum flow_optimize_state state;
    bool earlier;       /* the state is from an earlier run */
    bool gone;          /* it had a branch, which somebody took away */
    double heat;        /* what its lines cost by the profile, in percent of all */
    uint64_t times;     /* how often tests execute the hottest of its lines, or what that costs */
    bool passed;        /* built and tested together with others */
    bool split;         /* its reviewers disagreed, and a judge decided for it */
    const char *proof;  /* what was compared, where it happened to be built and tested with no other */
    const char *why;    /* evidence, or why not; NULL: nothing to say */
    const char *linter; /* what the linter says of the place */
};

/* A build tree. Used by one thread at a time. */
struct optimize_tree {
    char key[32]; /* of the run's value that holds the commit that it was last made of */
    struct flow_buf path, dir;
    struct flow_snapshot *was; /* NULL: unknown, or this base */
};

struct optimize {
    const struct flow_optimize_options *options;
    struct flow_optimize_outcome *outcome;
    struct flow_arena arena;
    struct flow_parser *parser;
    struct flow_buf state_dir, root; /* root: folder of the commands in the tree; "": its top */
    struct flow_strv read, env;      /* of the toolchain */
    const struct flow_language *language;
    struct flow_build_rules *rules;
    const char *build, *build_origin, *test, *test_origin, *coverage, *lint, *bench;
    const char *coverage_name; /* for people: the command, or whose script it is */
    unsigned trees;
    struct flow_limits limits; /* of each command */

    struct flow_id base;
    struct flow_snapshot *snapshot;
    struct flow_ledger *ledger;
    struct flow_run_lock *lock;
    int64_t run;

    struct optimize_pass *passes;
    size_t pass_count, pass_cap;
    struct optimize_candidate *items; /* by path, then position */
    size_t count, cap;

    struct optimize_tests *baseline;
    struct flow_diagnostics warnings; /* what the compiler says of the base */
    struct flow_coverage covered;     /* what its tests execute; empty where that is not measured */
    struct optimize_agents *agents;   /* NULL: nobody is asked */
    struct watch *watch;              /* heeds other terminals while commands run and agents work */
    atomic_bool drain;                /* they asked it to stop */
    pthread_mutex_t mutex; /* of the outcome, the arena and the hooks, while several trees are at work */
    size_t branches;       /* made by this run */
};

/* optimize.c */
void optimize_doing(struct optimize *o, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A copy that lives as long as the run, of at most 300 bytes of a text as it can be shown on one line; NULL
 * for want of memory. */
const char *optimize_words(struct optimize *o, const char *text, size_t len);
/* Counts one more, of builds or tests, and says how many there are. May be called from several threads. */
size_t optimize_count(struct optimize *o, size_t *what);
/* Before anything is begun: waits while the run is paused. FLOW_E_INTERRUPTED where a signal or another
 * terminal asked to stop. */
int optimize_wait(struct optimize *o, struct flow_error *err);
/* Whether nothing more is to be begun: time, or the number of changes, is reached. */
bool optimize_over(struct optimize *o);

/* optimize_pass.c */
int optimize_passes_load(struct optimize *o, struct flow_error *err);
/* Without a model that writes, those that need one are left out; the outcome says which, of the languages of
 * the base. */
void optimize_passes_leave_out(struct optimize *o);
/* Asks about those that the repository brings, makes their queries known to the parser, and checks all. */
int optimize_passes_open(struct optimize *o, bool ask, struct flow_error *err);

/* optimize_find.c */
int optimize_find(struct optimize *o, struct flow_error *err);
/* Into the order of `items`, after spans have changed. */
void optimize_sort(struct optimize *o);

/* optimize_heat.c: fills the candidates' heat where profiles were given. */
int optimize_heat(struct optimize *o, struct flow_error *err);

/* optimize_edit.c: the text of a file with candidates applied; they are of one file, in order, and do not
 * touch. */
int optimize_apply(const struct optimize_file *file, struct optimize_candidate *const *set, size_t count,
                   struct flow_buf *out, struct flow_error *err);
/* Lines of a span of a candidate's file, as they are after others of that file (a part of `set`, in order)
 * were applied. */
void optimize_lines(struct optimize_candidate *const *set, size_t count,
                    const struct optimize_candidate *candidate, struct flow_span span, uint32_t *first,
                    uint32_t *last);
/* Whether a place that a tool names is on those lines. */
bool optimize_is_at(const struct optimize *o, const struct flow_position *place,
                    struct optimize_candidate *const *set, size_t count,
                    const struct optimize_candidate *candidate, struct flow_span span);
/* Makes a candidate of the text that its whole declaration becomes: the lines that differ are replaced. */
int optimize_rewrite(struct optimize *o, struct optimize_candidate *candidate, const struct flow_buf *after,
                     struct flow_error *err);
bool optimize_touch(const struct optimize_candidate *a, const struct optimize_candidate *b);

/* optimize_keep.c */
int optimize_known(struct optimize *o, struct flow_error *err);
/* Keeps what became of a candidate; why may be NULL. May be called from several threads. */
int optimize_settle(struct optimize *o, struct optimize_candidate *candidate, enum flow_optimize_state state,
                    const char *why, struct flow_error *err);
/* That it held together with others. */
int optimize_settle_passed(struct optimize *o, struct optimize_candidate *candidate, struct flow_error *err);
/* Before anybody is asked: keeps of those that failed and are tried anew that they are, so that what was
 * answered then does not count. */
int optimize_retry(struct optimize *o, struct flow_error *err);
/* Another rewrite of the same place by the same pass, which held; or NULL. */
const struct optimize_candidate *optimize_other(const struct optimize *o,
                                                const struct optimize_candidate *candidate);

/* optimize_build.c: commands in a build tree. */
struct optimize_said {
    bool good; /* status 0, and no limit ended it */
    struct flow_buf out, talk;
    char why[400]; /* where it is not good: the limit, or what was said last */
};
int optimize_tree_open(struct optimize *o, const char *name, struct optimize_tree *tree,
                       struct flow_error *err);
void optimize_tree_release(struct optimize_tree *tree);
/* The files of the base, with a set of candidates (in order) applied. */
int optimize_tree_set(struct optimize *o, struct optimize_tree *tree, struct optimize_candidate *const *set,
                      size_t count, struct flow_error *err);
/* Runs a command; `said` is released by the caller where it returns 0. */
int optimize_run(struct optimize *o, struct optimize_tree *tree, const char *command,
                 struct optimize_said *said, double *seconds, struct flow_error *err);
void optimize_said_release(struct optimize_said *said);
int optimize_diagnostics(struct optimize *o, const struct optimize_tree *tree,
                         const struct optimize_said *said, struct flow_diagnostics *out,
                         struct flow_error *err);
/* Whether a build of one candidate alone warns on its lines, and that of the base did not: 1, and the
 * candidate is settled; or 0. */
int optimize_warned(struct optimize *o, const struct optimize_tree *tree, const struct optimize_said *said,
                    struct optimize_candidate *candidate, struct flow_error *err);
/* Runs the tests of the base once more, for what others are compared with. */
int optimize_test_base(struct optimize *o, struct optimize_tree *tree, struct flow_error *err);
/* Runs the tests and compares with the base: *failed is how many got worse, and why names the first, or says
 * what was compared (`size` bytes). `list` gets what compilers say where any did, since tests may be built by
 * what runs them; it is released by the caller where it returns 0. It may be NULL. */
int optimize_compare(struct optimize *o, struct optimize_tree *tree, size_t *failed, char *why, size_t size,
                     struct flow_diagnostics *list, struct flow_error *err);

/* optimize_base.c: the base builds, its tests are known, and so is what they execute and what a linter says
 * of it. Settles candidates that no test executes. */
int optimize_base(struct optimize *o, struct optimize_tree *tree, struct flow_error *err);

/* How often tests execute the hottest line of a candidate's span; 0: none is executed. */
uint64_t optimize_times(const struct optimize *o, const struct optimize_candidate *candidate);

/* optimize_linter.c: what the linter finds in the base, at the candidates and elsewhere. */
int optimize_lint(struct optimize *o, struct flow_error *err);

/* optimize_ask.c: has the model write what some of the candidates become that no template says. 1: there are
 * more to ask about; 0. */
int optimize_ask(struct optimize *o, struct flow_error *err);
/* The prompt about one candidate. */
int optimize_prompt(const struct optimize *o, const struct optimize_candidate *candidate,
                    struct flow_prompt *out, struct flow_error *err);

/* optimize_ask_judge.c: formats what a candidate's declaration becomes, where its file is formatted, and
 * holds it against the gates. 0: it passes; 1: why says what is wrong, in sentences that can be given back.
 */
int optimize_judge(const struct optimize *o, const struct optimize_candidate *candidate,
                   struct flow_buf *after, struct flow_buf *why, struct flow_error *err);

/* optimize_review.c: what reviewers say of a candidate that is proven. 0: they accept it, or there are none;
 * 1: it is not to be kept, and is settled or left. May be called from several threads. */
int optimize_review(struct optimize *o, struct optimize_candidate *candidate, struct flow_error *err);
/* Appends who wrote and who judged it. */
void optimize_put_judges(const struct optimize *o, const struct optimize_candidate *candidate,
                         struct flow_buf *out);

/* optimize_together.c: tries those that are open, or of them only those that the profile knows; after it,
 * each that was tried and is still open has `passed`. */
int optimize_together(struct optimize *o, struct optimize_tree *trees, bool hot, struct flow_error *err);

/* optimize_alone.c: proves those that have passed, the hottest first. */
int optimize_alone(struct optimize *o, struct optimize_tree *trees, struct flow_error *err);

#endif
