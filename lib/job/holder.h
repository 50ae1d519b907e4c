/* SPDX-License-Identifier: MIT */
/*
 * What the process that works on a run tells others about itself: one line in the run's lock, written by the
 * run (port_control.c, fix.c) and read by whoever asks (status.c).
 */
#ifndef FLOW_JOB_PRIVATE_HOLDER_H
#define FLOW_JOB_PRIVATE_HOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/store/ledger.h"

enum holder_phase {
    HOLDER_OPENING, /* looks at the repository, or asks whether to begin */
    HOLDER_RUNNING,
    HOLDER_PAUSED,
    HOLDER_DRAINING, /* finishes what is out and ends */
};

struct holder {
    enum holder_phase phase;
    unsigned jobs;
    unsigned at_work, waiting; /* units */
    unsigned out, queued;      /* calls: sent, and waiting for their bucket */
    int64_t stopped_until_ms;  /* of the bucket that is stopped longest; 0: none is */
    double left;               /* seconds; below 0 while it cannot be told */
    char reason[120];          /* why a bucket is stopped */
};

void holder_print(const struct holder *holder, struct flow_buf *out);
/* false where text is not such a line: the holder has not said anything yet. */
bool holder_parse(struct holder *out, const char *text);

/* Leaves the event "wait": calls of a model wait, for a reason. One that cannot be written is left out. */
void holder_note_wait(struct flow_ledger *ledger, int64_t run, const char *model, const char *reason,
                      double seconds);

#endif
