// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/str.h"
#include "unit.h"

static void test_starts_and_ends(void **state)
{
    (void)state;
    assert_true(flow_str_starts("flow-port", "flow-"));
    assert_true(flow_str_starts("a", ""));
    assert_false(flow_str_starts("fl", "flow"));
    assert_true(flow_str_ends("main.c", ".c"));
    assert_true(flow_str_ends("", ""));
    assert_false(flow_str_ends("c", ".c"));
    assert_false(flow_str_ends("main.cc", ".c"));
}

static void test_utf8_valid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"plain", true},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true},
        {"\xf4\x8f\xbf\xbf", true},  // U+10FFFF
        {"\xed\x9f\xbf", true},      // the last before the surrogates
        {"\xee\x80\x80", true},      // the first behind them
        {"\xed\xa0\x80", false},     // a surrogate
        {"\xf4\x90\x80\x80", false}, // beyond U+10FFFF
        {"\xf5\x80\x80\x80", false},
        {"\xc0\xaf", false}, // overlong
        {"\xc1\xbf", false},
        {"\xe0\x9f\xbf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\x80", false},
        {"\xc3", false}, // cut
        {"\xe2\x82", false},
        {"\xf0\x9f\x98", false},
        {"\xc3(", false},
        {"\xe2\x28\xa1", false},
        {"\xff", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (flow_utf8_valid(cases[i].text, strlen(cases[i].text)) != cases[i].valid)
            fail_msg("case %zu", i);
    }
    assert_false(flow_utf8_valid("a\0b", 3));
    assert_false(flow_utf8_valid("\xe2\x82\xac", 2));
}

static void test_utf8_width(void **state)
{
    (void)state;
    assert_int_equal(flow_utf8_width(""), 0);
    assert_int_equal(flow_utf8_width("abc"), 3);
    assert_int_equal(flow_utf8_width("a\tb\x7f\xc2\x85"), 2);
    assert_int_equal(flow_utf8_width("e\xcc\x81"), 1);                // e and a combining accent
    assert_int_equal(flow_utf8_width("\xe4\xb8\xad\xe6\x96\x87"), 4); // two Chinese characters
    assert_int_equal(flow_utf8_width("\xf0\x9f\x98\x80"), 2);         // an emoji
    assert_int_equal(flow_utf8_width("\xe2\x80\x8b"), 0);             // a space of no width
    assert_int_equal(flow_utf8_width("a\xff\xfe"), 3);
    assert_int_equal(flow_utf8_width("\xe2\x94\x82\xe2\x80\xa6"), 2); // a box drawing line and an ellipsis
}

static void test_parse_long(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long min, max, want;
        bool ok;
    } cases[] = {
        {"0", 0, 10, 0, true},
        {"-5", -5, 10, -5, true},
        {"007", 0, 10, 7, true},
        {"10", 0, 10, 10, true},
        {"9223372036854775807", 0, INT64_MAX, INT64_MAX, true},
        {"11", 0, 10, 0, false},
        {"-1", 0, 10, 0, false},
        {"9223372036854775808", 0, INT64_MAX, 0, false},
        {"", 0, 10, 0, false},
        {"-", -10, 10, 0, false},
        {"+1", 0, 10, 0, false},
        {" 1", 0, 10, 0, false},
        {"1 ", 0, 10, 0, false},
        {"1x", 0, 10, 0, false},
        {"0x1", 0, 10, 0, false},
        {"--1", -10, 10, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        long out = 99;
        int result = flow_parse_long(cases[i].text, "jobs", cases[i].min, cases[i].max, &out, &err);
        if ((result == 0) != cases[i].ok)
            fail_msg("'%s'", cases[i].text);
        assert_int_equal(out, cases[i].ok ? cases[i].want : 99);
        if (result)
            assert_int_equal(err.code, FLOW_E_INVALID);
    }
}

static void test_show(void **state)
{
    (void)state;
    static const char text[] = "a\tb\nc\\d\x1b\x7f \xc3\xa9 \xff \xe2\x80\xae";
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_str_show(&out, text, sizeof text);
    assert_string_equal(out.data, "a\\tb\\nc\\\\d\\x1b\\x7f \xc3\xa9 \\xff \\xe2\\x80\\xae\\x00");
    flow_buf_release(&out);
}

static void test_first_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t max, want;
    } cases[] = {
        {"", 10, 0},
        {"one", 10, 3},
        {"one\ntwo", 10, 3},
        {"one\r\ntwo", 10, 3},
        {"\n", 10, 0},
        {"one", 2, 2},
        {"\xc3\xa9\xc3\xa9", 3, 2},
        {"\xc3\xa9", 1, 0},
        {"\xff\xff", 1, 1},
        {"one\r", 10, 4},
        {"one", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(flow_str_first_line(cases[i].text, strlen(cases[i].text), cases[i].max),
                         cases[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_utf8_valid),
        cmocka_unit_test(test_utf8_width),
        cmocka_unit_test(test_parse_long),
        cmocka_unit_test(test_show),
        cmocka_unit_test(test_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
