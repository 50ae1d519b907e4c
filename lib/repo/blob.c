// SPDX-License-Identifier: MIT
// Blobs of the object database, by id and by path.
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

static int blob_missing(const git_oid *oid, int result, struct flow_error *err)
{
    struct flow_id id;

    flow_id_from(&id, oid);
    if (result == GIT_ENOTFOUND)
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "object %s is not in the object database; in a partial clone, fetch what is "
                              "missing with 'git fetch --refetch --no-filter'",
                              id.hex);
    return flow_git_error(err, result, "cannot read object %s", id.hex);
}

int flow_odb_read(git_odb *odb, const git_oid *oid, struct flow_buf *out, struct flow_error *err)
{
    git_odb_object *object = NULL;
    git_object_t type;
    size_t size;
    struct flow_id id;

    int rc = git_odb_read_header(&size, &type, odb, oid);
    if (rc != 0)
        return blob_missing(oid, rc, err);
    flow_id_from(&id, oid);
    if (type != GIT_OBJECT_BLOB)
        return flow_error_set(err, FLOW_E_INVALID, "object %s is a %s, not a blob", id.hex,
                              git_object_type2string(type));
    if (flow_buf_reserve(out, size) == NULL)
        return flow_buf_check(out, id.hex, err);
    rc = git_odb_read(&object, odb, oid);
    if (rc != 0)
        return blob_missing(oid, rc, err);
    flow_buf_add(out, git_odb_object_data(object), git_odb_object_size(object));
    git_odb_object_free(object);
    return flow_buf_check(out, id.hex, err);
}

int flow_repo_read_blob(struct flow_repo *repo, const struct flow_id *blob, struct flow_buf *out,
                        struct flow_error *err)
{
    git_oid oid;

    if (flow_oid_of(&oid, blob, err) != 0)
        return -1;
    return flow_odb_read(repo->odb, &oid, out, err);
}

int flow_repo_write_blob(struct flow_repo *repo, const void *data, size_t len, struct flow_id *out,
                         struct flow_error *err)
{
    git_oid oid;

    int rc = git_odb_write(&oid, repo->odb, len > 0 ? data : "", len, GIT_OBJECT_BLOB);
    if (rc != 0)
        return flow_git_error(err, rc, "cannot store %zu bytes", len);
    flow_id_from(out, &oid);
    return 0;
}

static bool is_file(const git_tree_entry *entry)
{
    git_filemode_t mode = git_tree_entry_filemode(entry);

    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

int flow_repo_find_blob(struct flow_repo *repo, const struct flow_id *commit, const char *path,
                        struct flow_id *out, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_tree *tree = NULL;
    git_tree_entry *entry = NULL;
    int rc;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    rc = flow_tree_lookup(&tree, handle, commit, err);
    if (rc != 0)
        goto done;
    rc = git_tree_entry_bypath(&entry, tree, path);
    if (rc == 0 && is_file(entry))
        flow_id_from(out, git_tree_entry_id(entry));
    else if (rc == 0 || rc == GIT_ENOTFOUND)
        rc = flow_error_set(err, FLOW_E_NOT_FOUND, "there is no file '%s' in commit %s", path, commit->hex);
    else
        rc = flow_git_error(err, rc, "cannot look up '%s' in commit %s", path, commit->hex);
done:
    git_tree_entry_free(entry);
    git_tree_free(tree);
    flow_repo_return(repo, handle);
    return rc;
}
