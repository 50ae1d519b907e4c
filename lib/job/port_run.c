// SPDX-License-Identifier: MIT
/*
 * Which unit is next, and the threads that work on them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow/base/thread.h"
#include "flow/base/time.h"
#include "flow/base/vec.h"
#include "port_private.h"

#define TICK_MS 100

static bool is_open(const struct port_unit *unit)
{
    return unit->phase == PORT_WAITING || unit->phase == PORT_RUNNING;
}

// Imports that are not settled yet.
struct unmet {
    size_t all;      // for the order
    size_t blocking; // outside of the unit's own cycle
    size_t at_work;  // of its cycle, and worked on at this moment
};

//
// A test does not wait for what it tests, which waits for it: what the test takes for granted is then shown
// to whoever translates the rest.
static struct unmet count_unmet(const struct port *port, const struct port_unit *unit)
{
    struct unmet unmet = {0};
    for (size_t i = 0; i < unit->tester_count; i++)
        unmet.all += is_open(&port->units[unit->testers[i]]);
    unmet.blocking = unmet.all;
    for (size_t i = 0; i < unit->import_count; i++) {
        const struct port_unit *import = &port->units[unit->imports[i]];
        // What an import will look like is known from its contract.
        if (!is_open(import) || port_has_contract(port, import) || (unit->test && !import->test))
            continue;
        unmet.all++;
        if (unit->cycle == 0 || import->cycle != unit->cycle)
            unmet.blocking++;
        else if (import->phase == PORT_RUNNING && (unit->patience == 0 || import->turn <= unit->patience))
            unmet.at_work++;
    }
    return unmet;
}

// The unit to begin next, or NULL: of those that are ready the one with the fewest unmet imports, in order of
// work. What is worked on in its cycle is waited for, since it is worth knowing what that will look like; but
// only what was begun by the time when nothing else was in the way: a unit waits for others once, and not for
// all of its cycle, one after the other.
static struct port_unit *choose(struct port *port)
{
    struct port_unit *best = NULL;
    size_t fewest = SIZE_MAX;
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        if (unit->phase != PORT_WAITING)
            continue;
        struct unmet unmet = count_unmet(port, unit);
        if (unmet.blocking == 0 && unmet.at_work > 0 && unit->patience == 0)
            unit->patience = port->turns;
        if (unmet.blocking == 0 && unmet.at_work == 0 && unmet.all < fewest) {
            best = unit;
            fewest = unmet.all;
        }
    }
    return best;
}

void port_stop(struct port *port, const struct flow_error *err)
{
    if (port->stop.code == FLOW_OK)
        port->stop = *err;
    atomic_store(&port->drain, true);
    // Agents that wait for a place, also in a pause, have nothing to wait for any more.
    flow_places_set(port->env.places, port->settings.jobs, port->paused);
    pthread_cond_broadcast(&port->changed);
}

static struct port_unit *next_unit(struct port *port)
{
    struct port_unit *unit = NULL;
    pthread_mutex_lock(&port->mutex);
    for (;;) {
        if (port->stop.code != FLOW_OK || port->settled == port->todo)
            break;
        bool pilot_full = port->pilot > 0 && port->begun >= port->pilot;
        unit = pilot_full || port->paused ? NULL : choose(port);
        if (unit)
            break;
        pthread_cond_wait(&port->changed, &port->mutex);
    }
    if (unit) {
        unit->phase = PORT_RUNNING;
        port->running++;
        port->begun++;
        unit->turn = ++port->turns;
    }
    pthread_mutex_unlock(&port->mutex);
    return unit;
}

// Too many of the last units failed: something is wrong with all of them.
static void brake(struct port *port, const struct port_unit *unit, bool failed)
{
    struct flow_error err = FLOW_ERROR_INIT;
    size_t failures = 0;
    if (!unit->paid || port->settings.brake == 0)
        return;
    port->recent[port->recent_count++ % PORT_RECENT] = failed;
    size_t seen = port->recent_count < PORT_RECENT ? port->recent_count : PORT_RECENT;
    for (size_t i = 0; i < seen; i++)
        failures += port->recent[i];
    if (seen < PORT_RECENT_LEAST || failures * 100 <= seen * port->settings.brake)
        return;
    flow_error_set(&err, FLOW_E_REFUSED,
                   "%zu of the last %zu units failed: look at them (flow-log), mend the guide, and run "
                   "again; port.brake "
                   "sets the limit",
                   failures, seen);
    port_stop(port, &err);
}

static void settle(struct port *port, struct port_unit *unit, int result, const struct flow_error *err)
{
    pthread_mutex_lock(&port->mutex);
    port->running--;
    if (result) {
        // It goes on from here in the next run.
        unit->phase = PORT_IDLE;
        port_stop(port, err);
    } else {
        unit->phase = PORT_SETTLED;
        port->settled++;
        pace_add(&port->pace, flow_time_mono());
        // Only a failure is one: a unit that somebody held or edited is not.
        brake(port, unit, strcmp(unit->state.state, "failed") == 0 || unit->unreviewed);
    }
    pthread_cond_broadcast(&port->changed);
    pthread_mutex_unlock(&port->mutex);
}

static void *work(void *payload)
{
    struct port *port = payload;
    struct port_unit *unit;
    while ((unit = next_unit(port))) {
        struct flow_error err = FLOW_ERROR_INIT;
        int result = port_unit_live(port, unit, &err);
        // Before it is settled: from then on it is no longer its worker's.
        if (result == 0)
            port_result(port, unit);
        settle(port, unit, result, &err);
    }
    pthread_mutex_lock(&port->mutex);
    port->workers--;
    pthread_cond_broadcast(&port->changed);
    pthread_mutex_unlock(&port->mutex);
    return NULL;
}

struct sum {
    int64_t nano, unpriced;
    uint64_t tokens;
};

static int add_cost(const struct flow_cost_row *row, void *payload)
{
    struct sum *sum = payload;
    sum->nano += row->nano_usd;
    sum->unpriced += row->unpriced_calls;
    sum->tokens += row->input + row->cache_read + row->cache_write + row->output;
    return 0;
}

struct tally {
    unsigned generation;
    size_t findings, unproven;
};

static int count_finding(const struct flow_finding_row *finding, void *payload)
{
    struct tally *tally = payload;
    if (finding->round / REVIEW_GENERATION != tally->generation)
        return 0;
    if (strcmp(finding->fate, "unproven") == 0)
        tally->unproven++;
    else
        tally->findings++;
    return 0;
}

static const char *result_state(const struct port_unit *unit)
{
    static const char *const final[] = {"committed", "failed", "held"};
    for (size_t i = 0; i < sizeof final / sizeof *final; i++)
        if (strcmp(unit->state.state, final[i]) == 0)
            return final[i];
    return unit->unreviewed ? "unreviewed" : "pending";
}

void port_result(struct port *port, const struct port_unit *unit)
{
    const struct flow_port_hooks *hooks = &port->options->hooks;
    struct sum sum = {0};
    struct tally tally = {.generation = unit->state.generation};
    // There is one record a unit: of its translation.
    if (!hooks->result || port->contracting)
        return;
    // A record that cannot be filled whole is still a record; the ledger's failure shows where something
    // depends on it.
    flow_ledger_findings(port->ledger, port->run, unit->unit->id, count_finding, &tally, NULL);
    flow_ledger_costs(port->ledger, port->run, unit->unit->id, add_cost, &sum, NULL);
    struct flow_port_result result = {
        .unit = unit->unit->id,
        .state = result_state(unit),
        .target = unit->place->path,
        .rounds = unit->rounds ? unit->rounds : unit->state.round % REVIEW_GENERATION,
        .findings = tally.findings,
        .unproven = tally.unproven,
        .nano_usd = sum.nano,
        .priced = sum.unpriced == 0,
        .tokens = sum.tokens,
        .commit = unit->state.commit.hex,
        .reason = unit->state.reason ? unit->state.reason : "",
    };
    pthread_mutex_lock(&port->hook_mutex);
    hooks->result(hooks->payload, &result);
    pthread_mutex_unlock(&port->hook_mutex);
}

static void report(struct port *port)
{
    const struct flow_port_hooks *hooks = &port->options->hooks;
    struct flow_port_progress progress = {.units = port->count, .contracts = port->contracting};
    flow_models_load(port->models, &progress.load);
    flow_ledger_spending(port->ledger, port->run, &progress.spending, NULL);
    progress.seconds = flow_time_mono() - port->started;
    pthread_mutex_lock(&port->mutex);
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        const char *state = unit->state.state;
        if (unit->phase == PORT_RUNNING)
            progress.running++;
        else if (unit->phase == PORT_WAITING)
            progress.waiting++;
        else if (strcmp(state, "committed") == 0 || unit->contracted)
            progress.accepted++;
        else if (strcmp(state, "held") == 0)
            progress.held++;
        else if (strcmp(state, "failed") == 0)
            progress.failed++;
    }
    progress.left = pace_left(&port->pace, flow_time_mono(), port->todo - port->settled);
    pthread_mutex_unlock(&port->mutex);
    port_control_tell(port, &progress);
    if (!hooks->progress)
        return;
    pthread_mutex_lock(&port->hook_mutex);
    hooks->progress(hooks->payload, &progress);
    pthread_mutex_unlock(&port->hook_mutex);
}

static void look_for_signal(struct port *port)
{
    struct flow_error err = FLOW_ERROR_INIT;
    const atomic_int *asked = port->options->stop;
    if (!asked || atomic_load(asked) == 0 || port->stop.code != FLOW_OK)
        return;
    flow_error_set(&err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue");
    port_stop(port, &err);
}

// Asks here, since it is this thread that signals interrupt; nobody works meanwhile.
static void look_at_pilot(struct port *port)
{
    struct flow_error err = FLOW_ERROR_INIT;
    if (port->pilot == 0 || port->settled < port->pilot || port->stop.code != FLOW_OK)
        return;
    pthread_mutex_unlock(&port->mutex);
    int result = port_pilot_judge(port, &err);
    pthread_mutex_lock(&port->mutex);
    if (result)
        port_stop(port, &err);
    else
        port->pilot = 0;
    pthread_cond_broadcast(&port->changed);
}

static void tick(struct port *port)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TICK_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&port->changed, &port->mutex, &until);
}

// What there is to do: all that was asked for and is neither committed nor held.
static void choose_work(struct port *port)
{
    port->todo = port->settled = port->begun = port->turns = port->recent_count = 0;
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        bool settled = port_is_settled(unit);
        unit->phase = unit->selected && !settled ? PORT_WAITING : PORT_IDLE;
        port->todo += unit->phase == PORT_WAITING;
        if (unit->selected && settled)
            port_result(port, unit);
    }
}

// The threads of the workers: those that have ended are counted too.
struct crew {
    pthread_t *threads;
    size_t count, cap;
};

// As many workers as agents may work at once and units are left: both can grow while the run goes on. Where
// there are to be fewer agents, the workers stay, and share fewer places. Fewer threads than asked for will
// do, but for none at all.
static void hire(struct port *port, struct crew *crew)
{
    struct flow_error err = FLOW_ERROR_INIT;
    size_t left = port->todo - port->settled;
    size_t wanted = port->settings.jobs < left ? port->settings.jobs : left;
    int result = 0;
    while (port->workers < wanted && result == 0 && port->stop.code == FLOW_OK) {
        result = flow_grow(&crew->threads, &crew->cap, crew->count + 1, sizeof *crew->threads, &err);
        if (result == 0)
            result =
                flow_thread_start(&crew->threads[crew->count], FLOW_THREAD_AGENT_STACK, work, port, &err);
        if (result == 0) {
            crew->count++;
            port->workers++;
        }
    }
    if (result && port->workers == 0)
        port_stop(port, &err);
}

static void oversee(struct port *port, struct crew *crew)
{
    struct flow_error err = FLOW_ERROR_INIT;
    look_for_signal(port);
    look_at_pilot(port);
    tick(port);
    pthread_mutex_unlock(&port->mutex);
    report(port);
    int result = port_control_tick(port, &err);
    pthread_mutex_lock(&port->mutex);
    if (result)
        port_stop(port, &err);
    hire(port, crew);
}

int port_run(struct port *port, struct flow_error *err)
{
    struct crew crew = {0};
    port->started = port->pace.begun = flow_time_mono();
    choose_work(port);
    if ((!port->contracting && port_pilot_begin(port, err)) || port_control_tick(port, err))
        return -1;
    pthread_mutex_lock(&port->mutex);
    hire(port, &crew);
    while (port->workers > 0)
        oversee(port, &crew);
    pthread_mutex_unlock(&port->mutex);
    for (size_t i = 0; i < crew.count; i++)
        pthread_join(crew.threads[i], NULL);
    free(crew.threads);
    if (port->stop.code == FLOW_OK)
        return 0;
    if (err)
        *err = port->stop;
    return -1;
}
