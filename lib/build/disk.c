// SPDX-License-Identifier: MIT
#include "disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/vec.h"
#include "processes.h"

// So much may come and go on a file system without a walk.
#define SLACK ((uint64_t)1 << 20)

// What stands in the open folder is counted and, where it is a folder, put on the stack. Whatever vanishes
// meanwhile is not there.
static int add_folder(int fd, dev_t device, uint64_t *bytes, struct flow_strv *stack, const char *path,
                      struct flow_error *err)
{
    struct stat st;
    int result = 0;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return 0;
    }
    for (const struct dirent *entry; result == 0 && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_dev != device)
            continue;
        // A file with several names is counted with its share at each.
        uint64_t names = S_ISDIR(st.st_mode) || st.st_nlink == 0 ? 1 : (uint64_t)st.st_nlink;
        *bytes += (uint64_t)st.st_blocks * 512 / names;
        if (!S_ISDIR(st.st_mode))
            continue;
        struct flow_buf below;
        flow_buf_init(&below, FLOW_BUF_LINE);
        flow_buf_printf(&below, "%s/%s", path, entry->d_name);
        if (!below.failed)
            result = flow_strv_add(stack, below.data, err);
        else if (!below.full)
            result = flow_error_nomem(err);
        flow_buf_release(&below);
    }
    closedir(dir);
    return result;
}

static int measure(const char *path, dev_t device, uint64_t *bytes, struct flow_error *err)
{
    struct flow_strv stack;
    flow_strv_init(&stack);
    int result = flow_strv_add(&stack, path, err);
    // The folder itself may be named by a link; links below it are not followed.
    for (int follow = 0; result == 0 && stack.count > 0; follow = O_NOFOLLOW) {
        char *folder = stack.items[--stack.count];
        int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
        if (fd >= 0)
            result = add_folder(fd, device, bytes, &stack, folder, err);
        free(folder);
    }
    flow_strv_release(&stack);
    return result;
}

static uint64_t free_space(const char *path)
{
    struct statvfs st;
    return statvfs(path, &st) == 0 ? (uint64_t)st.f_bfree * st.f_frsize : 0;
}

int flow_disk_init(struct flow_disk *disk, const char *const *folders, uint64_t allowed,
                   struct flow_error *err)
{
    *disk = (struct flow_disk){.allowed = allowed, .left = allowed};
    for (; folders && *folders; folders++) {
        struct stat st;
        struct flow_disk_folder folder = {.path = *folders, .free = free_space(*folders)};
        if (stat(*folders, &st) != 0)
            return flow_error_errno(err, errno, "cannot look at '%s'", *folders);
        folder.device = st.st_dev;
        if (measure(folder.path, folder.device, &folder.before, err) ||
            flow_grow(&disk->folders, &disk->cap, disk->count + 1, sizeof *disk->folders, err))
            return -1;
        disk->folders[disk->count++] = folder;
    }
    return 0;
}

void flow_disk_release(struct flow_disk *disk)
{
    free(disk->folders);
    *disk = (struct flow_disk){.count = 0};
}

static bool is_suspect(const struct flow_disk *disk)
{
    for (size_t i = 0; i < disk->count; i++) {
        uint64_t now = free_space(disk->folders[i].path);
        if (now + disk->left + SLACK < disk->folders[i].free)
            return true;
    }
    return false;
}

// Files without a name are counted once for each file system.
static bool is_first_of_device(const struct flow_disk *disk, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (disk->folders[i].device == disk->folders[index].device)
            return false;
    }
    return true;
}

int flow_disk_over(struct flow_disk *disk, pid_t top, struct flow_error *err)
{
    uint64_t before = 0;
    uint64_t now = 0;
    if (!is_suspect(disk))
        return 0;
    for (size_t i = 0; i < disk->count; i++) {
        struct flow_disk_folder *folder = &disk->folders[i];
        uint64_t nameless = 0;
        folder->free = free_space(folder->path);
        before += folder->before;
        if (measure(folder->path, folder->device, &now, err))
            return -1;
        if (is_first_of_device(disk, i) && flow_processes_deleted(&nameless, top, folder->device, err))
            return -1;
        now += nameless;
    }
    uint64_t grown = now > before ? now - before : 0;
    disk->left = grown < disk->allowed ? disk->allowed - grown : 0;
    return grown > disk->allowed;
}
