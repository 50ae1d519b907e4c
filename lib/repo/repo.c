// SPDX-License-Identifier: MIT
#include "flow/repo/repo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/config/git.h"
#include "handle.h"

#define STATE_MODE 0700

// The folder that git's safe.directory has to name for path.
static void safe_directory(struct flow_buf *out, const char *path)
{
    static const char tail[] = "/.git/";
    git_buf found = {0};

    if (git_repository_discover(&found, path, 0, NULL) != 0) {
        flow_buf_puts(out, path);
        return;
    }
    size_t len = strlen(found.ptr);
    if (len > sizeof tail - 1 && strcmp(found.ptr + len - (sizeof tail - 1), tail) == 0)
        len -= sizeof tail - 1;
    flow_buf_add(out, found.ptr, len);
    git_buf_dispose(&found);
}

static int not_found(const char *path, struct flow_error *err)
{
    struct stat st;

    if (stat(path, &st) != 0)
        return flow_error_errno(err, errno, "cannot look for a repository in '%s'", path);
    if (!S_ISDIR(st.st_mode))
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "cannot look for a repository in '%s': it is not a folder", path);
    return flow_error_set(
        err, FLOW_E_NOT_FOUND,
        "'%s' is not inside a git repository; name one with --directory, or make one with 'git init'", path);
}

static int open_failed(int result, const char *path, struct flow_error *err)
{
    const git_error *last = git_error_last();
    const char *reason = last != NULL && last->message != NULL ? last->message : "";
    struct flow_buf folder;

    // libgit2 1.5 says ENOTFOUND where it looked for safe.directory in vain.
    if (result == GIT_ENOTFOUND && strstr(reason, "safe.directory") != NULL)
        result = GIT_EOWNER;
    switch (result) {
    case GIT_ENOTFOUND:
        return not_found(path, err);
    case GIT_EOWNER:
        flow_buf_init(&folder, FLOW_BUF_LINE);
        safe_directory(&folder, path);
        flow_error_set(err, FLOW_E_ENV,
                       "repository '%s' belongs to another user; if you trust it, run 'git config --global "
                       "--add safe.directory %s'",
                       folder.data, folder.data);
        flow_buf_release(&folder);
        return -1;
    default:
        break;
    }
    if (strstr(reason, "objectformat") != NULL)
        return flow_error_set(
            err, FLOW_E_ENV,
            "the repository of '%s' names its objects by SHA-256, which libgit2 %s cannot read; "
            "use a clone made with 'git init --object-format=sha1'",
            path, LIBGIT2_VERSION);
    if (strstr(reason, "extension") != NULL || strstr(reason, "repository version") != NULL)
        return flow_error_set(err, FLOW_E_ENV,
                              "the repository of '%s' has a format that libgit2 %s cannot read: %s", path,
                              LIBGIT2_VERSION, reason);
    return flow_git_error(err, result, "cannot open the repository of '%s'", path);
}

// Whether git names the work tree in the configuration of the repository.
static bool is_configured(git_repository *handle)
{
    git_config *config = NULL;
    const char *value;
    bool named = git_repository_config_snapshot(&config, handle) == 0 &&
                 git_config_get_string(&value, config, "core.worktree") == 0;

    git_config_free(config);
    return named;
}

// Whether the work tree leads back to its repository.
static int has_git_entry(bool *out, const char *workdir, struct flow_error *err)
{
    struct flow_buf path;
    struct stat st;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s.git", workdir);
    int rc = flow_buf_check(&path, "the path of the work tree", err);
    if (rc == 0)
        *out = lstat(path.data, &st) == 0;
    flow_buf_release(&path);
    return rc;
}

static int copy_paths(struct flow_repo *repo, git_repository *handle, struct flow_error *err)
{
    const char *workdir = git_repository_workdir(handle);
    bool leads_back = false;

    if (workdir != NULL && has_git_entry(&leads_back, workdir, err) != 0)
        return -1;
    // libgit2 takes the parent of any git folder that is not bare for its work tree.
    if (!leads_back && !is_configured(handle))
        workdir = NULL;
    repo->gitdir = strdup(git_repository_path(handle));
    repo->commondir = strdup(git_repository_commondir(handle));
    repo->workdir = workdir != NULL ? strdup(workdir) : NULL;
    if (repo->gitdir == NULL || repo->commondir == NULL || (workdir != NULL && repo->workdir == NULL))
        return flow_error_nomem(err);
    // A work tree can have its git folder anywhere; from there it would not always be found again.
    repo->reopen = leads_back ? repo->workdir : repo->gitdir;
    return 0;
}

int flow_repo_open(struct flow_repo **out, const char *path, struct flow_error *err)
{
    const char *from = path != NULL ? path : ".";
    git_repository *handle = NULL;
    struct flow_repo *repo;
    int rc;

    if (flow_git_hold(err) != 0)
        return -1;
    repo = calloc(1, sizeof *repo);
    if (repo == NULL) {
        flow_git_drop();
        return flow_error_nomem(err);
    }
    pthread_mutex_init(&repo->lock, NULL);
    pthread_mutex_init(&repo->commit_lock, NULL);
    rc = git_repository_open_ext(&handle, from, 0, NULL);
    if (rc != 0) {
        rc = open_failed(rc, from, err);
        goto done;
    }
    rc = copy_paths(repo, handle, err);
    if (rc != 0)
        goto done;
    rc = git_repository_odb(&repo->odb, handle);
    if (rc != 0)
        rc = flow_git_error(err, rc, "cannot open the object database of '%s'", repo->commondir);
done:
    flow_repo_return(repo, handle);
    if (rc == 0)
        *out = repo;
    else
        flow_repo_free(repo);
    return rc;
}

