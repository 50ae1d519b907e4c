// SPDX-License-Identifier: MIT
#include "flow/job/census.h"

#include "folder.h"
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

static void make_call(struct flow_ledger *ledger, int64_t run, const char *role, const char *lens,
                      int64_t nano, bool priced)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_call call = {.unit = "a", .role = role, .lens = lens, .step = "s", .model = "m"};
    struct flow_outcome outcome = {.status = "done",
                                   .text = "x",
                                   .len = 1,
                                   .input = 100,
                                   .cache_read = 300,
                                   .priced = priced,
                                   .nano_usd = nano};
    int64_t number;
    assert_ok(flow_ledger_call_begin(ledger, run, &call, &number, &err), &err);
    assert_ok(flow_ledger_call_settle(ledger, number, &outcome, &err), &err);
}

static void test_expected_and_taken_by_role_in_any_process(void **state)
{
    static const struct flow_job_role roles[] = {{.name = "translate",
                                                  .calls_low = 2,
                                                  .calls_high = 3,
                                                  .nano_low = 50,
                                                  .nano_high = 90,
                                                  .tokens_high = 900},
                                                 {.name = "fix", .calls_high = 1, .nano_high = 20}};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_ledger *ledger = NULL;
    struct flow_job_census census;
    struct flow_buf path;
    int64_t run;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "ledger.db");
    assert_ok(flow_ledger_open(&ledger, path.data, &err), &err);
    assert_ok(flow_ledger_run(ledger, "port", "main", &run, &err), &err);
    make_call(ledger, run, "translate", "", 30, true);
    // From here on, on top of what was taken before.
    assert_ok(flow_job_expect(ledger, run, roles, 2, &err), &err);
    make_call(ledger, run, "translate", "update", 20, true);
    make_call(ledger, run, "review", "behaviour", 0, false);
    flow_ledger_free(ledger);
    assert_ok(flow_ledger_open(&ledger, path.data, &err), &err);
    flow_job_census_init(&census);
    assert_ok(flow_job_census_costs(&census, ledger, run, &err), &err);
    assert_int_equal(census.role_count, 3);
    assert_string_equal(census.roles[0].name, "translate");
    assert_true(census.roles[0].expected);
    assert_int_equal(census.roles[0].calls_low, 3);
    assert_int_equal(census.roles[0].calls_high, 4);
    assert_int_equal(census.roles[0].nano_low, 80);
    assert_int_equal(census.roles[0].nano_high, 120);
    assert_int_equal(census.roles[0].tokens_high, 1300);
    assert_int_equal(census.roles[0].calls, 2);
    assert_int_equal(census.roles[0].nano_usd, 50);
    assert_int_equal(census.roles[0].cache_read, 600);
    assert_string_equal(census.roles[1].name, "fix");
    assert_int_equal(census.roles[1].calls, 0);
    assert_string_equal(census.roles[2].name, "review behaviour");
    assert_false(census.roles[2].expected);
    assert_int_equal(census.roles[2].unpriced_calls, 1);
    assert_int_equal(census.spending.calls, 3);
    flow_job_census_release(&census);
    flow_ledger_free(ledger);
    flow_buf_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_expected_and_taken_by_role_in_any_process, folder_setup,
                                        folder_teardown),
        cmocka_unit_test(test_all_that_is_not_committed_is_a_hole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
