// SPDX-License-Identifier: MIT
#include <string.h>

#include "remote.h"

#include "flow/forge/forge.h"
#include "unit.h"

static void expect(const char *address, const char *host, const char *shown, const char *whole,
                   const char *last)
{
    struct flow_buf got;
    struct remote remote;
    remote_split(address, &remote);
    flow_buf_init(&got, FLOW_BUF_LINE);
    flow_remote_host(address, &got);
    assert_string_equal(got.data, host);
    flow_buf_clear(&got);
    flow_remote_show(address, &got);
    assert_string_equal(got.data, shown);
    flow_buf_clear(&got);
    remote_project(&remote, true, &got);
    assert_string_equal(got.data, whole);
    flow_buf_clear(&got);
    remote_project(&remote, false, &got);
    assert_string_equal(got.data, last);
    flow_buf_release(&got);
}

static void test_parts(void **state)
{
    (void)state;
    expect("https://github.com/o/r.git", "github.com", "https://github.com/o/r.git", "o/r", "o/r");
    expect("https://me:secret@git.example:8443/sub/o/r/", "git.example", "https://git.example:8443/sub/o/r/",
           "sub/o/r", "o/r");
    expect("https://me:a@b@git.example/o/r", "git.example", "https://git.example/o/r", "o/r", "o/r");
    expect("git@gitlab.com:g/sub/r.git", "gitlab.com", "git@gitlab.com:g/sub/r.git", "g/sub/r", "sub/r");
    expect("ssh://git@git.example:22/o/r", "git.example", "ssh://git.example:22/o/r", "o/r", "o/r");
    expect("ssh://[::1]:22/o/r", "[::1]", "ssh://[::1]:22/o/r", "o/r", "o/r");
    expect("/srv/git/o/r.git", "", "/srv/git/o/r.git", "o/r", "o/r");
    expect("../r.git", "", "../r.git", "../r", "../r");
    expect("./a:b/r", "", "./a:b/r", "a:b/r", "a:b/r");
    expect("file:///srv/o/r", "", "file:///srv/o/r", "o/r", "o/r");
    expect("https:///o", "", "https:///o", "o", "o");
    expect("", "", "", "", "");
}

static void test_known(void **state)
{
    enum flow_forge_kind kind = FLOW_FORGE_PATCH;
    (void)state;
    assert_true(flow_forge_known("git@GitHub.com:o/r", &kind));
    assert_int_equal(kind, FLOW_FORGE_GITHUB);
    assert_true(flow_forge_known("https://codeberg.org/o/r", &kind));
    assert_int_equal(kind, FLOW_FORGE_GITEA);
    assert_false(flow_forge_known("https://github.com.example/o/r", &kind));
    assert_false(flow_forge_known("https://github.com@git.example/o/r", &kind));
    assert_false(flow_forge_known("/github.com/o/r", &kind));
}

// A pull request goes from one project of a server into another one.
static void test_forks(void **state)
{
    static const char *const bad[] = {"https://gitlab.com/me/r", "/srv/me/r.git", "git@github.com:r"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct flow_forge *forge;
        struct flow_error err = FLOW_ERROR_INIT;
        const struct flow_forge_options options = {
            .kind = FLOW_FORGE_GITHUB, .remote = "https://github.com/o/r", .fork = bad[i], .folder = "/"};
        assert_int_equal(flow_forge_new(&forge, &options, &err), -1);
        assert_int_equal(err.code, FLOW_E_ENV);
        assert_non_null(strstr(err.message, "the fork is not at the server of 'o/r'"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts), cmocka_unit_test(test_known),
                                       cmocka_unit_test(test_forks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
