// SPDX-License-Identifier: MIT
// What gates.scm of each language marks: stubs and risks that are found, and finished code that is let pass.
#include "unit.h"

#include <stdlib.h>
#include <string.h>

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

struct side {
    const char *language, *text;
};

// The findings on a port from one side to the other, "gate:line" joined by blanks, and behind a bar the
// risks.
static char *judge(struct fixture *f, struct side from, struct side to, bool skeleton)
{
    struct flow_gate_file source = {"source", from.text, strlen(from.text)};
    struct flow_gate_input input = {
        .languages = f->languages,
        .source_language = flow_languages_named(f->languages, from.language),
        .target_language = flow_languages_named(f->languages, to.language),
        .sources = &source,
        .source_count = 1,
        .target = {"target", to.text, strlen(to.text)},
        .expected_path = "target",
        .skeleton = skeleton,
    };
    struct flow_gate_report report;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    assert_ok(flow_gates_run(&report, f->parser, &input, &f->err), &f->err);
    for (size_t i = 0; i < report.count; i++) {
        if (strcmp(report.items[i].gate, "parity") != 0)
            flow_buf_printf(&out, "%s%s:%u", out.len ? " " : "", report.items[i].gate, report.items[i].line);
    }
    flow_buf_printf(&out, "|%s", report.risks);
    flow_gate_report_release(&report);
    return flow_buf_detach(&out);
}

static void expect(struct fixture *f, struct side from, struct side to, const char *want)
{
    char *got = judge(f, from, to, false);
    if (strcmp(got, want) != 0)
        fail_msg("%s from %s '%s': '%s' instead of '%s'", to.language, from.language, to.text, got, want);
    free(got);
}

// A source in which f does something and which explains no risk.
static const char PLAIN[] = "int f(int a)\n{\n    return a > 3 ? compute_the_sum_of(a, 17) : a - 1;\n}\n";

struct target_case {
    const char *language, *text, *want;
};

static void check_targets(struct fixture *f, const struct target_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(f, (struct side){"c", PLAIN}, (struct side){cases[i].language, cases[i].text}, cases[i].want);
}

