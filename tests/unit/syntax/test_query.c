// SPDX-License-Identifier: MIT
// The query engine: what of the syntax of queries is understood, and what each part of it matches.
#include <string.h>

#include "flow/base/buf.h"
#include "language_priv.h"
#include "parser.h"
#include "query.h"
#include "unit.h"

struct fixture {
    struct flow_languages *languages;
    struct flow_parser *parser;
    const struct flow_language *c;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(flow_languages_load(&fixture.languages, &err), &err);
    assert_ok(flow_parser_new(&fixture.parser, fixture.languages, &err), &err);
    fixture.c = flow_languages_named(fixture.languages, "c");
    assert_non_null(fixture.c);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    flow_parser_free(fixture->parser);
    flow_languages_free(fixture->languages);
    return 0;
}

struct printer {
    struct flow_buf out;
    const char *source;
};

// "a=x b=y|" for each match, captures in the order of the pattern.
static int print_match(const struct query_match *match, void *payload, struct flow_error *err)
{
    struct printer *printer = payload;
    (void)err;
    for (size_t i = 0; i < match->count; i++) {
        TSNode node = match->captures[i].node;
        uint32_t start = ts_node_start_byte(node);
        flow_buf_printf(&printer->out, "%s%s=%.*s", i ? " " : "",
                        match->query->captures[match->captures[i].capture],
                        (int)(ts_node_end_byte(node) - start), printer->source + start);
    }
    flow_buf_puts(&printer->out, "|");
    return 0;
}

static void expect(struct fixture *fixture, const char *text, const char *source, const char *want)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct query *query;
    struct matcher matcher;
    TSTree *tree;
    struct printer printer = {.source = source};
    flow_buf_init(&printer.out, FLOW_BUF_TEXT);
    assert_ok(query_new(&query, fixture->c->grammar, text, strlen(text), "test", &err), &err);
    assert_ok(parser_tree(fixture->parser, fixture->c, source, strlen(source), &tree, &err), &err);
    matcher_init(&matcher);
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    do
        assert_ok(matcher_run(&matcher, query, ts_tree_cursor_current_node(&cursor), source, print_match,
                              &printer, &err),
                  &err);
    while (tree_next(&cursor));
    if (strcmp(printer.out.data, want) != 0)
        fail_msg("%s\n  gives '%s'\n  not   '%s'", text, printer.out.data, want);
    ts_tree_cursor_delete(&cursor);
    matcher_release(&matcher);
    ts_tree_delete(tree);
    query_free(query);
    flow_buf_release(&printer.out);
}

static void test_nodes(void **state)
{
    static const char source[] = "int a = 1;\nint b;\nchar *c;\n";
    expect(*state, "(declaration) @d", source, "d=int a = 1;|d=int b;|d=char *c;|");
    expect(*state, "; a remark\n(declaration declarator: (identifier) @n)", source, "n=b|");
    expect(*state, "(declaration type: (_) @t declarator: (init_declarator value: (_) @v))", source,
           "t=int v=1|");
    expect(*state, "(declaration declarator: [(identifier) (pointer_declarator)] @n)", source, "n=b|n=*c|");
    expect(*state, "(declaration (primitive_type) @t \";\" @end) @d", "int a;", "d=int a; t=int end=;|");
    expect(*state, "(pointer_declarator _ @star (identifier) @n)", source, "star=* n=c|");
    expect(*state, "(pointer_declarator \"*\" @star)", source, "star=*|");
    expect(*state, "(_ value: (number_literal) @v)", source, "v=1|");
}

static void test_optional_and_missing_fields(void **state)
{
    static const char source[] =
        "struct a { int x; }; struct b; static int f(void) { return 0; } int g(void) {}";
    expect(*state, "(struct_specifier name: (_) @n body: (_)? @b)", source, "n=a b={ int x; }|n=b|");
    expect(*state, "(struct_specifier !body name: (_) @n)", source, "n=b|");
    expect(*state,
           "(function_definition (storage_class_specifier)? @s declarator: (function_declarator (identifier) "
           "@n))",
           source, "s=static n=f|n=g|");
}

// Without an anchor a child matches wherever it stands; each place is a match of its own.
static void test_anchors(void **state)
{
    static const char source[] = "int r = f(1, 2, 3);";
    expect(*state, "(argument_list (number_literal) @n)", source, "n=1|n=2|n=3|");
    expect(*state, "(argument_list . (number_literal) @n)", source, "n=1|");
    expect(*state, "(argument_list (number_literal) @n .)", source, "n=3|");
    expect(*state, "(argument_list (number_literal) @a . (number_literal) @b)", source, "a=1 b=2|a=2 b=3|");
    expect(*state, "(argument_list \",\" @c . (number_literal) @n)", source, "c=, n=2|c=, n=3|");
    expect(*state, "(argument_list \"(\" . \",\" @c)", source, "");
}

