// SPDX-License-Identifier: MIT
#include "parser.h"

#include <stdlib.h>
#include <string.h>

#include "blank.h"
#include "flow/base/vec.h"

int flow_parser_new(struct flow_parser **out, const struct flow_languages *languages, struct flow_error *err)
{
    struct flow_parser *parser = calloc(1, sizeof *parser);
    if (!parser)
        return flow_error_nomem(err);
    matcher_init(&parser->matcher);
    flow_buf_init(&parser->blanked, UINT32_MAX);
    strings_init(&parser->strings);
    parser->rule_count = flow_languages_count(languages);
    parser->rules = calloc(parser->rule_count + 1, sizeof *parser->rules);
    parser->ts = ts_parser_new();
    if (!parser->ts || !parser->rules) {
        flow_parser_free(parser);
        return flow_error_nomem(err);
    }
    *out = parser;
    return 0;
}

void flow_parser_free(struct flow_parser *parser)
{
    if (!parser)
        return;
    for (size_t i = 0; i < parser->query_count; i++) {
        query_free(parser->queries[i].query);
        free(parser->queries[i].name);
    }
    free(parser->queries);
    for (size_t i = 0; parser->rules && i < parser->rule_count; i++)
        rules_free(parser->rules[i]);
    free(parser->rules);
    free(parser->decls);
    strings_release(&parser->strings);
    matcher_release(&parser->matcher);
    flow_buf_release(&parser->blanked);
    if (parser->ts)
        ts_parser_delete(parser->ts);
    free(parser);
}

int parser_tree(struct flow_parser *parser, const struct flow_language *language, const char *source,
                size_t len, TSTree **out, struct flow_error *err)
{
    if (len > UINT32_MAX)
        return flow_error_set(err, FLOW_E_TOO_BIG, "source of %zu bytes is larger than 4 GiB", len);
    if (!ts_parser_set_language(parser->ts, language->grammar))
        return flow_error_set(err, FLOW_E_INTERNAL, "grammar of '%s' does not fit this tree-sitter",
                              language->name);
    const char *text;
    if (blank_source(&language->blanks, language->directive, source, len, &parser->blanked, &text, err) != 0)
        return -1;
    *out = ts_parser_parse_string(parser->ts, NULL, text, (uint32_t)len);
    return *out ? 0
                : flow_error_set(err, FLOW_E_INTERNAL, "tree-sitter gave no tree for '%s'", language->name);
}

static const struct query *find_query(const struct flow_parser *parser, const struct flow_language *language,
                                      const char *name)
{
    for (size_t i = 0; i < parser->query_count; i++) {
        if (parser->queries[i].language == language && strcmp(parser->queries[i].name, name) == 0)
            return parser->queries[i].query;
    }
    return NULL;
}

int parser_define(struct flow_parser *parser, const struct flow_language *language, const char *name,
                  const char *text, size_t len, struct flow_error *err)
{
    int result = -1;
    struct parser_query added = {.language = language};
    struct flow_buf what;
    flow_buf_init(&what, FLOW_BUF_LINE);
    flow_buf_printf(&what, "%s/%s", language->name, name);
    if (query_new(&added.query, language->grammar, text, len, what.data, err) != 0 ||
        flow_grow(&parser->queries, &parser->query_cap, parser->query_count + 1, sizeof *parser->queries,
                  err) != 0)
        goto done;
    added.name = strdup(name);
    if (!added.name) {
        flow_error_nomem(err);
        goto done;
    }
    parser->queries[parser->query_count++] = added;
    added.query = NULL;
    result = 0;
done:
    query_free(added.query);
    flow_buf_release(&what);
    return result;
}

int parser_query(struct flow_parser *parser, const struct flow_language *language, const char *name,
                 const struct query **out, struct flow_error *err)
{
    struct flow_buf text;
    *out = find_query(parser, language, name);
    if (*out)
        return 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = language_query_text(language, name, &text, err);
    if (result == 0)
        result = parser_define(parser, language, name, text.data, text.len, err);
    if (result == 0)
        *out = find_query(parser, language, name);
    flow_buf_release(&text);
    return result;
}

int parser_rules(struct flow_parser *parser, const struct flow_language *language, const struct rules **out,
                 struct flow_error *err)
{
    const struct query *query;
    struct rules **rules = &parser->rules[language->index];
    if (!*rules && (parser_query(parser, language, "facts.scm", &query, err) != 0 ||
                    rules_new(rules, language, query, err) != 0))
        return -1;
    *out = *rules;
    return 0;
}

struct flow_span node_span(TSNode node)
{
    TSPoint start = ts_node_start_point(node), end = ts_node_end_point(node);
    // A node that ends with its newline ends on the line before.
    uint32_t last = end.column == 0 && end.row > start.row ? end.row : end.row + 1;
    return (struct flow_span){ts_node_start_byte(node), ts_node_end_byte(node), start.row + 1, last};
}

bool node_is_error(TSNode node)
{
    return ts_node_symbol(node) == QUERY_ERROR_KIND || ts_node_is_missing(node);
}

bool tree_skip(TSTreeCursor *cursor)
{
    do {
        if (ts_tree_cursor_goto_next_sibling(cursor))
            return true;
    } while (ts_tree_cursor_goto_parent(cursor));
    return false;
}

bool tree_next(TSTreeCursor *cursor)
{
    return ts_tree_cursor_goto_first_child(cursor) || tree_skip(cursor);
}
