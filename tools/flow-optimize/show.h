/* SPDX-License-Identifier: MIT */
/*
 * What flow-optimize shows to people: the plan and the census.
 */
#ifndef FLOW_OPTIMIZE_SHOW_H
#define FLOW_OPTIMIZE_SHOW_H

#include <stdio.h>

#include "flow/base/buf.h"
#include "flow/job/optimize.h"

/* Appends the plan as text. */
void show_plan(const struct flow_optimize_plan *plan, struct flow_buf *out);
int show_census(const struct flow_optimize_outcome *outcome, FILE *to, struct flow_error *err);

#endif