static void test_predicates(void **state)
{
    static const char source[] = "int aa; int ab; int b; int c = c;";
    expect(*state, "((declaration declarator: (identifier) @n) (#eq? @n \"ab\"))", source, "n=ab|");
    expect(*state, "(declaration declarator: (identifier) @n (#not-eq? @n \"ab\"))", source, "n=aa|n=b|");
    expect(*state, "((declaration declarator: (identifier) @n) (#match? @n \"^a\"))", source, "n=aa|n=ab|");
    expect(*state, "((declaration declarator: (identifier) @n) (#not-match? @n \"^a\"))", source, "n=b|");
    expect(*state, "((declaration declarator: (identifier) @n) (#any-of? @n \"aa\" \"b\"))", source,
           "n=aa|n=b|");
    expect(*state, "((init_declarator declarator: (_) @a value: (_) @b) (#eq? @a @b))", source, "a=c b=c|");
    // What is not captured cannot fail.
    expect(*state, "((declaration declarator: (identifier) @n (type_qualifier)? @q) (#eq? @q \"const\"))",
           "int a;", "n=a|");
}

static void test_errors_are_nodes(void **state)
{
    expect(*state, "(ERROR) @e", "int a; )))", "e=)))|");
}

static void test_properties(void **state)
{
    struct fixture *fixture = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    static const char text[] = "((identifier) @a (#set! pointer) (#set! kind \"x\"))\n(number_literal) @b";
    struct query *query;
    assert_ok(query_new(&query, fixture->c->grammar, text, strlen(text), "test", &err), &err);
    assert_string_equal(query_property(query, 0, "pointer"), "");
    assert_string_equal(query_property(query, 0, "kind"), "x");
    assert_null(query_property(query, 1, "pointer"));
    query_free(query);
}

static void test_refused(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"(declaration", "'test' line 1: the query ends too early"},
        {"\n(no_such_node) @a", "'test' line 2: the grammar has no such node"},
        {"(declaration nosuch: (_))", "'test' line 1: the grammar has no such field"},
        {"(declaration type (_))", "'test' line 1: ':' is missing behind a field"},
        {"(declaration \"no such text\")", "'test' line 1: the grammar has no such node"},
        {"(declaration)* @a", "'test' line 1: '*' and '+' are not part of the syntax"},
        {"(declaration (identifier)+ @a)", "'test' line 1: '*' and '+' are not part of the syntax"},
        {"((declaration) (declaration))", "'test' line 1: a group holds one node and predicates"},
        {"((identifier) @a (#nosuch? @a))", "'test' line 1: no such predicate"},
        {"((identifier) @a (#eq? @a))", "'test' line 1: #eq? compares two things"},
        {"((identifier) @a (#match? @a \"(\"))", "'test' line 1: not a POSIX extended regular expression"},
        {"((identifier) @a (#eq? @a \"x))", "'test' line 1: a string does not end"},
        {"(identifier)?", "'test' line 1: a pattern begins with a node"},
        {"(identifier) @", "'test' line 1: a name is missing"},
        {"(identifier) @a @b @c @d", "'test' line 1: a node has too many captures"},
        {")", "'test' line 1: a name is missing"},
        {"(expression) @supertype", "'test' line 1: the grammar has no such node"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct query *query;
        assert_err(query_new(&query, fixture->c->grammar, cases[i].text, strlen(cases[i].text), "test", &err),
                   &err, FLOW_E_INVALID);
        assert_string_equal(err.message, cases[i].message);
    }
    struct flow_buf deep;
    flow_buf_init(&deep, FLOW_BUF_TEXT);
    for (int i = 0; i < 10000; i++)
        flow_buf_puts(&deep, "(declaration ");
    struct flow_error err = FLOW_ERROR_INIT;
    struct query *query;
    assert_err(query_new(&query, fixture->c->grammar, deep.data, deep.len, "test", &err), &err,
               FLOW_E_INVALID);
    assert_string_equal(err.message, "'test' line 1: the pattern is nested too deeply");
    flow_buf_release(&deep);
}

// A pattern that could match in millions of ways gives up instead of going through all of them.
static void test_bounded_work(void **state)
{
    struct fixture *fixture = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    static const char text[] = "((argument_list (_) @a (_) @b (_) @c (_) @d) (#eq? @a \"none\"))";
    struct query *query;
    struct matcher matcher;
    TSTree *tree;
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    flow_buf_puts(&source, "int x = f(0");
    for (int i = 0; i < 3000; i++)
        flow_buf_puts(&source, ", 1");
    flow_buf_puts(&source, ");");
    assert_ok(query_new(&query, fixture->c->grammar, text, strlen(text), "test", &err), &err);
    assert_ok(parser_tree(fixture->parser, fixture->c, source.data, source.len, &tree, &err), &err);
    matcher_init(&matcher);
    struct printer printer = {.source = source.data};
    flow_buf_init(&printer.out, FLOW_BUF_TEXT);
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    do
        assert_ok(matcher_run(&matcher, query, ts_tree_cursor_current_node(&cursor), source.data, print_match,
                              &printer, &err),
                  &err);
    while (tree_next(&cursor));
    assert_string_equal(printer.out.data, "");
    ts_tree_cursor_delete(&cursor);
    matcher_release(&matcher);
    ts_tree_delete(tree);
    query_free(query);
    flow_buf_release(&printer.out);
    flow_buf_release(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nodes),      cmocka_unit_test(test_optional_and_missing_fields),
        cmocka_unit_test(test_anchors),    cmocka_unit_test(test_predicates),
        cmocka_unit_test(test_properties), cmocka_unit_test(test_errors_are_nodes),
        cmocka_unit_test(test_refused),    cmocka_unit_test(test_bounded_work),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
