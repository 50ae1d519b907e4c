// SPDX-License-Identifier: MIT
// Commits on branches that nobody has checked out; git reads them back and checks the objects.
#include "repo/fixture.h"

#define BRANCH "refs/heads/flow/port/x"

// A repository whose main holds a/x, a/y, link -> a, top; its base is HEAD.
static void make_repo(const struct scratch *scratch)
{
    scratch_run(scratch, NULL,
                "git init -q r; cd r; mkdir a; echo 1 > a/x; echo 2 > a/y; echo 3 > top; ln -s a link\n"
                "git add -A; git commit -qm base");
}

static struct flow_id blob_of(struct flow_repo *repo, const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id id;

    assert_ok(flow_repo_write_blob(repo, text, strlen(text), &id, &err), &err);
    return id;
}

static struct flow_commit commit_of(const struct flow_id *parent, const struct flow_change *changes,
                                    size_t count)
{
    return (struct flow_commit){.branch = BRANCH,
                                .parent = *parent,
                                .create = true,
                                .subject = "port: a unit",
                                .changes = changes,
                                .change_count = count};
}

static void expect_output(const struct scratch *scratch, const char *script, const char *want)
{
    char *have = fixture_output(scratch, "%s", script);

    assert_string_equal(have, want);
    free(have);
}

static void test_changes_a_tree(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id, ref;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD"), blob = blob_of(repo, "new\n");
    const struct flow_change changes[] = {
        {.path = "src/deep/er/m.rs", .blob = &blob},
        {.path = "a/y", .blob = &blob, .executable = true},
        {.path = "a/x"},
        {.path = "na\nme\377", .blob = &blob},
    };
    struct flow_commit commit = commit_of(&head, changes, 4);
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    assert_ok(flow_repo_ref(repo, BRANCH, &ref, &err), &err);
    assert_string_equal(ref.hex, id.hex);
    expect_output(scratch, "cd r; git diff --no-renames --name-status -z main flow/port/x | tr '\\0' ' '",
                  "D a/x M a/y A na\nme\377 A src/deep/er/m.rs ");
    expect_output(scratch, "git -C r ls-tree -r flow/port/x a/y | cut -c 1-6", "100755");
    expect_output(scratch, "git -C r log -1 --format='%an %ae %cn %P' flow/port/x | cut -d' ' -f1-5",
                  "A Tester tester@example.org A Tester");
    expect_output(scratch, "git -C r fsck --strict 2>&1", "");
    expect_output(scratch, "git -C r status --short", "");

    // The last file of a folder takes the folder along.
    const struct flow_change rest[] = {{.path = "a/y"}};
    commit = commit_of(&id, rest, 1);
    commit.create = false;
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    expect_output(scratch, "git -C r ls-tree --name-only -z flow/port/x | tr '\\0' ' '",
                  "link na\nme\377 src top ");
    expect_output(scratch, "git -C r fsck --strict 2>&1", "");
    flow_repo_free(repo);
}

static struct flow_change change_of(const char *path, const char *text, struct flow_id *id)
{
    struct flow_error err = FLOW_ERROR_INIT;

    assert_ok(flow_id_of(id, text, strlen(text), &err), &err);
    return (struct flow_change){.path = path, .blob = id, .text = text, .len = strlen(text)};
}

static void test_stores_texts(void **state)
{
    static const char stored[] = "cd r; git fsck --strict 2>&1; find .git/objects -name 'tmp*'\n"
                                 "find .git/objects -type f ! -perm 444 -path '*/[0-9a-f][0-9a-f]/*'";
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id, ids[3], found;
    struct flow_buf text;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    const struct flow_change changes[] = {change_of("d/one", "one\n", &ids[0]),
                                          change_of("d/empty", "", &ids[1]),
                                          // Stands in the commit's parent already.
                                          change_of("d/known", "1\n", &ids[2])};
    struct flow_commit commit = commit_of(&head, changes, 3);
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    assert_ok(flow_repo_find_blob(repo, &id, "d/one", &found, &err), &err);
    assert_string_equal(found.hex, ids[0].hex);
    flow_buf_init(&text, FLOW_BUF_LINE);
    assert_ok(flow_repo_read_blob(repo, &found, &text, &err), &err);
    assert_string_equal(text.data, "one\n");
    flow_buf_release(&text);
    expect_output(scratch, "cd r; git show flow/port/x:d/one flow/port/x:d/empty flow/port/x:d/known",
                  "one\n1");
    expect_output(scratch, stored, "");

    // One that is refused leaves nothing, and the next one has nothing of it.
    const struct flow_change refused[] = {change_of("e/two", "two\n", &ids[0]), {.path = "absent"}};
    commit = commit_of(&id, refused, 2);
    assert_err(flow_repo_commit(repo, &commit, &found, &err), &err, FLOW_E_NOT_FOUND);
    expect_output(scratch, stored, "");
    const struct flow_change again[] = {change_of("e/two", "two\n", &ids[0])};
    commit = commit_of(&id, again, 1);
    commit.create = false;
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    expect_output(scratch, "git -C r show flow/port/x:e/two", "two");
    expect_output(scratch, stored, "");
    flow_repo_free(repo);
}

