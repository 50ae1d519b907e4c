// SPDX-License-Identifier: MIT
// Work trees and commits as snapshots; git itself says which ids are right.
#include <fcntl.h>
#include <sys/stat.h>

#include <git2.h>

#include "flow/config/git.h"
#include "repo/fixture.h"

// An id that no file of these tests has.
#define FORGED "0123456789012345678901234567890123456789"

static struct flow_snapshot *commit_snapshot(struct flow_repo *repo, const char *revision)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id id = fixture_resolve(repo, revision);
    struct flow_snapshot *snapshot;

    assert_ok(flow_snapshot_commit(&snapshot, repo, &id, &err), &err);
    return snapshot;
}

// What git says of <top>/<name>/<path>, filters applied.
static void expect_id(const struct scratch *scratch, const struct flow_snapshot *snapshot, const char *name,
                      const char *path)
{
    const struct flow_entry *entry = flow_snapshot_find(snapshot, path);
    char *want = fixture_output(scratch, "cd %s; git hash-object '%s'", name, path);

    assert_non_null(entry);
    assert_string_equal(entry->blob.hex, want);
    free(want);
}

static int read_entry(struct flow_repo *repo, const struct flow_snapshot *snapshot, const char *path,
                      struct flow_error *err)
{
    struct flow_buf content;

    flow_buf_init(&content, FLOW_BUF_FILE);
    int rc = flow_snapshot_read(repo, snapshot, flow_snapshot_find(snapshot, path), &content, err);
    flow_buf_release(&content);
    return rc;
}

static void test_commit(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; mkdir -p a/b a.d; echo 1 > a/b/x; echo 22 > a.c; echo 3 > a.d/y\n"
        "printf '' > z; chmod +x a.c; ln -s a.c link; git add -A; git commit -qm x; rm -r *; echo u > u");
    repo = fixture_open(scratch, "r");
    snapshot = commit_snapshot(repo, "HEAD");
    expect_paths(snapshot, "a.c a.d/y a/b/x link z ");
    assert_false(snapshot->is_worktree);
    char *tree = fixture_output(scratch, "git -C r rev-parse 'HEAD^{tree}'");
    assert_string_equal(snapshot->id.hex, tree);
    free(tree);
    const struct flow_entry *file = flow_snapshot_find(snapshot, "a.c");
    assert_true(file->executable);
    assert_int_equal(file->size, 3);
    assert_int_equal(file->kind, FLOW_ENTRY_FILE);
    assert_int_equal(flow_snapshot_find(snapshot, "link")->kind, FLOW_ENTRY_LINK);
    fixture_expect(repo, snapshot, "a.c", "22\n");
    fixture_expect(repo, snapshot, "link", "a.c");
    fixture_expect(repo, snapshot, "z", "");
    assert_null(flow_snapshot_find(snapshot, "a"));
    assert_null(flow_snapshot_find(snapshot, "a.cc"));
    assert_true(flow_snapshot_has_dir(snapshot, "a"));
    assert_true(flow_snapshot_has_dir(snapshot, "a/b"));
    assert_false(flow_snapshot_has_dir(snapshot, "a/b/x"));
    assert_false(flow_snapshot_has_dir(snapshot, "link"));
    assert_false(flow_snapshot_has_dir(snapshot, ""));
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_worktree_is_what_git_would_add(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; mkdir -p a/b out/deep kept empty new/dir; echo 1 > a/b/x; echo 2 > gone\n"
        "echo 3 > changed; echo 4 > same; echo 5 > kept/k.o; git add -Af; git commit -qm x\n"
        "printf '*.o\\nout/\\n' > .gitignore; rm gone; echo 33 > changed; echo o > a/b/y.o\n"
        "echo o > out/deep/z; echo n > new/dir/n; echo o > kept/other.o; mkfifo pipe\n"
        "printf 'b' > a/b/z.o; printf '!z.o\\n' > a/.gitignore; chmod +x new/dir/n\n"
        "printf q > \"$(printf 'tab\\tnew\\nline\\377')\"");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, ".gitignore a/.gitignore a/b/x a/b/z.o changed kept/k.o new/dir/n same "
                           "tab\tnew\nline\377 ");
    assert_true(snapshot->is_worktree);
    for (size_t i = 0; i < snapshot->count; i++)
        expect_id(scratch, snapshot, "r", snapshot->entries[i].path);
    fixture_expect(repo, snapshot, "changed", "33\n");
    fixture_expect(repo, snapshot, "tab\tnew\nline\377", "q");
    assert_true(flow_snapshot_find(snapshot, "new/dir/n")->executable);
    assert_false(flow_snapshot_find(snapshot, "same")->executable);
    flow_snapshot_free(snapshot);
    // Nothing was stored: what git adds are its own new objects.
    char *stored =
        fixture_output(scratch, "cd r; git cat-file -e $(git hash-object changed) && echo yes || echo no");
    assert_string_equal(stored, "no");
    free(stored);
    flow_repo_free(repo);
}

