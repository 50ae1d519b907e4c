// SPDX-License-Identifier: MIT
// Which language each file is in, and which are left out by their name alone.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

static const char *const skip_names[FLOW_SKIP_COUNT] = {
    "", "binary", "generated", "unknown language", "submodule", "symbolic link", "too large"};

const char *flow_skip_name(enum flow_skip skip)
{
    return skip_names[skip];
}

// The first source whose path is not before `folder` and '/'. Sources are sorted by their paths.
static size_t first_below(const struct flow_analysis *analysis, const char *folder, size_t len)
{
    size_t low = 0, high = analysis->source_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *path = analysis->sources[middle].entry->path;
        int order = strncmp(path, folder, len);
        if (order < 0 || (order == 0 && (unsigned char)path[len] < '/'))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// Selects a file, or all files below a folder; how many that were.
static size_t select_path(struct flow_analysis *analysis, const char *path)
{
    size_t len = strlen(path), count = 0;
    const struct flow_entry *entry = flow_snapshot_find(analysis->snapshot, path);
    if (entry) {
        analysis->sources[entry - analysis->snapshot->entries].selected = true;
        return 1;
    }
    for (size_t i = len > 0 ? first_below(analysis, path, len) : 0; i < analysis->source_count;
         i++, count++) {
        const char *below = analysis->sources[i].entry->path;
        if (len > 0 && (strncmp(below, path, len) != 0 || below[len] != '/'))
            break;
        analysis->sources[i].selected = true;
    }
    return count;
}

static int select_sources(struct flow_analysis *analysis, const struct flow_strv *paths,
                          struct flow_error *err)
{
    if (!paths || paths->count == 0) {
        select_path(analysis, "");
        return 0;
    }
    for (size_t i = 0; i < paths->count; i++) {
        // All of an empty tree is no error.
        if (select_path(analysis, paths->items[i]) == 0 && *paths->items[i])
            return flow_error_set(err, FLOW_E_NOT_FOUND, "no file '%s' in the tree", paths->items[i]);
    }
    return 0;
}

// A script without an extension says by its first line what it is.
static int read_head(struct flow_analysis *analysis, struct flow_source *source, struct flow_error *err)
{
    const struct flow_entry *entry = source->entry;
    const char *base = flow_path_base(entry->path);
    if (!source->selected || !entry->executable || strchr(base, '.') || entry->size > FLOW_ANALYZE_MAX_FILE)
        return 0;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_snapshot_read(analysis->priv->repo, analysis->snapshot, entry, &text, err);
    if (result == 0)
        source->language = flow_languages_of(analysis->priv->languages, entry->path, text.data, text.len);
    flow_buf_release(&text);
    return result;
}

/*
 * Extensions that several languages claim.
 */
struct claims {
    struct flow_map *stems; /* path without extension of a source whose language is sure -> language */
    size_t *counts;         /* files whose language is sure, by index of language */
};

static const void *stem_key(const char *path, size_t *len)
{
    *len = (size_t)(flow_path_ext(flow_path_base(path)) - path);
    return path;
}

static size_t language_index(const struct flow_languages *languages, const struct flow_language *language)
{
    size_t i = 0;
    while (flow_languages_at(languages, i) != language)
        i++;
    return i;
}

static int count_sure(const struct flow_analysis *analysis, struct claims *claims, struct flow_error *err)
{
    const struct flow_languages *languages = analysis->priv->languages;
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        const char *path = source->entry->path;
        if (!source->language || flow_languages_claim(languages, path, 1))
            continue;
        claims->counts[language_index(languages, source->language)]++;
        size_t len;
        bool added;
        stem_key(path, &len);
        union flow_map_value *value = flow_map_ensure(claims->stems, path, len, &added);
        if (!value)
            return flow_error_nomem(err);
        if (added)
            value->num = (intptr_t)language_index(languages, source->language);
    }
    return 0;
}

static const struct flow_language *decide(const struct flow_analysis *analysis, const struct claims *claims,
                                          const char *path)
{
    const struct flow_languages *languages = analysis->priv->languages;
    size_t len;
    stem_key(path, &len);
    const union flow_map_value *stem = flow_map_getn(claims->stems, path, len);
    const struct flow_language *best = NULL, *claim;
    size_t best_count = 0;
    for (size_t nth = 0; (claim = flow_languages_claim(languages, path, nth)) != NULL; nth++) {
        size_t index = language_index(languages, claim);
        if (stem && (size_t)stem->num == index)
            return claim;
        if (!best || claims->counts[index] > best_count) {
            best = claim;
            best_count = claims->counts[index];
        }
    }
    return best;
}

static int settle_claims(struct flow_analysis *analysis, struct flow_error *err)
{
    const struct flow_languages *languages = analysis->priv->languages;
    struct claims claims = {flow_map_new(), calloc(flow_languages_count(languages) + 1, sizeof(size_t))};
    int result = claims.stems && claims.counts ? count_sure(analysis, &claims, err) : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < analysis->source_count; i++) {
        struct flow_source *source = &analysis->sources[i];
        if (source->language && flow_languages_claim(languages, source->entry->path, 1))
            source->language = decide(analysis, &claims, source->entry->path);
    }
    flow_map_free(claims.stems);
    free(claims.counts);
    return result;
}

static void skip_by_name(const struct flow_analysis *analysis, struct flow_source *source)
{
    if (!source->language)
        source->skip = FLOW_SKIP_LANGUAGE;
    else if (flow_language_is_generated(source->language, source->entry->path) &&
             !analyze_is_ported(analysis, source->entry->path))
        source->skip = FLOW_SKIP_GENERATED;
    else if (source->entry->size > FLOW_ANALYZE_MAX_FILE)
        source->skip = FLOW_SKIP_SIZE;
}

int analyze_classify(struct flow_analysis *analysis, const struct flow_strv *paths, struct flow_error *err)
{
    if (select_sources(analysis, paths, err) != 0)
        return -1;
    for (size_t i = 0; i < analysis->source_count; i++) {
        struct flow_source *source = &analysis->sources[i];
        if (source->entry->kind != FLOW_ENTRY_FILE) {
            source->skip = source->entry->kind == FLOW_ENTRY_LINK ? FLOW_SKIP_LINK : FLOW_SKIP_SUBMODULE;
            continue;
        }
        source->language = flow_languages_claim(analysis->priv->languages, source->entry->path, 0);
        if (!source->language && read_head(analysis, source, err) != 0)
            return -1;
    }
    if (settle_claims(analysis, err) != 0)
        return -1;
    for (size_t i = 0; i < analysis->source_count; i++) {
        if (analysis->sources[i].skip == FLOW_SKIP_NONE)
            skip_by_name(analysis, &analysis->sources[i]);
    }
    return 0;
}
