// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"
#include "listing.h"

// PATH_MAX of Linux: a deeper tree cannot be checked out.
#define PATH_LIMIT 4096

struct flow_listing *flow_listing_new(void)
{
    struct flow_listing *listing = calloc(1, sizeof *listing);

    if (listing != NULL)
        flow_arena_init(&listing->arena);
    return listing;
}

struct flow_entry *flow_listing_add(struct flow_listing *listing, const char *path, enum flow_entry_kind kind,
                                    const git_oid *oid, struct flow_error *err)
{
    struct flow_snapshot *snapshot = &listing->snapshot;

    if (snapshot->count == FLOW_SNAPSHOT_MAX) {
        flow_error_set(err, FLOW_E_TOO_BIG, "the tree has more than %zu files", FLOW_SNAPSHOT_MAX);
        return NULL;
    }
    if (flow_grow(&snapshot->entries, &listing->cap, snapshot->count + 1, sizeof *snapshot->entries, err) !=
        0)
        return NULL;
    struct flow_entry *entry = &snapshot->entries[snapshot->count];
    memset(entry, 0, sizeof *entry);
    entry->path = flow_arena_str(&listing->arena, path);
    if (entry->path == NULL) {
        flow_error_nomem(err);
        return NULL;
    }
    entry->kind = kind;
    flow_id_from(&entry->blob, oid);
    snapshot->count++;
    return entry;
}

static int by_path(const void *a, const void *b)
{
    const struct flow_entry *left = a, *right = b;

    return strcmp(left->path, right->path);
}

int flow_listing_seal(struct flow_listing *listing, struct flow_error *err)
{
    struct flow_snapshot *snapshot = &listing->snapshot;

    if (snapshot->count > 0)
        qsort(snapshot->entries, snapshot->count, sizeof *snapshot->entries, by_path);
    for (size_t i = 1; i < snapshot->count; i++) {
        if (by_path(&snapshot->entries[i - 1], &snapshot->entries[i]) == 0)
            return flow_error_set(err, FLOW_E_INVALID, "'%s' stands in the tree twice",
                                  snapshot->entries[i].path);
    }
    return 0;
}

void flow_snapshot_free(struct flow_snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    struct flow_listing *listing = (struct flow_listing *)snapshot;
    free(snapshot->entries);
    flow_arena_release(&listing->arena);
    free(listing);
}

// Index of the first entry whose path is not before the len bytes of text.
static size_t lower_bound(const struct flow_snapshot *snapshot, const char *text, size_t len)
{
    size_t low = 0, high = snapshot->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strncmp(snapshot->entries[middle].path, text, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct flow_entry *flow_snapshot_find(const struct flow_snapshot *snapshot, const char *path)
{
    size_t at = lower_bound(snapshot, path, strlen(path) + 1);

    if (at == snapshot->count || strcmp(snapshot->entries[at].path, path) != 0)
        return NULL;
    return &snapshot->entries[at];
}

bool flow_snapshot_has_dir(const struct flow_snapshot *snapshot, const char *path)
{
    char name[PATH_LIMIT];
    size_t len = strlen(path);

    if (len == 0 || len + 1 >= sizeof name)
        return false;
    memcpy(name, path, len);
    name[len++] = '/';
    size_t at = lower_bound(snapshot, name, len);
    return at < snapshot->count && strncmp(snapshot->entries[at].path, name, len) == 0;
}

struct tree_walk {
    struct flow_listing *listing;
    git_odb *odb;
    struct flow_buf path;
    struct flow_error *err;
};

// A tree object can hold any name; these would lead out of the tree or into git's own folder.
static bool is_hostile(const char *name)
{
    return name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
           strcmp(name, "..") == 0 || strcmp(name, ".git") == 0;
}

static int add_stored(struct tree_walk *walk, const git_tree_entry *item)
{
    git_filemode_t mode = git_tree_entry_filemode(item);
    const git_oid *oid = git_tree_entry_id(item);
    enum flow_entry_kind kind = FLOW_ENTRY_FILE;
    git_object_t type;
    size_t size = 0;

    if (mode == GIT_FILEMODE_COMMIT)
        kind = FLOW_ENTRY_SUBMODULE;
    else if (mode == GIT_FILEMODE_LINK)
        kind = FLOW_ENTRY_LINK;
    if (kind != FLOW_ENTRY_SUBMODULE) {
        int rc = git_odb_read_header(&size, &type, walk->odb, oid);
        // A partial clone lacks blobs; they are missed when somebody wants to read them.
        if (rc != 0 && rc != GIT_ENOTFOUND)
            return flow_git_error(walk->err, rc, "cannot read the size of '%s'", walk->path.data);
    }
    struct flow_entry *entry = flow_listing_add(walk->listing, walk->path.data, kind, oid, walk->err);
    if (entry == NULL)
        return -1;
    entry->executable = mode == GIT_FILEMODE_BLOB_EXECUTABLE;
    entry->stored = true;
    entry->size = size;
    return 0;
}

// Called by libgit2 for each entry; root is its folder and ends with '/'.
static int visit(const char *root, const git_tree_entry *item, void *payload)
{
    struct tree_walk *walk = payload;
    const char *name = git_tree_entry_name(item);

    flow_buf_clear(&walk->path);
    flow_buf_puts(&walk->path, root);
    flow_buf_puts(&walk->path, name);
    if (flow_buf_check(&walk->path, "a path of the tree", walk->err) != 0)
        return GIT_EUSER;
    if (is_hostile(name)) {
        flow_error_set(walk->err, FLOW_E_INVALID, "the tree holds '%s', which no work tree can",
                       walk->path.data);
        return GIT_EUSER;
    }
    if (git_tree_entry_type(item) == GIT_OBJECT_TREE)
        return 0;
    return add_stored(walk, item) == 0 ? 0 : GIT_EUSER;
}

int flow_snapshot_commit(struct flow_snapshot **out, struct flow_repo *repo, const struct flow_id *commit,
                         struct flow_error *err)
{
    git_repository *handle = NULL;
    git_tree *tree = NULL;
    struct tree_walk walk = {.odb = repo->odb, .err = err, .listing = flow_listing_new()};
    int rc;

    flow_buf_init(&walk.path, PATH_LIMIT);
    if (walk.listing == NULL) {
        rc = flow_error_nomem(err);
        goto done;
    }
    rc = flow_repo_borrow(repo, &handle, err);
    if (rc == 0)
        rc = flow_tree_lookup(&tree, handle, commit, err);
    if (rc != 0)
        goto done;
    rc = git_tree_walk(tree, GIT_TREEWALK_PRE, visit, &walk);
    if (rc != 0 && rc != GIT_EUSER)
        flow_git_error(err, rc, "cannot read the tree of commit %s", commit->hex);
    if (rc != 0)
        goto done;
    flow_id_from(&walk.listing->snapshot.id, git_tree_id(tree));
    rc = flow_listing_seal(walk.listing, err);
    if (rc == 0) {
        *out = &walk.listing->snapshot;
        walk.listing = NULL;
    }
done:
    if (walk.listing != NULL)
        flow_snapshot_free(&walk.listing->snapshot);
    flow_buf_release(&walk.path);
    git_tree_free(tree);
    flow_repo_return(repo, handle);
    return rc == 0 ? 0 : -1;
}
