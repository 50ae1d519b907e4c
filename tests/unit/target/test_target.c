// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/target/target.h"

struct fixture {
    struct flow_languages *languages;
    const struct flow_language *c, *rust;
    struct flow_config *config;
    struct flow_error err;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (flow_languages_load(&f->languages, &f->err) != 0 || flow_config_new(&f->config, &f->err) != 0)
        return -1;
    f->c = flow_languages_named(f->languages, "c");
    f->rust = flow_languages_named(f->languages, "rust");
    *state = f;
    return f->c && f->rust ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    flow_config_free(f->config);
    flow_languages_free(f->languages);
    free(f);
    return 0;
}

static struct flow_layout *lay_out(struct fixture *f, const struct flow_place_unit *units, size_t count)
{
    struct flow_layout *layout = NULL;
    assert_ok(flow_layout_new(&layout, f->c, f->rust, f->config, units, count, "My Sheet", &f->err), &f->err);
    return layout;
}

static const char *file_of(const struct flow_scaffold *scaffold, const char *path)
{
    for (size_t i = 0; i < scaffold->count; i++) {
        if (strcmp(scaffold->files[i].path, path) == 0)
            return scaffold->files[i].text;
    }
    return NULL;
}

static void places_leave_out_the_shared_folder(void **state)
{
    struct flow_place_unit units[] = {{"src/cell.c", "src/cell.c", false, false},
                                      {"src/eval/run.c", "src/eval/run.c", false, false}};
    struct flow_layout *layout = lay_out(*state, units, 2);
    assert_string_equal(layout->places[0].path, "rust/src/cell.rs");
    assert_string_equal(layout->places[0].module, "crate::cell");
    assert_string_equal(layout->places[1].path, "rust/src/eval/run.rs");
    assert_string_equal(layout->places[1].module, "crate::eval::run");
    assert_string_equal(layout->project, "my-sheet");
    assert_string_equal(layout->crate, "my_sheet");
    assert_null(layout->places[0].note);
    flow_layout_free(layout);
}

static void names_that_the_language_refuses_are_settled(void **state)
{
    struct flow_place_unit units[] = {
        {"type.c", "type.c", false, false},   {"a-b.c", "a-b.c", false, false},
        {"a_b.c", "a_b.c", false, false},     {"2d.c", "2d.c", false, false},
        {"main.c", "main.c", true, false},    {"Big.c", "Big.c", false, false},
        {"x.c", "x.c", false, false},         {"x/y.c", "x/y.c", false, false},
        {"b\xff.c", "b\xff.c", false, false},
    };
    const char *want[] = {"rust/src/type_.rs", "rust/src/a_b.rs",   "rust/src/a_b_2.rs",
                          "rust/src/_2d.rs",   "rust/src/main_.rs", "rust/src/big.rs",
                          "rust/src/x_2.rs",   "rust/src/x/y.rs",   "rust/src/b_.rs"};
    struct flow_layout *layout = lay_out(*state, units, 9);
    for (size_t i = 0; i < 9; i++)
        assert_string_equal(layout->places[i].path, want[i]);
    assert_non_null(layout->places[0].note); // a word
    assert_non_null(layout->places[2].note); // a collision
    assert_null(layout->places[1].note);
    flow_layout_free(layout);
}

static void places_do_not_depend_on_the_order(void **state)
{
    struct flow_place_unit one[] = {{"a_b.c", "a_b.c", false, false}, {"a-b.c", "a-b.c", false, false}};
    struct flow_place_unit other[] = {{"a-b.c", "a-b.c", false, false}, {"a_b.c", "a_b.c", false, false}};
    struct flow_layout *x = lay_out(*state, one, 2), *y = lay_out(*state, other, 2);
    assert_string_equal(flow_layout_find(x, "a_b.c")->path, flow_layout_find(y, "a_b.c")->path);
    assert_string_equal(flow_layout_find(x, "a-b.c")->path, flow_layout_find(y, "a-b.c")->path);
    flow_layout_free(x);
    flow_layout_free(y);
}

