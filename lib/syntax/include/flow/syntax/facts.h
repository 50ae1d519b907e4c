/* SPDX-License-Identifier: MIT */
/*
 * Facts: what one parse of one file yields, in one pass over its tree.
 *
 * All strings live in the arena of the facts or point into the source that was parsed, which must outlive
 * them. Lines count from 1; bytes from 0. A file with syntax errors yields whatever parses; `errors` counts
 * the places.
 * What facts.scm captures, and what becomes of it, is told in grammars/README.md.
 */
#ifndef FLOW_SYNTAX_FACTS_H
#define FLOW_SYNTAX_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/syntax/language.h"

struct flow_span {
    uint32_t start, end;           /* bytes, end excluded */
    uint32_t start_line, end_line; /* inclusive */
};

struct flow_symbol {
    const char *kind; /* as in the capture */
    const char *name;
    const char *container;       /* "Outer.Inner", "" at the top of the file */
    const char *signature;       /* declaration without its body, white space folded, cut at 1000 bytes */
    struct flow_span span, body; /* body is empty where there is none */
    bool is_public;
};

struct flow_field {
    const char *name, *type;
    const char *container; /* full name of the struct or union */
    const char *container_kind;
    uint32_t line;
    bool is_pointer;
};

struct flow_import {
    const char *kind, *path, *item; /* item may be NULL */
    uint32_t line;
};

struct flow_reference {
    const char *name;
    uint32_t line;  /* of its first occurrence */
    uint32_t count; /* occurrences in the file */
};

struct flow_condition {
    const char *expr; /* "defined(X)", "else", … as written */
    struct flow_span span;
};

struct flow_facts {
    struct flow_arena arena;
    const struct flow_language *language;
    uint32_t lines;
    uint32_t errors; /* places where the parser had to skip or make up text */
    bool generated;  /* says of itself that it is generated (language.conf, generated patterns) */
    struct flow_symbol *symbols;
    size_t symbol_count;
    struct flow_field *fields;
    size_t field_count;
    struct flow_import *imports;
    size_t import_count;
    struct flow_reference *references; /* each name once */
    size_t reference_count;
    struct flow_condition *conditions;
    size_t condition_count;
};

/* A worker's parser and query cursor; not shared between threads. */
struct flow_parser;
int flow_parser_new(struct flow_parser **out, const struct flow_languages *languages, struct flow_error *err);
void flow_parser_free(struct flow_parser *parser);

/* Parses len bytes (at most 4 GiB) and extracts. */
int flow_facts_extract(struct flow_facts *out, struct flow_parser *parser,
                       const struct flow_language *language, const char *source, size_t len,
                       struct flow_error *err);
void flow_facts_release(struct flow_facts *facts);

/* Facts as bytes, for the index: appended to out, without signatures. */
int flow_facts_encode(const struct flow_facts *facts, struct flow_buf *out, struct flow_error *err);
/* The reverse. Signatures are made again from source; they are "" where it is NULL. FLOW_E_INVALID where the
 * bytes are not what flow_facts_encode wrote. Strings are copied into the arena. */
int flow_facts_decode(struct flow_facts *out, const struct flow_language *language, const void *data,
                      size_t size, const char *source, size_t len, struct flow_error *err);

/*
 * Named matches of another query of the language's folder ("traps.scm", "gates.scm", a pass): each capture
 * whose name has a dot, by position. text points into source.
 */
struct flow_match {
    const char *capture; /* "trap.signed-shift" */
    struct flow_span span;
};
struct flow_matches {
    struct flow_match *items;
    size_t count, cap;
};
/* FLOW_E_NOT_FOUND where the folder has no such query, FLOW_E_INVALID where it is wrong. Sorted by position.
 */
int flow_matches_find(struct flow_matches *out, struct flow_parser *parser,
                      const struct flow_language *language, const char *query, const char *source, size_t len,
                      struct flow_error *err);
void flow_matches_release(struct flow_matches *matches);

/* The number of syntax errors and the line of the first (0: none). */
int flow_syntax_errors(struct flow_parser *parser, const struct flow_language *language, const char *source,
                       size_t len, size_t *count, uint32_t *first_line, struct flow_error *err);

/*
 * Pieces: consecutive spans that cover the file, each at most about max_bytes, cut between top-level
 * declarations (with their comments), and inside a declaration that is larger between its members or
 * statements. Used to translate large units.
 */
struct flow_pieces {
    struct flow_span *items;
    size_t count, cap;
};
int flow_pieces_cut(struct flow_pieces *out, struct flow_parser *parser, const struct flow_language *language,
                    const char *source, size_t len, size_t max_bytes, struct flow_error *err);
void flow_pieces_release(struct flow_pieces *pieces);

/* Comment bytes and lines of code, for churn gates. */
struct flow_volume {
    size_t comment_bytes, comment_lines, code_lines;
};
int flow_volume_measure(struct flow_volume *out, struct flow_parser *parser,
                        const struct flow_language *language, const char *source, size_t len,
                        struct flow_error *err);

#endif
