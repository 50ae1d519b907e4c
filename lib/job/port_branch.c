// SPDX-License-Identifier: MIT
/*
 * Bringing ledger and branch together: after a crash between commit and ledger, after a person's commits,
 * after a branch was reset or a ledger lost. What stands on the branch decides.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixed.h"
#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "port_private.h"

int port_blob_at(struct port *port, const struct flow_id *commit, const char *path, struct flow_id *out,
                 struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_repo_find_blob(port->repo, commit, path, out, &own) == 0)
        return 1;
    if (own.code == FLOW_E_NOT_FOUND)
        return 0;
    if (err)
        *err = own;
    return -1;
}

// What the walk over the branch finds: for each unit its last commit, for each path that somebody else wrote
// last the commit of a person or of flow-fix.
struct history {
    struct flow_map *units, *persons, *fixes; /* → char *commit, in arena */
    struct flow_arena arena;
};

static int note_commit(struct history *history, struct flow_map *map, const char *key,
                       const struct flow_id *id, struct flow_error *err)
{
    char *copy = flow_arena_str(&history->arena, id->hex);
    return copy ? flow_map_set_ptr(map, key, copy, err) : flow_error_nomem(err);
}

static int read_commit(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    struct history *history = payload;
    struct flow_map *writers = fixed_is_commit(info->message) ? history->fixes : history->persons;
    struct flow_buf cell, unit;
    flow_buf_init(&cell, FLOW_BUF_LINE);
    flow_buf_init(&unit, FLOW_BUF_LINE);
    int result = 0;
    if (flow_trailer_get(info->message, "Flow-Unit", 0, &cell) == 1 &&
        flow_tsv_unescape(&unit, cell.data, cell.len, NULL) == 0) {
        result = note_commit(history, history->units, unit.data, &info->id, err);
        writers = NULL;
    }
    for (size_t i = 0; i < info->paths->count && result == 0; i++) {
        flow_map_remove(history->persons, info->paths->items[i]);
        flow_map_remove(history->fixes, info->paths->items[i]);
        if (writers)
            result = note_commit(history, writers, info->paths->items[i], &info->id, err);
    }
    flow_buf_release(&unit);
    flow_buf_release(&cell);
    return result;
}

static const char *commit_of(const struct flow_map *map, const char *key)
{
    const union flow_map_value *value = flow_map_get(map, key);
    return value ? value->ptr : NULL;
}

static bool is(const struct port_unit *unit, const char *state)
{
    return strcmp(unit->state.state, state) == 0;
}

bool port_is_settled(const struct port_unit *unit)
{
    return is(unit, "committed") || is(unit, "held") || unit->mended || unit->contracted;
}

static int save_commit(struct port *port, struct port_unit *unit, const char *state, const char *commit,
                       struct flow_error *err)
{
    if (is(unit, state) && strcmp(unit->state.commit.hex, commit) == 0)
        return 0;
    memcpy(unit->state.commit.hex, commit, strlen(commit) + 1);
    // The source that it was accepted for, which may not be the one that is ported now.
    struct flow_id now = unit->source_id;
    unit->source_id = unit->state.source_id;
    int result = port_unit_save(port, unit, state, NULL, err);
    unit->source_id = now;
    return result;
}

// Holds a unit whose file somebody else wrote; 0 where nobody did.
static int settle_foreign(struct port *port, struct port_unit *unit, const struct history *history,
                          const struct flow_id *target, bool ours, struct flow_error *err)
{
    const char *person = commit_of(history->persons, unit->place->path);
    const char *last = person ? person : commit_of(history->units, unit->unit->id);
    if (is(unit, "held") && last && strcmp(last, unit->state.commit.hex) == 0)
        return 0;
    struct flow_buf reason;
    flow_buf_init(&reason, FLOW_BUF_LINE);
    if (person)
        flow_buf_printf(&reason, "edited on the branch by commit %.12s", person);
    else if (ours)
        flow_buf_puts(&reason, "on the branch with other bytes than this ledger accepted");
    else
        flow_buf_puts(&reason, "on the branch, but this ledger holds no verdicts on it");
    unit->state.target_id = *target;
    if (last)
        memcpy(unit->state.commit.hex, last, strlen(last) + 1);
    int result = port_unit_save(port, unit, "held", reason.data, err);
    flow_buf_release(&reason);
    return result;
}

// Flow-fix wrote what stands there: it has no verdicts, and is left as it is. 0 where that is not so, or
// where it is translated anew since (--fresh).
static int settle_mended(struct port *port, struct port_unit *unit, const char *commit,
                         const struct flow_id *target, struct flow_error *err)
{
    bool seen = strcmp(unit->state.commit.hex, commit) == 0;
    if (seen)
        return 0;
    unit->mended = unit->unreviewed = true;
    unit->state.target_id = *target;
    memcpy(unit->state.commit.hex, commit, strlen(commit) + 1);
    struct flow_id now = unit->source_id;
    unit->source_id = unit->state.source_id;
    int result = port_unit_save(port, unit, "gated", fixed_reason(commit).text, err);
    unit->source_id = now;
    return result;
}

