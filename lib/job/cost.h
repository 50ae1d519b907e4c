/* SPDX-License-Identifier: MIT */
/*
 * What the calls of one unit took, as the trailer Flow-Cost says it and flow-pr reads it.
 */
#ifndef FLOW_JOB_PRIVATE_COST_H
#define FLOW_JOB_PRIVATE_COST_H

#include "flow/store/ledger.h"

/* Appends "$0.1234, 3 calls, 4567 tokens"; "unknown in dollars, …" where the price of some is not known. */
int cost_put(struct flow_ledger *ledger, int64_t run, const char *unit, struct flow_buf *out,
             struct flow_error *err);

#endif
