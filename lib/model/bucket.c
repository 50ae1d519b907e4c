// SPDX-License-Identifier: MIT
#include "bucket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "flow/base/time.h"
#include "flow/base/vec.h"

/* How often a waiter looks whether it has been cancelled. */
#define LOOK_NS           200000000L
/* What a throttle takes away, at most once for all calls that left before it. */
#define SHRINK            0.6
/* Waits where the server names none, doubled for each throttle in a row: seconds, and their caps. */
#define THROTTLE_WAIT     1.0
#define THROTTLE_WAIT_MAX 60.0
#define OVERLOAD_WAIT     5.0
#define OVERLOAD_WAIT_MAX 120.0
#define OUTAGE_WAIT       1.0
#define OUTAGE_WAIT_MAX   180.0

enum lead_state { LEAD_OUT, LEAD_WARM };

struct flow_lead {
    uint64_t hash;
    enum lead_state state;
    double since; /* when it went out, or was last used */
};

struct flow_waiter {
    struct flow_place *place;
    bool granted;
    pthread_cond_t turn;
    struct flow_waiter *prev, *next;
};

double flow_jitter(void)
{
    uint32_t bits = 0;

    // Without entropy all wait equally long, which is allowed.
    if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits)
        bits = 0;
    return (double)bits / (double)UINT32_MAX;
}

int flow_bucket_init(struct flow_bucket *bucket, struct flow_error *err)
{
    int rc;

    *bucket = (struct flow_bucket){.places = FLOW_PLACES_FIRST};
    rc = pthread_mutex_init(&bucket->lock, NULL);
    return rc == 0 ? 0 : flow_error_errno(err, rc, "cannot make a lock");
}

void flow_bucket_release(struct flow_bucket *bucket)
{
    pthread_mutex_destroy(&bucket->lock);
    free(bucket->leads);
}

static struct flow_lead *find_lead(struct flow_bucket *bucket, uint64_t hash)
{
    for (size_t i = 0; i < bucket->lead_count; i++)
        if (bucket->leads[i].hash == hash)
            return &bucket->leads[i];
    return NULL;
}

static bool lead_expired(const struct flow_lead *lead, double now)
{
    return now - lead->since > (lead->state == LEAD_OUT ? FLOW_LEAD_MAX : FLOW_PREFIX_LIFE);
}

// Whether somebody else is ahead with one of the prefixes.
static bool must_follow(struct flow_bucket *bucket, const struct flow_prefixes *prefixes, double now)
{
    for (size_t i = 0; i < prefixes->count; i++) {
        const struct flow_lead *lead = find_lead(bucket, prefixes->hash[i]);
        if (lead != NULL && lead->state == LEAD_OUT && !lead_expired(lead, now))
            return true;
    }
    return false;
}

static void drop_expired(struct flow_bucket *bucket, double now)
{
    size_t kept = 0;

    for (size_t i = 0; i < bucket->lead_count; i++)
        if (!lead_expired(&bucket->leads[i], now))
            bucket->leads[kept++] = bucket->leads[i];
    bucket->lead_count = kept;
}

// Takes the lead of what nobody has written yet. Without memory the call goes without leading.
static void go_ahead(struct flow_place *place, double now)
{
    struct flow_bucket *bucket = place->bucket;

    drop_expired(bucket, now);
    for (size_t i = 0; i < place->prefixes.count; i++) {
        struct flow_lead *lead = find_lead(bucket, place->prefixes.hash[i]);
        if (lead != NULL) {
            lead->since = now;
            continue;
        }
        if (flow_grow(&bucket->leads, &bucket->lead_cap, bucket->lead_count + 1, sizeof *bucket->leads,
                      NULL) != 0)
            return;
        bucket->leads[bucket->lead_count++] =
            (struct flow_lead){.hash = place->prefixes.hash[i], .state = LEAD_OUT, .since = now};
        place->led = true;
    }
}

static void join_queue(struct flow_bucket *bucket, struct flow_waiter *waiter)
{
    waiter->prev = bucket->last;
    if (bucket->last != NULL)
        bucket->last->next = waiter;
    else
        bucket->first = waiter;
    bucket->last = waiter;
    bucket->waiting++;
}

