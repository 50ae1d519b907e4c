// SPDX-License-Identifier: MIT
#include <stdlib.h>

#include "flow/base/buf.h"
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

static int tell(git_repository *handle, const git_blame_hunk *hunk, flow_blame_fn fn, void *payload,
                struct flow_error *err)
{
    git_commit *commit = NULL;
    struct flow_buf author;
    flow_buf_init(&author, FLOW_BUF_LINE);

    int rc = git_commit_lookup(&commit, handle, &hunk->final_commit_id);
    if (rc != 0) {
        rc = flow_git_error(err, rc, "cannot read commit %s", git_oid_tostr_s(&hunk->final_commit_id));
        goto done;
    }
    const git_signature *by = git_commit_author(commit);
    flow_buf_printf(&author, "%s <%s>", by->name, by->email);
    struct flow_blame blame = {.line = (uint32_t)hunk->final_start_line_number,
                               .count = (uint32_t)hunk->lines_in_hunk,
                               .then = (uint32_t)hunk->orig_start_line_number,
                               .path = hunk->orig_path,
                               .author = author.data,
                               .when_ms = (int64_t)by->when.time * 1000,
                               .message = git_commit_message(commit)};
    flow_id_from(&blame.commit, &hunk->final_commit_id);
    rc = flow_buf_check(&author, "author of a commit", err);
    if (rc == 0)
        rc = fn(&blame, payload, err);
done:
    git_commit_free(commit);
    flow_buf_release(&author);
    return rc;
}

int flow_repo_blame(struct flow_repo *repo, const struct flow_id *commit, const char *path, flow_blame_fn fn,
                    void *payload, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_blame *blame = NULL;
    git_blame_options options;
    struct flow_id blob;

    git_blame_options_init(&options, GIT_BLAME_OPTIONS_VERSION);
    // libgit2 has one error for many things; that there is no such file is worth a better one.
    if (flow_repo_find_blob(repo, commit, path, &blob, err) != 0 ||
        flow_oid_of(&options.newest_commit, commit, err) != 0 || flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    int rc = git_blame_file(&blame, handle, path, &options);
    if (rc != 0)
        rc = flow_git_error(err, rc, "cannot find out who wrote '%s'", path);
    for (uint32_t i = 0; rc == 0 && i < git_blame_get_hunk_count(blame); i++)
        rc = tell(handle, git_blame_get_hunk_byindex(blame, i), fn, payload, err);
    git_blame_free(blame);
    flow_repo_return(repo, handle);
    return rc;
}
