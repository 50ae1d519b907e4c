// SPDX-License-Identifier: MIT
/*
 * Contracts: the pass before the translations. The same units with states of their own, kept in a run of the
 * job "contract", and a branch of their own; calls, money and events are the port's.
 */
#include <stdlib.h>
#include <string.h>

#include "port_private.h"

void port_pass_swap(struct port *port)
{
    struct port_pass pass = {.run = port->unit_run,
                             .branch = port->branch,
                             .tip = port->tip,
                             .branch_exists = port->branch_exists,
                             .units = port->units};
    port->unit_run = port->other.run;
    port->branch = port->other.branch;
    port->tip = port->other.tip;
    port->branch_exists = port->other.branch_exists;
    port->units = port->other.units;
    port->other = pass;
    port->contracting = !port->contracting;
}

// The unit as it is in the other pass.
static const struct port_unit *counterpart(const struct port *port, const struct port_unit *unit)
{
    return &port->other.units[unit - port->units];
}

static bool is(const struct port_unit *unit, const char *state)
{
    return strcmp(unit->state.state, state) == 0;
}

bool port_has_contract(const struct port *port, const struct port_unit *unit)
{
    if (!port->contracts || port->contracting)
        return false;
    // Once the source changed, it is that of another one.
    const struct port_unit *contract = counterpart(port, unit);
    return contract->on_branch && strcmp(contract->state.source_id.hex, unit->source_id.hex) == 0;
}

int port_find_contract(struct port *port, const struct port_unit *unit, struct flow_id *blob,
                       struct flow_error *err)
{
    return port_has_contract(port, unit) ? port_blob_at(port, &port->other.tip, unit->place->path, blob, err)
                                         : 0;
}

/*
 * Opening.
 */

// The file that stands at the unit's place without a contract: in the base, else as its translation. 1 and
// its blob; 0.
static int find_standing(struct port *port, const struct port_unit *unit, struct flow_id *blob,
                         struct flow_error *err)
{
    const struct port_unit *translation = counterpart(port, unit);
    const char *path = unit->place->path;
    for (size_t k = 0; k < 2; k++) {
        size_t file = unit->unit->files[k];
        if (file != SIZE_MAX && strcmp(port->analysis->sources[file].entry->path, path) == 0)
            return 0;
    }
    int found = port_blob_at(port, &port->base, path, blob, err);
    if (found == 0 && translation->on_branch)
        found = port_blob_at(port, &port->other.tip, path, blob, err);
    return found;
}

// What is still to be translated from the beginning. What is under way goes on as it began, and what is
// updated keeps to what it was. A layer of C ABI has its signatures from the header already.
static bool is_new(const struct port_unit *unit)
{
    return unit->selected && !flow_unit_is_c_abi(unit->unit->id) &&
           (!*unit->state.state || is(unit, "ready") || is(unit, "failed"));
}

// Those of new units, and of all that these import, since a contract without the others does not compile.
static int select_contracts(struct port *port, struct flow_error *err)
{
    struct flow_id blob;
    for (size_t i = 0; i < port->count; i++)
        port->units[i].selected = is_new(&port->other.units[i]);
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < port->count; i++)
            for (size_t k = 0; port->units[i].selected && k < port->units[i].import_count; k++) {
                struct port_unit *import = &port->units[port->units[i].imports[k]];
                more = more || !import->selected;
                import->selected = true;
            }
    }
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        const struct port_unit *translation = counterpart(port, unit);
        int found = find_standing(port, unit, &blob, err);
        if (found < 0)
            return -1;
        // A dry run has not looked at the branch, and takes the ledger's word.
        unit->adopts = found == 1 || is(translation, "committed") || is(translation, "accepted");
        unit->selected = unit->selected && (unit->adopts || !is(translation, "held"));
    }
    return 0;
}

static int copy_units(struct port *port, struct flow_error *err)
{
    port->other.units = calloc(port->count + 1, sizeof *port->other.units);
    if (!port->other.units)
        return flow_error_nomem(err);
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        struct port_unit *copy = &port->other.units[i];
        copy->unit = unit->unit;
        copy->place = unit->place;
        copy->source_id = unit->source_id;
        copy->imports = unit->imports;
        copy->import_count = unit->import_count;
        copy->cycle = unit->cycle;
    }
    return 0;
}

static int note_branch(struct port *port, struct flow_error *err)
{
    struct flow_buf note;
    bool any = false;
    for (size_t i = 0; i < port->count; i++)
        any = any || (port->units[i].selected && !port_is_settled(&port->units[i]));
    if (!any)
        return 0;
    flow_buf_init(&note, FLOW_BUF_LINE);
    flow_buf_printf(&note,
                    "contracts are committed to %s, and built until they compile, before the first unit "
                    "is translated",
                    port->branch + strlen("refs/heads/"));
    int result = flow_buf_check(&note, "note", err);
    if (result == 0)
        result = flow_strv_add(&port->notes, note.data, err);
    flow_buf_release(&note);
    return result;
}

int port_contracts_open(struct port *port, struct flow_error *err)
{
    struct flow_buf branch;
    int known = flow_gates_open_body(port->to, &port->open_body, err);
    if (known == 0)
        return flow_error_set(err, FLOW_E_INVALID,
                              "what stands for a body that is not written yet is not known of %s "
                              "(contract.body in its gates.conf): port without --contracts",
                              flow_language_name(port->to));
    flow_buf_init(&branch, FLOW_BUF_LINE);
    flow_buf_printf(&branch, "refs/heads/flow/contract/%s", port->options->name);
    port->other.branch = flow_buf_detach(&branch);
    if (known < 0 || copy_units(port, err))
        return -1;
    if (!port->other.branch)
        return flow_error_nomem(err);
    if (flow_ledger_run(port->ledger, "contract", port->options->name, &port->other.run, err))
        return -1;
    port_pass_swap(port);
    int result = port_reconcile(port, err) || select_contracts(port, err) || port_reopen(port, err) ||
                         port_hold_back(port, err) || note_branch(port, err)
                     ? -1
                     : 0;
    port_pass_swap(port);
    return result;
}

/*
 * One contract.
 */

// Takes over what stands there already: 1; 0 where nothing does.
static int adopt(struct port_work *work, struct flow_error *err)
{
    struct flow_id blob;
    int found = find_standing(work->port, work->unit, &blob, err);
    if (found == 1 && flow_repo_read_blob(work->port->repo, &blob, &work->target, err))
        found = -1;
    return found;
}

static int save(struct port_work *work, const char *state, struct flow_error *err)
{
    work->unit->state.round = work->unit->state.generation * REVIEW_GENERATION + work->round;
    return port_unit_save(work->port, work->unit, state, NULL, err);
}

int port_contract_make(struct port_work *work, struct flow_error *err)
{
    struct port_unit *unit = work->unit;
    int result = 0, adopted = adopt(work, err);
    if (adopted < 0)
        return -1;
    if (adopted == 0)
        result = port_draft(work, err);
    if (result == 0 && adopted == 0)
        result = save(work, "drafted", err);
    if (result == 0 && adopted == 0)
        result = port_gate(work, err);
    if (result)
        return result;
    // As with what is accepted, its bytes are kept before it is called that, and committed after any crash.
    if (port_note_departures(work, err) ||
        port_target_id(work->port, unit->place->path, work->target.data, work->target.len, &work->target_id,
                       err) ||
        port_keep(work, err))
        return -1;
    unit->state.target_id = work->target_id;
    return save(work, "gated", err);
}
