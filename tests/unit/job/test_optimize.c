// SPDX-License-Identifier: MIT
// What flow-optimize reckons with: times, reports of tests, and texts with several changes in them.
#include <string.h>

#include "flow/base/buf.h"
#include "optimize_bench.h"
#include "optimize_private.h"
#include "optimize_tests.h"
#include "unit.h"

/*
 * Times.
 */

static void judge(struct bench *out, const double *before, const double *after, size_t count)
{
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(bench_judge(out, before, after, count, &err), &err);
}

static void times_tell_what_is_faster_from_chance(void **state)
{
    (void)state;
    double before[BENCH_PAIRS], after[BENCH_PAIRS];
    struct bench bench;
    for (size_t i = 0; i < BENCH_PAIRS; i++) {
        before[i] = 1 + (double)(i % 5) / 10;
        after[i] = before[i] * (0.8 + (double)i / 1000);
    }
    judge(&bench, before, after, BENCH_PAIRS);
    assert_int_equal(bench.verdict, BENCH_FASTER);
    // The 6th and the 15th of 20.
    assert_true(bench.low > 0.8049 && bench.low < 0.8051);
    assert_true(bench.high > 0.8139 && bench.high < 0.8141);
    assert_true(bench.ratio > 0.8094 && bench.ratio < 0.8096);
    judge(&bench, after, before, BENCH_PAIRS);
    assert_int_equal(bench.verdict, BENCH_SLOWER);
    // Five pairs the other way are no more than chance allows; six are.
    for (size_t i = 0; i < 5; i++)
        after[i] = before[i] * 1.2;
    judge(&bench, before, after, BENCH_PAIRS);
    assert_int_equal(bench.verdict, BENCH_FASTER);
    after[5] = before[5] * 1.2;
    judge(&bench, before, after, BENCH_PAIRS);
    assert_int_equal(bench.verdict, BENCH_SAME);
}

static void few_pairs_tell_nothing(void **state)
{
    (void)state;
    const double before[] = {2, 2, 2, 2, 2, 2}, after[] = {1, 1, 1, 1, 1, 1};
    struct bench bench;
    judge(&bench, before, after, 5);
    assert_int_equal(bench.verdict, BENCH_SAME);
    judge(&bench, before, after, 6);
    assert_int_equal(bench.verdict, BENCH_FASTER);
    judge(&bench, before, after, 0);
    assert_int_equal(bench.verdict, BENCH_SAME);
}

/*
 * Reports.
 */

static void say(struct flow_buf *out, const char *text)
{
    flow_buf_clear(out);
    flow_buf_puts(out, text);
}

static void only_what_is_worse_than_on_the_base_counts(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct optimize_tests *tests;
    struct flow_buf out, talk;
    size_t failing, flaky, worse;
    char why[200];
    flow_buf_init(&out, FLOW_BUF_LINE);
    flow_buf_init(&talk, FLOW_BUF_LINE);
    struct optimize_test_run run = {
        .root = "/tree", .out = &out, .talk = &talk, .good = false, .why = "broke"};
    assert_ok(optimize_tests_new(&tests, &err), &err);
    say(&out, "nothing of any form\n");
    assert_err(optimize_tests_add(tests, &run, &err), &err, FLOW_E_ENV);
    say(&out, "1..4\nok 1 - a\nnot ok 2 - b\nok 3 - c\nok 4 - d\n");
    assert_ok(optimize_tests_add(tests, &run, &err), &err);
    say(&out, "1..4\nok 1 - a\nnot ok 2 - b\nnot ok 3 - c\nok 4 - d\n");
    assert_ok(optimize_tests_add(tests, &run, &err), &err);
    assert_ok(optimize_tests_count(tests, &failing, &flaky, &err), &err);
    assert_int_equal(failing, 1);
    assert_int_equal(flaky, 1);
    // What fails already and what does not know count for nothing.
    assert_ok(optimize_tests_compare(tests, &run, &worse, why, sizeof why, &err), &err);
    assert_int_equal(worse, 0);
    assert_string_equal(why, "4 tests as on the base");
    say(&out, "1..4\nok 1 - a\nok 2 - b\nok 3 - c\nnot ok 4 - d\n");
    assert_ok(optimize_tests_compare(tests, &run, &worse, why, sizeof why, &err), &err);
    assert_int_equal(worse, 1);
    assert_non_null(strstr(why, "d: new failure"));
    say(&out, "1..3\nok 1 - a\nok 2 - b\nok 3 - c\n");
    assert_ok(optimize_tests_compare(tests, &run, &worse, why, sizeof why, &err), &err);
    assert_int_equal(worse, 1);
    assert_non_null(strstr(why, "d: disappeared"));
    optimize_tests_free(tests);
    flow_buf_release(&talk);
    flow_buf_release(&out);
}

