// SPDX-License-Identifier: MIT
/*
 * The life of one unit: ready, drafted, gated, reviewed, accepted, committed; or failed.
 */
#include <stdlib.h>
#include <string.h>

#include "port_private.h"

static void work_init(struct port_work *work, struct port *port, struct port_unit *unit)
{
    *work = (struct port_work){.port = port, .unit = unit, .env = port->env};
    work->env.hold = &unit->hold;
    work->allowance =
        (struct flow_allowance){.limit = port->settings.unit_budget, .name = "port.unit-budget"};
    work->env.allowance = &work->allowance;
    struct flow_buf *bufs[] = {
        &work->guide,          &work->traps,          &work->place,      &work->imports,    &work->contract,
        &work->fields,         &work->target,         &work->before,     &work->delta,      &work->findings,
        &work->old_sources[0], &work->old_sources[1], &work->old_target, &work->sources[0], &work->sources[1],
        &work->branches,       &work->users,          &work->imported};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        flow_buf_init(bufs[i], FLOW_BUF_FILE);
    for (size_t i = 0; i < PORT_TEMPLATES; i++)
        flow_buf_init(&work->templates[i], FLOW_BUF_TEXT);
    flow_arena_init(&work->arena);
    flow_strv_init(&work->heads);
}

static void work_release(struct port_work *work)
{
    struct flow_buf *bufs[] = {
        &work->guide,          &work->traps,          &work->place,      &work->imports,    &work->contract,
        &work->fields,         &work->target,         &work->before,     &work->delta,      &work->findings,
        &work->old_sources[0], &work->old_sources[1], &work->old_target, &work->sources[0], &work->sources[1],
        &work->branches,       &work->users,          &work->imported};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        flow_buf_release(bufs[i]);
    for (size_t i = 0; i < PORT_TEMPLATES; i++)
        flow_buf_release(&work->templates[i]);
    flow_lifetimes_table_release(&work->rows);
    flow_arena_release(&work->arena);
    flow_strv_release(&work->heads);
    free(work->symbols);
    free(work->conditions);
    free(work->risks);
}

static int save(struct port_work *work, const char *state, struct flow_error *err)
{
    work->unit->rounds = work->round;
    work->unit->state.round = work->unit->state.generation * REVIEW_GENERATION + work->round;
    return port_unit_save(work->port, work->unit, state, NULL, err);
}

// Others count on it: a person should know.
int port_note_departures(struct port_work *work, struct flow_error *err)
{
    struct port *port = work->port;
    for (size_t i = 0; i < work->symbol_count; i++) {
        const struct flow_reply_pair *pair = &work->symbols[i];
        bool field = port_fields_named(work, pair->source) != NULL;
        struct flow_buf text;
        if (!pair->reason || (!field && (work->contract.len == 0 || !*pair->target)))
            continue;
        flow_buf_init(&text, FLOW_BUF_TEXT);
        flow_buf_printf(&text, "departs from %s in '%s': %s", field ? "the field table" : "its contract",
                        field ? pair->source : pair->target, pair->reason);
        int result = flow_buf_check(&text, "note", err);
        if (result == 0)
            result = flow_ledger_event(port->ledger, port->run, "note", work->unit->unit->id, text.data, err);
        flow_buf_release(&text);
        if (result)
            return result;
    }
    return 0;
}

static int accept(struct port_work *work, struct flow_error *err)
{
    struct port *port = work->port;
    struct port_unit *unit = work->unit;
    unsigned round = unit->state.generation * REVIEW_GENERATION + work->round;
    if (port_note_departures(work, err) || port_keep(work, err) ||
        flow_ledger_accept(port->ledger, port->run, unit->unit->id, round, &unit->source_id, &work->target_id,
                           err))
        return -1;
    strcpy(unit->state.state, "accepted");
    unit->state.round = round;
    unit->state.source_id = unit->source_id;
    unit->state.target_id = work->target_id;
    return 0;
}

static int pin_inputs(struct port_work *work, struct flow_error *err)
{
    if (port_parser_take(work, err))
        return -1;
    int result = port_inputs_pin(work, err);
    port_parser_give(work);
    return result;
}

// From the draft to the verdicts of the last round, which accept it. 1: failed, err says why.
static int live(struct port_work *work, struct flow_error *err)
{
    work->round = 1;
    int result = pin_inputs(work, err);
    if (result == 0)
        result = save(work, "ready", err);
    if (work->port->contracting)
        return result ? result : port_contract_make(work, err);
    if (result == 0)
        result = work->update ? port_update(work, err) : port_draft(work, err);
    if (result == 0)
        result = save(work, "drafted", err);
    while (result == 0) {
        bool accepted = false;
        result = port_gate(work, err);
        if (result == 0)
            result = save(work, "gated", err);
        if (result)
            break;
        result = port_review(work, &accepted, err);
        if (result) {
            // More reviewers would not help one that has used up what it may take.
            work->unit->unreviewed = result > 0 && err->code != FLOW_E_BUDGET;
            break;
        }
        result = save(work, "reviewed", err);
        if (result)
            break;
        if (accepted)
            return accept(work, err);
        if (work->round >= work->port->settings.rounds) {
            flow_error_set(err, FLOW_E_INVALID, "not accepted in %u rounds", work->round);
            return 1;
        }
        result = port_fix(work, err);
        work->round++;
    }
    return result;
}

static int live_once(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    struct port_work work;
    work_init(&work, port, unit);
    int result = live(&work, err);
    work_release(&work);
    return result;
}

int port_unit_live(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    unit->unreviewed = false;
    if (strcmp(unit->state.state, "accepted") == 0)
        return port_commit(port, unit, err);
    int result = live_once(port, unit, &own);
    if (result < 0 && own.code == FLOW_E_CONFLICT) {
        port_note(port, "'%s' does not come out as it did before: it begins anew", unit->unit->id);
        unit->state.generation++;
        result = port_unit_save(port, unit, "ready", NULL, &own) ? -1 : live_once(port, unit, &own);
    }
    // Put aside from another terminal: a run that ends at the same time keeps it as it stands instead.
    if (result < 0 && own.code == FLOW_E_INTERRUPTED && atomic_load(&unit->hold) &&
        !atomic_load(&port->drain))
        return port_unit_save(port, unit, "held", unit->held_by, err);
    // Its prompts and texts are released by now: it may wait for its turn to be committed.
    if (result == 0)
        return port_commit(port, unit, err);
    if (result < 0 && err)
        *err = own;
    if (result < 0)
        return result;
    // A draft that no reviewer judged is kept apart from one that was judged and failed.
    return port_unit_save(port, unit, unit->unreviewed ? "gated" : "failed", own.message, err);
}