static void test_message(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    const struct flow_trailer trailers[] = {
        {"Flow-Unit", "src/a b.c"}, {"Flow-Reviewed-By", "one"}, {"Flow-Reviewed-By", "two"}};
    struct flow_commit commit = commit_of(&head, NULL, 0);
    commit.body = "\nWhy.\n\nFlow-Unit: not this\n\n";
    commit.trailers = trailers;
    commit.trailer_count = 3;
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    expect_output(
        scratch, "git -C r log -1 --format=%B flow/port/x",
        "port: a unit\n\nWhy.\n\nFlow-Unit: not this\n\nFlow-Unit: src/a b.c\nFlow-Reviewed-By: one\n"
        "Flow-Reviewed-By: two\n");
    expect_output(scratch, "git -C r log -1 --format='%(trailers:only,unfold)' flow/port/x",
                  "Flow-Unit: src/a b.c\nFlow-Reviewed-By: one\nFlow-Reviewed-By: two\n");
    flow_repo_free(repo);
}

static void test_refuses_broken_messages(void **state)
{
    static const struct {
        const char *subject, *key, *value;
    } cases[] = {
        {"", "K", "v"},        {"two\nlines", "K", "v"}, {"s", "K", "v\nFlow-Cost: 0"},
        {"s", "K: x\nL", "v"}, {"s", "", "v"},           {"s", "K", ""},
        {"s", "K", " v"},      {"s", "K", "v\r"},
    };
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow_trailer trailer = {cases[i].key, cases[i].value};
        struct flow_commit commit = commit_of(&head, NULL, 0);
        commit.subject = cases[i].subject;
        commit.trailers = &trailer;
        commit.trailer_count = 1;
        assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, FLOW_E_INVALID);
    }
    assert_err(flow_repo_ref(repo, BRANCH, &id, &err), &err, FLOW_E_NOT_FOUND);
    flow_repo_free(repo);
}

static void test_compares_and_swaps(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id one, two, ref;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    struct flow_commit commit = commit_of(&head, NULL, 0);
    // It is to be there, and is not.
    commit.create = false;
    assert_err(flow_repo_commit(repo, &commit, &one, &err), &err, FLOW_E_CONFLICT);
    commit.create = true;
    assert_ok(flow_repo_commit(repo, &commit, &one, &err), &err);
    // It is not to be there, and is; also where only packed-refs knows it.
    commit.subject = "another";
    assert_err(flow_repo_commit(repo, &commit, &two, &err), &err, FLOW_E_CONFLICT);
    scratch_run(scratch, NULL, "git -C r pack-refs --all");
    assert_err(flow_repo_commit(repo, &commit, &two, &err), &err, FLOW_E_CONFLICT);
    // It has moved on.
    commit.create = false;
    assert_err(flow_repo_commit(repo, &commit, &two, &err), &err, FLOW_E_CONFLICT);
    commit.parent = one;
    assert_ok(flow_repo_commit(repo, &commit, &two, &err), &err);
    assert_err(flow_repo_commit(repo, &commit, &one, &err), &err, FLOW_E_CONFLICT);
    assert_ok(flow_repo_ref(repo, BRANCH, &ref, &err), &err);
    assert_string_equal(ref.hex, two.hex);
    // A branch in the way of its folder.
    commit.branch = BRANCH "/below";
    commit.create = true;
    assert_int_equal(flow_repo_commit(repo, &commit, &one, &err), -1);
    flow_repo_free(repo);
}

