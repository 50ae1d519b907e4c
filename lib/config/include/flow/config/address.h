/* SPDX-License-Identifier: MIT */
/*
 * Addresses of servers that flow talks to.
 */
#ifndef FLOW_CONFIG_ADDRESS_H
#define FLOW_CONFIG_ADDRESS_H

#include "flow/base/error.h"
#include "flow/config/policy.h"

/* FLOW_E_ENV where url is not an http or https address, or holds a name and password, which would be shown
 * wherever the address is. */
int flow_address_check(const char *url, struct flow_error *err);

/* Whether the policy lets anything be sent there, and through the proxies that the environment names for it:
 * a proxy sees what goes through it. 0; FLOW_E_REFUSED with the line that does not allow it. Hosts are read
 * by libcurl's parser, so that policy and transfer mean the same one. */
int flow_address_allowed(const char *url, const struct flow_policy *policy, struct flow_error *err);

#endif
