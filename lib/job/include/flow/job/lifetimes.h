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

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/job/analyze.h"
#include "flow/syntax/language.h"

/* One field. Strings live as long as what holds the row. */
struct flow_lifetime {
    const char *file, *strukt, *field, *type;
    const char *class_name; /* "OWNED", …, or one that the repository declares */
    const char *target;     /* the Rust type; "" where there is none to propose */
    const char *confidence; /* "high", "medium", "low", "model", or "person" */
    const char *rule;       /* which rule decided, or "model"; "" where a person did */
    const char *evidence;   /* "file:line, what was seen there [rule]" */
    uint32_t line;          /* of the declaration; 0 in a table that was read */
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

/* Calls fn for each fact about a row, in the order of files: what was seen ("from a parameter"), where, and
 * the text there. */
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