static void scaffold_names_only_what_is_done(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit units[] = {{"src/main.c", "src/main.c", true, false},
                                      {"src/a/b.c", "src/a/b.c", false, false},
                                      {"src/a/c/d.c", "src/a/c/d.c", false, false},
                                      {"src/z.c", "src/z.c", false, false}};
    struct flow_layout *layout = lay_out(f, units, 4);
    bool none[4] = {false}, some[4] = {true, true, true, true};
    struct flow_scaffold scaffold;
    assert_ok(flow_scaffold_make(&scaffold, layout, f->config, none, &f->err), &f->err);
    assert_non_null(strstr(file_of(&scaffold, "rust/Cargo.toml"), "name = \"my-sheet\""));
    assert_string_equal(file_of(&scaffold, "rust/src/lib.rs"), "\n");
    assert_null(file_of(&scaffold, "rust/src/main.rs"));
    flow_scaffold_release(&scaffold);
    assert_ok(flow_scaffold_make(&scaffold, layout, f->config, some, &f->err), &f->err);
    assert_string_equal(file_of(&scaffold, "rust/src/lib.rs"), "pub mod a {\n"
                                                               "    pub mod b;\n"
                                                               "    pub mod c {\n"
                                                               "        pub mod d;\n"
                                                               "    }\n"
                                                               "}\n"
                                                               "pub mod main_;\n"
                                                               "pub mod z;\n");
    assert_non_null(strstr(file_of(&scaffold, "rust/src/main.rs"), "my_sheet::main_::main()"));
    flow_scaffold_release(&scaffold);
    flow_layout_free(layout);
}

static void several_programs_become_several_files(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit units[] = {{"one.c", "one.c", true, false}, {"two.c", "two.c", true, false}};
    struct flow_layout *layout = lay_out(f, units, 2);
    bool done[2] = {true, false};
    struct flow_scaffold scaffold;
    assert_ok(flow_scaffold_make(&scaffold, layout, f->config, done, &f->err), &f->err);
    assert_non_null(file_of(&scaffold, "rust/src/bin/one.rs"));
    assert_null(file_of(&scaffold, "rust/src/bin/two.rs"));
    assert_null(file_of(&scaffold, "rust/src/main.rs"));
    flow_scaffold_release(&scaffold);
    flow_layout_free(layout);
}

// Whatever its name, a layer takes no place away from a unit.
static void layer_of_c_abi(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit units[] = {{"c-abi://include/a b.h", "include/a b.h", false, true},
                                      {"src/c_abi_a_b.c", "src/c_abi_a_b.c", false, false},
                                      {"src/z.c", "src/z.c", false, false}};
    struct flow_layout *layout = lay_out(f, units, 3);
    assert_string_equal(layout->places[0].path, "rust/src/c_abi_a_b_2.rs");
    assert_string_equal(layout->places[0].module, "crate::c_abi_a_b_2");
    assert_string_equal(layout->places[1].path, "rust/src/c_abi_a_b.rs");
    bool none[3] = {false};
    struct flow_scaffold scaffold;
    assert_ok(flow_scaffold_make(&scaffold, layout, f->config, none, &f->err), &f->err);
    assert_non_null(strstr(file_of(&scaffold, "rust/Cargo.toml"),
                           "publish = false\n\n[lib]\ncrate-type = [\"rlib\", \"staticlib\"]\n\n#"));
    flow_scaffold_release(&scaffold);
    flow_layout_free(layout);
    layout = lay_out(f, units + 1, 2);
    assert_ok(flow_scaffold_make(&scaffold, layout, f->config, none, &f->err), &f->err);
    assert_non_null(strstr(file_of(&scaffold, "rust/Cargo.toml"), "publish = false\n\n#"));
    flow_scaffold_release(&scaffold);
    flow_layout_free(layout);
    layout = NULL;
    assert_err(flow_layout_new(&layout, f->rust, f->c, f->config, units, 3, "x", &f->err), &f->err,
               FLOW_E_ENV);
    f->err = (struct flow_error)FLOW_ERROR_INIT;
    assert_err(flow_layout_new(&layout, f->rust, f->rust, f->config, units, 3, "x", &f->err), &f->err,
               FLOW_E_ENV);
}

