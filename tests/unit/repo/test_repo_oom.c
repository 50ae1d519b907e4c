// SPDX-License-Identifier: MIT
#include "oom.h"
#include "repo/fixture.h"

static int read_all(struct flow_repo *repo, const struct flow_snapshot *snapshot, struct flow_error *err)
{
    struct flow_buf content;
    int rc = 0;

    flow_buf_init(&content, FLOW_BUF_FILE);
    for (size_t i = 0; rc == 0 && i < snapshot->count; i++)
        rc = flow_snapshot_read(repo, snapshot, &snapshot->entries[i], &content, err);
    flow_buf_release(&content);
    return rc;
}

static int take_snapshots(void *payload, struct flow_error *err)
{
    struct flow_repo *repo = NULL;
    struct flow_snapshot *worktree = NULL, *stored = NULL;
    struct flow_id head;

    int rc = flow_repo_open(&repo, payload, err);
    if (rc == 0)
        rc = flow_repo_resolve(repo, "HEAD", &head, err);
    if (rc == 0)
        rc = flow_snapshot_worktree(&worktree, repo, err);
    if (rc == 0)
        rc = flow_snapshot_commit(&stored, repo, &head, err);
    if (rc == 0)
        rc = read_all(repo, worktree, err);
    if (rc == 0)
        rc = read_all(repo, stored, err);
    flow_snapshot_free(stored);
    flow_snapshot_free(worktree);
    flow_repo_free(repo);
    return rc;
}

static int commit(void *payload, struct flow_error *err)
{
    struct flow_repo *repo = NULL;
    struct flow_id head = {{0}}, blob, id;
    const struct flow_trailer trailer = {"Flow-Unit", "x"};
    const struct flow_change change = {.path = "d/new", .blob = &blob, .text = "n", .len = 1};
    struct flow_commit commit = {.branch = "refs/heads/x",
                                 .create = true,
                                 .subject = "s",
                                 .body = "b",
                                 .trailers = &trailer,
                                 .trailer_count = 1,
                                 .changes = &change,
                                 .change_count = 1};

    int rc = flow_repo_open(&repo, payload, err);
    if (rc == 0)
        rc = flow_repo_resolve(repo, "HEAD", &head, err);
    if (rc == 0)
        rc = flow_id_of(&blob, "n", 1, err);
    commit.parent = head;
    if (rc == 0)
        rc = flow_repo_tree_id(repo, &change, 1, &id, err);
    if (rc == 0)
        rc = flow_repo_commit(repo, &commit, &id, err);
    // Not to be there for the next round.
    if (rc == 0)
        remove("r/.git/refs/heads/x");
    flow_repo_free(repo);
    return rc;
}

static void make_repo(const struct scratch *scratch)
{
    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; mkdir d; echo 1 > d/x; ln -s x d/l; echo '*.o' > .gitignore; git add -A\n"
        "git commit -qm x; printf 'a\\r\\n' > untracked.txt; echo '*.txt text' > .gitattributes; echo > "
        "d/x.o");
    assert_int_equal(chdir(scratch->top), 0);
}

static void test_snapshots(void **state)
{
    char path[] = "r";

    make_repo(*state);
    // A handle that does not fit into the pool is closed instead.
    oom_each_lenient(take_snapshots, path);
}

static void test_commit(void **state)
{
    char path[] = "r";

    make_repo(*state);
    oom_each_lenient(commit, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_snapshots, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_commit, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
