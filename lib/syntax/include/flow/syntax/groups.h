/* SPDX-License-Identifier: MIT */
/*
 * Whole matches of a query of a language's folder, for readers that need to know which captures belong
 * together. flow_matches_find (flow/syntax/facts.h) gives single captures.
 *
 * Of each pattern one capture has a dot in its name: "@own.assign". What stands behind the dot is the kind of
 * the match, its node the span; where several have, the span runs from the first to the end of the last. The
 * other captures are its parts. Captures that begin with '_' are left out.
 */
#ifndef FLOW_SYNTAX_GROUPS_H
#define FLOW_SYNTAX_GROUPS_H

#include <stddef.h>

#include "flow/syntax/facts.h"

struct flow_part {
    const char *name; /* "target" */
    struct flow_span span;
};

struct flow_group {
    const char *kind; /* "assign" */
    struct flow_span span;
    size_t first, count; /* in groups.parts */
    size_t pattern;      /* that it was found by, from 0 in the order of the query */
};

/* Names live as long as the parser. */
struct flow_groups {
    struct flow_group *items;
    size_t count, cap;
    struct flow_part *parts;
    size_t part_count, part_cap;
};

/* FLOW_E_NOT_FOUND where the folder has no such query, FLOW_E_INVALID where it is wrong. In the order in
 * which nodes begin, outer ones first. */
int flow_groups_find(struct flow_groups *out, struct flow_parser *parser,
                     const struct flow_language *language, const char *query, const char *source, size_t len,
                     struct flow_error *err);
void flow_groups_release(struct flow_groups *groups);

/* Makes text a query of this name for this parser, in place of a file of the language's folder.
 * FLOW_E_INVALID says the line that is wrong. */
int flow_groups_define(struct flow_parser *parser, const struct flow_language *language, const char *query,
                       const char *text, size_t len, struct flow_error *err);
/* How many patterns a query has. */
int flow_groups_patterns(struct flow_parser *parser, const struct flow_language *language, const char *query,
                         size_t *out, struct flow_error *err);
/* The value of a property (#set!) of a pattern, NULL where it is not set; it lives as long as the parser. */
int flow_groups_property(struct flow_parser *parser, const struct flow_language *language, const char *query,
                         size_t pattern, const char *key, const char **out, struct flow_error *err);
/* Whether some pattern of a query has a capture of that name: 1 or 0. */
int flow_groups_captures(struct flow_parser *parser, const struct flow_language *language, const char *query,
                         const char *name, size_t len, struct flow_error *err);

#endif
