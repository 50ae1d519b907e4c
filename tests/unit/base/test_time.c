// SPDX-License-Identifier: MIT
#include <math.h>

#include "flow/base/time.h"
#include "unit.h"

static void test_clocks(void **state)
{
    (void)state;
    double before = flow_time_mono();
    assert_true(flow_time_mono() >= before);
    // Later than the day on which this was written.
    assert_true(flow_time_wall_ms() > INT64_C(1763800000000));
}

static void test_iso(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *want;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {999, "1970-01-01T00:00:00Z"},
        {-1, "1969-12-31T23:59:59Z"},
        {-1000, "1969-12-31T23:59:59Z"},
        {INT64_C(951782400000), "2000-02-29T00:00:00Z"},
        {INT64_C(1763806500123), "2025-11-22T10:15:00Z"},
        {INT64_C(253402300800000), "10000-01-01T00:00:00Z"},
    };
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flow_buf_clear(&out);
        flow_time_iso(&out, cases[i].ms);
        assert_string_equal(out.data, cases[i].want);
    }
    flow_buf_release(&out);
}

static void test_human(void **state)
{
    (void)state;
    static const struct {
        double seconds;
        const char *want;
    } cases[] = {
        {0, "0s"},         {0.4, "0s"},      {8, "8s"},       {59.4, "59s"},    {59.6, "1m00s"},
        {200, "3m20s"},    {3599, "59m59s"}, {3600, "1h00m"}, {7530, "2h06m"},  {7500, "2h05m"},
        {86369, "23h59m"}, {86370, "1d0h"},  {86400, "1d0h"}, {273600, "3d4h"}, {172799, "2d0h"},
        {-5, "0s"},        {NAN, "0s"},      {1e300, "0s"},
    };
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flow_buf_clear(&out);
        flow_time_human(&out, cases[i].seconds);
        assert_string_equal(out.data, cases[i].want);
    }
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_iso),
        cmocka_unit_test(test_human),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
