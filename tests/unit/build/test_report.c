// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/build/report.h"
#include "golden.h"

static void put_all(struct flow_buf *out, const struct flow_report *report)
{
    flow_buf_printf(out, "%zu pass, %zu fail, %zu skip, %zu error%s\n", report->counts[0], report->counts[1],
                    report->counts[2], report->counts[3], report->cut ? ", cut" : "");
    for (size_t i = 0; i < report->count; i++) {
        const struct flow_test *test = &report->tests[i];
        flow_buf_printf(out, "%s %s | %s %s", flow_outcome_name(test->outcome), test->suite, test->name,
                        test->seconds >= 0 ? "timed" : "");
        if (test->file)
            flow_buf_printf(out, " %s:%u", test->file, test->line);
        flow_buf_puts(out, "\n  ");
        golden_put(out, test->output);
        flow_buf_putc(out, '\n');
    }
}

static void test_fixtures(void **state)
{
    static const struct {
        const char *name;
        enum flow_report_form form;
    } fixtures[] = {
        {"cargo/test.txt", FLOW_REPORT_LIBTEST},
        {"cargo/test.json", FLOW_REPORT_LIBTEST},
        {"bats/sample.tap", FLOW_REPORT_TAP},
        {"node/sample.tap", FLOW_REPORT_TAP},
        {"python/pytest.xml", FLOW_REPORT_JUNIT},
        {"ctest/output.xml", FLOW_REPORT_JUNIT},
        {"node/sample.xml", FLOW_REPORT_JUNIT},
        {"go/test.json", FLOW_REPORT_GO},
        {"ctest/output.txt", FLOW_REPORT_CTEST},
        {"python/pytest.txt", FLOW_REPORT_PYTEST},
        {"python/pytest-verbose.txt", FLOW_REPORT_PYTEST},
        {"node/sample.txt", FLOW_REPORT_NODE},
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text, got;
    (void)state;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&got, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        struct flow_report report;
        enum flow_report_form form;
        golden_read(&text, fixtures[i].name);
        assert_int_equal(flow_report_form_of(&form, text.data, text.len), 1);
        assert_int_equal(form, fixtures[i].form);
        flow_report_init(&report);
        flow_buf_clear(&got);
        assert_ok(flow_report_read(&report, form, "/build", text.data, text.len, &err), &err);
        put_all(&got, &report);
        golden_check(&got, fixtures[i].name);
        flow_report_release(&report);
    }
    flow_buf_release(&got);
    flow_buf_release(&text);
}

static void read_text(struct flow_report *report, enum flow_report_form form, const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    flow_report_init(report);
    assert_ok(flow_report_read(report, form, "/build", text, strlen(text), &err), &err);
}

static void expect_test(const struct flow_report *report, size_t index, const char *suite, const char *name,
                        enum flow_test_outcome outcome)
{
    assert_true(index < report->count);
    assert_string_equal(report->tests[index].suite, suite);
    assert_string_equal(report->tests[index].name, name);
    assert_int_equal(report->tests[index].outcome, outcome);
}

