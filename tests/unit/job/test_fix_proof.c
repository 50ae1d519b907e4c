// SPDX-License-Identifier: MIT
#include <string.h>

#include "fix_private.h"
#include "unit.h"

#define UNITS 4

static struct fix_unit units[UNITS];

// Each file of tests with its text; the last one is no test.
static void make_units(struct fix *fix)
{
    static const struct {
        char path[40];
        const char *text;
    } files[UNITS] = {{"rust/src/tests/check.rs", "fn adds() {}\nfn adds_more() {}\n"},
                      {"rust/src/tests/other.rs", "fn adds() {}\nfn subtracts() {}\n"},
                      {"js/test/sum.test.ts", "test('adds two', () => {});\n"},
                      {"rust/src/util.rs", "fn divides() {}\n"}};
    static char paths[UNITS][40];
    *fix = (struct fix){.units = units, .count = UNITS};
    for (size_t i = 0; i < UNITS; i++) {
        strcpy(paths[i], files[i].path);
        units[i] = (struct fix_unit){.path = paths[i], .test = i < UNITS - 1, .read = true};
        flow_buf_init(&units[i].text, FLOW_BUF_FILE);
        flow_buf_puts(&units[i].text, files[i].text);
    }
}

static void release_units(void)
{
    for (size_t i = 0; i < UNITS; i++)
        flow_buf_release(&units[i].text);
}

static void a_test_is_of_the_file_that_the_report_names_or_that_holds_it(void **state)
{
    static const struct {
        const char *suite, *name;
        size_t unit; // UNITS: nobody's
    } cases[] = {
        // By a module, by a file, though others hold the name, too.
        {"", "check::adds", 0},
        {"unittests src/lib.rs", "tests::other::adds", 1},
        {"/tree/proof/test/sum.test.js", "adds", 2},
        // By its name alone, which is no part of a longer one.
        {"", "subtracts", 1},
        {"", "adds two", 2},
        {"", "adds_more", 0},
        // In two of them, in none, and only in what is no test.
        {"", "adds", UNITS},
        {"", "add", UNITS},
        {"", "divides", UNITS},
        // What a test is called says nothing of its file.
        {"", "check", UNITS},
    };
    struct fix fix;
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    make_units(&fix);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct flow_test test = {.suite = cases[i].suite, .name = cases[i].name};
        struct fix_unit *unit;
        assert_ok(fix_proof_unit(&fix, &test, &unit, &err), &err);
        assert_ptr_equal(unit, cases[i].unit < UNITS ? &units[cases[i].unit] : NULL);
    }
    // With one file there is no other.
    units[1].test = units[2].test = false;
    const struct flow_test test = {.suite = "", .name = "exit status"};
    struct fix_unit *unit;
    assert_ok(fix_proof_unit(&fix, &test, &unit, &err), &err);
    assert_ptr_equal(unit, &units[0]);
    release_units();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_test_is_of_the_file_that_the_report_names_or_that_holds_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
