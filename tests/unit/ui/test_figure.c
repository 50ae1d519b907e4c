// SPDX-License-Identifier: MIT
// Figures as people read them.
#include "flow/ui/figure.h"
#include "unit.h"

static void test_counts(void **state)
{
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {{0, "0"},         {999, "999"},      {1000, "1k"},        {12345, "12k"},
                 {999499, "999k"}, {1000000, "1.0M"}, {72000000, "72.0M"}, {5900000000, "5900.0M"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_buf out;
        flow_buf_init(&out, FLOW_BUF_LINE);
        flow_figure_count(&out, cases[i].count);
        assert_string_equal(out.data, cases[i].text);
        flow_buf_release(&out);
    }
}

static void test_dollars(void **state)
{
    struct flow_buf out;
    (void)state;
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_figure_usd(&out, 0);
    flow_figure_usd(&out, 785000000);
    flow_figure_usd(&out, 165000000000000);
    assert_string_equal(out.data, "$0.00$0.79$165000.00");
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_dollars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
