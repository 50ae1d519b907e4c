/* SPDX-License-Identifier: MIT */
/*
 * A command of a project, run by /bin/sh in a build tree, in the sandbox.
 */
#ifndef FLOW_JOB_PRIVATE_TREE_RUN_H
#define FLOW_JOB_PRIVATE_TREE_RUN_H

#include <stdatomic.h>
#include <stdbool.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/build/sandbox.h"

struct tree_command {
    const char *text;
    const char *tree;                   /* which it may write */
    const char *dir;                    /* in the tree, where it starts */
    const struct flow_strv *read, *env; /* of the toolchain: flow_build_toolchain */
    bool unconfined;
    const atomic_bool *cancel; /* may be NULL */
};

/* Runs it to its end; what it says is appended to out and talk. A limit that ended it is no failure of this:
 * see result->limit. */
int tree_run(const struct tree_command *command, struct flow_buf *out, struct flow_buf *talk,
             struct flow_sandbox_result *result, struct flow_error *err);

#endif