static void in_place_a_unit_stays_where_it_is(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit unit = {"src/type.c", "src/type.c", false, false};
    struct flow_layout *layout = NULL;
    assert_ok(flow_layout_new(&layout, f->c, f->c, f->config, &unit, 1, "x", &f->err), &f->err);
    assert_string_equal(layout->places[0].path, "src/type.c");
    bool done = true;
    struct flow_scaffold scaffold;
    assert_ok(flow_scaffold_make(&scaffold, layout, f->config, &done, &f->err), &f->err);
    assert_int_equal(scaffold.count, 0);
    flow_scaffold_release(&scaffold);
    flow_layout_free(layout);
}

static void language_without_rules_gets_files_beside_each_other(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit units[] = {{"src/a.rs", "src/a.rs", false, false},
                                      {"src/b/c.rs", "src/b/c.rs", false, false}};
    struct flow_layout *layout = NULL;
    assert_ok(flow_layout_new(&layout, f->rust, f->c, f->config, units, 2, "x", &f->err), &f->err);
    assert_string_equal(layout->places[1].path, "c/b/c.c");
    assert_string_equal(layout->places[1].module, "c/b/c.c");
    flow_layout_free(layout);
}

static void root_from_a_setting_is_confined(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit unit = {"a.c", "a.c", false, false};
    struct flow_layout *layout = NULL;
    assert_ok(flow_config_set(f->config, "target.root", "../out", &f->err), &f->err);
    assert_err(flow_layout_new(&layout, f->c, f->rust, f->config, &unit, 1, "x", &f->err), &f->err,
               FLOW_E_INVALID);
    assert_ok(flow_config_set(f->config, "target.root", ".", &f->err), &f->err);
    layout = lay_out(f, &unit, 1);
    assert_string_equal(layout->places[0].path, "src/a.rs");
    flow_layout_free(layout);
}

static void description_names_module_and_version(void **state)
{
    struct fixture *f = *state;
    struct flow_place_unit units[] = {{"a/x.c", "a/x.c", false, false}, {"b.c", "b.c", false, false}};
    struct flow_layout *layout = lay_out(f, units, 2);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    assert_ok(flow_layout_describe(layout, f->config, "a/x.c", &text, &f->err), &f->err);
    assert_non_null(strstr(text.data, "`crate::a::x`"));
    assert_non_null(strstr(text.data, "edition 2021"));
    flow_buf_release(&text);
    flow_layout_free(layout);
}

static void formatter_formats_or_says_why_not(void **state)
{
    struct fixture *f = *state;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    const char *text = "fn  main( ) { }\n", *broken = "fn main( {\n";
    int formatted = flow_target_format(f->rust, f->config, "x.rs", text, strlen(text), &out, &f->err);
    if (formatted == 0) {
        assert_non_null(strstr(f->err.message, "not installed"));
    } else {
        assert_int_equal(formatted, 1);
        assert_string_equal(out.data, "fn main() {}\n");
        flow_buf_clear(&out);
        assert_int_equal(
            flow_target_format(f->rust, f->config, "x.rs", broken, strlen(broken), &out, &f->err), 0);
        assert_non_null(strstr(f->err.message, "could not read 'x.rs'"));
        assert_int_equal(out.len, 0);
    }
    flow_buf_release(&out);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(places_leave_out_the_shared_folder),
        CASE(names_that_the_language_refuses_are_settled),
        CASE(places_do_not_depend_on_the_order),
        CASE(scaffold_names_only_what_is_done),
        CASE(several_programs_become_several_files),
        CASE(layer_of_c_abi),
        CASE(in_place_a_unit_stays_where_it_is),
        CASE(language_without_rules_gets_files_beside_each_other),
        CASE(root_from_a_setting_is_confined),
        CASE(description_names_module_and_version),
        CASE(formatter_formats_or_says_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
