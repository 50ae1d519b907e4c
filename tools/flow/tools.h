/* SPDX-License-Identifier: MIT */
/*
 * The tools of the suite, in the order in which a migration meets them.
 */
#ifndef FLOW_TOOLS_FLOW_TOOLS_H
#define FLOW_TOOLS_FLOW_TOOLS_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

struct flow_command {
    const char *name;    /* "port", that is flow-port */
    const char *summary; /* as in its man page */
};

/* Ends with a name of NULL. */
extern const struct flow_command flow_commands[];

/* The command whose name is nearest to what somebody typed; NULL where none is near. */
const struct flow_command *flow_command_nearest(const char *typed);

/* The path of a program ("flow-port") that stands beside this one. FLOW_E_NOT_FOUND where there is none. */
int flow_program_path(struct flow_buf *out, const char *program, struct flow_error *err);

#endif
