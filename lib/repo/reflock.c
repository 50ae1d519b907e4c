// SPDX-License-Identifier: MIT
#include "reflock.h"

#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"

static bool lock_path(const struct flow_repo *repo, const char *branch, struct flow_buf *out)
{
    flow_buf_printf(out, "%s%s.lock", repo->commondir, branch);
    return !out->failed;
}

bool flow_reflock_see(const struct flow_repo *repo, const char *branch, struct stat *out)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    bool seen = lock_path(repo, branch, &path) && lstat(path.data, out) == 0;
    flow_buf_release(&path);
    return seen;
}

// Whether the text of the lock is nothing, or the id of a commit that flow wrote.
static bool is_ours(git_repository *handle, const struct flow_buf *text)
{
    git_commit *commit = NULL;
    git_oid oid;
    struct flow_buf unit;
    if (text->len == 0)
        return true;
    if (text->len < GIT_OID_HEXSZ || git_oid_fromstrn(&oid, text->data, GIT_OID_HEXSZ) != 0 ||
        git_commit_lookup(&commit, handle, &oid) != 0)
        return false;
    flow_buf_init(&unit, FLOW_BUF_LINE);
    bool ours = flow_trailer_get(git_commit_message(commit), "Flow-Unit", 0, &unit) == 1;
    flow_buf_release(&unit);
    git_commit_free(commit);
    return ours;
}

bool flow_reflock_remove(const struct flow_repo *repo, git_repository *handle, const char *branch,
                         const struct stat *seen)
{
    struct flow_buf path, text;
    struct stat now;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_LINE);
    bool same = flow_reflock_see(repo, branch, &now) && now.st_dev == seen->st_dev &&
                now.st_ino == seen->st_ino && now.st_mtim.tv_sec == seen->st_mtim.tv_sec &&
                now.st_mtim.tv_nsec == seen->st_mtim.tv_nsec;
    bool gone = same && lock_path(repo, branch, &path) && flow_file_read(path.data, &text, NULL) == 0 &&
                is_ours(handle, &text) && unlink(path.data) == 0;
    flow_buf_release(&text);
    flow_buf_release(&path);
    return gone;
}