// Whoever becomes the first of the queue is woken, since it keeps the clock for all.
static void leave_queue(struct flow_bucket *bucket, struct flow_waiter *waiter)
{
    if (waiter->next != NULL)
        waiter->next->prev = waiter->prev;
    else
        bucket->last = waiter->prev;
    if (waiter->prev != NULL) {
        waiter->prev->next = waiter->next;
    } else {
        bucket->first = waiter->next;
        if (bucket->first != NULL)
            pthread_cond_signal(&bucket->first->turn);
    }
    bucket->waiting--;
}

static unsigned places_now(const struct flow_bucket *bucket)
{
    return bucket->out_since > 0 ? 1 : (unsigned)bucket->places;
}

// Gives places to those who may go, first come first served. Nobody else is woken: there may be hundreds.
static void grant(struct flow_bucket *bucket)
{
    double now = flow_time_mono();
    struct flow_waiter *next;

    if (now < bucket->stopped_until)
        return;
    for (struct flow_waiter *w = bucket->first; w != NULL && bucket->in_flight < places_now(bucket);
         w = next) {
        next = w->next;
        if (must_follow(bucket, &w->place->prefixes, now))
            continue;
        leave_queue(bucket, w);
        bucket->in_flight++;
        w->place->taken = now;
        go_ahead(w->place, now);
        w->granted = true;
        pthread_cond_signal(&w->turn);
    }
}

static void wait_a_little(struct flow_bucket *bucket, struct flow_waiter *waiter)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += LOOK_NS;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_cond_timedwait(&waiter->turn, &bucket->lock, &until);
}

// Returns with the lock held, and with a place or not.
static void wait_for_turn(struct flow_bucket *bucket, struct flow_waiter *waiter, const atomic_bool *cancel)
{
    grant(bucket);
    while (!waiter->granted) {
        if (cancel != NULL && atomic_load(cancel)) {
            leave_queue(bucket, waiter);
            return;
        }
        if (bucket->first != waiter) {
            pthread_cond_wait(&waiter->turn, &bucket->lock);
            continue;
        }
        wait_a_little(bucket, waiter);
        if (!waiter->granted)
            grant(bucket);
    }
}

int flow_bucket_take(struct flow_bucket *bucket, const struct flow_prefixes *prefixes,
                     const atomic_bool *cancel, struct flow_place *out, struct flow_error *err)
{
    struct flow_waiter waiter = {.place = out};
    pthread_condattr_t attr;
    int rc;

    *out = (struct flow_place){.bucket = bucket, .prefixes = *prefixes};
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    rc = pthread_cond_init(&waiter.turn, &attr);
    pthread_condattr_destroy(&attr);
    if (rc != 0)
        return flow_error_errno(err, rc, "cannot make a condition variable");
    pthread_mutex_lock(&bucket->lock);
    join_queue(bucket, &waiter);
    wait_for_turn(bucket, &waiter, cancel);
    pthread_mutex_unlock(&bucket->lock);
    pthread_cond_destroy(&waiter.turn);
    return waiter.granted ? 0 : flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted");
}

void flow_place_begun(struct flow_place *place)
{
    struct flow_bucket *bucket = place->bucket;

    pthread_mutex_lock(&bucket->lock);
    for (size_t i = 0; i < place->prefixes.count; i++) {
        struct flow_lead *lead = find_lead(bucket, place->prefixes.hash[i]);
        if (lead != NULL) {
            lead->state = LEAD_WARM;
            lead->since = flow_time_mono();
        }
    }
    place->led = false;
    grant(bucket);
    pthread_mutex_unlock(&bucket->lock);
}

// What it was ahead with was not written: the next one leads.
static void give_leads(struct flow_place *place)
{
    struct flow_bucket *bucket = place->bucket;
    size_t kept = 0;

    for (size_t i = 0; i < bucket->lead_count; i++) {
        bool mine = false;
        for (size_t k = 0; k < place->prefixes.count; k++)
            mine = mine || bucket->leads[i].hash == place->prefixes.hash[k];
        if (!mine || bucket->leads[i].state == LEAD_WARM)
            bucket->leads[kept++] = bucket->leads[i];
    }
    bucket->lead_count = kept;
}

/* How long to wait for what, where the server names no time, and what people are told. */
static const struct pause {
    double first, most;
    const char *name;
} pauses[] = {
    [FLOW_FAULT_THROTTLE] = {THROTTLE_WAIT, THROTTLE_WAIT_MAX, "throttled"},
    [FLOW_FAULT_OVERLOAD] = {OVERLOAD_WAIT, OVERLOAD_WAIT_MAX, "overloaded"},
    [FLOW_FAULT_OUTAGE] = {OUTAGE_WAIT, OUTAGE_WAIT_MAX, "no connection, tried again by itself"},
};

