/* SPDX-License-Identifier: MIT */
/* What the readers see of the rules. */
#ifndef FLOW_BUILD_RULES_PRIVATE_H
#define FLOW_BUILD_RULES_PRIVATE_H

#include "flow/build/rules.h"
#include "pattern.h"

/* What a line that fits a pattern means, in the order in which they are tried. */
enum flow_line {
    FLOW_LINE_IGNORE, /* looks like a diagnostic and is none */
    FLOW_LINE_ENTER,  /* make goes into the folder %f */
    FLOW_LINE_LEAVE,
    FLOW_LINE_NOTE,    /* belongs to the diagnostic above, whatever its severity */
    FLOW_LINE_PATTERN, /* begins a diagnostic */
    FLOW_LINE_MORE,    /* tells of the diagnostic above what it lacks */
    FLOW_LINE_COUNT
};

struct flow_build_rules {
    struct flow_config *config;
    struct flow_pattern *patterns[FLOW_LINE_COUNT];
    size_t counts[FLOW_LINE_COUNT], caps[FLOW_LINE_COUNT];
};

/* The first pattern that the line fits, by kind: 1, *kind and *match; 0; -1 out of memory. */
int flow_build_rules_match(const struct flow_build_rules *rules, const char *line, size_t len,
                           enum flow_line *kind, struct flow_match *match, struct flow_error *err);

#endif
