// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/tsv.h"
#include "unit.h"

static void test_escape(void **state)
{
    (void)state;
    static const char text[] = "a\tb\nc\\d\xff\xc3\xa9\xc3\r\x1b";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf cell;
    struct flow_buf back;
    flow_buf_init(&cell, FLOW_BUF_LINE);
    flow_buf_init(&back, FLOW_BUF_LINE);
    flow_tsv_escape(&cell, text, strlen(text));
    assert_string_equal(cell.data, "a\\tb\\nc\\\\d\\xff\xc3\xa9\\xc3\r\x1b");
    assert_ok(flow_tsv_unescape(&back, cell.data, cell.len, &err), &err);
    assert_string_equal(back.data, text);
    flow_buf_clear(&cell);
    flow_tsv_escape(&cell, "\0", 1);
    assert_string_equal(cell.data, "\\x00");
    flow_buf_release(&cell);
    flow_buf_release(&back);
}

static void test_every_byte_comes_back(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf cell;
    struct flow_buf back;
    flow_buf_init(&cell, FLOW_BUF_LINE);
    flow_buf_init(&back, FLOW_BUF_LINE);
    for (int first = 1; first < 256; first++) {
        for (int second = 1; second < 256; second++) {
            const char text[] = {(char)first, (char)second};
            flow_buf_clear(&cell);
            flow_buf_clear(&back);
            flow_tsv_escape(&cell, text, sizeof text);
            assert_null(strpbrk(cell.data, "\t\n"));
            assert_ok(flow_tsv_unescape(&back, cell.data, cell.len, &err), &err);
            assert_int_equal(back.len, sizeof text);
            assert_memory_equal(back.data, text, sizeof text);
        }
    }
    flow_buf_release(&cell);
    flow_buf_release(&back);
}

static void test_unescape_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {"\\",    "a\\",   "\\q",   "\\x", "\\x1",
                                      "\\xg0", "\\x0g", "\\x00", "\\T", "\\ "};
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        assert_err(flow_tsv_unescape(&out, bad[i], strlen(bad[i]), &err), &err, FLOW_E_INVALID);
    }
    struct flow_error err = FLOW_ERROR_INIT;
    assert_err(flow_tsv_unescape(&out, "a\0b", 3, &err), &err, FLOW_E_INVALID);
    // An escape may not borrow from behind the cell.
    assert_err(flow_tsv_unescape(&out, "\\x41", 3, &err), &err, FLOW_E_INVALID);
    flow_buf_release(&out);
}

static void test_split(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t count;
        const char *cells[4];
    } cases[] = {
        {"", 1, {""}},
        {"a", 1, {"a"}},
        {"a\tb\\tc\t", 3, {"a", "b\tc", ""}},
        {"\t\t", 3, {"", "", ""}},
        {"\\xff\t\xff", 2, {"\xff", "\xff"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_strv cells;
        flow_strv_init(&cells);
        assert_ok(flow_tsv_split(&cells, cases[i].line, strlen(cases[i].line), &err), &err);
        assert_int_equal(cells.count, cases[i].count);
        for (size_t n = 0; n < cells.count; n++)
            assert_string_equal(cells.items[n], cases[i].cells[n]);
        flow_strv_release(&cells);
    }
}

static void test_ids(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        const char *ids[4];
    } cases[] = {
        {"", 0, {NULL}},
        {"unit\tlines\na.c\t1\nb.c\t2\n", 2, {"a.c", "b.c"}},
        {"path\na.c", 1, {"a.c"}},
        {"file\na.c\n\n\nb.c\n", 2, {"a.c", "b.c"}},
        {"a.c\nfile\nunit\t1\n", 3, {"a.c", "file", "unit"}},
        {"units\nUnit\n", 2, {"units", "Unit"}},
        {"a\\nb\tx\\q\n", 1, {"a\nb"}}, // only column one is looked at
        {"\tx\na", 1, {"a"}},
        {"{\"unit\":\"a\\\\nb\",\"lines\":1}\n\n{\"unit\":\"\\\"c\"}\n", 2, {"a\nb", "\"c"}},
        {"{\"unit\":\"a\"}\t1\n{b}.c\n", 2, {"{\"unit\":\"a\"}", "{b}.c"}}, // odd names are no JSON
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_strv ids;
        flow_strv_init(&ids);
        assert_ok(flow_tsv_ids(&ids, cases[i].text, strlen(cases[i].text), &err), &err);
        assert_int_equal(ids.count, cases[i].count);
        for (size_t n = 0; n < ids.count; n++)
            assert_string_equal(ids.items[n], cases[i].ids[n]);
        flow_strv_release(&ids);
    }
}

static void test_ids_refuse_a_wrong_escape(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv ids;
    flow_strv_init(&ids);
    assert_err(flow_tsv_ids(&ids, "a\nb\\q\n", 6, &err), &err, FLOW_E_INVALID);
    assert_string_equal(err.message, "record 'b\\q' has a wrong escape at byte 1");
    flow_strv_release(&ids);
}

static void test_ids_refuse_a_wrong_object(void **state)
{
    (void)state;
    static const char *const bad[] = {"{\"unit\":\"a\"}\nb.c\n", "{\"unit\":\"a\"}\n{\"lines\":1}\n",
                                      "{\"unit\":\"a\"}\n{}\n", "{\"unit\":\"a\"}\n{\"unit\":\"b\"\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_strv ids;
        flow_strv_init(&ids);
        assert_err(flow_tsv_ids(&ids, bad[i], strlen(bad[i]), &err), &err, FLOW_E_INVALID);
        flow_strv_release(&ids);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_every_byte_comes_back),
        cmocka_unit_test(test_unescape_refuses),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_ids_refuse_a_wrong_escape),
        cmocka_unit_test(test_ids_refuse_a_wrong_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
