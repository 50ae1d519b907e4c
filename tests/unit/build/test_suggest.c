// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/build/suggest.h"
#include "golden.h"

// One diagnostic for each suggestion, unless a test makes its own.
struct fixture {
    struct flow_replacement replacements[8];
    struct flow_suggestion suggestions[8];
    struct flow_diagnostic diagnostics[8];
    size_t count;
    struct flow_buf out;
    struct flow_applications applications;
    struct flow_error err;
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){.count = 0};
    flow_buf_init(&f->out, FLOW_BUF_TEXT);
}

static void add(struct fixture *f, size_t start, size_t end, const char *text)
{
    size_t i = f->count++;
    f->replacements[i] = (struct flow_replacement){
        .file = "a.rs", .by_offset = true, .start = start, .end = end, .text = text};
    f->suggestions[i] = (struct flow_suggestion){"", true, &f->replacements[i], 1};
    f->diagnostics[i] = (struct flow_diagnostic){.suggestions = &f->suggestions[i], .suggestion_count = 1};
}

static void apply(struct fixture *f, const char *text, const char *want, const char *fates)
{
    assert_ok(flow_suggestions_apply(&f->out, &f->applications, "a.rs", text, strlen(text), f->diagnostics,
                                     f->count, &f->err),
              &f->err);
    assert_string_equal(f->out.data, want);
    assert_int_equal(f->applications.count, strlen(fates));
    size_t applied = 0;
    for (size_t i = 0; fates[i]; i++) {
        assert_int_equal("yu2eoc"[f->applications.items[i].fate], fates[i]);
        applied += fates[i] == 'y';
    }
    assert_int_equal(f->applications.applied, applied);
    flow_applications_release(&f->applications);
    flow_buf_release(&f->out);
}

static void test_in_any_order(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    add(&f, 8, 11, "C");
    add(&f, 0, 3, "long");
    add(&f, 12, 12, "!");
    add(&f, 3, 4, "");
    apply(&f, "one two abc ", "longtwo C !", "yyyy");
}

static void test_nothing_to_do(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    apply(&f, "text", "text", "");
}

static void test_conflicts(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    add(&f, 2, 5, "X");
    add(&f, 4, 6, "Y"); // over it
    add(&f, 5, 7, "Z"); // beside it
    add(&f, 5, 5, "I"); // at its border
    add(&f, 2, 5, "X"); // the same again
    add(&f, 2, 5, "W"); // the same place with other words
    add(&f, 9, 9, "A");
    add(&f, 9, 9, "B");
    apply(&f, "0123456789", "01XZ78A9", "ycycycyc");
}

static void test_what_is_left(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    add(&f, 0, 1, "X");
    f.suggestions[0].machine = false;
    add(&f, 0, 1, "X");
    f.replacements[1].file = "b.rs";
    add(&f, 0, 1, "X");
    f.replacements[2].outside = true;
    add(&f, 3, 99, "X");
    add(&f, 3, 2, "X");
    add(&f, 2, 3, "X"); // in the middle of é
    add(&f, 0, 1, "X");
    apply(&f, "0é4", "Xé4", "ueeoooy");
}

static void test_together_or_not_at_all(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    add(&f, 0, 1, "(");
    add(&f, 4, 5, ")");
    f.suggestions[0].count = 2;
    f.count = 1;
    add(&f, 0, 0, "");
    // The second suggestion has two as well; the first one's second was overwritten.
    f.replacements[2] =
        (struct flow_replacement){.file = "a.rs", .by_offset = true, .start = 2, .end = 3, .text = "-"};
    f.replacements[3] =
        (struct flow_replacement){.file = "a.rs", .by_offset = true, .start = 4, .end = 5, .text = "+"};
    f.replacements[1] =
        (struct flow_replacement){.file = "a.rs", .by_offset = true, .start = 4, .end = 5, .text = ")"};
    f.suggestions[1] = (struct flow_suggestion){"", true, &f.replacements[2], 2};
    apply(&f, "[ab ]", "(ab )", "yc");
    // One that is at odds with itself: alternatives that are told as one.
    begin(&f);
    add(&f, 0, 1, "X");
    f.replacements[1] = f.replacements[0];
    f.suggestions[0].count = 2;
    apply(&f, "a", "a", "c");
}

static void test_one_of_alternatives(void **state)
{
    struct fixture f;
    (void)state;
    begin(&f);
    add(&f, 0, 1, "X");
    add(&f, 2, 3, "Y");
    add(&f, 4, 5, "Z");
    f.suggestions[0].machine = false;
    f.diagnostics[0].suggestion_count = 3;
    f.count = 1;
    apply(&f, "a b c", "a Y c", "uy2");
}

static void test_lines_and_columns(void **state)
{
    static const struct {
        uint32_t place[4];
        char fate;
    } places[] = {
        {{1, 1, 1, 2}, 'y'}, {{2, 1, 2, 1}, 'y'}, {{2, 3, 3, 1}, 'y'}, {{3, 2, 3, 2}, 'y'},
        {{3, 3, 3, 3}, 'o'}, {{1, 4, 1, 4}, 'o'}, {{0, 1, 1, 1}, 'o'}, {{4, 1, 4, 1}, 'o'},
    };
    struct fixture f;
    char fates[9] = "";
    (void)state;
    begin(&f);
    for (size_t i = 0; i < 8; i++) {
        const uint32_t *p = places[i].place;
        add(&f, 0, 0, "|");
        f.replacements[i] = (struct flow_replacement){
            .file = "a.rs", .line = p[0], .column = p[1], .end_line = p[2], .end_column = p[3], .text = "|"};
        fates[i] = places[i].fate;
    }
    apply(&f, "ab\ncd\ne", "|b\n|cd|e|", fates);
}

// What compilers propose, applied to the text that they read.
static void each_tool(const char *fixture, const char *file, const char *language, const char *want)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf output, text, out;
    struct flow_build_rules *rules;
    struct flow_diagnostics list;
    struct flow_applications applications;
    flow_buf_init(&output, FLOW_BUF_TEXT);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    golden_read(&output, fixture);
    golden_read(&text, file);
    assert_ok(flow_build_rules_load(&rules, language, NULL, &err), &err);
    flow_diagnostics_init(&list);
    assert_ok(flow_diagnostics_read(&list, rules, "/build", output.data, output.len, &err), &err);
    assert_ok(flow_suggestions_apply(&out, &applications, flow_path_base(file), text.data, text.len,
                                     list.items, list.count, &err),
              &err);
    if (want)
        assert_string_equal(out.data, want);
    else
        golden_check(&out, file);
    flow_applications_release(&applications);
    flow_diagnostics_release(&list);
    flow_build_rules_free(rules);
    flow_buf_release(&out);
    flow_buf_release(&text);
    flow_buf_release(&output);
}

static void test_what_compilers_propose(void **state)
{
    (void)state;
    each_tool(
        "rustc/warnings.json", "rustc/warnings.rs", "rust",
        "\nfn main() {\n    let x = 1 ;\n    let _é = 2; let y = 3;\n    println!(\"{} {}\", x, y);\n}\n");
    each_tool("clang/sample.txt", "clang/sample.c", "c", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_any_order),
        cmocka_unit_test(test_nothing_to_do),
        cmocka_unit_test(test_conflicts),
        cmocka_unit_test(test_what_is_left),
        cmocka_unit_test(test_together_or_not_at_all),
        cmocka_unit_test(test_one_of_alternatives),
        cmocka_unit_test(test_lines_and_columns),
        cmocka_unit_test(test_what_compilers_propose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
