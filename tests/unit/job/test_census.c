// SPDX-License-Identifier: MIT
#include "flow/job/census.h"

#include "unit.h"

static void test_all_that_is_not_committed_is_a_hole(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_job_census census;
    flow_job_census_init(&census);
    assert_ok(flow_job_census_unit(&census, "a", "committed", NULL, &err), &err);
    assert_ok(flow_job_census_unit(&census, "b", "failed", "why", &err), &err);
    assert_ok(flow_job_census_unit(&census, "c", "held", NULL, &err), &err);
    assert_ok(flow_job_census_unit(&census, "d", "unreviewed", NULL, &err), &err);
    assert_ok(flow_job_census_unit(&census, "e", "accepted", NULL, &err), &err);
    assert_ok(flow_job_census_unit(&census, "f", "", NULL, &err), &err);
    assert_ok(flow_job_census_skip(&census, "g", "binary", false, &err), &err);
    assert_ok(flow_job_census_skip(&census, "h", "generated", true, &err), &err);
    assert_int_equal(census.units, 6);
    assert_int_equal(census.accepted, 1);
    assert_int_equal(census.failed, 1);
    assert_int_equal(census.held, 1);
    assert_int_equal(census.unreviewed, 1);
    assert_int_equal(census.pending, 2);
    assert_int_equal(census.skipped, 2);
    assert_int_equal(census.holes, 6);
    // Every hole is named, with a reason where the state alone says nothing.
    assert_int_equal(census.left_out_count, census.holes);
    assert_string_equal(census.left_out[0].what, "b");
    assert_string_equal(census.left_out[0].why, "why");
    assert_string_equal(census.left_out[4].why, "not finished");
    assert_string_equal(census.left_out[5].what, "h");
    flow_job_census_release(&census);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_that_is_not_committed_is_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
