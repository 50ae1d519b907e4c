// SPDX-License-Identifier: MIT
/*
 * What of a port stays on the machine: units whose source, or what they must keep to, may not be sent are
 * held until a person decides.
 */
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

/* How the reason of such a unit begins, by which it is known again. */
static const char held_mark[] = "not sent: ";

int port_may_send(struct port *port, const char *path, const struct flow_buf *text, struct flow_buf *why,
                  struct flow_error *err)
{
    return flow_send_check(port->send, path, text->data, text->len, why, err);
}

int port_must_send(struct port *port, const char *path, const struct flow_buf *text, const char *what,
                   struct flow_error *err)
{
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int held = port_may_send(port, path, text, &why, err);
    if (held == 1)
        held = flow_error_set(err, FLOW_E_REFUSED, "%s '%s' is %s", what, path, why.data);
    flow_buf_release(&why);
    return held;
}

// 1 and the reason where a file of the unit, or its contract, may not be sent.
static int unit_held(struct port *port, const struct port_unit *unit, struct flow_buf *why,
                     struct flow_error *err)
{
    struct flow_id blob;
    struct flow_buf text;
    int held = 0;
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t k = 0; k < 2 && held == 0; k++) {
        if (unit->unit->files[k] == SIZE_MAX)
            continue;
        const struct flow_entry *entry = port->analysis->sources[unit->unit->files[k]].entry;
        flow_buf_clear(&text);
        held = flow_snapshot_read(port->repo, port->analysis->snapshot, entry, &text, err)
                   ? -1
                   : port_may_send(port, entry->path, &text, why, err);
    }
    int found = held == 0 ? port_blob_at(port, &port->base, unit->place->path, &blob, err) : 0;
    if (found == 1) {
        flow_buf_clear(&text);
        held = flow_repo_read_blob(port->repo, &blob, &text, err)
                   ? -1
                   : port_may_send(port, unit->place->path, &text, why, err);
    }
    flow_buf_release(&text);
    return found < 0 ? -1 : held;
}

// Saves a state; where nothing is to be done but looking, only for as long as that takes.
static int settle(struct port *port, struct port_unit *unit, const char *state, const char *reason,
                  struct flow_error *err)
{
    unit->reopened = false;
    if (!port->options->dry_run)
        return port_unit_save(port, unit, state, reason, err);
    strcpy(unit->state.state, state);
    return 0;
}

// What it was made of before may have changed meanwhile: another generation, updated from the one before
// where that was accepted.
static int let_go(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    if (!*unit->state.target_id.hex)
        return settle(port, unit, "ready", NULL, err);
    unit->state.generation++;
    return settle(port, unit, "stale", NULL, err);
}

static int hold_back(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    const char *state = unit->state.state;
    bool held = strcmp(state, "held") == 0;
    bool ours = held && unit->state.reason && flow_str_starts(unit->state.reason, held_mark);
    struct flow_buf why;
    if (strcmp(state, "committed") == 0 || strcmp(state, "accepted") == 0 || (held && !ours) || unit->mended)
        return 0;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int result = unit_held(port, unit, &why, err);
    if (result == 1)
        result = settle(port, unit, "held", why.data, err);
    else if (result == 0 && ours)
        result = let_go(port, unit, err);
    flow_buf_release(&why);
    return result;
}

int port_hold_back(struct port *port, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++)
        if (port->units[i].selected && hold_back(port, &port->units[i], err))
            return -1;
    return 0;
}

static void name_held(void *payload, const char *path, const char *why)
{
    struct port *port = payload;
    size_t at = flow_analysis_unit(port->analysis, path);
    // Units are in the census.
    if (at == SIZE_MAX || port->member[at] == SIZE_MAX || !port->units[port->member[at]].selected)
        port_note(port, "'%s' is %s", path, why);
}

void port_name_held(struct port *port)
{
    flow_send_held(port->send, name_held, port);
}
