/* SPDX-License-Identifier: MIT */
/*
 * How much some folders grow on disk. Free space is looked at, which costs nothing; only where it has shrunk
 * by what is still allowed are the folders walked through.
 */
#ifndef FLOW_BUILD_DISK_H
#define FLOW_BUILD_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "flow/base/error.h"

struct flow_disk_folder {
    const char *path;
    dev_t device;
    uint64_t before; /* bytes that it took at the start */
    uint64_t free;   /* free bytes of its file system when it was walked through last */
};

struct flow_disk {
    struct flow_disk_folder *folders;
    size_t count, cap;
    uint64_t allowed; /* by how much they may grow, together */
    uint64_t left;    /* of that, when they were walked through last */
};

/* Takes the measure of the folders (NULL-ended, may be NULL; the strings are borrowed). */
int flow_disk_init(struct flow_disk *disk, const char *const *folders, uint64_t allowed,
                   struct flow_error *err);
void flow_disk_release(struct flow_disk *disk);

/* Whether they have grown by more than is allowed, files counted that the processes from `top` on hold open
 * without a name: 1 or 0, -1 on failure. */
int flow_disk_over(struct flow_disk *disk, pid_t top, struct flow_error *err);

#endif
