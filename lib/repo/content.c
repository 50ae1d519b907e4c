// SPDX-License-Identifier: MIT
#include "content.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/config/git.h"
#include "handle.h"
#include "inside.h"

static int read_link(const char *top, const char *path, struct flow_buf *out, struct flow_error *err)
{
    char target[PATH_MAX];
    const char *last = NULL;
    int folder = -1;

    int rc = flow_inside_folder(&folder, &last, top, path, err);
    if (rc != 1)
        return rc;
    ssize_t len = readlinkat(folder, last, target, sizeof target);
    int errnum = errno;
    close(folder);
    if (len < 0 && (errnum == EINVAL || errnum == ENOENT))
        return 0;
    if (len < 0)
        return flow_error_errno(err, errnum, "cannot read the link '%s'", path);
    flow_buf_add(out, target, (size_t)len);
    return flow_buf_check(out, path, err) == 0 ? 1 : -1;
}

int flow_content_raw(const char *top, const char *path, enum flow_entry_kind kind, struct flow_buf *out,
                     struct flow_error *err)
{
    int fd = -1;

    if (kind == FLOW_ENTRY_LINK)
        return read_link(top, path, out, err);
    int rc = flow_inside_open(&fd, top, path, err);
    if (rc != 1)
        return rc;
    rc = flow_fd_read(fd, path, out, err);
    close(fd);
    return rc == 0 ? 1 : -1;
}

int flow_content_filter(git_repository *handle, const char *path, struct flow_buf *content,
                        struct flow_error *err)
{
    git_filter_list *filters = NULL;
    git_buf filtered = {0};

    int rc = git_filter_list_load(&filters, handle, NULL, path, GIT_FILTER_TO_ODB, GIT_FILTER_ALLOW_UNSAFE);
    if (rc != 0)
        return flow_git_error(err, rc, "cannot read git's attributes of '%s'", path);
    if (filters == NULL)
        return 0;
    rc = git_filter_list_apply_to_buffer(&filtered, filters, content->data, content->len);
    if (rc == 0) {
        flow_buf_clear(content);
        flow_buf_add(content, filtered.ptr, filtered.size);
        rc = flow_buf_check(content, path, err);
    } else {
        rc = flow_git_error(err, rc, "cannot filter '%s'", path);
    }
    git_buf_dispose(&filtered);
    git_filter_list_free(filters);
    return rc == 0 ? 1 : -1;
}

bool flow_content_has_driver(git_repository *handle, const char *path)
{
    const char *value = NULL;

    return git_attr_get(&value, handle, 0, path, "filter") == 0 &&
           git_attr_value(value) == GIT_ATTR_VALUE_STRING;
}

static int changed(const char *path, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_CONFLICT, "'%s' changed after flow looked at the work tree; run again",
                          path);
}

static bool has_id(const struct flow_buf *content, const git_oid *want)
{
    git_oid oid;

    return git_odb_hash(&oid, content->data, content->len, GIT_OBJECT_BLOB) == 0 && git_oid_equal(&oid, want);
}

// For bytes that are not what the snapshot saw as they stand: git's filters may make them so.
static int read_filtered(struct flow_repo *repo, const struct flow_entry *entry, const git_oid *want,
                         struct flow_buf *content, struct flow_error *err)
{
    git_repository *handle = NULL;

    if (entry->kind != FLOW_ENTRY_FILE)
        return changed(entry->path, err);
    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    int rc = flow_content_filter(handle, entry->path, content, err);
    if (rc >= 0)
        rc = 0;
    if (rc == 0 && !has_id(content, want)) {
        if (flow_content_has_driver(handle, entry->path)) {
            flow_buf_clear(content);
            rc = flow_odb_read(repo->odb, want, content, err);
        } else {
            rc = changed(entry->path, err);
        }
    }
    flow_repo_return(repo, handle);
    return rc;
}

static int read_worktree(struct flow_repo *repo, const struct flow_entry *entry, const git_oid *want,
                         struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf content;

    flow_buf_init(&content, out->max - out->len);
    int rc = flow_content_raw(repo->workdir, entry->path, entry->kind, &content, err);
    if (rc == 0)
        rc = changed(entry->path, err);
    else if (rc == 1)
        rc = has_id(&content, want) ? 0 : read_filtered(repo, entry, want, &content, err);
    if (rc == 0) {
        flow_buf_add(out, content.data, content.len);
        rc = flow_buf_check(out, entry->path, err);
    }
    flow_buf_release(&content);
    return rc;
}

int flow_snapshot_read(struct flow_repo *repo, const struct flow_snapshot *snapshot,
                       const struct flow_entry *entry, struct flow_buf *out, struct flow_error *err)
{
    git_oid oid;

    if (entry->kind == FLOW_ENTRY_SUBMODULE)
        return flow_error_set(err, FLOW_E_INVALID, "'%s' is a submodule and has no content here",
                              entry->path);
    if (flow_oid_of(&oid, &entry->blob, err) != 0)
        return -1;
    if (snapshot->is_worktree && !entry->stored)
        return read_worktree(repo, entry, &oid, out, err);
    return flow_odb_read(repo->odb, &oid, out, err);
}
