/* SPDX-License-Identifier: MIT */
/*
 * Lifetimes: which pointer owns what it points to, for every pointer field of a tree, without a model.
 *
 * Facts come from the queries and name lists of each language (ownership.scm, ownership.conf; see
 * grammars/README.md) and are followed through names, functions and files; rules make a class of them, with
 * a confidence. flow-lifetimes(1) defines the classes.
 */
#ifndef FLOW_JOB_LIFETIMES_H
#define FLOW_JOB_LIFETIMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/job/analyze.h"
#include "flow/syntax/language.h"

/* One field. Strings live as long as the result. */
struct flow_lifetime {
    const char *file, *strukt, *field, *type;
    const char *class_name; /* "OWNED", …, or one that the repository declares */
    const char *target;     /* the Rust type; "" for UNKNOWN */
    const char *confidence; /* "high", "medium", "low", or "person" */
    const char *rule;       /* which rule decided */
    const char *evidence;   /* "file:line, what was seen there" */
    uint32_t line;
};

struct flow_lifetimes_options {
    unsigned workers; /* 0: all cores */
    bool slices;      /* slices and owned strings too */
};

struct flow_lifetimes {
    struct flow_lifetime *rows; /* by file and position */
    size_t count, cap;
    struct own_model *model;
};

int flow_lifetimes(struct flow_lifetimes **out, struct flow_analysis *analysis,
                   const struct flow_languages *languages, const struct flow_lifetimes_options *options,
                   struct flow_error *err);
void flow_lifetimes_free(struct flow_lifetimes *lifetimes);

/* Calls fn for each fact about a row: what was seen ("from a parameter"), where, and the text. */
typedef void (*flow_lifetimes_fact_fn)(void *payload, const char *what, const char *file, uint32_t line,
                                       const char *text);
void flow_lifetimes_explain(const struct flow_lifetimes *lifetimes, size_t row, flow_lifetimes_fact_fn fn,
                            void *payload);

#endif
