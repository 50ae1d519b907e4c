// SPDX-License-Identifier: MIT
// What only Zig's sources show: private members, methods that look like counting, allocators.
#include "lifetimes_rows.h"

#define COUNTED(fields)                                                                                      \
    "const B = struct {\n    " fields "\n    pub fn ref(self: *B) void {}\n    pub fn deref(self: *B) void " \
    "{}\n};\n"

// "#name" is a private member: what becomes of it is seen.
static void test_private(void **state)
{
    ZIG(COUNTED("ref_count: u32,") "const A = struct {\n    #b: *B,\n    pub fn deinit(self: *A) void {\n"
                                   "        self.#b.deref();\n    }\n};\n",
        "A.b=SHARED/unref");
    ZIG("const B = struct { n: u32 };\n"
        "const A = struct {\n    #b: ?*B,\n    pub fn end(self: *A) void {\n        "
        "allocator.destroy(self.#b.?);\n    }\n};\n",
        "A.b=OWNED/freed");
}

// What has no count in it is not shared for its methods' names alone; nor is what is only passed in.
static void test_counted(void **state)
{
    ZIG(COUNTED("ref_count: u32,") "const A = struct {\n    b: ?*B,\n    pub fn start(self: *A) void {\n"
                                   "        self.b = allocator.create(B);\n    }\n};\n",
        "A.b=SHARED/counted-type");
    ZIG(COUNTED("active: bool,") "const A = struct {\n    b: ?*B,\n    pub fn start(self: *A) void {\n"
                                 "        self.b = allocator.create(B);\n    }\n    pub fn deinit(self: *A) "
                                 "void {}\n};\n",
        "A.b=OWNED/allocated");
    ZIG(COUNTED("ref_count: u32,") "const A = struct {\n    b: ?*B,\n    pub fn start(self: *A, b: *B) void "
                                   "{\n        self.b = b;\n    }\n};\n",
        "A.b=BORROW_PARAM/passed-to-short-lived");
}

// A value of a member that is chosen when the program is compiled may be in each of those that point.
static void test_choice(void **state)
{
    ZIG("const B = struct { n: u32 };\nconst C = struct { n: u32 };\n"
        "const U = union(enum) {\n    b: *B,\n    c: *C,\n    n: u32,\n};\n"
        "fn make(comptime tag: []const u8, comptime T: type, allocator: Allocator) U {\n"
        "    return @unionInit(U, tag, allocator.create(T));\n}\n",
        "U.b=ARENA/never-freed U.c=ARENA/never-freed");
    // One that is named is that one alone.
    ZIG("const B = struct { n: u32 };\n"
        "const U = union(enum) {\n    b: *B,\n    c: *B,\n};\n"
        "fn make(allocator: Allocator) U {\n    return @unionInit(U, \"c\", allocator.create(B));\n}\n",
        "U.b=BORROW_PARAM/nothing-known U.c=ARENA/never-freed");
}

// What a foreign struct has in it without a name is foreign; what a function in it gives is not.
static void test_nameless(void **state)
{
    ZIG("const A = extern struct {\n    kind: u32,\n    d: extern union {\n        n: *B,\n        s: *B,\n  "
        "  "
        "},\n"
        "    fn List(comptime T: type) type {\n        return struct {\n            t: *T,\n        };\n    "
        "}\n};\nconst B = struct { n: u32 };\n",
        "A.d.n=FFI/foreign-struct A.d.s=FFI/foreign-struct A.List.t=BORROW_PARAM/nothing-known");
}

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_private),
        IN_SCRATCH(test_counted),
        IN_SCRATCH(test_choice),
        IN_SCRATCH(test_nameless),
    };
    return cmocka_run_group_tests(tests, load_languages, free_languages);
}
