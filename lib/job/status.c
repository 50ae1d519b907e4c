// SPDX-License-Identifier: MIT
#include "flow/job/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/store/control.h"
#include "flow/store/query.h"
#include "holder.h"

const char *flow_status_word(enum flow_status_phase phase)
{
    static const char *const words[] = {
        [FLOW_STATUS_NEW] = "new",         [FLOW_STATUS_OPENING] = "opening",
        [FLOW_STATUS_RUNNING] = "running", [FLOW_STATUS_THROTTLED] = "throttled",
        [FLOW_STATUS_PAUSED] = "paused",   [FLOW_STATUS_DRAINING] = "draining",
        [FLOW_STATUS_DONE] = "done",       [FLOW_STATUS_STOPPED] = "stopped",
        [FLOW_STATUS_CRASHED] = "crashed",
    };
    return words[phase];
}

// One run being read.
struct reading {
    struct flow_status_list *list;
    struct flow_ledger *ledger;
    const char *dir; // of the state
    int64_t run;
    struct flow_status *status;
    const char *paused_by; // NULL: not paused
    size_t asked_cap;
    struct flow_error *err;
    int result;
};

static const char *keep(struct reading *reading, const char *text)
{
    const char *copy = flow_arena_str(&reading->list->arena, text);
    if (!copy)
        reading->result = flow_error_nomem(reading->err);
    return copy ? copy : "";
}

struct wanted {
    const char *name;
    const char *dir; // of the state
    struct flow_status_list *list;
    int64_t *ids;
    size_t id_cap;
    struct flow_error *err;
    int result;
};

// Whether there is more of a run than a plan that nobody agreed to: work, or a process that asks about it.
static int is_run(struct wanted *wanted, const struct flow_run_row *run)
{
    struct flow_run_holder holder;
    struct flow_buf name;
    if (run->begun)
        return 1;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "%s.%s", run->job, run->name);
    int held = flow_buf_check(&name, "name of the run", wanted->err);
    if (held == 0)
        held = flow_run_holder(&holder, wanted->dir, name.data, wanted->err);
    flow_buf_release(&name);
    return held;
}

static int keep_run(const struct flow_run_row *run, void *payload)
{
    struct wanted *wanted = payload;
    struct flow_status_list *list = wanted->list;
    // Single questions (flow-agent) are in the ledger too, and are no run; contracts are a port's, and its
    // run tells of them.
    if (strcmp(run->job, "agent") == 0 || strcmp(run->job, "contract") == 0 ||
        (wanted->name && !flow_run_is_called(run, wanted->name)))
        return 0;
    int there = is_run(wanted, run);
    if (there <= 0) {
        wanted->result = there;
        return there;
    }
    if (flow_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, wanted->err) ||
        flow_grow(&wanted->ids, &wanted->id_cap, list->count + 1, sizeof *wanted->ids, wanted->err)) {
        wanted->result = -1;
        return 1;
    }
    struct flow_status status = {.job = flow_arena_str(&list->arena, run->job),
                                 .name = flow_arena_str(&list->arena, run->name),
                                 .why = "",
                                 .exit_status = -1,
                                 .left = -1};
    if (!status.job || !status.name) {
        wanted->result = flow_error_nomem(wanted->err);
        return 1;
    }
    wanted->ids[list->count] = run->id;
    list->items[list->count++] = status;
    return 0;
}

static int count_state(const char *state, int64_t count, void *payload)
{
    struct flow_status *status = payload;
    struct {
        const char *name;
        int64_t *to;
    } const places[] = {
        {"committed", &status->accepted}, {"unreviewed", &status->unreviewed}, {"failed", &status->failed},
        {"held", &status->held},          {"skipped", &status->skipped},       {"stale", &status->stale},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(state, places[i].name) == 0)
            *places[i].to += count;
    // For now all that the ledger knows; fewer than there are while some were never begun.
    status->units += count;
    return 0;
}

