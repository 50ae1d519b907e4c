// SPDX-License-Identifier: MIT
#include <stdio.h>

#include "flow/base/map.h"
#include "unit.h"

static void test_set_and_get(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_map *map = flow_map_new();
    int thing = 0;
    assert_null(flow_map_get(map, "a"));
    assert_ok(flow_map_set_num(map, "a", 1, &err), &err);
    assert_ok(flow_map_set_ptr(map, "", &thing, &err), &err);
    assert_ok(flow_map_set_num(map, "a", -2, &err), &err);
    assert_int_equal(flow_map_count(map), 2);
    assert_int_equal(flow_map_get(map, "a")->num, -2);
    assert_ptr_equal(flow_map_get(map, "")->ptr, &thing);
    assert_null(flow_map_get(map, "A"));
    flow_map_free(map);
    flow_map_free(NULL);
}

static void test_keys_are_bytes_of_their_length(void **state)
{
    (void)state;
    struct flow_map *map = flow_map_new();
    bool added;
    flow_map_ensure(map, "a\0b", 3, &added)->num = 1;
    assert_true(added);
    flow_map_ensure(map, "a\0c", 3, &added)->num = 2;
    assert_true(added);
    flow_map_ensure(map, "a", 1, &added)->num = 3;
    assert_true(added);
    assert_int_equal(flow_map_ensure(map, "a\0b", 3, &added)->num, 1);
    assert_false(added);
    assert_int_equal(flow_map_getn(map, "a\0c", 3)->num, 2);
    assert_int_equal(flow_map_get(map, "a")->num, 3);
    assert_null(flow_map_getn(map, "a\0b", 2));
    flow_map_free(map);
}

static void test_keys_are_copied(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_map *map = flow_map_new();
    char key[] = "first";
    assert_ok(flow_map_set_num(map, key, 1, &err), &err);
    key[0] = 'F';
    assert_non_null(flow_map_get(map, "first"));
    flow_map_free(map);
}

static int expect_order(const char *key, union flow_map_value *value, void *payload)
{
    intptr_t *next = payload;
    char want[16];
    while (*next % 3 == 0)
        ++*next;
    snprintf(want, sizeof want, "%ld", (long)*next);
    assert_string_equal(key, want);
    assert_int_equal(value->num, *next);
    return ++*next > 900 ? 42 : 0;
}

static void test_each_in_order_of_insertion(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_map *map = flow_map_new();
    char key[16];
    for (int i = 0; i < 1000; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_ok(flow_map_set_num(map, key, i, &err), &err);
    }
    for (int i = 0; i < 1000; i += 3) {
        snprintf(key, sizeof key, "%d", i);
        flow_map_remove(map, key);
    }
    flow_map_remove(map, "no such key");
    assert_int_equal(flow_map_count(map), 666);
    intptr_t next = 0;
    assert_int_equal(flow_map_each(map, expect_order, &next), 42);
    assert_int_equal(next, 902);
    flow_map_free(map);
}

static void test_emptied_map_can_be_used_again(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_map *map = flow_map_new();
    assert_ok(flow_map_set_num(map, "a", 1, &err), &err);
    flow_map_remove(map, "a");
    assert_int_equal(flow_map_count(map), 0);
    assert_int_equal(flow_map_each(map, expect_order, NULL), 0);
    assert_ok(flow_map_set_num(map, "a", 2, &err), &err);
    assert_int_equal(flow_map_get(map, "a")->num, 2);
    flow_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_get),
        cmocka_unit_test(test_keys_are_bytes_of_their_length),
        cmocka_unit_test(test_keys_are_copied),
        cmocka_unit_test(test_each_in_order_of_insertion),
        cmocka_unit_test(test_emptied_map_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
