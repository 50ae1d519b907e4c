// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

// Content lines come without the sign in front of them, all else as it is.
static int add_line(const git_diff_delta *delta, const git_diff_hunk *hunk, const git_diff_line *line,
                    void *payload)
{
    struct flow_buf *out = payload;
    (void)delta;
    (void)hunk;
    if (line->origin == GIT_DIFF_LINE_CONTEXT || line->origin == GIT_DIFF_LINE_ADDITION ||
        line->origin == GIT_DIFF_LINE_DELETION)
        flow_buf_putc(out, line->origin);
    flow_buf_add(out, line->content, line->content_len);
    return out->failed ? GIT_EUSER : 0;
}

static int options_init(git_diff_options *options, struct flow_error *err)
{
    int rc = git_diff_options_init(options, GIT_DIFF_OPTIONS_VERSION);
    if (rc != 0)
        return flow_git_error(err, rc, "cannot compare");
    options->id_abbrev = GIT_OID_HEXSZ;
    options->flags |= GIT_DIFF_INDENT_HEURISTIC;
    return 0;
}

static int print(git_diff *diff, struct flow_buf *out, struct flow_error *err)
{
    int rc = git_diff_print(diff, GIT_DIFF_FORMAT_PATCH, add_line, out);
    if (flow_buf_check(out, "a diff", err) != 0)
        return -1;
    return rc != 0 ? flow_git_error(err, rc, "cannot compare two commits") : 0;
}

int flow_repo_diff(struct flow_repo *repo, const struct flow_id *before, const struct flow_id *after,
                   struct flow_buf *out, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_tree *old = NULL, *new = NULL;
    git_diff *diff = NULL;
    git_diff_options options;
    int result = -1;

    if (options_init(&options, err) != 0 || flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    if ((before == NULL || flow_tree_lookup(&old, handle, before, err) == 0) &&
        flow_tree_lookup(&new, handle, after, err) == 0) {
        int rc = git_diff_tree_to_tree(&diff, handle, old, new, &options);
        result = rc != 0 ? flow_git_error(err, rc, "cannot compare two commits") : print(diff, out, err);
    }
    git_diff_free(diff);
    git_tree_free(new);
    git_tree_free(old);
    flow_repo_return(repo, handle);
    return result;
}

int flow_diff_texts(const char *path, const struct flow_buf *before, const struct flow_buf *after,
                    struct flow_buf *out, struct flow_error *err)
{
    git_diff_options options;
    git_patch *patch = NULL;

    if (options_init(&options, err) != 0)
        return -1;
    options.flags |= GIT_DIFF_FORCE_TEXT;
    int rc = git_patch_from_buffers(&patch, before->data, before->len, path, after->data, after->len, path,
                                    &options);
    if (rc == 0)
        rc = git_patch_print(patch, add_line, out);
    git_patch_free(patch);
    if (flow_buf_check(out, "a diff", err) != 0)
        return -1;
    return rc != 0 ? flow_git_error(err, rc, "cannot compare two texts of '%s'", path) : 0;
}

int flow_repo_parent(struct flow_repo *repo, const struct flow_id *commit, struct flow_id *out,
                     struct flow_error *err)
{
    git_repository *handle = NULL;
    git_commit *object = NULL;
    int result = -1;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    if (flow_commit_lookup(&object, handle, commit, err) == 0) {
        const git_oid *parent = git_commit_parent_id(object, 0);
        if (parent != NULL)
            flow_id_from(out, parent);
        result = parent != NULL;
    }
    git_commit_free(object);
    flow_repo_return(repo, handle);
    return result;
}

int flow_repo_blob_named(struct flow_repo *repo, const char *prefix, struct flow_id *out,
                         struct flow_error *err)
{
    git_oid oid;
    size_t len = strlen(prefix);

    if (len < GIT_OID_MINPREFIXLEN || len > GIT_OID_HEXSZ || git_oid_fromstrn(&oid, prefix, len) != 0)
        return 0;
    git_odb_object *object = NULL;
    int rc = git_odb_read_prefix(&object, repo->odb, &oid, len);
    if (rc == GIT_ENOTFOUND || rc == GIT_EAMBIGUOUS)
        return 0;
    if (rc != 0)
        return flow_git_error(err, rc, "cannot read object %s", prefix);
    int found = git_odb_object_type(object) == GIT_OBJECT_BLOB;
    flow_id_from(out, git_odb_object_id(object));
    git_odb_object_free(object);
    return found;
}
