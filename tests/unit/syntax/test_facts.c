// SPDX-License-Identifier: MIT
// From a text to its facts, and facts to bytes and back. What each language finds is the matter of
// test_languages.c.
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/syntax/facts.h"
#include "unit.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#else
#define __lsan_disable() (void)0
#define __lsan_enable()  (void)0
#endif

struct fixture {
    struct flow_languages *languages;
    struct flow_parser *parser;
};

static int set_up(void **state)
{
    static struct fixture fixture;
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(flow_languages_load(&fixture.languages, &err), &err);
    assert_ok(flow_parser_new(&fixture.parser, fixture.languages, &err), &err);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    flow_parser_free(fixture->parser);
    flow_languages_free(fixture->languages);
    return 0;
}

static struct flow_facts extract(struct fixture *fixture, const char *language, const char *source)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts facts;
    const struct flow_language *found = flow_languages_named(fixture->languages, language);
    assert_non_null(found);
    assert_ok(flow_facts_extract(&facts, fixture->parser, found, source, strlen(source), &err), &err);
    return facts;
}

// "kind container.name" of each symbol, a newline behind each.
static void expect_symbols(void **state, const char *language, const char *source, const char *want)
{
    struct flow_buf got;
    struct flow_facts facts = extract(*state, language, source);
    flow_buf_init(&got, FLOW_BUF_TEXT);
    for (size_t i = 0; i < facts.symbol_count; i++)
        flow_buf_printf(&got, "%s %s%s%s\n", facts.symbols[i].kind, facts.symbols[i].container,
                        *facts.symbols[i].container ? "." : "", facts.symbols[i].name);
    assert_string_equal(got.data, want);
    flow_buf_release(&got);
    flow_facts_release(&facts);
}

// "container.name: type", with " *" behind a pointer.
static void expect_fields(void **state, const char *language, const char *source, const char *want)
{
    struct flow_buf got;
    struct flow_facts facts = extract(*state, language, source);
    flow_buf_init(&got, FLOW_BUF_TEXT);
    for (size_t i = 0; i < facts.field_count; i++)
        flow_buf_printf(&got, "%s.%s: %s%s\n", facts.fields[i].container, facts.fields[i].name,
                        facts.fields[i].type, facts.fields[i].is_pointer ? " *" : "");
    assert_string_equal(got.data, want);
    flow_buf_release(&got);
    flow_facts_release(&facts);
}

static void test_empty(void **state)
{
    struct flow_facts facts = extract(*state, "c", "");
    assert_int_equal(facts.lines, 0);
    assert_int_equal(facts.errors, 0);
    assert_int_equal(facts.symbol_count + facts.field_count + facts.import_count + facts.reference_count, 0);
    flow_facts_release(&facts);
}

