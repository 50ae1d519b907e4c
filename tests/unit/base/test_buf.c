// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "unit.h"

static void test_append(void **state)
{
    (void)state;
    struct flow_buf buf;
    struct flow_error err = FLOW_ERROR_INIT;
    flow_buf_init(&buf, FLOW_BUF_TEXT);
    assert_string_equal(buf.data, "");
    flow_buf_puts(&buf, "one ");
    flow_buf_putc(&buf, '2');
    flow_buf_add(&buf, "\0x", 2);
    flow_buf_printf(&buf, " %s %d", "three", 4);
    assert_int_equal(buf.len, 15);
    assert_memory_equal(buf.data, "one 2\0x three 4", 16);
    assert_ok(flow_buf_check(&buf, "text", &err), &err);
    flow_buf_release(&buf);
    assert_string_equal(buf.data, "");
    assert_int_equal(buf.len, 0);
}

static void test_printf_grows_to_the_byte(void **state)
{
    (void)state;
    // Each length around a power of two, where the first attempt at formatting just fits or just does not.
    for (int len = 60; len < 70; len++) {
        struct flow_buf buf;
        flow_buf_init(&buf, FLOW_BUF_TEXT);
        flow_buf_putc(&buf, '>');
        flow_buf_printf(&buf, "%*d", len, 7);
        assert_int_equal(buf.len, len + 1);
        assert_int_equal(strlen(buf.data), len + 1);
        assert_int_equal(buf.data[len], '7');
        flow_buf_release(&buf);
    }
}

static void test_maximum(void **state)
{
    (void)state;
    struct flow_buf buf;
    struct flow_error err = FLOW_ERROR_INIT;
    flow_buf_init(&buf, 5);
    flow_buf_puts(&buf, "12345");
    assert_ok(flow_buf_check(&buf, "reply", &err), &err);
    flow_buf_putc(&buf, '6');
    assert_true(buf.failed && buf.full);
    assert_err(flow_buf_check(&buf, "reply", &err), &err, FLOW_E_TOO_BIG);
    assert_string_equal(err.message, "'reply' is larger than 5 bytes");
    assert_string_equal(buf.data, "12345");
    flow_buf_release(&buf);
}

static void test_failure_sticks_until_clear(void **state)
{
    (void)state;
    struct flow_buf buf;
    flow_buf_init(&buf, 8);
    flow_buf_puts(&buf, "1234");
    flow_buf_puts(&buf, "too much text");
    flow_buf_putc(&buf, '5');
    flow_buf_printf(&buf, "%d", 5);
    assert_null(flow_buf_reserve(&buf, 1));
    assert_string_equal(buf.data, "1234");
    flow_buf_clear(&buf);
    assert_false(buf.failed || buf.full);
    flow_buf_printf(&buf, "%s", "too much text");
    assert_true(buf.full);
    assert_string_equal(buf.data, "");
    flow_buf_release(&buf);
}

static void test_maximum_of_nothing(void **state)
{
    (void)state;
    struct flow_buf buf;
    flow_buf_init(&buf, 0);
    flow_buf_add(&buf, "", 0);
    flow_buf_puts(&buf, "");
    assert_false(buf.failed);
    flow_buf_putc(&buf, 'x');
    assert_true(buf.full);
    flow_buf_release(&buf);
}

static void test_reserve_and_commit(void **state)
{
    (void)state;
    struct flow_buf buf;
    flow_buf_init(&buf, FLOW_BUF_TEXT);
    flow_buf_puts(&buf, "ab");
    char *at = flow_buf_reserve(&buf, 1000);
    assert_non_null(at);
    memset(at, 'x', 1000);
    flow_buf_commit(&buf, 3);
    assert_string_equal(buf.data, "abxxx");
    assert_null(flow_buf_reserve(&buf, SIZE_MAX));
    assert_true(buf.full);
    flow_buf_release(&buf);
}

static void test_truncate(void **state)
{
    (void)state;
    struct flow_buf buf;
    flow_buf_init(&buf, FLOW_BUF_TEXT);
    flow_buf_truncate(&buf, 0);
    flow_buf_puts(&buf, "abcdef");
    flow_buf_truncate(&buf, 9);
    assert_string_equal(buf.data, "abcdef");
    flow_buf_truncate(&buf, 2);
    assert_string_equal(buf.data, "ab");
    assert_int_equal(buf.len, 2);
    flow_buf_release(&buf);
}

static void test_detach(void **state)
{
    (void)state;
    struct flow_buf buf;
    flow_buf_init(&buf, 3);
    char *text = flow_buf_detach(&buf);
    assert_string_equal(text, "");
    free(text);
    flow_buf_puts(&buf, "abc");
    text = flow_buf_detach(&buf);
    assert_string_equal(text, "abc");
    free(text);
    assert_int_equal(buf.len, 0);
    flow_buf_puts(&buf, "abcd");
    assert_null(flow_buf_detach(&buf));
    assert_false(buf.failed);
    flow_buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_printf_grows_to_the_byte),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_failure_sticks_until_clear),
        cmocka_unit_test(test_maximum_of_nothing),
        cmocka_unit_test(test_reserve_and_commit),
        cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_detach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