/*
 * Texts.
 */

static void lines_move_with_what_is_changed_before_them(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf out;
    const struct flow_entry entry = {.path = "a"};
    const struct optimize_file file = {.entry = &entry, .text = "one\ntwo\nthree\nfour\n", .len = 19};
    struct optimize_candidate items[] = {
        {.file = &file, .span = {0, 7, 1, 2}, .text = "1", .len = 1},
        {.file = &file, .span = {8, 13, 3, 3}, .text = "3\n3\n3", .len = 5},
        {.file = &file, .span = {14, 18, 4, 4}, .text = "4", .len = 1},
    };
    struct optimize_candidate *set[] = {&items[0], &items[1], &items[2]};
    uint32_t first, last;
    flow_buf_init(&out, FLOW_BUF_LINE);
    assert_ok(optimize_apply(&file, set, 3, &out, &err), &err);
    assert_string_equal(out.data, "1\n3\n3\n3\n4\n");
    optimize_lines(set, 3, &items[0], items[0].span, &first, &last);
    assert_int_equal(first, 1);
    assert_int_equal(last, 1);
    optimize_lines(set, 3, &items[1], items[1].span, &first, &last);
    assert_int_equal(first, 2);
    assert_int_equal(last, 4);
    optimize_lines(set, 3, &items[2], items[2].span, &first, &last);
    assert_int_equal(first, 5);
    assert_int_equal(last, 5);
    // What is around them grows with them.
    optimize_lines(set, 3, &items[1], (struct flow_span){0, 19, 1, 4}, &first, &last);
    assert_int_equal(first, 1);
    assert_int_equal(last, 5);
    assert_false(optimize_touch(&items[0], &items[1]));
    items[1].span.start = 6;
    assert_true(optimize_touch(&items[0], &items[1]));
    flow_buf_release(&out);
}

// What a declaration becomes, in lines 2-4 of a file: the lines that differ, as "FIRST-LAST <old> <new>".
static void rewritten(const char *after, const char *expected)
{
    static const char text[] = "0\na\nb\nc\n9\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct optimize o = {0};
    struct flow_buf becomes, shown, whole, wanted;
    const struct flow_entry entry = {.path = "x"};
    const struct optimize_file file = {.entry = &entry, .text = text, .len = strlen(text)};
    struct optimize_candidate candidate = {.file = &file, .around = {2, 7, 2, 4}};
    struct optimize_candidate *set = &candidate;
    struct flow_buf *const all[] = {&becomes, &shown, &whole, &wanted};
    for (size_t i = 0; i < 4; i++)
        flow_buf_init(all[i], FLOW_BUF_LINE);
    flow_arena_init(&o.arena);
    pthread_mutex_init(&o.mutex, NULL);
    flow_buf_puts(&becomes, after);
    assert_ok(optimize_rewrite(&o, &candidate, &becomes, &err), &err);
    const struct flow_span *span = &candidate.span;
    flow_buf_printf(&shown, "%u-%u <%.*s> <%.*s>", span->start_line, span->end_line,
                    (int)(span->end - span->start), text + span->start, (int)candidate.len, candidate.text);
    assert_string_equal(shown.data, expected);
    // Put in, it is what was to come out.
    flow_buf_printf(&wanted, "0\n%s\n9\n", after);
    assert_ok(optimize_apply(&file, &set, 1, &whole, &err), &err);
    assert_string_equal(whole.data, wanted.data);
    for (size_t i = 0; i < 4; i++)
        flow_buf_release(all[i]);
    pthread_mutex_destroy(&o.mutex);
    flow_arena_release(&o.arena);
}

static void a_rewrite_is_the_lines_that_differ(void **state)
{
    (void)state;
    rewritten("a\nB\nc", "3-3 <b> <B>");
    rewritten("A\nb\nC", "2-4 <a\nb\nc> <A\nb\nC>");
    // What comes or goes stands at a line that was there.
    rewritten("a\nnew\nb\nc", "3-3 <b> <new\nb>");
    rewritten("a\nb\nc\nnew", "4-4 <c> <c\nnew>");
    rewritten("new\na\nb\nc", "2-2 <a> <new\na>");
    rewritten("a\nc", "3-4 <b\nc> <c>");
    rewritten("c", "2-4 <a\nb\nc> <c>");
    rewritten("a\nb\nb\nc", "4-4 <c> <b\nc>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_tell_what_is_faster_from_chance),
        cmocka_unit_test(few_pairs_tell_nothing),
        cmocka_unit_test(only_what_is_worse_than_on_the_base_counts),
        cmocka_unit_test(lines_move_with_what_is_changed_before_them),
        cmocka_unit_test(a_rewrite_is_the_lines_that_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
