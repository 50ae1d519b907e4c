/* SPDX-License-Identifier: MIT */
/* Where the policy of this machine is; fixed when flow is built. */
#ifndef FLOW_CONFIG_PRIVATE_POLICY_H
#define FLOW_CONFIG_PRIVATE_POLICY_H

#include <sys/types.h>

struct flow_policy_place {
    const char *path;
    uid_t owner;
};

/* A file of its own (policy_place.c), so that the tests can build the tools with another one. */
struct flow_policy_place flow_policy_place(void);

#endif