static void add_asked(struct reading *reading, const char *text)
{
    struct flow_status *status = reading->status;
    if (flow_grow(&status->asked, &reading->asked_cap, status->asked_count + 1, sizeof *status->asked,
                  reading->err))
        reading->result = -1;
    else
        status->asked[status->asked_count++] = keep(reading, text);
}

static int note_control(const struct flow_control *control, void *payload)
{
    struct reading *reading = payload;
    if (strcmp(control->key, FLOW_CONTROL_PAUSE) == 0) {
        reading->paused_by = keep(reading, control->value);
    } else if (flow_str_starts(control->key, FLOW_CONTROL_UNIT)) {
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_LINE);
        flow_buf_printf(&text, "%.*s %s", (int)strcspn(control->value, " "), control->value,
                        control->key + strlen(FLOW_CONTROL_UNIT));
        if (flow_buf_check(&text, "what was asked for", reading->err))
            reading->result = -1;
        else
            add_asked(reading, text.data);
        flow_buf_release(&text);
    }
    return reading->result != 0;
}

static int read_holder(struct reading *reading)
{
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "%s.%s", reading->status->job, reading->status->name);
    int held = flow_buf_check(&name, "name of the run", reading->err);
    if (held == 0)
        held = flow_run_holder(&reading->status->holder, reading->dir, name.data, reading->err);
    flow_buf_release(&name);
    reading->status->live = held == 1;
    return held < 0 ? -1 : 0;
}

// Of a run that somebody works on: what its process says of itself.
static void tell_live(struct reading *reading)
{
    static const enum flow_status_phase phases[] = {[HOLDER_OPENING] = FLOW_STATUS_OPENING,
                                                    [HOLDER_RUNNING] = FLOW_STATUS_RUNNING,
                                                    [HOLDER_PAUSED] = FLOW_STATUS_PAUSED,
                                                    [HOLDER_DRAINING] = FLOW_STATUS_DRAINING};
    struct flow_status *status = reading->status;
    struct holder holder;
    status->phase = FLOW_STATUS_OPENING;
    if (!holder_parse(&holder, status->holder.note))
        return;
    status->phase = phases[holder.phase];
    status->jobs = holder.jobs;
    status->at_work = holder.at_work;
    status->queued = holder.queued;
    status->left = holder.phase == HOLDER_RUNNING ? holder.left : -1;
    status->throttled_until_ms = holder.stopped_until_ms;
    if (holder.phase == HOLDER_PAUSED && reading->paused_by)
        status->why = reading->paused_by;
    if (holder.phase == HOLDER_RUNNING && holder.stopped_until_ms > 0) {
        status->phase = FLOW_STATUS_THROTTLED;
        status->why = keep(reading, holder.reason);
    }
}

