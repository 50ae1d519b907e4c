// SPDX-License-Identifier: MIT
/*
 * The tools with another place for the policy, for the tests alone: linked in front of the library, this
 * takes the place of lib/config/policy_place.c. What is installed has no such way.
 */
#include "policy.h"

#include <stdlib.h>
#include <unistd.h>

struct flow_policy_place flow_policy_place(void)
{
    const char *path = getenv("POLICY_OF_THE_TEST");
    return (struct flow_policy_place){.path = path ? path : "/nonexistent", .owner = geteuid()};
}
