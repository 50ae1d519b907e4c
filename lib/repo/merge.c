// SPDX-License-Identifier: MIT
// Branches beside each other: how far apart they are, and whether they merge.
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

int flow_repo_refs(struct flow_repo *repo, const char *prefix, struct flow_strv *out, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_reference_iterator *iterator = NULL;
    const char *name = NULL;
    struct flow_buf glob;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    flow_buf_init(&glob, FLOW_BUF_LINE);
    flow_buf_printf(&glob, "%s*", prefix);
    int rc = git_reference_iterator_glob_new(&iterator, handle, glob.data);
    if (rc != 0)
        rc = flow_git_error(err, rc, "cannot list the refs below '%s'", prefix);
    while (rc == 0 && git_reference_next_name(&name, iterator) == 0)
        rc = flow_strv_add(out, name, err);
    flow_strv_sort(out);
    git_reference_iterator_free(iterator);
    flow_buf_release(&glob);
    flow_repo_return(repo, handle);
    return rc;
}

static int count_merges(git_repository *handle, const git_oid *base, const git_oid *tip, size_t *out,
                        struct flow_error *err)
{
    git_revwalk *walk = NULL;
    git_oid oid;

    *out = 0;
    int rc = git_revwalk_new(&walk, handle);
    if (rc == 0)
        rc = git_revwalk_push(walk, tip);
    if (rc == 0)
        rc = git_revwalk_hide(walk, base);
    while (rc == 0 && (rc = git_revwalk_next(&oid, walk)) == 0) {
        git_commit *commit = NULL;
        rc = git_commit_lookup(&commit, handle, &oid);
        if (rc == 0)
            *out += git_commit_parentcount(commit) > 1;
        git_commit_free(commit);
    }
    git_revwalk_free(walk);
    return rc == GIT_ITEROVER ? 0 : flow_git_error(err, rc, "cannot walk over the commits of a branch");
}

// libgit2 leaks where it meets a commit that is not there only while it walks.
static int check_commit(git_repository *handle, const struct flow_id *id, struct flow_error *err)
{
    git_commit *commit = NULL;

    int rc = flow_commit_lookup(&commit, handle, id, err);
    git_commit_free(commit);
    return rc;
}

int flow_repo_standing(struct flow_repo *repo, const struct flow_id *base, const struct flow_id *tip,
                       struct flow_standing *out, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_oid one, two, from;

    if (flow_oid_of(&one, base, err) != 0 || flow_oid_of(&two, tip, err) != 0 ||
        flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    if (check_commit(handle, base, err) != 0 || check_commit(handle, tip, err) != 0) {
        flow_repo_return(repo, handle);
        return -1;
    }
    int rc = git_merge_base(&from, handle, &one, &two);
    if (rc == 0)
        rc = git_graph_ahead_behind(&out->ahead, &out->behind, handle, &two, &one);
    if (rc == GIT_ENOTFOUND)
        rc = flow_error_set(err, FLOW_E_NOT_FOUND, "%.12s and %.12s have no commit in common", base->hex,
                            tip->hex);
    else if (rc != 0)
        rc = flow_git_error(err, rc, "cannot compare %.12s with %.12s", base->hex, tip->hex);
    if (rc == 0) {
        flow_id_from(&out->from, &from);
        rc = count_merges(handle, &one, &two, &out->merges, err);
    }
    flow_repo_return(repo, handle);
    return rc == 0 ? 0 : -1;
}

static int add_path(struct flow_strv *out, const git_index_entry *entry, struct flow_error *err)
{
    return entry == NULL || flow_strv_find(out, entry->path) >= 0 ? 0 : flow_strv_add(out, entry->path, err);
}

static int list_conflicts(git_index *index, struct flow_strv *out, struct flow_error *err)
{
    git_index_conflict_iterator *iterator = NULL;
    const git_index_entry *ancestor, *ours, *theirs;

    int rc = git_index_conflict_iterator_new(&iterator, index);
    if (rc != 0)
        return flow_git_error(err, rc, "cannot list the conflicts of a merge");
    while (rc == 0 && git_index_conflict_next(&ancestor, &ours, &theirs, iterator) == 0)
        if (add_path(out, ours, err) != 0 || add_path(out, theirs, err) != 0 ||
            add_path(out, ancestor, err) != 0)
            rc = -1;
    git_index_conflict_iterator_free(iterator);
    return rc;
}

int flow_repo_conflicts(struct flow_repo *repo, const struct flow_id *base, const struct flow_id *tip,
                        struct flow_strv *out, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_commit *ours = NULL, *theirs = NULL;
    git_index *index = NULL;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    int rc = flow_commit_lookup(&ours, handle, base, err);
    if (rc == 0)
        rc = flow_commit_lookup(&theirs, handle, tip, err);
    if (rc == 0) {
        rc = git_merge_commits(&index, handle, ours, theirs, NULL);
        if (rc != 0)
            rc = flow_git_error(err, rc, "cannot merge %.12s with %.12s", tip->hex, base->hex);
    }
    if (rc == 0 && git_index_has_conflicts(index))
        rc = list_conflicts(index, out, err);
    git_index_free(index);
    git_commit_free(theirs);
    git_commit_free(ours);
    flow_repo_return(repo, handle);
    return rc;
}
