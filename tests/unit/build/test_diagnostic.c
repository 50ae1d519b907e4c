// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/build/diagnostic.h"
#include "flow/config/config.h"
#include "golden.h"
#include "pattern.h"

static void put_place(struct flow_buf *out, const struct flow_position *place)
{
    golden_put(out, place->file);
    flow_buf_printf(out, "%s:%u:%u-%u:%u", place->outside ? "(outside)" : "", place->line, place->column,
                    place->end_line, place->end_column);
}

static void put_suggestion(struct flow_buf *out, const struct flow_suggestion *suggestion)
{
    flow_buf_printf(out, "  %s: ", suggestion->machine ? "machine" : "unsure");
    golden_put(out, suggestion->message);
    flow_buf_putc(out, '\n');
    for (size_t i = 0; i < suggestion->count; i++) {
        const struct flow_replacement *r = &suggestion->replacements[i];
        if (r->by_offset)
            flow_buf_printf(out, "    %s @%zu-%zu '", r->file, r->start, r->end);
        else
            flow_buf_printf(out, "    %s %u:%u-%u:%u '", r->file, r->line, r->column, r->end_line,
                            r->end_column);
        golden_put(out, r->text);
        flow_buf_puts(out, "'\n");
    }
}

static void put_all(struct flow_buf *out, const struct flow_diagnostics *list)
{
    flow_buf_printf(out, "%zu errors, %zu warnings\n", list->errors, list->warnings);
    for (size_t i = 0; i < list->count; i++) {
        const struct flow_diagnostic *item = &list->items[i];
        put_place(out, &item->place);
        flow_buf_printf(out, " %s [%s] ", flow_severity_name(item->severity), item->code ? item->code : "");
        golden_put(out, item->message);
        flow_buf_printf(out, item->times > 1 ? " (%u times)\n" : "\n", item->times);
        for (size_t k = 0; k < item->note_count; k++) {
            flow_buf_puts(out, "  note: ");
            put_place(out, &item->notes[k].place);
            flow_buf_putc(out, ' ');
            golden_put(out, item->notes[k].message);
            flow_buf_putc(out, '\n');
        }
        for (size_t k = 0; k < item->suggestion_count; k++)
            put_suggestion(out, &item->suggestions[k]);
        flow_buf_puts(out, "  text: ");
        golden_put(out, item->text);
        flow_buf_putc(out, '\n');
    }
}

static struct flow_build_rules *rules_of(const char *language, const char *project)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_build_rules *rules;
    struct flow_config *config = NULL;
    if (project) {
        assert_ok(flow_config_new(&config, &err), &err);
        assert_ok(flow_config_add_committed(config, project, strlen(project), "'.flow/config'", &err), &err);
    }
    assert_ok(flow_build_rules_load(&rules, language, config, &err), &err);
    flow_config_free(config);
    return rules;
}

static void test_fixtures(void **state)
{
    static const struct {
        const char *language, *name;
    } fixtures[] = {
        {"rust", "rustc/sample.json"},
        {"rust", "rustc/sample.txt"},
        {"rust", "rustc/warnings.json"},
        {"rust", "cargo/build.json"},
        {"rust", "cargo/build.txt"},
        {"c", "gcc/sample.txt"},
        {"c", "gcc/sample.json"},
        {"c", "clang/sample.txt"},
        {"c", "clang/undefined.txt"},
        {"go", "go/build.txt"},
        {"go", "go/vet.txt"},
        {"typescript", "tsc/sample.txt"},
        {"typescript", "tsc/pretty.txt"},
        {"java", "javac/syntax.txt"},
        {"java", "javac/types.txt"},
        {"zig", "zig/sample.txt"},
        {"zig", "zig/types.txt"},
        {"python", "python/mypy.txt"},
        {"python", "python/pyright.txt"},
        {"python", "python/pyright.json"},
        {"python", "python/compile.txt"},
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf text, got;
    (void)state;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&got, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
        struct flow_build_rules *rules = rules_of(fixtures[i].language, NULL);
        struct flow_diagnostics list;
        golden_read(&text, fixtures[i].name);
        flow_diagnostics_init(&list);
        flow_buf_clear(&got);
        assert_ok(flow_diagnostics_read(&list, rules, "/build", text.data, text.len, &err), &err);
        put_all(&got, &list);
        golden_check(&got, fixtures[i].name);
        // Said twice, it is one diagnostic.
        size_t count = list.count;
        assert_ok(flow_diagnostics_read(&list, rules, "/build", text.data, text.len, &err), &err);
        assert_int_equal(list.count, count);
        assert_true(count > 0 && list.items[0].times >= 2);
        flow_diagnostics_release(&list);
        flow_build_rules_free(rules);
    }
    flow_buf_release(&got);
    flow_buf_release(&text);
}

// Reads text and hands the list over.
static void read_text(struct flow_diagnostics *list, const char *language, const char *project,
                      const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_build_rules *rules = rules_of(language, project);
    flow_diagnostics_init(list);
    assert_ok(flow_diagnostics_read(list, rules, "/build", text, strlen(text), &err), &err);
    flow_build_rules_free(rules);
}

