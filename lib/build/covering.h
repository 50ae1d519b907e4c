/* SPDX-License-Identifier: MIT */
/*
 * Counts of lines while they are read: what the readers of coverage and of profiles share.
 */
#ifndef FLOW_BUILD_COVERING_H
#define FLOW_BUILD_COVERING_H

#include "flow/base/map.h"
#include "flow/build/coverage.h"
#include "tests.h"

/* A text while it is read. Files are pointed to by number: their array grows. */
struct flow_covering {
    struct flow_coverage *coverage;
    const char *root;
    struct flow_map *files; /* path -> number, and one */
    unsigned long line;     /* of the text, for errors */
};

int flow_covering_init(struct flow_covering *reading, struct flow_coverage *coverage, const char *root,
                       struct flow_error *err);
/* Brings what was read into order, and adds up what was said several times. */
void flow_covering_end(struct flow_covering *reading);

/* The number of a file, which is made where it is new; names are relative to `folder` (NULL: root). */
int flow_covering_file(struct flow_covering *reading, const char *folder, struct flow_piece name, size_t *out,
                       struct flow_error *err);
int flow_covering_line(struct flow_covering *reading, size_t number, uint32_t line, uint64_t times,
                       struct flow_error *err);

/* The sum, or the most that there is. */
uint64_t flow_covering_add(uint64_t a, uint64_t b);

#endif
