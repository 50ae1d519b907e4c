// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/str.h"
#include "unit.h"

static void test_match(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool match;
    } cases[] = {
        // a single component
        {"*.c", "main.c", true},
        {"*.c", "src/main.c", true},
        {"*.c", "main.cc", false},
        {"main.c", "src/main.c", true},
        {"main.c", "main.c/x", false},
        {"/main.c", "main.c", true},
        {"/main.c", "src/main.c", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"?", "", false},
        {"?", "ab", false},
        {"a*b*c", "axxbyyc", true},
        {"a*b*c", "axxbyy", false},
        {"*a*", "banana", true},
        {"*ab", "aab", true},
        // several components
        {"src/*.c", "src/main.c", true},
        {"src/*.c", "src/a/main.c", false},
        {"src/*/*.c", "src/a/main.c", true},
        {"src?main.c", "src/main.c", false},
        {"src/*", "src/a/b", false},
        // two stars
        {"**/*.c", "main.c", true},
        {"**/*.c", "a/b/c/main.c", true},
        {"src/**/x.c", "src/x.c", true},
        {"src/**/x.c", "src/a/b/x.c", true},
        {"src/**/x.c", "src/a/b/yx.c", false},
        {"src/**", "src/a/b", true},
        {"src/**", "srcs/a", false},
        {"src/**", "src", false},
        {"**/test/**", "a/test/b/c", true},
        {"**/test/**", "a/tests/b/c", false},
        {"**/a/*/b/**", "a/x/a/y/b/z", true},
        {"**/a/*/b/**", "a/x/y/b/z", false},
        {"a**/b", "a/x/b", true},
        {"**b/c", "a/b/c", true},
        {"**/b*d/**/e", "x/bcd/bd/y/e", true},
        {"***/x", "a/b/x", true},
        // sets
        {"[abc].c", "b.c", true},
        {"[abc].c", "d.c", false},
        {"[a-c]x", "bx", true},
        {"[!a-c]x", "bx", false},
        {"[!a-c]x", "dx", true},
        {"[^a]x", "bx", true},
        {"[]]x", "]x", true},
        {"[!]]x", "]x", false},
        {"[a-]x", "-x", true},
        {"[\\]a]x", "]x", true},
        {"a[!b]c/d", "a/c/d", false},
        {"a[/]c/d", "a/c/d", false},
        {"[ab", "[ab", true},
        {"[ab", "a", false},
        {"x[", "x[", true},
        {"[\xf0-\xff]", "\xf5", true},
        // quoted
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"a\\\\b", "a\\b", true},
        {"a\\", "a\\", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (flow_glob_match(cases[i].pattern, cases[i].path) != cases[i].match)
            fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].path);
    }
}

// The answer that tries everything, for short patterns of '*' and "**" without folders.
static bool slow_match(const char *pattern, const char *path)
{
    if (!*pattern)
        return !*path;
    if (*pattern != '*')
        return *path == *pattern && slow_match(pattern + 1, path + 1);
    bool any = pattern[1] == '*';
    const char *rest = pattern + strspn(pattern, "*");
    for (;; path++) {
        if (slow_match(rest, path))
            return true;
        if (!*path || (*path == '/' && !any))
            return false;
    }
}

static void fill(char *text, unsigned number, const char *letters, size_t base, size_t len)
{
    for (size_t i = 0; i < len; i++, number /= (unsigned)base)
        text[i] = letters[number % base];
    text[len] = '\0';
}

static void test_all_short_patterns_agree_with_the_slow_way(void **state)
{
    (void)state;
    for (unsigned p = 0; p < 4 * 4 * 4 * 4 * 4; p++) {
        // In front a letter and a '/', so that no "**/" stands at a start and the whole path counts.
        char pattern[16] = "a/a";
        fill(pattern + 3, p, "ab*/", 4, 5);
        if (strstr(pattern, "/**/"))
            continue;
        for (unsigned n = 0; n < 3 * 3 * 3 * 3 * 3; n++) {
            char path[16] = "a/a";
            fill(path + 3, n, "ab/", 3, 5);
            if (flow_glob_match(pattern, path) != slow_match(pattern, path))
                fail_msg("'%s' and '%s'", pattern, path);
        }
    }
}

static void test_hostile_pattern_ends(void **state)
{
    (void)state;
    // Exponential matching would not end within anybody's life.
    char path[2001];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_false(flow_glob_match("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path));
    assert_false(flow_glob_match("x/**a**a**a**a**a**a**a**a**a**b", path));
    assert_false(flow_glob_match("**a*a*a*a**a*a*a*a**a*a*a*a**/b", path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),
        cmocka_unit_test(test_all_short_patterns_agree_with_the_slow_way),
        cmocka_unit_test(test_hostile_pattern_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
