// SPDX-License-Identifier: MIT
#include "lookup.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/syntax/facts.h"

/* Lines of a declaration that are shown; the rest can be read. */
#define DECLARATION_LINES 40
/* Places that one answer names. */
#define PLACES_MAX        60

static int add_place(struct flow_lookups *l, const char *name, const struct flow_lookup_place *place,
                     struct flow_error *err)
{
    struct flow_lookup_place *copy = flow_arena_alloc(&l->arena, sizeof *copy), **last;
    union flow_map_value *value = flow_map_ensure(l->names, name, strlen(name), NULL);

    if (copy == NULL || value == NULL)
        return flow_error_nomem(err);
    *copy = *place;
    copy->kind = place->kind != NULL ? flow_arena_str(&l->arena, place->kind) : NULL;
    copy->container = place->container != NULL ? flow_arena_str(&l->arena, place->container) : NULL;
    // Newest first, turned around when they are shown: the chain can be long, and its end far.
    last = (struct flow_lookup_place **)&value->ptr;
    copy->next = *last;
    *last = copy;
    return 0;
}

static int add_facts(struct flow_lookups *l, const struct flow_entry *entry, const struct flow_facts *facts,
                     struct flow_error *err)
{
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        const struct flow_lookup_place place = {.entry = entry,
                                                .kind = symbol->kind,
                                                .container = symbol->container,
                                                .line = symbol->span.start_line,
                                                .end_line = symbol->span.end_line};
        if (add_place(l, symbol->name, &place, err) != 0)
            return -1;
    }
    for (size_t i = 0; i < facts->reference_count; i++) {
        const struct flow_reference *reference = &facts->references[i];
        const struct flow_lookup_place place = {
            .entry = entry, .line = reference->line, .count = reference->count};
        if (add_place(l, reference->name, &place, err) != 0)
            return -1;
    }
    return 0;
}

// 1 and the facts, 0 where the index has none (or there is no index).
static int stored_facts(struct flow_lookups *l, const struct flow_entry *entry,
                        const struct flow_language *language, struct flow_facts *out)
{
    struct flow_buf bytes;
    int found = 0;

    if (l->options.index == NULL)
        return 0;
    flow_buf_init(&bytes, FLOW_BUF_FILE);
    // A cache that fails is a cache that has nothing.
    if (flow_index_get(l->options.index,
                       &(struct flow_index_key){
                           .kind = "facts", .id = &entry->blob, .version = flow_language_version(language)},
                       &bytes, NULL) == 1)
        found = flow_facts_decode(out, language, bytes.data, bytes.len, NULL, 0, NULL) == 0;
    flow_buf_release(&bytes);
    return found;
}

static int read_entry(struct flow_lookups *l, struct flow_parser *parser, const struct flow_entry *entry,
                      struct flow_buf *text, struct flow_error *err)
{
    const struct flow_language *language = flow_languages_of(l->options.languages, entry->path, NULL, 0);
    struct flow_facts facts;
    int rc;

    if (entry->kind != FLOW_ENTRY_FILE || entry->size > FLOW_LOOKUP_FILE_MAX || language == NULL)
        return 0;
    // The content is looked at even where its facts are known: whether they may be told depends on it.
    flow_buf_clear(text);
    rc = flow_lookup_entry(l, entry, text, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (stored_facts(l, entry, language, &facts) == 0 &&
        flow_facts_extract(&facts, parser, language, text->data, text->len, err) != 0)
        return -1;
    rc = add_facts(l, entry, &facts, err);
    flow_facts_release(&facts);
    return rc;
}

static int read_names(struct flow_lookups *l, struct flow_error *err)
{
    const struct flow_snapshot *snapshot = l->options.snapshot;
    struct flow_parser *parser = NULL;
    struct flow_buf text;
    int rc;

    flow_buf_init(&text, FLOW_BUF_FILE);
    rc = flow_parser_new(&parser, l->options.languages, err);
    // Backwards, since places are chained newest first.
    for (size_t i = snapshot->count; rc == 0 && i > 0; i--)
        rc = read_entry(l, parser, &snapshot->entries[i - 1], &text, err);
    flow_parser_free(parser);
    flow_buf_release(&text);
    return rc;
}

// The places of a name, in order of their paths; *out is NULL where there are none.
static int find_places(struct flow_lookups *l, const char *name, const struct flow_lookup_place **out,
                       struct flow_error *err)
{
    const union flow_map_value *value;
    int rc = 0;