// The program dies in the middle of a test.
static void test_what_dies_is_cut(void **state)
{
    static const struct {
        enum flow_report_form form;
        const char *text;
    } dead[] = {
        {FLOW_REPORT_LIBTEST, "running 3 tests\ntest a ... ok\ntest b ... "},
        {FLOW_REPORT_LIBTEST, "{ \"type\": \"suite\", \"event\": \"started\", \"test_count\": 3 }\n"
                              "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"a\" }\n"
                              "{ \"type\": \"test\", \"name\": \"a\", \"event\": \"ok\" }\n"
                              "{ \"type\": \"test\", \"event\": \"started\", \"name\": \"b\" }\n"},
        {FLOW_REPORT_GO, "{\"Action\":\"run\",\"Package\":\"\",\"Test\":\"a\"}\n"
                         "{\"Action\":\"pass\",\"Package\":\"\",\"Test\":\"a\"}\n"
                         "{\"Action\":\"run\",\"Package\":\"\",\"Test\":\"b\"}\n"},
        {FLOW_REPORT_TAP, "1..3\nok 1 a\n"},
        {FLOW_REPORT_TAP, "ok 1 a\n"},
        {FLOW_REPORT_TAP, "1..1\nok 1 a\nBail out! no more\n"},
        {FLOW_REPORT_JUNIT, "<testsuite><testcase name=\"a\"/><testcase"},
        {FLOW_REPORT_CTEST, "1/3 Test #1: a ....   Passed    0.02 sec\n"},
        {FLOW_REPORT_PYTEST, "PASSED a\n"},
        {FLOW_REPORT_NODE, "✔ a (1.5ms)\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) {
        struct flow_report report;
        read_text(&report, dead[i].form, dead[i].text);
        assert_true(report.cut);
        assert_int_equal(report.tests[0].outcome, FLOW_OUTCOME_PASS);
        if (i < 3)
            expect_test(&report, 1, "", "b", FLOW_OUTCOME_ERROR);
        flow_report_release(&report);
    }
}

static void test_libtest_whose_tests_print(void **state)
{
    struct flow_report report;
    (void)state;
    read_text(&report, FLOW_REPORT_LIBTEST,
              "running 2 tests\ntest a ... printed\nmore\nok\ntest b ... FAILED <0.250s>\n\n"
              "test result: FAILED. 1 passed; 1 failed\n");
    expect_test(&report, 0, "", "a", FLOW_OUTCOME_PASS);
    expect_test(&report, 1, "", "b", FLOW_OUTCOME_FAIL);
    assert_true(report.tests[1].seconds > 0.2);
    assert_false(report.cut);
    flow_report_release(&report);
}

// Their lines move with any change above them: they are places, and no part of a name.
static void test_libtest_examples_have_no_lines_in_their_names(void **state)
{
    struct flow_report report;
    (void)state;
    read_text(
        &report, FLOW_REPORT_LIBTEST,
        "running 4 tests\ntest src/lib.rs - next (line 6) ... ok\ntest src/lib.rs - next (line 12) ... "
        "FAILED\n"
        "test src/a.rs - (line 1) - compile fail ... ok\ntest odd (line x) ... ok\n\nfailures:\n\n"
        "---- src/lib.rs - next (line 12) stdout ----\nsaid\n\ntest result: FAILED. 3 passed; 1 failed\n");
    expect_test(&report, 0, "", "src/lib.rs - next", FLOW_OUTCOME_PASS);
    expect_test(&report, 1, "", "src/lib.rs - next (2)", FLOW_OUTCOME_FAIL);
    assert_string_equal(report.tests[1].file, "src/lib.rs");
    assert_int_equal(report.tests[1].line, 12);
    assert_non_null(strstr(report.tests[1].output, "said"));
    expect_test(&report, 2, "", "src/a.rs -", FLOW_OUTCOME_PASS);
    expect_test(&report, 3, "", "odd (line x)", FLOW_OUTCOME_PASS);
    flow_report_release(&report);
}

static void test_tap_words(void **state)
{
    struct flow_report report;
    (void)state;
    read_text(&report, FLOW_REPORT_TAP,
              "TAP version 14\n"
              "ok\n"
              "ok 2 - a \\# b # SKIP no\n"
              "not ok 3 c # TODO later\n"
              "ok 4 d # todo done\n"
              "not ok 5 e # no directive\n"
              "  ---\n  message: 'x'\n  at: src/e.c:12\n  ...\n"
              "ok 5 e # no directive\n"
              "1..6\n");
    expect_test(&report, 0, "", "", FLOW_OUTCOME_PASS);
    expect_test(&report, 1, "", "a # b", FLOW_OUTCOME_SKIP);
    expect_test(&report, 2, "", "c", FLOW_OUTCOME_SKIP);
    expect_test(&report, 3, "", "d", FLOW_OUTCOME_PASS);
    expect_test(&report, 4, "", "e # no directive", FLOW_OUTCOME_FAIL);
    expect_test(&report, 5, "", "e # no directive (2)", FLOW_OUTCOME_PASS);
    assert_string_equal(report.tests[4].file, "src/e.c");
    assert_int_equal(report.tests[4].line, 12);
    assert_false(report.cut);
    flow_report_release(&report);
}

// A group fails by itself: it is told as a test, so that the failure is not lost.
static void test_groups_that_fail_alone(void **state)
{
    struct flow_report report;
    (void)state;
    read_text(&report, FLOW_REPORT_TAP,
              "# Subtest: outer\n    ok 1 - inner\n    1..1\nnot ok 1 - outer\n"
              "# Subtest: other\n    not ok 1 - inner\n    1..1\nnot ok 2 - other\n1..2\n");
    assert_int_equal(report.count, 3);
    expect_test(&report, 0, "outer", "inner", FLOW_OUTCOME_PASS);
    expect_test(&report, 1, "", "outer", FLOW_OUTCOME_FAIL);
    expect_test(&report, 2, "other", "inner", FLOW_OUTCOME_FAIL);
    flow_report_release(&report);
}

static void test_what_is_no_xml(void **state)
{
    static const char *const bad[] = {"", "no XML", "<a><b></a>", "<?xml version='1.0'?>"};
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_report report;
        flow_report_init(&report);
        assert_err(flow_report_read(&report, FLOW_REPORT_JUNIT, NULL, bad[i], strlen(bad[i]), &err), &err,
                   FLOW_E_INVALID);
        flow_report_release(&report);
    }
}

