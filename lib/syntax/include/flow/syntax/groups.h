/* SPDX-License-Identifier: MIT */
/*
 * Whole matches of a query of a language's folder, for readers that need to know which captures belong
 * together. flow_matches_find (flow/syntax/facts.h) gives single captures.
 *
 * Of each pattern one capture has a dot in its name: "@own.assign". What stands behind the dot is the kind of
 * the match, its node the span; the other captures are its parts. Captures that begin with '_' are left out.
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

#endif