static void test_lines(void **state)
{
    static const struct {
        const char *source;
        uint32_t lines;
    } cases[] = {{"int a;", 1}, {"int a;\n", 1}, {"\n", 1}, {"int a;\n\nint b;", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_facts facts = extract(*state, "c", cases[i].source);
        assert_int_equal(facts.lines, cases[i].lines);
        flow_facts_release(&facts);
    }
}

// A container takes its name from what it is the type of; values inside a function are nobody's business.
static void test_containers(void **state)
{
    expect_symbols(state, "zig",
                   "const Outer = struct {\n"
                   "    const Inner = union { a: u8 };\n"
                   "    var counter: u32 = 0;\n"
                   "    fn run() void {\n"
                   "        const local = 1;\n"
                   "        const Local = struct { x: u8 };\n"
                   "        _ = local;\n"
                   "    }\n"
                   "};\n",
                   "struct Outer\nunion Outer.Inner\nvariable Outer.counter\nfunction Outer.run\nstruct "
                   "Outer.run.Local\n");
}

static void test_else_if_behind_a_condition_is_no_function(void **state)
{
    expect_symbols(state, "c",
                   "int f(int a)\n{\n#if A\n    if (a)\n        return 1;\n    else\n#endif\n    if (a > 2)\n"
                   "        return 2;\n#ifdef B\n    else if (a == 3) {\n        return 3;\n    }\n#endif\n"
                   "    return 0;\n}\n",
                   "function f\n");
}

static void test_fields_of_containers(void **state)
{
    expect_fields(state, "zig",
                  "fn List(comptime T: type) type {\n"
                  "    return struct { next: ?*T, len: usize };\n"
                  "}\n"
                  "const A = struct {\n"
                  "    in: struct { p: *u8 },\n"
                  "    b: union(enum) { q: [*]u8, n: u8 },\n"
                  "    c: []const u8,\n"
                  "};\n",
                  "List.next: ?*T *\nList.len: usize\n"
                  "A.in: struct { p: *u8 }\nA.in.p: *u8 *\n"
                  "A.b: union(enum) { q: [*]u8, n: u8 }\nA.b.q: [*]u8 *\nA.b.n: u8\n"
                  "A.c: []const u8\n");
    expect_fields(
        state, "c",
        "struct s { char *name[4], c; struct { int *deep; } in; int (*fn)(void); unsigned bits : 3; };\n",
        "s.name: char *[4] *\ns.c: char\ns.in: struct { int *deep; }\ns.in.deep: int * *\n"
        "s.fn: int (*)(void) *\ns.bits: unsigned\n");
}

static void test_signature(void **state)
{
    struct flow_facts facts =
        extract(*state, "c", "static  int\nadd(int a,\n    int b)\n{\n    return a + b;\n}\nint shown;\n");
    assert_int_equal(facts.symbol_count, 2);
    assert_string_equal(facts.symbols[0].signature, "static int add(int a, int b)");
    assert_false(facts.symbols[0].is_public);
    assert_int_equal(facts.symbols[0].span.start_line, 1);
    assert_int_equal(facts.symbols[0].span.end_line, 6);
    assert_int_equal(facts.symbols[0].body.start_line, 4);
    assert_true(facts.symbols[1].is_public);
    flow_facts_release(&facts);
}

static void test_references_count(void **state)
{
    struct flow_facts facts = extract(*state, "c", "int f(void)\n{\n    return g() + g() + h;\n}\n");
    unsigned found = 0;
    for (size_t i = 0; i < facts.reference_count; i++) {
        if (strcmp(facts.references[i].name, "g") == 0) {
            assert_int_equal(facts.references[i].count, 2);
            assert_int_equal(facts.references[i].line, 3);
            found++;
        }
    }
    assert_int_equal(found, 1);
    flow_facts_release(&facts);
}

// A file with errors gives what parses, and says how many errors there are.
static void test_errors(void **state)
{
    struct flow_facts facts =
        extract(*state, "c", "int before(void) { return 1; }\n@@@ $$$\nint after(void) { return 2; }\n");
    assert_true(facts.errors > 0);
    assert_true(facts.symbol_count >= 2);
    assert_string_equal(facts.symbols[0].name, "before");
    assert_string_equal(facts.symbols[facts.symbol_count - 1].name, "after");
    flow_facts_release(&facts);
}

// Zig's grammar wants members in a struct. That is no error of the file.
static void test_errors_of_the_grammar(void **state)
{
    struct flow_facts facts = extract(*state, "zig", "const a = struct {};\n");
    assert_int_equal(facts.errors, 0);
    flow_facts_release(&facts);
}

static void test_generated(void **state)
{
    static const struct {
        const char *source;
        bool generated;
    } cases[] = {
        {"// Code generated by x. DO NOT EDIT.\nint a;\n", true},
        {"/* @generated */\n", true},
        {"const char *text = \"DO NOT EDIT\";\n", false},
        {"int a;\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct flow_facts facts = extract(*state, "c", cases[i].source);
        assert_int_equal(facts.generated, cases[i].generated);
        flow_facts_release(&facts);
    }
    struct flow_buf late;
    flow_buf_init(&late, FLOW_BUF_TEXT);
    for (int i = 0; i < 300; i++)
        flow_buf_puts(&late, "int a;\n\n");
    flow_buf_puts(&late, "// DO NOT EDIT\n");
    struct flow_facts facts = extract(*state, "c", late.data);
    assert_false(facts.generated);
    flow_facts_release(&facts);
    flow_buf_release(&late);
}

static const char everything[] = "#include \"a.h\"\n#include <b.h>\n#ifdef X\nint x;\n#endif\n"
                                 "struct s { char *name; };\nstatic int f(int a)\n{\n    return g(a);\n}\n";

static void expect_same(const struct flow_facts *a, const struct flow_facts *b)
{
    assert_int_equal(a->lines, b->lines);
    assert_int_equal(a->errors, b->errors);
    assert_int_equal(a->generated, b->generated);
    assert_int_equal(a->symbol_count, b->symbol_count);
    for (size_t i = 0; i < a->symbol_count; i++) {
        const struct flow_symbol *left = &a->symbols[i], *right = &b->symbols[i];
        assert_string_equal(left->kind, right->kind);
        assert_string_equal(left->name, right->name);
        assert_string_equal(left->container, right->container);
        assert_string_equal(left->signature, right->signature);
        assert_memory_equal(&left->span, &right->span, sizeof left->span);
        assert_memory_equal(&left->body, &right->body, sizeof left->body);
        assert_int_equal(left->is_public, right->is_public);
    }
    assert_int_equal(a->field_count, b->field_count);
    for (size_t i = 0; i < a->field_count; i++) {
        assert_string_equal(a->fields[i].name, b->fields[i].name);
        assert_string_equal(a->fields[i].type, b->fields[i].type);
        assert_string_equal(a->fields[i].container, b->fields[i].container);
        assert_string_equal(a->fields[i].container_kind, b->fields[i].container_kind);
        assert_int_equal(a->fields[i].line, b->fields[i].line);
        assert_int_equal(a->fields[i].is_pointer, b->fields[i].is_pointer);
    }
    assert_int_equal(a->import_count, b->import_count);
    for (size_t i = 0; i < a->import_count; i++) {
        assert_string_equal(a->imports[i].kind, b->imports[i].kind);
        assert_string_equal(a->imports[i].path, b->imports[i].path);
        assert_int_equal(a->imports[i].line, b->imports[i].line);
    }
    assert_int_equal(a->reference_count, b->reference_count);
    for (size_t i = 0; i < a->reference_count; i++) {
        assert_string_equal(a->references[i].name, b->references[i].name);
        assert_int_equal(a->references[i].count, b->references[i].count);
    }
    assert_int_equal(a->condition_count, b->condition_count);
    for (size_t i = 0; i < a->condition_count; i++)
        assert_string_equal(a->conditions[i].expr, b->conditions[i].expr);
}

static void test_encode_decode(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts facts = extract(*state, "c", everything), decoded;
    assert_true(facts.symbol_count && facts.field_count && facts.import_count && facts.reference_count &&
                facts.condition_count);
    struct flow_buf bytes;
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    assert_ok(flow_facts_encode(&facts, &bytes, &err), &err);
    assert_ok(flow_facts_decode(&decoded, facts.language, bytes.data, bytes.len, everything,
                                strlen(everything), &err),
              &err);
    expect_same(&facts, &decoded);
    flow_facts_release(&decoded);
    assert_ok(flow_facts_decode(&decoded, facts.language, bytes.data, bytes.len, NULL, 0, &err), &err);
    assert_string_equal(decoded.symbols[0].signature, "");
    flow_facts_release(&decoded);
    flow_buf_release(&bytes);
    flow_facts_release(&facts);
}

// Bytes that are cut or changed are refused, or at least read without harm.
static void test_damaged_bytes(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts facts = extract(*state, "c", everything), decoded;
    struct flow_buf bytes;
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    assert_ok(flow_facts_encode(&facts, &bytes, &err), &err);
    for (size_t len = 0; len < bytes.len; len++)
        assert_err(flow_facts_decode(&decoded, facts.language, bytes.data, len, NULL, 0, &err), &err,
                   FLOW_E_INVALID);
    for (size_t i = 0; i < bytes.len; i++) {
        char kept = bytes.data[i];
        for (int value = 1; value < 256; value += 63) {
            bytes.data[i] = (char)(kept ^ value);
            if (flow_facts_decode(&decoded, facts.language, bytes.data, bytes.len, everything,
                                  strlen(everything), &err) == 0)
                flow_facts_release(&decoded);
        }
        bytes.data[i] = kept;
    }
    flow_buf_putc(&bytes, 'x');
    assert_err(flow_facts_decode(&decoded, facts.language, bytes.data, bytes.len, NULL, 0, &err), &err,
               FLOW_E_INVALID);
    flow_buf_release(&bytes);
    flow_facts_release(&facts);
}

// Facts of another text than the one at hand do not fit it.
static void test_shorter_source(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_facts facts = extract(*state, "c", everything), decoded;
    struct flow_buf bytes;
    flow_buf_init(&bytes, FLOW_BUF_TEXT);
    assert_ok(flow_facts_encode(&facts, &bytes, &err), &err);
    assert_err(flow_facts_decode(&decoded, facts.language, bytes.data, bytes.len, everything, 20, &err), &err,
               FLOW_E_INVALID);
    flow_buf_release(&bytes);
    flow_facts_release(&facts);
}

// Nesting without end takes no stack.
static void test_deep_nesting(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    for (int i = 0; i < 3000; i++)
        flow_buf_puts(&source, "const a = struct { ");
    for (int i = 0; i < 3000; i++)
        flow_buf_puts(&source, "};");
    struct flow_facts facts = extract(*state, "zig", source.data);
    assert_true(facts.symbol_count > 0);
    flow_facts_release(&facts);
    flow_buf_release(&source);
}

// An error that swallows more tokens than tree-sitter 0.20.7 can count. It loses memory then (see alloc.h),
// but no more than that.
static void test_error_of_many_tokens(void **state)
{
    static const char *const languages[] = {"c", "zig", "python"};
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    for (int i = 0; i < 70000; i++)
        flow_buf_puts(&source, "{ ");
    __lsan_disable();
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        struct flow_facts facts = extract(*state, languages[i], source.data);
        assert_true(facts.errors > 0);
        flow_facts_release(&facts);
    }
    __lsan_enable();
    flow_buf_release(&source);
}

// A file that is all one list: no work is done again and again for each of its members.
static void test_wide_file(void **state)
{
    struct flow_buf source;
    flow_buf_init(&source, FLOW_BUF_TEXT);
    for (int i = 0; i < 100000; i++)
        flow_buf_puts(&source, "a;");
    flow_buf_puts(&source, "export const last = 1;");
    struct flow_facts facts = extract(*state, "javascript", source.data);
    assert_int_equal(facts.symbol_count, 1);
    assert_string_equal(facts.symbols[0].name, "last");
    flow_facts_release(&facts);
    flow_buf_release(&source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_containers),
        cmocka_unit_test(test_fields_of_containers),
        cmocka_unit_test(test_else_if_behind_a_condition_is_no_function),
        cmocka_unit_test(test_signature),
        cmocka_unit_test(test_references_count),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_errors_of_the_grammar),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_encode_decode),
        cmocka_unit_test(test_damaged_bytes),
        cmocka_unit_test(test_shorter_source),
        cmocka_unit_test(test_deep_nesting),
        cmocka_unit_test(test_error_of_many_tokens),
        cmocka_unit_test(test_wide_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
