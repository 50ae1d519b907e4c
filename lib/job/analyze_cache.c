// SPDX-License-Identifier: MIT
// What was resolved for one tree, as bytes in the index.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/pack.h"

#define FORMAT 1
#define KIND   "tree"

static void pack_list(struct flow_buf *out, const struct flow_strv *list)
{
    size_t count = list ? list->count : 0;
    flow_pack_uint(out, count);
    for (size_t i = 0; i < count; i++)
        flow_pack_str(out, list->items[i], strlen(list->items[i]));
}

int analyze_cache_version(const struct flow_analysis *analysis, const struct flow_strv *paths,
                          const struct flow_strv *include, struct flow_id *out, struct flow_error *err)
{
    const struct flow_languages *languages = analysis->priv->languages;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_pack_uint(&text, FORMAT);
    for (size_t i = 0; i < flow_languages_count(languages); i++)
        flow_buf_puts(&text, flow_language_version(flow_languages_at(languages, i))->hex);
    pack_list(&text, paths);
    pack_list(&text, include);
    pack_list(&text, &analysis->priv->ported);
    int result = flow_buf_check(&text, "list of paths", err);
    if (result == 0)
        result = flow_id_of(out, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

/*
 * Texts of dependencies stand in a table; `numbers` leads from a text to its place, which is the order in
 * which they first come up.
 */
static int pack_texts(const struct flow_analysis *analysis, struct flow_map *numbers, struct flow_buf *out,
                      struct flow_error *err)
{
    struct flow_buf table;
    flow_buf_init(&table, FLOW_BUF_FILE);
    int result = 0;
    for (size_t i = 0; result == 0 && i < analysis->dependency_count; i++) {
        const char *texts[] = {analysis->dependencies[i].kind, analysis->dependencies[i].written};
        for (size_t k = 0; result == 0 && k < 2; k++) {
            bool added;
            size_t len = strlen(texts[k]);
            union flow_map_value *value = flow_map_ensure(numbers, texts[k], len, &added);
            if (!value) {
                result = flow_error_nomem(err);
            } else if (added) {
                value->num = (intptr_t)flow_map_count(numbers) - 1;
                flow_pack_str(&table, texts[k], len);
            }
        }
    }
    flow_pack_uint(out, flow_map_count(numbers));
    flow_buf_add(out, table.data, table.len);
    if (result == 0)
        result = flow_buf_check(&table, "dependencies", err);
    flow_buf_release(&table);
    return result;
}

static void pack_dependencies(const struct flow_analysis *analysis, const struct flow_map *numbers,
                              struct flow_buf *out)
{
    flow_pack_uint(out, analysis->dependency_count);
    size_t last = 0;
    for (size_t i = 0; i < analysis->dependency_count; i++) {
        const struct flow_dependency *dependency = &analysis->dependencies[i];
        // Packages come behind imports, so that `from` may go back once: modulo arithmetic keeps that short
        // enough.
        flow_pack_uint(out, (uint64_t)(dependency->from - last));
        last = dependency->from;
        flow_pack_uint(out, dependency->to == SIZE_MAX ? 0 : dependency->to + 1);
        flow_pack_uint(out, (uint64_t)flow_map_get(numbers, dependency->kind)->num);
        flow_pack_uint(out, (uint64_t)flow_map_get(numbers, dependency->written)->num);
        flow_pack_uint(out, dependency->line);
    }
}

static uint64_t language_number(const struct flow_languages *languages, const struct flow_language *language)
{
    for (size_t i = 0; i < flow_languages_count(languages); i++) {
        if (flow_languages_at(languages, i) == language)
            return i + 1;
    }
    return 0;
}

static void pack_sources(const struct flow_analysis *analysis, struct flow_buf *out)
{
    flow_pack_uint(out, analysis->source_count);
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        flow_pack_uint(out, language_number(analysis->priv->languages, source->language));
        flow_pack_uint(out, source->selected);
        flow_pack_uint(out, source->skip);
        flow_pack_uint(out, source->lines);
        flow_pack_uint(out, source->errors);
    }
}

int analyze_cache_put(struct flow_analysis *analysis, const struct flow_id *version, struct flow_error *err)
{
    if (!analysis->priv->index)
        return 0;
    struct flow_buf bytes;
    flow_buf_init(&bytes, FLOW_BUF_FILE);
    struct flow_map *numbers = flow_map_new();
    int result = numbers ? 0 : flow_error_nomem(err);
    pack_sources(analysis, &bytes);
    if (result == 0)
        result = pack_texts(analysis, numbers, &bytes, err);
    if (result == 0)
        pack_dependencies(analysis, numbers, &bytes);
    flow_map_free(numbers);
    const struct flow_index_key key = {KIND, &analysis->snapshot->id, version};
    // A tree that is too large for the index is resolved again each time.
    if (result == 0 && !bytes.failed)
        flow_index_put(analysis->priv->index, &key, bytes.data, bytes.len, NULL);
    flow_buf_release(&bytes);
    return result;
}

static void unpack_sources(struct flow_analysis *analysis, struct flow_unpack *in)
{
    const struct flow_languages *languages = analysis->priv->languages;
    if (flow_unpack_uint(in) != analysis->source_count)
        in->failed = true;
    for (size_t i = 0; i < analysis->source_count && !in->failed; i++) {
        struct flow_source *source = &analysis->sources[i];
        size_t language = (size_t)flow_unpack_max(in, flow_languages_count(languages));
        source->language = language > 0 ? flow_languages_at(languages, language - 1) : NULL;
        source->selected = flow_unpack_max(in, 1) != 0;
        source->skip = (enum flow_skip)flow_unpack_max(in, FLOW_SKIP_COUNT - 1);
        source->lines = (uint32_t)flow_unpack_max(in, UINT32_MAX);
        source->errors = (uint32_t)flow_unpack_max(in, UINT32_MAX);
        // What is not skipped has a language: everything later relies on that.
        in->failed = in->failed || (source->skip == FLOW_SKIP_NONE && !source->language);
    }
}

static int unpack_dependencies(struct flow_analysis *analysis, struct flow_unpack *in, struct flow_error *err)
{
    struct flow_arena *arena = &analysis->priv->arena;
    size_t text_count = flow_unpack_count(in);
    const char **texts = calloc(text_count + 1, sizeof *texts);
    int result = texts ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < text_count; i++) {
        size_t len;
        const char *text = flow_unpack_str(in, &len);
        texts[i] = flow_arena_strn(arena, text, len);
        result = texts[i] ? 0 : flow_error_nomem(err);
    }
    size_t count = flow_unpack_count(in), last = 0;
    if (text_count == 0 && count > 0)
        in->failed = true;
    for (size_t i = 0; result == 0 && i < count && !in->failed; i++) {
        struct flow_dependency dependency = {.from = last + (size_t)flow_unpack_uint(in)};
        size_t to = (size_t)flow_unpack_max(in, analysis->source_count);
        dependency.to = to > 0 ? to - 1 : SIZE_MAX;
        dependency.kind = texts[flow_unpack_max(in, text_count - 1)];
        dependency.written = texts[flow_unpack_max(in, text_count - 1)];
        dependency.line = (uint32_t)flow_unpack_max(in, UINT32_MAX);
        last = dependency.from;
        if (dependency.from >= analysis->source_count)
            in->failed = true;
        else
            result = analyze_add_dependency(analysis, &dependency, err);
    }
    free(texts);
    return result;
}

// Undoes what a damaged entry has filled.
static void forget(struct flow_analysis *analysis)
{
    analysis->dependency_count = 0;
    for (size_t i = 0; i < analysis->source_count; i++)
        analysis->sources[i] = (struct flow_source){.entry = analysis->sources[i].entry, .unit = SIZE_MAX};
}

int analyze_cache_get(struct flow_analysis *analysis, const struct flow_id *version, struct flow_error *err)
{
    if (!analysis->priv->index)
        return 0;
    struct flow_buf bytes;
    flow_buf_init(&bytes, FLOW_BUF_FILE);
    const struct flow_index_key key = {KIND, &analysis->snapshot->id, version};
    int result = flow_index_get(analysis->priv->index, &key, &bytes, err);
    if (result > 0) {
        struct flow_unpack in;
        flow_unpack_init(&in, bytes.data, bytes.len);
        unpack_sources(analysis, &in);
        if (!in.failed && unpack_dependencies(analysis, &in, err) != 0)
            result = -1;
        else if (!flow_unpack_done(&in))
            result = 0;
    }
    if (result == 0)
        forget(analysis);
    flow_buf_release(&bytes);
    return result;
}
