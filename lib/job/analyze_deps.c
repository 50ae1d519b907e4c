// SPDX-License-Identifier: MIT
// All imports of the tree, and what files of one folder see of each other without any.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "analyze_resolve.h"
#include "analyze_rules.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"

struct collector {
    struct flow_analysis *analysis;
    const struct scan *scan;
    const struct tree *tree;
    struct resolver *resolver;
    struct flow_map *texts; /* what kinds and paths are kept once in */
    /* of the import that is being resolved */
    size_t from;
    struct flow_dependency next;
    bool found;
};

int analyze_add_dependency(struct flow_analysis *analysis, const struct flow_dependency *dependency,
                           struct flow_error *err)
{
    if (flow_grow(&analysis->dependencies, &analysis->priv->dependency_cap, analysis->dependency_count + 1,
                  sizeof *analysis->dependencies, err) != 0)
        return -1;
    analysis->dependencies[analysis->dependency_count++] = *dependency;
    return 0;
}

// A copy of text in the arena of the analysis, one for equal texts.
static const char *keep_text(struct collector *collector, const char *text)
{
    bool added;
    union flow_map_value *value = flow_map_ensure(collector->texts, text, strlen(text), &added);
    if (value && added)
        value->ptr = flow_arena_str(&collector->analysis->priv->arena, text);
    return value ? value->ptr : NULL;
}

static bool is_excluded(const struct flow_strv *globs, const char *path)
{
    for (size_t i = 0; i < globs->count; i++) {
        if (flow_glob_match(globs->items[i], path))
            return true;
    }
    return false;
}

static int add_target(struct collector *collector, size_t to, struct flow_error *err)
{
    collector->found = true;
    collector->next.to = to;
    return analyze_add_dependency(collector->analysis, &collector->next, err);
}

static int on_resolved(const struct resolved *resolved, void *payload, struct flow_error *err)
{
    struct collector *collector = payload;
    const struct flow_source *sources = collector->analysis->sources;
    if (!resolved->is_folder)
        return add_target(collector, resolved->index, err);
    const struct tree_folder *folder = &collector->tree->folders[resolved->index];
    int result = 0;
    for (size_t i = 0; result == 0 && i < folder->count; i++) {
        size_t to = collector->tree->files[folder->first + i];
        if (sources[to].language == sources[collector->from].language && to != collector->from &&
            !is_excluded(resolved->exclude, sources[to].entry->path))
            result = add_target(collector, to, err);
    }
    return result;
}

// What the import says, with the item that it names.
static const char *written(struct collector *collector, const struct flow_import *import)
{
    if (!import->item)
        return keep_text(collector, import->path);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s %s", import->path, import->item);
    const char *kept = text.failed ? NULL : keep_text(collector, text.data);
    flow_buf_release(&text);
    return kept;
}

static int collect_imports(struct collector *collector, size_t from, struct flow_error *err)
{
    const struct gist *gist = &collector->scan->gists[from];
    const struct flow_language *language = collector->analysis->sources[from].language;
    collector->from = from;
    for (size_t i = 0; i < gist->import_count; i++) {
        const struct flow_import *import = &gist->imports[i];
        collector->next = (struct flow_dependency){.from = from, .line = import->line};
        collector->next.kind = keep_text(collector, import->kind);
        collector->next.written = written(collector, import);
        collector->found = false;
        if (!collector->next.kind || !collector->next.written)
            return flow_error_nomem(err);
        if (resolver_run(collector->resolver, from, language, import, on_resolved, collector, err) != 0)
            return -1;
        if (!collector->found && add_target(collector, SIZE_MAX, err) != 0)
            return -1;
    }
    return 0;
}

/*
 * Folders whose files see each other.
 */
#define SEVERAL ((intptr_t)-1) /* more than one file of the folder declares the name */

static bool is_member(const struct collector *collector, const struct flow_language *language, size_t at)
{
    const struct flow_source *source = &collector->analysis->sources[at];
    return source->language == language && source->selected && source->skip == FLOW_SKIP_NONE;
}

static int map_names(const struct collector *collector, const struct tree_folder *folder,
                     const struct import_rules *rules, struct flow_map *names, struct flow_error *err)
{
    for (size_t i = 0; i < folder->count; i++) {
        size_t at = collector->tree->files[folder->first + i];
        const struct gist *gist = &collector->scan->gists[at];
        if (!is_member(collector, rules->language, at) ||
            is_excluded(&rules->package_exclude, collector->analysis->sources[at].entry->path))
            continue;
        for (size_t k = 0; k < gist->name_count; k++) {
            bool added;
            union flow_map_value *value =
                flow_map_ensure(names, gist->names[k], strlen(gist->names[k]), &added);
            if (!value)
                return flow_error_nomem(err);
            if (added)
                value->num = (intptr_t)at;
            else if (value->num != (intptr_t)at)
                value->num = SEVERAL;
        }
    }
    return 0;
}

static bool declares(const struct gist *gist, const char *name)
{
    for (size_t i = 0; i < gist->name_count; i++) {
        if (strcmp(gist->names[i], name) == 0)
            return true;
    }
    return false;
}

