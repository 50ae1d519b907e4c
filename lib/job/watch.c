// SPDX-License-Identifier: MIT
#include "watch.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "flow/base/thread.h"
#include "orders.h"

#define TICK_NS      200000000L
#define THREADS_MOST 256

struct watch {
    struct watch_options options;
    pthread_t thread;
    pthread_mutex_t mutex; // guards what follows
    pthread_cond_t turn, over;
    unsigned jobs, running; // running: have a turn
    bool paused, ending;
    bool stopped;  // as those who wait have seen it
    bool changed;  // and they have not seen that
    char who[200]; // asked for a stop; "": nobody
};

static bool is_stopped(const struct watch *watch)
{
    const atomic_int *stop = watch->options.stop;
    return atomic_load(watch->options.drain) || (stop && atomic_load(stop) != 0);
}

/*
 * What others ask.
 */

static void note(const struct watch *watch, const char *text)
{
    if (watch->options.note)
        watch->options.note(watch->options.payload, text);
}

static void heed_jobs(struct watch *watch, unsigned jobs)
{
    char text[60];
    if (!watch->options.places || jobs == 0)
        return;
    pthread_mutex_lock(&watch->mutex);
    bool changed = jobs != watch->jobs;
    watch->jobs = jobs;
    watch->changed = watch->changed || changed;
    pthread_mutex_unlock(&watch->mutex);
    snprintf(text, sizeof text, "%u agents work at once from now on", jobs);
    if (changed)
        note(watch, text);
}

static void heed_pause(struct watch *watch, const struct flow_control *pause)
{
    struct flow_buf text;
    pthread_mutex_lock(&watch->mutex);
    bool changed = watch->paused != (pause != NULL);
    watch->paused = pause != NULL;
    watch->changed = watch->changed || changed;
    pthread_mutex_unlock(&watch->mutex);
    if (!changed)
        return;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (pause)
        orders_put_pause(pause, watch->options.name, &text);
    else
        flow_buf_puts(&text, "the run goes on");
    note(watch, text.data);
    flow_buf_release(&text);
}

static void heed_stop(struct watch *watch, const struct flow_control *stop)
{
    if (!stop)
        return;
    pthread_mutex_lock(&watch->mutex);
    snprintf(watch->who, sizeof watch->who, "%s", stop->value);
    pthread_mutex_unlock(&watch->mutex);
    atomic_store(watch->options.drain, true);
}

/*
 * What they, and those who wait, are told.
 */

static void tell(struct watch *watch)
{
    struct holder holder = {.left = -1};
    struct flow_models_load load = {0};
    struct flow_buf line;
    if (!watch->options.lock)
        return;
    if (watch->options.models)
        flow_models_load(watch->options.models, &load);
    watch_fill(watch, &holder);
    holder.out = load.in_flight;
    holder.queued = load.waiting;
    holder.stopped_until_ms = load.stopped_until_ms;
    snprintf(holder.reason, sizeof holder.reason, "%s", load.reason);
    flow_buf_init(&line, FLOW_BUF_LINE);
    holder_print(&holder, &line);
    flow_run_lock_note(watch->options.lock, line.data);
    flow_buf_release(&line);
}

// Whoever waits for something that has changed looks again.
static void wake(struct watch *watch)
{
    const struct watch_options *options = &watch->options;
    bool stopped = is_stopped(watch);
    pthread_mutex_lock(&watch->mutex);
    bool changed = watch->changed || stopped != watch->stopped, paused = watch->paused;
    unsigned jobs = watch->jobs;
    watch->stopped = stopped;
    watch->changed = false;
    if (changed)
        pthread_cond_broadcast(&watch->turn);
    pthread_mutex_unlock(&watch->mutex);
    if (changed && options->places)
        flow_places_set(options->places, jobs, paused);
    if (changed && options->changed)
        options->changed(options->payload);
}

