/* SPDX-License-Identifier: MIT */
/*
 * What flow-analyze prints: tables, the graph, and the census.
 */
#ifndef FLOW_ANALYZE_REPORT_H
#define FLOW_ANALYZE_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/base/error.h"
#include "flow/job/analyze.h"

enum report {
    REPORT_UNITS,
    REPORT_SYMBOLS,
    REPORT_FIELDS,
    REPORT_IMPORTS,
    REPORT_DEPS,
    REPORT_CONDITIONS,
    REPORT_SKIPPED,
    REPORT_DOT
};

int report_print(const struct flow_analysis *analysis, const struct flow_languages *languages,
                 enum report report, bool json, FILE *to, struct flow_error *err);

/* How many files, units, tiers, cycles; what was left out and why. */
int report_census(const struct flow_analysis *analysis, const char *title, FILE *to, struct flow_error *err);

#endif
