// SPDX-License-Identifier: MIT
#include "flow/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/vec.h"

static int make_one(const char *path, struct flow_error *err)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    int failure = errno;
    struct stat st;
    // Also with EROFS or EACCES a folder that is there will do.
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return flow_error_errno(err, failure, "cannot make folder '%s'", path);
}

int flow_dir_make(const char *path, struct flow_error *err)
{
    char *partial = strdup(path);
    if (!partial)
        return flow_error_nomem(err);
    int result = 0;
    for (char *at = partial; *at && result == 0; at++) {
        if (*at != '/' || at == partial || at[-1] == '/')
            continue;
        *at = '\0';
        result = make_one(partial, err);
        *at = '/';
    }
    if (result == 0)
        result = make_one(partial, err);
    free(partial);
    return result;
}

// One folder on the way down. What it was is held against what ".." leads to on the way up.
struct level {
    char *name;
    dev_t dev;
    ino_t ino;
};

// The walk holds one descriptor however deep the tree is, and no path: a hostile tree may pass every limit on
// open files, on the length of a path, and on the stack.
struct remover {
    const char *path;
    int fd; // the folder that is being emptied
    struct level *levels;
    size_t count, cap;
};

static int fail(const struct remover *remover, int errnum, struct flow_error *err)
{
    return flow_error_errno(err, errnum, "cannot remove '%s'", remover->path);
}

// Opens the folder `name` inside at, giving ourselves the right to empty it where it is missing.
static int open_folder(int at, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(at, name, flags);
    if (fd < 0 && errno == EACCES && fchmodat(at, name, 0700, 0) == 0)
        fd = openat(at, name, flags);
    return fd;
}

static int descend(struct remover *remover, const char *name, struct flow_error *err)
{
    if (flow_grow(&remover->levels, &remover->cap, remover->count + 1, sizeof *remover->levels, err))
        return -1;
    struct level level = {.name = strdup(name)};
    if (!level.name)
        return flow_error_nomem(err);
    int fd = open_folder(remover->fd, name);
    struct stat st;
    if (fd < 0 || fstat(remover->fd, &st) != 0) {
        fail(remover, errno, err);
        if (fd >= 0)
            close(fd);
        free(level.name);
        return -1;
    }
    level.dev = st.st_dev;
    level.ino = st.st_ino;
    remover->levels[remover->count++] = level;
    close(remover->fd);
    remover->fd = fd;
    return 0;
}

// Goes back to the parent and removes the folder that was left.
static int ascend(struct remover *remover, struct flow_error *err)
{
    struct level *level = &remover->levels[remover->count - 1];
    struct stat st;
    int fd = openat(remover->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        fail(remover, errno, err);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    close(remover->fd);
    remover->fd = fd;
    if (st.st_dev != level->dev || st.st_ino != level->ino)
        return flow_error_set(err, FLOW_E_CONFLICT, "cannot remove '%s': it is being moved", remover->path);
    if (unlinkat(fd, level->name, AT_REMOVEDIR) != 0)
        return fail(remover, errno, err);
    free(level->name);
    remover->count--;
    return 0;
}

static int unlink_file(int fd, const char *name)
{
    if (unlinkat(fd, name, 0) == 0)
        return 0;
    if (errno == EACCES && fchmod(fd, 0700) == 0)
        return unlinkat(fd, name, 0);
    return -1;
}

// Removes the files of the folder that is open; 1 where it met a folder and went down into it.
static int empty_folder(struct remover *remover, struct flow_error *err)
{
    int copy = fcntl(remover->fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
    if (!dir) {
        fail(remover, errno, err);
        if (copy >= 0)
            close(copy);
        return -1;
    }
    rewinddir(dir);
    int result = 0;
    struct dirent *entry;
    while (result == 0 && (errno = 0, entry = readdir(dir))) {
        const char *name = entry->d_name;
        struct stat st;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (fstatat(remover->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            result = fail(remover, errno, err);
        else if (S_ISDIR(st.st_mode))
            result = descend(remover, name, err) ? -1 : 1;
        else if (unlink_file(remover->fd, name) != 0)
            result = fail(remover, errno, err);
    }
    if (result == 0 && errno != 0)
        result = fail(remover, errno, err);
    closedir(dir);
    return result;
}

int flow_dir_remove(const char *path, struct flow_error *err)
{
    struct remover remover = {.path = path, .fd = -1};
    struct stat st;
    if (lstat(path, &st) != 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : fail(&remover, errno, err);
    if (!S_ISDIR(st.st_mode))
        return unlink(path) == 0 ? 0 : fail(&remover, errno, err);
    remover.fd = open_folder(AT_FDCWD, path);
    if (remover.fd < 0)
        return fail(&remover, errno, err);
    int result = 0;
    for (;;) {
        result = empty_folder(&remover, err);
        if (result < 0 || (result == 0 && remover.count == 0))
            break;
        if (result == 0 && (result = ascend(&remover, err)) != 0)
            break;
    }
    close(remover.fd);
    for (size_t i = 0; i < remover.count; i++)
        free(remover.levels[i].name);
    free(remover.levels);
    if (result == 0 && rmdir(path) != 0)
        return fail(&remover, errno, err);
    return result;
}
