/* SPDX-License-Identifier: MIT */
/*
 * The census of a run: how many units ended how, what it cost against what was expected, and what was left
 * out and why. Made from the ledger, so that any later process can make it too.
 */
#ifndef FLOW_JOB_CENSUS_H
#define FLOW_JOB_CENSUS_H

#include <stdbool.h>
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

/* What one role takes: "translate", "review behaviour", "fix", … */
struct flow_job_role {
    const char *name;
    bool expected; /* somebody said what it would take: the range follows */
    int64_t calls_low, calls_high, nano_low, nano_high;
    uint64_t tokens_low, tokens_high;
    /* What it has taken, settled. */
    int64_t calls, nano_usd;
    int64_t unpriced_calls; /* whose price is not known: nano_usd leaves them out */
    int64_t cut_calls;      /* that were cut off, and count at the most that they can have cost */
    uint64_t input, cache_read, cache_write, output;
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
    struct flow_job_role *roles;
    size_t role_count, role_cap;
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

/* Keeps in the ledger what a run is expected to take from now on, in the ranges of `roles`, on top of what
 * each role has taken so far. */
int flow_job_expect(struct flow_ledger *ledger, int64_t run, const struct flow_job_role *roles, size_t count,
                    struct flow_error *err);
/* Fills spending and roles: what each has taken, and what was expected last. */
int flow_job_census_costs(struct flow_job_census *census, struct flow_ledger *ledger, int64_t run,
                          struct flow_error *err);

#endif
