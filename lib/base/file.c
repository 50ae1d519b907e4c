// SPDX-License-Identifier: MIT
#include "flow/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NAME_TRIES 100

// Whether a call that failed with errno is to be made again; waits where the descriptor does not block.
static bool try_again(int fd, short events)
{
    if (errno == EINTR)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return false;
    struct pollfd ready = {.fd = fd, .events = events};
    return poll(&ready, 1, -1) >= 0 || errno == EINTR;
}

int flow_fd_read(int fd, const char *what, struct flow_buf *out, struct flow_error *err)
{
    while (!out->failed) {
        // With no room left it may still be the end, which must not cost a larger buffer.
        char probe[4096];
        size_t spare = out->cap > 0 ? out->cap - out->len - 1 : 0;
        char *at = spare > 0 ? out->data + out->len : probe;
        ssize_t got = read(fd, at, spare > 0 ? spare : sizeof probe);
        if (got == 0)
            return 0;
        if (got < 0 && !try_again(fd, POLLIN))
            return flow_error_errno(err, errno, "cannot read '%s'", what);
        if (got > 0 && spare > 0)
            flow_buf_commit(out, (size_t)got);
        else if (got > 0)
            flow_buf_add(out, probe, (size_t)got);
    }
    return flow_buf_check(out, what, err);
}

int flow_fd_write(int fd, const char *what, const void *data, size_t len, struct flow_error *err)
{
    const char *at = data;
    while (len > 0) {
        ssize_t put = write(fd, at, len);
        if (put < 0) {
            if (!try_again(fd, POLLOUT))
                return flow_error_errno(err, errno, "cannot write '%s'", what);
            continue;
        }
        at += put;
        len -= (size_t)put;
    }
    return 0;
}

int flow_file_read(const char *path, struct flow_buf *out, struct flow_error *err)
{
    if (strcmp(path, "-") == 0)
        return flow_fd_read(STDIN_FILENO, "standard input", out, err);
    // Not blocking, since to open a FIFO would wait for its other end.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return flow_error_errno(err, errno, "cannot open '%s'", path);
    int result = -1;
    struct stat st;
    if (fstat(fd, &st) != 0) {
        flow_error_errno(err, errno, "cannot look at '%s'", path);
        goto done;
    }
    if (!S_ISREG(st.st_mode)) {
        flow_error_set(err, FLOW_E_INVALID, "'%s' is not a regular file", path);
        goto done;
    }
    if (st.st_size > 0 && !flow_buf_reserve(out, (size_t)st.st_size)) {
        result = flow_buf_check(out, path, err);
        goto done;
    }
    result = flow_fd_read(fd, path, out, err);
done:
    close(fd);
    return result;
}

// Opens a new file in the folder of path; its name is left in temp.
static int open_temp(const char *path, struct flow_buf *temp, unsigned mode, struct flow_error *err)
{
    size_t folder = (size_t)(flow_path_base(path) - path);
    for (int i = 0; i < NAME_TRIES; i++) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        flow_buf_clear(temp);
        flow_buf_add(temp, path, folder);
        flow_buf_printf(temp, ".flow-%lx-%lx-%x", (unsigned long)getpid(), (unsigned long)now.tv_nsec, i);
        if (flow_buf_check(temp, path, err))
            return -1;
        int fd = open(temp->data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            break;
    }
    return flow_error_errno(err, errno, "cannot write '%s'", path);
}

// Makes the new name itself durable.
static int sync_folder(const char *path, struct flow_error *err)
{
    size_t len = flow_path_dir_len(path);
    char *folder = len > 0 ? strndup(path, len) : strdup(path[0] == '/' ? "/" : ".");
    if (!folder)
        return flow_error_nomem(err);
    int result = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // Some file systems cannot sync a folder (EINVAL), and a folder may be writable but not readable.
    if (fd >= 0 && fsync(fd) != 0 && errno != EINVAL)
        result = flow_error_errno(err, errno, "cannot sync '%s'", folder);
    if (fd >= 0)
        close(fd);
    free(folder);
    return result;
}

int flow_file_write(const char *path, const void *data, size_t len, unsigned mode, struct flow_error *err)
{
    int result = -1;
    bool made = false;
    struct flow_buf temp;
    flow_buf_init(&temp, FLOW_BUF_LINE);
    int fd = open_temp(path, &temp, mode, err);
    if (fd < 0)
        goto done;
    made = true;
    if (flow_fd_write(fd, path, data, len, err))
        goto done;
    int synced = fsync(fd);
    int closed = close(fd);
    fd = -1;
    if (synced != 0 || closed != 0 || rename(temp.data, path) != 0) {
        flow_error_errno(err, errno, "cannot write '%s'", path);
        goto done;
    }
    made = false;
    result = sync_folder(path, err);
done:
    if (fd >= 0)
        close(fd);
    if (made)
        unlink(temp.data);
    flow_buf_release(&temp);
    return result;
}