// What cannot be read now is read with the next tick; what the run itself needs of the ledger fails there.
static void tick(struct watch *watch)
{
    struct orders orders;
    if (orders_read(&orders, watch->options.ledger, watch->options.run, NULL) == 0) {
        heed_stop(watch, orders_find(&orders, FLOW_CONTROL_STOP));
        heed_jobs(watch, orders_jobs(&orders));
        heed_pause(watch, orders_find(&orders, FLOW_CONTROL_PAUSE));
    }
    orders_release(&orders);
    wake(watch);
    tell(watch);
}

static void *work(void *payload)
{
    struct watch *watch = payload;
    pthread_mutex_lock(&watch->mutex);
    while (!watch->ending) {
        struct timespec until;
        pthread_mutex_unlock(&watch->mutex);
        tick(watch);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&watch->mutex);
        if (!watch->ending)
            pthread_cond_timedwait(&watch->over, &watch->mutex, &until);
    }
    pthread_mutex_unlock(&watch->mutex);
    return NULL;
}

/*
 * From its begin to its end.
 */

static int begin(struct watch *watch, struct flow_error *err)
{
    const struct watch_options *options = &watch->options;
    struct orders orders;
    int result = orders_read(&orders, options->ledger, options->run, err);
    // Who says how many agents there are to be says it last.
    if (result == 0 && !options->part)
        result = orders_begin(&orders, options->ledger, options->run, options->told, err);
    orders_release(&orders);
    if (result)
        return -1;
    tick(watch);
    return flow_thread_start(&watch->thread, FLOW_THREAD_AGENT_STACK, work, watch, err);
}

static void release(struct watch *watch)
{
    pthread_cond_destroy(&watch->over);
    pthread_cond_destroy(&watch->turn);
    pthread_mutex_destroy(&watch->mutex);
    free(watch);
}

int watch_new(struct watch **out, const struct watch_options *options, struct flow_error *err)
{
    struct watch *watch = *out = calloc(1, sizeof *watch);
    pthread_condattr_t monotonic;
    if (!watch)
        return flow_error_nomem(err);
    watch->options = *options;
    watch->jobs = options->jobs;
    pthread_mutex_init(&watch->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watch->over, &monotonic);
    pthread_cond_init(&watch->turn, NULL);
    pthread_condattr_destroy(&monotonic);
    if (begin(watch, err) == 0)
        return 0;
    *out = NULL;
    release(watch);
    return -1;
}

void watch_free(struct watch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->mutex);
    watch->ending = true;
    pthread_cond_signal(&watch->over);
    pthread_mutex_unlock(&watch->mutex);
    pthread_join(watch->thread, NULL);
    release(watch);
}

/*
 * Asked by the run.
 */

int watch_stopped(struct watch *watch, struct flow_error *err)
{
    pthread_mutex_lock(&watch->mutex);
    bool asked = *watch->who;
    if (asked)
        orders_set_stop(watch->who, err);
    pthread_mutex_unlock(&watch->mutex);
    return asked ? -1 : 0;
}

void watch_fill(struct watch *watch, struct holder *out)
{
    bool stopped = is_stopped(watch);
    pthread_mutex_lock(&watch->mutex);
    out->phase = stopped ? HOLDER_DRAINING : watch->paused ? HOLDER_PAUSED : HOLDER_RUNNING;
    out->jobs = watch->jobs;
    pthread_mutex_unlock(&watch->mutex);
}

unsigned watch_threads(struct watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    unsigned jobs = watch->jobs;
    pthread_mutex_unlock(&watch->mutex);
    return jobs > THREADS_MOST ? jobs : THREADS_MOST;
}

void watch_turn_begin(struct watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    while ((watch->paused || watch->running >= watch->jobs) && !is_stopped(watch))
        pthread_cond_wait(&watch->turn, &watch->mutex);
    watch->running++;
    pthread_mutex_unlock(&watch->mutex);
}

void watch_turn_end(struct watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    watch->running--;
    pthread_cond_broadcast(&watch->turn);
    pthread_mutex_unlock(&watch->mutex);
}

void watch_wait(struct watch *watch)
{
    pthread_mutex_lock(&watch->mutex);
    while (watch->paused && !is_stopped(watch))
        pthread_cond_wait(&watch->turn, &watch->mutex);
    pthread_mutex_unlock(&watch->mutex);
}
