// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

struct line {
    git_oid *oids; // newest first
    size_t count, cap;
};

// First parents from tip back to base.
static int collect(struct line *line, git_repository *handle, const git_oid *base, const git_oid *tip,
                   struct flow_error *err)
{
    git_oid at = *tip;

    while (!git_oid_equal(&at, base)) {
        git_commit *commit = NULL;
        int rc;
        if (flow_grow(&line->oids, &line->cap, line->count + 1, sizeof *line->oids, err) != 0)
            return -1;
        line->oids[line->count++] = at;
        rc = git_commit_lookup(&commit, handle, &at);
        if (rc != 0)
            return flow_git_error(err, rc, "cannot read commit %s", git_oid_tostr_s(&at));
        const git_oid *parent = git_commit_parent_id(commit, 0);
        if (parent != NULL)
            at = *parent;
        git_commit_free(commit);
        if (parent == NULL)
            return flow_error_set(err, FLOW_E_NOT_FOUND,
                                  "commit %s is not among the first parents of the branch",
                                  git_oid_tostr_s(base));
    }
    return 0;
}

static int add_path(const git_diff_delta *delta, float progress, void *payload)
{
    struct flow_strv *paths = payload;

    (void)progress;
    return flow_strv_add(paths, delta->new_file.path != NULL ? delta->new_file.path : delta->old_file.path,
                         NULL);
}

static int changed_paths(struct flow_strv *paths, git_repository *handle, git_commit *commit,
                         struct flow_error *err)
{
    git_commit *parent = NULL;
    git_tree *before = NULL, *after = NULL;
    git_diff *diff = NULL;

    int rc = git_commit_tree(&after, commit);
    if (rc == 0)
        rc = git_commit_parent(&parent, commit, 0);
    if (rc == 0)
        rc = git_commit_tree(&before, parent);
    if (rc == 0)
        rc = git_diff_tree_to_tree(&diff, handle, before, after, NULL);
    if (rc == 0)
        rc = git_diff_foreach(diff, add_path, NULL, NULL, NULL, paths);
    if (rc != 0)
        rc = flow_git_error(err, rc, "cannot compare commit %s with its parent",
                            git_oid_tostr_s(git_commit_id(commit)));
    git_diff_free(diff);
    git_tree_free(before);
    git_tree_free(after);
    git_commit_free(parent);
    return rc;
}

static int tell(git_repository *handle, const git_oid *oid, flow_commit_fn fn, void *payload,
                struct flow_error *err)
{
    struct flow_commit_info info;
    struct flow_strv paths;
    git_commit *commit = NULL;

    flow_strv_init(&paths);
    int rc = git_commit_lookup(&commit, handle, oid);
    if (rc != 0) {
        rc = flow_git_error(err, rc, "cannot read commit %s", git_oid_tostr_s(oid));
        goto done;
    }
    rc = changed_paths(&paths, handle, commit, err);
    if (rc != 0)
        goto done;
    flow_id_from(&info.id, oid);
    flow_id_from(&info.parent, git_commit_parent_id(commit, 0));
    info.message = git_commit_message(commit);
    info.paths = &paths;
    rc = fn(&info, payload, err);
done:
    git_commit_free(commit);
    flow_strv_release(&paths);
    return rc;
}

int flow_repo_walk(struct flow_repo *repo, const struct flow_id *base, const struct flow_id *tip,
                   flow_commit_fn fn, void *payload, struct flow_error *err)
{
    git_repository *handle = NULL;
    struct line line = {0};
    git_oid from, to;
    int rc;

    if (flow_oid_of(&from, base, err) != 0 || flow_oid_of(&to, tip, err) != 0 ||
        flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    rc = collect(&line, handle, &from, &to, err);
    for (size_t i = line.count; rc == 0 && i > 0; i--)
        rc = tell(handle, &line.oids[i - 1], fn, payload, err);
    free(line.oids);
    flow_repo_return(repo, handle);
    return rc;
}
