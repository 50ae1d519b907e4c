/* SPDX-License-Identifier: MIT */
/*
 * Where a program spends its time: what each line of a project costs, by what a profiler printed.
 *
 * Two forms are read, and known by themselves: the files of callgrind (callgrind.out.*), of which the first
 * event counts (instructions), and what perf prints with places in the source (perf script -F +srcline
 * --full-source-path), of which the periods of the samples count.
 *
 * A line costs what it takes itself, and what code that is not of the project takes while it was called from
 * there: a copy is made by the allocator, and is to be found where it was asked for. What one line of the
 * project takes while it was called from another counts for the one alone. callgrind does not say into which
 * line code of a library was inlined: that part is in the total only. perf does, where the samples were taken
 * with --call-graph dwarf.
 */
#ifndef FLOW_BUILD_PROFILE_H
#define FLOW_BUILD_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/build/coverage.h"

/* Which files are the project's. */
struct flow_profile_project {
    const char *root; /* the folder that names are relative to, absolute, without '/' at its end */
    bool (*has)(const void *payload, const char *path); /* path: relative to root */
    const void *payload;
};

struct flow_profile {
    struct flow_coverage cost; /* of the project's files; `times` of a line is what it costs */
    uint64_t total;            /* of the whole program, in the same unit */
};

void flow_profile_init(struct flow_profile *profile);
void flow_profile_release(struct flow_profile *profile);

/* Adds what text tells. FLOW_E_INVALID where it is neither, or is cut inside of a line's costs. */
int flow_profile_read(struct flow_profile *profile, const struct flow_profile_project *project,
                      const char *text, size_t len, struct flow_error *err);

#endif
