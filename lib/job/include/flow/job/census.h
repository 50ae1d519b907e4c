/* SPDX-License-Identifier: MIT */
/*
 * The census of a run: how many units ended how, what it cost, and what was left out and why. Made from the
 * ledger, so that any later process can make it too.
 */
#ifndef FLOW_JOB_CENSUS_H
#define FLOW_JOB_CENSUS_H

#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/store/ledger.h"

/* Something that was not done. */
struct flow_left_out {
    const char *what; /* unit or file */
    const char *state;
    const char *why;
};

struct flow_job_census {
    struct flow_arena arena;
    size_t units;
    size_t accepted;   /* both verdicts, and committed */
    size_t unreviewed; /* translated, but without two verdicts */
    size_t failed;
    size_t held;
    size_t pending; /* not begun, or stopped on the way */
    size_t skipped; /* files that take no part, for a reason */
    size_t holes;   /* what a complete port would have and this one has not */
    struct flow_spending spending;
    struct flow_left_out *left_out;
    size_t left_out_count, left_out_cap;
};

void flow_job_census_init(struct flow_job_census *census);
void flow_job_census_release(struct flow_job_census *census);

/* Counts a unit by its state in the ledger; why may be NULL. What is not accepted is a hole and is left out.
 */
int flow_job_census_unit(struct flow_job_census *census, const char *unit, const char *state, const char *why,
                         struct flow_error *err);
/* Notes a file that takes no part. hole: somebody misses it. */
int flow_job_census_skip(struct flow_job_census *census, const char *path, const char *why, bool hole,
                         struct flow_error *err);

#endif
