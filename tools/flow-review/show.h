/* SPDX-License-Identifier: MIT */
/*
 * What flow-review prints: the plan, the findings as records or as SARIF, and the census.
 */
#ifndef FLOW_REVIEW_SHOW_H
#define FLOW_REVIEW_SHOW_H

#include <stdio.h>

#include "flow/base/buf.h"
#include "flow/job/review.h"

/* Appends the plan as text. */
void show_plan(const struct flow_review_plan *plan, struct flow_buf *out);
/* On standard output. With json also what was dismissed. */
int show_findings(const struct flow_review_outcome *outcome, bool json, struct flow_error *err);
int show_sarif(const struct flow_review_outcome *outcome, struct flow_error *err);
int show_census(const struct flow_review_outcome *outcome, FILE *to, struct flow_error *err);

#endif
