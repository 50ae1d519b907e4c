// SPDX-License-Identifier: MIT
#include "tree_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/buf.h"
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
static int open_folder(const char *root, const char *path, const char **name, struct flow_error *err)
{
    const char *rest = path;
    int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *slash; fd >= 0 && (slash = strchr(rest, '/')); rest = slash + 1) {
        char *component = strndup(rest, (size_t)(slash - rest));
        int next = component ? enter(fd, component) : -1;
        int reason = errno;
        free(component);
        close(fd);
        errno = reason;
        fd = next;
    }
    *name = rest;
    return fd >= 0 ? fd : failed(path, err);
}

// What stands there goes, whatever it is.
static int clear(const char *root, int folder, const char *name, const char *path, struct flow_error *err)
{
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : failed(path, err);
    if (!S_ISDIR(info.st_mode))
        return unlinkat(folder, name, 0) == 0 ? 0 : failed(path, err);
    struct flow_buf whole;
    flow_buf_init(&whole, FLOW_BUF_LINE);
    // Its folder was just reached without a link, and nobody else writes here between builds.
    flow_path_join(&whole, root, path);
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
static int write_file(const char *root, const char *path, const void *data, size_t len, bool executable,
                      struct flow_error *err)
{
    const char *name;
    int folder = open_folder(root, path, &name, err);
    if (folder < 0)
        return -1;
    int result = is_same(folder, name, data, len, executable) ? 0 : 1;
    if (result == 1) {
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, fd = -1;
        if (clear(root, folder, name, path, err) == 0 &&
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

// 1: something else stood there.
static int link_to(const char *root, const char *path, const char *where, struct flow_error *err)
{
    const char *name;
    int folder = open_folder(root, path, &name, err);
    if (folder < 0)
        return -1;
    int result = is_link(folder, name, where) ? 0 : 1;
    if (result == 1 && clear(root, folder, name, path, err))
        result = -1;
    if (result == 1 && symlinkat(where, folder, name) != 0)
        result = failed(path, err);
    close(folder);
    return result;
}

static int remove_file(const char *root, const char *path, struct flow_error *err)
{
    const char *name;
    int folder = open_folder(root, path, &name, err);
    if (folder < 0)
        return -1;
    int result = clear(root, folder, name, path, err);
    close(folder);
    return result;
}

static const struct tree_file *find(const struct tree *tree, const char *path)
{
    for (size_t i = 0; i < tree->count; i++)
        if (strcmp(tree->files[i].path, path) == 0)
            return &tree->files[i];
    return NULL;
}

// 1: it was not as it is to be.
static int write_entry(const struct tree *tree, const struct flow_entry *entry, struct flow_error *err)
{
    const struct tree_file *file = find(tree, entry->path);
    struct flow_buf text;
    if (entry->kind == FLOW_ENTRY_SUBMODULE)
        return 0;
    if (file)
        return write_file(tree->root, entry->path, file->text, file->len, entry->executable, err);
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_snapshot_read(tree->repo, tree->snapshot, entry, &text, err);
    if (result == 0)
        result = flow_buf_check(&text, entry->path, err);
    if (result == 0)
        result = entry->kind == FLOW_ENTRY_LINK
                     ? link_to(tree->root, entry->path, text.data, err)
                     : write_file(tree->root, entry->path, text.data, text.len, entry->executable, err);
    flow_buf_release(&text);
    return result;
}

int tree_sync(const struct tree *tree, struct flow_error *err)
{
    const struct flow_snapshot *was = tree->was;
    int result = flow_dir_make(tree->root, err);
    for (size_t i = 0; was && i < was->count && result == 0; i++)
        if (!flow_snapshot_find(tree->snapshot, was->entries[i].path))
            result = remove_file(tree->root, was->entries[i].path, err);
    for (size_t i = 0; i < tree->snapshot->count && result == 0; i++) {
        const char *path = tree->snapshot->entries[i].path;
        int changed = write_entry(tree, &tree->snapshot->entries[i], err);
        result = changed < 0 ? -1 : 0;
        if (changed == 1 && tree->undone)
            result = tree->undone(tree->payload, path, err);
    }
    return result;
}
