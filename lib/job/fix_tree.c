// SPDX-License-Identifier: MIT
/*
 * The build tree: the branch's files, outside of the repository, beside what builds leave there.
 *
 * A build is somebody else's program and could have put anything in place of files and folders, also links
 * that lead out of the tree. Each file is therefore reached folder by folder without following any link, what
 * is in the way is taken away, and what a build wrote over is written again. A file that is as it should be
 * is left alone, so that an incremental build sees no change.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fix_private.h"
#include "flow/base/file.h"

static int failed(const char *path, struct flow_error *err)
{
    return flow_error_errno(err, errno, "cannot write '%s' in the build tree", path);
}

// Opens the folder of that name in another one; makes it where something else or nothing stands there.
static int enter(int parent, const char *name)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent, name, flags);
    if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP))
        return fd;
    if (errno != ENOENT && unlinkat(parent, name, 0) != 0)
        return -1;
    return mkdirat(parent, name, 0777) == 0 ? openat(parent, name, flags) : -1;
}

// Opens the folder that path is in; *name is the last component.
static int open_folder(const struct fix_tree *tree, const char *path, const char **name,
                       struct flow_error *err)
{
    int fd = open(tree->path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *slash; fd >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        char *component = strndup(path, (size_t)(slash - path));
        int next = component ? enter(fd, component) : -1;
        int reason = errno;
        free(component);
        close(fd);
        errno = reason;
        fd = next;
    }
    *name = path;
    return fd >= 0 ? fd : failed(path, err);
}

// What stands there goes, whatever it is.
static int clear(const struct fix_tree *tree, int folder, const char *name, const char *path,
                 struct flow_error *err)
{
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : failed(path, err);
    if (!S_ISDIR(info.st_mode))
        return unlinkat(folder, name, 0) == 0 ? 0 : failed(path, err);
    struct flow_buf whole;
    flow_buf_init(&whole, FLOW_BUF_LINE);
    // Its folder was just reached without a link, and nobody else writes here between builds.
    flow_path_join(&whole, tree->path.data, path);
    int result = flow_buf_check(&whole, "path", err);
    if (result == 0)
        result = flow_dir_remove(whole.data, err);
    flow_buf_release(&whole);
    return result;
}

// Whether a plain file with these bytes stands there.
static bool is_same(int folder, const char *name, const void *data, size_t len, bool executable)
{
    struct stat info;
    struct flow_buf text;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return false;
    flow_buf_init(&text, len);
    // A second name of the file could be one outside of the tree.
    bool same = fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink == 1 &&
                info.st_size == (off_t)len && !(info.st_mode & S_IXUSR) == !executable &&
                flow_fd_read(fd, name, &text, NULL) == 0 && text.len == len &&
                (len == 0 || memcmp(text.data, data, len) == 0);
    close(fd);
    flow_buf_release(&text);
    return same;
}

// 1: something else stood there.
static int write_file(const struct fix_tree *tree, const char *path, const void *data, size_t len,
                      bool executable, struct flow_error *err)
{
    const char *name;
    int folder = open_folder(tree, path, &name, err);
    if (folder < 0)
        return -1;
    int result = is_same(folder, name, data, len, executable) ? 0 : 1;
    if (result == 1) {
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, fd = -1;
        if (clear(tree, folder, name, path, err) == 0 &&
            (fd = openat(folder, name, flags, executable ? 0777 : 0666)) < 0)
            failed(path, err);
        if (fd < 0 || flow_fd_write(fd, path, data, len, err))
            result = -1;
        if (fd >= 0)
            close(fd);
    }
    close(folder);
    return result;
}

static bool is_link(int folder, const char *name, const char *where)
{
    char now[4096];
    ssize_t len = readlinkat(folder, name, now, sizeof now);
    return len >= 0 && (size_t)len == strlen(where) && memcmp(now, where, (size_t)len) == 0;
}

static int link_to(const struct fix_tree *tree, const char *path, const char *where, struct flow_error *err)
{
    const char *name;
    int folder = open_folder(tree, path, &name, err);
    if (folder < 0)
        return -1;
    int result = is_link(folder, name, where) ? 0 : 1;
    if (result == 1 && clear(tree, folder, name, path, err))
        result = -1;
    if (result == 1 && symlinkat(where, folder, name) != 0)
        result = failed(path, err);
    close(folder);
    return result;
}

// 1: it was not as it should be.
static int write_entry(struct fix *fix, const struct fix_tree *tree, const struct flow_entry *entry,
                       struct flow_error *err)
{
    struct flow_buf text;
    const struct fix_unit *unit = tree->port ? fix_unit_of(fix, entry->path) : NULL;
    if (entry->kind == FLOW_ENTRY_SUBMODULE)
        return 0;
    if (unit && unit->changes)
        return write_file(tree, entry->path, unit->next.data, unit->next.len, entry->executable, err);
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_snapshot_read(fix->repo, tree->snapshot, entry, &text, err);
    if (result == 0)
        result = flow_buf_check(&text, entry->path, err);
    if (result == 0)
        result = entry->kind == FLOW_ENTRY_LINK
                     ? link_to(tree, entry->path, text.data, err)
                     : write_file(tree, entry->path, text.data, text.len, entry->executable, err);
    flow_buf_release(&text);
    return result;
}

static int remove_file(const struct fix_tree *tree, const char *path, struct flow_error *err)
{
    const char *name;
    int folder = open_folder(tree, path, &name, err);
    if (folder < 0)
        return -1;
    int result = clear(tree, folder, name, path, err);
    close(folder);
    return result;
}

// Files that the branch had when the tree was last written, and has no more.
static int remove_old(struct fix *fix, const struct fix_tree *tree, const char *was, struct flow_error *err)
{
    struct flow_snapshot *old = NULL;
    struct flow_id commit;
    struct flow_error own = FLOW_ERROR_INIT;
    // A commit that is gone names nothing: then the tree is begun anew.
    if (flow_repo_resolve(fix->repo, was, &commit, &own) ||
        flow_snapshot_commit(&old, fix->repo, &commit, &own)) {
        if (own.code != FLOW_E_NOT_FOUND)
            return flow_error_set(err, own.code, "%s", own.message);
        return flow_dir_remove(tree->path.data, err) || flow_dir_make(tree->path.data, err) ? -1 : 0;
    }
    int result = 0;
    for (size_t i = 0; i < old->count && result == 0; i++)
        if (!flow_snapshot_find(tree->snapshot, old->entries[i].path))
            result = remove_file(tree, old->entries[i].path, err);
    flow_snapshot_free(old);
    return result;
}

int fix_tree_write(struct fix *fix, const struct fix_tree *tree, fix_tree_fn undone, struct flow_error *err)
{
    int result = flow_dir_make(tree->path.data, err);
    for (size_t i = 0; i < tree->snapshot->count && result == 0; i++) {
        int changed = write_entry(fix, tree, &tree->snapshot->entries[i], err);
        result = changed < 0 ? -1 : 0;
        if (changed == 1 && undone)
            result = undone(fix, tree->snapshot->entries[i].path, err);
    }
    return result;
}

int fix_tree_sync(struct fix *fix, struct flow_error *err)
{
    struct fix_tree tree = {.path = fix->tree, .snapshot = fix->snapshot, .port = true};
    struct flow_buf was;
    flow_buf_init(&was, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, "checkout", &was, err);
    int result = known < 0 ? -1 : 0;
    if (result == 0 && known == 1 && strcmp(was.data, fix->tip.hex) != 0 && flow_path_exists(tree.path.data))
        result = remove_old(fix, &tree, was.data, err);
    if (result == 0)
        result = fix_tree_write(fix, &tree, NULL, err);
    if (result == 0)
        result = flow_ledger_run_set(fix->ledger, fix->run, "checkout", fix->tip.hex, err);
    flow_buf_release(&was);
    return result;
}

static int note_undone(struct fix *fix, const char *path, struct flow_error *err)
{
    bool added;
    if (!flow_map_ensure(fix->undone, path, strlen(path), &added))
        return flow_error_nomem(err);
    // A tool that rewrites its own file does so each time.
    if (!added)
        return 0;
    fix_note(fix, "'%s' was changed by a build or a test in its own tree, which is undone", path);
    return flow_ledger_event(fix->ledger, fix->run, "undone", NULL, path, err);
}

int fix_tree_undo(struct fix *fix, struct flow_error *err)
{
    const struct fix_tree tree = {.path = fix->tree, .snapshot = fix->snapshot, .port = true};
    return fix_tree_write(fix, &tree, note_undone, err);
}
