// SPDX-License-Identifier: MIT
// Files to units, and who imports whom.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/file.h"

#define SEVERAL ((intptr_t)-1)

struct pairing {
    struct flow_analysis *analysis;
    struct flow_map *by_path; /* path without extension -> source file, or SEVERAL */
    struct flow_map *by_name; /* base name without extension -> source file, or SEVERAL */
    struct flow_map *headers; /* base name without extension -> header that found no source in its folder */
    size_t *partner;          /* by source: the other file of its unit, or SIZE_MAX */
};

static bool is_unit_file(const struct flow_source *source)
{
    return source->selected && source->skip == FLOW_SKIP_NONE;
}

static bool is_header(const struct flow_source *source)
{
    return flow_language_is_header(source->language, source->entry->path);
}

// Where the stem of a path begins and how long it is, with its folder or without.
static const char *stem_of(const char *path, bool with_folder, size_t *len)
{
    const char *base = flow_path_base(path), *start = with_folder ? path : base;
    *len = (size_t)(flow_path_ext(base) - start);
    return start;
}

static int note(struct flow_map *map, const char *key, size_t len, size_t source, struct flow_error *err)
{
    bool added;
    union flow_map_value *value = flow_map_ensure(map, key, len, &added);
    if (!value)
        return flow_error_nomem(err);
    value->num = added ? (intptr_t)source : SEVERAL;
    return 0;
}

// The one source that a header can belong to, and that has no header yet; SIZE_MAX.
static size_t candidate(const struct pairing *pairing, const struct flow_map *map, size_t header,
                        bool with_folder)
{
    const struct flow_analysis *analysis = pairing->analysis;
    size_t len;
    const char *key = stem_of(analysis->sources[header].entry->path, with_folder, &len);
    const union flow_map_value *value = flow_map_getn(map, key, len);
    if (!value || value->num == SEVERAL || pairing->partner[value->num] != SIZE_MAX)
        return SIZE_MAX;
    const struct flow_source *source = &analysis->sources[value->num];
    return flow_language_is_header(source->language, analysis->sources[header].entry->path)
               ? (size_t)value->num
               : SIZE_MAX;
}

static void join(struct pairing *pairing, size_t source, size_t header)
{
    pairing->partner[source] = header;
    pairing->partner[header] = source;
}

static int note_sources(struct pairing *pairing, struct flow_error *err)
{
    const struct flow_analysis *analysis = pairing->analysis;
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        pairing->partner[i] = SIZE_MAX;
        if (!is_unit_file(source) || is_header(source))
            continue;
        size_t len;
        const char *key = stem_of(source->entry->path, true, &len);
        if (note(pairing->by_path, key, len, i, err) != 0)
            return -1;
        key = stem_of(source->entry->path, false, &len);
        if (note(pairing->by_name, key, len, i, err) != 0)
            return -1;
    }
    return 0;
}

// First the headers whose source stands beside them, then those whose base name is unique in the tree.
static int pair_headers(struct pairing *pairing, struct flow_error *err)
{
    const struct flow_analysis *analysis = pairing->analysis;
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        if (!is_unit_file(source) || !is_header(source))
            continue;
        size_t beside = candidate(pairing, pairing->by_path, i, true);
        size_t len;
        const char *key = stem_of(source->entry->path, false, &len);
        if (beside != SIZE_MAX)
            join(pairing, beside, i);
        else if (note(pairing->headers, key, len, i, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        if (!is_unit_file(source) || !is_header(source) || pairing->partner[i] != SIZE_MAX)
            continue;
        size_t len;
        const char *key = stem_of(source->entry->path, false, &len);
        const union flow_map_value *value = flow_map_getn(pairing->headers, key, len);
        size_t apart =
            value && value->num != SEVERAL ? candidate(pairing, pairing->by_name, i, false) : SIZE_MAX;
        if (apart != SIZE_MAX)
            join(pairing, apart, i);
    }
    return 0;
}

static void add_unit(struct flow_analysis *analysis, size_t source, size_t header)
{
    struct flow_unit *unit = &analysis->units[analysis->unit_count];
    *unit = (struct flow_unit){.id = analysis->sources[source].entry->path,
                               .language = analysis->sources[source].language,
                               .files = {source, header}};
    for (size_t i = 0; i < 2 && unit->files[i] != SIZE_MAX; i++) {
        struct flow_source *file = &analysis->sources[unit->files[i]];
        file->unit = analysis->unit_count;
        unit->lines += file->lines;
        unit->bytes += file->entry->size;
        unit->errors += file->errors;
    }
    analysis->unit_count++;
}

static int make_units(struct flow_analysis *analysis, const struct pairing *pairing, struct flow_error *err)
{
    analysis->units =
        flow_arena_alloc(&analysis->priv->arena, (analysis->source_count + 1) * sizeof *analysis->units);
    if (!analysis->units)
        return flow_error_nomem(err);
    for (size_t i = 0; i < analysis->source_count; i++)
        analysis->sources[i].unit = SIZE_MAX;
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        size_t partner = pairing->partner[i];
        if (is_unit_file(source) && (partner == SIZE_MAX || !is_header(source)))
            add_unit(analysis, i, partner);
    }
    return 0;
}

