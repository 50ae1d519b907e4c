// SPDX-License-Identifier: MIT
#include <string.h>

#include "unit.h"
#include "words.h"

static const struct {
    const char *text;
    const char *words[5];
} cases[] = {
    {"claude -p", {"claude", "-p"}},
    {"  a\tb \n", {"a", "b"}},
    {"", {NULL}},
    {"a 'b c' d", {"a", "b c", "d"}},
    {"a \"b c\" d", {"a", "b c", "d"}},
    {"a''b", {"ab"}},
    {"''", {""}},
    {"a \"\" b", {"a", "", "b"}},
    {"a\\ b", {"a b"}},
    {"'a\\b'", {"a\\b"}},
    {"\"a\\\"b\\$c\\d\"", {"a\"b$c\\d"}},
    {"'it'\\''s'", {"it's"}},
    {"$HOME `x` *", {"$HOME", "`x`", "*"}},
    {"a\\", {"a\\"}},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow_strv words;
        size_t count = 0;
        flow_strv_init(&words);
        assert_int_equal(flow_words_split(cases[i].text, &words, NULL), 0);
        while (count < 5 && cases[i].words[count] != NULL)
            count++;
        assert_int_equal(words.count, count);
        for (size_t k = 0; k < count; k++)
            assert_string_equal(words.items[k], cases[i].words[k]);
        flow_strv_release(&words);
    }
}

static void test_open_quotes(void **state)
{
    static const char *const texts[] = {"'a", "\"a", "a 'b\" c", "\"a\\\""};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        struct flow_strv words;
        flow_strv_init(&words);
        assert_err(flow_words_split(texts[i], &words, &err), &err, FLOW_E_USAGE);
        flow_strv_release(&words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_open_quotes)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
