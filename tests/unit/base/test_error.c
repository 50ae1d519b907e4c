// SPDX-License-Identifier: MIT
#include <errno.h>
#include <string.h>

#include "flow/base/error.h"
#include "flow/base/str.h"
#include "unit.h"

static void test_set(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    assert_int_equal(flow_error_set(&err, FLOW_E_USAGE, "unknown option '%s'", "--x"), -1);
    assert_int_equal(err.code, FLOW_E_USAGE);
    assert_string_equal(err.message, "unknown option '--x'");
    assert_int_equal(flow_error_set(NULL, FLOW_E_USAGE, "%d", 1), -1);
}

static void test_set_may_use_the_old_message(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    flow_error_set(&err, FLOW_E_ENV, "inner");
    flow_error_set(&err, FLOW_E_CONFLICT, "outer (%s)", err.message);
    assert_string_equal(err.message, "outer (inner)");
}

static void test_outside_bytes_are_shown(void **state)
{
    (void)state;
    static const struct {
        const char *name, *shown;
    } cases[] = {
        {"a\nb", "a\\nb"},
        {"\x1b[31m", "\\x1b[31m"},
        {"na\xefve", "na\\xefve"},
        {"na\xc3\xafve", "na\xc3\xafve"},
        {"\xc2\x9b", "\\xc2\\x9b"}, // a control character of Latin-1
        {"\xe2\x80\xae"
         "cod.exe",
         "\\xe2\\x80\\xaecod.exe"},          // turns the direction of the text
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, // half of a surrogate pair
        {"\\n", "\\n"},                      // a backslash stays, see flow_error_wrap
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        flow_error_set(&err, FLOW_E_ENV, "%s", cases[i].name);
        assert_string_equal(err.message, cases[i].shown);
    }
}

static void test_long_messages_are_cut_at_a_character(void **state)
{
    (void)state;
    // Every offset, so that the cut falls into the middle of a character and of an escape.
    for (int pad = 0; pad < 8; pad++) {
        struct flow_error err = FLOW_ERROR_INIT;
        char name[3000];
        memset(name, 'x', sizeof name);
        for (size_t i = (size_t)pad; i + 3 < sizeof name; i += 3)
            memcpy(name + i, i % 2 ? "\xe2\x82\xac" : "\x01\x02\x03", 3);
        name[sizeof name - 1] = '\0';
        flow_error_set(&err, FLOW_E_ENV, "%s", name);
        size_t len = strlen(err.message);
        assert_in_range(len, sizeof err.message - 16, sizeof err.message - 1);
        assert_true(flow_utf8_valid(err.message, len));
        assert_true(flow_str_ends(err.message, "\xe2\x80\xa6"));
    }
}

static void test_message_that_just_fits_is_whole(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    char name[sizeof err.message - 4 + 1];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    flow_error_set(&err, FLOW_E_ENV, "%s", name);
    assert_string_equal(err.message, name);
}

static void test_errno(void **state)
{
    (void)state;
    static const struct {
        int errnum;
        enum flow_code code;
    } cases[] = {{ENOENT, FLOW_E_NOT_FOUND},
                 {ENOTDIR, FLOW_E_NOT_FOUND},
                 {ENOMEM, FLOW_E_NOMEM},
                 {EACCES, FLOW_E_ENV}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        assert_int_equal(flow_error_errno(&err, cases[i].errnum, "cannot open '%s'", "a b"), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_true(flow_str_starts(err.message, "cannot open 'a b': "));
        assert_true(flow_str_ends(err.message, strerror(cases[i].errnum)));
    }
}

static void test_wrap(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    flow_error_set(&err, FLOW_E_BUDGET, "bad\tbyte");
    assert_int_equal(flow_error_wrap(&err, "unit '%s'", "a\\b"), -1);
    assert_int_equal(err.code, FLOW_E_BUDGET);
    // What was escaped before is not escaped again.
    assert_string_equal(err.message, "unit 'a\\b': bad\\tbyte");
    assert_int_equal(flow_error_wrap(NULL, "unit"), -1);
}

static void test_status(void **state)
{
    (void)state;
    static const struct {
        enum flow_code code;
        int status;
    } cases[] = {
        {FLOW_OK, 0},
        {FLOW_E_USAGE, 2},
        {FLOW_E_ENV, 3},
        {FLOW_E_NOT_FOUND, 3},
        {FLOW_E_INVALID, 3},
        {FLOW_E_TOO_BIG, 3},
        {FLOW_E_TIMEOUT, 3},
        {FLOW_E_CONFLICT, 3},
        {FLOW_E_NOMEM, 4},
        {FLOW_E_INTERNAL, 4},
        {FLOW_E_REFUSED, 5},
        {FLOW_E_BUDGET, 6},
        {FLOW_E_INTERRUPTED, 130},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(flow_error_status(cases[i].code), cases[i].status);
    struct flow_error err = FLOW_ERROR_INIT;
    assert_int_equal(flow_error_nomem(&err), -1);
    assert_int_equal(flow_error_status(err.code), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_set_may_use_the_old_message),
        cmocka_unit_test(test_outside_bytes_are_shown),
        cmocka_unit_test(test_long_messages_are_cut_at_a_character),
        cmocka_unit_test(test_message_that_just_fits_is_whole),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
