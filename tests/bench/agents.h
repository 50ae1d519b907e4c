/* SPDX-License-Identifier: MIT */
/* What bench_agents and floor_agents have in common: the same prompts, the same report. */
#ifndef FLOW_BENCH_AGENTS_H
#define FLOW_BENCH_AGENTS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Bytes of a prompt: those that all have in common, and the rest. */
#define AGENTS_SHARED ((size_t)80 << 10)
#define AGENTS_OWN    ((size_t)20 << 10)

/* Text like source; NULL: out of memory. */
static inline char *agents_text(size_t len)
{
    char *text = malloc(len + 1);
    size_t at = 0;
    for (size_t line = 0; text && at < len; line++)
        at += (size_t)snprintf(text + at, len + 1 - at, "    const value_%zu = call(%zu, self.items[%zu]);\n",
                               line, line * 7919, line);
    return text;
}

/* Makes a text unlike all others. */
static inline void agents_stamp(char *text, size_t number)
{
    char stamp[24];
    int len = snprintf(stamp, sizeof stamp, "// unit %zu", number);
    memcpy(text, stamp, (size_t)len);
}

/* Wall seconds, microseconds of processor a call, calls a second, and the most memory in MB. */
static inline void agents_report(size_t calls, double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("%.2f %.1f %.0f %ld\n", seconds, cpu * 1e6 / (double)calls, (double)calls / seconds,
           usage.ru_maxrss / 1024);
}

#endif
