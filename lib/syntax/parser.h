/* SPDX-License-Identifier: MIT */
/*
 * A worker's parser, its compiled queries, and what is reused from file to file.
 */
#ifndef FLOW_SYNTAX_PARSER_H
#define FLOW_SYNTAX_PARSER_H

#include <stdbool.h>
#include <stddef.h>

#include <tree_sitter/api.h>

#include "flow/base/buf.h"
#include "flow/syntax/facts.h"
#include "language_priv.h"
#include "query.h"
#include "rules.h"
#include "strings.h"

struct parser_query {
    const struct flow_language *language;
    char *name;
    struct query *query;
};

struct flow_parser {
    TSParser *ts;
    struct matcher matcher;
    struct flow_buf blanked; /* the source as the grammar gets it, where that differs */
    struct parser_query *queries;
    size_t query_count, query_cap;
    struct rules **rules; /* of facts, by index of language; NULL until used */
    size_t rule_count;
    struct strings strings; /* scratch, empty between calls */
    struct decl *decls;     /* the same, of facts.c */
    size_t decl_cap;
};

/* Parses; the tree is the caller's. */
int parser_tree(struct flow_parser *parser, const struct flow_language *language, const char *source,
                size_t len, TSTree **out, struct flow_error *err);
/* A query of the language's folder, compiled once. FLOW_E_NOT_FOUND. */
int parser_query(struct flow_parser *parser, const struct flow_language *language, const char *name,
                 const struct query **out, struct flow_error *err);
/* Compiles a text as the query of that name. */
int parser_define(struct flow_parser *parser, const struct flow_language *language, const char *name,
                  const char *text, size_t len, struct flow_error *err);
/* The rules of facts of a language, compiled once. */
int parser_rules(struct flow_parser *parser, const struct flow_language *language, const struct rules **out,
                 struct flow_error *err);

/* Where a node stands. */
struct flow_span node_span(TSNode node);
/* Whether this is a node that the parser skipped, or made up, to go on. What it made up without a node (the
 * members that a grammar misses in Zig's `struct {}`) is mostly a fault of the grammar, and does not count.
 */
bool node_is_error(TSNode node);
/* Moves to the next node in order of the source, parents first; false behind the last one. */
bool tree_next(TSTreeCursor *cursor);
/* The same, without going into the current node. */
bool tree_skip(TSTreeCursor *cursor);

/* Calls fn for each match of a query of the language's folder in a text, node by node from the top. What fn
 * returns other than 0 ends it with that. */
int parser_match(struct flow_parser *parser, const struct flow_language *language, const char *query,
                 const char *source, size_t len, query_match_fn fn, void *payload, struct flow_error *err);

#endif
