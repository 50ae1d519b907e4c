// SPDX-License-Identifier: MIT
#include "flow/job/analyze.h"

#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/config/config.h"

// Opens the index of the repository. One that cannot be opened (a read-only repository) is done without.
static int open_index(struct flow_analysis *analysis, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    if (flow_repo_state_dir(analysis->priv->repo, &path, NULL) == 0) {
        flow_buf_puts(&path, "index.db");
        if (!path.failed)
            flow_index_open(&analysis->priv->index, path.data, NULL);
    }
    int result = flow_buf_check(&path, "path", err);
    flow_buf_release(&path);
    return result;
}

static int take_snapshot(struct flow_analysis *analysis, const char *revision, struct flow_error *err)
{
    struct flow_repo *repo = analysis->priv->repo;
    struct flow_id commit;
    if (!revision)
        return flow_snapshot_worktree(&analysis->snapshot, repo, err);
    if (flow_repo_resolve(repo, revision, &commit, err) != 0)
        return -1;
    return flow_snapshot_commit(&analysis->snapshot, repo, &commit, err);
}

static int list_sources(struct flow_analysis *analysis, struct flow_error *err)
{
    analysis->source_count = analysis->snapshot->count;
    analysis->sources =
        flow_arena_alloc(&analysis->priv->arena, (analysis->source_count + 1) * sizeof *analysis->sources);
    if (!analysis->sources)
        return flow_error_nomem(err);
    for (size_t i = 0; i < analysis->source_count; i++)
        analysis->sources[i] =
            (struct flow_source){.entry = &analysis->snapshot->entries[i], .unit = SIZE_MAX};
    return 0;
}

bool analyze_is_ported(const struct flow_analysis *analysis, const char *path)
{
    return flow_strv_find(&analysis->priv->ported, path) >= 0;
}

static int read_decisions(struct flow_analysis *analysis, const struct flow_config *config,
                          struct flow_error *err)
{
    struct flow_strv paths;
    struct flow_buf key;
    flow_strv_init(&paths);
    flow_buf_init(&key, FLOW_BUF_LINE);
    int result = flow_config_subsections(config, "decision", &paths, err);
    for (size_t i = 0; i < paths.count && result == 0; i++) {
        flow_buf_clear(&key);
        flow_buf_printf(&key, "decision.%s.action", paths.items[i]);
        if (!key.failed && strcmp(flow_config_str(config, key.data, ""), "port") == 0)
            result = flow_strv_add(&analysis->priv->ported, paths.items[i], err);
    }
    flow_buf_release(&key);
    flow_strv_release(&paths);
    return result;
}

static int read_settings(struct flow_analysis *analysis, struct flow_strv *include, struct flow_strv *layers,
                         struct flow_error *err)
{
    struct flow_config *config = NULL;
    if (flow_repo_config(analysis->priv->repo, &config, err) != 0)
        return -1;
    int result = flow_config_list(config, "analyze.include", include, err);
    if (result == 0)
        result = flow_config_list(config, "port.c-abi", layers, err);
    if (result == 0)
        result = read_decisions(analysis, config, err);
    flow_config_free(config);
    return result;
}

static int resolve_afresh(struct flow_analysis *analysis, const struct flow_analyze_options *options,
                          const struct flow_strv *include, struct flow_error *err)
{
    struct scan scan = {0};
    if (analyze_classify(analysis, options->paths, err) != 0 ||
        analyze_scan(&scan, analysis, options, err) != 0)
        return -1;
    int result = analyze_resolve(analysis, &scan, include, err);
    scan_release(&scan);
    return result;
}

static size_t count_parsed(const struct flow_analysis *analysis)
{
    size_t count = 0;
    for (size_t i = 0; i < analysis->source_count; i++)
        count += analysis->sources[i].selected && analysis->sources[i].skip == FLOW_SKIP_NONE;
    return count;
}

static int map_units(struct flow_analysis *analysis, struct flow_error *err)
{
    analysis->priv->units = flow_map_new();
    if (!analysis->priv->units)
        return flow_error_nomem(err);
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        if (source->unit != SIZE_MAX &&
            flow_map_set_num(analysis->priv->units, source->entry->path, (intptr_t)source->unit, err) != 0)
            return -1;
    }
    // No file has the id of a layer.
    for (size_t i = 0; i < analysis->unit_count; i++)
        if (flow_unit_is_c_abi(analysis->units[i].id) &&
            flow_map_set_num(analysis->priv->units, analysis->units[i].id, (intptr_t)i, err) != 0)
            return -1;
    return 0;
}

