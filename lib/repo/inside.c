// SPDX-License-Identifier: MIT
#include "inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

// O_NOFOLLOW says ELOOP for a file and ENOTDIR for a folder.
static bool is_absent(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP || errnum == ENAMETOOLONG;
}

int flow_inside_folder(int *out, const char **last, const char *top, const char *path, struct flow_error *err)
{
    int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *at = path;

    if (fd < 0)
        return flow_error_errno(err, errno, "cannot open '%s'", top);
    for (const char *slash = strchr(at, '/'); slash != NULL; slash = strchr(at, '/')) {
        char name[NAME_MAX + 1];
        size_t len = (size_t)(slash - at);
        int next = -1, errnum = ENAMETOOLONG;
        if (len <= NAME_MAX) {
            memcpy(name, at, len);
            name[len] = '\0';
            next = openat(fd, name, FOLDER_FLAGS);
            errnum = errno;
        }
        close(fd);
        if (next < 0)
            return is_absent(errnum) ? 0 : flow_error_errno(err, errnum, "cannot open '%s%s'", top, path);
        fd = next;
        at = slash + 1;
    }
    *out = fd;
    *last = at;
    return 1;
}

int flow_inside_open(int *out, const char *top, const char *path, struct flow_error *err)
{
    const char *last = NULL;
    struct stat st;
    int folder = -1;

    int rc = flow_inside_folder(&folder, &last, top, path, err);
    if (rc != 1)
        return rc;
    // Without O_NONBLOCK, opening a FIFO would wait for its writer.
    int fd = openat(folder, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int errnum = errno;
    close(folder);
    if (fd < 0)
        return is_absent(errnum) ? 0 : flow_error_errno(err, errnum, "cannot open '%s%s'", top, path);
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return 0;
    }
    *out = fd;
    return 1;
}
