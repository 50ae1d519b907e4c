/* SPDX-License-Identifier: MIT */
/*
 * From an import as it is written to the files of the tree that it means, by the rules of the language.
 */
#ifndef FLOW_JOB_ANALYZE_RESOLVE_H
#define FLOW_JOB_ANALYZE_RESOLVE_H

#include <stddef.h>

#include "analyze_tree.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/repo/repo.h"
#include "flow/syntax/facts.h"

struct resolver;

/* Everything is borrowed. include: folders of the setting analyze.include. */
int resolver_new(struct resolver **out, struct flow_repo *repo, const struct tree *tree,
                 const struct flow_languages *languages, const struct flow_strv *include,
                 struct flow_error *err);
void resolver_free(struct resolver *resolver);

/* What an import leads to: an entry of the tree, or with is_folder one of its folders. */
struct resolved {
    size_t index;
    bool is_folder;
    const struct flow_strv *exclude; /* globs of files that a folder leaves out */
};
typedef int (*resolved_fn)(const struct resolved *resolved, void *payload, struct flow_error *err);

/* Calls fn for each target of an import of the entry `from`; one import has several where it is written so
 * (`use a::{b, c}`). An import that leads out of the tree calls it not at all. */
int resolver_run(struct resolver *resolver, size_t from, const struct flow_language *language,
                 const struct flow_import *import, resolved_fn fn, void *payload, struct flow_error *err);

/* The rules of a language. */
struct import_rules;
int resolver_rules(struct resolver *resolver, const struct flow_language *language,
                   const struct import_rules **out, struct flow_error *err);

#endif