static void test_listing_id_follows_content(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *one, *two;

    scratch_run(scratch, NULL, "git init -q r; cd r; echo 1 > x; git add x; git commit -qm x");
    repo = fixture_open(scratch, "r");
    one = fixture_worktree(repo);
    scratch_run(scratch, NULL, "cd r; touch -d 2001-01-01 x; git rm -q --cached x");
    two = fixture_worktree(repo);
    assert_string_equal(one->id.hex, two->id.hex);
    flow_snapshot_free(two);
    scratch_run(scratch, NULL, "chmod +x r/x");
    two = fixture_worktree(repo);
    assert_string_not_equal(one->id.hex, two->id.hex);
    flow_snapshot_free(two);
    scratch_run(scratch, NULL, "cd r; chmod -x x; echo 2 > x");
    two = fixture_worktree(repo);
    assert_string_not_equal(one->id.hex, two->id.hex);
    flow_snapshot_free(two);
    flow_snapshot_free(one);
    flow_repo_free(repo);
}

// Makes git's index say of <top>/r/x that it has the stat data that it has, but the id of something else;
// then change is applied to that entry, and the index is made to be of the given age against the file.
static void forge_index(const struct scratch *scratch, void (*change)(git_index_entry *), long seconds)
{
    struct flow_error err = FLOW_ERROR_INIT;
    git_index *index;
    char path[256];
    struct stat st;

    snprintf(path, sizeof path, "%s/r/x", scratch->top);
    assert_int_equal(lstat(path, &st), 0);
    snprintf(path, sizeof path, "%s/r/.git/index", scratch->top);
    assert_ok(flow_git_hold(&err), &err);
    assert_int_equal(git_index_open(&index, path), 0);
    git_index_entry entry = {.path = "x",
                             .mode = GIT_FILEMODE_BLOB,
                             .file_size = (uint32_t)st.st_size,
                             .ino = (uint32_t)st.st_ino,
                             .mtime = {(int32_t)st.st_mtim.tv_sec, (uint32_t)st.st_mtim.tv_nsec},
                             .ctime = {(int32_t)st.st_ctim.tv_sec, (uint32_t)st.st_ctim.tv_nsec}};
    assert_int_equal(git_oid_fromstr(&entry.id, FORGED), 0);
    if (change != NULL)
        change(&entry);
    assert_int_equal(git_index_add(index, &entry), 0);
    assert_int_equal(git_index_write(index), 0);
    git_index_free(index);
    flow_git_drop();
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {.tv_sec = st.st_mtim.tv_sec + seconds, .tv_nsec = st.st_mtim.tv_nsec}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void change_size(git_index_entry *entry)
{
    entry->file_size++;
}

static void change_inode(git_index_entry *entry)
{
    entry->ino++;
}

static void change_mtime(git_index_entry *entry)
{
    entry->mtime.nanoseconds ^= 1;
}

static void change_ctime(git_index_entry *entry)
{
    entry->ctime.nanoseconds ^= 1;
}

static void change_kind(git_index_entry *entry)
{
    entry->mode = GIT_FILEMODE_LINK;
}

static void test_stat_data(void **state)
{
    static void (*const changes[])(git_index_entry *) = {change_size, change_inode, change_mtime,
                                                         change_ctime, change_kind};
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(scratch, NULL, "git init -q r; echo 1 > r/x");
    repo = fixture_open(scratch, "r");
    // What fits is believed: this is what makes a snapshot fast.
    forge_index(scratch, NULL, 1);
    snapshot = fixture_worktree(repo);
    assert_string_equal(flow_snapshot_find(snapshot, "x")->blob.hex, FORGED);
    flow_snapshot_free(snapshot);
    // A file as old as the index may have changed behind its back ("racily clean").
    forge_index(scratch, NULL, 0);
    snapshot = fixture_worktree(repo);
    expect_id(scratch, snapshot, "r", "x");
    flow_snapshot_free(snapshot);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        forge_index(scratch, changes[i], 1);
        snapshot = fixture_worktree(repo);
        expect_id(scratch, snapshot, "r", "x");
        flow_snapshot_free(snapshot);
    }
    flow_repo_free(repo);
}

