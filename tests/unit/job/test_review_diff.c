// SPDX-License-Identifier: MIT
#include <string.h>

#include "review_diff.h"
#include "unit.h"

static void test_reads_what_git_prints(void **state)
{
    (void)state;
    static const char text[] =
        "commit 0123\n\n    --- is no file here\n\n"
        "diff --git a/one.c b/one.c\nindex 1234567..89abcde 100644\n"
        "--- a/one.c\n+++ b/one.c\n@@ -1,2 +1,2 @@ int f(void)\n a\n-b\n+c\n"
        "@@ -9 +9,0 @@\n-z\n"
        "diff --git a/new.c b/new.c\nnew file mode 100644\nindex 0000000..89abcde\n"
        "--- /dev/null\n+++ b/new.c\n@@ -0,0 +1 @@\n+x\n\\ No newline at end of file\n"
        "diff --git a/gone.c b/gone.c\ndeleted file mode 100644\n"
        "--- a/gone.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-y\n"
        "diff --git a/p.png b/p.png\nindex 1..2\nBinary files a/p.png and b/p.png differ\n"
        "diff --git \"a/t\\tb\" \"b/t\\tb\"\n--- \"a/t\\tb\\303\\274\"\n+++ \"b/t\\tb\\303\\274\"\n"
        "@@ -1 +1 @@\n-1\n+2\n"
        "diff --git a/run b/run\nold mode 100644\nnew mode 100755\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct diff diff;
    assert_ok(diff_parse(&diff, text, sizeof text - 1, &err), &err);
    assert_int_equal(diff.count, 6);
    assert_string_equal(diff.files[0].path, "one.c");
    assert_string_equal(diff.files[0].old_blob, "1234567");
    assert_string_equal(diff.files[0].blob, "89abcde");
    assert_int_equal(diff.files[0].count, 2);
    assert_int_equal(diff.files[0].hunks[1].old_line, 9);
    assert_int_equal(diff.files[0].hunks[1].old_count, 1);
    assert_int_equal(diff.files[0].hunks[1].new_count, 0);
    assert_memory_equal(diff.files[0].text, "diff --git a/one.c", 18);
    assert_ptr_equal(diff.files[0].text + diff.files[0].len, diff.files[1].text);
    assert_true(diff.files[1].added && !diff.files[1].deleted);
    assert_true(diff.files[2].deleted && !diff.files[2].added);
    assert_string_equal(diff.files[2].path, "gone.c");
    assert_true(diff.files[3].binary && !diff.files[0].binary);
    assert_string_equal(diff.files[3].path, "p.png");
    assert_string_equal(diff.files[4].path, "t\tb\303\274");
    assert_string_equal(diff.files[5].path, "run");
    assert_int_equal(diff.files[5].count, 0);
    diff_release(&diff);
}

static void test_reads_what_diff_prints(void **state)
{
    (void)state;
    static const char text[] =
        "--- one.c\t2026-01-01 00:00:00\n+++ one.c\t2026-01-02 00:00:00\n@@ -1 +1 @@\n-a\n+b\n"
        "--- two.c\n+++ two.c\n@@ -1 +1 @@\n--- x\n+++ y\n";
    struct flow_error err = FLOW_ERROR_INIT;
    struct diff diff;
    assert_ok(diff_parse(&diff, text, sizeof text - 1, &err), &err);
    assert_int_equal(diff.count, 2);
    assert_string_equal(diff.files[0].path, "one.c");
    assert_string_equal(diff.files[1].path, "two.c");
    // What looks like the names of another file is a line that goes and one that comes.
    assert_int_equal(diff.files[1].count, 1);
    diff_release(&diff);
}

static void test_says_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"", "no change"},
        {"hello\n", "no change"},
        {"--- a\n+++ b\n@@ -1,2 +1 @@\n-a\n", "line 5 of the diff ends in the middle"},
        {"--- a\n+++ b\n@@ -1 +1 @@\n-a\n-b\n", "line 5 of the diff does not fit the counts"},
        {"--- a\n+++ b\n@@ -1 +1 @@\n?a\n", "line 4 of the diff does not fit the counts"},
        {"--- a\n+++ b\n@@ -x +1 @@\n", "line 3 of the diff is no head"},
        {"--- a\n+++ b\n@@ -99999999999 +1 @@\n", "line 3 of the diff is no head"},
        {"diff --git a/a b/a\n--- a\n", "line 3 of the diff does not say"},
        {"--- /dev/null\n+++ /dev/null\n", "names no file"},
        {"--- \"a\n+++ \"b\n", "names no file"},
        {"--- \"\\000\"\n+++ \"\\400\"\n", "names no file"},
        {"diff --cc x\n", "a merge"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct diff diff;
        int result = diff_parse(&diff, cases[i].text, strlen(cases[i].text), &err);
        if (result != -1 || err.code != FLOW_E_INVALID || !strstr(err.message, cases[i].why))
            fail_msg("case %zu: %d, '%s'", i, result, err.message);
    }
}

static void test_applies_and_takes_back(void **state)
{
    (void)state;
    static const struct {
        const char *before, *hunks, *after; // after NULL: it does not fit
    } cases[] = {
        {"a\nb\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n", "a\nx\nc\n"},
        {"a\nb\nc\nd\n", "@@ -2 +1,0 @@\n-b\n@@ -3,0 +3 @@\n+x\n", "a\nc\nx\nd\n"},
        {"a\n", "@@ -0,0 +1 @@\n+x\n", "x\na\n"},
        {"a", "@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n", "a\nb\n"},
        {"a\n", "@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n", "b"},
        {"a\n\nc\n", "@@ -1,3 +1,3 @@\n-a\n+x\n\n c\n", "x\n\nc\n"},
        {"a\r\nb\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n", "a\r\nc\r\n"},
        {"a\nb\n", "@@ -1 +1 @@\n-b\n+c\n", NULL},
        {"a\n", "@@ -5 +5 @@\n-a\n+c\n", NULL},
        {"a\nb\n", "@@ -2 +2 @@\n-b\n+c\n@@ -1 +1 @@\n-a\n+d\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_buf text, out;
        struct diff diff;
        flow_buf_init(&text, FLOW_BUF_TEXT);
        flow_buf_init(&out, FLOW_BUF_TEXT);
        flow_buf_printf(&text, "--- a/f\n+++ b/f\n%s", cases[i].hunks);
        assert_ok(diff_parse(&diff, text.data, text.len, &err), &err);
        int result = diff_apply(&diff.files[0], false, cases[i].before, strlen(cases[i].before), &out);
        if (result != (cases[i].after ? 0 : 1) || (cases[i].after && strcmp(out.data, cases[i].after) != 0))
            fail_msg("case %zu: %d, '%s'", i, result, out.data);
        if (cases[i].after) {
            flow_buf_clear(&out);
            result = diff_apply(&diff.files[0], true, cases[i].after, strlen(cases[i].after), &out);
            if (result != 0 || strcmp(out.data, cases[i].before) != 0)
                fail_msg("case %zu, back: %d, '%s'", i, result, out.data);
        }
        diff_release(&diff);
        flow_buf_release(&out);
        flow_buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_what_git_prints),
        cmocka_unit_test(test_reads_what_diff_prints),
        cmocka_unit_test(test_says_what_does_not_fit),
        cmocka_unit_test(test_applies_and_takes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