static void test_refuses_checked_out_branches(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_buf where;
    struct flow_id id;

    make_repo(scratch);
    scratch_run(scratch, NULL, "cd r; git branch b; git worktree add -q ../linked b; git branch free");
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    struct flow_commit commit = commit_of(&head, NULL, 0);
    commit.create = false;
    flow_buf_init(&where, FLOW_BUF_LINE);
    commit.branch = "refs/heads/main";
    assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, FLOW_E_REFUSED);
    commit.branch = "refs/heads/b";
    assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, "/linked'"));
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/b", &where, &err), 1);
    assert_non_null(strstr(where.data, "/linked"));
    flow_repo_free(repo);

    // Seen from the linked work tree it is the same.
    repo = fixture_open(scratch, "linked");
    flow_buf_clear(&where);
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/main", &where, &err), 1);
    assert_true(where.len > 2 && strcmp(where.data + where.len - 3, "/r/") == 0);
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/b", &where, &err), 1);
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/free", &where, &err), 0);
    flow_repo_free(repo);

    // A detached head is no checkout, a branch that is being rebased is one.
    scratch_run(
        scratch, NULL,
        "git -C r checkout -q --detach; cd linked; git commit -q --allow-empty -m b\n"
        "GIT_SEQUENCE_EDITOR='sed -i 1s/pick/edit/' git rebase -q -i --keep-empty HEAD~1 2>/dev/null");
    repo = fixture_open(scratch, "r");
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/main", &where, &err), 0);
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/b", &where, &err), 1);
    commit.branch = "refs/heads/main";
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    flow_repo_free(repo);

    // The HEAD of a bare repository is no checkout either.
    scratch_run(scratch, NULL,
                "git clone -q --bare r bare.git; git -C bare.git symbolic-ref HEAD refs/heads/main");
    repo = fixture_open(scratch, "bare.git");
    assert_int_equal(flow_repo_checked_out(repo, "refs/heads/main", &where, &err), 0);
    flow_repo_free(repo);
    flow_buf_release(&where);
}

static void test_refuses_names_that_are_no_branch(void **state)
{
    static const struct {
        const char *branch;
        enum flow_code code;
    } cases[] = {
        {"main", FLOW_E_INVALID},
        {"refs/tags/x", FLOW_E_INVALID},
        {"refs/heads/", FLOW_E_INVALID},
        {"refs/heads/a..b", FLOW_E_INVALID},
        {"refs/heads/a b", FLOW_E_INVALID},
        {"refs/heads/../../x", FLOW_E_INVALID},
        {"refs/heads/alias", FLOW_E_REFUSED},
    };
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    make_repo(scratch);
    scratch_run(scratch, NULL, "cd r; git branch other; git symbolic-ref refs/heads/alias refs/heads/other");
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    struct flow_commit commit = commit_of(&head, NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        commit.branch = cases[i].branch;
        assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, cases[i].code);
    }
    flow_repo_free(repo);
}

static void test_confines_paths(void **state)
{
    static const char *const paths[] = {
        "",        "/etc/passwd",  "../x",   "a/../../x", "a//x", "./x", ".git/config", "a/.GIT/hooks/x",
        "git~1/x", ".flow/config", "link/x", "top/x",     "a",    "mod", "mod/x",       "a/./x",
    };
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    make_repo(scratch);
    scratch_run(
        scratch, NULL,
        "cd r; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),mod; git commit -qm mod");
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD"), blob = blob_of(repo, "x");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct flow_change change = {.path = paths[i], .blob = &blob};
        struct flow_commit commit = commit_of(&head, &change, 1);
        if (flow_repo_commit(repo, &commit, &id, &err) == 0)
            fail_msg("committed '%s'", paths[i]);
        assert_int_equal(err.code, FLOW_E_INVALID);
    }
    flow_repo_free(repo);
}

static void test_refuses_changes_that_clash(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD"), blob = blob_of(repo, "x"), none;
    assert_ok(flow_repo_commit_tree(repo, &head, &none, &err), &err);
    struct flow_id absent = {"0123456789012345678901234567890123456789"};
    const struct {
        struct flow_change changes[2];
        size_t count;
        enum flow_code code;
    } cases[] = {
        {{{.path = "n", .blob = &blob}, {.path = "n", .blob = &blob}}, 2, FLOW_E_INVALID},
        {{{.path = "n", .blob = &blob}, {.path = "n"}}, 2, FLOW_E_INVALID},
        {{{.path = "n/m", .blob = &blob}, {.path = "n", .blob = &blob}}, 2, FLOW_E_INVALID},
        {{{.path = "n"}}, 1, FLOW_E_NOT_FOUND},
        {{{.path = "n", .blob = &none}}, 1, FLOW_E_INVALID},
        {{{.path = "n", .blob = &absent}}, 1, FLOW_E_INVALID},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow_commit commit = commit_of(&head, cases[i].changes, cases[i].count);
        assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, cases[i].code);
    }
    assert_err(flow_repo_ref(repo, BRANCH, &id, &err), &err, FLOW_E_NOT_FOUND);
    flow_repo_free(repo);
}

static void test_needs_an_identity(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    make_repo(scratch);
    scratch_run(scratch, NULL, "git config --global --unset user.email");
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    struct flow_commit commit = commit_of(&head, NULL, 0);
    assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, FLOW_E_ENV);
    assert_non_null(strstr(err.message, "git config user.email"));
    flow_repo_free(repo);
}

