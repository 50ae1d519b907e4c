/* SPDX-License-Identifier: MIT */
/*
 * Lifetimes: which pointer owns what it points to, for every pointer field of a tree, without a model.
 *
 * Facts come from the queries and name lists of each language (ownership.scm, ownership.conf; see
 * grammars/README.md) and are followed through names, functions and files; rules make a class of them, with
 * a confidence. flow-lifetimes(1) defines the classes. A language without an ownership.scm has no rows.
 */
#ifndef FLOW_JOB_LIFETIMES_H
#define FLOW_JOB_LIFETIMES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/config/config.h"
#include "flow/job/analyze.h"
#include "flow/job/approve.h"
#include "flow/repo/repo.h"
#include "flow/syntax/language.h"

/* What a traced run says of a row. */
enum flow_traced {
    FLOW_TRACED_UNSEEN, /* no traced run, or no line of it was executed that gives the field a value */
    FLOW_TRACED_OPEN,   /* what was seen fits the class and others, too */
    FLOW_TRACED_CONFIRMED,
    FLOW_TRACED_REFUTED
};

/* One field. Strings live as long as what holds the row. */
struct flow_lifetime {
    const char *file, *strukt, *field, *type;
    const char *class_name; /* "OWNED", …, or one that the repository declares */
    const char *target;     /* the Rust type; "" where there is none to propose */
    const char *confidence; /* "high", "medium", "low", "model", or "person" */
    const char *rule;       /* which rule decided, or "model"; "" where a person did */
    const char *evidence;   /* "file:line, what was seen there [rule]" */
    uint32_t line;          /* of the declaration; 0 in a table that was read */
    enum flow_traced traced;
    struct own_traced *trace; /* what was seen; NULL: nothing */
};

struct flow_lifetimes_options {
    unsigned workers; /* 0: all cores */
    bool slices;      /* slices and owned strings too */
};

struct flow_lifetimes {
    struct flow_lifetime *rows; /* by file, line, struct and field */
    size_t count, cap;
    size_t repeated; /* fields that a struct declares again under another condition: they share a row */
    struct own_model *model;
};

/* analysis and languages are borrowed and must outlive the result. Rows are of the files that the analysis
 * has in its units. FLOW_E_INVALID where a class is declared wrongly. */
int flow_lifetimes(struct flow_lifetimes **out, struct flow_analysis *analysis,
                   const struct flow_languages *languages, const struct flow_lifetimes_options *options,
                   struct flow_error *err);
void flow_lifetimes_free(struct flow_lifetimes *lifetimes);

/*
 * A traced run: the repository's own tests, run once with hooks where fields get their values, and with every
 * block of the heap watched. It gives rows the verdict `traced`, and says in their evidence what was seen;
 * those confirmed become "high", those refuted "low". Classes stay.
 */
struct flow_lifetimes_trace_options {
    struct flow_repo *repo;
    const struct flow_config *config;                   /* build.command, test.command, sandbox.* */
    bool unconfined;                                    /* outside of the sandbox */
    flow_approve_fn approve;                            /* commands that the repository brings; may be NULL */
    void (*progress)(void *payload, const char *doing); /* may be NULL */
    void *payload;
    const atomic_bool *cancel; /* may be NULL */
};
struct flow_lifetimes_traced {
    size_t hooks;     /* places that were watched */
    size_t processes; /* that executed any of them */
    uint64_t lost;    /* what there was no room to note */
    int status;       /* of the tests' command */
};
/* FLOW_E_ENV where the language cannot be traced, a command is not known, the build fails, no hook is
 * executed, or the programs do not tell their lines; FLOW_E_REFUSED where a command is not accepted, or
 * another traced run of the repository goes on. */
int flow_lifetimes_trace(struct flow_lifetimes *lifetimes, const struct flow_lifetimes_trace_options *options,
                         struct flow_lifetimes_traced *out, struct flow_error *err);

/* Calls fn for each fact about a row, in the order of files: what was seen ("from a parameter"), where, and
 * the text there; then for what a traced run saw. */
typedef void (*flow_lifetimes_fact_fn)(void *payload, const char *what, const char *file, uint32_t line,
                                       const char *text);
void flow_lifetimes_explain(const struct flow_lifetimes *lifetimes, size_t row, flow_lifetimes_fact_fn fn,
                            void *payload);

/*
 * A table that was written before. Columns are found by the names in its header line; file, struct, field and
 * class must be there.
 */
struct flow_lifetimes_table {
    struct flow_arena arena;
    struct flow_lifetime *rows;
    size_t count, cap;
};
/* origin names it in errors, which say the line. FLOW_E_INVALID. */
int flow_lifetimes_table_read(struct flow_lifetimes_table *out, const char *text, size_t len,
                              const char *origin, struct flow_error *err);
void flow_lifetimes_table_release(struct flow_lifetimes_table *table);

/* How the rule in the evidence of a row that a model decided begins; the class follows. */
#define FLOW_LIFETIME_MODEL "model "
/* Whether that is so; a person may have changed it since. */
bool flow_lifetime_by_model(const struct flow_lifetime *row);

/* Whether a person changed a row: its confidence says so, or its class is not the one that the rule, or the
 * model, in its evidence gave. */
bool flow_lifetime_edited(const struct flow_lifetime *row);

/* Lets the edited rows of old win, with confidence "person"; `gone` (may be NULL) is told each that no field
 * goes with any more. old must outlive lifetimes. */
typedef void (*flow_lifetimes_row_fn)(void *payload, const struct flow_lifetime *row);
int flow_lifetimes_keep(struct flow_lifetimes *lifetimes, const struct flow_lifetimes_table *old,
                        flow_lifetimes_row_fn gone, void *payload, struct flow_error *err);

/* Calls fn for each row whose class or type is another one than in old; NULL for a row that is not there. */
typedef void (*flow_lifetimes_change_fn)(void *payload, const struct flow_lifetime *before,
                                         const struct flow_lifetime *now);
int flow_lifetimes_compare(const struct flow_lifetimes *lifetimes, const struct flow_lifetimes_table *old,
                           flow_lifetimes_change_fn fn, void *payload, struct flow_error *err);

#endif
