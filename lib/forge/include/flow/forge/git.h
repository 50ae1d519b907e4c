/* SPDX-License-Identifier: MIT */
/*
 * Running git itself, for what belongs to the user's git: transports, credentials, hooks, mail.
 */
#ifndef FLOW_FORGE_GIT_H
#define FLOW_FORGE_GIT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

struct flow_git {
    const char *folder;        /* where it runs */
    const char *const *words;  /* without "git"; NULL ends them */
    const char *const *extra;  /* "NAME=value" for its environment; NULL ends them, may be NULL */
    bool network;              /* it talks to a remote, perhaps through ssh */
    const char *input;         /* its standard input; NULL: none */
    const atomic_bool *cancel; /* may be NULL */
    struct flow_buf *out;      /* its standard output; NULL: nowhere */
    struct flow_buf *err;      /* its standard error; NULL: nowhere */
};

/* Runs it to its end, at most ten minutes; `status` gets its exit status. It gets the environment of this
 * process without the keys of models and without what ties git to another repository, and asks nobody
 * anything: neither it nor ssh has a terminal to ask on. -1 where it could not run. */
int flow_git_run(const struct flow_git *git, int *status, struct flow_error *err);

#endif
