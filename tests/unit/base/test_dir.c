// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "folder.h"
#include "unit.h"

static void test_make(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_ok(flow_dir_make(folder_path(state, &path, "a/b/c"), &err), &err);
    assert_ok(flow_dir_make(path.data, &err), &err);
    assert_ok(flow_dir_make("/", &err), &err);
    flow_buf_puts(&path, "//d///");
    assert_ok(flow_dir_make(path.data, &err), &err);
    assert_true(flow_path_exists(folder_path(state, &path, "a/b/c/d")));
    folder_write(state, "file", "");
    assert_err(flow_dir_make(folder_path(state, &path, "file"), &err), &err, FLOW_E_ENV);
    assert_err(flow_dir_make(folder_path(state, &path, "file/x"), &err), &err, FLOW_E_ENV);
    assert_err(flow_dir_make("", &err), &err, FLOW_E_NOT_FOUND);
    flow_buf_release(&path);
}

static void test_remove(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_write(state, "keep/inner", "kept");
    folder_write(state, "top/a/b/c/file", "");
    folder_write(state, "top/a/file", "");
    folder_write(state, "top/d/\xff\n", "");
    assert_int_equal(mkdir(folder_path(state, &path, "top/empty"), 0700), 0);
    // Links to a folder, out of the tree, and to nothing: they go, what they lead to stays.
    assert_int_equal(symlink("../keep", folder_path(state, &path, "top/link")), 0);
    assert_int_equal(symlink("../../../keep", folder_path(state, &path, "top/a/b/link")), 0);
    assert_int_equal(symlink("none", folder_path(state, &path, "top/a/dead")), 0);
    assert_ok(flow_dir_remove(folder_path(state, &path, "top"), &err), &err);
    assert_false(flow_path_exists(path.data));
    assert_true(flow_path_exists(folder_path(state, &path, "keep/inner")));
    flow_buf_release(&path);
}

static void test_remove_what_is_no_folder(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_ok(flow_dir_remove(folder_path(state, &path, "none"), &err), &err);
    folder_write(state, "folder/file", "");
    assert_ok(flow_dir_remove(folder_path(state, &path, "folder/file/none"), &err), &err);
    assert_int_equal(symlink("folder", folder_path(state, &path, "link")), 0);
    assert_ok(flow_dir_remove(path.data, &err), &err);
    assert_false(flow_path_exists(path.data));
    assert_true(flow_path_exists(folder_path(state, &path, "folder/file")));
    assert_ok(flow_dir_remove(folder_path(state, &path, "folder/file"), &err), &err);
    assert_false(flow_path_exists(path.data));
    flow_buf_release(&path);
}

// Deeper than a path may be long, than descriptors may be open, and with folders that may not be written or
// read.
static void test_remove_hostile_tree(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int at = open(*state, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 1100; i++) {
        assert_int_equal(mkdirat(at, "deep-folder", 0700), 0);
        int next = openat(at, "deep-folder", O_RDONLY | O_DIRECTORY);
        assert_true(next >= 0);
        if (i % 200 == 199) {
            assert_int_equal(mkdirat(at, "closed", 0), 0);
            assert_int_equal(fchmod(at, 0500), 0);
        }
        close(at);
        at = next;
    }
    close(at);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit few = {.rlim_cur = 32, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_ok(flow_dir_remove(folder_path(state, &path, "deep-folder"), &err), &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_false(flow_path_exists(path.data));
    flow_buf_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_make, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_remove, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_remove_what_is_no_folder, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_remove_hostile_tree, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
