// SPDX-License-Identifier: MIT
// Pieces, volume, syntax errors.
#include <string.h>

#include "flow/base/buf.h"
#include "flow/syntax/facts.h"
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

// Cuts, and checks what holds for any result: the pieces cover the text without a gap, and lines follow.
static struct flow_pieces cut(struct fixture *fixture, const char *source, size_t max)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_pieces pieces;
    size_t len = strlen(source);
    assert_ok(flow_pieces_cut(&pieces, fixture->parser, fixture->c, source, len, max, &err), &err);
    size_t at = 0;
    uint32_t line = 1;
    for (size_t i = 0; i < pieces.count; i++) {
        assert_int_equal(pieces.items[i].start, at);
        assert_true(pieces.items[i].end > at);
        assert_int_equal(pieces.items[i].start_line, line);
        at = pieces.items[i].end;
        for (size_t k = pieces.items[i].start; k < at; k++)
            line += source[k] == '\n';
    }
    assert_int_equal(at, len);
    return pieces;
}

static void test_one_piece(void **state)
{
    struct flow_pieces pieces = cut(*state, "int a;\nint b;\n", 100);
    assert_int_equal(pieces.count, 1);
    assert_int_equal(pieces.items[0].end_line, 2);
    flow_pieces_release(&pieces);
    pieces = cut(*state, "", 100);
    assert_int_equal(pieces.count, 0);
    flow_pieces_release(&pieces);
}

// Cuts fall between declarations, in front of the comments of the one that follows.
static void test_between_declarations(void **state)
{
    static const char source[] =
        "int first(void)\n{\n    return 1;\n}\n\n"
        "// About the second.\n/* More. */\nint second(void)\n{\n    return 2;\n}\n\n"
        "int third(void)\n{\n    return 3;\n}\n";
    struct flow_pieces pieces = cut(*state, source, 90);
    assert_int_equal(pieces.count, 3);
    assert_memory_equal(source + pieces.items[1].start, "// About the second", 19);
    assert_memory_equal(source + pieces.items[2].start, "int third", 9);
    flow_pieces_release(&pieces);
}

static void add_lines(struct flow_buf *out, const char *format, int count)
{
    for (int i = 0; i < count; i++)
        flow_buf_printf(out, "%s%d;\n", format, i);
}

static void expect_cut_inside(void **state, const struct flow_buf *source, size_t max, const char *line)
{
    struct flow_pieces pieces = cut(*state, source->data, max);
    assert_true(pieces.count >= source->len / max);
    assert_true(pieces.count <= 2 * source->len / max + 2);
    for (size_t i = 0; i < pieces.count; i++) {
        assert_true(pieces.items[i].end - pieces.items[i].start <= max);
        // Inside, a piece begins with a member or statement.
        if (i > 0 && i + 1 < pieces.count)
            assert_memory_equal(source->data + pieces.items[i].start, line, strlen(line));
    }
    flow_pieces_release(&pieces);
}

static void test_inside_a_struct(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    flow_buf_puts(&source, "struct huge {\n");
    add_lines(&source, "    int member_", 2000);
    flow_buf_puts(&source, "};\n");
    expect_cut_inside(state, &source, 2000, "    int member_");
    flow_buf_release(&source);
}

static void test_inside_a_function(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    flow_buf_puts(&source, "int huge(void)\n{\n");
    add_lines(&source, "    step = ", 2000);
    flow_buf_puts(&source, "    return 0;\n}\n");
    expect_cut_inside(state, &source, 2000, "    step = ");
    flow_buf_release(&source);
}

static void test_many_declarations(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    add_lines(&source, "extern int variable_", 5000);
    struct flow_pieces pieces = cut(*state, source.data, 10000);
    assert_true(pieces.count >= source.len / 10000);
    // Pieces are filled: no more of them than needed, but for one.
    assert_true(pieces.count <= source.len / 10000 + 2);
    flow_pieces_release(&pieces);
    flow_buf_release(&source);
}

// What has no place to be cut stays whole.
static void test_one_huge_token(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    flow_buf_puts(&source, "int before;\nconst char *text = \"");
    for (int i = 0; i < 500; i++)
        flow_buf_puts(&source, "0123456789");
    flow_buf_puts(&source, "\";\nint after;\n");
    struct flow_pieces pieces = cut(*state, source.data, 1000);
    assert_true(pieces.count <= 3);
    flow_pieces_release(&pieces);
    flow_buf_release(&source);
}

static void test_deep_nesting(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    flow_buf_puts(&source, "int f(void)\n{\n");
    for (int i = 0; i < 2000; i++)
        flow_buf_puts(&source, "{\n");
    flow_buf_puts(&source, "a = 1;\n");
    for (int i = 0; i < 2000; i++)
        flow_buf_puts(&source, "}\n");
    flow_buf_puts(&source, "}\n");
    struct flow_pieces pieces = cut(*state, source.data, 500);
    assert_true(pieces.count >= 1);
    flow_pieces_release(&pieces);
    flow_buf_release(&source);
}

static void test_volume(void **state)
{
    struct fixture *fixture = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_volume volume;
    static const char source[] =
        "/* one\n   two */\nint a; // three\n\n// four\nint b;\n\"// no comment\";\n";
    assert_ok(flow_volume_measure(&volume, fixture->parser, fixture->c, source, strlen(source), &err), &err);
    assert_int_equal(volume.comment_lines, 3);
    assert_int_equal(volume.code_lines, 3);
    assert_int_equal(volume.comment_bytes,
                     strlen("/* one\n   two */") + strlen("// three") + strlen("// four"));
    assert_ok(flow_volume_measure(&volume, fixture->parser, fixture->c, "", 0, &err), &err);
    assert_int_equal(volume.comment_lines + volume.code_lines + volume.comment_bytes, 0);
}

static void test_syntax_errors(void **state)
{
    struct fixture *fixture = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    static const struct {
        const char *source;
        bool wrong;
        uint32_t first_line;
    } cases[] = {
        {"int a;\n", false, 0},
        {"", false, 0},
        {"int a;\n\nint b = ;\n", true, 3},
        {"int f(void)\n{\n    return 1\n}\n", true, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t count;
        uint32_t line;
        assert_ok(flow_syntax_errors(fixture->parser, fixture->c, cases[i].source, strlen(cases[i].source),
                                     &count, &line, &err),
                  &err);
        assert_int_equal(count > 0, cases[i].wrong);
        assert_int_equal(line, cases[i].first_line);
    }
}

static void test_no_such_query(void **state)
{
    struct fixture *fixture = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_matches matches;
    assert_err(flow_matches_find(&matches, fixture->parser, fixture->c, "nosuch.scm", "int a;", 6, &err),
               &err, FLOW_E_NOT_FOUND);
    assert_int_equal(matches.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_piece),         cmocka_unit_test(test_between_declarations),
        cmocka_unit_test(test_inside_a_struct),   cmocka_unit_test(test_inside_a_function),
        cmocka_unit_test(test_many_declarations), cmocka_unit_test(test_one_huge_token),
        cmocka_unit_test(test_deep_nesting),      cmocka_unit_test(test_volume),
        cmocka_unit_test(test_syntax_errors),     cmocka_unit_test(test_no_such_query),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
