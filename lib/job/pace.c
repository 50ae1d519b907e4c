// SPDX-License-Identifier: MIT
#include "pace.h"

void pace_add(struct pace *pace, double now)
{
    pace->ends[pace->count++ % PACE_UNITS] = now;
}

double pace_left(const struct pace *pace, double now, size_t units)
{
    size_t seen = pace->count;
    double since = pace->begun;
    if (seen == 0)
        return -1;
    if (seen > PACE_UNITS) {
        // The end of the oldest one that is known is where the others begin.
        since = pace->ends[seen % PACE_UNITS];
        seen = PACE_UNITS - 1;
    }
    return (now - since) / (double)seen * (double)units;
}