static void stop(struct flow_bucket *bucket, const struct flow_fault *fault, double now)
{
    const struct pause *pause = &pauses[fault->kind];
    double wait = fault->wait;

    if (wait < 0) {
        wait = pause->first * (double)(1u << (bucket->row < 8 ? bucket->row : 8));
        wait = (wait > pause->most ? pause->most : wait) * (1 - flow_jitter() / 4);
    }
    bucket->row++;
    if (now + wait > bucket->stopped_until)
        bucket->stopped_until = now + wait;
    snprintf(bucket->reason, sizeof bucket->reason, "%s: %s", pause->name, fault->message.data);
}

// Those that left before it was noticed say nothing new.
static void note_outage(struct flow_bucket *bucket, const struct flow_fault *fault, double taken, double now)
{
    if (bucket->out_since > 0 && taken < bucket->out_seen)
        return;
    if (!(bucket->out_since > 0)) {
        bucket->out_since = now;
        bucket->row = 0;
    }
    bucket->out_seen = now;
    stop(bucket, fault, now);
}

double flow_bucket_outage(struct flow_bucket *bucket)
{
    double seconds;

    pthread_mutex_lock(&bucket->lock);
    seconds = bucket->out_since > 0 ? flow_time_mono() - bucket->out_since : 0;
    pthread_mutex_unlock(&bucket->lock);
    return seconds;
}

// At most once for all calls that left before the last time; by what was really out, not by what might be.
static void shrink(struct flow_bucket *bucket, double taken, double now)
{
    double out = bucket->in_flight + 1;

    if (taken < bucket->shrunk)
        return;
    bucket->places = (out < bucket->places ? out : bucket->places) * SHRINK;
    if (bucket->places < 1)
        bucket->places = 1;
    bucket->shrunk = now;
    bucket->throttled_once = true;
}

static void grow(struct flow_bucket *bucket)
{
    bucket->row = 0;
    bucket->places += bucket->throttled_once ? 1 / bucket->places : 1;
    if (bucket->places > FLOW_PLACES_MAX)
        bucket->places = FLOW_PLACES_MAX;
}

bool flow_place_give(struct flow_place *place, const struct flow_fault *fault, struct flow_hold *hold)
{
    struct flow_bucket *bucket = place->bucket;
    double now = flow_time_mono();
    bool stopped, begins;

    pthread_mutex_lock(&bucket->lock);
    stopped = now < bucket->stopped_until;
    bucket->in_flight--;
    if (place->led)
        give_leads(place);
    if (fault->kind == FLOW_FAULT_OUTAGE)
        note_outage(bucket, fault, place->taken, now);
    else if (place->taken >= bucket->out_seen && fault->kind != FLOW_FAULT_CANCELLED)
        bucket->out_since = 0;
    if (fault->kind == FLOW_FAULT_THROTTLE || fault->kind == FLOW_FAULT_OVERLOAD) {
        shrink(bucket, place->taken, now);
        stop(bucket, fault, now);
    } else if (fault->kind == FLOW_FAULT_NONE) {
        grow(bucket);
    }
    begins = !stopped && now < bucket->stopped_until;
    if (begins) {
        hold->seconds = bucket->stopped_until - now;
        memcpy(hold->reason, bucket->reason, sizeof hold->reason);
    }
    grant(bucket);
    pthread_mutex_unlock(&bucket->lock);
    return begins;
}

void flow_bucket_load(struct flow_bucket *bucket, struct flow_models_load *out)
{
    double left;

    pthread_mutex_lock(&bucket->lock);
    out->in_flight += bucket->in_flight;
    out->waiting += bucket->waiting;
    out->places += (unsigned)bucket->places;
    left = bucket->stopped_until - flow_time_mono();
    if (left > 0) {
        int64_t until = flow_time_wall_ms() + (int64_t)(left * 1000);
        if (until > out->stopped_until_ms) {
            out->stopped_until_ms = until;
            memcpy(out->reason, bucket->reason, sizeof out->reason);
        }
    }
    pthread_mutex_unlock(&bucket->lock);
}