void flow_repo_free(struct flow_repo *repo)
{
    if (repo == NULL)
        return;
    for (size_t i = 0; i < repo->idle_count; i++)
        git_repository_free(repo->idle[i]);
    git_repository_free(repo->committing);
    git_odb_free(repo->odb);
    pthread_mutex_destroy(&repo->lock);
    pthread_mutex_destroy(&repo->commit_lock);
    free(repo->idle);
    free(repo->gitdir);
    free(repo->commondir);
    free(repo->workdir);
    free(repo);
    flow_git_drop();
}

int flow_repo_reopen(struct flow_repo *repo, git_repository **out, struct flow_error *err)
{
    int rc = git_repository_open_ext(out, repo->reopen, GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);

    return rc == 0 ? 0 : open_failed(rc, repo->reopen, err);
}

int flow_repo_borrow(struct flow_repo *repo, git_repository **out, struct flow_error *err)
{
    git_repository *handle = NULL;

    pthread_mutex_lock(&repo->lock);
    if (repo->idle_count > 0)
        handle = repo->idle[--repo->idle_count];
    pthread_mutex_unlock(&repo->lock);
    if (handle == NULL)
        return flow_repo_reopen(repo, out, err);
    *out = handle;
    return 0;
}

void flow_repo_return(struct flow_repo *repo, git_repository *handle)
{
    if (handle == NULL)
        return;
    pthread_mutex_lock(&repo->lock);
    if (flow_grow(&repo->idle, &repo->idle_cap, repo->idle_count + 1, sizeof *repo->idle, NULL) == 0) {
        repo->idle[repo->idle_count++] = handle;
        handle = NULL;
    }
    pthread_mutex_unlock(&repo->lock);
    git_repository_free(handle);
}

const char *flow_repo_gitdir(const struct flow_repo *repo)
{
    return repo->gitdir;
}

const char *flow_repo_commondir(const struct flow_repo *repo)
{
    return repo->commondir;
}

const char *flow_repo_workdir(const struct flow_repo *repo)
{
    return repo->workdir;
}

int flow_repo_state_dir(struct flow_repo *repo, struct flow_buf *out, struct flow_error *err)
{
    size_t start = out->len;

    flow_buf_printf(out, "%sflow/", repo->commondir);
    if (flow_buf_check(out, "the path of the state folder", err) != 0)
        return -1;
    if (mkdir(out->data + start, STATE_MODE) != 0 && errno != EEXIST)
        return flow_error_errno(err, errno, "cannot make '%s'", out->data + start);
    return 0;
}

int flow_oid_of(git_oid *out, const struct flow_id *id, struct flow_error *err)
{
    if (strnlen(id->hex, sizeof id->hex) != GIT_OID_HEXSZ || git_oid_fromstr(out, id->hex) != 0)
        return flow_error_set(err, FLOW_E_INVALID, "'%.40s' is not an object id", id->hex);
    return 0;
}

void flow_id_from(struct flow_id *out, const git_oid *oid)
{
    git_oid_tostr(out->hex, sizeof out->hex, oid);
}

int flow_commit_lookup(git_commit **out, git_repository *handle, const struct flow_id *id,
                       struct flow_error *err)
{
    git_oid oid;

    if (flow_oid_of(&oid, id, err) != 0)
        return -1;
    int rc = git_commit_lookup(out, handle, &oid);
    return rc == 0 ? 0 : flow_git_error(err, rc, "cannot read commit %s", id->hex);
}

int flow_tree_lookup(git_tree **out, git_repository *handle, const struct flow_id *commit,
                     struct flow_error *err)
{
    git_commit *found = NULL;

    if (flow_commit_lookup(&found, handle, commit, err) != 0)
        return -1;
    int rc = git_commit_tree(out, found);
    git_commit_free(found);
    return rc == 0 ? 0 : flow_git_error(err, rc, "cannot read the tree of commit %s", commit->hex);
}

static int resolve_failed(git_repository *handle, int result, const char *revision, struct flow_error *err)
{
    if (git_repository_head_unborn(handle) == 1)
        return flow_error_set(
            err, FLOW_E_NOT_FOUND,
            "cannot resolve '%s': the repository has no commit yet; make one with 'git commit'", revision);
    if (result == GIT_EAMBIGUOUS)
        return flow_error_set(err, FLOW_E_INVALID, "revision '%s' is ambiguous; write more of the id",
                              revision);
    if (result == GIT_ENOTFOUND || result == GIT_EINVALIDSPEC)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "'%s' is no revision of this repository", revision);
    return flow_git_error(err, result, "cannot resolve '%s' to a commit", revision);
}

int flow_repo_resolve(struct flow_repo *repo, const char *revision, struct flow_id *out,
                      struct flow_error *err)
{
    git_repository *handle = NULL;
    git_object *object = NULL, *commit = NULL;
    int rc;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    rc = git_revparse_single(&object, handle, revision);
    if (rc == 0)
        rc = git_object_peel(&commit, object, GIT_OBJECT_COMMIT);
    if (rc == 0)
        flow_id_from(out, git_object_id(commit));
    else
        rc = resolve_failed(handle, rc, revision, err);
    git_object_free(commit);
    git_object_free(object);
    flow_repo_return(repo, handle);
    return rc;
}

int flow_repo_commit_tree(struct flow_repo *repo, const struct flow_id *commit, struct flow_id *out,
                          struct flow_error *err)
{
    git_repository *handle = NULL;
    git_commit *found = NULL;
    int rc;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    rc = flow_commit_lookup(&found, handle, commit, err);
    if (rc == 0)
        flow_id_from(out, git_commit_tree_id(found));
    git_commit_free(found);
    flow_repo_return(repo, handle);
    return rc;
}