static void test_links_are_not_followed(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "mkdir outside; echo secret > outside/x; git init -q r; cd r; mkdir d; echo 1 > d/x; echo 1 > f\n"
        "git add -A; git commit -qm x; rm -r d f; ln -s ../outside d; ln -s ../outside/x f");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "d f ");
    assert_int_equal(flow_snapshot_find(snapshot, "d")->kind, FLOW_ENTRY_LINK);
    assert_int_equal(flow_snapshot_find(snapshot, "f")->kind, FLOW_ENTRY_LINK);
    fixture_expect(repo, snapshot, "f", "../outside/x");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_links_that_appear_later(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(scratch, NULL,
                "mkdir outside; echo 1 > outside/x; git init -q r; cd r; mkdir d; echo 1 > d/x; echo 1 > f; "
                "ln -s a l");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    scratch_run(scratch, NULL, "cd r; rm -r d f; ln -s ../outside d; ln -s ../outside/x f; rm l; ln -s b l");
    // The bytes at the end of the link are the same; it is the way there that is refused.
    assert_err(read_entry(repo, snapshot, "d/x", &err), &err, FLOW_E_CONFLICT);
    assert_err(read_entry(repo, snapshot, "f", &err), &err, FLOW_E_CONFLICT);
    assert_err(read_entry(repo, snapshot, "l", &err), &err, FLOW_E_CONFLICT);
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_changed_since(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(scratch, NULL, "git init -q r; cd r; echo 1 > x; echo 1 > y; git add x; git commit -qm x");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    scratch_run(scratch, NULL, "cd r; echo 2 > x; rm y");
    assert_err(read_entry(repo, snapshot, "x", &err), &err, FLOW_E_CONFLICT);
    assert_err(read_entry(repo, snapshot, "y", &err), &err, FLOW_E_CONFLICT);
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_too_big_to_read(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;
    struct flow_buf small;

    scratch_run(scratch, NULL, "git init -q r; cd r; echo 123456789 > x; git add x; git commit -qm x");
    repo = fixture_open(scratch, "r");
    flow_buf_init(&small, 9);
    snapshot = fixture_worktree(repo);
    assert_err(flow_snapshot_read(repo, snapshot, &snapshot->entries[0], &small, &err), &err, FLOW_E_TOO_BIG);
    flow_snapshot_free(snapshot);
    flow_buf_clear(&small);
    snapshot = commit_snapshot(repo, "HEAD");
    assert_err(flow_snapshot_read(repo, snapshot, &snapshot->entries[0], &small, &err), &err, FLOW_E_TOO_BIG);
    flow_snapshot_free(snapshot);
    flow_buf_release(&small);
    flow_repo_free(repo);
}

static void test_submodules_and_nested_repositories(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "git init -q sub; cd sub; echo s > s; git add s; git commit -qm s; cd ..\n"
        "git init -q r; cd r; git submodule --quiet add ../sub mod; echo 1 > x; git add x; git commit -qm x\n"
        "echo u > mod/untracked; git init -q nested; echo n > nested/n; mkdir plain; echo p > plain/p");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, ".gitmodules mod plain/p x ");
    const struct flow_entry *mod = flow_snapshot_find(snapshot, "mod");
    char *commit = fixture_output(scratch, "git -C sub rev-parse HEAD");
    assert_int_equal(mod->kind, FLOW_ENTRY_SUBMODULE);
    assert_string_equal(mod->blob.hex, commit);
    assert_err(read_entry(repo, snapshot, "mod", &err), &err, FLOW_E_INVALID);
    flow_snapshot_free(snapshot);
    snapshot = commit_snapshot(repo, "HEAD");
    expect_paths(snapshot, ".gitmodules mod x ");
    assert_int_equal(flow_snapshot_find(snapshot, "mod")->kind, FLOW_ENTRY_SUBMODULE);
    flow_snapshot_free(snapshot);
    // A submodule that is not there is still part of the tree.
    scratch_run(scratch, NULL, "rm -rf r/mod");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, ".gitmodules mod plain/p x ");
    flow_snapshot_free(snapshot);
    free(commit);
    flow_repo_free(repo);
}