// Of a run that nobody works on: how its last process ended.
static int tell_ended(struct reading *reading)
{
    struct flow_status *status = reading->status;
    struct flow_buf state;
    int text = 0;
    flow_buf_init(&state, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(reading->ledger, reading->run, "state", &state, reading->err);
    status->phase = known == 1 ? FLOW_STATUS_CRASHED : FLOW_STATUS_NEW;
    if (known == 1 &&
        sscanf(state.data, "ended %" SCNd64 " %d %n", &status->ended_ms, &status->exit_status, &text) == 2) {
        bool done = status->exit_status == 0 || status->exit_status == FLOW_EXIT_HOLES;
        status->phase = done ? FLOW_STATUS_DONE : FLOW_STATUS_STOPPED;
        status->why = status->exit_status == 0 ? "" : keep(reading, state.data + text);
    }
    if (reading->paused_by && status->phase != FLOW_STATUS_DONE) {
        status->phase = FLOW_STATUS_PAUSED;
        status->why = reading->paused_by;
    }
    flow_buf_release(&state);
    return known < 0 ? -1 : 0;
}

static int read_units(struct reading *reading)
{
    struct flow_status *status = reading->status;
    struct flow_buf text;
    long all = 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = flow_ledger_census(reading->ledger, reading->run, count_state, status, reading->err);
    if (result == 0)
        result = flow_ledger_run_get(reading->ledger, reading->run, "units", &text, reading->err);
    if (result == 1 && flow_parse_long(text.data, "units", 0, INT32_MAX, &all, NULL) == 0 &&
        all > status->units)
        status->units = all;
    flow_buf_release(&text);
    return result < 0 ? -1 : 0;
}

static int read_run(struct reading *reading)
{
    struct flow_status *status = reading->status;
    struct flow_rate rate = {0};
    int64_t since = flow_time_wall_ms() - FLOW_STATUS_RATE_SECONDS * INT64_C(1000);
    struct flow_error *err = reading->err;
    if (flow_ledger_spending(reading->ledger, reading->run, &status->spending, err) ||
        flow_ledger_rate(reading->ledger, reading->run, since, &rate, err) || read_units(reading) ||
        flow_ledger_controls(reading->ledger, reading->run, note_control, reading, err) || reading->result ||
        read_holder(reading))
        return -1;
    status->calls_per_minute = (double)rate.calls * 60.0 / FLOW_STATUS_RATE_SECONDS;
    status->nano_per_hour = rate.nano_usd * 3600 / FLOW_STATUS_RATE_SECONDS;
    if (status->live)
        tell_live(reading);
    else if (tell_ended(reading))
        return -1;
    if (reading->paused_by && status->phase != FLOW_STATUS_PAUSED)
        add_asked(reading, "pause");
    status->pending = status->units - status->accepted - status->unreviewed - status->failed - status->held -
                      status->skipped - status->stale - status->at_work;
    // The two come from different moments.
    if (status->pending < 0)
        status->pending = 0;
    return reading->result;
}

static int read_all(struct flow_status_list *out, struct flow_ledger *ledger, const char *dir,
                    const char *name, struct flow_error *err)
{
    struct wanted wanted = {.name = name, .dir = dir, .list = out, .err = err};
    int result = flow_ledger_runs(ledger, keep_run, &wanted, err);
    if (result == 0)
        result = wanted.result;
    for (size_t i = 0; i < out->count && result == 0; i++) {
        struct reading reading = {.list = out,
                                  .ledger = ledger,
                                  .dir = dir,
                                  .run = wanted.ids[i],
                                  .status = &out->items[i],
                                  .err = err};
        result = read_run(&reading);
    }
    free(wanted.ids);
    if (result == 0 && name && out->count == 0)
        result =
            flow_error_set(err, FLOW_E_NOT_FOUND, "there is no run '%s' here: flow-status lists them", name);
    return result;
}

int flow_status_read(struct flow_status_list *out, struct flow_repo *repo, const char *name,
                     struct flow_error *err)
{
    struct flow_ledger *ledger = NULL;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf dir, path;
    *out = (struct flow_status_list){0};
    flow_arena_init(&out->arena);
    flow_buf_init(&dir, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    int result = flow_repo_state_dir(repo, &dir, err);
    if (result == 0) {
        flow_path_join(&path, dir.data, "ledger.db");
        result = flow_buf_check(&path, "path of the ledger", err);
    }
    if (result == 0 && flow_ledger_look(&ledger, path.data, &own) == 0)
        result = read_all(out, ledger, dir.data, name, err);
    else if (result == 0 && own.code != FLOW_E_NOT_FOUND)
        result = flow_error_set(err, own.code, "%s", own.message);
    else if (result == 0 && name)
        result =
            flow_error_set(err, FLOW_E_NOT_FOUND, "there is no run '%s' here: nothing was run yet", name);
    flow_ledger_free(ledger);
    flow_buf_release(&path);
    flow_buf_release(&dir);
    return result;
}

void flow_status_release(struct flow_status_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].asked);
    free(list->items);
    flow_arena_release(&list->arena);
    *list = (struct flow_status_list){0};
}
