// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "flow/base/buf.h"
#include "sse.h"
#include "unit.h"

static int write_event(const char *name, const char *data, size_t len, void *payload)
{
    struct flow_buf *out = payload;

    assert_int_equal(data[len], '\0');
    flow_buf_printf(out, "[%s|", name);
    flow_buf_add(out, data, len);
    flow_buf_puts(out, "]");
    return strcmp(data, "stop") == 0 ? 7 : 0;
}

static const struct {
    const char *input, *events;
} cases[] = {
    {"data: a\n\n", "[|a]"},
    {"data: a\r\n\r\n", "[|a]"},
    {"data: a\r\r", "[|a]"},
    {"data:a\n\n", "[|a]"},
    {"data:  a\n\n", "[| a]"},
    {"data: a\ndata: b\n\n", "[|a\nb]"},
    {"data\n\n", "[|]"},
    {"data: a\ndata\n\n", "[|a\n]"},
    {"event: x\ndata: a\n\n", "[x|a]"},
    {"event: x\nevent: y\ndata: a\n\n", "[y|a]"},
    {"event: x\n\ndata: a\n\n", "[|a]"},
    {": comment\n: more\n\ndata: a\n\n", "[|a]"},
    {"id: 1\nretry: 10\nother\ndata: a\n\n", "[|a]"},
    {"dat: a\ndatax: b\nData: c\n\n", ""},
    {"\xef\xbb\xbf"
     "data: a\n\n",
     "[|a]"},
    {"\xef\xbb"
     "data: a\n\ndata: b\n\n",
     "[|b]"},
    {"data: a\n\n\n\ndata: b\n\n", "[|a][|b]"},
    {"data: a\r\ndata: b\n\r\n", "[|a\nb]"},
    {"data: gr\xc3\xbc\xc3\x9f"
     "e\n\n",
     "[|gr\xc3\xbc\xc3\x9f"
     "e]"},
    {"data: cut", ""},
    {"data: cut\n", ""},
    {"", ""},
};

static void feed_in_pieces(const char *input, size_t piece, struct flow_buf *out)
{
    struct flow_sse sse;
    size_t len = strlen(input);

    flow_sse_init(&sse, 1000, write_event, out);
    for (size_t at = 0; at < len; at += piece)
        assert_int_equal(flow_sse_feed(&sse, input + at, at + piece < len ? piece : len - at), 0);
    flow_sse_release(&sse);
}

static void test_cases_in_pieces_of_every_size(void **state)
{
    struct flow_buf out;

    (void)state;
    flow_buf_init(&out, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 1; piece <= strlen(cases[i].input) + 1; piece++) {
            flow_buf_clear(&out);
            feed_in_pieces(cases[i].input, piece, &out);
            if (strcmp(out.data, cases[i].events) != 0)
                fail_msg("case %zu in pieces of %zu: '%s'", i, piece, out.data);
        }
    }
    flow_buf_release(&out);
}

static void test_a_line_may_not_grow_for_ever(void **state)
{
    char line[300];
    struct flow_sse sse;
    struct flow_buf out;

    (void)state;
    memset(line, 'x', sizeof line);
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_sse_init(&sse, 1000, write_event, &out);
    assert_int_equal(flow_sse_feed(&sse, line, sizeof line), 0);
    assert_int_equal(flow_sse_feed(&sse, line, sizeof line), 0);
    assert_int_equal(flow_sse_feed(&sse, line, sizeof line), 0);
    assert_int_equal(flow_sse_feed(&sse, line, sizeof line), -1);
    flow_sse_release(&sse);
    flow_buf_release(&out);
}

static void test_an_event_may_not_grow_for_ever(void **state)
{
    static const char line[] = "data: 0123456789\n";
    struct flow_sse sse;
    struct flow_buf out;

    (void)state;
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_sse_init(&sse, 100, write_event, &out);
    for (int i = 0; i < 20; i++)
        assert_int_equal(flow_sse_feed(&sse, line, strlen(line)), 0);
    assert_int_equal(flow_sse_feed(&sse, "\n", 1), -1);
    assert_int_equal(out.len, 0);
    flow_sse_release(&sse);
    flow_buf_release(&out);
}

static void test_what_the_function_says_stops_the_feed(void **state)
{
    static const char input[] = "data: stop\n\ndata: more\n\n";
    struct flow_sse sse;
    struct flow_buf out;

    (void)state;
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_sse_init(&sse, 100, write_event, &out);
    assert_int_equal(flow_sse_feed(&sse, input, strlen(input)), 7);
    assert_string_equal(out.data, "[|stop]");
    flow_sse_release(&sse);
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_in_pieces_of_every_size),
        cmocka_unit_test(test_a_line_may_not_grow_for_ever),
        cmocka_unit_test(test_an_event_may_not_grow_for_ever),
        cmocka_unit_test(test_what_the_function_says_stops_the_feed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
