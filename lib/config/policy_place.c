// SPDX-License-Identifier: MIT
#include "policy.h"

struct flow_policy_place flow_policy_place(void)
{
    return (struct flow_policy_place){.path = FLOW_POLICY_FILE, .owner = 0};
}
