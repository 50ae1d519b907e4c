// SPDX-License-Identifier: MIT
#include "flow/base/time.h"

#include <time.h>

double flow_time_mono(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t flow_time_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void flow_time_iso(struct flow_buf *out, int64_t wall_ms)
{
    // Rounded down, also before 1970.
    int64_t seconds = wall_ms / 1000 - (wall_ms % 1000 < 0 ? 1 : 0);
    time_t clock = (time_t)seconds;
    struct tm tm = {0};
    gmtime_r(&clock, &tm);
    flow_buf_printf(out, "%04ld-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900L, tm.tm_mon + 1, tm.tm_mday,
                    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void flow_time_human(struct flow_buf *out, double seconds)
{
    // A century is more than anybody waits, and the comparison also catches what is not a number.
    long total = seconds > 0 && seconds < 3155760000.0 ? (long)(seconds + 0.5) : 0;
    if (total < 60) {
        flow_buf_printf(out, "%lds", total);
    } else if (total < 3600) {
        flow_buf_printf(out, "%ldm%02lds", total / 60, total % 60);
    } else if ((total + 30) / 60 < 24 * 60) {
        long minutes = (total + 30) / 60;
        flow_buf_printf(out, "%ldh%02ldm", minutes / 60, minutes % 60);
    } else {
        long hours = (total + 1800) / 3600;
        flow_buf_printf(out, "%ldd%ldh", hours / 24, hours % 24);
    }
}
