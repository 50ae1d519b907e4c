/* SPDX-License-Identifier: MIT */
/*
 * What flow-port shows to people and asks of them: the plan, the pilot, the progress, the census.
 */
#ifndef FLOW_PORT_SHOW_H
#define FLOW_PORT_SHOW_H

#include <stdio.h>

#include "flow/job/port.h"
#include "flow/ui/progress.h"

/* Appends the plan as text. */
void show_plan(const struct flow_port_plan *plan, struct flow_buf *out);
/* Asks, unless it was agreed to before or beforehand (yes). 0, or -1 with FLOW_E_REFUSED. */
int agree_to_plan(const struct flow_port_plan *plan, bool yes, struct flow_error *err);
void show_pilot(const struct flow_port_pilot *pilot, struct flow_buf *out);
/* Asks where somebody can answer; else goes on within what was agreed to, or ends with FLOW_E_BUDGET. */
int agree_to_pilot(const struct flow_port_pilot *pilot, bool yes, struct flow_error *err);
/* Prints the plan's units as records. */
int show_units(const struct flow_port_plan *plan, FILE *to, bool json, struct flow_error *err);
void show_progress(const struct flow_port_progress *progress, const char *name, struct flow_progress *line);
int show_census(const struct flow_job_census *census, const char *name, FILE *to, struct flow_error *err);

#endif
