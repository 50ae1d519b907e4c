/* SPDX-License-Identifier: MIT */
/*
 * A control group that holds a command to a number of processes, where the machine lets us make one: for
 * root, whom RLIMIT_NPROC does not hold, before a supervisor that a thousand processes do not let on.
 */
#ifndef FLOW_BUILD_GROUP_H
#define FLOW_BUILD_GROUP_H

#include <stdbool.h>

#include "flow/base/buf.h"

/* Makes a group for so many processes and threads, of either version, below or beside the one that this
 * process is in, and puts its path into out; false where none can be made. `self` names the groups of this
 * process (/proc/self/cgroup), `root` is where they stand (/sys/fs/cgroup). */
bool flow_group_make(struct flow_buf *out, const char *self, const char *root, unsigned processes);

/* Whether it has refused a process. */
bool flow_group_was_full(const char *path);

/* Removes it when nothing is in it any more. */
void flow_group_remove(const char *path);

#endif
