/* SPDX-License-Identifier: MIT */
/*
 * What control groups (version 2) leave of the processors.
 */
#ifndef FLOW_BASE_CGROUP_H
#define FLOW_BASE_CGROUP_H

/* The lesser of cores and the quota ("cpu.max", rounded up) of each group from the one that the file `self`
 * names
 * (/proc/self/cgroup) up to the root, which stands at `root` (/sys/fs/cgroup). What cannot be read sets no
 * limit. */
unsigned flow_cgroup_cores(const char *self, const char *root, unsigned cores);

#endif
