/* SPDX-License-Identifier: MIT */
/*
 * Import rules of a language, compiled from its language.conf; grammars/README.md says what they mean.
 */
#ifndef FLOW_JOB_ANALYZE_RULES_H
#define FLOW_JOB_ANALYZE_RULES_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/syntax/language.h"

enum template_var {
    VAR_NONE, /* plain text */
    VAR_DIR,
    VAR_NEAR,
    VAR_PATH,
    VAR_STEM,
    VAR_LAST,
    VAR_ITEM,
    VAR_BASE,
    VAR_MODULE,
    VAR_START,
    VAR_REST,
    VAR_ROOT,
    VAR_NAMED,
    VAR_INCLUDE,
};

struct template_part {
    enum template_var var;
    const char *text; /* of VAR_NONE */
    size_t marker;    /* of VAR_ROOT and VAR_NAMED: index of rules.markers */
};

struct template
{
    struct template_part *parts;
    size_t count, cap;
    bool is_folder; /* ended in '/' */
    bool is_suffix; /* began with two stars and '/' */
};

struct import_start {
    const char *word;
    struct template template;
    bool repeats; /* uses ${start} itself */
};

struct import_rule {
    const char *kind;
    const char *separator;
    bool expand_braces, dots;
    long shorten;
    struct flow_strv cut, drop, exclude, outside;
    struct import_start *starts;
    size_t start_count, start_cap;
    struct template *tries;
    size_t try_count, try_cap;
};

/* A file such as Cargo.toml, and how the name of a project is read from it. */
struct marker {
    const char *file;
    const char *source; /* "" for its own folder */
    regex_t name;
    bool has_name;
    char from, to; /* of `replace`; 0 where there is none */
};

struct import_rules {
    struct flow_arena arena;
    const struct flow_language *language;
    struct import_rule *items;
    size_t count, cap;
    struct marker *markers;
    size_t marker_count, marker_cap;
    struct flow_strv index;           /* files that stand for their folder */
    bool package_is_folder;           /* files of a folder see each other */
    struct flow_strv package_exclude; /* globs */
    struct flow_strv package_roots;   /* parts of a path that do not tell packages apart */
};

int import_rules_init(struct import_rules *rules, const struct flow_language *language,
                      struct flow_error *err);
void import_rules_release(struct import_rules *rules);
/* Whether a variable stands in a template. */
bool template_uses(const struct template *template, enum template_var var);
/* The rule of a kind of import, or NULL. */
const struct import_rule *import_rules_find(const struct import_rules *rules, const char *kind);

#endif