static void test_tree_id_is_gits(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; mkdir -p a/b a.d; for f in a.c a/b/x a/y a.d/z a0; do echo t > $f; done\n"
        "chmod +x a/y; git add -A; git commit -qm x");
    repo = fixture_open(scratch, "r");
    struct flow_id blob = blob_of(repo, "t\n");
    struct flow_change files[] = {
        {.path = "a0", .blob = &blob},    {.path = "a/y", .blob = &blob, .executable = true},
        {.path = "a.c", .blob = &blob},   {.path = "a.d/z", .blob = &blob},
        {.path = "a/b/x", .blob = &blob},
    };
    char *tree = fixture_output(scratch, "git -C r rev-parse 'HEAD^{tree}'");
    assert_ok(flow_repo_tree_id(repo, files, 5, &id, &err), &err);
    assert_string_equal(id.hex, tree);
    assert_ok(flow_repo_tree_id(repo, NULL, 0, &id, &err), &err);
    assert_string_equal(id.hex, "4b825dc642cb6eb9a060e54bf8d69288fbee4904"); // git's empty tree
    files[0].path = "a";
    assert_err(flow_repo_tree_id(repo, files, 5, &id, &err), &err, FLOW_E_INVALID);
    files[0].path = "a/y";
    assert_err(flow_repo_tree_id(repo, files, 5, &id, &err), &err, FLOW_E_INVALID);
    files[0].path = "../a";
    assert_err(flow_repo_tree_id(repo, files, 5, &id, &err), &err, FLOW_E_INVALID);
    free(tree);
    flow_repo_free(repo);
}

static void test_find_blob(void **state)
{
    const struct scratch *scratch = *state;
    static const char *const absent[] = {"a", "a/z", "link", "link/x", "../r/top", ""};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_buf text;
    struct flow_id id;

    make_repo(scratch);
    repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD");
    flow_buf_init(&text, FLOW_BUF_FILE);
    assert_ok(flow_repo_find_blob(repo, &head, "a/y", &id, &err), &err);
    assert_ok(flow_repo_read_blob(repo, &id, &text, &err), &err);
    assert_string_equal(text.data, "2\n");
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++)
        assert_err(flow_repo_find_blob(repo, &head, absent[i], &id, &err), &err, FLOW_E_NOT_FOUND);
    struct flow_id bad = {"zzz"};
    assert_err(flow_repo_read_blob(repo, &bad, &text, &err), &err, FLOW_E_INVALID);
    assert_err(flow_repo_read_blob(repo, &head, &text, &err), &err, FLOW_E_INVALID);
    flow_buf_release(&text);
    flow_repo_free(repo);
}

// A lock that a killed flow left behind does not stop the next one; a lock of somebody else's does, and
// stays.
static void test_a_lock_left_behind_is_taken_away(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id id;

    make_repo(scratch);
    struct flow_repo *repo = fixture_open(scratch, "r");
    struct flow_id head = fixture_resolve(repo, "HEAD"), blob = blob_of(repo, "new\n");
    const struct flow_change changes[] = {{.path = "m.rs", .blob = &blob}};
    struct flow_commit commit = commit_of(&head, changes, 1);
    scratch_run(scratch, NULL,
                "cd r/.git; mkdir -p refs/heads/flow/port; git rev-parse HEAD > refs/heads/flow/port/x.lock");
    assert_err(flow_repo_commit(repo, &commit, &id, &err), &err, FLOW_E_ENV);
    expect_output(scratch, "ls r/.git/refs/heads/flow/port", "x.lock");
    scratch_run(scratch, NULL,
                "cd r; git commit-tree HEAD^{tree} -p HEAD -m port -m 'Flow-Unit: a' > .git/%s.lock", BRANCH);
    assert_ok(flow_repo_commit(repo, &commit, &id, &err), &err);
    expect_output(scratch, "ls r/.git/refs/heads/flow/port", "x");
    flow_repo_free(repo);
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(test_changes_a_tree),
        scratch_test(test_stores_texts),
        scratch_test(test_message),
        scratch_test(test_refuses_broken_messages),
        scratch_test(test_compares_and_swaps),
        scratch_test(test_refuses_checked_out_branches),
        scratch_test(test_refuses_names_that_are_no_branch),
        scratch_test(test_confines_paths),
        scratch_test(test_refuses_changes_that_clash),
        scratch_test(test_needs_an_identity),
        scratch_test(test_tree_id_is_gits),
        scratch_test(test_find_blob),
        scratch_test(test_a_lock_left_behind_is_taken_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
