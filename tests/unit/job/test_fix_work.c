// SPDX-License-Identifier: MIT
#include <string.h>

#include "fix_private.h"
#include "unit.h"

static void add(struct fix_work *work, struct fix_unit *unit, enum fix_kind kind, uint32_t line,
                const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(fix_work_add(work, unit, kind, line, text, strlen(text), &err), &err);
}

static void work_is_grouped_by_unit(void **state)
{
    struct fix_unit units[3] = {0};
    struct fix_work work;
    (void)state;
    fix_work_init(&work);
    add(&work, &units[1], FIX_TEST, 0, "test");
    // Thirty errors, ten of them in one line.
    for (uint32_t i = 0; i < 30; i++)
        add(&work, &units[0], FIX_BUILD, i < 10 || i >= 20 ? 100 - i : 90, "error");
    add(&work, &units[1], FIX_BUILD, 5, "error");
    add(&work, &units[1], FIX_REQUEST, 0, "request");
    add(&work, &units[1], FIX_TEST, 0, "other test");
    fix_work_sort(&work);
    // Two groups of about equal number, and no line is cut.
    size_t first = fix_work_group(&work, 0);
    assert_int_equal(first, 20);
    assert_int_equal(work.items[0].line, 71);
    assert_int_equal(work.items[19].line, 90);
    assert_int_equal(work.items[20].line, 91);
    size_t second = fix_work_group(&work, first);
    assert_int_equal(second, 30);
    assert_ptr_equal(work.items[29].unit, &units[0]);
    // The other unit's: errors, tests as they came, requests.
    assert_int_equal(fix_work_group(&work, second), 34);
    assert_string_equal(work.items[30].text, "error");
    assert_string_equal(work.items[31].text, "test");
    assert_string_equal(work.items[32].text, "other test");
    assert_string_equal(work.items[33].text, "request");
    fix_work_release(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(work_is_grouped_by_unit)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
