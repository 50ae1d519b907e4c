/* SPDX-License-Identifier: MIT */
/* The parts of the address of a git remote; they point into it. */
#ifndef FLOW_FORGE_REMOTE_H
#define FLOW_FORGE_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"

struct remote {
    const char *scheme; /* NULL where there is none */
    size_t scheme_len;
    const char *host; /* NULL: a path of this machine */
    size_t host_len;
    const char *port; /* ":8080"; only behind a scheme */
    size_t port_len;
    const char *path;
};

void remote_split(const char *address, struct remote *out);
/* Appends the name of the project: the whole path, or its last two components. */
void remote_project(const struct remote *remote, bool whole, struct flow_buf *out);

#endif
