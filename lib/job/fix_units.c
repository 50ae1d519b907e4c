// SPDX-License-Identifier: MIT
/*
 * The units of the port: which file of the branch is whose, and which of them nobody has reviewed as they
 * are.
 *
 * The ledger knows of each unit the commit that its file last came from and the id of that file; the commit
 * knows the path. Nothing is parsed for it, and the rules of target.* may have changed since.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "fixed.h"
#include "flow/base/str.h"

/* How reasons of flow-port and this job tell who wrote a file last. */
struct walk {
    struct fix *fix;
    struct flow_map *by_target; /* id of a unit's file → index */
    struct flow_map *fixed;     /* path → char *commit of this job that wrote it last, in the arena */
};

static int add_unit(const char *id, const struct flow_unit_state *state, void *payload)
{
    struct fix *fix = payload;
    struct flow_error *err = NULL;
    if (flow_grow(&fix->units, &fix->cap, fix->count + 1, sizeof *fix->units, err))
        return -1;
    struct fix_unit *unit = &fix->units[fix->count];
    *unit = (struct fix_unit){.id = strdup(id), .state = *state};
    unit->state.reason = state->reason ? strdup(state->reason) : NULL;
    flow_buf_init(&unit->text, FLOW_BUF_FILE);
    flow_buf_init(&unit->next, FLOW_BUF_FILE);
    flow_buf_init(&unit->tried, FLOW_BUF_TEXT);
    flow_buf_init(&unit->edits, FLOW_BUF_TEXT);
    flow_buf_init(&unit->attempts, FLOW_BUF_LINE);
    fix->count++;
    return unit->id && (unit->state.reason || !state->reason) ? 0 : -1;
}

// The id that the ledger has for a unit whose file this is; 1, or 0 where the commit has no such file.
static int target_of(struct fix *fix, const struct flow_id *commit, const char *path, struct flow_id *out,
                     struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_id blob;
    if (flow_repo_find_blob(fix->repo, commit, path, &blob, &own)) {
        if (own.code == FLOW_E_NOT_FOUND)
            return 0;
        return flow_error_set(err, own.code, "%s", own.message);
    }
    struct flow_change file = {.path = path, .blob = &blob};
    return flow_repo_tree_id(fix->repo, &file, 1, out, err) ? -1 : 1;
}

static int note_writer(struct walk *walk, const char *path, const char *commit, struct flow_error *err)
{
    if (!commit) {
        flow_map_remove(walk->fixed, path);
        return 0;
    }
    char *copy = flow_arena_str(&walk->fix->arena, commit);
    return copy ? flow_map_set_ptr(walk->fixed, path, copy, err) : flow_error_nomem(err);
}

static int read_commit(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    struct walk *walk = payload;
    struct fix *fix = walk->fix;
    bool ours = fixed_is_commit(info->message);
    for (size_t i = 0; i < info->paths->count; i++) {
        const char *path = info->paths->items[i];
        struct flow_id target;
        int there = target_of(fix, &info->id, path, &target, err);
        if (there < 0 || note_writer(walk, path, ours ? info->id.hex : NULL, err))
            return -1;
        const union flow_map_value *at = there == 1 ? flow_map_get(walk->by_target, target.hex) : NULL;
        struct fix_unit *unit = at ? &fix->units[at->num] : NULL;
        if (!unit || unit->path || strcmp(unit->state.commit.hex, info->id.hex) != 0)
            continue;
        unit->path = strdup(path);
        if (!unit->path)
            return flow_error_nomem(err);
        if (flow_map_set_num(fix->by_path, path, at->num, err))
            return -1;
    }
    return 0;
}

// A commit of this job that the ledger did not hear of: the process died in between.
static int settle(struct walk *walk, struct fix_unit *unit, struct flow_error *err)
{
    const union flow_map_value *last = unit->path ? flow_map_get(walk->fixed, unit->path) : NULL;
    struct flow_id commit;
    if (!last || strcmp(last->ptr, unit->state.commit.hex) == 0)
        return 0;
    memcpy(commit.hex, last->ptr, sizeof commit.hex);
    return fix_unit_unreviewed(walk->fix, unit, &commit, err);
}

static int walk_branch(struct walk *walk, struct flow_error *err)
{
    struct fix *fix = walk->fix;
    int result = 0;
    for (size_t i = 0; i < fix->count && result == 0; i++)
        if (*fix->units[i].state.commit.hex)
            result = flow_map_set_num(walk->by_target, fix->units[i].state.target_id.hex, (intptr_t)i, err);
    if (result == 0)
        result = flow_repo_walk(fix->repo, &fix->base, &fix->tip, read_commit, walk, err);
    for (size_t i = 0; i < fix->count && result == 0 && !fix->options->dry_run; i++)
        result = settle(walk, &fix->units[i], err);
    return result;
}

int fix_units_load(struct fix *fix, struct flow_error *err)
{
    struct walk walk = {.fix = fix, .by_target = flow_map_new(), .fixed = flow_map_new()};
    fix->by_path = flow_map_new();
    fix->known = flow_map_new();
    fix->undone = flow_map_new();
    int result =
        walk.by_target && walk.fixed && fix->by_path && fix->known && fix->undone ? 0 : flow_error_nomem(err);
    if (result == 0)
        result = flow_ledger_units(fix->ledger, fix->port_run, add_unit, fix, err);
    if (result == 0)
        result = walk_branch(&walk, err);
    flow_map_free(walk.fixed);
    flow_map_free(walk.by_target);
    return result;
}

