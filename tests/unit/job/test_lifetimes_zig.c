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

int main(void)
{
#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_SCRATCH(test_private),
        IN_SCRATCH(test_counted),
    };
    return cmocka_run_group_tests(tests, load_languages, free_languages);
}
