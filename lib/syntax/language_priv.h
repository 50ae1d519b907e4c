/* SPDX-License-Identifier: MIT */
/*
 * What the layer itself sees of a language.
 */
#ifndef FLOW_SYNTAX_LANGUAGE_PRIV_H
#define FLOW_SYNTAX_LANGUAGE_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include <tree_sitter/api.h>

#include "flow/syntax/language.h"

/* What language.conf says about a node kind; bits of flow_language.flags. */
enum {
    NODE_COMMENT = 1,
    NODE_ATTACHED = 2,  /* belongs to the declaration behind it */
    NODE_DECLARED = 4,  /* can be a declared name */
    NODE_REFERENCE = 8, /* may name a symbol of another file */
    NODE_POINTER = 16
};

struct flow_language {
    size_t index; /* in its set */
    char *name;
    char *folder; /* ends with '/' */
    const TSLanguage *grammar;
    const char *grammar_hash;
    struct flow_config *config;
    const struct flow_language *like; /* NULL where there is none */
    struct flow_strv extensions, headers, filenames, interpreters;
    struct flow_strv generated_paths, generated_markers;
    struct flow_strv public_words, private_words;
    struct flow_strv blanks; /* blank.h */
    char directive;
    bool is_public; /* what a symbol is that nothing else decides */
    uint8_t *flags; /* by node kind */
    uint32_t kinds;
    struct flow_id version;
};

/* The bits of a node's kind. */
static inline unsigned language_flags(const struct flow_language *language, TSSymbol kind)
{
    return kind < language->kinds ? language->flags[kind] : 0;
}

/* Appends the text of a query of the folder, else of the language that it is like. FLOW_E_NOT_FOUND. */
int language_query_text(const struct flow_language *language, const char *name, struct flow_buf *out,
                        struct flow_error *err);

#endif
