/* SPDX-License-Identifier: MIT */
/*
 * A build tree: the files of a commit, outside of the repository, beside what builds leave there.
 *
 * A build is somebody else's program and could have put anything in place of files and folders, also links
 * that lead out of the tree. Each file is therefore reached folder by folder without following any link, what
 * is in the way is taken away, and what a build wrote over is written again. A file that is as it should be
 * is left alone, so that an incremental build sees no change.
 */
#ifndef FLOW_JOB_PRIVATE_TREE_FILES_H
#define FLOW_JOB_PRIVATE_TREE_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/repo/repo.h"

/* A file that is to differ from the commit's. */
struct tree_file {
    const char *path; /* of a file that the commit has */
    const char *text;
    size_t len;
};

struct tree {
    const char *root; /* absolute */
    struct flow_repo *repo;
    const struct flow_snapshot *snapshot;
    const struct flow_snapshot *was; /* what it was written from last; may be NULL */
    const struct tree_file *files;   /* each stands in the place of its own */
    size_t count;
    /* Told of each file that was not as it is to be; may be NULL. */
    int (*undone)(void *payload, const char *path, struct flow_error *err);
    void *payload;
};

/* The files below root are those of the snapshot afterwards, but for `files`. What `was` had and the snapshot
 * has not goes. */
int tree_sync(const struct tree *tree, struct flow_error *err);

#endif
