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

struct trap_case {
    const char *text, *want;
};

static void check(struct fixture *f, const char *language, const struct trap_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *got = names(f, language, cases[i].text);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("'%s': '%s' instead of '%s'", cases[i].text, got, cases[i].want);
        free(got);
    }
}

static void traps_of_c_fire_where_they_should(void **state)
{
    static const struct trap_case cases[] = {
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
    check(*state, "c", cases, sizeof cases / sizeof *cases);
}

static void traps_of_zig_fire_where_they_should(void **state)
{
    static const struct trap_case cases[] = {
        {"fn f(a: u8) u8 { return a + 1; }", ""},
        {"fn f(a: u8) u8 { return a +% 1; }", "wrapping"},
        {"fn f(a: *u32) void { a.* *%= 3; }", "wrapping"},
        {"fn f(a: u8) u8 { return a -| 1; }", "saturating"},
        {"fn f(a: u32) u8 { return @intCast(a); }", "int-cast"},
        {"fn f(a: u32) u8 { return @truncate(a); }", "truncate"},
        {"fn f(a: u32) f32 { return @bitCast(a); }", "bit-cast"},
        {"fn f(a: u32, n: u5) u32 { return a << n; }", "odd-width shift"},
        {"const mask = 1 << 4;", ""},
        {"fn f() void { var b: [4]u8 = undefined; use(&b); }", ""},
        {"fn f(s: *S) void { s.* = undefined; }", "undefined"},
        {"const S = struct { next: ?*S };", "optional-pointer"},
        {"fn f(s: ?*S) void { g(s); }", ""},
        {"fn f(s: ?u8) u8 { return s.?; }", "forced"},
        {"fn f() u8 { return g() catch unreachable; }", "forced"},
        {"fn f(s: [:0]const u8) void { g(s); }", "sentinel"},
        {"fn f(s: []const u8) void { g(s); }", ""},
        {"fn f(s: []u8) []u16 { return std.mem.bytesAsSlice(u16, s); }", "slice-cast"},
        {"fn f(n: *Node) *S { return @fieldParentPtr(\"node\", n); }", "field-parent-ptr"},
        {"fn f(gpa: std.mem.Allocator) void { g(gpa); }", "allocator"},
        {"const P = packed struct(u8) { a: u8 };", "packed-struct"},
        {"const U = union(enum) { a: u8, b };", "tagged-union"},
        {"const U = union { a: u8, b: i8 };", "bare-union"},
        {"const E = enum(u8) { a, b };", ""},
        {"const E = enum(u8) { a, b, _ };", "open-enum"},
        {"threadlocal var n: u32 = 0;", "global-variable threadlocal"},
        {"fn f() void { defer g.deinit(); }", ""},
        {"fn f() void { defer g.leave(); }", "defer"},
        {"fn f() !void { errdefer g.deinit(); }", "errdefer"},
        {"const E = A || B;", "error-set"},
        {"fn f(e: E) []const u8 { return @errorName(e); }", "error-name"},
        {"fn f(a: A) u8 { return switch (a) { .b => 1, else => 2 }; }", ""},
        {"fn f(a: A) u8 { return switch (a) { .b => 1, else => |x| g(x) }; }", "switch-else"},
        {"fn f(a: A) u8 { return switch (a) { inline else => |x| g(x) }; }", "inline-switch"},
        {"fn f(a: A) u8 { return switch (a) { .b => 1, else => unreachable }; }", "unreachable"},
        {"fn f() u8 { return b: { break :b 1; }; }", "labelled-block"},
        {"fn f() void { b: for (x) |y| { g(y); continue :b; } }", ""},
        {"fn f() void { while (a) : (i += 1) { g(); } }", "while-step"},
        {"fn f() void { while (a) { g(); } }", ""},
        {"fn f() void { for (a) |b| { if (b) break; } else g(); }", "loop-else"},
        {"fn f() void { for (a, 0..) |b, i| { g(b, i); } }", ""},
        {"fn f() void { for (a, b) |c, d| { g(c, d); } }", "parallel-for"},
        {"fn f() void { inline for (a) |b| { g(b); } }", "inline-loop"},
        {"fn f() void { assert(a == b); }", "assert"},
        {"fn f() void { assert(a.isEmpty()); }", "assert"},
        {"fn f() void { assert(a.pop() != null); }", "assert assert-effect"},
        {"fn f() void { std.debug.assert(!map.remove(k)); }", "assert assert-effect"},
        {"fn f(comptime T: type) void { g(T); }", ""},
        {"fn f(comptime n: usize) void { g(n); }", "comptime-parameter"},
        {"fn List(comptime T: type) type { return struct { a: T }; }", "type-function"},
        {"fn f(w: anytype) void { g(w); }", "anytype"},
        {"const a = b ++ \"c\";", "comptime-string"},
        {"const a = @typeInfo(T);", "reflection"},
        {"pub usingnamespace other;", "usingnamespace"},
        {"const a = builtin.os.tag == .linux;", "build-condition"},
        {"fn f() void { w.print(\"{d}\", .{a}); }", "format"},
        {"fn f() void { w.print(\"plain\", .{}); }", ""},
        {"fn f() void { a = std.fmt.parseInt(u8, s, 10); }", "number-parsing"},
        {"fn f() void { a = std.mem.splitScalar(u8, s, ','); }", "split"},
        {"fn f() void { a = lexer.tokenize(s); }", ""},
        {"const h = std.hash.Wyhash.hash(0, s);", "hash-function"},
        {"fn f() void { loop.exit(); }", ""},
        {"fn f() void { std.process.exit(1); }", "exit"},
        {"extern fn f(a: c_int) void;", "foreign-function"},
    };
    check(*state, "zig", cases, sizeof cases / sizeof *cases);
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

// Each name that stands behind `before` in `in` stands between `open` and `close` in `wanted`.
static void check_names(const char *in, const char *before, const char *wanted, const char *open,
                        const char *close, const char *language)
{
    for (const char *at = in; (at = strstr(at, before)); at++) {
        const char *name = at + strlen(before);
        int len = (int)strspn(name, "abcdefghijklmnopqrstuvwxyz-");
        char want[120];
        const char *found = wanted;
        snprintf(want, sizeof want, "%s%.*s", open, len, name);
        while ((found = strstr(found, want)) && !strchr(close, found[strlen(want)]))
            found++;
        if (!found)
            fail_msg("%s: nothing says '%s'", language, want);
    }
}

// A name of the query without a section would fire and explain nothing; a section without a name is never
// shown.
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
        if (query.len) {
            check_names(query.data, "@trap.", guide.data, "\n## trap: ", "\n", language);
            check_names(guide.data, "\n## trap: ", query.data, "@trap.", " )\n", language);
        }
        flow_buf_release(&guide);
        flow_buf_release(&query);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(traps_of_c_fire_where_they_should), CASE(traps_of_zig_fire_where_they_should),
        CASE(trap_says_its_line_once),           CASE(language_without_traps_has_none),
        CASE(every_trap_has_its_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
