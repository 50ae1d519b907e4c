// SPDX-License-Identifier: MIT
#include "flow/build/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"
#include "tests.h"

void flow_report_init(struct flow_report *report)
{
    *report = (struct flow_report){.count = 0};
    flow_arena_init(&report->arena);
}

void flow_report_release(struct flow_report *report)
{
    flow_arena_release(&report->arena);
    free(report->tests);
    *report = (struct flow_report){.count = 0};
}

const char *flow_outcome_name(enum flow_test_outcome outcome)
{
    static const char *const names[] = {"pass", "fail", "skip", "error"};
    return names[outcome];
}

// What a line of each form begins with that no line of another one does.
static const struct {
    const char *start;
    enum flow_report_form form;
} signs[] = {
    {"<?xml", FLOW_REPORT_JUNIT},
    {"<testsuite", FLOW_REPORT_JUNIT},
    {"TAP version ", FLOW_REPORT_TAP},
    {"1..", FLOW_REPORT_TAP},
    {"ok ", FLOW_REPORT_TAP},
    {"not ok ", FLOW_REPORT_TAP},
    {"{\"Time\":", FLOW_REPORT_GO},
    {"{\"Action\":", FLOW_REPORT_GO},
    {"{ \"type\": \"suite\"", FLOW_REPORT_LIBTEST},
    {"Test project ", FLOW_REPORT_CTEST},
    {"✔ ", FLOW_REPORT_NODE},
    {"✖ ", FLOW_REPORT_NODE},
    {"▶ ", FLOW_REPORT_NODE},
    {"ℹ tests ", FLOW_REPORT_NODE},
};

static bool sign_of(enum flow_report_form *out, struct flow_piece line)
{
    if (flow_piece_starts(line, "running ") && flow_piece_find(line, " test") > 0)
        return *out = FLOW_REPORT_LIBTEST, true;
    if (flow_piece_starts(line, "===") && flow_piece_find(line, " test session starts ") > 0)
        return *out = FLOW_REPORT_PYTEST, true;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (flow_piece_starts(line, signs[i].start))
            return *out = signs[i].form, true;
    }
    return false;
}

int flow_report_form_of(enum flow_report_form *out, const char *text, size_t len)
{
    struct flow_piece rest = {text, len}, line;
    while (flow_piece_line(&rest, &line)) {
        if (sign_of(out, line))
            return 1;
    }
    return 0;
}

int flow_report_read(struct flow_report *report, enum flow_report_form form, const char *root,
                     const char *text, size_t len, struct flow_error *err)
{
    static int (*const readers[])(struct flow_tests *, struct flow_piece, struct flow_error *) = {
        flow_report_libtest, flow_report_tap,    flow_report_junit, flow_report_go,
        flow_report_ctest,   flow_report_pytest, flow_report_node,
    };
    struct flow_tests tests;
    struct flow_buf plain;
    flow_buf_init(&plain, len + 1);
    flow_plain(&plain, text, len);
    int result = flow_tests_init(&tests, report, root, err);
    if (result == 0)
        result = flow_buf_check(&plain, "report", err);
    if (result == 0)
        result = readers[form](&tests, (struct flow_piece){plain.data, plain.len}, err);
    if (result == 0)
        result = flow_tests_done(&tests, err);
    flow_tests_release(&tests);
    flow_buf_release(&plain);
    return result;
}

int flow_report_add_status(struct flow_report *report, const char *name, int status, const char *output,
                           size_t len, struct flow_error *err)
{
    struct flow_tests tests;
    size_t index;
    int result = flow_tests_init(&tests, report, NULL, err);
    if (result == 0)
        result = flow_tests_add(&tests, flow_piece_of(""), flow_piece_of(name),
                                status == 0 ? FLOW_OUTCOME_PASS : FLOW_OUTCOME_FAIL, -1, &index, err);
    if (result == 0) {
        if (output)
            flow_tests_output(&tests, index, (struct flow_piece){output, len});
        result = flow_tests_done(&tests, err);
    }
    flow_tests_release(&tests);
    return result;
}
