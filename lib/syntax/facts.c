// SPDX-License-Identifier: MIT
// One walk over the tree of a file.
#include "flow/syntax/facts.h"

#include <stdlib.h>
#include <string.h>

#include "decl.h"
#include "flow/base/vec.h"
#include "parser.h"

#define MARKER_BYTES 2000 /* of a file in which a comment begins that says that it is generated */

struct walk {
    struct flow_facts *facts;
    struct flow_parser *parser;
    const struct rules *rules;
    const char *source;
    size_t decl_count;
};

static int on_match(const struct query_match *match, void *payload, struct flow_error *err)
{
    struct walk *walk = payload;
    struct flow_parser *parser = walk->parser;
    if (flow_grow(&parser->decls, &parser->decl_cap, walk->decl_count + 1, sizeof *parser->decls, err) != 0)
        return -1;
    struct decl *decl = &parser->decls[walk->decl_count];
    if (decl_read(decl, walk->facts, walk->rules, match, walk->source, err) != 0)
        return -1;
    if (decl->role != ROLE_NONE)
        walk->decl_count++;
    return 0;
}

// Whether a comment says that the file is generated. Strings do not count: a generator holds such words
// itself.
static bool says_generated(const struct walk *walk, TSNode comment)
{
    const struct flow_strv *markers = &walk->rules->language->generated_markers;
    size_t start = ts_node_start_byte(comment), len = ts_node_end_byte(comment) - start;
    for (size_t i = 0; start < MARKER_BYTES && i < markers->count; i++) {
        size_t size = strlen(markers->items[i]);
        for (size_t at = 0; at + size <= len; at++) {
            if (memcmp(walk->source + start + at, markers->items[i], size) == 0)
                return true;
        }
    }
    return false;
}

static int visit(struct walk *walk, TSNode node, bool has_errors, struct flow_error *err)
{
    TSSymbol kind = ts_node_symbol(node);
    if (has_errors && node_is_error(node))
        walk->facts->errors++;
    unsigned flags = language_flags(walk->rules->language, kind);
    if ((flags & NODE_COMMENT) && says_generated(walk, node))
        walk->facts->generated = true;
    if (flags & NODE_REFERENCE) {
        uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node), number;
        if (end > start && strings_add(&walk->parser->strings, walk->source + start, end - start,
                                       ts_node_start_point(node).row + 1, &number, err) != 0)
            return -1;
    }
    if (!query_begins(walk->rules->query, kind))
        return 0;
    return matcher_run(&walk->parser->matcher, walk->rules->query, node, walk->source, on_match, walk, err);
}

static int walk_tree(struct walk *walk, const TSTree *tree, struct flow_error *err)
{
    int result;
    TSNode root = ts_tree_root_node(tree);
    bool has_errors = ts_node_has_error(root);
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    do
        result = visit(walk, ts_tree_cursor_current_node(&cursor), has_errors, err);
    while (result == 0 && tree_next(&cursor));
    ts_tree_cursor_delete(&cursor);
    return result;
}

static int keep_references(struct flow_facts *facts, const struct strings *strings, struct flow_error *err)
{
    facts->references = flow_arena_alloc(&facts->arena, (strings->count + 1) * sizeof *facts->references);
    if (!facts->references)
        return flow_error_nomem(err);
    for (size_t i = 0; i < strings->count; i++) {
        const struct string_entry *entry = &strings->items[i];
        char *name = flow_arena_strn(&facts->arena, entry->text, entry->len);
        if (!name)
            return flow_error_nomem(err);
        facts->references[facts->reference_count++] =
            (struct flow_reference){name, entry->line, entry->count};
    }
    return 0;
}

static uint32_t count_lines(const char *source, size_t len)
{
    uint32_t lines = 0;
    const char *end = source + len;
    for (const char *at = source; at < end; lines++) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return lines;
}

int flow_facts_extract(struct flow_facts *out, struct flow_parser *parser,
                       const struct flow_language *language, const char *source, size_t len,
                       struct flow_error *err)
{
    int result = -1;
    TSTree *tree = NULL;
    struct walk walk = {.facts = out, .parser = parser, .source = source};
    *out = (struct flow_facts){.language = language, .lines = count_lines(source, len)};
    flow_arena_init(&out->arena);
    strings_clear(&parser->strings);
    if (parser_rules(parser, language, &walk.rules, err) != 0 ||
        parser_tree(parser, language, source, len, &tree, err) != 0 || walk_tree(&walk, tree, err) != 0)
        goto done;
    if (keep_references(out, &parser->strings, err) != 0 ||
        facts_arrange(out, parser->decls, walk.decl_count, err) != 0 || facts_sign(out, source, err) != 0)
        goto done;
    result = 0;
done:
    if (tree)
        ts_tree_delete(tree);
    strings_clear(&parser->strings);
    if (result != 0)
        flow_facts_release(out);
    return result;
}

void flow_facts_release(struct flow_facts *facts)
{
    flow_arena_release(&facts->arena);
    *facts = (struct flow_facts){0};
    flow_arena_init(&facts->arena);
}
