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

static void source_that_does_not_parse_either(void **state)
{
    struct fixture *f = *state;
    static const char odd[] = "int list_add(int v) ODD(1 {\n    return v;\n}\n",
                      odder[] = "int list_add(int v) ODD(1 {\n    return v ODD(1;\n}\n";
    f->input.target_language = f->input.source_language;
    f->input.pair_count = 1;
    f->input.modules = NULL;
    set_source(f, odd);
    set_target(f, odd);
    passes(f); // in place: no worse than before
    set_target(f, odder);
    refuses(f, "parse", "2 places");
}

static void macros_of_a_long_file(void **state)
{
    struct fixture *f = *state;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, LICENCE "int list_add(int v) ODD(1 {\n    return v;\n}\n");
    f->input.source_language = flow_languages_named(f->languages, "rust");
    f->input.target_language = flow_languages_named(f->languages, "c");
    f->input.modules = NULL;
    set_source(f, "pub fn list_add(v: i32) -> i32 {\n    v\n}\n");
    set_target(f, text.data);
    refuses(f, "parse", "does not parse as c");
    for (int i = 0; i < 100; i++)
        flow_buf_printf(&text, "int other_%d;\n", i);
    set_target(f, text.data);
    passes(f); // one place in so many lines is what macros do to our grammar
    flow_buf_release(&text);
}

