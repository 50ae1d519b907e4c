// SPDX-License-Identifier: MIT
/*
 * Rounds: what the last build said becomes changes, they are built, and each file's is kept unless it made it
 * worse.
 */
#include <stdio.h>
#include <string.h>

#include "fix_private.h"

// Those that are worse are as they were, and what was done to them is remembered: for the next fixer, and for
// people.
static int roll_back(struct fix *fix, bool free, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (!unit->changes || !unit->worse)
            continue;
        unit->changes = false;
        unit->no_free = unit->no_free || free;
        if (unit->tried.len + unit->edits.len < unit->tried.max)
            flow_buf_add(&unit->tried, unit->edits.data, unit->edits.len);
        fix_note(fix, "'%s' is rolled back: %s", unit->path, unit->why);
        if (flow_ledger_event(fix->ledger, fix->run, "rolled-back", unit->id, unit->why, err))
            return -1;
    }
    return fix_tree_sync(fix, err);
}

static size_t count_changes(const struct fix *fix)
{
    size_t count = 0;
    for (size_t i = 0; i < fix->count; i++)
        count += fix->units[i].changes;
    return count;
}

// Changes for what the build said, of one kind.
static int make_changes(struct fix *fix, const struct fix_build *build, struct flow_error *err)
{
    fix->free = fix->mended = 0;
    for (size_t i = 0; i < fix->count; i++) {
        fix->units[i].changes = false;
        flow_buf_clear(&fix->units[i].edits);
    }
    if (fix_free(fix, build, err))
        return -1;
    if (count_changes(fix) > 0)
        return 0;
    struct fix_work work;
    fix_work_init(&work);
    int result = fix_work_add_errors(&work, fix, build, err);
    if (result == 0)
        result = fix_ask(fix, &work, err);
    fix_work_release(&work);
    return result;
}

// The difference of two looks at the spending is what the round took, unless its replies were there already.
static int take_costs(struct fix *fix, const struct flow_spending *before, struct flow_fix_round *round,
                      struct flow_error *err)
{
    struct flow_spending now;
    if (flow_ledger_spending(fix->ledger, fix->run, &now, err))
        return -1;
    round->calls = now.calls - before->calls;
    round->nano_usd = now.spent_nano_usd - before->spent_nano_usd;
    round->priced = now.unpriced_calls == before->unpriced_calls;
    return 0;
}

static int keep_round(struct fix *fix, const struct flow_fix_round *round, struct flow_error *err)
{
    const struct flow_fix_hooks *hooks = &fix->options->hooks;
    char text[200];
    snprintf(text, sizeof text, "%u, from %zu errors to %zu: %s", round->round, round->before, round->after,
             round->state);
    if (flow_ledger_event(fix->ledger, fix->run, "round", NULL, text, err))
        return -1;
    snprintf(text, sizeof text, "%u", round->round);
    if (flow_ledger_run_set(fix->ledger, fix->run, "round", text, err))
        return -1;
    if (hooks->round)
        hooks->round(hooks->payload, round);
    return 0;
}

static void give_up(struct fix *fix)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (unit->changes && !unit->worse)
            snprintf(unit->why, sizeof unit->why, "what is left of the round does not go without the rest");
        unit->worse = true;
    }
}

// Builds what the round changed. A file that is worse goes back, and the rest is built again; where that is
// worse, too, all of it goes back. *after is to be released where some change is left.
static int build_changes(struct fix *fix, const struct fix_build *before, bool free, struct fix_build *after,
                         struct flow_error *err)
{
    size_t worse = 0;
    for (int pass = 0; pass < 2; pass++) {
        if (fix_tree_sync(fix, err) || fix_build(fix, after, err))
            return -1;
        int result = fix_weigh(fix, before, after, &worse, err);
        if (result == 0 && worse == 0)
            return 0;
        if (!after->clean && after->errors == 0)
            fix_note(fix, "the build failed in a way that could not be read: %s", after->last);
        if (pass == 1)
            give_up(fix);
        if (result == 0)
            result = roll_back(fix, free, err);
        if (result || count_changes(fix) == 0) {
            fix_build_release(after);
            return result;
        }
        fix_build_release(after);
    }
    return 0;
}

// Builds what the round changed, and keeps it or not. *build is that of the branch afterwards.
static int try_changes(struct fix *fix, struct fix_build *build, struct flow_fix_round *round,
                       struct flow_error *err)
{
    struct fix_build after;
    if (build_changes(fix, build, round->free > 0, &after, err))
        return -1;
    size_t files = count_changes(fix);
    round->after = after.errors;
    round->files = files > 0 ? files : round->files;
    if (files == 0) {
        round->state = "rolled-back";
        fix->progress.errors = build->errors;
        return 0;
    }
    round->state = "committed";
    if (fix_commit(fix, build, &after, round, err)) {
        fix_build_release(&after);
        return -1;
    }
    round->commit = fix->tip.hex;
    fix_build_release(build);
    *build = after;
    return 0;
}

// 1: errors that were known are gone.
static int one_round(struct fix *fix, struct fix_build *build, struct flow_error *err)
{
    struct flow_fix_round round = {.round = ++fix->round,
                                   .before = build->errors,
                                   .after = build->errors,
                                   .state = "nothing",
                                   .commit = ""};
    struct flow_spending spending;
    fix->progress.round = fix->round;
    if (flow_ledger_spending(fix->ledger, fix->run, &spending, err) || make_changes(fix, build, err) ||
        take_costs(fix, &spending, &round, err))
        return -1;
    round.files = count_changes(fix);
    round.free = fix->free;
    round.mended = fix->mended;
    if (round.files > 0 && try_changes(fix, build, &round, err))
        return -1;
    size_t known;
    if (keep_round(fix, &round, err) || fix_progress(fix, build, &known, err))
        return -1;
    return known < round.before;
}

static int first_build(struct fix *fix, struct fix_build *build, struct flow_error *err)
{
    if (fix_tree_sync(fix, err) || fix_build(fix, build, err))
        return -1;
    if (build->clean || build->errors > 0)
        return 0;
    flow_error_set(err, FLOW_E_ENV,
                   "the build '%s' failed with status %d, and no error could be read of what it said; set "
                   "fix.build or diagnostics.pattern. It ended with: %s",
                   fix->command, build->status, *build->last ? build->last : "nothing");
    fix_build_release(build);
    return -1;
}

static int go_on(struct fix *fix, struct fix_build *build, struct flow_error *err)
{
    unsigned stalled = 0;
    size_t known;
    if (fix_progress(fix, build, &known, err))
        return -1;
    while (!build->clean) {
        if (fix->outcome->rounds >= fix->rounds)
            fix->outcome->why = "the last round that was allowed";
        else if (stalled >= fix->stall)
            fix->outcome->why = "no progress in the last rounds";
        if (fix->outcome->why)
            return 0;
        if (fix_stopped(fix, err))
            return -1;
        int better = one_round(fix, build, err);
        if (better < 0)
            return -1;
        fix->outcome->rounds++;
        stalled = better ? 0 : stalled + 1;
    }
    return 0;
}

int fix_rounds(struct fix *fix, struct flow_error *err)
{
    struct fix_build build;
    if (first_build(fix, &build, err))
        return -1;
    int result = go_on(fix, &build, err);
    fix->outcome->built = true;
    fix->outcome->clean = build.clean;
    fix->outcome->errors = build.errors;
    if (fix_build_left(fix, &build, result ? NULL : err))
        result = -1;
    fix_build_release(&build);
    return result;
}