static void test_entities_do_not_explode(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_report report;
    struct flow_buf text;
    (void)state;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, "<!DOCTYPE t [<!ENTITY a0 \"0123456789\">");
    for (int i = 1; i < 12; i++) {
        flow_buf_printf(&text, "<!ENTITY a%d \"", i);
        for (int k = 0; k < 10; k++)
            flow_buf_printf(&text, "&a%d;", i - 1);
        flow_buf_puts(&text, "\">");
    }
    flow_buf_puts(&text, "]><testsuite><testcase name='x'><failure>&a11;</failure></testcase></testsuite>");
    flow_report_init(&report);
    assert_ok(flow_report_read(&report, FLOW_REPORT_JUNIT, NULL, text.data, text.len, &err), &err);
    assert_true(report.cut);
    assert_true(strlen(report.tests[0].output) <= FLOW_TEST_OUTPUT);
    flow_report_release(&report);
    flow_buf_release(&text);
}

static void test_junit_of_several_files(void **state)
{
    struct flow_report report;
    (void)state;
    read_text(&report, FLOW_REPORT_JUNIT,
              "<?xml version=\"1.0\"?>\n<testsuite name=\"A\"><testcase name=\"a\"/></testsuite>\n"
              "<?xml version=\"1.0\"?>\n<testsuite name=\"B\"><testcase name=\"b\"><failure>"
              "not <![CDATA[<?xml ]]></failure></testcase></testsuite>\n");
    assert_int_equal(report.count, 2);
    expect_test(&report, 0, "A", "a", FLOW_OUTCOME_PASS);
    expect_test(&report, 1, "B", "b", FLOW_OUTCOME_FAIL);
    assert_false(report.cut);
    flow_report_release(&report);
}

static void test_output_has_a_maximum(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_report report;
    struct flow_buf text;
    (void)state;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (int i = 0; i < 20000; i++)
        flow_buf_puts(&text, "0123456789");
    flow_report_init(&report);
    assert_ok(flow_report_add_status(&report, "make check", 2, text.data, text.len, &err), &err);
    assert_ok(flow_report_add_status(&report, "make lint", 0, NULL, 0, &err), &err);
    expect_test(&report, 0, "", "make check", FLOW_OUTCOME_FAIL);
    expect_test(&report, 1, "", "make lint", FLOW_OUTCOME_PASS);
    assert_int_equal(strlen(report.tests[0].output), FLOW_TEST_OUTPUT);
    assert_int_equal(report.counts[FLOW_OUTCOME_PASS], 1);
    flow_report_release(&report);
    flow_buf_release(&text);
}

// One letter a test: p(ass) f(ail) s(kip) e(rror).
static void make_report(struct flow_report *report, const char *outcomes)
{
    struct flow_buf text;
    size_t count = 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; outcomes[i]; i++) {
        if (outcomes[i] == '-')
            continue;
        count++;
        flow_buf_printf(&text, "%sok %zu - t%zu%s\n", outcomes[i] == 'f' ? "not " : "", i, i,
                        outcomes[i] == 's' ? " # SKIP" : "");
    }
    flow_buf_printf(&text, "1..%zu\n", count);
    read_text(report, FLOW_REPORT_TAP, text.data);
    flow_buf_release(&text);
}

