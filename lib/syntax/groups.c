// SPDX-License-Identifier: MIT
#include "flow/syntax/groups.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "parser.h"

static int add_group(const struct query_match *match, void *payload, struct flow_error *err)
{
    struct flow_groups *out = payload;
    struct flow_group group = {.first = out->part_count, .pattern = match->pattern};
    for (size_t i = 0; i < match->count; i++) {
        const char *capture = match->query->captures[match->captures[i].capture];
        const char *dot = strchr(capture, '.');
        struct flow_span span = node_span(match->captures[i].node);
        if (capture[0] == '_')
            continue;
        if (dot) {
            if (!group.kind)
                group.span = span;
            group.kind = dot + 1;
            group.span.end = span.end;
            group.span.end_line = span.end_line;
            continue;
        }
        if (flow_grow(&out->parts, &out->part_cap, out->part_count + 1, sizeof *out->parts, err) != 0)
            return -1;
        out->parts[out->part_count++] = (struct flow_part){capture, span};
    }
    group.count = out->part_count - group.first;
    if (!group.kind) {
        out->part_count = group.first;
        return 0;
    }
    if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err) != 0)
        return -1;
    out->items[out->count++] = group;
    return 0;
}

int flow_groups_find(struct flow_groups *out, struct flow_parser *parser,
                     const struct flow_language *language, const char *query, const char *source, size_t len,
                     struct flow_error *err)
{
    *out = (struct flow_groups){0};
    int result = parser_match(parser, language, query, source, len, add_group, out, err);
    if (result != 0)
        flow_groups_release(out);
    return result;
}

void flow_groups_release(struct flow_groups *groups)
{
    free(groups->items);
    free(groups->parts);
    *groups = (struct flow_groups){0};
}

int flow_groups_define(struct flow_parser *parser, const struct flow_language *language, const char *query,
                       const char *text, size_t len, struct flow_error *err)
{
    return parser_define(parser, language, query, text, len, err);
}

int flow_groups_patterns(struct flow_parser *parser, const struct flow_language *language, const char *query,
                         size_t *out, struct flow_error *err)
{
    const struct query *compiled;
    if (parser_query(parser, language, query, &compiled, err) != 0)
        return -1;
    *out = compiled->pattern_count;
    return 0;
}

int flow_groups_property(struct flow_parser *parser, const struct flow_language *language, const char *query,
                         size_t pattern, const char *key, const char **out, struct flow_error *err)
{
    const struct query *compiled;
    if (parser_query(parser, language, query, &compiled, err) != 0)
        return -1;
    *out = query_property(compiled, pattern, key);
    return 0;
}

int flow_groups_captures(struct flow_parser *parser, const struct flow_language *language, const char *query,
                         const char *name, size_t len, struct flow_error *err)
{
    const struct query *compiled;
    if (parser_query(parser, language, query, &compiled, err) != 0)
        return -1;
    for (size_t i = 0; i < compiled->capture_count; i++)
        if (strlen(compiled->captures[i]) == len && memcmp(compiled->captures[i], name, len) == 0)
            return 1;
    return 0;
}
