// SPDX-License-Identifier: MIT
// Facts of all files, each distinct content once.
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/thread.h"

#define BINARY_BYTES 8000 /* a NUL among the first of these makes a file binary, as in git */

/* Sources of one content and language. */
struct content {
    size_t first, count; /* in scanner.order */
};

struct worker {
    struct flow_parser *parser;
    struct flow_buf text, bytes;
};

struct scanner {
    struct flow_analysis *analysis;
    const struct flow_analyze_options *options;
    struct scan *scan;
    size_t *order; /* selected sources, equal contents side by side */
    size_t order_count;
    struct content *contents;
    size_t content_count;
    struct worker *workers;
    atomic_size_t parsed, cached, done;
};

// Keeps what resolution needs of facts, in the worker's arena.
static int keep_imports(struct gist *gist, const struct flow_facts *facts, struct flow_arena *arena)
{
    struct flow_import *imports = flow_arena_alloc(arena, (facts->import_count + 1) * sizeof *imports);
    if (!imports)
        return -1;
    for (size_t i = 0; i < facts->import_count; i++) {
        const struct flow_import *import = &facts->imports[i];
        imports[i].kind = flow_arena_str(arena, import->kind);
        imports[i].path = flow_arena_str(arena, import->path);
        imports[i].item = import->item ? flow_arena_str(arena, import->item) : NULL;
        imports[i].line = import->line;
        if (!imports[i].kind || !imports[i].path || (import->item && !imports[i].item))
            return -1;
    }
    gist->imports = imports;
    gist->import_count = facts->import_count;
    return 0;
}

static int keep_names(struct gist *gist, const struct flow_facts *facts, struct flow_arena *arena)
{
    gist->names = flow_arena_alloc(arena, (facts->symbol_count + 1) * sizeof *gist->names);
    gist->references = flow_arena_alloc(arena, (facts->reference_count + 1) * sizeof *gist->references);
    if (!gist->names || !gist->references)
        return -1;
    for (size_t i = 0; i < facts->symbol_count; i++) {
        if (*facts->symbols[i].container)
            continue;
        const char *name = flow_arena_str(arena, facts->symbols[i].name);
        if (!name)
            return -1;
        gist->names[gist->name_count++] = name;
    }
    for (size_t i = 0; i < facts->reference_count; i++) {
        const char *name = flow_arena_str(arena, facts->references[i].name);
        if (!name)
            return -1;
        gist->references[gist->reference_count++] = name;
    }
    return 0;
}

static bool is_package(const struct flow_language *language)
{
    const char *scope = flow_language_str(language, "package.scope");
    return scope && strcmp(scope, "folder") == 0;
}

// Hands what was found out to all sources of that content.
static int keep(struct scanner *scanner, const struct content *content, const struct flow_facts *facts,
                struct flow_arena *arena, struct flow_error *err)
{
    struct gist gist = {0};
    if (keep_imports(&gist, facts, arena) != 0 ||
        (is_package(facts->language) && keep_names(&gist, facts, arena) != 0))
        return flow_error_nomem(err);
    for (size_t i = 0; i < content->count; i++) {
        size_t at = scanner->order[content->first + i];
        struct flow_source *source = &scanner->analysis->sources[at];
        source->lines = facts->lines;
        source->errors = facts->errors;
        if (facts->generated && !analyze_is_ported(scanner->analysis, source->entry->path))
            source->skip = FLOW_SKIP_GENERATED;
        scanner->scan->gists[at] = gist;
    }
    return 0;
}

// Facts from the index; 1 where it has them.
static int from_index(struct scanner *scanner, struct worker *worker, const struct flow_source *source,
                      struct flow_facts *out, struct flow_error *err)
{
    struct flow_index *index = scanner->analysis->priv->index;
    const struct flow_index_key key = {"facts", &source->entry->blob,
                                       flow_language_version(source->language)};
    flow_buf_clear(&worker->bytes);
    if (!index || scanner->options->fresh)
        return 0;
    int found = flow_index_get(index, &key, &worker->bytes, err);
    if (found <= 0)
        return found;
    // What cannot be decoded is as good as not there.
    return flow_facts_decode(out, source->language, worker->bytes.data, worker->bytes.len, NULL, 0, NULL) ==
           0;
}

// Facts from the source text; 1, or 0 where it is binary.
static int from_text(struct scanner *scanner, struct worker *worker, const struct flow_source *source,
                     struct flow_facts *out, struct flow_error *err)
{
    const struct flow_analysis *analysis = scanner->analysis;
    const struct flow_index_key key = {"facts", &source->entry->blob,
                                       flow_language_version(source->language)};
    struct flow_buf *text = &worker->text;
    flow_buf_clear(text);
    if (flow_snapshot_read(analysis->priv->repo, analysis->snapshot, source->entry, text, err) != 0)
        return -1;
    if (memchr(text->data, '\0', text->len < BINARY_BYTES ? text->len : BINARY_BYTES))
        return 0;
    if (flow_facts_extract(out, worker->parser, source->language, text->data, text->len, err) != 0)
        return flow_error_wrap(err, "'%s'", source->entry->path);
    flow_buf_clear(&worker->bytes);
    if (!analysis->priv->index)
        return 1;
    // An index that cannot be written costs time, not the result.
    if (flow_facts_encode(out, &worker->bytes, err) == 0) {
        flow_index_put(analysis->priv->index, &key, worker->bytes.data, worker->bytes.len, NULL);
        return 1;
    }
    flow_facts_release(out);
    return -1;
}

