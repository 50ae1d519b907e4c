/* SPDX-License-Identifier: MIT */
/*
 * How many calls one model gets at once. A bucket holds the places of one provider and model: their number
 * doubles while nothing is throttled, shrinks at a throttle, and grows slowly afterwards. A throttle stops
 * the whole bucket, for as long as the server asks, else for a time that grows with each throttle in a row.
 * So does an outage: one call at a time then tries whether the server is back, at intervals that grow to
 * minutes.
 *
 * A call that would write a new prefix into the server's cache goes ahead: others that begin with the same
 * prefix wait until its answer begins, or it fails, or FLOW_LEAD_MAX seconds are over.
 */
#ifndef FLOW_MODEL_BUCKET_H
#define FLOW_MODEL_BUCKET_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "fault.h"
#include "flow/base/error.h"
#include "flow/model/model.h"
#include "prefix.h"

#define FLOW_PLACES_FIRST 16
#define FLOW_PLACES_MAX   1024
#define FLOW_LEAD_MAX     60.0
/* How long a prefix counts as cached after its last use: the lifetime of a cache entry. */
#define FLOW_PREFIX_LIFE  300.0

struct flow_lead;   /* a prefix, and whether somebody is ahead with it */
struct flow_waiter; /* a call that waits for its place */

struct flow_bucket {
    pthread_mutex_t lock;
    double places;
    bool throttled_once; /* grow slowly from now on */
    unsigned in_flight, waiting;
    unsigned row;         /* throttles in a row */
    double stopped_until; /* monotonic */
    double shrunk;        /* when places shrank last */
    double out_since;     /* when the outage began; 0: there is none */
    double out_seen;      /* when it was noticed last */
    char reason[120];
    struct flow_waiter *first, *last; /* in the order in which they came */
    struct flow_lead *leads;
    size_t lead_count, lead_cap;
};

int flow_bucket_init(struct flow_bucket *bucket, struct flow_error *err);
void flow_bucket_release(struct flow_bucket *bucket);

/* A place that a call has taken. */
struct flow_place {
    struct flow_bucket *bucket;
    struct flow_prefixes prefixes;
    double taken; /* when */
    bool led;     /* marked a prefix as its own and has not yet given it free */
};

/* Waits for a place. -1 with FLOW_E_INTERRUPTED when *cancel becomes true (cancel may be NULL). */
int flow_bucket_take(struct flow_bucket *bucket, const struct flow_prefixes *prefixes,
                     const atomic_bool *cancel, struct flow_place *out, struct flow_error *err);
/* The answer has begun: what it wrote can be read by others now. */
void flow_place_begun(struct flow_place *place);
/* That a bucket has stopped, which was not stopped before. */
struct flow_hold {
    double seconds;
    char reason[120];
};

/* Gives the place back; a throttle or overload of `fault` shrinks and stops the bucket. true, and *hold,
 * where it was that which stopped it. */
bool flow_place_give(struct flow_place *place, const struct flow_fault *fault, struct flow_hold *hold);

/* For how many seconds there has been an outage; 0: there is none. */
double flow_bucket_outage(struct flow_bucket *bucket);

/* Adds the bucket's figures to out. */
void flow_bucket_load(struct flow_bucket *bucket, struct flow_models_load *out);

/* A random number from 0 to 1, for jitter. */
double flow_jitter(void);

#endif
