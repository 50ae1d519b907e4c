// SPDX-License-Identifier: MIT
#include "optimize_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "flow/build/report.h"

struct optimize_tests {
    struct flow_report *items;
    size_t count, cap;
};

int optimize_tests_new(struct optimize_tests **out, struct flow_error *err)
{
    *out = calloc(1, sizeof **out);
    return *out ? 0 : flow_error_nomem(err);
}

void optimize_tests_free(struct optimize_tests *tests)
{
    if (!tests)
        return;
    for (size_t i = 0; i < tests->count; i++)
        flow_report_release(&tests->items[i]);
    free(tests->items);
    free(tests);
}

static int read_text(struct flow_report *out, const char *root, const struct flow_buf *text,
                     struct flow_error *err)
{
    enum flow_report_form form;
    if (flow_report_form_of(&form, text->data, text->len) == 0)
        return 0;
    return flow_report_read(out, form, root, text->data, text->len, err);
}

// The last test of a report is how the command itself ended.
static int read_run(struct flow_report *out, const struct optimize_test_run *run, struct flow_error *err)
{
    flow_report_init(out);
    if (read_text(out, run->root, run->out, err) == 0 && read_text(out, run->root, run->talk, err) == 0 &&
        flow_report_add_status(out, "the test command", run->good ? 0 : 1, run->why, strlen(run->why), err) ==
            0)
        return 0;
    flow_report_release(out);
    return -1;
}

int optimize_tests_add(struct optimize_tests *tests, const struct optimize_test_run *run,
                       struct flow_error *err)
{
    struct flow_report report;
    if (flow_grow(&tests->items, &tests->cap, tests->count + 1, sizeof *tests->items, err) ||
        read_run(&report, run, err))
        return -1;
    if (report.count == 1 && !run->good) {
        flow_report_release(&report);
        return flow_error_set(err, FLOW_E_ENV, "they fail and say nothing that could be compared: %s",
                              run->why);
    }
    tests->items[tests->count++] = report;
    return 0;
}

int optimize_tests_count(const struct optimize_tests *tests, size_t *failing, size_t *flaky,
                         struct flow_error *err)
{
    struct flow_comparison comparison;
    const struct flow_report *last = &tests->items[tests->count - 1];
    const struct flow_test *command = &last->tests[last->count - 1];
    *failing = *flaky = 0;
    if (flow_reports_compare(&comparison, tests->items, tests->count - 1, last, err))
        return -1;
    for (size_t i = 0; i < comparison.count; i++) {
        const struct flow_test_change *item = &comparison.items[i];
        if (item->now == command || item->change == FLOW_CHANGE_NONE)
            continue;
        *failing += item->change == FLOW_CHANGE_KNOWN;
        *flaky += item->change != FLOW_CHANGE_KNOWN;
    }
    flow_comparison_release(&comparison);
    return 0;
}

static bool is_worse(const struct flow_test_change *change)
{
    return change->change == FLOW_CHANGE_NEW_FAILURE || change->change == FLOW_CHANGE_DISAPPEARED ||
           (change->change == FLOW_CHANGE_NEW_TEST && change->now->outcome != FLOW_OUTCOME_PASS &&
            change->now->outcome != FLOW_OUTCOME_SKIP);
}

static void print_test(char *why, size_t size, const struct flow_test_change *change)
{
    const struct flow_test *test = change->now ? change->now : change->before;
    snprintf(why, size, "%s%s%s: %s", test->suite, *test->suite ? " " : "", test->name,
             flow_change_name(change->change));
}

int optimize_tests_compare(const struct optimize_tests *tests, const struct optimize_test_run *run,
                           size_t *worse, char *why, size_t size, struct flow_error *err)
{
    struct flow_report now;
    struct flow_comparison comparison;
    if (read_run(&now, run, err))
        return -1;
    int result = flow_reports_compare(&comparison, tests->items, tests->count, &now, err);
    if (result == 0) {
        *worse = comparison.failures;
        if (now.count > 1)
            snprintf(why, size, "%zu tests as on the base", now.count - 1);
        else
            snprintf(why, size, "the test command succeeds, as on the base");
        for (size_t i = comparison.count; i > 0; i--)
            if (is_worse(&comparison.items[i - 1]))
                print_test(why, size, &comparison.items[i - 1]);
        flow_comparison_release(&comparison);
    }
    flow_report_release(&now);
    return result;
}
