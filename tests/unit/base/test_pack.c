// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <string.h>

#include "flow/base/pack.h"
#include "unit.h"

static void test_numbers(void **state)
{
    static const uint64_t numbers[] = {
        0, 1, 127, 128, 300, 16383, 16384, UINT32_MAX, (uint64_t)1 << 63, UINT64_MAX};
    struct flow_buf bytes;
    (void)state;
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        flow_pack_uint(&bytes, numbers[i]);
    struct flow_unpack in;
    flow_unpack_init(&in, bytes.data, bytes.len);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_true(flow_unpack_uint(&in) == numbers[i]);
    assert_true(flow_unpack_done(&in));
    // There is no more.
    assert_int_equal(flow_unpack_uint(&in), 0);
    assert_true(in.failed);
    assert_false(flow_unpack_done(&in));
    flow_buf_release(&bytes);
}

static void test_strings(void **state)
{
    struct flow_buf bytes;
    size_t len;
    (void)state;
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    flow_pack_str(&bytes, "one", 3);
    flow_pack_str(&bytes, "", 0);
    flow_pack_str(&bytes, "a\0b", 3);
    struct flow_unpack in;
    flow_unpack_init(&in, bytes.data, bytes.len);
    const char *text = flow_unpack_str(&in, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(text, "one", 3);
    flow_unpack_str(&in, &len);
    assert_int_equal(len, 0);
    text = flow_unpack_str(&in, &len);
    assert_int_equal(len, 3);
    assert_memory_equal(text, "a\0b", 3);
    assert_true(flow_unpack_done(&in));
    flow_buf_release(&bytes);
}

static void test_damage(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {
        {"", 0},                                                  // nothing
        {"\x80", 1},                                              // a number that does not end
        {"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12}, // one that is too long
        {"\x05", 1},                                              // a string or count beyond the end
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_unpack in;
        size_t len;
        flow_unpack_init(&in, cases[i].bytes, cases[i].size);
        assert_string_equal(flow_unpack_str(&in, &len), "");
        assert_int_equal(len, 0);
        assert_true(in.failed);
        flow_unpack_init(&in, cases[i].bytes, cases[i].size);
        assert_int_equal(flow_unpack_count(&in), 0);
        assert_true(in.failed);
    }
}

static void test_limits(void **state)
{
    struct flow_unpack in;
    (void)state;
    flow_unpack_init(&in, "\x05\x05", 2);
    assert_int_equal(flow_unpack_max(&in, 5), 5);
    assert_false(in.failed);
    assert_int_equal(flow_unpack_max(&in, 4), 0);
    assert_true(in.failed);
    // After a failure nothing else is read.
    flow_unpack_init(&in, "\x7f\x01\x01", 3);
    assert_int_equal(flow_unpack_count(&in), 0);
    assert_int_equal(flow_unpack_uint(&in), 0);
    assert_false(flow_unpack_done(&in));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
