// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/check/gates.h"

struct fixture {
    struct flow_languages *languages;
    struct flow_parser *parser;
    struct flow_error err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    return flow_languages_load(&f->languages, &f->err) || flow_parser_new(&f->parser, f->languages, &f->err);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    flow_parser_free(f->parser);
    flow_languages_free(f->languages);
    free(f);
    return 0;
}

// The names that fire on a text, joined by blanks.
static char *names(struct fixture *f, const char *language, const char *text)
{
    struct flow_gate_file file = {"a", text, strlen(text)};
    struct flow_traps traps;
    assert_ok(
        flow_traps_find(&traps, f->parser, flow_languages_named(f->languages, language), &file, 1, &f->err),
        &f->err);
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    for (size_t i = 0; i < traps.count; i++) {
        if (i == 0 || strcmp(traps.items[i - 1].name, traps.items[i].name) != 0)
            flow_buf_printf(&out, "%s%s", i ? " " : "", traps.items[i].name);
    }
    flow_traps_release(&traps);
    return flow_buf_detach(&out);
}

static void traps_of_c_fire_where_they_should(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"int f(int a) { return a + 1; }", ""},
        {"void f(unsigned h) { h ^= 1; h *= 16777619u; }", "unsigned-wrap"},
        {"int f(int a) { return a > INT_MAX - 1; }", "overflow-check"},
        {"int f(int a) { return a >> 2; }", "shift"},
        {"int f(long a) { return (int)a; }", "cast"},
        {"void *f(void *a) { return (char *)a; }", ""},
        {"void f(int i) { g(i++, i); }", "evaluation-order"},
        {"void f(int i) { assert(i++ > 0); }", "assert evaluation-order"},
        {"void f(void) { assert(next()); }", "assert assert-effect"},
        {"void f(int a) { switch (a) { case 1: g(); case 2: h(); break; } }", "fallthrough"},
        {"void f(int a) { switch (a) { case 1: g(); break; case 2: h(); break; } }", ""},
        {"int f(void) { static int n; return n; }", "static-local"},
        {"int f(void) { static const int n = 1; return n; }", ""},
        {"#define TWICE(x) ((x) + (x))\n", "macro"},
        {"struct s { unsigned a : 3; };", "bit-field"},
        {"struct s { int n; char data[]; };", "flexible-array"},
        {"int f(const char *s) { return strtol(s, 0, 10); }", "number-parsing"},
        {"#ifdef X\nint a;\n#endif\n", "conditions"},
        {"int f(struct s *s) { return container_of(s); }", "container-of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = names(*state, "c", cases[i].text);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("'%s': '%s' instead of '%s'", cases[i].text, got, cases[i].want);
        free(got);
    }
}

static void trap_says_its_line_once(void **state)
{
    struct fixture *f = *state;
    const char *text = "int a;\nint f(int x) { return x / 2 + x % 2; }\n";
    struct flow_gate_file file = {"a.c", text, strlen(text)};
    struct flow_traps traps;
    assert_ok(flow_traps_find(&traps, f->parser, flow_languages_named(f->languages, "c"), &file, 1, &f->err),
              &f->err);
    assert_int_equal(traps.count, 1);
    assert_int_equal(traps.items[0].line, 2);
    assert_string_equal(traps.items[0].path, "a.c");
    flow_traps_release(&traps);
}

static void language_without_traps_has_none(void **state)
{
    struct fixture *f = *state;
    char *got = names(f, "rust", "fn main() {}");
    assert_string_equal(got, "");
    free(got);
}

static void read_data(struct fixture *f, const char *language, const char *name, struct flow_buf *out)
{
    char relative[200];
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    snprintf(relative, sizeof relative, "grammars/%s/%s", language, name);
    assert_ok(flow_dir_data(&path, relative, &f->err), &f->err);
    if (flow_path_exists(path.data))
        assert_ok(flow_file_read(path.data, out, &f->err), &f->err);
    flow_buf_release(&path);
}

// A name of the query without a section would fire and explain nothing.
static void every_trap_has_its_section(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < flow_languages_count(f->languages); i++) {
        const char *language = flow_language_name(flow_languages_at(f->languages, i));
        struct flow_buf query, guide;
        flow_buf_init(&query, FLOW_BUF_TEXT);
        flow_buf_init(&guide, FLOW_BUF_TEXT);
        read_data(f, language, "traps.scm", &query);
        read_data(f, language, "to-rust.md", &guide);
        for (const char *at = query.data; (at = strstr(at, "@trap.")); at++) {
            char heading[120];
            int len = (int)strspn(at + 6, "abcdefghijklmnopqrstuvwxyz-");
            snprintf(heading, sizeof heading, "\n## trap: %.*s\n", len, at + 6);
            if (!strstr(guide.data, heading))
                fail_msg("grammars/%s/to-rust.md lacks '%s'", language, heading);
        }
        flow_buf_release(&guide);
        flow_buf_release(&query);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(traps_of_c_fire_where_they_should),
        CASE(trap_says_its_line_once),
        CASE(language_without_traps_has_none),
        CASE(every_trap_has_its_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
