// SPDX-License-Identifier: MIT
#include "flow/config/budget.h"

#include <string.h>

#include "unit.h"

static void test_parse_reads_what_people_write(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        struct flow_budget want;
    } cases[] = {
        {"25usd", {25000000000, -1, -1}},
        {"0.5usd", {500000000, -1, -1}},
        {"2Mtok", {-1, 2000000, -1}},
        {"1.5ktok", {-1, 1500, -1}},
        {"300calls", {-1, -1, 300}},
        {"0usd", {0, -1, -1}},
        {"1usd,2calls,3tok", {1000000000, 3, 2}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_budget have;
        assert_ok(flow_budget_parse(cases[i].text, "--budget", &have, &err), &err);
        assert_int_equal(have.nano_usd, cases[i].want.nano_usd);
        assert_int_equal(have.tokens, cases[i].want.tokens);
        assert_int_equal(have.calls, cases[i].want.calls);
    }
}

static void test_parse_refuses_the_rest(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",      "25",    "usd",    "-1usd",  "1.usd", "1eur",           "1usd,",
        ",1usd", "1 usd", "1usd 2", "0x1usd", "1Gtok", "99999999999usd", "9000000000Musd"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_budget have;
        assert_err(flow_budget_parse(cases[i], "--budget", &have, &err), &err, FLOW_E_USAGE);
        assert_non_null(strstr(err.message, "--budget"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_reads_what_people_write),
        cmocka_unit_test(test_parse_refuses_the_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