static void stubs_of_each_language(void **state)
{
    static const struct target_case cases[] = {
        {"c", "int f(int a) { assert(0 && \"TODO\"); return 0; }", "stub:1|"},
        {"c", "int f(int a)\n{\n#error \"TODO\"\n}", "stub:3|"},
        {"c", "int f(int a) { abort(); }", "stub:1|"},
        {"c", "int f(int a) { }", "stub:1|"},
        {"c", "int f(int a) { return; }", "stub:1|"},
        {"cpp", "void f(int a) { return; }", "stub:1|"},
        {"go", "package a\n\nfunc f(a int) { return }", "stub:3|"},
        {"javascript", "function f(a) { return; }", "stub:1|"},
        {"typescript", "function f(a) { return; }", "stub:1|"},
        {"java", "class A { void f(int a) { return; } }", "stub:1|"},
        {"rust", "fn f(a: i32) { return; }", "stub:1|"},
        {"c", "int f(int a) { /* later */ }", "stub:1|"},
        {"cpp", "int f(int a) { throw std::logic_error(\"TODO\"); }", "stub:1|"},
        {"cpp", "int f(int a) { throw Error{\"TODO: f\"}; }", "stub:1|"},
        {"cpp", "int f(int a) {}", "stub:1|"},
        {"go", "package a\n\nfunc f(a int) int { panic(\"TODO\") }", "stub:3|panic=1"},
        {"go", "package a\n\nfunc f(a int) error { return errors.New(\"TODO: f\") }", "stub:3|"},
        {"go", "package a\n\nfunc f(a int) {}", "stub:3|"},
        {"go", "package a\n\nfunc (s *S) f(a int) {\n\t// later\n}", "stub:3|"},
        {"python", "def f(a):\n    raise NotImplementedError\n", "stub:2|"},
        {"python", "def f(a):\n    raise NotImplementedError()\n", "stub:2|"},
        {"python", "def f(a):\n    pass\n", "stub:1|"},
        {"python", "def f(a):\n    ...\n", "stub:1|"},
        {"python", "def f(a):\n    \"\"\"Does.\"\"\"\n", "stub:1|"},
        {"python", "def f(a):\n    assert False, \"TODO\"\n", "stub:2|"},
        {"javascript", "function f(a) { throw new Error(\"TODO\"); }", "stub:1|"},
        {"javascript", "function f(a) { return Promise.reject(new TypeError(`TODO`)); }", "stub:1|"},
        {"javascript", "function f(a) {}", "stub:1|"},
        {"javascript", "const f = (a) => {};", "stub:1|"},
        {"typescript", "function f(a: number): number { throw new Error('TODO'); }", "stub:1|"},
        {"typescript", "class A { f(a: number) { /* later */ } }", "stub:1|"},
        {"tsx", "function f(a: number): number { throw new Error('TODO'); }", "stub:1|"},
        {"java", "class A { int f(int a) { throw new UnsupportedOperationException(\"TODO\"); } }",
         "stub:1|"},
        {"java", "class A { int f(int a) { throw new NotImplementedException(); } }", "stub:1|"},
        {"java", "class A { void f(int a) { } }", "stub:1|"},
        {"zig", "fn f(a: i32) i32 { @panic(\"TODO\"); }", "stub:1|panic=1"},
        {"zig", "fn f(a: i32) !i32 { return error.NotImplemented; }", "stub:1|"},
        {"zig", "fn f(a: i32) void {}", "stub:1|"},
        {"rust", "fn f(a: i32) -> i32 { todo!() }", "stub:1|"},
        {"rust", "fn f(a: i32) -> i32 { panic!(\"TODO\") }", "stub:1|panic=1"},
        {"rust", "fn f(a: i32) {}", "stub:1|"},
    };
    check_targets(*state, cases, sizeof cases / sizeof *cases);
}

static void finished_code_is_no_stub(void **state)
{
    static const struct target_case cases[] = {
        {"c", "int f(int a) { assert(a && \"a is todo-list's\"); return a; }", "|"},
        {"c", "int f(int a) { if (a) abort(); return 0; }", "|"},
        {"c", "int f(int a) { while (a--) { } return 0; }", "|"},
        {"c", "int f(int a);", "|"},
        {"cpp", "struct A { A() = default; virtual int f(int a) = 0; };", "|"},
        {"cpp", "int f(int a) { throw std::logic_error(\"a is negative\"); }", "|"},
        {"go", "package a\n\nfunc f(a int) int { panic(\"a is negative\") }", "|panic=1"},
        {"go", "package a\n\nfunc other() {}", "|"},
        {"go", "package a\n\nfunc f(a int) error { return errors.New(\"no TODO in a\") }", "|"},
        {"python", "def f(a):\n    if a:\n        pass\n    return a\n", "|"},
        {"python", "def f(a):\n    return NotImplemented\n", "|"},
        {"python", "class E(Exception):\n    pass\n", "|"},
        {"javascript", "function f(a) { return g(a).catch(() => {}); }", "|"},
        {"javascript", "function f(a) { throw new Error(\"a is negative\"); }", "|"},
        {"typescript", "abstract class A { abstract f(a: number): void; }", "|"},
        {"java", "class A { int f(int a) { throw new UnsupportedOperationException(); } }", "|"},
        {"java", "class A { A() { } }", "|"},
        {"zig", "fn f(a: i32) i32 { @panic(\"a is negative\"); }", "|panic=1"},
        {"zig", "fn f(a: i32) void { while (g(a)) {} }", "|"},
        {"rust", "fn f(a: i32) -> i32 { unreachable!(\"a is negative\") }", "|panic=1"},
        {"rust", "trait T { fn f(a: i32) -> i32; }", "|"},
    };
    check_targets(*state, cases, sizeof cases / sizeof *cases);
}