    pthread_mutex_lock(&l->lock);
    if (!l->ready)
        rc = read_names(l, err);
    l->ready = l->ready || rc == 0;
    pthread_mutex_unlock(&l->lock);
    value = rc == 0 ? flow_map_get(l->names, name) : NULL;
    *out = value != NULL ? value->ptr : NULL;
    return rc;
}

static void add_lines(const struct flow_buf *text, uint32_t first, uint32_t last, struct flow_buf *out)
{
    uint32_t number = 1;

    for (size_t at = 0; at < text->len && number <= last; number++) {
        const char *end = memchr(text->data + at, '\n', text->len - at);
        size_t len = (end != NULL ? (size_t)(end - text->data) : text->len) - at;
        if (number >= first) {
            flow_buf_printf(out, "%u: ", (unsigned)number);
            flow_buf_add(out, text->data + at, len);
            flow_buf_putc(out, '\n');
        }
        at += len + 1;
    }
}

static int show_declaration(struct flow_lookups *l, const struct flow_lookup_place *place,
                            struct flow_buf *out, struct flow_error *err)
{
    uint32_t last = place->end_line;
    struct flow_buf text;
    int rc;

    if (last - place->line >= DECLARATION_LINES)
        last = place->line + DECLARATION_LINES - 1;
    flow_buf_init(&text, FLOW_BUF_FILE);
    rc = flow_snapshot_read(l->options.repo, l->options.snapshot, place->entry, &text, err);
    if (rc == 0) {
        flow_buf_printf(out, "%s, lines %u to %u: %s", place->entry->path, (unsigned)place->line,
                        (unsigned)place->end_line, place->kind);
        if (place->container[0] != '\0')
            flow_buf_printf(out, " in %s", place->container);
        flow_buf_putc(out, '\n');
        add_lines(&text, place->line, last, out);
        if (last < place->end_line)
            flow_buf_puts(out, "…\n");
    }
    flow_buf_release(&text);
    return rc;
}

static int name_of(const struct flow_json *input, const char **name, struct flow_buf *out)
{
    *name = flow_json_str(flow_json_get(input, "name"));
    return *name != NULL && **name != '\0' ? 0 : flow_lookup_wrong(out, "give a name");
}

int flow_lookup_definition(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                           struct flow_error *err)
{
    const struct flow_lookup_place *place;
    size_t shown = 0;
    const char *name;

    if (name_of(input, &name, out) != 0)
        return 1;
    if (find_places(l, name, &place, err) != 0)
        return -1;
    for (; place != NULL; place = place->next) {
        size_t before = out->len;
        if (place->kind == NULL)
            continue;
        if (show_declaration(l, place, out, err) != 0)
            return -1;
        if (++shown > 1 && (out->len > FLOW_LOOKUP_BYTES || shown > PLACES_MAX)) {
            flow_buf_truncate(out, before);
            flow_buf_puts(out, "(there are more)\n");
            break;
        }
    }
    if (shown == 0)
        flow_buf_puts(out, "(no declaration of that name is known; search for it as text)\n");
    return 0;
}

int flow_lookup_references(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                           struct flow_error *err)
{
    const struct flow_lookup_place *place;
    size_t shown = 0;
    const char *name;

    if (name_of(input, &name, out) != 0)
        return 1;
    if (find_places(l, name, &place, err) != 0)
        return -1;
    for (; place != NULL; place = place->next) {
        if (place->kind != NULL)
            continue;
        if (shown++ == PLACES_MAX) {
            flow_buf_puts(out, "(there are more)\n");
            break;
        }
        flow_buf_printf(out, "%s:%u: count %u\n", place->entry->path, (unsigned)place->line,
                        (unsigned)place->count);
    }
    if (shown == 0)
        flow_buf_puts(out, "(nothing mentions it)\n");
    return 0;
}
