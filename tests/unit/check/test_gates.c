// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/check/gates.h"

#define LICENCE "// SPDX-License-Identifier: MIT\n"

static const char SOURCE[] = LICENCE "#include \"list.h\"\n"
                                     "#ifdef LIST_LIMIT\n"
                                     "#define MAX_ITEMS 10\n"
                                     "#endif\n"
                                     "/* Adds one. */\n"
                                     "int list_add(struct list *l, int v)\n"
                                     "{\n"
                                     "    l->items[l->count++] = v;\n"
                                     "    return 0;\n"
                                     "}\n"
                                     "static int hidden(void) { return 1; }\n";

static const char TARGET[] = LICENCE "use crate::other::Thing;\n"
                                     "#[cfg(feature = \"limit\")]\n"
                                     "pub const MAX_ITEMS: usize = 10;\n"
                                     "pub struct List {\n"
                                     "    pub items: Vec<i32>,\n"
                                     "}\n"
                                     "/// Adds one.\n"
                                     "pub fn list_add(l: &mut List, v: i32) -> i32 {\n"
                                     "    l.items.push(v);\n"
                                     "    0\n"
                                     "}\n";

struct fixture {
    struct flow_languages *languages;
    struct flow_parser *parser;
    struct flow_error err;
    struct flow_gate_file source;
    struct flow_pair pairs[4], conditions[2];
    struct flow_strv modules;
    struct flow_gate_input input;
    struct flow_gate_report report;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (flow_languages_load(&f->languages, &f->err) != 0 ||
        flow_parser_new(&f->parser, f->languages, &f->err) != 0)
        return -1;
    f->source = (struct flow_gate_file){"src/list.c", SOURCE, strlen(SOURCE)};
    f->pairs[0] = (struct flow_pair){"list_add", "list_add", NULL};
    f->pairs[1] = (struct flow_pair){"MAX_ITEMS", "MAX_ITEMS", NULL};
    f->conditions[0] = (struct flow_pair){"#ifdef LIST_LIMIT", "cfg(feature = \"limit\")", NULL};
    flow_strv_init(&f->modules);
    if (flow_strv_add(&f->modules, "crate::other", &f->err) != 0)
        return -1;
    f->input = (struct flow_gate_input){
        .languages = f->languages,
        .source_language = flow_languages_named(f->languages, "c"),
        .target_language = flow_languages_named(f->languages, "rust"),
        .sources = &f->source,
        .source_count = 1,
        .target = {"rust/src/list.rs", TARGET, strlen(TARGET)},
        .expected_path = "rust/src/list.rs",
        .pairs = f->pairs,
        .pair_count = 2,
        .conditions = f->conditions,
        .condition_count = 1,
        .modules = &f->modules,
    };
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    flow_gate_report_release(&f->report);
    flow_strv_release(&f->modules);
    flow_parser_free(f->parser);
    flow_languages_free(f->languages);
    free(f);
    return 0;
}

static void run(struct fixture *f)
{
    flow_gate_report_release(&f->report);
    assert_ok(flow_gates_run(&f->report, f->parser, &f->input, &f->err), &f->err);
}

static void set_target(struct fixture *f, const char *text)
{
    f->input.target.text = text;
    f->input.target.len = strlen(text);
}

static void set_source(struct fixture *f, const char *text)
{
    f->source.text = text;
    f->source.len = strlen(text);
}

static void passes(struct fixture *f)
{
    run(f);
    for (size_t i = 0; i < f->report.count; i++)
        fail_msg("%s: %s", f->report.items[i].gate, f->report.items[i].message);
}

// Exactly one finding, of this gate, whose message holds the words.
static void refuses(struct fixture *f, const char *gate, const char *words)
{
    run(f);
    for (size_t i = 1; i < f->report.count; i++)
        fail_msg("also %s: %s", f->report.items[i].gate, f->report.items[i].message);
    assert_int_equal(f->report.count, 1);
    assert_string_equal(f->report.items[0].gate, gate);
    if (!strstr(f->report.items[0].message, words))
        fail_msg("'%s' is not in '%s'", words, f->report.items[0].message);
}

