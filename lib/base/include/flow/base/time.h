/* SPDX-License-Identifier: MIT */
/*
 * Clocks. Durations come from the monotonic clock, dates from the wall clock; both can be read from anywhere.
 */
#ifndef FLOW_BASE_TIME_H
#define FLOW_BASE_TIME_H

#include <stdint.h>

#include "flow/base/buf.h"

/* Seconds on a clock that never goes back. */
double flow_time_mono(void);
/* Milliseconds since 1970 (UTC). */
int64_t flow_time_wall_ms(void);
/* Appends 2026-11-22T10:15:00Z. */
void flow_time_iso(struct flow_buf *out, int64_t wall_ms);
/* Appends a duration for people, rounded to the smallest part shown: 8s, 3m20s, 2h05m, 3d4h. */
void flow_time_human(struct flow_buf *out, double seconds);

#endif
