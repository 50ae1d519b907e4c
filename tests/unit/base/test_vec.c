// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "flow/base/vec.h"
#include "unit.h"

static void test_grow_keeps_what_is_there(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    int *items = NULL;
    size_t cap = 0;
    for (size_t i = 0; i < 1000; i++) {
        assert_ok(flow_grow(&items, &cap, i + 1, sizeof *items, &err), &err);
        assert_true(cap > i);
        items[i] = (int)i;
    }
    for (size_t i = 0; i < 1000; i++)
        assert_int_equal(items[i], i);
    size_t before = cap;
    assert_ok(flow_grow(&items, &cap, 1, sizeof *items, &err), &err);
    assert_int_equal(cap, before);
    free(items);
}

static void test_grow_refuses_what_overflows(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    int *items = NULL;
    size_t cap = 0;
    // The product in bytes wraps round to the size of one item.
    assert_err(flow_grow(&items, &cap, SIZE_MAX / sizeof *items + 2, sizeof *items, &err), &err,
               FLOW_E_NOMEM);
    assert_err(flow_grow(&items, &cap, SIZE_MAX, sizeof *items, &err), &err, FLOW_E_NOMEM);
    assert_null(items);
    assert_int_equal(cap, 0);
}

static void test_strings(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv list;
    flow_strv_init(&list);
    flow_strv_sort(&list);
    assert_ok(flow_strv_add(&list, "b", &err), &err);
    assert_ok(flow_strv_addn(&list, "a-and-more", 1, &err), &err);
    assert_ok(flow_strv_add(&list, "\xff", &err), &err);
    assert_ok(flow_strv_add(&list, "", &err), &err);
    flow_strv_sort(&list);
    assert_string_equal(list.items[0], "");
    assert_string_equal(list.items[1], "a");
    assert_string_equal(list.items[2], "b");
    assert_string_equal(list.items[3], "\xff");
    assert_int_equal(flow_strv_find(&list, "b"), 2);
    assert_int_equal(flow_strv_find(&list, "c"), -1);
    flow_strv_release(&list);
    assert_int_equal(list.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow_keeps_what_is_there),
        cmocka_unit_test(test_grow_refuses_what_overflows),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