static void skip_binary(struct scanner *scanner, const struct content *content)
{
    for (size_t i = 0; i < content->count; i++)
        scanner->analysis->sources[scanner->order[content->first + i]].skip = FLOW_SKIP_BINARY;
}

static int scan_content(void *payload, unsigned number, size_t item, struct flow_error *err)
{
    struct scanner *scanner = payload;
    struct worker *worker = &scanner->workers[number];
    const struct content *content = &scanner->contents[item];
    const struct flow_source *source = &scanner->analysis->sources[scanner->order[content->first]];
    struct flow_facts facts;
    int found = from_index(scanner, worker, source, &facts, err);
    if (found < 0)
        return -1;
    atomic_size_t *counter = found ? &scanner->cached : &scanner->parsed;
    if (!found)
        found = from_text(scanner, worker, source, &facts, err);
    if (found < 0)
        return -1;
    int result = 0;
    if (found) {
        atomic_fetch_add(counter, content->count);
        result = keep(scanner, content, &facts, &scanner->scan->arenas[number], err);
        flow_facts_release(&facts);
    } else {
        skip_binary(scanner, content);
    }
    size_t done = atomic_fetch_add(&scanner->done, content->count) + content->count;
    if (scanner->options->progress)
        scanner->options->progress(scanner->options->payload, done, scanner->order_count);
    return result;
}

static int compare_content(const struct flow_source *a, const struct flow_source *b)
{
    int order = strcmp(a->entry->blob.hex, b->entry->blob.hex);
    if (order != 0)
        return order;
    return strcmp(flow_language_name(a->language), flow_language_name(b->language));
}

static int by_content(const void *a, const void *b)
{
    return compare_content(*(const struct flow_source *const *)a, *(const struct flow_source *const *)b);
}

static int list_contents(struct scanner *scanner, struct flow_error *err)
{
    struct flow_analysis *analysis = scanner->analysis;
    size_t count = analysis->source_count + 1, used = 0;
    const struct flow_source **sources = calloc(count, sizeof *sources);
    scanner->order = calloc(count, sizeof *scanner->order);
    scanner->contents = calloc(count, sizeof *scanner->contents);
    if (!sources || !scanner->order || !scanner->contents) {
        free(sources);
        return flow_error_nomem(err);
    }
    for (size_t i = 0; i < analysis->source_count; i++) {
        if (analysis->sources[i].selected && analysis->sources[i].skip == FLOW_SKIP_NONE)
            sources[used++] = &analysis->sources[i];
    }
    qsort(sources, used, sizeof *sources, by_content);
    for (size_t i = 0; i < used; i++) {
        scanner->order[i] = (size_t)(sources[i] - analysis->sources);
        if (i == 0 || compare_content(sources[i - 1], sources[i]) != 0)
            scanner->contents[scanner->content_count++].first = i;
        scanner->contents[scanner->content_count - 1].count++;
    }
    scanner->order_count = used;
    free(sources);
    return 0;
}

static int make_workers(struct scanner *scanner, struct flow_error *err)
{
    struct scan *scan = scanner->scan;
    scanner->workers = calloc(scan->workers, sizeof *scanner->workers);
    scan->arenas = calloc(scan->workers, sizeof *scan->arenas);
    scan->gists = calloc(scanner->analysis->source_count + 1, sizeof *scan->gists);
    if (!scanner->workers || !scan->arenas || !scan->gists)
        return flow_error_nomem(err);
    for (unsigned i = 0; i < scan->workers; i++) {
        flow_arena_init(&scan->arenas[i]);
        flow_buf_init(&scanner->workers[i].text, FLOW_BUF_FILE);
        flow_buf_init(&scanner->workers[i].bytes, FLOW_BUF_FILE);
    }
    for (unsigned i = 0; i < scan->workers; i++) {
        if (flow_parser_new(&scanner->workers[i].parser, scanner->analysis->priv->languages, err) != 0)
            return -1;
    }
    return 0;
}

static void free_workers(struct scanner *scanner)
{
    for (unsigned i = 0; scanner->workers && i < scanner->scan->workers; i++) {
        flow_parser_free(scanner->workers[i].parser);
        flow_buf_release(&scanner->workers[i].text);
        flow_buf_release(&scanner->workers[i].bytes);
    }
    free(scanner->workers);
}

int analyze_scan(struct scan *out, struct flow_analysis *analysis, const struct flow_analyze_options *options,
                 struct flow_error *err)
{
    *out = (struct scan){.workers = options->workers ? options->workers : flow_thread_cores()};
    struct scanner scanner = {.analysis = analysis, .options = options, .scan = out};
    int result = make_workers(&scanner, err);
    if (result == 0)
        result = list_contents(&scanner, err);
    if (result == 0)
        result = flow_thread_each(out->workers, scanner.content_count, scan_content, &scanner, err);
    analysis->parsed = atomic_load(&scanner.parsed);
    analysis->cached = atomic_load(&scanner.cached);
    free_workers(&scanner);
    free(scanner.order);
    free(scanner.contents);
    if (result != 0)
        scan_release(out);
    return result;
}

void scan_release(struct scan *scan)
{
    for (unsigned i = 0; scan->arenas && i < scan->workers; i++)
        flow_arena_release(&scan->arenas[i]);
    free(scan->arenas);
    free(scan->gists);
    *scan = (struct scan){0};
}
