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
#include "flow/build/rules.h"
#include "flow/build/sandbox.h"
#include "flow/config/config.h"

struct tree_command {
    const char *text;
    const char *tree;                       /* which it may write */
    const char *dir;                        /* in the tree, where it starts */
    const struct flow_strv *read, *env;     /* of the toolchain: flow_build_toolchain */
    const struct flow_build_rules *fetches; /* it has a network, and may fill the caches of this toolchain,
                                               which take the place of `read`; or NULL */
    struct flow_limits limits;
    bool unconfined;
    const atomic_bool *cancel; /* may be NULL */
};

/* Runs it to its end; what it says is appended to out and talk, which may be one. A limit that ended it is no
 * failure of this: see result->limit. */
int tree_run(const struct tree_command *command, struct flow_buf *out, struct flow_buf *talk,
             struct flow_sandbox_result *result, struct flow_error *err);

/* Found out before anything runs: that there is a sandbox, or that the policy lets a person do without
 * (FLOW_E_REFUSED). */
int tree_check_sandbox(bool unconfined, struct flow_error *err);

/* The limits that the settings sandbox.* name, where they do. */
int tree_limits_read(const struct flow_config *config, struct flow_limits *out, struct flow_error *err);

#endif
