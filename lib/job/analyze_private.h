/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the analysis share.
 *
 *   analyze_scan.c     which files there are, and what resolution needs of each: parsed, or from the index
 *   analyze_resolve.c  imports to files, by the rules of the languages
 *   analyze_deps.c     all imports of the tree
 *   analyze_units.c    files to units, units to a graph
 *   analyze_order.c    cycles, tiers, order of work
 *   analyze_abi.c      layers of C ABI, as units
 *   analyze_cache.c    the result of one tree, kept in the index
 */
#ifndef FLOW_JOB_ANALYZE_PRIVATE_H
#define FLOW_JOB_ANALYZE_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze_tree.h"
#include "flow/base/arena.h"
#include "flow/base/map.h"
#include "flow/job/analyze.h"

struct flow_analysis_private {
    struct flow_repo *repo;
    const struct flow_languages *languages;
    struct flow_index *index; /* NULL where none can be opened */
    struct flow_arena arena;  /* all strings and arrays of the analysis but `dependencies` */
    struct flow_map *units;   /* path of a file -> index of its unit */
    struct flow_strv ported;  /* generated files that take part all the same */
    size_t dependency_cap;
};

/* Whether a person decided ([decision "path"] action = port) that a generated file takes part. */
bool analyze_is_ported(const struct flow_analysis *analysis, const char *path);

/* What resolution needs of one file. */
struct gist {
    const struct flow_import *imports;
    size_t import_count;
    /* Only where files of a folder see each other: */
    const char **names; /* declared at the top */
    size_t name_count;
    const char **references;
    size_t reference_count;
};

/* The gists of all files; by source. */
struct scan {
    struct gist *gists;
    struct flow_arena *arenas; /* one a worker */
    unsigned workers;
};

/* Sets language, selected and skip of all sources, as far as names tell. */
int analyze_classify(struct flow_analysis *analysis, const struct flow_strv *paths, struct flow_error *err);
/* Reads the facts of all selected sources. */
int analyze_scan(struct scan *out, struct flow_analysis *analysis, const struct flow_analyze_options *options,
                 struct flow_error *err);
void scan_release(struct scan *scan);

/* Fills analysis->dependencies. */
int analyze_resolve(struct flow_analysis *analysis, const struct scan *scan, const struct flow_strv *include,
                    struct flow_error *err);
/* Adds one; kind and written are kept as they are. */
int analyze_add_dependency(struct flow_analysis *analysis, const struct flow_dependency *dependency,
                           struct flow_error *err);

/* Makes units out of sources and dependencies, and counts who imports whom. */
int analyze_units(struct flow_analysis *analysis, struct flow_error *err);
/* Sets cycles and tiers and puts the units in their order. */
int analyze_order(struct flow_analysis *analysis, struct flow_error *err);

/* Adds the layers of the headers that fit a pattern, behind all units. */
int analyze_abi(struct flow_analysis *analysis, const struct flow_strv *patterns, struct flow_error *err);

/* The key of what was resolved: tree, languages, and all settings that go into it. */
int analyze_cache_version(const struct flow_analysis *analysis, const struct flow_strv *paths,
                          const struct flow_strv *include, struct flow_id *out, struct flow_error *err);
/* 1 where the index had it: sources and dependencies are filled. Else 0. */
int analyze_cache_get(struct flow_analysis *analysis, const struct flow_id *version, struct flow_error *err);
int analyze_cache_put(struct flow_analysis *analysis, const struct flow_id *version, struct flow_error *err);

#endif
