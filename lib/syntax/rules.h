/* SPDX-License-Identifier: MIT */
/*
 * What the captures of a facts.scm mean, worked out once for each language: the role of each capture, the
 * kinds of node that declare something, and the patterns that decide visibility by name.
 */
#ifndef FLOW_SYNTAX_RULES_H
#define FLOW_SYNTAX_RULES_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "language_priv.h"
#include "query.h"

enum role {
    ROLE_NONE,
    /* One of these in each pattern, in the order in which they enclose each other on one node. */
    ROLE_SCOPE,
    ROLE_SYMBOL,
    ROLE_CONTAINER,
    ROLE_FIELD,
    ROLE_FILE,
    ROLE_IMPORT,
    ROLE_CONDITION,
    /* What goes with them. */
    ROLE_NAME,
    ROLE_BODY,
    ROLE_PUBLIC,
    ROLE_PRIVATE,
    ROLE_MODIFIER,
    ROLE_TYPE,
    ROLE_POINTER,
    ROLE_PATH,
    ROLE_ITEM,
    ROLE_EXPR,
    ROLE_COUNT
};

struct rules {
    const struct flow_language *language;
    const struct query *query;
    struct capture_rule {
        enum role role;
        const char *kind; /* "struct" of @symbol.struct; "" */
    } * captures;
    bool *sets_pointer; /* by pattern */
    bool *ignores;      /* by pattern: what it finds counts for nothing */
    uint8_t *declares;  /* by node kind: some pattern that begins there declares a symbol or a container */
    regex_t public_name, private_name;
    bool has_public_name, has_private_name;
};

int rules_new(struct rules **out, const struct flow_language *language, const struct query *query,
              struct flow_error *err);
void rules_free(struct rules *rules);

#endif
