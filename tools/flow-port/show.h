/* SPDX-License-Identifier: MIT */
/*
 * What flow-port shows to people: the plan, the progress, the census.
 */
#ifndef FLOW_PORT_SHOW_H
#define FLOW_PORT_SHOW_H

#include <stdio.h>

#include "flow/job/port.h"
#include "flow/ui/progress.h"

/* Appends the plan as text. */
void show_plan(const struct flow_port_plan *plan, struct flow_buf *out);
/* Prints the plan's units as records. */
int show_units(const struct flow_port_plan *plan, FILE *to, bool json, struct flow_error *err);
void show_progress(const struct flow_port_progress *progress, const char *name, struct flow_progress *line);
int show_census(const struct flow_job_census *census, const char *name, FILE *to, struct flow_error *err);

#endif