static int reconcile_unit(struct port *port, struct port_unit *unit, const struct history *history,
                          struct flow_error *err)
{
    struct flow_id blob, before, target = {{0}};
    const char *commit = commit_of(history->units, unit->unit->id);
    int there = port_blob_at(port, &port->tip, unit->place->path, &blob, err);
    int was = port_blob_at(port, &port->base, unit->place->path, &before, err);
    if (there < 0 || was < 0)
        return -1;
    if (there == 1) {
        struct flow_change file = {.path = unit->place->path, .blob = &blob};
        if (flow_repo_tree_id(port->repo, &file, 1, &target, err))
            return -1;
    }
    // Whose bytes they are: those of flow-fix can be accepted, too.
    const char *fix = there == 1 ? commit_of(history->fixes, unit->place->path) : NULL;
    bool as_base = there == was && (there == 0 || strcmp(blob.hex, before.hex) == 0);
    bool as_accepted = there == 1 && strcmp(target.hex, unit->state.target_id.hex) == 0;
    // A contract has no verdicts: it never gets further than through the gates, and what is not on the branch
    // is made again.
    bool contract = port->contracting && is(unit, "gated") && !unit->mended && commit && as_accepted;
    bool done = contract || is(unit, "accepted") || is(unit, "committed");
    unit->on_branch = there == 1 && (commit || !as_base);
    unit->contracted = contract;
    if (done && commit && as_accepted)
        return save_commit(port, unit, contract ? "gated" : "committed", fix ? fix : commit, err);
    if (done && as_base) {
        // Accepted, but not (or no longer) on the branch: it is committed again.
        unit->on_branch = false;
        return save_commit(port, unit, "accepted", "", err);
    }
    if (fix)
        return settle_mended(port, unit, fix, &target, err);
    unit->mended = unit->unreviewed = false;
    // What a person asked to have translated anew (--fresh) was seen before, and so was what an update that
    // is accepted, and not committed yet, was made from.
    const char *person = commit_of(history->persons, unit->place->path);
    const char *last = person ? person : commit;
    bool open = !is(unit, "committed") && !is(unit, "held");
    bool known = open && last && strcmp(last, unit->state.commit.hex) == 0;
    if (!as_base && !known)
        return settle_foreign(port, unit, history, &target, done, err);
    return 0;
}

static int read_states(struct port *port, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        flow_unit_state_release(&unit->state);
        if (flow_ledger_unit_get(port->ledger, port->unit_run, unit->unit->id, &unit->state, err) < 0)
            return -1;
        unit->mended = is(unit, "gated") && fixed_is_reason(unit->state.reason);
        unit->unreviewed = unit->mended;
        unit->contracted = port->contracting && is(unit, "gated") && *unit->state.commit.hex;
        atomic_init(&unit->generation, unit->state.generation);
    }
    return 0;
}

static int read_tip(struct port *port, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf where;
    port->branch_exists = flow_repo_ref(port->repo, port->branch, &port->tip, &own) == 0;
    if (!port->branch_exists) {
        if (own.code != FLOW_E_NOT_FOUND)
            return flow_error_set(err, own.code, "%s", own.message);
        port->tip = port->base;
        return 0;
    }
    flow_buf_init(&where, FLOW_BUF_LINE);
    int out = flow_repo_checked_out(port->repo, port->branch, &where, err);
    if (out == 1 && !port->options->dry_run)
        out = flow_error_set(
            err, FLOW_E_REFUSED,
            "branch '%s' is checked out in '%s': check out another one there, or begin a run with --name",
            port->branch + strlen("refs/heads/"), where.data);
    flow_buf_release(&where);
    return out < 0 ? -1 : 0;
}

static int walk_branch(struct port *port, struct history *history, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    if (!port->branch_exists ||
        flow_repo_walk(port->repo, &port->base, &port->tip, read_commit, history, &own) == 0)
        return 0;
    if (own.code != FLOW_E_NOT_FOUND)
        return flow_error_set(err, own.code, "%s", own.message);
    return flow_error_set(err, FLOW_E_NOT_FOUND,
                          "branch '%s' did not begin at %.12s: say where with --base, or begin another run "
                          "with --name",
                          port->branch + strlen("refs/heads/"), port->base.hex);
}

int port_reconcile(struct port *port, struct flow_error *err)
{
    struct history history = {0};
    if (read_states(port, err) || read_tip(port, err))
        return -1;
    flow_arena_init(&history.arena);
    history.units = flow_map_new();
    history.persons = flow_map_new();
    history.fixes = flow_map_new();
    int result = history.units && history.persons && history.fixes ? 0 : flow_error_nomem(err);
    if (result == 0)
        result = walk_branch(port, &history, err);
    for (size_t i = 0; i < port->count && result == 0 && !port->options->dry_run; i++)
        result = reconcile_unit(port, &port->units[i], &history, err);
    flow_map_free(history.fixes);
    flow_map_free(history.persons);
    flow_map_free(history.units);
    flow_arena_release(&history.arena);
    return result ? -1 : 0;
}
