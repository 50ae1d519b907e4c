/* SPDX-License-Identifier: MIT */
/*
 * What flow-fix shows to people: the plan, the progress, the census.
 */
#ifndef FLOW_FIX_SHOW_H
#define FLOW_FIX_SHOW_H

#include <stdio.h>

#include "flow/job/fix.h"
#include "flow/ui/progress.h"

/* Appends the plan as text. */
void show_plan(const struct flow_fix_plan *plan, struct flow_buf *out);
void show_progress(const struct flow_fix_progress *progress, const char *name, struct flow_progress *line);
int show_census(const struct flow_fix_outcome *outcome, const char *name, FILE *to, struct flow_error *err);

#endif