static void faithful_port_passes(void **state)
{
    passes(*state);
}

static void text_that_does_not_parse(void **state)
{
    struct fixture *f = *state;
    set_target(f, LICENCE "pub fn list_add( {\n");
    refuses(f, "parse", "does not parse as rust");
    f->input.formatted = true; // the language's own formatter knows better
    run(f);
    for (size_t i = 0; i < f->report.count; i++)
        assert_string_not_equal(f->report.items[i].gate, "parse");
}

static void empty_file(void **state)
{
    struct fixture *f = *state;
    set_target(f, " \n");
    refuses(f, "parse", "empty");
}

static void reply_for_another_path(void **state)
{
    struct fixture *f = *state;
    f->input.target.path = "rust/src/main.rs";
    refuses(f, "path", "goes to 'rust/src/list.rs'");
}

static const char *with_body(char *buffer, size_t size, const char *body)
{
    snprintf(buffer, size,
             LICENCE
             "pub const MAX_ITEMS: usize = 10;\npub fn list_add(l: &mut Vec<i32>, v: i32) -> i32 {\n%s\n}\n",
             body);
    return buffer;
}

static void stub_bodies(void **state)
{
    struct fixture *f = *state;
    char text[1000];
    set_target(f, with_body(text, sizeof text, "    todo!()"));
    refuses(f, "stub", "todo!()");
    assert_int_equal(f->report.items[0].line, 4);
    set_target(f, with_body(text, sizeof text, "    unimplemented!(\"later\")"));
    refuses(f, "stub", "unimplemented!");
    set_target(f, with_body(text, sizeof text, "    panic!(\"not implemented\")"));
    run(f);
    assert_true(f->report.count >= 1);
    assert_string_equal(f->report.items[f->report.count - 1].gate, "stub");
}

static void body_that_shrank_to_nothing(void **state)
{
    struct fixture *f = *state;
    char source[4000] = "#define MAX_ITEMS 10\nint list_add(struct list *l, int v)\n{\n", text[1000];
    for (int i = 0; i < 30; i++)
        strcat(source, "    l->total += v * l->weight[l->count];\n");
    strcat(source, "    return 0;\n}\n");
    set_source(f, source);
    set_target(f, with_body(text, sizeof text, "    0"));
    refuses(f, "stub", "'list_add' is 3 bytes");
}

static void elisions(void **state)
{
    struct fixture *f = *state;
    char text[1000];
    set_target(f, with_body(text, sizeof text, "    l.push(v);\n    // ... rest of the function\n    0"));
    refuses(f, "elision", "write the whole file");
    set_target(f, with_body(text, sizeof text, "    l.push(v);\n    // the rest remains unchanged\n    0"));
    refuses(f, "elision", "rest remains unchanged");
    assert_int_equal(f->report.items[0].line, 5);
}

static void words_of_the_source_are_no_elision(void **state)
{
    struct fixture *f = *state;
    char source[2000], text[1000];
    snprintf(source, sizeof source, "%s/* TODO: a remark of the author */\n", SOURCE);
    set_source(f, source);
    snprintf(text, sizeof text, "%s/* TODO: a remark of the author */\n", TARGET);
    set_target(f, text);
    passes(f);
}

static void public_symbol_without_pair(void **state)
{
    struct fixture *f = *state;
    f->input.pairs = f->pairs + 1;
    f->input.pair_count = 1;
    refuses(f, "parity", "public function 'list_add'");
}

static void pair_that_is_not_there(void **state)
{
    struct fixture *f = *state;
    f->pairs[0].target = "List::append";
    refuses(f, "parity", "'List::append', which the file does not declare");
}

