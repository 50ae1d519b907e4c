/* SPDX-License-Identifier: MIT */
/*
 * The paths of one tree, made to be looked up as imports need it: by path, by folder, and by how they end.
 */
#ifndef FLOW_JOB_ANALYZE_TREE_H
#define FLOW_JOB_ANALYZE_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/map.h"
#include "flow/repo/repo.h"

struct tree_folder {
    const char *path; /* of some entry below it; the first len bytes count. "" for the top */
    size_t len;
    size_t first, count; /* its own files, in tree.files */
};

struct tree {
    const struct flow_snapshot *snapshot;
    struct tree_folder *folders;
    size_t folder_count, folder_cap;
    struct flow_map *folder_map; /* path -> index */
    size_t *folder_of;           /* by entry */
    size_t *files;               /* entries, those of one folder side by side */
    size_t *by_base;             /* entries, by the last component of their path */
    size_t *folders_by_base;
};

/* The snapshot is borrowed. */
int tree_init(struct tree *tree, const struct flow_snapshot *snapshot, struct flow_error *err);
void tree_release(struct tree *tree);

/* All of these return an index, or SIZE_MAX where there is none. */
size_t tree_file(const struct tree *tree, const char *path);
size_t tree_folder(const struct tree *tree, const char *path, size_t len);
/* The one file, or folder, whose path ends in `suffix` at a '/'. Of several, the one that shares the most
 * leading folders with `near`; none where that is not one. */
size_t tree_file_ending(const struct tree *tree, const char *suffix, const char *near);
size_t tree_folder_ending(const struct tree *tree, const char *suffix, const char *near);

/* Calls fn for each entry with that base name until it returns other than 0; returns that. */
typedef int (*tree_fn)(size_t entry, void *payload, struct flow_error *err);
int tree_each_named(const struct tree *tree, const char *base, tree_fn fn, void *payload,
                    struct flow_error *err);

#endif
