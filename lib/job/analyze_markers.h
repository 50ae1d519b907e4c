/* SPDX-License-Identifier: MIT */
/*
 * Where the marker files of a language stand in the tree (Cargo.toml, go.mod, package.json), and which
 * project name each of them gives.
 */
#ifndef FLOW_JOB_ANALYZE_MARKERS_H
#define FLOW_JOB_ANALYZE_MARKERS_H

#include <stddef.h>

#include "analyze_rules.h"
#include "analyze_tree.h"
#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/base/map.h"
#include "flow/repo/repo.h"

struct markers {
    struct flow_arena arena;
    struct flow_map **by_folder; /* one a marker: folder -> source folder (const char *) */
    struct flow_map **by_name;   /* one a marker: name -> source folder */
    size_t count;
};

/* Reads the names of all markers of a language out of the tree. */
int markers_init(struct markers *markers, const struct import_rules *rules, const struct tree *tree,
                 struct flow_repo *repo, struct flow_error *err);
void markers_release(struct markers *markers);

/* The source folder of the nearest marker around a folder; NULL where there is none. */
const char *markers_around(const struct markers *markers, size_t marker, const char *folder, size_t len);
/* The source folder of the marker with the longest name that path begins with, and how much of path that is.
 */
const char *markers_named(const struct markers *markers, size_t marker, const char *path, size_t *len);

#endif
