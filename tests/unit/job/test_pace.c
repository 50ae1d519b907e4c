// SPDX-License-Identifier: MIT
#include "pace.h"
#include "unit.h"

static void test_nothing_is_told_before_a_unit_has_ended(void **state)
{
    (void)state;
    struct pace pace = {.begun = 5};
    assert_true(pace_left(&pace, 100, 3) < 0);
}

static void test_the_first_units_count_from_the_begin(void **state)
{
    (void)state;
    struct pace pace = {.begun = 100};
    pace_add(&pace, 110);
    pace_add(&pace, 120);
    assert_true(pace_left(&pace, 120, 7) == 70);
    // It gets longer while none ends.
    assert_true(pace_left(&pace, 140, 7) == 140);
    assert_true(pace_left(&pace, 140, 0) == 0);
}

static void test_only_the_last_units_count(void **state)
{
    (void)state;
    struct pace pace = {.begun = 0};
    double now = 0;
    for (size_t i = 0; i < 1000; i++)
        pace_add(&pace, now += 1);
    for (size_t i = 0; i < PACE_UNITS; i++)
        pace_add(&pace, now += 60);
    assert_true(pace_left(&pace, now, 10) == 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_told_before_a_unit_has_ended),
        cmocka_unit_test(test_the_first_units_count_from_the_begin),
        cmocka_unit_test(test_only_the_last_units_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
