// SPDX-License-Identifier: MIT
/*
 * What other terminals ask of a run while it goes on, and what they are told about it. All of it happens on
 * the run's own thread, which looks at the controls with each tick.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "holder.h"
#include "orders.h"
#include "port_private.h"

#define TELL_SECONDS 1.0

static bool is(const struct port_unit *unit, const char *state)
{
    return strcmp(unit->state.state, state) == 0;
}

/*
 * Single units.
 */

// Takes a unit out of what is to be done. One that runs is put aside by its worker.
static int hold(struct port *port, struct port_unit *unit, const char *who, struct flow_error *err)
{
    char reason[sizeof unit->held_by];
    snprintf(reason, sizeof reason, "held by %s", who);
    pthread_mutex_lock(&port->mutex);
    bool running = unit->phase == PORT_RUNNING, waiting = unit->phase == PORT_WAITING;
    if (running) {
        memcpy(unit->held_by, reason, sizeof reason);
        atomic_store(&unit->hold, true);
        flow_places_set(port->env.places, port->settings.jobs, port->paused);
    } else if (waiting) {
        unit->phase = PORT_IDLE;
        port->todo--;
        pthread_cond_broadcast(&port->changed);
    }
    pthread_mutex_unlock(&port->mutex);
    if (running)
        return 0;
    if (is(unit, "committed")) {
        port_note(port, "'%s' is not held: it is committed already", unit->unit->id);
        return 0;
    }
    if (port_unit_save(port, unit, "held", reason, err))
        return -1;
    unit->unreviewed = unit->mended = false;
    if (waiting)
        port_result(port, unit);
    return 0;
}

// A unit goes on where it was put aside; one that had come to its end, as a failure or as what somebody then
// edited, begins anew: the same questions would have the same answers.
static int reopen(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    struct flow_id accepted;
    int ended = is(unit, "failed") ? 1
                                   : flow_ledger_accepted(port->ledger, port->unit_run, unit->unit->id,
                                                          unit->state.generation, &accepted, err);
    if (ended < 0)
        return -1;
    unit->state.generation += (unsigned)ended;
    unit->unreviewed = unit->mended = unit->paid = false;
    unit->rounds = 0;
    atomic_store(&unit->hold, false);
    return port_unit_save(port, unit, "ready", NULL, err);
}

static int retry(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    pthread_mutex_lock(&port->mutex);
    enum port_phase phase = unit->phase;
    if (phase == PORT_RUNNING)
        atomic_store(&unit->hold, false);
    pthread_mutex_unlock(&port->mutex);
    if (phase == PORT_RUNNING || phase == PORT_WAITING)
        return 0;
    if (is(unit, "committed")) {
        port_note(port, "'%s' is committed: 'flow-port --fresh' translates it anew", unit->unit->id);
        return 0;
    }
    if (reopen(port, unit, err))
        return -1;
    pthread_mutex_lock(&port->mutex);
    unit->phase = PORT_WAITING;
    unit->selected = true;
    if (phase == PORT_SETTLED) {
        port->settled--;
        port->begun -= port->begun > 0; // its place in the pilot is free again
    } else {
        port->todo++;
    }
    pthread_cond_broadcast(&port->changed);
    pthread_mutex_unlock(&port->mutex);
    return 0;
}

static struct port_unit *find_unit(struct port *port, const char *name)
{
    size_t at = flow_analysis_unit(port->analysis, name);
    return at == SIZE_MAX || port->member[at] == SIZE_MAX ? NULL : &port->units[port->member[at]];
}

static int carry_out(struct port *port, const struct flow_control *request, bool opening,
                     struct flow_error *err)
{
    const char *name = request->key + strlen(FLOW_CONTROL_UNIT);
    struct port_unit *unit = find_unit(port, name);
    int result = 0;
    if (!unit)
        port_note(port, "there is no unit '%s' to hold or to try anew", name);
    else if (flow_str_starts(request->value, "hold "))
        result = hold(port, unit, request->value + strlen("hold "), err);
    else if (opening)
        result = is(unit, "failed") || is(unit, "held") || unit->mended ? reopen(port, unit, err) : 0;
    else
        result = retry(port, unit, err);
    return result ? result : flow_ledger_control_done(port->ledger, port->run, request, err);
}

static int carry_out_all(struct port *port, const struct orders *orders, bool opening, struct flow_error *err)
{
    for (size_t i = 0; i < orders->count; i++)
        if (flow_str_starts(orders->items[i].key, FLOW_CONTROL_UNIT) &&
            carry_out(port, &orders->items[i], opening, err))
            return -1;
    return 0;
}

/*
 * The run as a whole.
 */

static void heed_pause(struct port *port, const struct flow_control *pause)
{
    if ((pause != NULL) == port->paused)
        return;
    pthread_mutex_lock(&port->mutex);
    port->paused = pause != NULL;
    flow_places_set(port->env.places, port->settings.jobs, port->paused);
    pthread_cond_broadcast(&port->changed);
    pthread_mutex_unlock(&port->mutex);
    if (pause) {
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_LINE);
        orders_put_pause(pause, port->options->name, &text);
        port_note(port, "%s", text.data);
        flow_buf_release(&text);
    } else {
        port_note(port, "the run goes on");
    }
}