static void risks_are_counted_and_some_refused(void **state)
{
    static const struct target_case cases[] = {
        {"c", "int f(int a) { goto x; x: strcpy(b, c); return *(int *)d; }",
         "|goto=1 unbounded=1 pointer-cast=1"},
        {"c", "int f(int a) { __asm__(\"nop\"); return a; }", "risk:1|inline-assembly=1"},
        {"cpp", "int f(int a) { return *reinterpret_cast<int *>(a); }", "|reinterpret-cast=1"},
        {"go", "package a\n\nfunc f(a any) int { _ = g(); return a.(int) }", "|any=1 ignored-result=1"},
        {"go", "package a\n\nfunc f(a int) int { return *(*int)(unsafe.Pointer(b)) }", "risk:3|unsafe=1"},
        {"python", "def f(a: Any):\n    try:\n        g()\n    except:\n        pass\n",
         "|any=1 bare-except=1 swallowed-error=1"},
        {"python", "def f(a):\n    return eval(a)\n", "risk:2|eval=1"},
        {"javascript", "function f(a) { try { g(); } catch (e) {} }", "|swallowed-error=1"},
        {"javascript", "const f = new Function('a', b);", "risk:1|eval=1"},
        {"typescript", "function f(a: any) { return (a as any) as B; }", "|any=1 any-cast=1"},
        {"typescript", "function f(a: A) { return (a as unknown as B)!; }", "|non-null=1 any-cast=1"},
        {"typescript", "// @ts-nocheck\nexport const f = 1;", "risk:1|unchecked-file=1"},
        {"java", "class A { int f(Object a) { try { return (int) a; } catch (Exception e) {} return 0; } }",
         "|cast=1 swallowed-error=1"},
        {"java", "class A { native int f(int a); }", "risk:1|native=1"},
        {"zig", "fn f(a: ?i32) i32 { return @ptrCast(a.?); }", "|pointer-cast=1 unwrap=1"},
        {"zig", "fn f(a: i32) i32 { @setRuntimeSafety(false); return a; }", "risk:1|runtime-safety=1"},
        {"rust", "fn f(a: i32) -> i32 { g(a).unwrap() as i32 }", "|cast=1 unwrap=1"},
        {"rust", "fn f(a: i32) -> i32 { unsafe { *g(a) } }", "risk:1|unsafe=1"},
    };
    check_targets(*state, cases, sizeof cases / sizeof *cases);
}

static void source_explains_what_it_has_itself(void **state)
{
    struct fixture *f = *state;
    struct side empty = {"c", "void f(int a)\n{\n}\n"},
                declared = {"cpp", "struct A { virtual void f() = 0; };"},
                says = {"java", "class A { void f() { g(); throw new B(\"f is TODO here\"); } }"},
                loud = {"java", "class A { void f() { g(); h(); throw new B(\"never mind\"); } }"},
                evals = {"javascript", "function f(a) { return eval(a); }"};
    expect(f, empty, (struct side){"python", "def f(a):\n    pass\n"}, "|");
    expect(f, (struct side){"c", "void f(int a)\n{\n    return;\n}\n"},
           (struct side){"rust", "fn f(a: i32) {}"}, "|");
    expect(f, (struct side){"c", "int f(int a)\n{\n    return a + 1;\n}\n"},
           (struct side){"rust", "fn f(a: i32) -> i32 { todo!() }"}, "stub:1|");
    expect(
        f,
        (struct side){"python", "def f(a):\n    \"\"\"To be written.\"\"\"\n    raise NotImplementedError\n"},
        (struct side){"typescript", "function f(a: A) { throw new Error('not implemented'); }"}, "|");
    expect(f, declared, (struct side){"python", "def f(self):\n    raise NotImplementedError\n"}, "|");
    expect(f, says, (struct side){"rust", "fn f() { g(); panic!(\"f is TODO here\") }"}, "|panic=1");
    expect(f, loud, (struct side){"rust", "fn f() { g(); panic!(\"f is TODO here\") }"}, "stub:1|panic=1");
    expect(f, evals, (struct side){"python", "def f(a):\n    return eval(a)\n"}, "|eval=1");
}

