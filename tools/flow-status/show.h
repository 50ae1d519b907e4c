/* SPDX-License-Identifier: MIT */
/*
 * Runs as people and programs read them.
 */
#ifndef FLOW_STATUS_SHOW_H
#define FLOW_STATUS_SHOW_H

#include <stdio.h>

#include "flow/job/status.h"

/* All that is known of one run, for people. */
int show_details(const struct flow_status *status, FILE *to, struct flow_error *err);
/* One row a run. */
int show_table(const struct flow_status_list *list, FILE *to, struct flow_error *err);
/* One JSON object a run, each on a line. */
int show_json(const struct flow_status_list *list, FILE *to, struct flow_error *err);
/* One line about a run, without its end. */
void show_line(const struct flow_status *status, struct flow_buf *out);

#endif