static void heed_jobs(struct port *port, unsigned agents)
{
    if (agents == 0 || agents == port->settings.jobs)
        return;
    pthread_mutex_lock(&port->mutex);
    port->settings.jobs = agents;
    if (port->env.places)
        flow_places_set(port->env.places, port->settings.jobs, port->paused);
    pthread_cond_broadcast(&port->changed);
    pthread_mutex_unlock(&port->mutex);
    port_note(port, "%u agents work at once from now on", agents);
}

static void heed_stop(struct port *port, const struct flow_control *stop)
{
    struct flow_error err = FLOW_ERROR_INIT;
    if (!stop)
        return;
    orders_set_stop(stop->value, &err);
    pthread_mutex_lock(&port->mutex);
    port_stop(port, &err);
    pthread_mutex_unlock(&port->mutex);
}

int port_control_open(struct port *port, struct flow_error *err)
{
    struct orders orders;
    int result = orders_read(&orders, port->ledger, port->run, err);
    // Who says how many agents there are to be says it last.
    if (result == 0)
        result = orders_begin(&orders, port->ledger, port->run, port->options->jobs > 0, err);
    if (result == 0 && !port->options->jobs)
        heed_jobs(port, orders_jobs(&orders));
    if (result == 0)
        result = carry_out_all(port, &orders, true, err);
    orders_release(&orders);
    return result;
}

int port_control_tick(struct port *port, struct flow_error *err)
{
    struct orders orders;
    int result = orders_read(&orders, port->ledger, port->run, err);
    if (result == 0) {
        heed_stop(port, orders_find(&orders, FLOW_CONTROL_STOP));
        heed_jobs(port, orders_jobs(&orders));
        heed_pause(port, orders_find(&orders, FLOW_CONTROL_PAUSE));
        // What is asked of single units is asked of their translations.
        result = port->contracting ? 0 : carry_out_all(port, &orders, false, err);
    }
    orders_release(&orders);
    return result;
}

/*
 * What others are told.
 */

void port_control_tell(struct port *port, const struct flow_port_progress *progress)
{
    struct flow_buf text;
    double now = flow_time_mono();
    if (!port->lock || (progress && port->told.len > 0 && now - port->told_at < TELL_SECONDS))
        return;
    struct holder holder = {.phase = HOLDER_OPENING, .jobs = port->settings.jobs, .left = -1};
    if (progress) {
        pthread_mutex_lock(&port->mutex);
        bool draining = port->stop.code != FLOW_OK;
        pthread_mutex_unlock(&port->mutex);
        holder.phase = draining ? HOLDER_DRAINING : port->paused ? HOLDER_PAUSED : HOLDER_RUNNING;
        holder.at_work = (unsigned)progress->running;
        holder.waiting = (unsigned)progress->waiting;
        holder.out = progress->load.in_flight;
        holder.queued = progress->load.waiting;
        holder.stopped_until_ms = progress->load.stopped_until_ms;
        holder.left = progress->left;
        snprintf(holder.reason, sizeof holder.reason, "%s", progress->load.reason);
    }
    flow_buf_init(&text, FLOW_BUF_LINE);
    holder_print(&holder, &text);
    if (strcmp(text.data, port->told.data) != 0) {
        flow_run_lock_note(port->lock, text.data);
        flow_buf_release(&port->told);
        port->told = text;
    } else {
        flow_buf_release(&text);
    }
    port->told_at = now;
}

static int mark(struct port *port, const char *kind, const char *state, const char *text,
                struct flow_error *err)
{
    return flow_ledger_run_set(port->ledger, port->run, "state", state, err) ||
                   flow_ledger_event(port->ledger, port->run, kind, NULL, text, err)
               ? -1
               : 0;
}

int port_control_begin(struct port *port, struct flow_error *err)
{
    char text[100];
    snprintf(text, sizeof text, "%zu", port->count);
    if (flow_ledger_run_set(port->ledger, port->run, "units", text, err))
        return -1;
    snprintf(text, sizeof text, "process %ld", (long)getpid());
    return mark(port, "begin", "begun", text, err);
}

int port_control_end(struct port *port, int result, const struct flow_error *ended, struct flow_error *err)
{
    struct flow_buf state;
    bool holes = port->census->holes > port->options->allow_holes;
    int status = result ? flow_error_status(ended->code) : holes ? FLOW_EXIT_HOLES : 0;
    const char *text = result ? ended->message : holes ? "with holes" : "done";
    flow_buf_init(&state, FLOW_BUF_LINE);
    flow_buf_printf(&state, "ended %lld %d %s", (long long)flow_time_wall_ms(), status, text);
    int marked = flow_buf_check(&state, "state of the run", err);
    if (marked == 0)
        marked = mark(port, "end", state.data, text, err);
    flow_buf_release(&state);
    return marked;
}
