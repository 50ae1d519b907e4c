// SPDX-License-Identifier: MIT
/*
 * Layers of C ABI: one more unit for each header that port.c-abi names. Nothing imports them, so that they
 * come behind all others; they import the units that implement the header, which are found by the functions
 * that it declares.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/str.h"

struct layers {
    struct flow_analysis *analysis;
    struct flow_parser *parser;
    size_t count;        /* of units that are no layers */
    unsigned char *seen; /* by source: it is the header, or includes it */
    unsigned char *used; /* by unit */
    struct flow_map *names;
};

bool flow_unit_is_c_abi(const char *id)
{
    return flow_str_starts(id, FLOW_C_ABI);
}

static bool is_wanted(const struct flow_source *source, const struct flow_strv *patterns)
{
    if (!source->selected || source->skip != FLOW_SKIP_NONE || source->unit == SIZE_MAX ||
        !flow_language_is_header(source->language, source->entry->path))
        return false;
    for (size_t i = 0; i < patterns->count; i++)
        if (flow_glob_match(patterns->items[i], source->entry->path))
            return true;
    return false;
}

// Marks all files that include the header, by whatever way.
static void find_includers(struct layers *layers, size_t header)
{
    const struct flow_analysis *analysis = layers->analysis;
    memset(layers->seen, 0, analysis->source_count);
    layers->seen[header] = 1;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < analysis->dependency_count; i++) {
            const struct flow_dependency *dependency = &analysis->dependencies[i];
            if (dependency->to == SIZE_MAX || !layers->seen[dependency->to] || layers->seen[dependency->from])
                continue;
            layers->seen[dependency->from] = 1;
            more = true;
        }
    }
}

static bool is_function(const struct flow_symbol *symbol, bool defined)
{
    return strcmp(symbol->kind, "function") == 0 && symbol->is_public && !*symbol->container &&
           (symbol->body.end > symbol->body.start) == defined;
}

// The names of functions that a file declares are noted, or those that it defines are looked for among them.
static int read_functions(struct layers *layers, size_t source, bool defined, bool *found,
                          struct flow_error *err)
{
    struct flow_facts facts;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_analysis_facts(layers->analysis, layers->parser, source, &text, &facts, err);
    for (size_t i = 0; result == 0 && i < facts.symbol_count; i++) {
        const struct flow_symbol *symbol = &facts.symbols[i];
        if (!is_function(symbol, defined))
            continue;
        if (defined)
            *found = *found || flow_map_get(layers->names, symbol->name);
        else
            result = flow_map_set_num(layers->names, symbol->name, 1, err);
    }
    if (result == 0)
        flow_facts_release(&facts);
    flow_buf_release(&text);
    return result;
}

// Marks the units that the layer of a header is made of: those that define its functions, its own, and those
// of the headers that it includes, for their types.
static int find_units(struct layers *layers, size_t header, struct flow_error *err)
{
    const struct flow_analysis *analysis = layers->analysis;
    memset(layers->used, 0, layers->count);
    layers->used[analysis->sources[header].unit] = 1;
    for (size_t i = 0; i < analysis->dependency_count; i++) {
        const struct flow_dependency *dependency = &analysis->dependencies[i];
        if (dependency->from == header && dependency->to != SIZE_MAX &&
            analysis->sources[dependency->to].unit != SIZE_MAX)
            layers->used[analysis->sources[dependency->to].unit] = 1;
    }
    flow_map_free(layers->names);
    layers->names = flow_map_new();
    if (!layers->names)
        return flow_error_nomem(err);
    find_includers(layers, header);
    int result = read_functions(layers, header, false, NULL, err);
    for (size_t i = 0; i < analysis->source_count && result == 0; i++) {
        const struct flow_source *source = &analysis->sources[i];
        bool found = false;
        if (!layers->seen[i] || source->unit == SIZE_MAX ||
            source->language != analysis->sources[header].language)
            continue;
        result = read_functions(layers, i, true, &found, err);
        if (found)
            layers->used[source->unit] = 1;
    }
    return result;
}

static int add_importer(struct flow_analysis *analysis, struct flow_unit *unit, size_t importer,
                        struct flow_error *err)
{
    size_t *importers =
        flow_arena_alloc(&analysis->priv->arena, (unit->importer_count + 1) * sizeof *importers);
    if (!importers)
        return flow_error_nomem(err);
    if (unit->importer_count > 0)
        memcpy(importers, unit->importers, unit->importer_count * sizeof *importers);
    importers[unit->importer_count++] = importer;
    unit->importers = importers;
    return 0;
}

static int make_layer(struct layers *layers, size_t header, struct flow_error *err)
{
    struct flow_analysis *analysis = layers->analysis;
    const struct flow_source *source = &analysis->sources[header];
    struct flow_unit *unit = &analysis->units[analysis->unit_count];
    char *id = flow_arena_alloc(&analysis->priv->arena, sizeof FLOW_C_ABI + strlen(source->entry->path));
    *unit = (struct flow_unit){.id = id,
                               .language = source->language,
                               .files = {header, SIZE_MAX},
                               .lines = source->lines,
                               .bytes = source->entry->size,
                               .errors = source->errors,
                               .tier = analysis->tier_count};
    unit->imports = flow_arena_alloc(&analysis->priv->arena, layers->count * sizeof *unit->imports);
    if (!id || !unit->imports)
        return flow_error_nomem(err);
    strcat(strcpy(id, FLOW_C_ABI), source->entry->path);
    if (find_units(layers, header, err))
        return -1;
    for (size_t i = 0; i < layers->count; i++) {
        if (!layers->used[i])
            continue;
        unit->imports[unit->import_count++] = i;
        if (add_importer(analysis, &analysis->units[i], analysis->unit_count, err))
            return -1;
    }
    analysis->unit_count++;
    return 0;
}

static int make_room(struct flow_analysis *analysis, const struct flow_strv *patterns, bool *any,
                     struct flow_error *err)
{
    size_t count = analysis->unit_count;
    for (size_t i = 0; i < analysis->source_count; i++)
        count += is_wanted(&analysis->sources[i], patterns);
    *any = count > analysis->unit_count;
    if (!*any)
        return 0;
    struct flow_unit *units = flow_arena_alloc(&analysis->priv->arena, count * sizeof *units);
    if (!units)
        return flow_error_nomem(err);
    memcpy(units, analysis->units, analysis->unit_count * sizeof *units);
    analysis->units = units;
    return 0;
}

int analyze_abi(struct flow_analysis *analysis, const struct flow_strv *patterns, struct flow_error *err)
{
    struct layers layers = {.analysis = analysis, .count = analysis->unit_count};
    bool any;
    if (make_room(analysis, patterns, &any, err))
        return -1;
    if (!any)
        return 0;
    layers.seen = calloc(analysis->source_count, 1);
    layers.used = calloc(layers.count, 1);
    int result = layers.seen && layers.used ? flow_parser_new(&layers.parser, analysis->priv->languages, err)
                                            : flow_error_nomem(err);
    for (size_t i = 0; i < analysis->source_count && result == 0; i++)
        if (is_wanted(&analysis->sources[i], patterns))
            result = make_layer(&layers, i, err);
    if (result == 0)
        analysis->tier_count++;
    flow_map_free(layers.names);
    flow_parser_free(layers.parser);
    free(layers.used);
    free(layers.seen);
    return result;
}
