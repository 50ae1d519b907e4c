/* SPDX-License-Identifier: MIT */
/*
 * The record as people and programs read it.
 */
#ifndef FLOW_LOG_SHOW_H
#define FLOW_LOG_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/job/log.h"

/* What happened to a unit: a text, or one JSON object for each call, verdict, finding and event. */
int show_unit(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err);

/* Records; NULL unit: of all. */
int show_calls(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err);
int show_events(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err);
int show_findings(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err);

int show_origin(const struct flow_log_origin *origin, bool json, FILE *to, struct flow_error *err);

#endif
