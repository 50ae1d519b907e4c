// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include "handle.h"
#include "repo/fixture.h"

static int open_at(const struct scratch *scratch, const char *name, struct flow_error *err)
{
    struct flow_repo *repo = NULL;
    char path[256];

    snprintf(path, sizeof path, "%s/%s", scratch->top, name);
    int rc = flow_repo_open(&repo, path, err);
    if (rc == 0)
        flow_repo_free(repo);
    return rc;
}

static void expect_says(const struct flow_error *err, const char *text)
{
    if (strstr(err->message, text) == NULL)
        fail_msg("'%s' does not say '%s'", err->message, text);
}

static void expect_ends(const char *text, const char *end)
{
    if (text == NULL || strlen(text) < strlen(end) || strcmp(text + strlen(text) - strlen(end), end) != 0)
        fail_msg("'%s' does not end with '%s'", text != NULL ? text : "NULL", end);
}

static void test_from_a_folder_inside(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;

    scratch_run(scratch, NULL, "git init -q r; mkdir -p r/a/b");
    repo = fixture_open(scratch, "r/a/b");
    expect_ends(flow_repo_gitdir(repo), "/r/.git/");
    expect_ends(flow_repo_commondir(repo), "/r/.git/");
    expect_ends(flow_repo_workdir(repo), "/r/");
    flow_repo_free(repo);
}

static void test_nowhere(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;

    assert_err(open_at(*state, "home", &err), &err, FLOW_E_NOT_FOUND);
    expect_says(&err, "is not inside a git repository");
    assert_err(open_at(*state, "none", &err), &err, FLOW_E_NOT_FOUND);
}

static void test_bare(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    scratch_run(scratch, NULL, "git init -q --bare r.git");
    repo = fixture_open(scratch, "r.git");
    assert_null(flow_repo_workdir(repo));
    assert_err(flow_snapshot_worktree(&snapshot, repo, &err), &err, FLOW_E_ENV);
    expect_says(&err, "has no work tree");
    flow_repo_free(repo);
}

static void test_no_commit_yet(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;
    struct flow_id id;

    scratch_run(scratch, NULL, "git init -q r; echo x > r/x");
    repo = fixture_open(scratch, "r");
    assert_err(flow_repo_resolve(repo, "HEAD", &id, &err), &err, FLOW_E_NOT_FOUND);
    expect_says(&err, "the repository has no commit yet");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "x ");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_resolve(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_id id;

    scratch_run(scratch, NULL,
                "git init -q r; cd r; echo x > x; git add x; git commit -qm x\n"
                "git tag -a -m t v1; git branch other; git checkout -q --detach");
    repo = fixture_open(scratch, "r");
    char *head = fixture_output(scratch, "git -C r rev-parse HEAD");
    char *tree = fixture_output(scratch, "git -C r rev-parse 'HEAD^{tree}'");
    char *blob = fixture_output(scratch, "git -C r rev-parse HEAD:x");
    static const char *const revisions[] = {"HEAD", "main", "other", "v1", "refs/heads/main"};
    for (size_t i = 0; i < sizeof revisions / sizeof revisions[0]; i++)
        assert_string_equal(fixture_resolve(repo, revisions[i]).hex, head);
    assert_string_equal(fixture_resolve(repo, head).hex, head);
    id = fixture_resolve(repo, "HEAD");
    assert_ok(flow_repo_commit_tree(repo, &id, &id, &err), &err);
    assert_string_equal(id.hex, tree);
    assert_err(flow_repo_resolve(repo, "nothing", &id, &err), &err, FLOW_E_NOT_FOUND);
    assert_int_equal(flow_repo_resolve(repo, blob, &id, &err), -1);
    free(head);
    free(tree);
    free(blob);
    flow_repo_free(repo);
}

static void test_sha256(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;

    scratch_run(scratch, NULL, "git init -q --object-format=sha256 r");
    assert_err(open_at(scratch, "r", &err), &err, FLOW_E_ENV);
    expect_says(&err, "names its objects by SHA-256");
}

static void test_extensions(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;

    scratch_run(
        scratch, NULL,
        "git init -q r; git -C r config core.repositoryformatversion 1\n"
        "git -C r config extensions.worktreeConfig true; git -C r config extensions.partialClone origin");
    assert_ok(open_at(scratch, "r", &err), &err);
    scratch_run(scratch, NULL, "git -C r config extensions.refStorage reftable");
    assert_err(open_at(scratch, "r", &err), &err, FLOW_E_ENV);
    expect_says(&err, "refstorage");
    scratch_run(scratch, NULL,
                "git config -f r/.git/config --unset extensions.refStorage\n"
                "git config -f r/.git/config core.repositoryformatversion 9");
    assert_err(open_at(scratch, "r", &err), &err, FLOW_E_ENV);
    expect_says(&err, "format");
}

static void test_of_another_user(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;

    if (geteuid() != 0)
        skip();
    unsetenv("SUDO_UID");
    scratch_run(scratch, NULL, "git init -q r; chown -R 65534 r; chmod 755 .");
    assert_err(open_at(scratch, "r", &err), &err, FLOW_E_ENV);
    expect_says(&err, "/r' belongs to another user; if you trust it, run 'git config --global --add "
                      "safe.directory /");
    scratch_run(scratch, NULL, "git config --global --add safe.directory \"$PWD/r\"");
    assert_ok(open_at(scratch, "r", &err), &err);
}

