// SPDX-License-Identifier: MIT
#include <string.h>

#include "blank.h"
#include "unit.h"

static const char *const words[] = {"UNUSED", "*_EXPORT", "GUARDED_BY()", "#", "a*b*c"};

// What the parser gets for source; "same" where it is source itself.
static void check(char directive, const char *source, const char *want)
{
    struct flow_error err;
    struct flow_strv rules;
    struct flow_buf scratch;
    const char *out;
    flow_strv_init(&rules);
    flow_buf_init(&scratch, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_ok(flow_strv_add(&rules, words[i], &err), &err);
    assert_ok(blank_source(&rules, directive, source, strlen(source), &scratch, &out, &err), &err);
    if (want) {
        assert_ptr_not_equal(out, source);
        assert_string_equal(out, want);
    } else {
        assert_ptr_equal(out, source);
    }
    flow_buf_release(&scratch);
    flow_strv_release(&rules);
}

static void test_words(void **state)
{
    (void)state;
    check(0, "int f(int a UNUSED, int b)", "int f(int a       , int b)");
    check(0, "class FOO_EXPORT Foo", "class            Foo");
    check(0, "axxbyyc abc ab", "            ab");
    check(0, "UNUSEDX XUNUSED UNUSE _EXPORTED unused", NULL);
    check(0, "", NULL);
}

static void test_arguments(void **state)
{
    (void)state;
    check(0, "int x GUARDED_BY(m(1), n);", "int x                    ;");
    check(0, "int x GUARDED_BY\n (m);", "int x           \n    ;");
    check(0, "int GUARDED_BY;", NULL);
    check(0, "int GUARDED_BY(((", NULL);
}

static void test_characters(void **state)
{
    (void)state;
    check(0, "a: u8, #b: u8", "a: u8,  b: u8");
    check(0, "#", " ");
}

static void test_directives(void **state)
{
    (void)state;
    check('#', "#define UNUSED x\n", NULL);
    check('#', "  #  define A \\\n UNUSED\nUNUSED b", "  #  define A \\\n UNUSED\n       b");
    check('#', "#define A \\\r\n UNUSED\r\nUNUSED b", "#define A \\\r\n UNUSED\r\n       b");
    check('#', "#x \\", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_directives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
