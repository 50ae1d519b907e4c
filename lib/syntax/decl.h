/* SPDX-License-Identifier: MIT */
/*
 * What the queries found in one file, before it is known what stands inside of what.
 */
#ifndef FLOW_SYNTAX_DECL_H
#define FLOW_SYNTAX_DECL_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/syntax/facts.h"
#include "parser.h"
#include "rules.h"

struct decl {
    enum role role;
    const char *kind, *name; /* name: "" where it has none; path of an import, expr of a condition */
    const char *extra;       /* type of a field, item of an import; may be NULL */
    struct flow_span span;
    uint32_t body, body_line; /* where it begins; 0: none */
    uint32_t name_line;
    uint32_t keys[2]; /* equal keys and role: the same declaration */
    uint32_t pattern;
    bool is_public, is_pointer;
    bool ignored; /* #set! ignore, or a name that is missing */
    /* Set by facts_arrange. */
    bool claimed;                   /* a container has taken its name */
    uint32_t unnamed;               /* fields without a name that stand in it */
    bool local;                     /* stands in the body of a function */
    const char *outer, *outer_kind; /* what it stands inside of */
    const char *path;               /* what stands inside of it belongs to this */
};

/* The text of a span with each run of white space as one blank, at most `max` bytes of it. */
const char *facts_fold(struct flow_arena *arena, const char *source, size_t start, size_t end, size_t max);

/* The texts of a declaration's captures; see decl.c. */
int decl_read(struct decl *out, struct flow_facts *facts, const struct rules *rules,
              const struct query_match *match, const char *source, struct flow_error *err);

/* Sorts out what stands inside of what and fills the arrays of facts. */
int facts_arrange(struct flow_facts *facts, struct decl *decls, size_t count, struct flow_error *err);
/* Marks as pointers the fields whose type is a name of a pointer type that the file declares. */
int facts_follow_aliases(struct decl *decls, size_t count, struct flow_error *err);
/* Sets the signature of each symbol; source may be NULL. */
int facts_sign(struct flow_facts *facts, const char *source, struct flow_error *err);

#endif