static void empty_file(void **state)
{
    struct fixture *f = *state;
    set_target(f, " \n");
    refuses(f, "parse", "empty");
    set_source(f, "\n");
    f->input.condition_count = 0;
    passes(f);
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

static void remarks_of_the_source_may_change_their_marks_and_breaks(void **state)
{
    struct fixture *f = *state;
    char source[2000], text[1000];
    snprintf(source, sizeof source, "%s/*\n * TODO: free what the\n * caller does not need\n */\n", SOURCE);
    set_source(f, source);
    snprintf(text, sizeof text, "%s// TODO: free what the caller\n// does not need\n", TARGET);
    set_target(f, text);
    passes(f);
}

// In other words they are let pass, but not more of them.
static void remarks_are_no_more_than_in_the_source(void **state)
{
    struct fixture *f = *state;
    char source[2000], text[1000];
    snprintf(source, sizeof source, "%s/* TODO: free the list here */\n", SOURCE);
    set_source(f, source);
    snprintf(text, sizeof text, "%s// TODO: drop the vector there\n", TARGET);
    set_target(f, text);
    passes(f);
    strcat(text, "// TODO: free the list here\n");
    set_target(f, text);
    refuses(f, "elision", "drop the vector");
}

static void remark_behind_a_nul_is_seen(void **state)
{
    struct fixture *f = *state;
    char text[2000];
    int len = snprintf(text, sizeof text, "%s// %c TODO: nothing of this works\n// TODO: all of it\n", TARGET,
                       '\0');
    f->input.target.text = text;
    f->input.target.len = (size_t)len;
    f->input.formatted = true;
    refuses(f, "elision", "TODO: all of it");
}

static void findings_end_somewhere(void **state)
{
    struct fixture *f = *state;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, TARGET);
    for (int i = 0; i < 500; i++)
        flow_buf_puts(&text, "// TODO: all of it\n");
    set_target(f, text.data);
    run(f);
    assert_int_equal(f->report.count, 100);
    assert_non_null(strstr(f->report.items[99].message, "mend the first 99"));
    flow_buf_release(&text);
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

// A change comes without a record: what only a record can say is not asked for, all else is.
static void change_without_a_record(void **state)
{
    struct fixture *f = *state;
    f->input.pair_count = f->input.condition_count = 0;
    run(f);
    assert_true(f->report.count > 0);
    f->input.change = true;
    passes(f);
    set_target(f, LICENCE "pub fn list_add(l: &mut Vec<i32>, v: i32) -> i32 {\n    todo!()\n}\n");
    refuses(f, "stub", "todo!");
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

static void departure_from_a_contract_needs_a_reason(void **state)
{
    struct fixture *f = *state;
    struct flow_gate_file contract = {"rust/src/list.rs", TARGET, strlen(TARGET)};
    static const char other[] =
        LICENCE "#[cfg(feature = \"limit\")]\npub const MAX_ITEMS: usize = 10;\n"
                "pub struct List {\n    pub items: Vec<i64>,\n}\n"
                "pub fn list_add(l: &mut List, v: i64) -> i32 {\n    l.items.push(v);\n    0\n}\n";
    f->input.contract = &contract;
    set_target(f, other);
    run(f);
    assert_int_equal(f->report.count, 2);
    f->pairs[0].reason = "v does not fit";
    refuses(f, "contract", "field 'items' of 'List'");
    f->pairs[2] = (struct flow_pair){"struct list", "List", "they do not fit"};
    f->input.pair_count = 3;
    passes(f);
    // It is about one symbol, not about those that are paired with it.
    f->pairs[0].reason = NULL;
    f->pairs[1].reason = "not this one";
    refuses(f, "contract", "v: i64");
}

// A struct of two fields, the second of that type.
static void set_list(struct fixture *f, char *text, size_t size, const char *name, const char *type)
{
    snprintf(text, size,
             LICENCE "#[cfg(feature = \"limit\")]\npub const MAX_ITEMS: usize = 10;\n"
                     "pub struct %s {\n    pub count: usize,\n    pub next_item: %s,\n}\n"
                     "/// Adds one.\n"
                     "pub fn list_add(l: &mut List, v: i32) -> i32 {\n    l.items.push(v);\n    0\n}\n",
             name, type);
    set_target(f, text);
}

static void field_whose_type_is_decided(void **state)
{
    struct fixture *f = *state;
    char source[1000], text[1000];
    static const struct {
        const char *source, *want, *have;
        bool fits;
    } cases[] = {
        {"struct item *", "Option<Box<item>>", "Option<Box<ListItem>>", true},
        {"struct item *", "Option<Box<item>>", "Option< std::boxed::Box<crate::other::Item> >", true},
        {"struct item *", "Option<Box<item>>", "Option<Box<Item<'a, { N }>>>", true},
        {"struct item *", "Option<Box<item>>", "Box<Item>", false},
        {"struct item *", "Option<Box<item>>", "Option<Rc<Item>>", false},
        {"struct item *", "Option<Box<item>>", "Option<Box<Item>, Global>", false},
        {"struct item *", "Rc<RefCell<item>>", "Rc<RefCell<Item>>", true},
        {"struct item *", "*mut item", "*const Item", false},
        {"const struct item *", "*const item", "*const Item", true},
        {"struct item *", "&'a mut item", "&'list mut Item", true},
        {"struct item *", "&'static item", "&'a Item", false},
        {"struct item *", "&'static item", "&'static Item", true},
        {"char *", "Option<Box<char>>", "Option<Box<[u8]>>", true},
        {"char *", "Box<str>", "Box<[u8]>", false},
        {"char *", "Option<Box<[u8]>>", "Option<Box<[u8]>>", true},
        {"char *", "Option<Box<[u8]>>", "Option<Vec<u8>>", true},
        {"char *", "Option<Box<[u8]>>", "Option<String>", true},
        {"char *", "Option<Box<[u8]>>", "Option<std::ffi::CString>", true},
        {"char *", "Option<Box<[u8]>>", "Option<Box<std::ffi::CStr>>", true},
        {"char *", "Option<Box<[u8]>>", "Option<Box<char>>", false},
        {"char *", "Option<Box<[u8]>>", "Option<&'a str>", false},
        {"char *", "Option<Box<[u8]>>", "Option<Vec<u16>>", false},
        {"const char *", "Option<&'a [u8]>", "Option<&'b str>", true},
        {"const char *", "Option<&'a [u8]>", "Option<&'b mut [u8]>", true},
        {"const char *", "Option<&'a [u8]>", "Option<&'static CStr>", false},
        {"const char *", "Option<&'a [u8]>", "Option<String>", false},
        {"const char *", "Option<&'static [u8]>", "Option<&'static std::ffi::CStr>", true},
        {"int (*)(int)", "Option<fn(…)>", "Option<fn(i32) -> i32>", true},
        {"int (*)(int)", "Option<fn(…)>", "fn(i32) -> i32", false},
        // A person can write anything.
        {"struct item *", "::::'", "Box<Item>", false},
        {"struct item *", ">>)]item::", "Box<Item>", false},
        {"", "item", "Box<Item>", false},
    };
    snprintf(source, sizeof source, "%s%s", SOURCE,
             "struct list { int count; struct item *next_item; int (*call)(int); };\n");
    set_source(f, source);
    f->pairs[2] = (struct flow_pair){"struct list", "List", NULL};
    f->input.pair_count = 3;
    struct flow_gate_field field = {.container = "list", .name = "next_item"};
    f->input.fields = &field;
    f->input.field_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        field.source_type = cases[i].source;
        field.type = cases[i].want;
        set_list(f, text, sizeof text, "List", cases[i].have);
        if (cases[i].fits)
            passes(f);
        else
            refuses(f, "field", "by the field table");
    }
    // It has to be there, where its struct is, whatever that is called.
    field = (struct flow_gate_field){"Outer.list@7", "next_item", "struct item *", "Option<Box<item>>"};
    set_list(f, text, sizeof text, "List", "Option<Rc<Item>>");
    refuses(f, "field", "'next_item' of 'List'");
    f->pairs[2].target = "Chain";
    set_list(f, text, sizeof text, "Chain", "Option<Rc<Item>>");
    refuses(f, "field", "'next_item' of 'Chain'");
    field.name = "call";
    refuses(f, "field", "'Chain' has no field 'call'");
    // What the source does not have, and what no language but these speaks of.
    field.name = "previous";
    passes(f);
    field.name = "call";
    f->pairs[2].target = "";
    f->pairs[2].reason = "it is in another unit";
    passes(f);
}

static void bodies_of_a_skeleton_may_be_open(void **state)
{
    struct fixture *f = *state;
    // Neither licence nor conditions, and no body.
    static const char open[] = "pub const MAX_ITEMS: usize = 10;\n"
                               "pub struct List {\n    pub items: Vec<i32>,\n}\n"
                               "pub fn list_add(l: &mut List, v: i32) -> i32 {\n    unimplemented!()\n}\n";
    f->input.skeleton = true;
    f->input.condition_count = 0;
    set_target(f, open);
    passes(f);
    // What it declares is asked for as ever, and no other body will do.
    set_target(f, "pub const MAX_ITEMS: usize = 10;\n");
    refuses(f, "parity", "list_add");
    set_target(f, "pub const MAX_ITEMS: usize = 10;\npub fn list_add(v: i32) {}\n");
    refuses(f, "stub", "{}");
    f->input.skeleton = false;
    set_target(f, open);
    run(f);
    assert_true(f->report.count >= 3);
}

static void contract_with_several_of_one_name(void **state)
{
    struct fixture *f = *state;
    static const char text[] = LICENCE "pub const MAX_ITEMS: usize = 10;\n"
                                       "#[cfg(a)]\npub fn list_add(v: i32) -> i32 {\n    v\n}\n"
                                       "#[cfg(not(a))]\npub fn list_add(v: i64) -> i32 {\n    v as i32\n}\n";
    struct flow_gate_file contract = {"rust/src/list.rs", text, strlen(text)};
    f->input.contract = &contract;
    set_target(f, text);
    passes(f);
}

static void declaration_of_a_contract_becomes_a_definition(void **state)
{
    struct fixture *f = *state;
    static const char promise[] = "int list_add(int v);\n";
    struct flow_gate_file contract = {"list.c", promise, strlen(promise)};
    f->input.contract = &contract;
    f->input.source_language = flow_languages_named(f->languages, "rust");
    f->input.target_language = flow_languages_named(f->languages, "c");
    f->input.modules = NULL;
    set_source(f, "pub fn list_add(v: i32) -> i32 {\n    v\n}\n");
    set_target(f, "int list_add(int v)\n{\n    return v;\n}\n");
    passes(f);
    set_target(f, "int list_add(long v)\n{\n    return v;\n}\n");
    refuses(f, "contract", "long v");
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

static void docstrings_are_comments(void **state)
{
    struct fixture *f = *state;
    char source[4000] = "def list_add(l, v):\n    \"\"\"Adds one.\n", text[4000] = "", line[100];
    for (int i = 0; i < 20; i++) {
        snprintf(line, sizeof line, "    It says a lot about number %d.\n", i);
        strcat(source, line);
        snprintf(line, sizeof line, "/// It says a lot about number %d.\n", i);
        strcat(text, line);
    }
    strcat(source, "    \"\"\"\n    l.append(v)\n");
    strcat(text, "pub fn list_add(l: &mut Vec<i32>, v: i32) {\n    l.push(v);\n}\n");
    f->input.source_language = flow_languages_named(f->languages, "python");
    set_source(f, source);
    set_target(f, text);
    passes(f);
    set_source(f, "def list_add(l, v):\n    l.append(v)\n");
    refuses(f, "churn", "20 lines of comments");
}

static void unexplained_unsafe(void **state)
{
    struct fixture *f = *state;
    char text[1000];
    set_target(f, with_body(text, sizeof text, "    unsafe { *l.as_mut_ptr() = v };\n    0"));
    refuses(f, "risk", "'unsafe' where nothing in the source needs it");
    assert_string_equal(f->report.risks, "unsafe=1");
}

// Boundaries need what is refused elsewhere, and remarks that the header has not.
static void layer_of_c_abi(void **state)
{
    struct fixture *f = *state;
    static const char attributes[] = "#[no_mangle]\n#[allow(dead_code)]\n";
    static const char declared[] =
        "pub unsafe extern \"C\" fn list_add(l: *mut i32) -> i32 {\n    unsafe { *l }\n}\n";
    char text[400];
    f->input.c_abi = true;
    f->input.condition_count = 0;
    f->input.pair_count = 1;
    set_source(f, "int list_add(int *l);\nstatic inline int list_one(void) { return 1; }\n");
    snprintf(text, sizeof text, "%s%s", attributes, declared);
    set_target(f, text);
    passes(f);
    set_target(f, declared);
    refuses(f, "c-abi", "'list_add' is not exported");
    f->input.change = true; // it was not exported before either
    f->input.previous = &f->source;
    passes(f);
    f->source.text = text;
    f->source.len = strlen(text);
    refuses(f, "c-abi", "'list_add' is not exported");
    set_target(f, "pub fn other() -> i32 {\n    0\n}\n");
    refuses(f, "c-abi", "'list_add' of the header has to be a function of that name");
    f->input.change = false;
    f->input.previous = NULL;
    set_source(f, "int list_add(int *l);\n");
    f->pairs[0].target = "other";
    refuses(f, "c-abi", "'list_add' of the header has to be a function of that name");
    f->pairs[0].target = "";
    f->pairs[0].reason = "it takes a variable list of arguments";
    passes(f);
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
        CASE(source_that_does_not_parse_either),
        CASE(macros_of_a_long_file),
        CASE(empty_file),
        CASE(reply_for_another_path),
        CASE(stub_bodies),
        CASE(body_that_shrank_to_nothing),
        CASE(elisions),
        CASE(words_of_the_source_are_no_elision),
        CASE(remarks_of_the_source_may_change_their_marks_and_breaks),
        CASE(remarks_are_no_more_than_in_the_source),
        CASE(remark_behind_a_nul_is_seen),
        CASE(findings_end_somewhere),
        CASE(public_symbol_without_pair),
        CASE(pair_that_is_not_there),
        CASE(dropped_symbol_needs_a_reason),
        CASE(change_without_a_record),
        CASE(changed_contract),
        CASE(departure_from_a_contract_needs_a_reason),
        CASE(field_whose_type_is_decided),
        CASE(bodies_of_a_skeleton_may_be_open),
        CASE(contract_with_several_of_one_name),
        CASE(declaration_of_a_contract_becomes_a_definition),
        CASE(lost_condition),
        CASE(lost_licence_header),
        CASE(comment_swelling),
        CASE(docstrings_are_comments),
        CASE(unexplained_unsafe),
        CASE(layer_of_c_abi),
        CASE(module_that_is_not_in_the_map),
        CASE(any_bytes_are_judged_without_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