static void test_sparse_checkout(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(scratch, NULL,
                "git init -q r; cd r; mkdir in out; echo 1 > in/x; echo 22 > out/y; echo 3 > z; git add -A\n"
                "git commit -qm x; git sparse-checkout set --no-sparse-index in; test ! -e out/y");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "in/x out/y z ");
    assert_int_equal(flow_snapshot_find(snapshot, "out/y")->size, 3);
    fixture_expect(repo, snapshot, "in/x", "1\n");
    fixture_expect(repo, snapshot, "out/y", "22\n");
    flow_snapshot_free(snapshot);
    // What the index says to skip is skipped, even where there is such a file.
    scratch_run(scratch, NULL, "cd r; git update-index --skip-worktree z; echo 4 > z");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, "in/x out/y z ");
    fixture_expect(repo, snapshot, "z", "3\n");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_line_ends(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; printf '*.txt text eol=crlf\\n*.bin -text\\n*.id ident\\n' > .gitattributes\n"
        "printf 'a\\r\\nb\\r\\n' > t.txt; printf 'a\\r\\n' > b.bin; printf '$Id$\\n' > i.id; git add -A\n"
        "git commit -qm x; rm i.id; git checkout -q i.id\n"
        "printf 'c\\r\\n' > new.txt; printf 'c\\r\\n' > new.bin; printf 'c\\r\\n' > plain");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    for (size_t i = 0; i < snapshot->count; i++)
        expect_id(scratch, snapshot, "r", snapshot->entries[i].path);
    fixture_expect(repo, snapshot, "t.txt", "a\nb\n");
    fixture_expect(repo, snapshot, "new.txt", "c\n");
    fixture_expect(repo, snapshot, "new.bin", "c\r\n");
    fixture_expect(repo, snapshot, "i.id", "$Id$\n");
    flow_snapshot_free(snapshot);
    scratch_run(scratch, NULL, "git -C r config core.autocrlf true");
    flow_repo_free(repo);
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_id(scratch, snapshot, "r", "plain");
    fixture_expect(repo, snapshot, "plain", "c\n");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_external_filter(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; git config filter.up.clean 'tr a-z A-Z'; git config filter.up.smudge 'tr A-Z "
        "a-z'\n"
        "echo '*.up filter=up' > .gitattributes; echo abc > x.up; git add -A; git commit -qm x; git status");
    repo = fixture_open(scratch, "r");
    for (int i = 0; i < 2; i++) {
        snapshot = fixture_worktree(repo);
        fixture_expect(repo, snapshot, "x.up", "ABC\n");
        expect_id(scratch, snapshot, "r", "x.up");
        flow_snapshot_free(snapshot);
        scratch_run(scratch, NULL, "touch -d 2001-01-01 r/x.up");
    }
    flow_repo_free(repo);
}

