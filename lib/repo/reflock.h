/* SPDX-License-Identifier: MIT */
/*
 * The .lock file of a branch, and when it may be taken away: a process that is killed while it moves a branch
 * leaves it behind, and nobody would ever move the branch again.
 */
#ifndef FLOW_REPO_REFLOCK_H
#define FLOW_REPO_REFLOCK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "handle.h"

/* Looks at the lock of branch; false where there is none. */
bool flow_reflock_see(const struct flow_repo *repo, const char *branch, struct stat *out);

/*
 * Removes the lock where it is the one that was seen (long enough ago that no living process still writes it)
 * and holds nothing, or a commit of flow's. What it holds otherwise belongs to another program, which may be
 * waiting for a hook.
 */
bool flow_reflock_remove(const struct flow_repo *repo, git_repository *handle, const char *branch,
                         const struct stat *seen);

#endif
