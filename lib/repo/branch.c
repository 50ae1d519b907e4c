// SPDX-License-Identifier: MIT
// Refs, and the work trees in which they are checked out.
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

int flow_repo_ref(struct flow_repo *repo, const char *ref, struct flow_id *out, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_oid oid;
    int rc;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    rc = git_reference_name_to_id(&oid, handle, ref);
    if (rc == 0)
        flow_id_from(out, &oid);
    else if (rc == GIT_ENOTFOUND)
        rc = flow_error_set(err, FLOW_E_NOT_FOUND, "there is no ref '%s'", ref);
    else
        rc = flow_git_error(err, rc, "cannot read ref '%s'", ref);
    flow_repo_return(repo, handle);
    return rc == 0 ? 0 : -1;
}

// Reads a small file of git's without its line end: 1, or 0 where there is none.
static int read_line(const char *folder, const char *name, struct flow_buf *line, struct flow_error *err)
{
    struct flow_error problem = FLOW_ERROR_INIT;
    struct flow_buf path;
    int rc;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s%s", folder, name);
    flow_buf_clear(line);
    rc = flow_buf_check(&path, "a path of the repository", &problem);
    if (rc == 0)
        rc = flow_file_read(path.data, line, &problem);
    flow_buf_release(&path);
    if (rc != 0 && problem.code == FLOW_E_NOT_FOUND)
        return 0;
    if (rc != 0)
        return flow_error_set(err, problem.code, "%s", problem.message);
    flow_buf_truncate(line, strcspn(line->data, "\n"));
    return 1;
}

// Whether the work tree that keeps its state in gitdir stands on branch, or is in a rebase of it.
static int stands_on(const char *gitdir, const char *branch, struct flow_error *err)
{
    static const char symbolic[] = "ref: ";
    static const char *const files[] = {"HEAD", "rebase-merge/head-name", "rebase-apply/head-name"};
    struct flow_buf line;
    int rc = 0;

    flow_buf_init(&line, FLOW_BUF_LINE);
    for (size_t i = 0; rc == 0 && i < sizeof files / sizeof files[0]; i++) {
        rc = read_line(gitdir, files[i], &line, err);
        const char *name = line.data;
        if (flow_str_starts(name, symbolic))
            name += sizeof symbolic - 1;
        if (rc == 1)
            rc = strcmp(name, branch) == 0;
    }
    flow_buf_release(&line);
    return rc;
}

// 1 where the branch is checked out in the first work tree, which a bare repository does not have.
static int in_main(struct flow_repo *repo, git_repository *handle, const char *branch, struct flow_buf *where,
                   struct flow_error *err)
{
    static const char tail[] = ".git/";
    git_config *config = NULL;
    size_t len = strlen(repo->commondir);
    int bare = 0;

    if (git_repository_config_snapshot(&config, handle) == 0)
        git_config_get_bool(&bare, config, "core.bare");
    git_config_free(config);
    if (bare)
        return 0;
    int rc = stands_on(repo->commondir, branch, err);
    if (rc != 1)
        return rc;
    if (repo->workdir != NULL && strcmp(repo->gitdir, repo->commondir) == 0)
        flow_buf_puts(where, repo->workdir);
    else
        flow_buf_add(where, repo->commondir,
                     flow_str_ends(repo->commondir, "/.git/") ? len - (sizeof tail - 1) : len);
    return 1;
}

// 1 where the branch is checked out in the linked work tree called name.
static int in_linked(struct flow_repo *repo, const char *name, const char *branch, struct flow_buf *where,
                     struct flow_error *err)
{
    struct flow_buf gitdir, line;
    int rc;

    flow_buf_init(&gitdir, FLOW_BUF_LINE);
    flow_buf_init(&line, FLOW_BUF_LINE);
    flow_buf_printf(&gitdir, "%sworktrees/%s/", repo->commondir, name);
    rc = flow_buf_check(&gitdir, "a path of the repository", err);
    if (rc == 0)
        rc = stands_on(gitdir.data, branch, err);
    if (rc == 1 && read_line(gitdir.data, "gitdir", &line, NULL) == 1)
        flow_buf_add(where, line.data, flow_path_dir_len(line.data));
    else if (rc == 1)
        flow_buf_puts(where, name);
    flow_buf_release(&line);
    flow_buf_release(&gitdir);
    return rc;
}

static int in_any_linked(struct flow_repo *repo, const char *branch, struct flow_buf *where,
                         struct flow_error *err)
{
    struct flow_buf path;
    DIR *folder;
    int rc = 0;

    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%sworktrees", repo->commondir);
    folder = opendir(path.data);
    if (folder == NULL && errno != ENOENT)
        rc = flow_error_errno(err, errno, "cannot read '%s'", path.data);
    while (folder != NULL && rc == 0) {
        errno = 0;
        const struct dirent *item = readdir(folder);
        if (item == NULL) {
            if (errno != 0)
                rc = flow_error_errno(err, errno, "cannot read '%s'", path.data);
            break;
        }
        if (item->d_name[0] != '.')
            rc = in_linked(repo, item->d_name, branch, where, err);
    }
    if (folder != NULL)
        closedir(folder);
    flow_buf_release(&path);
    return rc;
}

int flow_repo_checked_out(struct flow_repo *repo, const char *branch, struct flow_buf *where,
                          struct flow_error *err)
{
    git_repository *handle = NULL;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    int rc = in_main(repo, handle, branch, where, err);
    flow_repo_return(repo, handle);
    return rc != 0 ? rc : in_any_linked(repo, branch, where, err);
}