static void dropped_symbol_needs_a_reason(void **state)
{
    struct fixture *f = *state;
    f->pairs[1].target = "";
    refuses(f, "parity", "without a reason");
    f->pairs[1].reason = "the limit is a constant of the caller now";
    passes(f);
}

static void changed_contract(void **state)
{
    struct fixture *f = *state;
    struct flow_gate_file contract = {"rust/src/list.rs", TARGET, strlen(TARGET)};
    f->input.contract = &contract;
    passes(f);
    set_target(f, LICENCE
               "#[cfg(feature = \"limit\")]\npub const MAX_ITEMS: usize = 10;\n"
               "pub struct List {\n    pub items: Vec<i32>,\n}\n"
               "pub fn list_add(l: &mut List, v: i64) -> i32 {\n    l.items.push(v as i32);\n    0\n}\n");
    refuses(f, "contract", "v: i64");
    set_target(f, LICENCE "#[cfg(feature = \"limit\")]\npub const MAX_ITEMS: usize = 10;\n"
                          "pub struct List {\n    pub items: Vec<u8>,\n}\n"
                          "pub fn list_add(l: &mut List, v: i32) -> i32 {\n    l.items.push(v);\n    0\n}\n");
    refuses(f, "contract", "field 'items' of 'List' is 'Vec<i32>'");
}

static void lost_condition(void **state)
{
    struct fixture *f = *state;
    f->input.condition_count = 0;
    refuses(f, "condition", "LIST_LIMIT");
    f->input.condition_count = 1;
    f->conditions[0].target = "";
    refuses(f, "condition", "without a reason");
    f->conditions[0].reason = "always on in this port";
    passes(f);
}

static void lost_licence_header(void **state)
{
    struct fixture *f = *state;
    set_target(f, TARGET + strlen(LICENCE));
    refuses(f, "licence", "SPDX-License-Identifier: MIT");
}

static void comment_swelling(void **state)
{
    struct fixture *f = *state;
    char text[4000];
    strcpy(text, TARGET);
    for (int i = 0; i < 20; i++)
        strcat(text, "// The original uses a pointer here, so that we have to be careful.\n");
    set_target(f, text);
    refuses(f, "churn", "lines of comments");
}

static void unexplained_unsafe(void **state)
{
    struct fixture *f = *state;
    char text[1000];
    set_target(f, with_body(text, sizeof text, "    unsafe { *l.as_mut_ptr() = v };\n    0"));
    refuses(f, "risk", "'unsafe' where nothing in the source needs it");
    assert_string_equal(f->report.risks, "unsafe=1");
}

static void module_that_is_not_in_the_map(void **state)
{
    struct fixture *f = *state;
    char text[1000];
    snprintf(text, sizeof text, "%suse crate::invented::Thing;\nuse std::io;\n", TARGET);
    set_target(f, text);
    refuses(f, "module", "crate::invented::Thing");
}

static void any_bytes_are_judged_without_harm(void **state)
{
    struct fixture *f = *state;
    static const char bytes[] = "\xff\xfe{{{{((((\"\x01";
    f->input.target.text = bytes;
    f->input.target.len = sizeof bytes - 1;
    run(f);
    assert_true(f->report.count > 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(faithful_port_passes),
        CASE(text_that_does_not_parse),
        CASE(empty_file),
        CASE(reply_for_another_path),
        CASE(stub_bodies),
        CASE(body_that_shrank_to_nothing),
        CASE(elisions),
        CASE(words_of_the_source_are_no_elision),
        CASE(public_symbol_without_pair),
        CASE(pair_that_is_not_there),
        CASE(dropped_symbol_needs_a_reason),
        CASE(changed_contract),
        CASE(lost_condition),
        CASE(lost_licence_header),
        CASE(comment_swelling),
        CASE(unexplained_unsafe),
        CASE(module_that_is_not_in_the_map),
        CASE(any_bytes_are_judged_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
