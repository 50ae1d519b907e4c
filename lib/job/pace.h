/* SPDX-License-Identifier: MIT */
/*
 * How fast units come to their end, from the last ones: the first of a run say little about those at its end,
 * which wait for each other and leave most agents idle. Seconds of the monotonic clock.
 */
#ifndef FLOW_JOB_PRIVATE_PACE_H
#define FLOW_JOB_PRIVATE_PACE_H

#include <stddef.h>

#define PACE_UNITS 32

struct pace {
    double begun;
    double ends[PACE_UNITS]; /* of the last units, as a ring */
    size_t count;            /* of all that ended */
};

/* One unit has ended. */
void pace_add(struct pace *pace, double now);
/* How long so many more will take; below 0 while that cannot be told. */
double pace_left(const struct pace *pace, double now, size_t units);

#endif
