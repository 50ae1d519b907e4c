// SPDX-License-Identifier: MIT
// One repository, many threads: reads side by side with commits to branches of their own and to one that all
// share.
#include <stdatomic.h>

#include "flow/base/thread.h"
#include "repo/fixture.h"

#define WORKERS 64
#define ITEMS   256
#define SHARED  "refs/heads/shared"

struct work {
    struct flow_repo *repo;
    const struct flow_snapshot *stored, *worktree;
    struct flow_id base;
    atomic_uint conflicts;
};

static int read_one(struct work *work, const struct flow_snapshot *snapshot, size_t item,
                    struct flow_error *err)
{
    const struct flow_entry *entry = &snapshot->entries[item % snapshot->count];
    struct flow_buf content;

    flow_buf_init(&content, FLOW_BUF_FILE);
    int rc = flow_snapshot_read(work->repo, snapshot, entry, &content, err);
    // Each file holds its own name.
    if (rc == 0 && strncmp(content.data, entry->path, strlen(entry->path)) != 0)
        rc = flow_error_set(err, FLOW_E_INTERNAL, "'%s' holds '%s'", entry->path, content.data);
    flow_buf_release(&content);
    return rc;
}

static int commit_to(struct work *work, const char *branch, const struct flow_id *parent, bool create,
                     size_t item, struct flow_error *err)
{
    char path[32], text[32];
    struct flow_id blob, id;

    snprintf(path, sizeof path, "out/%zu", item);
    snprintf(text, sizeof text, "%zu\n", item);
    const struct flow_change change = {.path = path, .blob = &blob};
    const struct flow_commit commit = {.branch = branch,
                                       .parent = *parent,
                                       .create = create,
                                       .subject = "x",
                                       .changes = &change,
                                       .change_count = 1};
    if (flow_repo_write_blob(work->repo, text, strlen(text), &blob, err) != 0)
        return -1;
    return flow_repo_commit(work->repo, &commit, &id, err);
}

static int commit_shared(struct work *work, size_t item, struct flow_error *err)
{
    for (;;) {
        struct flow_error problem = FLOW_ERROR_INIT;
        struct flow_id tip;
        if (flow_repo_ref(work->repo, SHARED, &tip, err) != 0)
            return -1;
        if (commit_to(work, SHARED, &tip, false, item, &problem) == 0)
            return 0;
        if (problem.code != FLOW_E_CONFLICT)
            return flow_error_set(err, problem.code, "%s", problem.message);
        atomic_fetch_add(&work->conflicts, 1);
    }
}

static int do_one(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct work *work = payload;
    char branch[48];

    (void)worker;
    if (read_one(work, work->stored, item, err) != 0 || read_one(work, work->worktree, item, err) != 0)
        return -1;
    if (item % 8 == 0)
        return commit_shared(work, item, err);
    if (item % 8 != 1)
        return 0;
    snprintf(branch, sizeof branch, "refs/heads/own/%zu", item);
    return commit_to(work, branch, &work->base, true, item, err);
}

static void test_many_threads(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *stored;
    struct work work = {0};

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; for i in $(seq 50); do echo f$i > f$i; done; git add -A; git commit -qm x\n"
        "git gc -q; for i in $(seq 50); do echo g$i > g$i; done; git add -A; git commit -qm y\n"
        "git branch shared; echo untracked > untracked");
    work.repo = fixture_open(scratch, "r");
    work.base = fixture_resolve(work.repo, "HEAD");
    assert_ok(flow_snapshot_commit(&stored, work.repo, &work.base, &err), &err);
    struct flow_snapshot *worktree = fixture_worktree(work.repo);
    work.stored = stored;
    work.worktree = worktree;
    assert_ok(flow_thread_each(WORKERS, ITEMS, do_one, &work, &err), &err);
    // No commit to the shared branch was lost.
    char *count = fixture_output(scratch, "git -C r ls-tree -r --name-only shared out | wc -l");
    assert_int_equal(atoi(count), ITEMS / 8);
    free(count);
    count = fixture_output(scratch, "git -C r for-each-ref refs/heads/own | wc -l");
    assert_int_equal(atoi(count), ITEMS / 8);
    free(count);
    count = fixture_output(scratch, "git -C r fsck 2>&1 | grep -v dangling || true");
    assert_string_equal(count, "");
    free(count);
    flow_snapshot_free(worktree);
    flow_snapshot_free(stored);
    flow_repo_free(work.repo);
}

static int create_one(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct work *work = payload;
    struct flow_error problem = FLOW_ERROR_INIT;

    (void)worker;
    if (commit_to(work, SHARED, &work->base, true, item, &problem) == 0)
        return 0;
    if (problem.code != FLOW_E_CONFLICT)
        return flow_error_set(err, problem.code, "%s", problem.message);
    atomic_fetch_add(&work->conflicts, 1);
    return 0;
}

static void test_one_of_many_creates_a_branch(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct work work = {0};

    scratch_run(scratch, NULL, "git init -q r; cd r; echo x > x; git add -A; git commit -qm x");
    work.repo = fixture_open(scratch, "r");
    work.base = fixture_resolve(work.repo, "HEAD");
    for (int round = 0; round < 8; round++) {
        atomic_store(&work.conflicts, 0);
        assert_ok(flow_thread_each(8, 8, create_one, &work, &err), &err);
        assert_int_equal(atomic_load(&work.conflicts), 7);
        scratch_run(scratch, NULL, "git -C r branch -q -D shared");
    }
    flow_repo_free(work.repo);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_many_threads, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_one_of_many_creates_a_branch, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
