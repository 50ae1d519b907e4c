// SPDX-License-Identifier: MIT
// Which untracked files belong to a work tree: whatever `git ls-files` says.
#include "repo/fixture.h"

// The tree that each case stands in.
#define TREE                                                                                                 \
    "mkdir -p a/b/c d/b doc/frotz build/deep 'sp ace'\n"                                                     \
    "for f in x.o x.c a/x.o a/x.c a/b/x.o a/b/keep.o a/b/c/x d/b/x doc/frotz/f frotz build/deep/f '#hash' "  \
    "'!bang' 'sp ace/f' 'trail ' a/build aXb ab a.b 'back\\slash' '*star' a/b/c/.hidden; do echo > \"$f\"; " \
    "done\n"

static const struct {
    const char *top;   // .gitignore
    const char *below; // a/.gitignore
} cases[] = {
    {"*.o\n", NULL},
    {"*.o\n", "!keep.o\n"},
    {"*.o\n", "!b/\n!b/keep.o\n"},
    {"a/\n", "!x.c\n"},
    {"a/*\n!a/b/\n", NULL},
    {"/frotz\n", NULL},
    {"frotz\n", NULL},
    {"frotz/\n", NULL},
    {"doc/frotz\n", NULL},
    {"b/x\n", NULL},
    {"**/b/x\n", NULL},
    {"a/**\n", NULL},
    {"a/**/x\n", NULL},
    {"**/x\n", NULL},
    {"**\n!*.c\n", NULL},
    {"*\n!*/\n!*.c\n", NULL},
    {"/*\n!/a\n", "/*\n!/b\n"},
    {"build\n", NULL},
    {"build/\n", NULL},
    {"\\#hash\n\\!bang\n", NULL},
    {"#hash\n!bang\n", NULL},
    {"trail\n", NULL},
    {"trail   \n", NULL},
    {"trail\\ \n", NULL},
    {"sp ace\n", NULL},
    {"a?b\n", NULL},
    {"a[X.]b\n", NULL},
    {"a[!X]b\n", NULL},
    {"a[A-Z]b\n", NULL},
    {"back\\\\slash\n", NULL},
    {"\\*star\n", NULL},
    {"*.o\r\n", NULL},
    {"\xef\xbb\xbf*.o\n", NULL},
    {"\n\n   \n/\n!\n", NULL},
    {".hidden\n.gitignore\n", NULL},
    {"a/b/c/x\n!a/b/c/x\n", NULL},
    {"a/b\n!a/b/x.o\n", NULL},
};

static void expect_same(const struct scratch *scratch, size_t number)
{
    struct flow_repo *repo = fixture_open(scratch, "r");
    struct flow_snapshot *snapshot = fixture_worktree(repo);
    char *want =
        fixture_output(scratch, "cd r; git ls-files -z -c -o --exclude-standard | sort -zu | tr '\\0' '\\n'");
    struct flow_buf have;

    flow_buf_init(&have, FLOW_BUF_TEXT);
    for (size_t i = 0; i < snapshot->count; i++)
        flow_buf_printf(&have, "%s%s", i > 0 ? "\n" : "", snapshot->entries[i].path);
    if (strcmp(have.data, want) != 0)
        fail_msg("case %zu:\n%s\nbut git says:\n%s", number, have.data, want);
    flow_buf_release(&have);
    free(want);
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void write_rules(const struct scratch *scratch, const char *path, const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char file[256];

    snprintf(file, sizeof file, "%s/%s", scratch->top, path);
    if (text == NULL)
        unlink(file);
    else
        assert_ok(flow_file_write(file, text, strlen(text), 0644, &err), &err);
}

static void test_patterns(void **state)
{
    const struct scratch *scratch = *state;

    setenv("LC_ALL", "C", 1);
    scratch_run(scratch, NULL, "git init -q r; cd r\n%s", TREE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_rules(scratch, "r/.gitignore", cases[i].top);
        write_rules(scratch, "r/a/.gitignore", cases[i].below);
        expect_same(scratch, i);
    }
}

static void test_levels(void **state)
{
    const struct scratch *scratch = *state;

    scratch_run(scratch, NULL,
                "git init -q r; cd r\n%s"
                "echo '*.c' > .git/info/exclude; mkdir -p ../home/.config/git; echo 'ab' > "
                "../home/.config/git/ignore\n"
                "echo '!x.c' > a/.gitignore",
                TREE);
    expect_same(scratch, 0);
    scratch_run(scratch, NULL,
                "echo frotz > home/excludes; git config --global core.excludesFile '~/excludes'");
    expect_same(scratch, 1);
    // Rules in an ignored folder mean nothing, and a .gitignore that is a link is none.
    scratch_run(scratch, NULL,
                "cd r; echo 'd/' > .gitignore; echo '!b/' > d/.gitignore; git add -f d/b/x; echo u > d/b/u\n"
                "rm a/.gitignore; echo '*' > ../all; ln -s ../../all a/.gitignore 2>/dev/null");
    expect_same(scratch, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_patterns, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_levels, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
