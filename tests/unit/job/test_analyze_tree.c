// SPDX-License-Identifier: MIT
// Looking paths up as imports need it.
#include <stdint.h>
#include <string.h>

#include "analyze_tree.h"
#include "unit.h"

static const char *const paths[] = {
    "a/include/x.h", "a/src/x.h",      "b/deep/er/y.h",       "b/src/x.h",
    "top.h",         "z/util/util.go", "z/util/util_test.go",
};
#define COUNT (sizeof paths / sizeof *paths)

static struct flow_entry entries[COUNT];
static const struct flow_snapshot snapshot = {.entries = entries, .count = COUNT};

static int set_up(void **state)
{
    static struct tree tree;
    struct flow_error err = FLOW_ERROR_INIT;
    for (size_t i = 0; i < COUNT; i++)
        entries[i] = (struct flow_entry){.path = paths[i]};
    assert_ok(tree_init(&tree, &snapshot, &err), &err);
    *state = &tree;
    return 0;
}

static int tear_down(void **state)
{
    tree_release(*state);
    return 0;
}

static void expect_path(size_t index, const char *want)
{
    if (want && index == SIZE_MAX)
        fail_msg("'%s' was not found", want);
    if (!want && index != SIZE_MAX)
        fail_msg("'%s' was found", paths[index]);
    if (want)
        assert_string_equal(paths[index], want);
}

static void test_files(void **state)
{
    const struct tree *tree = *state;
    for (size_t i = 0; i < COUNT; i++)
        expect_path(tree_file(tree, paths[i]), paths[i]);
    expect_path(tree_file(tree, "a/src"), NULL);
    expect_path(tree_file(tree, ""), NULL);
}

static void test_folders(void **state)
{
    const struct tree *tree = *state;
    size_t util = tree_folder(tree, "z/util", 6), deep = tree_folder(tree, "b/deep", 6),
           top = tree_folder(tree, "", 0);
    assert_int_not_equal(util, SIZE_MAX);
    assert_int_equal(tree->folders[util].count, 2);
    assert_string_equal(paths[tree->files[tree->folders[util].first]], "z/util/util.go");
    // A folder that holds folders only is one all the same.
    assert_int_not_equal(deep, SIZE_MAX);
    assert_int_equal(tree->folders[deep].count, 0);
    assert_int_equal(tree->folders[top].count, 1);
    assert_int_equal(tree_folder(tree, "z/uti", 5), SIZE_MAX);
    assert_int_equal(tree_folder(tree, "top.h", 5), SIZE_MAX);
}

static void test_endings(void **state)
{
    const struct tree *tree = *state;
    expect_path(tree_file_ending(tree, "y.h", "a/src/main.c"), "b/deep/er/y.h");
    expect_path(tree_file_ending(tree, "er/y.h", "top.h"), "b/deep/er/y.h");
    expect_path(tree_file_ending(tree, "b/deep/er/y.h", "top.h"), "b/deep/er/y.h");
    // Not in the middle of a name.
    expect_path(tree_file_ending(tree, "r/y.h", "top.h"), NULL);
    expect_path(tree_file_ending(tree, "op.h", "top.h"), NULL);
    expect_path(tree_file_ending(tree, "none.h", "top.h"), NULL);
    expect_path(tree_file_ending(tree, "", "top.h"), NULL);
    // Of several the nearest one, and none where two are as near.
    expect_path(tree_file_ending(tree, "src/x.h", "b/main.c"), "b/src/x.h");
    expect_path(tree_file_ending(tree, "x.h", "a/src/main.c"), "a/src/x.h");
    expect_path(tree_file_ending(tree, "x.h", "a/main.c"), NULL);
    expect_path(tree_file_ending(tree, "x.h", "z/main.c"), NULL);
}

static void test_folder_endings(void **state)
{
    const struct tree *tree = *state;
    assert_int_equal(tree_folder_ending(tree, "util", "top.h"), tree_folder(tree, "z/util", 6));
    assert_int_equal(tree_folder_ending(tree, "deep/er", "top.h"), tree_folder(tree, "b/deep/er", 9));
    assert_int_equal(tree_folder_ending(tree, "src", "top.h"), SIZE_MAX);
    assert_int_equal(tree_folder_ending(tree, "src", "a/x.c"), tree_folder(tree, "a/src", 5));
}

static int count_one(size_t entry, void *payload, struct flow_error *err)
{
    (void)err;
    (void)entry;
    ++*(int *)payload;
    return 0;
}

static void test_each_named(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    int count = 0;
    assert_int_equal(tree_each_named(*state, "x.h", count_one, &count, &err), 0);
    assert_int_equal(count, 3);
    assert_int_equal(tree_each_named(*state, "src", count_one, &count, &err), 0);
    assert_int_equal(count, 3);
}

static void test_empty(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    const struct flow_snapshot none = {.count = 0};
    struct tree tree;
    (void)state;
    assert_ok(tree_init(&tree, &none, &err), &err);
    expect_path(tree_file_ending(&tree, "x.h", ""), NULL);
    assert_int_equal(tree_folder(&tree, "", 0), SIZE_MAX);
    tree_release(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),      cmocka_unit_test(test_folders),
        cmocka_unit_test(test_endings),    cmocka_unit_test(test_folder_endings),
        cmocka_unit_test(test_each_named), cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