// The references of one file to names that another one of the folder declares; each other file once.
static int refer(struct collector *collector, size_t from, const struct flow_map *names, size_t *last_from,
                 struct flow_error *err)
{
    const struct gist *gist = &collector->scan->gists[from];
    for (size_t i = 0; i < gist->reference_count; i++) {
        const union flow_map_value *value = flow_map_get(names, gist->references[i]);
        if (!value || value->num == SEVERAL || (size_t)value->num == from ||
            last_from[value->num] == from + 1 || declares(gist, gist->references[i]))
            continue;
        last_from[value->num] = from + 1;
        struct flow_dependency dependency = {.from = from, .to = (size_t)value->num, .line = 0};
        dependency.kind = keep_text(collector, "package");
        dependency.written = keep_text(collector, gist->references[i]);
        if (!dependency.kind || !dependency.written)
            return flow_error_nomem(err);
        if (analyze_add_dependency(collector->analysis, &dependency, err) != 0)
            return -1;
    }
    return 0;
}

// The folders that hold one package, as a run of collector->tree->folders by their keys.
struct package {
    char *key; /* path of the folder without the source root in it */
    size_t folder;
};

static int by_key(const void *a, const void *b)
{
    const struct package *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order ? order : (left->folder > right->folder) - (left->folder < right->folder);
}

// "gson/src/test/java/com/x" and "gson/src/main/java/com/x" hold one package where those are source roots.
static char *package_key(const struct tree_folder *folder, const struct flow_strv *roots)
{
    char *key = strndup(folder->path, folder->len);
    for (size_t i = 0; key && i < roots->count; i++) {
        const char *root = roots->items[i];
        size_t len = strlen(root);
        for (char *at = strstr(key, root); at; at = strstr(at + 1, root)) {
            if ((at != key && at[-1] != '/') || (at[len] != '\0' && at[len] != '/'))
                continue;
            memmove(at, at + len, strlen(at + len) + 1);
            return key;
        }
    }
    return key;
}

// last_from: by source, the file (+ 1) that was last found to refer to it.
static int collect_package(struct collector *collector, const struct package *parts, size_t count,
                           const struct import_rules *rules, size_t *last_from, struct flow_error *err)
{
    const struct tree *tree = collector->tree;
    struct flow_map *names = flow_map_new();
    int result = names ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = map_names(collector, &tree->folders[parts[i].folder], rules, names, err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        const struct tree_folder *folder = &tree->folders[parts[i].folder];
        for (size_t k = 0; result == 0 && k < folder->count; k++) {
            size_t at = tree->files[folder->first + k];
            if (is_member(collector, rules->language, at))
                result = refer(collector, at, names, last_from, err);
        }
    }
    flow_map_free(names);
    return result;
}

static int collect_language(struct collector *collector, const struct import_rules *rules, size_t *last_from,
                            struct flow_error *err)
{
    const struct tree *tree = collector->tree;
    struct package *parts = calloc(tree->folder_count + 1, sizeof *parts);
    int result = parts ? 0 : flow_error_nomem(err);
    size_t count = 0;
    for (; result == 0 && count < tree->folder_count; count++) {
        parts[count] = (struct package){package_key(&tree->folders[count], &rules->package_roots), count};
        if (!parts[count].key)
            result = flow_error_nomem(err);
    }
    if (result == 0)
        qsort(parts, count, sizeof *parts, by_key);
    for (size_t start = 0, end; result == 0 && start < count; start = end) {
        for (end = start + 1; end < count && strcmp(parts[start].key, parts[end].key) == 0;)
            end++;
        result = collect_package(collector, parts + start, end - start, rules, last_from, err);
    }
    for (size_t i = 0; i < count; i++)
        free(parts[i].key);
    free(parts);
    return result;
}

static bool is_used(const struct flow_analysis *analysis, const struct flow_language *language)
{
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        if (source->language == language && source->selected && source->skip == FLOW_SKIP_NONE)
            return true;
    }
    return false;
}

static int collect_packages(struct collector *collector, struct flow_error *err)
{
    const struct flow_analysis *analysis = collector->analysis;
    const struct flow_languages *languages = analysis->priv->languages;
    size_t *last_from = calloc(analysis->source_count + 1, sizeof *last_from);
    int result = last_from ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < flow_languages_count(languages); i++) {
        const struct flow_language *language = flow_languages_at(languages, i);
        const struct import_rules *rules;
        if (!is_used(analysis, language))
            continue;
        result = resolver_rules(collector->resolver, language, &rules, err);
        if (result == 0 && rules->package_is_folder)
            result = collect_language(collector, rules, last_from, err);
    }
    free(last_from);
    return result;
}

int analyze_resolve(struct flow_analysis *analysis, const struct scan *scan, const struct flow_strv *include,
                    struct flow_error *err)
{
    int result = -1;
    struct tree tree;
    if (tree_init(&tree, analysis->snapshot, err) != 0)
        return -1;
    struct collector collector = {.analysis = analysis, .scan = scan, .tree = &tree, .texts = flow_map_new()};
    if (!collector.texts) {
        flow_error_nomem(err);
        goto done;
    }
    if (resolver_new(&collector.resolver, analysis->priv->repo, &tree, analysis->priv->languages, include,
                     err) != 0)
        goto done;
    for (size_t i = 0; i < analysis->source_count; i++) {
        if (analysis->sources[i].selected && analysis->sources[i].skip == FLOW_SKIP_NONE &&
            collect_imports(&collector, i, err) != 0)
            goto done;
    }
    result = collect_packages(&collector, err);
done:
    resolver_free(collector.resolver);
    flow_map_free(collector.texts);
    tree_release(&tree);
    return result;
}
