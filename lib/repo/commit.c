// SPDX-License-Identifier: MIT
// One commit: what may be changed is checked against the tree it changes, the objects are written, the branch
// is moved.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow/base/file.h"
#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"
#include "message.h"
#include "reflock.h"
#include "staging.h"

// How long the lock of a ref is waited for: another flow holds it for milliseconds.
#define LOCK_TRIES   200
#define LOCK_WAIT_NS 10000000L

static int check_branch(struct flow_repo *repo, git_repository *handle, const char *branch,
                        struct flow_error *err)
{
    git_reference *ref = NULL;
    struct flow_buf where;
    int valid = 0;

    if (!flow_str_starts(branch, "refs/heads/") || git_reference_name_is_valid(&valid, branch) != 0 || !valid)
        return flow_error_set(err, FLOW_E_INVALID, "'%s' is not the full name of a branch", branch);
    if (git_reference_lookup(&ref, handle, branch) == 0) {
        bool symbolic = git_reference_type(ref) == GIT_REFERENCE_SYMBOLIC;
        git_reference_free(ref);
        if (symbolic)
            return flow_error_set(err, FLOW_E_REFUSED, "'%s' is another name of a branch; name that one",
                                  branch);
    }
    flow_buf_init(&where, FLOW_BUF_LINE);
    int rc = flow_repo_checked_out(repo, branch, &where, err);
    if (rc == 1)
        rc = flow_error_set(err, FLOW_E_REFUSED,
                            "branch '%s' is checked out in '%s'; switch to another one there, or detach",
                            branch, where.data);
    flow_buf_release(&where);
    return rc;
}

// The entry of the len bytes of path in the tree, NULL where there is none.
static int tree_entry(git_tree_entry **out, const git_tree *tree, const char *path, size_t len,
                      struct flow_error *err)
{
    char *prefix = strndup(path, len);

    *out = NULL;
    if (prefix == NULL)
        return flow_error_nomem(err);
    int rc = git_tree_entry_bypath(out, tree, prefix);
    free(prefix);
    if (rc == 0 || rc == GIT_ENOTFOUND)
        return 0;
    return flow_git_error(err, rc, "cannot look up '%s'", path);
}

// What stands on the way to a path must be folders, in the tree and among the changes themselves.
static int check_way(const git_tree *tree, const struct flow_map *written, const char *path,
                     struct flow_error *err)
{
    for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        git_tree_entry *entry = NULL;
        size_t len = (size_t)(slash - path);
        if (flow_map_getn(written, path, len) != NULL)
            return flow_error_set(err, FLOW_E_INVALID, "'%s' goes through '%.*s', which is written as a file",
                                  path, (int)len, path);
        if (tree_entry(&entry, tree, path, len, err) != 0)
            return -1;
        if (entry == NULL)
            continue;
        git_filemode_t mode = git_tree_entry_filemode(entry);
        git_tree_entry_free(entry);
        if (mode != GIT_FILEMODE_TREE)
            return flow_error_set(err, FLOW_E_INVALID, "'%s' goes through '%.*s', which is a %s", path,
                                  (int)len, path,
                                  mode == GIT_FILEMODE_LINK     ? "symbolic link"
                                  : mode == GIT_FILEMODE_COMMIT ? "submodule"
                                                                : "file");
    }
    return 0;
}

static int check_target(git_odb *odb, const git_tree *tree, const struct flow_change *change,
                        struct flow_error *err)
{
    git_tree_entry *entry = NULL;
    git_object_t type;
    git_oid oid;
    size_t size;

    if (tree_entry(&entry, tree, change->path, strlen(change->path), err) != 0)
        return -1;
    git_object_t standing = entry != NULL ? git_tree_entry_type(entry) : GIT_OBJECT_INVALID;
    git_tree_entry_free(entry);
    if (standing == GIT_OBJECT_TREE || standing == GIT_OBJECT_COMMIT)
        return flow_error_set(err, FLOW_E_INVALID, "'%s' is a %s", change->path,
                              standing == GIT_OBJECT_TREE ? "folder" : "submodule");
    if (change->blob == NULL && standing == GIT_OBJECT_INVALID)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "cannot remove '%s': there is no such file",
                              change->path);
    if (change->blob == NULL)
        return 0;
    if (flow_oid_of(&oid, change->blob, err) != 0)
        return -1;
    if (git_odb_read_header(&size, &type, odb, &oid) != 0 || type != GIT_OBJECT_BLOB)
        return flow_error_set(err, FLOW_E_INVALID, "there is no blob %s for '%s'", change->blob->hex,
                              change->path);
    return 0;
}