// Colours are no part of a name, and a NUL does not end it.
static void test_odd_bytes(void **state)
{
    static const char text[] = "ok 1 - a\0b\nok 2 - a\0c\n\033[32mok 3 - \033[1;31md\033[0m\n1..3\r\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_report report;
    (void)state;
    flow_report_init(&report);
    assert_ok(flow_report_read(&report, FLOW_REPORT_TAP, NULL, text, sizeof text - 1, &err), &err);
    assert_int_equal(report.count, 3);
    expect_test(&report, 0, "", "a?b", FLOW_OUTCOME_PASS);
    expect_test(&report, 1, "", "a?c", FLOW_OUTCOME_PASS);
    expect_test(&report, 2, "", "d", FLOW_OUTCOME_PASS);
    assert_false(report.cut);
    flow_report_release(&report);
}

static void test_comparison(void **state)
{
    //                                   0123456789abcde
    static const char *const past[2] = {"pppfffffpssp-pf", "ppppffffps-pp-f"};
    static const char now[] = /*      */ "pfsffp-spssppp-";
    static const enum flow_test_class want[] = {
        FLOW_CHANGE_NONE,  FLOW_CHANGE_NEW_FAILURE, FLOW_CHANGE_DISAPPEARED, FLOW_CHANGE_FLAKY,
        FLOW_CHANGE_KNOWN, FLOW_CHANGE_FIXED,       FLOW_CHANGE_DISAPPEARED, FLOW_CHANGE_DISAPPEARED,
        FLOW_CHANGE_NONE,  FLOW_CHANGE_NONE,        FLOW_CHANGE_NONE,        FLOW_CHANGE_NONE,
        FLOW_CHANGE_NONE,  FLOW_CHANGE_NONE,        FLOW_CHANGE_DISAPPEARED,
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_report reports[2], current;
    struct flow_comparison comparison;
    (void)state;
    make_report(&reports[0], past[0]);
    make_report(&reports[1], past[1]);
    make_report(&current, now);
    assert_ok(flow_reports_compare(&comparison, reports, 2, &current, &err), &err);
    assert_int_equal(comparison.count, 15);
    for (size_t i = 0; i < comparison.count; i++) {
        const struct flow_test_change *item = &comparison.items[i];
        const struct flow_test *test = item->now ? item->now : item->before;
        assert_string_equal(flow_change_name(item->change), flow_change_name(want[atoi(test->name + 1)]));
    }
    // Those that are gone stand last.
    assert_null(comparison.items[13].now);
    assert_string_equal(comparison.items[13].before->name, "t6");
    assert_int_equal(comparison.failures, 5);
    assert_int_equal(comparison.counts[FLOW_CHANGE_DISAPPEARED], 4);
    flow_comparison_release(&comparison);
    // Without a past all is new, and only what fails counts.
    assert_ok(flow_reports_compare(&comparison, NULL, 0, &current, &err), &err);
    assert_int_equal(comparison.counts[FLOW_CHANGE_NEW_TEST], 13);
    assert_int_equal(comparison.failures, 3);
    flow_comparison_release(&comparison);
    flow_report_release(&current);
    flow_report_release(&reports[1]);
    flow_report_release(&reports[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),
        cmocka_unit_test(test_what_dies_is_cut),
        cmocka_unit_test(test_libtest_whose_tests_print),
        cmocka_unit_test(test_libtest_examples_have_no_lines_in_their_names),
        cmocka_unit_test(test_tap_words),
        cmocka_unit_test(test_groups_that_fail_alone),
        cmocka_unit_test(test_what_is_no_xml),
        cmocka_unit_test(test_entities_do_not_explode),
        cmocka_unit_test(test_junit_of_several_files),
        cmocka_unit_test(test_output_has_a_maximum),
        cmocka_unit_test(test_odd_bytes),
        cmocka_unit_test(test_comparison),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