static void test_where_make_is(void **state)
{
    struct flow_diagnostics list;
    (void)state;
    read_text(&list, "c", NULL,
              "a.c:1:1: error: top\n"
              "make[1]: Entering directory '/build/lib'\n"
              "b.c:1:1: error: below\n"
              "../c.c:1:1: error: beside\n"
              "make[2]: Entering directory `/usr/src'\n"
              "d.c:1:1: error: elsewhere\n"
              "make[2]: Leaving directory `/usr/src'\n"
              "./e.c:1:1: error: below again\n"
              "make[1]: Leaving directory '/build/lib'\n"
              "/build/./f.c:1:1: error: absolute\n"
              "/buildings/g.c:1:1: error: not in the tree\n"
              "../h.c:1:1: error: nor this\n"
              "make: *** [Makefile:3: all] Error 1\n");
    static const char *const files[] = {"/buildings/g.c", "/h.c",   "/usr/src/d.c", "a.c", "c.c", "f.c",
                                        "lib/b.c",        "lib/e.c"};
    assert_int_equal(list.count, 8);
    assert_int_equal(list.errors, 8);
    for (size_t i = 0; i < list.count; i++) {
        assert_string_equal(list.items[i].place.file, files[i]);
        assert_int_equal(list.items[i].place.outside, i < 3);
    }
    flow_diagnostics_release(&list);
}

static void test_pattern_of_a_project(void **state)
{
    struct flow_diagnostics list;
    (void)state;
    read_text(
        &list, "c", "[diagnostics]\npattern = \"%t{OOPS|HM} in %f{[^ ]+} at %l,%c %%: %m (%n)\"\n",
        "OOPS in src/a.x at 12,7   %: it broke (X1)\r\nHM in b.x at 1,1 %: so what (X-2)\nin c.x at 1\n");
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[1].place.file, "src/a.x");
    assert_int_equal(list.items[1].place.line, 12);
    assert_int_equal(list.items[1].place.column, 7);
    assert_string_equal(list.items[1].message, "it broke");
    assert_string_equal(list.items[1].code, "X1");
    assert_string_equal(list.items[0].code, "X-2");
    flow_diagnostics_release(&list);
}

static void test_bad_patterns(void **state)
{
    static const char *const bad[] = {"%q", "%f:%f", "%", "%f{[}", "%m{(}", "%*{*}{"};
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct flow_pattern pattern;
        assert_err(flow_pattern_compile(&pattern, bad[i], &err), &err, FLOW_E_INVALID);
    }
    struct flow_config *config;
    struct flow_build_rules *rules;
    static const char text[] = "[diagnostics]\npattern = \"%f %q\"\n";
    assert_ok(flow_config_new(&config, &err), &err);
    assert_ok(flow_config_add_committed(config, text, strlen(text), "'.flow/config'", &err), &err);
    assert_err(flow_build_rules_load(&rules, "c", config, &err), &err, FLOW_E_INVALID);
    assert_string_equal(err.message, "diagnostics.pattern: bad pattern '%f %q': % is followed by none of "
                                     "f l c t n m * %");
    flow_config_free(config);
}

static void test_like_another_language(void **state)
{
    struct flow_diagnostics list;
    (void)state;
    read_text(&list, "tsx", NULL, "a.tsx(7,11): error TS2741: no\n");
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].code, "TS2741");
    flow_diagnostics_release(&list);
    read_text(&list, "no such language", NULL, "a.x:7:11: warning: no\n");
    assert_int_equal(list.warnings, 1);
    flow_diagnostics_release(&list);
}

static void test_broken_json_spoils_only_itself(void **state)
{
    struct flow_diagnostics list;
    (void)state;
    read_text(&list, "c", NULL,
              "{\"reason\":\"compiler-message\",\"message\":{\"level\":\"error\",\"spans\":[],\"mess\n"
              "[{\"kind\":\"error\",\"locations\":[],\"message\":\"one\"}]\n"
              "[{\"kind\":\"error\",\"locations\":[],\"message\":\"two\"}] and more\n"
              "{\n\"generalDiagnostics\": [\n{\"severity\":\"error\",\"message\":\"three\"}]\n}\n"
              "{\n  \"a\": 1\n"
              "a.c:1:1: error: four\n");
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].message, "one");
    assert_string_equal(list.items[1].message, "three");
    assert_string_equal(list.items[2].message, "four");
    flow_diagnostics_release(&list);
}

static void test_toolchain(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv read, fetched, env;
    struct flow_build_rules *rules = rules_of("rust", NULL);
    struct flow_buf path;
    (void)state;
    flow_buf_init(&path, FLOW_BUF_LINE);
    char home[] = "/tmp/flow-home-XXXXXX";
    assert_non_null(mkdtemp(home));
    setenv("HOME", home, 1);
    flow_buf_printf(&path, "%s/rustup", home);
    assert_ok(flow_dir_make(path.data, &err), &err);
    setenv("RUSTUP_HOME", path.data, 1);
    unsetenv("CARGO_HOME");
    for (int fetch = 0; fetch < 2; fetch++) {
        flow_strv_init(&read);
        flow_strv_init(&fetched);
        flow_strv_init(&env);
        assert_ok(flow_build_toolchain(rules, fetch, &read, &fetched, &env, &err), &err);
        assert_int_equal(read.count, 1); // there is no ~/.cargo
        assert_string_equal(read.items[0], path.data);
        assert_int_equal(fetched.count, fetch);
        assert_true(!fetch || flow_str_ends(fetched.items[0], "/.cargo"));
        assert_true(flow_strv_find(&env, "RUSTUP_HOME") >= 0 && flow_strv_find(&env, "RUSTFLAGS") >= 0);
        flow_strv_release(&env);
        flow_strv_release(&fetched);
        flow_strv_release(&read);
    }
    unsetenv("RUSTUP_HOME");
    assert_ok(flow_dir_remove(home, &err), &err);
    flow_buf_release(&path);
    flow_build_rules_free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixtures),
        cmocka_unit_test(test_where_make_is),
        cmocka_unit_test(test_pattern_of_a_project),
        cmocka_unit_test(test_bad_patterns),
        cmocka_unit_test(test_like_another_language),
        cmocka_unit_test(test_broken_json_spoils_only_itself),
        cmocka_unit_test(test_toolchain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