static void names_are_compared_in_any_spelling(void **state)
{
    struct fixture *f = *state;
    struct side source = {"c",
                          "int get_first(int a)\n{\n    return a > 3 ? compute_the_sum_of(a, 17) : a;\n}\n"};
    expect(f, source, (struct side){"java", "class A { void getFirst() { } }"}, "stub:1|");
    expect(f, source, (struct side){"java", "class A { void getSecond() { } }"}, "|");
}

// In place, what stood there before is no fault of the change; more of it is.
static void earlier_form_allows_as_many(void **state)
{
    struct fixture *f = *state;
    const char *one = "fn f() { unsafe { g() }; }\nfn h() { todo!() }\n",
               *two = "fn f() { unsafe { g() }; unsafe { g() } }\nfn h() { todo!() }\nfn i() { todo!() }\n";
    expect(f, (struct side){"rust", one}, (struct side){"rust", one}, "|unsafe=1");
    expect(f, (struct side){"rust", two}, (struct side){"rust", one}, "|unsafe=1");
    const char *kept = "fn f() { compute_the_sum_of(17); panic!(\"TODO\") }\n";
    expect(f, (struct side){"rust", kept}, (struct side){"rust", kept}, "|panic=1");
    expect(f, (struct side){"rust", one}, (struct side){"rust", two}, "stub:3 risk:1|unsafe=2");
}

// What each language that has contracts calls an open body is a stub, and none in a contract.
static void open_bodies_of_each_language(void **state)
{
    struct fixture *f = *state;
    static const struct side around[] = {
        {"rust", "fn f(a: i32) -> i32 {\n    %s\n}\n"},
        {"go", "package a\n\nfunc f(a int) int {\n\t%s\n}\n"},
        {"java", "class A {\n    int f(int a) {\n        %s\n    }\n}\n"},
        {"typescript", "function f(a: number): number {\n    %s\n}\n"},
        {"tsx", "function f(a: number): number {\n    %s\n}\n"},
        {"javascript", "function f(a) {\n    %s\n}\n"},
        {"python", "def f(a):\n    %s\n"},
        {"zig", "fn f(a: i32) i32 {\n    %s\n}\n"},
    };
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        const struct flow_language *language = flow_languages_named(f->languages, around[i].language);
        struct flow_buf body, text;
        flow_buf_init(&body, FLOW_BUF_LINE);
        flow_buf_init(&text, FLOW_BUF_TEXT);
        assert_int_equal(flow_gates_open_body(language, &body, &f->err), 1);
        const char *hole = strstr(around[i].text, "%s");
        flow_buf_add(&text, around[i].text, (size_t)(hole - around[i].text));
        flow_buf_puts(&text, body.data);
        flow_buf_puts(&text, hole + 2);
        struct side from = {"c", PLAIN}, to = {around[i].language, text.data};
        char *whole = judge(f, from, to, false), *open = judge(f, from, to, true);
        assert_true(strncmp(whole, "stub:", strlen("stub:")) == 0);
        assert_true(open[0] == '|');
        free(open);
        free(whole);
        flow_buf_release(&text);
        flow_buf_release(&body);
    }
    struct flow_buf none;
    flow_buf_init(&none, FLOW_BUF_LINE);
    assert_int_equal(flow_gates_open_body(flow_languages_named(f->languages, "cpp"), &none, &f->err), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(stubs_of_each_language),
        CASE(finished_code_is_no_stub),
        CASE(risks_are_counted_and_some_refused),
        CASE(source_explains_what_it_has_itself),
        CASE(names_are_compared_in_any_spelling),
        CASE(earlier_form_allows_as_many),
        CASE(open_bodies_of_each_language),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