/*
 * The graph: edges between units, each once.
 */
struct edge {
    size_t from, to;
};

static int by_ends(const void *a, const void *b)
{
    const struct edge *left = a, *right = b;
    if (left->from != right->from)
        return left->from < right->from ? -1 : 1;
    return left->to < right->to ? -1 : left->to > right->to;
}

static size_t unique_edges(struct edge *edges, size_t count)
{
    if (count == 0)
        return 0;
    qsort(edges, count, sizeof *edges, by_ends);
    size_t kept = 1;
    for (size_t i = 1; i < count; i++) {
        if (by_ends(&edges[kept - 1], &edges[i]) != 0)
            edges[kept++] = edges[i];
    }
    return kept;
}

static size_t unit_edges(const struct flow_analysis *analysis, struct edge *edges)
{
    size_t count = 0;
    for (size_t i = 0; i < analysis->dependency_count; i++) {
        const struct flow_dependency *dependency = &analysis->dependencies[i];
        if (dependency->to == SIZE_MAX)
            continue;
        size_t from = analysis->sources[dependency->from].unit, to = analysis->sources[dependency->to].unit;
        if (from != SIZE_MAX && to != SIZE_MAX && from != to)
            edges[count++] = (struct edge){from, to};
    }
    return unique_edges(edges, count);
}

static void count_importers(struct flow_analysis *analysis, struct edge *edges)
{
    size_t count = 0;
    for (size_t i = 0; i < analysis->dependency_count; i++) {
        const struct flow_dependency *dependency = &analysis->dependencies[i];
        if (dependency->to != SIZE_MAX && dependency->from != dependency->to)
            edges[count++] = (struct edge){dependency->from, dependency->to};
    }
    count = unique_edges(edges, count);
    for (size_t i = 0; i < analysis->source_count; i++)
        analysis->sources[i].imported_by = 0;
    for (size_t i = 0; i < count; i++)
        analysis->sources[edges[i].to].imported_by++;
}

static int link_units(struct flow_analysis *analysis, struct edge *edges, struct flow_error *err)
{
    struct flow_arena *arena = &analysis->priv->arena;
    size_t count = unit_edges(analysis, edges);
    for (size_t i = 0; i < count; i++) {
        analysis->units[edges[i].from].import_count++;
        analysis->units[edges[i].to].importer_count++;
    }
    for (size_t i = 0; i < analysis->unit_count; i++) {
        struct flow_unit *unit = &analysis->units[i];
        unit->imports = flow_arena_alloc(arena, (unit->import_count + 1) * sizeof *unit->imports);
        unit->importers = flow_arena_alloc(arena, (unit->importer_count + 1) * sizeof *unit->importers);
        if (!unit->imports || !unit->importers)
            return flow_error_nomem(err);
        unit->import_count = unit->importer_count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct flow_unit *from = &analysis->units[edges[i].from], *to = &analysis->units[edges[i].to];
        from->imports[from->import_count++] = edges[i].to;
        to->importers[to->importer_count++] = edges[i].from;
    }
    return 0;
}

int analyze_units(struct flow_analysis *analysis, struct flow_error *err)
{
    int result = -1;
    struct pairing pairing = {.analysis = analysis,
                              .by_path = flow_map_new(),
                              .by_name = flow_map_new(),
                              .headers = flow_map_new(),
                              .partner = calloc(analysis->source_count + 1, sizeof *pairing.partner)};
    struct edge *edges = calloc(analysis->dependency_count + 1, sizeof *edges);
    if (!pairing.by_path || !pairing.by_name || !pairing.headers || !pairing.partner || !edges) {
        flow_error_nomem(err);
        goto done;
    }
    if (note_sources(&pairing, err) != 0 || pair_headers(&pairing, err) != 0 ||
        make_units(analysis, &pairing, err) != 0 || link_units(analysis, edges, err) != 0)
        goto done;
    count_importers(analysis, edges);
    result = 0;
done:
    flow_map_free(pairing.by_path);
    flow_map_free(pairing.by_name);
    flow_map_free(pairing.headers);
    free(pairing.partner);
    free(edges);
    return result;
}
