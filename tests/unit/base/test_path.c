// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "unit.h"

static void test_join(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *want;
    } cases[] = {
        {"src", "main.c", "src/main.c"},
        {"src/", "/main.c", "src/main.c"},
        {"", "main.c", "main.c"},
        {"src", "", "src"},
        {"", "", ""},
        {".", ".", ""},
        {"./src//a", "./b/.", "src/a/b"},
        {"src/a", "../b.h", "src/b.h"},
        {"src/a", "../../b.h", "b.h"},
        {"src/a", "../../../b.h", "../b.h"},
        {"..", "../x", "../../x"},
        {"../a", "..", ".."},
        {"a/..", "b", "b"},
        {"/", "etc", "/etc"},
        {"/usr", "../..", "/"},
        {"/usr/lib", "../../../etc", "/etc"},
        {"a/..b", "c..", "a/..b/c.."},
        {"a/...", "..", "a"},
    };
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        flow_path_join(&out, cases[i].a, cases[i].b);
        assert_string_equal(out.data, cases[i].want);
    }
    flow_buf_release(&out);
}

static void test_parts(void **state)
{
    (void)state;
    static const struct {
        const char *path, *base, *ext;
        size_t dir;
    } cases[] = {
        {"src/a/main.test.c", "main.test.c", ".c", 5},
        {"main.c", "main.c", ".c", 0},
        {"src.d/Makefile", "Makefile", "", 5},
        {"src/.bashrc", ".bashrc", "", 3},
        {"src/", "", "", 3},
        {"/a", "a", "", 0},
        {"", "", "", 0},
        {"a.", "a.", ".", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(flow_path_base(cases[i].path), cases[i].base);
        assert_string_equal(flow_path_ext(cases[i].path), cases[i].ext);
        assert_int_equal(flow_path_dir_len(cases[i].path), cases[i].dir);
    }
}

static void test_confined(void **state)
{
    (void)state;
    static const char *const good[] = {
        "a",
        "src/main.c",
        ".gitignore",
        ".github/workflows/x",
        "a/.flow/x",
        "flow/x",
        "...",
        "a/..b",
        "git",
        ".gi",
        "a~1",
        "git~2",
        "a b/ c",
        "\x01\x1b\x7f\n",
        "\xff\xfe",
        "a:b",
        "a\\b",
        "\\",
        ".gitx",
        "x.git",
        ".git-x",
        ".flowx/a",
        "na\xc3\xafve",
        ".gitmodules",
        "\xe2\x80\x8c",
        "a/.flow",
        "git~1x",
        "-",
        "~",
        "C:x",
    };
    static const char *const bad[] = {
        "",
        "/",
        "/etc/passwd",
        "//a",
        ".",
        "..",
        "./a",
        "a/.",
        "a/./b",
        "../a",
        "a/..",
        "a/../b",
        "a//b",
        "a/",
        "a/b/",
        ".git",
        ".git/config",
        "a/.git/x",
        "a/b/.git",
        ".GIT/x",
        ".gIt",
        "git~1",
        "GIT~1/x",
        "a/Git~1",
        ".git.",
        ".git ",
        ".git. . ./x",
        "git~1 .",
        ".git::$INDEX_ALLOCATION/x",
        ".git:x",
        ".git :x",
        ".g\xe2\x80\x8cit/x",
        ".git\xe2\x80\x8d/x",
        "\xef\xbb\xbf.git",
        ".flow",
        ".flow/config",
        ".FLOW/x",
        ".flow./x",
        ".fl\xe2\x80\x8bow/x\xe2\x80\x8c/..",
        "flow~1/x",
        "a\\..\\b",
        "..\\a",
        "a\\.git\\x",
        ".git\\x",
        "\\.flow",
        "a/b\\.git",
        ".\\a",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        assert_ok(flow_path_confined(good[i], &err), &err);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_error err = FLOW_ERROR_INIT;
        if (flow_path_confined(bad[i], &err) == 0)
            fail_msg("'%s' is accepted", bad[i]);
        assert_int_equal(err.code, FLOW_E_INVALID);
        assert_true(flow_str_starts(err.message, "path "));
    }
}

static void test_confined_is_bounded(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    char path[5000];
    memset(path, 'a', sizeof path);
    path[4095] = '\0';
    assert_ok(flow_path_confined(path, &err), &err);
    path[4095] = 'a';
    path[4096] = '\0';
    assert_err(flow_path_confined(path, &err), &err, FLOW_E_INVALID);
}

static void test_user_folders(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    setenv("HOME", "/home/me", 1);
    setenv("XDG_STATE_HOME", "/state", 1);
    unsetenv("XDG_CACHE_HOME");
    assert_ok(flow_dir_state(&out, &err), &err);
    assert_string_equal(out.data, "/state/flow");
    assert_ok(flow_dir_cache(&out, &err), &err);
    assert_string_equal(out.data, "/home/me/.cache/flow");
    // A relative folder is to be ignored, says the XDG specification.
    setenv("XDG_STATE_HOME", "state", 1);
    assert_ok(flow_dir_state(&out, &err), &err);
    assert_string_equal(out.data, "/home/me/.local/state/flow");
    unsetenv("HOME");
    assert_err(flow_dir_state(&out, &err), &err, FLOW_E_ENV);
    assert_string_equal(err.message, "no home folder: set HOME or XDG_STATE_HOME");
    flow_buf_release(&out);
}

static void test_data_folder(void **state)
{
    (void)state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    setenv("FLOW_DATA_DIR", "/data", 1);
    flow_buf_puts(&out, "> ");
    assert_ok(flow_dir_data(&out, "grammars/c/language.conf", &err), &err);
    assert_string_equal(out.data, "> /data/grammars/c/language.conf");
    // Without it: the installed one, which a test cannot count on, or the source tree.
    unsetenv("FLOW_DATA_DIR");
    flow_buf_clear(&out);
    assert_ok(flow_dir_data(&out, "x", &err), &err);
    assert_true(out.data[0] == '/' && flow_str_ends(out.data, "/x"));
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join),         cmocka_unit_test(test_parts),
        cmocka_unit_test(test_confined),     cmocka_unit_test(test_confined_is_bounded),
        cmocka_unit_test(test_user_folders), cmocka_unit_test(test_data_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
