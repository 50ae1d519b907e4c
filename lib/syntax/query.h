/* SPDX-License-Identifier: MIT */
/*
 * Queries: patterns in the syntax of tree-sitter, compiled for one grammar (grammars/README.md says which
 * part of the syntax), and matched at the nodes that a walk comes by.
 *
 * tree-sitter's own query cursor tries every pattern state at every node; on 28 MB of Zig it took half as
 * long as the parse. Here a table leads from a node's kind to the patterns that begin with it, and only those
 * look at the node's children.
 */
#ifndef FLOW_SYNTAX_QUERY_H
#define FLOW_SYNTAX_QUERY_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include <tree_sitter/api.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"

/* What tree-sitter gives as the kind of an ERROR node. */
#define QUERY_ERROR_KIND ((TSSymbol)0xFFFF)

enum query_kind {
    QUERY_NODE,   /* of one kind */
    QUERY_NAMED,  /* (_) */
    QUERY_ANY,    /* _ */
    QUERY_CHOICE, /* [ … ]: the children are the alternatives */
};

#define QUERY_STEP_CAPTURES 3

/* One node of a pattern; children and siblings are indices of query.steps, -1: none. */
struct query_step {
    enum query_kind kind;
    TSSymbol symbol;
    TSFieldId field;   /* 0: any */
    TSFieldId without; /* 0, or the field that the node must not have */
    bool optional;
    bool anchored;                         /* right behind the previous one, or first */
    bool closed;                           /* its last child is the last of the node */
    bool asks_fields;                      /* what is below it looks at the fields of the node's children */
    int16_t captures[QUERY_STEP_CAPTURES]; /* -1: none */
    int child, next;
};

enum query_op { QUERY_EQ, QUERY_MATCH, QUERY_ANY_OF, QUERY_SET };

struct query_predicate {
    enum query_op op;
    bool negated;
    int16_t capture;
    int16_t other;       /* #eq? with a second capture; -1: with values[0] */
    const char **values; /* #set!: key and value */
    size_t value_count;
    regex_t *regex;
};

struct query_pattern {
    int root;
    size_t first_predicate, predicate_count;
};

struct query {
    struct flow_arena arena;
    const TSLanguage *grammar;
    struct query_step *steps;
    size_t step_count, step_cap;
    struct query_pattern *patterns;
    size_t pattern_count, pattern_cap;
    struct query_predicate *predicates;
    size_t predicate_count, predicate_cap;
    const char **captures; /* names without '@' */
    size_t capture_count, capture_cap;
    /* By kind: where its patterns begin in `order`; one more at the end. ERROR comes last. */
    uint32_t *starts;
    uint16_t *order;
    uint32_t kinds;
};

/* Compiles text. `what` names it in errors, which say the line. */
int query_new(struct query **out, const TSLanguage *grammar, const char *text, size_t len, const char *what,
              struct flow_error *err);
void query_free(struct query *query);
/* The value of a #set! property of a pattern; "" where it has none, NULL where it is not set. */
const char *query_property(const struct query *query, size_t pattern, const char *key);

/* Whether some pattern begins with that kind. */
static inline bool query_begins(const struct query *query, TSSymbol kind)
{
    uint32_t at = kind < query->kinds ? kind : query->kinds;
    return query->starts[at] != query->starts[at + 1];
}

struct query_capture {
    int16_t capture;
    TSNode node;
};

struct query_match {
    const struct query *query;
    size_t pattern;
    const struct query_capture *captures;
    size_t count;
};
typedef int (*query_match_fn)(const struct query_match *match, void *payload, struct flow_error *err);

/* What a matcher needs while it works; one a thread. */
struct matcher {
    TSTreeCursor cursor;
    bool has_cursor;
    struct matcher_child *children;
    size_t child_count, child_cap;
    struct query_capture *captures;
    size_t capture_count, capture_cap;
    struct flow_buf text;
};
void matcher_init(struct matcher *matcher);
void matcher_release(struct matcher *matcher);
/* Calls fn for each match of each pattern that begins at node. */
int matcher_run(struct matcher *matcher, const struct query *query, TSNode node, const char *source,
                query_match_fn fn, void *payload, struct flow_error *err);

#endif
