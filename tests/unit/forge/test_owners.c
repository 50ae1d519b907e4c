// SPDX-License-Identifier: MIT
#include "flow/forge/owners.h"

#include <string.h>

#include "flow/base/buf.h"
#include "unit.h"

// The owners of a path, with blanks between.
static void expect(enum flow_forge_kind kind, const char *text, const char *path, const char *want)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv paths, owners;
    struct flow_buf got;
    flow_strv_init(&paths);
    flow_strv_init(&owners);
    flow_buf_init(&got, FLOW_BUF_LINE);
    assert_ok(flow_strv_add(&paths, path, &err), &err);
    assert_ok(flow_owners_read(&owners, kind, text, strlen(text), &paths, &err), &err);
    for (size_t i = 0; i < owners.count; i++)
        flow_buf_printf(&got, "%s%s", i > 0 ? " " : "", owners.items[i]);
    assert_string_equal(got.data, want);
    flow_buf_release(&got);
    flow_strv_release(&owners);
    flow_strv_release(&paths);
}

static void test_github(void **state)
{
    static const char text[] = "# all\n"
                               "*          @all @org/team\r\n"
                               "*.js       @js # who knows it\n"
                               "/build/    @build\n"
                               "apps/      @apps\n"
                               "docs/*     docs@example.org @docs\n"
                               "/src/deep  @deep\n"
                               "with\\ blank @blank\n"
                               "/free/";
    (void)state;
    expect(FLOW_FORGE_GITHUB, text, "a.c", "all org/team");
    expect(FLOW_FORGE_GITHUB, text, "x/a.js", "js");
    expect(FLOW_FORGE_GITHUB, text, "build/x/a.js", "build");
    expect(FLOW_FORGE_GITHUB, text, "x/build/a.c", "all org/team");
    expect(FLOW_FORGE_GITHUB, text, "x/apps/y/a.c", "apps");
    expect(FLOW_FORGE_GITHUB, text, "apps", "all org/team");
    expect(FLOW_FORGE_GITHUB, text, "docs/a.md", "docs");
    expect(FLOW_FORGE_GITHUB, text, "docs/x/a.md", "all org/team");
    expect(FLOW_FORGE_GITHUB, text, "src/deep/a.c", "deep");
    expect(FLOW_FORGE_GITHUB, text, "with blank", "blank");
    expect(FLOW_FORGE_GITHUB, text, "free/a.c", "");
    expect(FLOW_FORGE_GITHUB, "", "a.c", "");
}

static void test_gitlab(void **state)
{
    static const char text[] = "* @all\n"
                               "docs/guide/ @docs\n"
                               "[Tests][2] @testers\n"
                               "*.t\n"
                               "special.t @special\n"
                               "^[Free]\n"
                               "!/free/a.t\n"
                               "/free/ @free\n";
    (void)state;
    expect(FLOW_FORGE_GITLAB, text, "a.c", "all");
    expect(FLOW_FORGE_GITLAB, text, "x/docs/guide/a.md", "docs");
    expect(FLOW_FORGE_GITLAB, text, "x/a.t", "all testers");
    expect(FLOW_FORGE_GITLAB, text, "x/special.t", "all special");
    expect(FLOW_FORGE_GITLAB, text, "free/b.c", "all free");
    expect(FLOW_FORGE_GITLAB, text, "free/a.t", "all testers");
    expect(FLOW_FORGE_GITLAB, "[ @x\n[Open", "a.c", "");
}

static void test_gitea(void **state)
{
    static const char text[] = ".*\\.go @go\n"
                               "src/.* @src @@odd\n"
                               "!(docs|src)/.* @others\n"
                               "( @broken\n"
                               "(a{1,9}){1,9}.* @counted\n"
                               "(a)\\1.* @back\n"
                               "(a|b)+.* @group\n"
                               ".**a.* @stacked\n"
                               "!( @broken-too\n";
    (void)state;
    expect(FLOW_FORGE_GITEA, text, "src/a.go", "go src");
    expect(FLOW_FORGE_GITEA, text, "a.go", "go others");
    expect(FLOW_FORGE_GITEA, text, "docs/a.md", "");
    expect(FLOW_FORGE_GITEA, text, "a.gone", "others");
    expect(FLOW_FORGE_GITEA, text, "aaa.c", "others");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_github),
        cmocka_unit_test(test_gitlab),
        cmocka_unit_test(test_gitea),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
