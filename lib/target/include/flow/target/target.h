/* SPDX-License-Identifier: MIT */
/*
 * Where a unit goes: target paths, module names, the scaffold around them, and the formatter. The tool owns
 * this; no agent chooses a path. Rules come from [target] in the target language's language.conf and its
 * scaffold/ folder.
 */
#ifndef FLOW_TARGET_TARGET_H
#define FLOW_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/repo/repo.h"
#include "flow/syntax/language.h"

/* What is to be placed. */
struct flow_place_unit {
    const char *id; /* path of the unit */
    const char
        *stem_of; /* the path that its name is made from (its source, or the header that stands alone) */
    bool is_root; /* it holds a program's entry point ([program] of the source language) */
    bool c_abi;   /* a layer of C ABI over the others: stem_of is the header */
};

struct flow_place {
    char *unit;
    char *path;   /* target path in the repository, confined */
    char *module; /* how other units name it ("crate::cell"); its path where the language has no modules */
    bool c_abi;
    char *note; /* why its name is not the plain one ("'type' is a word of the language"); NULL where it is */
    bool is_root;
};

struct flow_map;   /* base/map.h */
struct flow_rules; /* private */

struct flow_layout {
    struct flow_place *places; /* same order as the units */
    size_t count;
    char *project; /* name of the project in the target's build file */
    char *crate;   /* the same as an identifier */
    char *root;    /* folder of the target project in the repository, "" for the top */
    bool in_place; /* source and target language are one: paths stay, there is no scaffold */
    const struct flow_language *language;
    struct flow_map *by_unit; /* unit id → index */
    struct flow_rules *rules;
};

/* Settles all places of a port. Settings: target.root (folder; default: the target language's name),
 * target.name, target.version (edition or language version). A folder that all units share at the front is
 * left out of their places. Where source and target language are the same, a unit stays where it is.
 * Layers of C ABI are placed by [c-abi] of the target language, behind all others, so that they change no
 * place; FLOW_E_ENV where it has none, or where the languages are the same.
 * Deterministic: depends on the set of units, not on their order or on progress. */
int flow_layout_new(struct flow_layout **out, const struct flow_language *source,
                    const struct flow_language *target, const struct flow_config *config,
                    const struct flow_place_unit *units, size_t count, const char *default_name,
                    struct flow_error *err);
void flow_layout_free(struct flow_layout *layout);
const struct flow_place *flow_layout_find(const struct flow_layout *layout, const char *unit);

/* The files around the units (build file, roots, module declarations), naming only the units in `done`. Paths
 * and texts are owned by out. */
struct flow_scaffold_file {
    char *path;
    char *text;
    size_t len;
};
struct flow_scaffold {
    struct flow_scaffold_file *files;
    size_t count, cap;
};
int flow_scaffold_make(struct flow_scaffold *out, const struct flow_layout *layout,
                       const struct flow_config *config, const bool *done, struct flow_error *err);
void flow_scaffold_release(struct flow_scaffold *scaffold);

/* What a translator is told about the place: target language version, module path, how to name the modules of
 * others, what the build file fixes. Markdown, appended. */
int flow_layout_describe(const struct flow_layout *layout, const struct flow_config *config, const char *unit,
                         struct flow_buf *out, struct flow_error *err);

/* Appends the command of the target language's formatter as it will run; nothing where it has none. 1: it is
 * installed, 0: it is not, or there is none. */
int flow_target_formatter(const struct flow_language *target, const struct flow_config *config,
                          struct flow_buf *out, struct flow_error *err);

/* Runs the target language's formatter ([target] formatter = …, a program that filters stdin to stdout; found
 * in PATH) on text. 1: formatted (out holds it); 0: no formatter installed or configured, or it could not
 * read the text (out untouched, err says which). */
int flow_target_format(const struct flow_language *target, const struct flow_config *config, const char *path,
                       const char *text, size_t len, struct flow_buf *out, struct flow_error *err);

#endif
