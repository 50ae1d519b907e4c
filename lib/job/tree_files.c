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

static int write_file(const char *root, const char *path, const void *data, size_t len, bool executable,
                      struct flow_error *err)
{
    const char *name;
    int folder = open_folder(root, path, &name, err);
    if (folder < 0)
        return -1;
    int result = 0;
    if (!is_same(folder, name, data, len, executable)) {
        result = clear(root, folder, name, path, err);
        int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        int fd = result == 0 ? openat(folder, name, flags, executable ? 0777 : 0666) : -1;
        if (result == 0 && fd < 0)
            result = failed(path, err);
        if (result == 0)
            result = flow_fd_write(fd, path, data, len, err);
        if (fd >= 0)
            close(fd);
    }
    close(folder);
    return result;
}

// What stands there becomes a link that leads to `where`, or nothing where that is NULL.
static int replace(const char *root, const char *path, const char *where, struct flow_error *err)
{
    const char *name;
    int folder = open_folder(root, path, &name, err);
    if (folder < 0)
        return -1;
    int result = clear(root, folder, name, path, err);
    if (result == 0 && where && symlinkat(where, folder, name) != 0)
        result = failed(path, err);
    close(folder);
    return result;
}

static const struct tree_file *find(const struct tree_file *files, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].path, path) == 0)
            return &files[i];
    return NULL;
}

static int write_entry(const char *root, struct flow_repo *repo, const struct flow_snapshot *snapshot,
                       const struct flow_entry *entry, const struct tree_file *file, struct flow_error *err)
{
    struct flow_buf text;
    if (entry->kind == FLOW_ENTRY_SUBMODULE)
        return 0;
    if (file)
        return write_file(root, entry->path, file->text, file->len, entry->executable, err);
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_snapshot_read(repo, snapshot, entry, &text, err);
    if (result == 0)
        result = flow_buf_check(&text, entry->path, err);
    if (result == 0)
        result = entry->kind == FLOW_ENTRY_LINK
                     ? replace(root, entry->path, text.data, err)
                     : write_file(root, entry->path, text.data, text.len, entry->executable, err);
    flow_buf_release(&text);
    return result;
}

int tree_sync(const char *root, struct flow_repo *repo, const struct flow_snapshot *snapshot,
              const struct flow_snapshot *was, const struct tree_file *files, size_t count,
              struct flow_error *err)
{
    int result = flow_dir_make(root, err);
    for (size_t i = 0; was && i < was->count && result == 0; i++)
        if (!flow_snapshot_find(snapshot, was->entries[i].path))
            result = replace(root, was->entries[i].path, NULL, err);
    for (size_t i = 0; i < snapshot->count && result == 0; i++) {
        const struct flow_entry *entry = &snapshot->entries[i];
        result = write_entry(root, repo, snapshot, entry, find(files, count, entry->path), err);
    }
    return result;
}
