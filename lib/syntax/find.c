// SPDX-License-Identifier: MIT
// Named matches of a query, syntax errors, and the volume of a text.
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "flow/syntax/facts.h"
#include "parser.h"

static int by_position(const void *a, const void *b)
{
    const struct flow_match *left = a, *right = b;
    if (left->span.start != right->span.start)
        return left->span.start < right->span.start ? -1 : 1;
    if (left->span.end != right->span.end)
        return left->span.end > right->span.end ? -1 : 1;
    return strcmp(left->capture, right->capture);
}

static int add_match(const struct query_match *match, void *payload, struct flow_error *err)
{
    struct flow_matches *out = payload;
    for (size_t i = 0; i < match->count; i++) {
        const char *capture = match->query->captures[match->captures[i].capture];
        if (capture[0] == '_' || !strchr(capture, '.'))
            continue;
        if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err) != 0)
            return -1;
        TSNode node = match->captures[i].node;
        out->items[out->count++] = (struct flow_match){capture, node_span(node)};
    }
    return 0;
}

static void drop_duplicates(struct flow_matches *matches)
{
    size_t kept = 0;
    for (size_t i = 0; i < matches->count; i++) {
        if (kept == 0 || by_position(&matches->items[kept - 1], &matches->items[i]) != 0)
            matches->items[kept++] = matches->items[i];
    }
    matches->count = kept;
}

int parser_match(struct flow_parser *parser, const struct flow_language *language, const char *query,
                 const char *source, size_t len, query_match_fn fn, void *payload, struct flow_error *err)
{
    const struct query *compiled;
    TSTree *tree;
    if (parser_query(parser, language, query, &compiled, err) != 0 ||
        parser_tree(parser, language, source, len, &tree, err) != 0)
        return -1;
    int result = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    do {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (query_begins(compiled, ts_node_symbol(node)))
            result = matcher_run(&parser->matcher, compiled, node, source, fn, payload, err);
    } while (result == 0 && tree_next(&cursor));
    ts_tree_cursor_delete(&cursor);
    ts_tree_delete(tree);
    return result;
}

int flow_matches_find(struct flow_matches *out, struct flow_parser *parser,
                      const struct flow_language *language, const char *query, const char *source, size_t len,
                      struct flow_error *err)
{
    *out = (struct flow_matches){0};
    if (parser_match(parser, language, query, source, len, add_match, out, err) != 0) {
        flow_matches_release(out);
        return -1;
    }
    if (out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, by_position);
    drop_duplicates(out);
    return 0;
}

void flow_matches_release(struct flow_matches *matches)
{
    free(matches->items);
    *matches = (struct flow_matches){0};
}

int flow_syntax_errors(struct flow_parser *parser, const struct flow_language *language, const char *source,
                       size_t len, size_t *count, uint32_t *first_line, struct flow_error *err)
{
    *count = 0;
    *first_line = 0;
    TSTree *tree;
    if (parser_tree(parser, language, source, len, &tree, err) != 0)
        return -1;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    for (bool more = true; more;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (node_is_error(node)) {
            if ((*count)++ == 0)
                *first_line = ts_node_start_point(node).row + 1;
        }
        more = ts_node_has_error(node) ? tree_next(&cursor) : tree_skip(&cursor);
    }
    ts_tree_cursor_delete(&cursor);
    ts_tree_delete(tree);
    return 0;
}

// Counts the lines of [start, end), which holds no comment (`code`) or is one. A line that has both counts as
// code: `line_has` carries what the unfinished line holds.
enum { LINE_CODE = 1, LINE_COMMENT = 2 };

static void end_line(struct flow_volume *out, unsigned *line_has)
{
    if (*line_has & LINE_CODE)
        out->code_lines++;
    else if (*line_has & LINE_COMMENT)
        out->comment_lines++;
    *line_has = 0;
}

static void count_part(struct flow_volume *out, const char *source, size_t start, size_t end, unsigned what,
                       unsigned *line_has)
{
    for (size_t i = start; i < end; i++) {
        if (source[i] == '\n')
            end_line(out, line_has);
        else if (!strchr(" \t\r\f\v", source[i]) || source[i] == '\0')
            *line_has |= what;
    }
}

int flow_volume_measure(struct flow_volume *out, struct flow_parser *parser,
                        const struct flow_language *language, const char *source, size_t len,
                        struct flow_error *err)
{
    *out = (struct flow_volume){0};
    TSTree *tree;
    if (parser_tree(parser, language, source, len, &tree, err) != 0)
        return -1;
    size_t done = 0;
    unsigned line_has = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    for (bool more = true; more;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        size_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
        bool comment = (language_flags(language, ts_node_symbol(node)) & NODE_COMMENT) && start >= done;
        if (comment) {
            count_part(out, source, done, start, LINE_CODE, &line_has);
            count_part(out, source, start, end, LINE_COMMENT, &line_has);
            out->comment_bytes += end - start;
            done = end;
        }
        more = comment ? tree_skip(&cursor) : tree_next(&cursor);
    }
    count_part(out, source, done, len, LINE_CODE, &line_has);
    end_line(out, &line_has);
    ts_tree_cursor_delete(&cursor);
    ts_tree_delete(tree);
    return 0;
}