static void test_linked_worktree(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; echo x > x; git add x; git commit -qm x; git worktree add -q ../linked -b l\n"
        "echo y > ../linked/y");
    repo = fixture_open(scratch, "linked");
    expect_ends(flow_repo_gitdir(repo), "/r/.git/worktrees/linked/");
    expect_ends(flow_repo_commondir(repo), "/r/.git/");
    expect_ends(flow_repo_workdir(repo), "/linked/");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "x y ");
    fixture_expect(repo, snapshot, "y", "y\n");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

// Every handle of the pool is of the same work tree.
static void expect_handles(struct flow_repo *repo, const char *workdir)
{
    struct flow_error err = FLOW_ERROR_INIT;
    git_repository *handles[2];

    for (int i = 0; i < 2; i++) {
        assert_ok(flow_repo_borrow(repo, &handles[i], &err), &err);
        expect_ends(git_repository_workdir(handles[i]), workdir);
    }
    assert_ptr_not_equal(handles[0], handles[1]);
    for (int i = 0; i < 2; i++)
        flow_repo_return(repo, handles[i]);
}

static void test_gitdir_apart_and_submodule(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    scratch_run(
        scratch, NULL,
        "git init -q --separate-git-dir apart.git r; cd r; echo x > x; git add x; git commit -qm x; cd ..\n"
        "git init -q super; git -C super submodule --quiet add ../r sub");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "x ");
    flow_snapshot_free(snapshot);
    expect_handles(repo, "/r/");
    flow_repo_free(repo);
    repo = fixture_open(scratch, "super/sub");
    expect_handles(repo, "/super/sub/");
    expect_ends(flow_repo_workdir(repo), "/super/sub/");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "x ");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_gitdir_without_its_work_tree(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    // Opened by itself, a git folder of another name has no work tree, unless its configuration says so.
    scratch_run(scratch, NULL, "git init -q r; echo x > r/x; mv r/.git r/store; echo y > r/y");
    repo = fixture_open(scratch, "r/store");
    assert_null(flow_repo_workdir(repo));
    assert_err(flow_snapshot_worktree(&snapshot, repo, &err), &err, FLOW_E_ENV);
    git_repository *handles[2];
    for (int i = 0; i < 2; i++)
        assert_ok(flow_repo_borrow(repo, &handles[i], &err), &err);
    for (int i = 0; i < 2; i++)
        flow_repo_return(repo, handles[i]);
    flow_repo_free(repo);
    scratch_run(scratch, NULL, "mv r/store store; git -C store config core.worktree ../r");
    repo = fixture_open(scratch, "store");
    expect_handles(repo, "/r/");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "x y ");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_state_dir(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_buf dir;
    struct stat st;

    scratch_run(scratch, NULL, "git init -q r");
    repo = fixture_open(scratch, "r");
    flow_buf_init(&dir, FLOW_BUF_LINE);
    for (int i = 0; i < 2; i++) {
        flow_buf_clear(&dir);
        assert_ok(flow_repo_state_dir(repo, &dir, &err), &err);
        expect_ends(dir.data, "/r/.git/flow/");
        assert_int_equal(stat(dir.data, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
    }
    flow_buf_release(&dir);
    flow_repo_free(repo);
}

static void expect_setting(const struct scratch *scratch, const char *name, const char *want,
                           const char *origin)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo = fixture_open(scratch, name);
    struct flow_config *config;

    assert_ok(flow_repo_config(repo, &config, &err), &err);
    assert_string_equal(flow_config_str(config, "port.source", "none"), want);
    if (origin != NULL)
        assert_string_equal(flow_config_origin(config, "port.source", NULL), origin);
    flow_config_free(config);
    flow_repo_free(repo);
}

static void test_settings(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;
    struct flow_repo *repo;

    scratch_run(scratch, NULL, "git init -q r");
    expect_setting(scratch, "r", "none", NULL);
    scratch_run(scratch, NULL,
                "cd r; mkdir .flow; printf '[port]\\nsource = head\\n' > .flow/config; git add .flow\n"
                "git commit -qm x; git clone -q --bare . ../bare.git\n"
                "printf '[port]\\nsource = tree\\n' > .flow/config");
    expect_setting(scratch, "r", "tree", "'.flow/config'");
    expect_setting(scratch, "bare.git", "head", "'HEAD:.flow/config'");
    // A link out of the repository is not followed.
    scratch_run(scratch, NULL, "cd r; mv .flow ../outside; ln -s ../outside .flow");
    expect_setting(scratch, "r", "head", "'HEAD:.flow/config'");
    scratch_run(scratch, NULL, "git -C r config flow.port.source own");
    expect_setting(scratch, "r", "own", "'.git/config'");

    scratch_run(scratch, NULL, "cd r; rm .flow; mkdir .flow; printf '[budget]\\nmax = 9\\n' > .flow/config");
    repo = fixture_open(scratch, "r");
    assert_err(flow_repo_config(repo, &config, &err), &err, FLOW_E_REFUSED);
    expect_says(&err, "'.flow/config' line 2");
    flow_repo_free(repo);
    assert_ok(flow_repo_config(NULL, &config, &err), &err);
    flow_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_from_a_folder_inside, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_nowhere, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_bare, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_no_commit_yet, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_resolve, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_sha256, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_extensions, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_of_another_user, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_linked_worktree, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_gitdir_apart_and_submodule, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_gitdir_without_its_work_tree, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_state_dir, scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(test_settings, scratch_setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
