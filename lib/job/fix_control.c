// SPDX-License-Identifier: MIT
/*
 * What other terminals ask of a run of fixes while it goes on. The run's own thread builds or waits for
 * fixers most of the time, so that one of its own looks at the controls. They are heeded between calls: a
 * build that runs is not kept from ending.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fix_private.h"
#include "flow/base/thread.h"
#include "orders.h"

#define TICK_NS      200000000L

/* Threads that may wait for their turn, so that more agents can work at once as soon as somebody asks for
 * it. */
#define THREADS_MOST 256

struct fix_control {
    pthread_t thread;
    bool started;
    atomic_bool drain;
    char who[200]; // asked for that; written before it is set
    // With the mutex of the run, which guards what follows, too.
    pthread_cond_t turn, over;
    unsigned running; // fixers whose turn it is
    bool paused, ending;
    bool told; // who waits has seen that it stops
};

static bool is_stopped(const struct fix *fix)
{
    const atomic_int *asked = fix->options->stop;
    return atomic_load(&fix->control->drain) || (asked && atomic_load(asked) != 0);
}

static void heed_jobs(struct fix *fix, unsigned agents)
{
    pthread_mutex_lock(&fix->mutex);
    bool changed = agents > 0 && agents != fix->jobs;
    if (changed)
        fix->jobs = agents;
    pthread_mutex_unlock(&fix->mutex);
    if (changed)
        fix_note(fix, "%u agents work at once from now on", agents);
}

static void heed_pause(struct fix *fix, const struct flow_control *pause)
{
    struct flow_buf text;
    pthread_mutex_lock(&fix->mutex);
    bool changed = fix->control->paused != (pause != NULL);
    fix->control->paused = pause != NULL;
    pthread_mutex_unlock(&fix->mutex);
    if (!changed)
        return;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (pause)
        orders_put_pause(pause, fix->options->name, &text);
    else
        flow_buf_puts(&text, "the run goes on");
    fix_note(fix, "%s", text.data);
    flow_buf_release(&text);
}

static void heed_stop(struct fix *fix, const struct flow_control *stop)
{
    if (!stop || atomic_load(&fix->control->drain))
        return;
    snprintf(fix->control->who, sizeof fix->control->who, "%s", stop->value);
    atomic_store(&fix->control->drain, true);
}

// Whoever waits for something that has changed looks again.
static void wake(struct fix *fix, unsigned jobs, bool paused)
{
    struct fix_control *control = fix->control;
    bool stopped = is_stopped(fix);
    pthread_mutex_lock(&fix->mutex);
    bool changed = jobs != fix->jobs || paused != control->paused || (stopped && !control->told);
    control->told = stopped;
    jobs = fix->jobs;
    paused = control->paused;
    if (changed)
        pthread_cond_broadcast(&control->turn);
    pthread_mutex_unlock(&fix->mutex);
    if (!changed)
        return;
    flow_places_set(fix->agent.places, jobs, paused);
    fix_doing(fix, NULL);
}

// What cannot be read now is read with the next tick; what the run itself needs of the ledger fails there.
static void tick(struct fix *fix)
{
    struct orders orders;
    pthread_mutex_lock(&fix->mutex);
    unsigned jobs = fix->jobs;
    bool paused = fix->control->paused;
    pthread_mutex_unlock(&fix->mutex);
    if (orders_read(&orders, fix->ledger, fix->account, NULL) == 0) {
        heed_stop(fix, orders_find(&orders, FLOW_CONTROL_STOP));
        heed_jobs(fix, orders_jobs(&orders));
        heed_pause(fix, orders_find(&orders, FLOW_CONTROL_PAUSE));
    }
    orders_release(&orders);
    wake(fix, jobs, paused);
}

static void *watch(void *payload)
{
    struct fix *fix = payload;
    struct fix_control *control = fix->control;
    pthread_mutex_lock(&fix->mutex);
    while (!control->ending) {
        struct timespec until;
        pthread_mutex_unlock(&fix->mutex);
        tick(fix);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&fix->mutex);
        if (!control->ending)
            pthread_cond_timedwait(&control->over, &fix->mutex, &until);
    }
    pthread_mutex_unlock(&fix->mutex);
    return NULL;
}

int fix_control_begin(struct fix *fix, struct flow_error *err)
{
    struct fix_control *control = fix->control = calloc(1, sizeof *control);
    struct orders orders;
    pthread_condattr_t monotonic;
    if (!control)
        return flow_error_nomem(err);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&control->over, &monotonic);
    pthread_cond_init(&control->turn, NULL);
    pthread_condattr_destroy(&monotonic);
    fix->agent.drain = &control->drain;
    int result = orders_read(&orders, fix->ledger, fix->account, err);
    // Who says how many agents there are to be says it last; rounds that are part of a port begin nothing.
    if (result == 0 && fix->account == fix->run)
        result = orders_begin(&orders, fix->ledger, fix->run, fix->options->jobs > 0, err);
    orders_release(&orders);
    // The pause of an earlier process holds for the first call already.
    if (result == 0)
        tick(fix);
    if (result == 0)
        result = flow_thread_start(&control->thread, FLOW_THREAD_AGENT_STACK, watch, fix, err);
    control->started = result == 0;
    return result;
}

void fix_control_end(struct fix *fix)
{
    struct fix_control *control = fix->control;
    if (!control)
        return;
    if (control->started) {
        pthread_mutex_lock(&fix->mutex);
        control->ending = true;
        pthread_cond_signal(&control->over);
        pthread_mutex_unlock(&fix->mutex);
        pthread_join(control->thread, NULL);
    }
    pthread_cond_destroy(&control->over);
    pthread_cond_destroy(&control->turn);
    fix->control = NULL;
    fix->agent.drain = NULL;
    free(control);
}

enum holder_phase fix_control_phase(const struct fix *fix)
{
    if (!fix->control)
        return HOLDER_RUNNING;
    return is_stopped(fix) ? HOLDER_DRAINING : fix->control->paused ? HOLDER_PAUSED : HOLDER_RUNNING;
}

int fix_control_stopped(const struct fix *fix, struct flow_error *err)
{
    if (!fix->control || !atomic_load(&fix->control->drain))
        return 0;
    orders_set_stop(fix->control->who, err);
    return -1;
}

unsigned fix_control_threads(struct fix *fix)
{
    pthread_mutex_lock(&fix->mutex);
    unsigned jobs = fix->jobs;
    pthread_mutex_unlock(&fix->mutex);
    return jobs > THREADS_MOST ? jobs : THREADS_MOST;
}

int fix_turn_begin(struct fix *fix, struct flow_error *err)
{
    struct fix_control *control = fix->control;
    pthread_mutex_lock(&fix->mutex);
    while ((control->paused || control->running >= fix->jobs) && !is_stopped(fix))
        pthread_cond_wait(&control->turn, &fix->mutex);
    control->running++;
    pthread_mutex_unlock(&fix->mutex);
    return fix_stopped(fix, err);
}

void fix_turn_end(struct fix *fix)
{
    struct fix_control *control = fix->control;
    pthread_mutex_lock(&fix->mutex);
    control->running--;
    pthread_cond_signal(&control->turn);
    pthread_mutex_unlock(&fix->mutex);
}
