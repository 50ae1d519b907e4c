/* SPDX-License-Identifier: MIT */
/*
 * Figures as people read them: short, and alike in all tools. Records carry the exact numbers.
 */
#ifndef FLOW_UI_FIGURE_H
#define FLOW_UI_FIGURE_H

#include <stdint.h>

#include "flow/base/buf.h"

/* Appends a count in three digits or so: "950", "12k", "1.3M". */
void flow_figure_count(struct flow_buf *out, uint64_t count);

/* Appends nano-dollars (10^-9 USD) as dollars and cents: "$0.79". */
void flow_figure_usd(struct flow_buf *out, int64_t nano);

#endif
