// SPDX-License-Identifier: MIT
/*
 * One run of the tests, and what became of each since the old program.
 */
#include <stdio.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/str.h"

#define LEFT_MAX    50 /* tests that are listed one by one */
// What a program that tells nothing but its exit status is called, with either program.
#define STATUS_TEST "exit status"

size_t fix_failed(const struct flow_report *report)
{
    return report->counts[FLOW_OUTCOME_FAIL] + report->counts[FLOW_OUTCOME_ERROR];
}

const char *fix_tail(const char *text, size_t len, size_t most)
{
    size_t from = len > most ? len - most : 0;
    const char *newline = from > 0 ? memchr(text + from, '\n', len - from) : NULL;
    return newline ? newline + 1 : text + from;
}

int fix_report_read(struct flow_report *out, const char *root, int status, const struct flow_buf *text,
                    struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    enum flow_report_form form;
    flow_report_init(out);
    bool told = flow_report_form_of(&form, text->data, text->len) == 1;
    int result = told ? flow_report_read(out, form, root, text->data, text->len, &own) : 0;
    // What only looked like a report is none.
    if (result && own.code == FLOW_E_INVALID) {
        flow_report_release(out);
        flow_report_init(out);
        told = false;
        result = 0;
    }
    // A command can fail though no test that it tells of did: it could not build one, or died.
    if (result == 0 && (!told || (status != 0 && fix_failed(out) == 0))) {
        const char *tail = fix_tail(text->data, text->len, FLOW_TEST_OUTPUT / 2);
        size_t len = text->len - (size_t)(tail - text->data);
        result = flow_report_add_status(out, STATUS_TEST, status, tail, len, &own);
    }
    if (result == 0)
        return 0;
    flow_report_release(out);
    return flow_error_set(err, own.code, "%s", own.message);
}

bool fix_is_status(const struct flow_test *test)
{
    return !*test->suite && strcmp(test->name, STATUS_TEST) == 0;
}

// Against the old program there is nothing to compare with.
static int count(struct fix *fix, struct fix_tests *out, struct flow_error *err)
{
    const struct flow_comparison *c = &out->comparison;
    if (flow_reports_compare(&out->comparison, fix->baselines, fix->proving ? 0 : fix->baseline_count,
                             &out->report, err))
        return -1;
    if (fix_proof_known(fix, &out->comparison, &out->report, err)) {
        flow_comparison_release(&out->comparison);
        return -1;
    }
    out->ran = true;
    out->counts = (struct flow_fix_tests){
        .passed = out->report.counts[FLOW_OUTCOME_PASS],
        .failed = fix_failed(&out->report),
        .fresh = c->failures,
        .known = c->counts[FLOW_CHANGE_KNOWN],
        .flaky = c->counts[FLOW_CHANGE_FLAKY],
        .fixed = c->counts[FLOW_CHANGE_FIXED],
    };
    fix_figure(fix, &fix->progress.failures, c->failures);
    return 0;
}

int fix_tests_read(struct fix *fix, struct fix_tests *out, int status, struct flow_buf *text,
                   const char *limit, struct flow_error *err)
{
    if (limit) {
        fix_note(fix, "the tests were ended for what they took: they passed the limit on %s", limit);
        flow_buf_printf(text, "\nthe tests were ended here: they passed the limit on %s\n", limit);
    }
    const char *tail = fix_tail(text->data, text->len, sizeof out->last - 1);
    snprintf(out->last, sizeof out->last, "%s", tail);
    if (fix_report_read(&out->report, fix->place.dir.data, status, text, err))
        return -1;
    if (count(fix, out, err) == 0)
        return 0;
    flow_report_release(&out->report);
    return -1;
}

int fix_test(struct fix *fix, struct fix_tests *out, struct flow_error *err)
{
    struct flow_buf text;
    int status;
    *out = (struct fix_tests){0};
    if (!fix->test)
        return 0;
    fix_doing(fix, "testing");
    flow_buf_init(&text, FLOW_BUF_FILE);
    struct fix_command command = {.what = "tests",
                                  .text = fix->test,
                                  .tree = fix->place.tree.data,
                                  .dir = fix->place.dir.data,
                                  .may_end = true,
                                  .out = &text,
                                  .err = &text};
    int result = fix_run(fix, &command, &status, err);
    if (result == 0)
        result = fix_tree_undo(fix, err);
    if (result == 0)
        result = fix_tests_read(fix, out, status, &text, command.limit, err);
    flow_buf_release(&text);
    return result;
}

void fix_tests_release(struct fix_tests *tests)
{
    if (tests->ran) {
        flow_comparison_release(&tests->comparison);
        flow_report_release(&tests->report);
    }
    tests->ran = false;
}

bool fix_is_failure(const struct flow_test_change *change)
{
    return change->change == FLOW_CHANGE_NEW_FAILURE || change->change == FLOW_CHANGE_DISAPPEARED ||
           (change->change == FLOW_CHANGE_NEW_TEST &&
            (change->now->outcome == FLOW_OUTCOME_FAIL || change->now->outcome == FLOW_OUTCOME_ERROR));
}

void fix_test_name(const struct flow_test_change *change, struct flow_buf *out)
{
    const struct flow_test *test = change->now ? change->now : change->before;
    if (*test->suite) {
        flow_str_show(out, test->suite, strlen(test->suite));
        flow_buf_puts(out, ": ");
    }
    flow_str_show(out, test->name, strlen(test->name));
}

static int add_left(struct fix *fix, const struct flow_test_change *change, struct flow_error *err)
{
    struct flow_strv *left = &fix->outcome->left;
    struct flow_buf name, why;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    fix_test_name(change, &name);
    flow_buf_puts(&why, flow_change_name(change->change));
    const char *output = change->now ? change->now->output : "";
    size_t len = flow_str_first_line(output, strlen(output), 300);
    if (len > 0) {
        flow_buf_puts(&why, ": ");
        flow_str_show(&why, output, len);
    }
    int result = flow_buf_check(&name, "name of a test", err) || flow_buf_check(&why, "output", err) ||
                         flow_strv_add(left, name.data, err) || flow_strv_add(left, why.data, err)
                     ? -1
                     : 0;
    flow_buf_release(&why);
    flow_buf_release(&name);
    return result;
}

int fix_tests_left(struct fix *fix, const struct fix_tests *tests, struct flow_error *err)
{
    size_t listed = 0;
    char more[80];
    for (size_t i = 0; tests->ran && i < tests->comparison.count && listed < LEFT_MAX; i++) {
        if (!fix_is_failure(&tests->comparison.items[i]))
            continue;
        if (add_left(fix, &tests->comparison.items[i], err))
            return -1;
        listed++;
    }
    if (tests->counts.fresh <= listed)
        return 0;
    snprintf(more, sizeof more, "%zu more tests", tests->counts.fresh - listed);
    return flow_strv_add(&fix->outcome->left, "…", err) || flow_strv_add(&fix->outcome->left, more, err) ? -1
                                                                                                         : 0;
}
