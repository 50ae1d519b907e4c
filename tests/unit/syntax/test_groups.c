// SPDX-License-Identifier: MIT
// Whole matches: what they span, and what the query says of its patterns.
#include <string.h>

#include "flow/syntax/groups.h"
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

static const char query[] =
    "((return_statement (identifier) @name) @change.one (#set! rewrite \"return 0;\"))\n"
    "(compound_statement . (declaration) @change.first . (return_statement) @change.last)\n";

static void a_query_from_a_text_is_one_of_the_language(void **state)
{
    const struct fixture *f = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    const char source[] = "int f(void) { int x = 1; return x; }";
    struct flow_groups groups;
    const char *value;
    size_t patterns;
    assert_ok(flow_groups_define(f->parser, f->c, "mine", query, strlen(query), &err), &err);
    assert_ok(flow_groups_patterns(f->parser, f->c, "mine", &patterns, &err), &err);
    assert_int_equal(patterns, 2);
    assert_ok(flow_groups_property(f->parser, f->c, "mine", 0, "rewrite", &value, &err), &err);
    assert_string_equal(value, "return 0;");
    assert_ok(flow_groups_property(f->parser, f->c, "mine", 1, "rewrite", &value, &err), &err);
    assert_null(value);
    assert_int_equal(flow_groups_captures(f->parser, f->c, "mine", "name", 4, &err), 1);
    assert_int_equal(flow_groups_captures(f->parser, f->c, "mine", "names", 3, &err), 0);
    assert_ok(flow_groups_find(&groups, f->parser, f->c, "mine", source, strlen(source), &err), &err);
    assert_int_equal(groups.count, 2);
    // The outer node begins first. Its match runs over both captures.
    assert_int_equal(groups.items[0].pattern, 1);
    assert_int_equal(groups.items[0].span.start, 14);
    assert_int_equal(groups.items[0].span.end, 34);
    assert_int_equal(groups.items[1].pattern, 0);
    assert_int_equal(groups.items[1].span.start, 25);
    assert_int_equal(groups.items[1].count, 1);
    flow_groups_release(&groups);
}

static void a_text_that_is_no_query_is_refused_with_its_line(void **state)
{
    const struct fixture *f = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    const char bad[] = "(return_statement)\n(nothing_like_it)";
    size_t patterns;
    assert_err(flow_groups_define(f->parser, f->c, "bad", bad, strlen(bad), &err), &err, FLOW_E_INVALID);
    assert_non_null(strstr(err.message, "line 2"));
    assert_err(flow_groups_patterns(f->parser, f->c, "bad", &patterns, &err), &err, FLOW_E_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_query_from_a_text_is_one_of_the_language, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_that_is_no_query_is_refused_with_its_line, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