static void test_unmerged_and_intended(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(
        scratch, NULL,
        "git init -q r; cd r; echo 'i*' > .gitignore; echo 1 > f; git add -A; git commit -qm 1; git branch "
        "o\n"
        "echo 2 > f; git commit -qam 2; git checkout -q o; echo 3 > f; git commit -qam 3\n"
        "git merge main >/dev/null 2>&1 || true; echo t > intended; git add -Nf intended; echo i > ignored");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    expect_paths(snapshot, ".gitignore f intended ");
    expect_id(scratch, snapshot, "r", "f");
    expect_id(scratch, snapshot, "r", "intended");
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_many_files_hashed(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_repo *repo;
    struct flow_snapshot *snapshot;

    scratch_run(scratch, NULL, "git init -q r; cd r; for i in $(seq 100 299); do echo $i > $i; done");
    repo = fixture_open(scratch, "r");
    snapshot = fixture_worktree(repo);
    assert_int_equal(snapshot->count, 200);
    char *want = fixture_output(scratch, "cd r; ls | git hash-object --stdin-paths");
    char *line = want;
    for (size_t i = 0; i < snapshot->count; i++, line += 41)
        assert_memory_equal(snapshot->entries[i].blob.hex, line, 40);
    free(want);
    flow_snapshot_free(snapshot);
    flow_repo_free(repo);
}

static void test_hostile_trees(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    static const char *const names[] = {"..", ".git", "."};
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    scratch_run(scratch, NULL, "git init -q r");
    repo = fixture_open(scratch, "r");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *commit = fixture_output(
            scratch,
            "cd r; b=$(echo x | git hash-object -w --stdin); hex=$(echo $b | sed 's/../\\\\x&/g')\n"
            "t=$(bash -c \"printf '100644 %s\\\\0$hex'\" | git hash-object -t tree -w --literally --stdin)\n"
            "git commit-tree -m x $t",
            names[i]);
        struct flow_id id = fixture_resolve(repo, commit);
        assert_err(flow_snapshot_commit(&snapshot, repo, &id, &err), &err, FLOW_E_INVALID);
        free(commit);
    }
    flow_repo_free(repo);
}

static void test_deep_folders(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    scratch_run(scratch, NULL,
                "git init -q r; cd r; p=.; i=0; while test $i -lt 250; do p=$p/d; i=$((i+1)); done; mkdir -p "
                "$p; echo 1 > $p/x");
    repo = fixture_open(scratch, "r");
    assert_err(flow_snapshot_worktree(&snapshot, repo, &err), &err, FLOW_E_TOO_BIG);
    flow_repo_free(repo);
}

static void test_index_that_cannot_be_read(void **state)
{
    const struct scratch *scratch = *state;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot;
    struct flow_repo *repo;

    scratch_run(scratch, NULL, "git init -q r; cd r; echo 1 > x; git add x; git update-index --split-index");
    repo = fixture_open(scratch, "r");
    assert_err(flow_snapshot_worktree(&snapshot, repo, &err), &err, FLOW_E_ENV);
    assert_non_null(strstr(err.message, "--no-split-index"));
    flow_repo_free(repo);
}

#define scratch_test(name) cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        scratch_test(test_commit),
        scratch_test(test_worktree_is_what_git_would_add),
        scratch_test(test_listing_id_follows_content),
        scratch_test(test_stat_data),
        scratch_test(test_links_are_not_followed),
        scratch_test(test_links_that_appear_later),
        scratch_test(test_changed_since),
        scratch_test(test_too_big_to_read),
        scratch_test(test_submodules_and_nested_repositories),
        scratch_test(test_sparse_checkout),
        scratch_test(test_line_ends),
        scratch_test(test_external_filter),
        scratch_test(test_unmerged_and_intended),
        scratch_test(test_many_files_hashed),
        scratch_test(test_hostile_trees),
        scratch_test(test_deep_folders),
        scratch_test(test_index_that_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
