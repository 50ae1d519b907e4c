/* SPDX-License-Identifier: MIT */
/*
 * git's ignore rules, gathered on the way down a work tree. (libgit2's own leave out a "!pattern" that takes
 * back a rule of another file, and read every file again for each path.)
 */
#ifndef FLOW_REPO_IGNORE_H
#define FLOW_REPO_IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include <git2.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"

struct flow_ignore {
    struct flow_arena arena;
    struct flow_ignore_rule *rules; /* a later one wins */
    size_t count, cap;
};

/* Starts with the rules that hold everywhere: core.excludesFile, or git/ignore of the user's configuration,
 * then info/exclude of the repository. */
int flow_ignore_init(struct flow_ignore *ignore, git_repository *handle, struct flow_error *err);
void flow_ignore_release(struct flow_ignore *ignore);

/* Adds the .gitignore of an open folder, whose path ("" or ending in '/') is `prefix`. What it adds is left
 * again by setting count back to what it was. */
int flow_ignore_enter(struct flow_ignore *ignore, int folder, const char *prefix, struct flow_error *err);

/* Whether the rules say so of path itself; what lies in an ignored folder is ignored whatever they say of it.
 */
bool flow_ignore_match(const struct flow_ignore *ignore, const char *path, bool is_folder);

#endif
