// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "flow/syntax/facts.h"
#include "parser.h"

/* How deep an oversized declaration is cut; a text nested deeper stays in one piece. */
#define MAX_DEPTH  100

/*
 * A piece stays open, and takes further segments, until the next one would pass the maximum. Where a
 * declaration is so large that it is cut inside, pieces end before and behind it, unless they would be
 * smaller than this part of the maximum.
 */
#define SMALL_PART 4

struct cutter {
    struct flow_pieces *out;
    const struct flow_language *language;
    const char *source;
    size_t max;
    size_t open; /* where the open piece begins */
    struct flow_error *err;
};

// Part of a node's text that is not to be torn at its ends: some children that share lines, with their
// comments.
struct segment {
    size_t start;
    TSNode largest;
};
struct segments {
    struct segment *items;
    size_t count, cap;
};

static int close_piece(struct cutter *cutter, size_t end)
{
    struct flow_pieces *out = cutter->out;
    if (end <= cutter->open)
        return 0;
    if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, cutter->err) != 0)
        return -1;
    struct flow_span *span = &out->items[out->count++];
    span->start = (uint32_t)cutter->open;
    span->end = (uint32_t)end;
    cutter->open = end;
    return 0;
}

// Whether the line of `at` starts at `least` or behind it; *line is where. Looks no further back than that: a
// table of half a megabyte may stand in one line.
static bool line_start(const char *source, size_t at, size_t least, size_t *line)
{
    while (at > least && source[at - 1] != '\n')
        at--;
    *line = at;
    return at == 0 || source[at - 1] == '\n';
}

static uint32_t node_size(TSNode node)
{
    return ts_node_end_byte(node) - ts_node_start_byte(node);
}

// The children of node, grouped: a new segment begins with a named child that is the first thing on its line,
// unless what stands before it belongs to it.
static int list_segments(struct cutter *cutter, TSNode node, size_t start, struct segments *out)
{
    int result = 0;
    bool attached = false;
    size_t last_end = start;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more && result == 0; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        size_t line;
        bool first = line_start(cutter->source, ts_node_start_byte(child), last_end, &line);
        bool begins = ts_node_is_named(child) && first && !attached;
        if (out->count == 0 || begins) {
            size_t at = out->count == 0 ? start : line;
            result = flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, cutter->err);
            if (result == 0)
                out->items[out->count++] = (struct segment){at, child};
        } else if (node_size(child) > node_size(out->items[out->count - 1].largest)) {
            out->items[out->count - 1].largest = child;
        }
        unsigned flags = language_flags(cutter->language, ts_node_symbol(child));
        attached = (begins || attached) && (flags & (NODE_COMMENT | NODE_ATTACHED));
        last_end = ts_node_end_byte(child);
    }
    ts_tree_cursor_delete(&cursor);
    return result;
}

static int cut_node(struct cutter *cutter, TSNode node, size_t start, size_t end, unsigned depth);

static int cut_segment(struct cutter *cutter, const struct segment *segment, size_t end, unsigned depth)
{
    if (end - segment->start <= cutter->max) {
        if (end - cutter->open > cutter->max)
            return close_piece(cutter, segment->start);
        return 0;
    }
    size_t small = cutter->max / SMALL_PART;
    if (segment->start - cutter->open >= small && close_piece(cutter, segment->start) != 0)
        return -1;
    if (cut_node(cutter, segment->largest, segment->start, end, depth + 1) != 0)
        return -1;
    return end - cutter->open >= small ? close_piece(cutter, end) : 0;
}

// Cuts [start, end), which holds node and what belongs to it, and is larger than a piece may be.
static int cut_node(struct cutter *cutter, TSNode node, size_t start, size_t end, unsigned depth)
{
    if (depth > MAX_DEPTH || ts_node_child_count(node) == 0)
        return 0;
    struct segments segments = {0};
    int result = list_segments(cutter, node, start, &segments);
    for (size_t i = 0; result == 0 && i < segments.count; i++) {
        size_t next = i + 1 < segments.count ? segments.items[i + 1].start : end;
        if (segments.count == 1)
            result = cut_node(cutter, segments.items[i].largest, start, end, depth + 1);
        else
            result = cut_segment(cutter, &segments.items[i], next, depth);
    }
    free(segments.items);
    return result;
}

static void set_lines(struct flow_pieces *pieces, const char *source)
{
    uint32_t line = 1;
    for (size_t i = 0; i < pieces->count; i++) {
        struct flow_span *span = &pieces->items[i];
        span->start_line = line;
        for (uint32_t at = span->start; at < span->end; at++)
            line += source[at] == '\n';
        bool ends_line = span->end > span->start && source[span->end - 1] == '\n';
        span->end_line = ends_line ? line - 1 : line;
    }
}

int flow_pieces_cut(struct flow_pieces *out, struct flow_parser *parser, const struct flow_language *language,
                    const char *source, size_t len, size_t max_bytes, struct flow_error *err)
{
    *out = (struct flow_pieces){0};
    struct cutter cutter = {.out = out, .language = language, .source = source, .max = max_bytes, .err = err};
    int result = 0;
    if (len > max_bytes) {
        TSTree *tree;
        if (parser_tree(parser, language, source, len, &tree, err) != 0)
            return -1;
        result = cut_node(&cutter, ts_tree_root_node(tree), 0, len, 0);
        ts_tree_delete(tree);
    }
    if (result == 0)
        result = close_piece(&cutter, len);
    if (result != 0) {
        flow_pieces_release(out);
        return -1;
    }
    set_lines(out, source);
    return 0;
}

void flow_pieces_release(struct flow_pieces *pieces)
{
    free(pieces->items);
    *pieces = (struct flow_pieces){0};
}
