/* SPDX-License-Identifier: MIT */
/*
 * How the runs of a repository stand, for whoever asks from outside: from the ledger's sums, which are read
 * without a lock and however many calls there were, and from what the process that works on a run tells in
 * its lock.
 */
#ifndef FLOW_JOB_STATUS_H
#define FLOW_JOB_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/repo/repo.h"
#include "flow/store/ledger.h"

/* The rate is that of the last minutes. */
#define FLOW_STATUS_RATE_SECONDS 300

enum flow_status_phase {
    FLOW_STATUS_NEW,       /* agreed to, but never begun */
    FLOW_STATUS_OPENING,   /* a process looks at the repository, or asks whether to begin */
    FLOW_STATUS_RUNNING,   /* a process works on it */
    FLOW_STATUS_THROTTLED, /* … and waits for a provider */
    FLOW_STATUS_PAUSED,    /* … and was told to wait; or nobody works on it, and the next one will */
    FLOW_STATUS_DRAINING,  /* … and finishes what is out before it ends */
    FLOW_STATUS_DONE,      /* ended by itself, with or without holes */
    FLOW_STATUS_STOPPED,   /* ended for a reason: a signal, its budget, a failure */
    FLOW_STATUS_CRASHED,   /* its process is gone and has not said why */
};
/* "running", …; one word. */
const char *flow_status_word(enum flow_status_phase phase);

struct flow_status {
    const char *job, *name;
    enum flow_status_phase phase;
    const char *why; /* of throttled, paused, stopped; "" else */
    bool live;       /* some process holds its lock */
    struct flow_run_holder holder;
    int64_t ended_ms; /* wall; 0 while it goes on, or where nobody knows */
    int exit_status;  /* of the process that ended; -1 likewise */

    /* Units: all, and how they stand. What is not settled is at work, stale or pending. */
    int64_t units, accepted, unreviewed, failed, held, skipped, stale, at_work, pending;

    struct flow_spending spending;
    double calls_per_minute;
    int64_t nano_per_hour;
    double left; /* seconds; below 0 where it cannot be told */

    /* Of the process that works on it. */
    unsigned jobs, queued;      /* agents; calls that wait for a provider */
    int64_t throttled_until_ms; /* wall; 0: not */

    /* What was asked for and is not done yet: "hold src/a.c". */
    const char **asked;
    size_t asked_count;
};

struct flow_status_list {
    struct flow_arena arena;
    struct flow_status *items;
    size_t count, cap;
};

/* The runs called `name`, or job/name; NULL: all. Where nothing was ever run the list is empty.
 * FLOW_E_NOT_FOUND where there is no run of that name. The caller releases the list in any case. */
int flow_status_read(struct flow_status_list *out, struct flow_repo *repo, const char *name,
                     struct flow_error *err);
void flow_status_release(struct flow_status_list *list);

#endif