// Each path is confined and stands there once; what is written is noted down.
static int check_names(const struct flow_commit *commit, struct flow_map *written, struct flow_error *err)
{
    struct flow_map *seen = flow_map_new();
    int rc = seen != NULL ? 0 : flow_error_nomem(err);

    for (size_t i = 0; rc == 0 && i < commit->change_count; i++) {
        const struct flow_change *change = &commit->changes[i];
        bool added = false;
        rc = flow_path_confined(change->path, err);
        if (rc == 0 && flow_map_ensure(seen, change->path, strlen(change->path), &added) == NULL)
            rc = flow_error_nomem(err);
        else if (rc == 0 && !added)
            rc = flow_error_set(err, FLOW_E_INVALID, "'%s' is changed twice in one commit", change->path);
        if (rc == 0 && change->blob != NULL)
            rc = flow_map_set_num(written, change->path, 1, err);
    }
    flow_map_free(seen);
    return rc;
}

static int check_changes(const struct flow_commit *commit, git_odb *odb, const git_tree *tree,
                         struct flow_error *err)
{
    struct flow_map *written = flow_map_new();
    int rc = written != NULL ? check_names(commit, written, err) : flow_error_nomem(err);

    for (size_t i = 0; rc == 0 && i < commit->change_count; i++) {
        rc = check_way(tree, written, commit->changes[i].path, err);
        if (rc == 0)
            rc = check_target(odb, tree, &commit->changes[i], err);
    }
    flow_map_free(written);
    return rc;
}

static int write_tree(git_oid *out, const struct flow_commit *commit, git_repository *handle, git_tree *base,
                      struct flow_error *err)
{
    git_tree_update *updates;
    int rc = 0;

    if (commit->change_count == 0) {
        git_oid_cpy(out, git_tree_id(base));
        return 0;
    }
    updates = calloc(commit->change_count, sizeof *updates);
    if (updates == NULL)
        return flow_error_nomem(err);
    for (size_t i = 0; rc == 0 && i < commit->change_count; i++) {
        const struct flow_change *change = &commit->changes[i];
        updates[i].path = change->path;
        updates[i].action = change->blob != NULL ? GIT_TREE_UPDATE_UPSERT : GIT_TREE_UPDATE_REMOVE;
        updates[i].filemode = change->executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
        if (change->blob != NULL)
            rc = flow_oid_of(&updates[i].id, change->blob, err);
    }
    if (rc == 0) {
        rc = git_tree_create_updated(out, handle, base, commit->change_count, updates);
        if (rc != 0)
            rc = flow_git_error(err, rc, "cannot write the tree of '%s'", commit->subject);
    }
    free(updates);
    return rc;
}

static int find_committer(git_signature **out, git_repository *handle, struct flow_error *err)
{
    int rc = git_signature_default(out, handle);
    if (rc == GIT_ENOTFOUND)
        return flow_error_set(err, FLOW_E_ENV,
                              "there is nobody to commit as; run 'git config user.name NAME' and 'git config "
                              "user.email ADDRESS'");
    return rc == 0 ? 0 : flow_git_error(err, rc, "cannot find out who commits");
}

static int write_commit(git_oid *out, const struct flow_commit *commit, git_repository *handle,
                        const git_commit *parent, const git_oid *tree_id, struct flow_error *err)
{
    git_signature *who = NULL;
    git_tree *tree = NULL;
    struct flow_buf message;
    int rc;

    flow_buf_init(&message, FLOW_BUF_TEXT);
    rc = flow_message_format(commit, &message, err);
    if (rc != 0)
        goto done;
    rc = find_committer(&who, handle, err);
    if (rc != 0)
        goto done;
    rc = git_tree_lookup(&tree, handle, tree_id);
    if (rc == 0)
        rc = git_commit_create(out, handle, NULL, who, who, NULL, message.data, tree, 1, &parent);
    if (rc != 0)
        rc = flow_git_error(err, rc, "cannot write the commit '%s'", commit->subject);
done:
    git_tree_free(tree);
    git_signature_free(who);
    flow_buf_release(&message);
    return rc;
}