static int run(struct flow_analysis *analysis, const struct flow_analyze_options *options,
               struct flow_error *err)
{
    struct flow_strv include, layers;
    struct flow_id version;
    flow_strv_init(&include);
    flow_strv_init(&layers);
    int result = -1;
    if (take_snapshot(analysis, options->revision, err) != 0 || list_sources(analysis, err) != 0 ||
        open_index(analysis, err) != 0 || read_settings(analysis, &include, &layers, err) != 0 ||
        analyze_cache_version(analysis, options->paths, &include, &version, err) != 0)
        goto done;
    int found = options->fresh ? 0 : analyze_cache_get(analysis, &version, err);
    if (found < 0)
        goto done;
    if (found) {
        analysis->cached = count_parsed(analysis);
    } else if (resolve_afresh(analysis, options, &include, err) != 0 ||
               analyze_cache_put(analysis, &version, err) != 0) {
        goto done;
    }
    if (analysis->priv->index)
        flow_index_flush(analysis->priv->index, NULL);
    if (analyze_units(analysis, err) == 0 && analyze_order(analysis, err) == 0 &&
        analyze_abi(analysis, &layers, err) == 0 && map_units(analysis, err) == 0)
        result = 0;
done:
    flow_strv_release(&layers);
    flow_strv_release(&include);
    return result;
}

int flow_analyze(struct flow_analysis **out, struct flow_repo *repo, const struct flow_languages *languages,
                 const struct flow_analyze_options *options, struct flow_error *err)
{
    struct flow_analysis *analysis = calloc(1, sizeof *analysis);
    if (!analysis)
        return flow_error_nomem(err);
    analysis->priv = calloc(1, sizeof *analysis->priv);
    if (!analysis->priv) {
        free(analysis);
        return flow_error_nomem(err);
    }
    analysis->priv->repo = repo;
    analysis->priv->languages = languages;
    flow_arena_init(&analysis->priv->arena);
    if (run(analysis, options, err) != 0) {
        flow_analysis_free(analysis);
        return -1;
    }
    *out = analysis;
    return 0;
}

void flow_analysis_free(struct flow_analysis *analysis)
{
    if (!analysis)
        return;
    flow_snapshot_free(analysis->snapshot);
    flow_index_free(analysis->priv->index);
    flow_map_free(analysis->priv->units);
    flow_strv_release(&analysis->priv->ported);
    flow_arena_release(&analysis->priv->arena);
    free(analysis->dependencies);
    free(analysis->priv);
    free(analysis);
}

size_t flow_analysis_unit(const struct flow_analysis *analysis, const char *path)
{
    const union flow_map_value *value = flow_map_get(analysis->priv->units, path);
    return value ? (size_t)value->num : SIZE_MAX;
}

int flow_analysis_facts(const struct flow_analysis *analysis, struct flow_parser *parser, size_t source,
                        struct flow_buf *text, struct flow_facts *out, struct flow_error *err)
{
    const struct flow_source *file = &analysis->sources[source];
    if (!file->language)
        return flow_error_set(err, FLOW_E_INVALID, "'%s' is in no language that flow knows",
                              file->entry->path);
    flow_buf_clear(text);
    if (flow_snapshot_read(analysis->priv->repo, analysis->snapshot, file->entry, text, err) != 0)
        return -1;
    const struct flow_index_key key = {"facts", &file->entry->blob, flow_language_version(file->language)};
    struct flow_buf bytes;
    flow_buf_init(&bytes, FLOW_BUF_FILE);
    int found = analysis->priv->index ? flow_index_get(analysis->priv->index, &key, &bytes, NULL) : 0;
    if (found > 0)
        found =
            flow_facts_decode(out, file->language, bytes.data, bytes.len, text->data, text->len, NULL) == 0;
    flow_buf_release(&bytes);
    return found > 0 ? 0 : flow_facts_extract(out, parser, file->language, text->data, text->len, err);
}