void fix_units_release(struct fix *fix)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        free(unit->id);
        free(unit->path);
        flow_unit_state_release(&unit->state);
        flow_buf_release(&unit->text);
        flow_buf_release(&unit->next);
        flow_buf_release(&unit->tried);
        flow_buf_release(&unit->edits);
        flow_buf_release(&unit->attempts);
    }
    free(fix->units);
    flow_map_free(fix->by_path);
}

struct fix_unit *fix_unit_of(struct fix *fix, const char *path)
{
    const union flow_map_value *at = flow_map_get(fix->by_path, path);
    return at ? &fix->units[at->num] : NULL;
}

struct fix_unit *fix_unit_at(struct fix *fix, const char *file)
{
    struct flow_buf path;
    if (!file)
        return NULL;
    flow_buf_init(&path, FLOW_BUF_LINE);
    if (fix->place.root.len > 0)
        flow_buf_printf(&path, "%s/", fix->place.root.data);
    flow_buf_puts(&path, file);
    struct fix_unit *unit = fix_unit_of(fix, path.data);
    flow_buf_release(&path);
    return unit;
}

struct fix_unit *fix_unit_called(struct fix *fix, const char *name)
{
    size_t len = fix->place.tree.len;
    if (*name == '/') {
        if (strncmp(name, fix->place.tree.data, len) != 0 || name[len] != '/')
            return NULL;
        return fix_unit_of(fix, name + len + 1);
    }
    while (flow_str_starts(name, "./") || flow_str_starts(name, "../"))
        name += name[1] == '/' ? 2 : 3;
    struct fix_unit *unit = fix_unit_at(fix, name);
    return unit ? unit : fix_unit_of(fix, name);
}

const char *fix_unit_file(const struct fix *fix, const struct fix_unit *unit)
{
    size_t skip = fix->place.root.len > 0 ? fix->place.root.len + 1 : 0;
    return unit->path + skip;
}

int fix_unit_read(struct fix *fix, struct fix_unit *unit, struct flow_error *err)
{
    if (unit->read)
        return 0;
    const struct flow_entry *entry = flow_snapshot_find(fix->snapshot, unit->path);
    if (!entry)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "'%s' is not on the branch", unit->path);
    flow_buf_clear(&unit->text);
    if (flow_snapshot_read(fix->repo, fix->snapshot, entry, &unit->text, err) ||
        flow_buf_check(&unit->text, unit->path, err))
        return -1;
    unit->read = true;
    return 0;
}

int fix_unit_unreviewed(struct fix *fix, struct fix_unit *unit, const struct flow_id *commit,
                        struct flow_error *err)
{
    struct flow_unit_state next = unit->state;
    const struct fixed_reason reason = fixed_reason(commit->hex);
    if (target_of(fix, commit, unit->path, &next.target_id, err) < 0)
        return -1;
    // A draft with a reason is one that lacks verdicts: all that counts units says so.
    strcpy(next.state, "gated");
    next.commit = *commit;
    next.reason = strdup(reason.text);
    if (!next.reason)
        return flow_error_nomem(err);
    if (flow_ledger_unit_set(fix->ledger, fix->port_run, unit->id, &next, err)) {
        free(next.reason);
        return -1;
    }
    flow_unit_state_release(&unit->state);
    unit->state = next;
    return 0;
}

int fix_unit_pinned(struct fix *fix, const struct fix_unit *unit, const char *name, struct flow_buf *out,
                    struct flow_error *err)
{
    struct flow_id id;
    int known =
        flow_ledger_input_get(fix->ledger, fix->port_run, unit->id, unit->state.generation, name, &id, err);
    return known == 1 ? flow_ledger_block_get(fix->ledger, &id, out, err) : known;
}

// What stands on the branch with other bytes than the ledger has for it has no verdicts either.
static int count_unit(struct fix *fix, const struct fix_unit *unit, struct flow_error *err)
{
    struct flow_job_census *census = &fix->outcome->census;
    const char *state = unit->state.state, *reason = unit->state.reason;
    struct flow_id now;
    if (strcmp(state, "gated") == 0 && reason)
        return flow_job_census_unit(census, unit->id, "unreviewed", reason, err);
    if (strcmp(state, "committed") == 0) {
        int there = unit->path ? target_of(fix, &fix->tip, unit->path, &now, err) : 0;
        if (there < 0)
            return -1;
        if (there == 0)
            return flow_job_census_unit(census, unit->id, "pending", "it is not on the branch any more", err);
        if (strcmp(now.hex, unit->state.target_id.hex) != 0)
            return flow_job_census_unit(census, unit->id, "unreviewed",
                                        "edited on the branch since it was accepted", err);
    }
    return flow_job_census_unit(census, unit->id, state, reason, err);
}

int fix_census(struct fix *fix, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++) {
        fix->outcome->changed += fix->units[i].changed;
        if (count_unit(fix, &fix->units[i], err))
            return -1;
    }
    return flow_job_census_costs(&fix->outcome->census, fix->ledger, fix->run, err);
}