// Moves the branch from the parent (from nothing, where it is to be made) to the commit.
static int move_branch(struct flow_repo *repo, const struct flow_commit *commit, git_repository *handle,
                       const git_oid *parent, const git_oid *oid, struct flow_error *err)
{
    static const git_oid nothing;
    const struct timespec wait = {.tv_nsec = LOCK_WAIT_NS};
    git_reference *ref = NULL;
    struct stat seen = {0};
    int rc;

    for (unsigned tries = 0;; tries++) {
        rc = git_reference_create_matching(&ref, handle, commit->branch, oid, !commit->create,
                                           commit->create ? &nothing : parent, commit->subject);
        if (rc != GIT_ELOCKED || tries > LOCK_TRIES)
            break;
        if (tries == 0)
            flow_reflock_see(repo, commit->branch, &seen);
        if (tries == LOCK_TRIES && !flow_reflock_remove(repo, handle, commit->branch, &seen))
            break;
        nanosleep(&wait, NULL);
    }
    git_reference_free(ref);
    switch (rc) {
    case 0:
        return 0;
    case GIT_EEXISTS:
        return flow_error_set(err, FLOW_E_CONFLICT, "branch '%s' exists already, or one that is in its way",
                              commit->branch);
    case GIT_EMODIFIED:
    case GIT_ENOTFOUND:
        return flow_error_set(err, FLOW_E_CONFLICT, "branch '%s' is no longer at %s", commit->branch,
                              commit->parent.hex);
    case GIT_ELOCKED:
        return flow_error_set(
            err, FLOW_E_ENV, "branch '%s' is locked; if no git runs, remove its .lock file in the repository",
            commit->branch);
    default:
        return flow_git_error(err, rc, "cannot move branch '%s'", commit->branch);
    }
}

// Under the lock.
static int open_staging(struct flow_repo *repo, struct flow_error *err)
{
    git_repository *handle = NULL;
    struct flow_buf objects;
    if (repo->committing != NULL)
        return 0;
    // None of those that are lent: one of them has the object database that all threads write blobs through.
    if (flow_repo_reopen(repo, &handle, err) != 0)
        return -1;
    flow_buf_init(&objects, FLOW_BUF_LINE);
    flow_buf_printf(&objects, "%sobjects", repo->commondir);
    int rc = flow_buf_check(&objects, "the path of the object database", err);
    if (rc == 0)
        rc = flow_staging_new(&repo->staging, handle, objects.data, err);
    flow_buf_release(&objects);
    if (rc == 0)
        repo->committing = handle;
    else
        git_repository_free(handle); // it is in an unknown state
    return rc;
}

static int write_texts(const struct flow_commit *commit, git_odb *odb, struct flow_error *err)
{
    git_oid oid;
    for (size_t i = 0; i < commit->change_count; i++) {
        const struct flow_change *change = &commit->changes[i];
        if (change->text == NULL)
            continue;
        int rc = git_odb_write(&oid, odb, change->text, change->len, GIT_OBJECT_BLOB);
        if (rc != 0)
            return flow_git_error(err, rc, "cannot store '%s'", change->path);
    }
    return 0;
}

// Under the lock. Writes all that the branch is to be moved to.
static int write_objects(struct flow_repo *repo, const struct flow_commit *commit, git_oid *out,
                         struct flow_error *err)
{
    git_repository *handle = repo->committing;
    git_commit *parent = NULL;
    git_tree *base = NULL;
    git_odb *odb = NULL;
    git_oid tree;

    int rc = git_repository_odb(&odb, handle);
    if (rc != 0)
        return flow_git_error(err, rc, "cannot open the object database in '%s'", repo->commondir);
    rc = flow_commit_lookup(&parent, handle, &commit->parent, err);
    if (rc == 0)
        rc = flow_tree_lookup(&base, handle, &commit->parent, err);
    if (rc == 0)
        rc = write_texts(commit, odb, err);
    if (rc == 0)
        rc = check_changes(commit, odb, base, err);
    if (rc == 0)
        rc = write_tree(&tree, commit, handle, base, err);
    if (rc == 0)
        rc = write_commit(out, commit, handle, parent, &tree, err);
    git_tree_free(base);
    git_commit_free(parent);
    git_odb_free(odb);
    return rc;
}

int flow_repo_commit(struct flow_repo *repo, const struct flow_commit *commit, struct flow_id *out,
                     struct flow_error *err)
{
    git_oid parent, oid;

    if (flow_oid_of(&parent, &commit->parent, err) != 0)
        return -1;
    pthread_mutex_lock(&repo->commit_lock);
    int rc = open_staging(repo, err);
    if (rc == 0)
        rc = check_branch(repo, repo->committing, commit->branch, err);
    if (rc == 0)
        rc = write_objects(repo, commit, &oid, err);
    if (rc == 0)
        rc = flow_staging_publish(repo->staging, err);
    if (rc == 0)
        rc = move_branch(repo, commit, repo->committing, &parent, &oid, err);
    if (rc == 0)
        flow_id_from(out, &oid);
    if (repo->staging != NULL)
        flow_staging_clear(repo->staging);
    pthread_mutex_unlock(&repo->commit_lock);
    return rc;
}

int flow_repo_committer_check(struct flow_repo *repo, struct flow_error *err)
{
    git_repository *handle = NULL;
    git_signature *who = NULL;

    if (flow_repo_borrow(repo, &handle, err) != 0)
        return -1;
    int rc = find_committer(&who, handle, err);
    git_signature_free(who);
    flow_repo_return(repo, handle);
    return rc;
}
