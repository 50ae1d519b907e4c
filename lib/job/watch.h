/* SPDX-License-Identifier: MIT */
/*
 * A thread that heeds what other terminals ask of a run as a whole (orders.h), and tells them how it stands.
 * The run's own threads wait for replies and commands most of the time, so that one of its own looks at the
 * controls, several times a second. All is heeded between calls: what is out is not cut off.
 *
 * Users: fix.c, lifetimes_ask.c, optimize.c, review_job.c. A port looks at its controls itself
 * (port_control.c), since it carries out on its own thread what is asked of single units.
 */
#ifndef FLOW_JOB_PRIVATE_WATCH_H
#define FLOW_JOB_PRIVATE_WATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow/agent/agent.h"
#include "flow/base/error.h"
#include "flow/model/model.h"
#include "flow/store/ledger.h"
#include "holder.h"

struct watch;

/* What it works with; all of it outlives the watch, but the struct itself. */
struct watch_options {
    struct flow_ledger *ledger;
    int64_t run;
    const char *name; /* of the run, as people are told to name it */
    bool part;        /* of another run, whose controls these are: it takes nothing away as it begins */
    unsigned jobs;    /* how many agents work at once … */
    bool told;        /* … and a person has said so now, which is what holds */
    struct flow_places *places; /* of the agents; NULL: there are none, and no number of them is heeded */
    atomic_bool *drain;         /* becomes true when somebody asks the run to stop */
    const atomic_int *stop;     /* not 0: a signal has; may be NULL */
    struct flow_run_lock *lock; /* where others are told; NULL: whoever heeds `changed` tells them */
    struct flow_models *models; /* whose load they are told; may be NULL */
    /* For people. Called from the watch's thread, and before watch_new returns. May be NULL. */
    void (*note)(void *payload, const char *text);
    /* Pause, number of jobs, or whether it is to stop is another one. May be NULL. */
    void (*changed)(void *payload);
    void *payload;
};

/* Begins: what was asked of an earlier process is over, but a pause holds, for the first call already. *out
 * is set before a hook is called; NULL again where it fails. */
int watch_new(struct watch **out, const struct watch_options *options, struct flow_error *err);
/* Ends it. NULL is allowed. */
void watch_free(struct watch *watch);

/* FLOW_E_INTERRUPTED, and who it was, where another terminal asked to stop; 0. */
int watch_stopped(struct watch *watch, struct flow_error *err);
/* Fills phase and jobs. */
void watch_fill(struct watch *watch, struct holder *out);

/* Threads for a loop of agents who wait for their turn: more than jobs, so that more work at once as soon as
 * somebody asks for it. */
unsigned watch_threads(struct watch *watch);
/* Waits for a turn: no more than `jobs` have one, nobody gets one in a pause, and everybody does once the run
 * is to stop. Ended by watch_turn_end in any case. */
void watch_turn_begin(struct watch *watch);
void watch_turn_end(struct watch *watch);
/* Waits while there is a pause and the run is not to stop. */
void watch_wait(struct watch *watch);

#endif
