// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/report.h"
#include "fuzz.h"

static void check(const struct flow_report *report)
{
    size_t counts[4] = {0};
    for (size_t i = 0; i < report->count; i++) {
        const struct flow_test *test = &report->tests[i];
        FUZZ_CHECK(test->suite && test->name && test->output && strlen(test->output) <= FLOW_TEST_OUTPUT);
        FUZZ_CHECK(test->outcome <= FLOW_OUTCOME_ERROR);
        counts[test->outcome]++;
    }
    FUZZ_CHECK(memcmp(counts, report->counts, sizeof counts) == 0);
}

// The first byte says the form. A report differs from itself in nothing.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_report report;
    struct flow_comparison comparison;
    enum flow_report_form form;
    if (size == 0)
        return 0;
    flow_report_init(&report);
    flow_report_form_of(&form, (const char *)data + 1, size - 1);
    int result = flow_report_read(&report, (enum flow_report_form)(data[0] % 7), "/build",
                                  (const char *)data + 1, size - 1, &err);
    FUZZ_CHECK(result == 0 || err.code == FLOW_E_INVALID || err.code == FLOW_E_TOO_BIG);
    if (result == 0) {
        check(&report);
        FUZZ_CHECK(flow_reports_compare(&comparison, &report, 1, &report, &err) == 0);
        FUZZ_CHECK(comparison.failures == 0 && comparison.counts[FLOW_CHANGE_NEW_TEST] == 0 &&
                   comparison.counts[FLOW_CHANGE_FIXED] == 0);
        flow_comparison_release(&comparison);
    }
    flow_report_release(&report);
    return 0;
}
