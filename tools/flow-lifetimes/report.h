/* SPDX-License-Identifier: MIT */
/*
 * What flow-lifetimes prints.
 */
#ifndef FLOW_LIFETIMES_REPORT_H
#define FLOW_LIFETIMES_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/job/lifetimes.h"
#include "flow/ui/table.h"

/* Aligned on a terminal, else TSV. */
enum flow_table_form report_form(FILE *to);
int report_rows(const struct flow_lifetimes *lifetimes, enum flow_table_form form, FILE *to,
                struct flow_error *err);
/* what: "FILE:STRUCT.FIELD"; FLOW_E_NOT_FOUND where no row goes with it. */
int report_explain(const struct flow_lifetimes *lifetimes, const char *what, bool json, FILE *to,
                   struct flow_error *err);
int report_diff(const struct flow_lifetimes *lifetimes, const struct flow_lifetimes_table *old, bool json,
                FILE *to, struct flow_error *err);
/* Rows by class and confidence, and what shares a row. */
void report_census(const struct flow_lifetimes *lifetimes, FILE *to);
/* Rows by what a traced run said of them. */
void report_traced(const struct flow_lifetimes *lifetimes, const struct flow_lifetimes_traced *traced,
                   FILE *to);

#endif
