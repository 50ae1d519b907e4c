// SPDX-License-Identifier: MIT
/*
 * What other terminals ask of the run while it goes on (flow-status), and what it tells them. Whoever asks
 * waits for replies, so that a thread of its own looks at the controls.
 */
#include <stdio.h>
#include <time.h>

#include "flow/base/thread.h"
#include "holder.h"
#include "lifetimes_ask.h"
#include "orders.h"

#define TICK_NS 200000000L

static bool is_stopped(const struct ask *ask)
{
    const atomic_int *asked = ask->options->stop;
    return atomic_load(&ask->drain) || (asked && atomic_load(asked) != 0);
}

static void heed_stop(struct ask *ask, const struct flow_control *stop)
{
    if (!stop)
        return;
    pthread_mutex_lock(&ask->mutex);
    if (ask->failure.code == FLOW_OK)
        orders_set_stop(stop->value, &ask->failure);
    pthread_mutex_unlock(&ask->mutex);
    atomic_store(&ask->drain, true);
}

static void tell(const struct ask *ask)
{
    struct flow_models_load load = {0};
    struct flow_buf line;
    flow_models_load(ask->models, &load);
    struct holder holder = {.phase = is_stopped(ask) ? HOLDER_DRAINING
                                     : ask->paused   ? HOLDER_PAUSED
                                                     : HOLDER_RUNNING,
                            .jobs = ask->jobs,
                            .out = load.in_flight,
                            .queued = load.waiting,
                            .stopped_until_ms = load.stopped_until_ms,
                            .left = -1};
    snprintf(holder.reason, sizeof holder.reason, "%s", load.reason);
    flow_buf_init(&line, FLOW_BUF_LINE);
    holder_print(&holder, &line);
    flow_run_lock_note(ask->lock, line.data);
    flow_buf_release(&line);
}

// What cannot be read now is read with the next tick; what the run itself needs of the ledger fails there.
static void tick(struct ask *ask)
{
    struct orders orders;
    if (orders_read(&orders, ask->ledger, ask->env.run, NULL) == 0) {
        unsigned jobs = orders_jobs(&orders);
        heed_stop(ask, orders_find(&orders, FLOW_CONTROL_STOP));
        ask->paused = orders_find(&orders, FLOW_CONTROL_PAUSE) != NULL;
        ask->jobs = jobs > 0 ? jobs : ask->jobs;
    }
    orders_release(&orders);
    // Also wakes those that wait for a place and are not to begin anything any more.
    flow_places_set(ask->places, ask->jobs, ask->paused);
    tell(ask);
}

static void *watch(void *payload)
{
    struct ask *ask = payload;
    pthread_mutex_lock(&ask->mutex);
    while (!ask->ending) {
        struct timespec until;
        pthread_mutex_unlock(&ask->mutex);
        tick(ask);
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_NS;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_mutex_lock(&ask->mutex);
        if (!ask->ending)
            pthread_cond_timedwait(&ask->over, &ask->mutex, &until);
    }
    pthread_mutex_unlock(&ask->mutex);
    return NULL;
}

int ask_control_begin(struct ask *ask, struct flow_error *err)
{
    struct orders orders;
    // Who says how many agents there are to be says it last.
    int result = orders_read(&orders, ask->ledger, ask->env.run, err);
    if (result == 0)
        result = orders_begin(&orders, ask->ledger, ask->env.run, ask->options->jobs > 0, err);
    orders_release(&orders);
    if (result)
        return -1;
    // The pause of an earlier process holds for the first call already.
    tick(ask);
    if (flow_thread_start(&ask->watcher, FLOW_THREAD_AGENT_STACK, watch, ask, err))
        return -1;
    ask->watched = true;
    return 0;
}

void ask_control_end(struct ask *ask)
{
    if (!ask->watched)
        return;
    pthread_mutex_lock(&ask->mutex);
    ask->ending = true;
    pthread_cond_signal(&ask->over);
    pthread_mutex_unlock(&ask->mutex);
    pthread_join(ask->watcher, NULL);
    ask->watched = false;
}

unsigned ask_threads(const struct ask *ask)
{
    return ask->options->jobs > ASK_THREADS ? ask->options->jobs : ASK_THREADS;
}
