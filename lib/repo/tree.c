// SPDX-License-Identifier: MIT
// The id of a tree that is not written. A tree object is a list of "mode name NUL id", in the byte order that
// full paths have, too.
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/config/git.h"
#include "flow/repo/repo.h"
#include "handle.h"

// A path is at most PATH_MAX long, so there are no more folders in it.
#define DEPTH_LIMIT 2048

static int by_path(const void *a, const void *b)
{
    const struct flow_change *const *left = a, *const *right = b;

    return strcmp((*left)->path, (*right)->path);
}

static int is_path(const void *key, const void *item)
{
    const struct flow_change *const *file = item;

    return strcmp(key, (*file)->path);
}

// Whether a folder on the way to path is one of the files.
static int check_way(const struct flow_change *const *files, size_t count, const char *path,
                     struct flow_error *err)
{
    char *folder = strdup(path);
    int rc = folder != NULL ? 0 : flow_error_nomem(err);

    for (size_t len = folder != NULL ? flow_path_dir_len(folder) : 0; rc == 0 && len > 0;
         len = flow_path_dir_len(folder)) {
        folder[len] = '\0';
        if (bsearch(folder, files, count, sizeof *files, is_path) != NULL)
            rc = flow_error_set(err, FLOW_E_INVALID, "'%s' is both a file and a folder", folder);
    }
    free(folder);
    return rc;
}

static int check_files(const struct flow_change *const *files, size_t count, struct flow_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (flow_path_confined(files[i]->path, err) != 0)
            return -1;
        if (files[i]->blob == NULL)
            return flow_error_set(err, FLOW_E_INVALID, "'%s' has no content to name a tree by",
                                  files[i]->path);
        if (i > 0 && strcmp(files[i - 1]->path, files[i]->path) == 0)
            return flow_error_set(err, FLOW_E_INVALID, "'%s' stands in the tree twice", files[i]->path);
        if (check_way(files, count, files[i]->path, err) != 0)
            return -1;
    }
    return 0;
}

static void add_item(struct flow_buf *tree, const char *mode, const char *name, size_t len,
                     const git_oid *oid)
{
    flow_buf_printf(tree, "%s ", mode);
    flow_buf_add(tree, name, len);
    flow_buf_putc(tree, '\0');
    flow_buf_add(tree, oid->id, sizeof oid->id);
}

// How many of the files, from the first on, share its first `len` bytes of path below `skip`.
static size_t in_folder(const struct flow_change *const *files, size_t count, size_t skip, size_t len)
{
    size_t n = 1;

    while (n < count && strncmp(files[n]->path + skip, files[0]->path + skip, len) == 0)
        n++;
    return n;
}

// The tree of count files whose paths share their first `skip` bytes, which end in '/'.
static int tree_of(git_oid *out, const struct flow_change *const *files, size_t count, size_t skip,
                   unsigned depth, struct flow_error *err)
{
    struct flow_buf tree;
    int rc = 0;

    if (depth == DEPTH_LIMIT)
        return flow_error_set(err, FLOW_E_TOO_BIG, "'%s' lies too deep", files[0]->path);
    flow_buf_init(&tree, FLOW_BUF_FILE);
    for (size_t i = 0, n; rc == 0 && i < count; i += n) {
        const char *name = files[i]->path + skip;
        size_t len = strcspn(name, "/");
        git_oid oid;
        n = 1;
        if (name[len] == '/') {
            n = in_folder(files + i, count - i, skip, len + 1);
            rc = tree_of(&oid, files + i, n, skip + len + 1, depth + 1, err);
        } else {
            rc = flow_oid_of(&oid, files[i]->blob, err);
        }
        if (rc == 0)
            add_item(&tree,
                     name[len] == '/'       ? "40000"
                     : files[i]->executable ? "100755"
                                            : "100644",
                     name, len, &oid);
    }
    if (rc == 0)
        rc = flow_buf_check(&tree, "a tree", err);
    if (rc == 0) {
        rc = git_odb_hash(out, tree.data, tree.len, GIT_OBJECT_TREE);
        if (rc != 0)
            rc = flow_git_error(err, rc, "cannot hash a tree");
    }
    flow_buf_release(&tree);
    return rc;
}

int flow_repo_tree_id(struct flow_repo *repo, const struct flow_change *files, size_t count,
                      struct flow_id *out, struct flow_error *err)
{
    const struct flow_change **sorted = calloc(count + 1, sizeof *sorted);
    git_oid oid;
    int rc;

    (void)repo;
    if (sorted == NULL)
        return flow_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        sorted[i] = &files[i];
    qsort(sorted, count, sizeof *sorted, by_path);
    rc = check_files(sorted, count, err);
    if (rc == 0)
        rc = tree_of(&oid, sorted, count, 0, 0, err);
    if (rc == 0)
        flow_id_from(out, &oid);
    free(sorted);
    return rc;
}
