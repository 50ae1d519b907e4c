// SPDX-License-Identifier: MIT
// A gate that there is no memory for has not been passed.
#include <string.h>

#include "flow/check/gates.h"
#include "oom.h"
#include "unit.h"

static const char source[] = "// SPDX-License-Identifier: MIT\n"
                             "#include \"list.h\"\n"
                             "#ifdef LIST_LIMIT\n"
                             "#define MAX_ITEMS 10\n"
                             "#endif\n"
                             "int list_add(struct list *l, int v)\n"
                             "{\n"
                             "    switch (v) { case 1: v++; case 2: return l->count << v; }\n"
                             "    return 0;\n"
                             "}\n";

// Something for each gate.
static const char target[] = "use crate::nowhere::Thing;\n"
                             "pub fn list_add(v: i32) -> i32 {\n"
                             "    unsafe { todo!() }\n"
                             "}\n";

static struct flow_languages *languages;
static struct flow_parser *parser;

static int setup(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    assert_ok(flow_languages_load(&languages, &err), &err);
    assert_ok(flow_parser_new(&parser, languages, &err), &err);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    flow_parser_free(parser);
    flow_languages_free(languages);
    return 0;
}

static int run_gates(void *payload, struct flow_error *err)
{
    static const struct flow_gate_file file = {"src/list.c", source, sizeof source - 1};
    static const struct flow_gate_file contract = {"rust/src/list.rs",
                                                   "pub fn list_add(v: i64) -> i32 {\n}\n", 35};
    static const struct flow_pair pairs[] = {{"list_add", "gone", NULL}}, conditions[] = {{"x", "y", NULL}};
    static size_t most;
    struct flow_gate_report report;
    struct flow_strv modules = {0};
    (void)payload;
    int result = flow_strv_add(&modules, "crate::other", err);
    const struct flow_gate_input input = {.languages = languages,
                                          .source_language = flow_languages_named(languages, "c"),
                                          .target_language = flow_languages_named(languages, "rust"),
                                          .sources = &file,
                                          .source_count = 1,
                                          .target = {"rust/src/list.rs", target, sizeof target - 1},
                                          .expected_path = "rust/src/list.rs",
                                          .pairs = pairs,
                                          .pair_count = 1,
                                          .conditions = conditions,
                                          .condition_count = 1,
                                          .contract = &contract,
                                          .previous = &contract,
                                          .modules = &modules};
    if (result == 0)
        result = flow_gates_run(&report, parser, &input, err);
    if (result == 0) {
        // The first run has all the memory there is: no other finds less.
        most = most ? most : report.count;
        assert_true(most > 5);
        assert_int_equal(report.count, most);
        flow_gate_report_release(&report);
    }
    flow_strv_release(&modules);
    return result;
}

// A layer that exports nothing any more, before and after a change.
static int run_layer(void *payload, struct flow_error *err)
{
    static const char exported[] = "#[no_mangle]\npub extern \"C\" fn list_add(v: i32) -> i32 {\n    v\n}\n";
    static const char hidden[] = "pub fn list_add(v: i32) -> i32 {\n    v\n}\n";
    static const struct flow_gate_file header = {"list.h", "int list_add(int v);\n", 21};
    static const struct flow_gate_file before = {"rust/src/c_abi_list.rs", exported, sizeof exported - 1};
    static const struct flow_pair pair = {"list_add", "list_add", NULL};
    const bool *change = payload;
    struct flow_gate_report report;
    const struct flow_gate_input input = {.languages = languages,
                                          .source_language = flow_languages_named(languages, "c"),
                                          .target_language = flow_languages_named(languages, "rust"),
                                          .sources = &header,
                                          .source_count = 1,
                                          .target = {before.path, hidden, sizeof hidden - 1},
                                          .expected_path = before.path,
                                          .pairs = &pair,
                                          .pair_count = 1,
                                          .c_abi = true,
                                          .change = *change,
                                          .previous = &before};
    int result = flow_gates_run(&report, parser, &input, err);
    if (result == 0) {
        assert_int_equal(report.count, 1);
        assert_string_equal(report.items[0].gate, "c-abi");
        flow_gate_report_release(&report);
    }
    return result;
}

static void test_layer(void **state)
{
    bool change = false;
    (void)state;
    oom_each(run_layer, &change);
    change = true;
    oom_each(run_layer, &change);
}

static void test_gates(void **state)
{
    (void)state;
    oom_each(run_gates, NULL);
}

static int find_traps(void *payload, struct flow_error *err)
{
    static const struct flow_gate_file file = {"src/list.c", source, sizeof source - 1};
    struct flow_traps traps;
    (void)payload;
    if (flow_traps_find(&traps, parser, flow_languages_named(languages, "c"), &file, 1, err))
        return -1;
    assert_true(traps.count > 0);
    flow_traps_release(&traps);
    return 0;
}

static void test_traps(void **state)
{
    (void)state;
    oom_each(find_traps, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gates),
        cmocka_unit_test(test_layer),
        cmocka_unit_test(test_traps),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
