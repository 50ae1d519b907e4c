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
        if (unit->edits.len > 0 &&
            unit->tried.len + unit->edits.len + sizeof unit->why + 40 < unit->tried.max)
            flow_buf_printf(&unit->tried, "Rolled back: %s.\n\n%s", unit->why, unit->edits.data);
        char text[sizeof unit->why + 20];
        snprintf(text, sizeof text, "rolled back: %s", unit->why);
        fix_note(fix, "'%s' is %s", unit->path, text);
        if (fix_attempt(fix, unit, text, err))
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

// Changes for what the build or the tests said, of one kind, and for what stands in the work already.
static int make_changes(struct fix *fix, const struct fix_look *look, struct fix_work *work,
                        struct flow_error *err)
{
    fix->free = fix->mended = 0;
    for (size_t i = 0; i < fix->count; i++) {
        fix->units[i].changes = false;
        flow_buf_clear(&fix->units[i].edits);
    }
    if (fix_free(fix, &look->build, err) || fix_work_add_errors(work, fix, &look->build, err))
        return -1;
    if (count_changes(fix) > 0)
        return 0;
    return fix_work_add_failures(work, fix, &look->tests, err) || fix_work_take_requests(work, fix, err) ||
                   fix_ask(fix, work, err)
               ? -1
               : 0;
}

// The difference of two looks at the spending is what the round took, unless its replies were there already.
static int take_costs(struct fix *fix, const struct flow_spending *before, struct flow_fix_round *round,
                      struct flow_error *err)
{
    struct flow_spending now;
    if (flow_ledger_spending(fix->ledger, fix->account, &now, err))
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
    if (round->of_proof)
        snprintf(text, sizeof text, "%u, of tests that the old program fails: %s", round->round,
                 round->state);
    else if (round->of_tests)
        snprintf(text, sizeof text, "%u, from %zu failures to %zu: %s", round->round, round->failures,
                 round->tests.fresh, round->state);
    else
        snprintf(text, sizeof text, "%u, from %zu errors to %zu: %s", round->round, round->before,
                 round->after, round->state);
    if (flow_ledger_event(fix->ledger, fix->run, "round", NULL, text, err))
        return -1;
    snprintf(text, sizeof text, "%u", round->round);
    if (fix_requests_keep(fix, err) || flow_ledger_run_set(fix->ledger, fix->run, "round", text, err))
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

void fix_look_release(struct fix_look *look)
{
    fix_build_release(&look->build);
    fix_tests_release(&look->tests);
    flow_buf_release(&look->said);
}

// Builds the tree and tests it, where that makes sense. What a round changed is weighed against `before`,
// which is NULL where it did not change anything.
static int look_at(struct fix *fix, const struct fix_look *before, struct fix_look *out, size_t *worse,
                   struct flow_error *err)
{
    *out = (struct fix_look){.build.clean = true};
    *worse = 0;
    flow_diagnostics_init(&out->build.list);
    if (fix_tree_sync(fix, err))
        return -1;
    if (fix->proving ? fix_prove_look(fix, out, err)
                     : !fix->options->test_only && fix_build(fix, &out->build, err))
        return -1;
    int result = before ? fix_weigh(fix, &before->build, &out->build, worse, err) : 0;
    if (result == 0 && *worse == 0 && out->build.clean && !fix->proving)
        result = fix_test(fix, &out->tests, err);
    if (result == 0 && *worse == 0 && before)
        result = fix_weigh_tests(fix, &before->tests, &out->tests, worse, err);
    if (result)
        fix_look_release(out);
    return result;
}

// Builds and tests what the round changed. A file that is worse goes back, and the rest is tried again; where
// that is worse for the same reason, all of it goes back. *after is to be released.
static int build_changes(struct fix *fix, const struct fix_look *before, bool free, struct fix_look *after,
                         struct flow_error *err)
{
    for (unsigned builds = 0, tests = 0;;) {
        size_t worse;
        if (look_at(fix, before, after, &worse, err))
            return -1;
        if (worse == 0)
            return 0;
        if (!after->build.clean && after->build.errors == 0)
            fix_note(fix, "the build failed in a way that could not be read: %s", after->build.last);
        if (++*(after->tests.ran ? &tests : &builds) == 2)
            give_up(fix);
        int result = roll_back(fix, free, err);
        if (result == 0 && count_changes(fix) == 0)
            return 0;
        fix_look_release(after);
        if (result)
            return -1;
    }
}

static int note_changed(struct fix *fix, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        unit->latest = unit->changes;
        if (unit->changes && fix_attempt(fix, unit, "edits committed", err))
            return -1;
    }
    return 0;
}

// Builds what the round changed, and keeps it or not. *look is at the branch afterwards.
static int try_changes(struct fix *fix, struct fix_look *look, const struct fix_work *work,
                       struct flow_fix_round *round, struct flow_error *err)
{
    struct fix_look after;
    if (build_changes(fix, look, round->free > 0, &after, err))
        return -1;
    size_t files = count_changes(fix);
    round->after = after.build.errors;
    round->tested = after.tests.ran;
    round->tests = after.tests.counts;
    if (files == 0) {
        round->state = "rolled-back";
        fix_figure(fix, &fix->progress.errors, look->build.errors);
        fix_figure(fix, &fix->progress.failures, look->tests.counts.fresh);
        fix_look_release(&after);
        return 0;
    }
    round->files = files;
    round->state = "committed";
    if (fix_review_keep(fix, work, err) || fix_commit(fix, look, &after, round, err) ||
        note_changed(fix, err)) {
        fix_look_release(&after);
        return -1;
    }
    round->commit = fix->tip.hex;
    fix_look_release(look);
    *look = after;
    return 0;
}

// With findings of reviewers in the work, or none. 1: complaints that were known are gone, or something was
// done about the findings.
static int one_round(struct fix *fix, struct fix_look *look, struct fix_work *work, struct flow_error *err)
{
    size_t complaints = fix_complaints(look), known;
    bool of_review = work->count > 0;
    struct flow_fix_round round = {.round = ++fix->round,
                                   .before = look->build.errors,
                                   .after = look->build.errors,
                                   .of_tests = look->build.clean,
                                   .of_proof = fix->proving,
                                   .of_review = of_review,
                                   .failures = look->tests.counts.fresh,
                                   .tested = look->tests.ran,
                                   .tests = look->tests.counts,
                                   .state = "nothing",
                                   .commit = ""};
    struct flow_spending spending;
    fix_figure(fix, &fix->progress.round, fix->round);
    if (flow_ledger_spending(fix->ledger, fix->account, &spending, err) ||
        make_changes(fix, look, work, err) || take_costs(fix, &spending, &round, err))
        return -1;
    round.files = count_changes(fix);
    round.free = fix->free;
    round.mended = fix->mended;
    if (round.files > 0 && try_changes(fix, look, work, &round, err))
        return -1;
    if (keep_round(fix, &round, err) || fix_progress(fix, look, &known, err))
        return -1;
    return known < complaints || (of_review && *round.commit);
}

static int first_look(struct fix *fix, struct fix_look *look, struct flow_error *err)
{
    size_t worse, known;
    if (look_at(fix, NULL, look, &worse, err))
        return -1;
    const struct fix_build *build = &look->build;
    if (build->clean || build->errors > 0) {
        if (fix_progress(fix, look, &known, err) == 0)
            return 0;
    } else {
        flow_error_set(
            err, FLOW_E_ENV,
            "the build '%s' failed with status %d, and no error could be read of what it said; set "
            "fix.build or diagnostics.pattern. It ended with: %s",
            fix->command, build->status, *build->last ? build->last : "nothing");
    }
    fix_look_release(look);
    return -1;
}

// Up to the stronger model, where there is one that was not asked yet.
static bool climb(struct fix *fix, unsigned *stalled)
{
    if (!fix->escalate || fix->escalated)
        return false;
    fix->escalated = true;
    *stalled = 0;
    fix_note(fix, "no progress in the last rounds: going on with %s", fix->escalate);
    return true;
}

// What there is to do next: complaints, and behind them what reviewers find. 0: nothing is left.
static int find_work(struct fix *fix, const struct fix_look *look, struct fix_work *work,
                     struct flow_error *err)
{
    if (fix_complaints(look) > 0)
        return 1;
    if (!fix_has_reviews(fix))
        return 0;
    return fix_review(fix, work, err) ? -1 : work->count > 0;
}

// 1: there may be more to do; *stalled counts rounds without progress.
static int next_round(struct fix *fix, struct fix_look *look, struct fix_work *work, unsigned *stalled,
                      struct flow_error *err)
{
    size_t complaints = fix_complaints(look);
    int left = fix_stopped(fix, err) ? -1 : find_work(fix, look, work, err);
    if (left <= 0)
        return left;
    if (complaints > 0 && complaints <= fix->options->until)
        fix->outcome->why = "as many are left as --until allows";
    else if (fix->outcome->rounds >= fix->rounds)
        fix->outcome->why = "the last round that was allowed";
    else if (*stalled >= fix->stall && !climb(fix, stalled))
        fix->outcome->why = "no progress in the last rounds";
    if (fix->outcome->why)
        return 0;
    int better = one_round(fix, look, work, err);
    if (better < 0)
        return -1;
    fix->outcome->rounds++;
    *stalled = better ? 0 : *stalled + 1;
    return 1;
}

static int go_on(struct fix *fix, struct fix_look *look, struct flow_error *err)
{
    unsigned stalled = 0;
    int result = 1;
    while (result == 1) {
        struct fix_work work;
        fix_work_init(&work);
        result = next_round(fix, look, &work, &stalled, err);
        fix_work_release(&work);
    }
    return result;
}

int fix_rounds_prove(struct fix *fix, struct fix_look *look, struct flow_error *err)
{
    if (first_look(fix, look, err))
        return -1;
    if (go_on(fix, look, err) == 0)
        return 0;
    fix_look_release(look);
    return -1;
}

int fix_rounds(struct fix *fix, struct flow_error *err)
{
    struct fix_look look;
    if (first_look(fix, &look, err))
        return -1;
    int result = go_on(fix, &look, err);
    // Where nothing is left to be mended, nothing is left to be asked for.
    if (result == 0 && fix_complaints(&look) == 0)
        result = fix_requests_forget(fix, err);
    fix->outcome->built = true;
    fix->outcome->test_only = fix->options->test_only;
    fix->outcome->clean = look.build.clean;
    fix->outcome->errors = look.build.errors;
    fix->outcome->tested = look.tests.ran;
    fix->outcome->tests = look.tests.counts;
    if (fix_build_left(fix, &look.build, result ? NULL : err) ||
        fix_tests_left(fix, &look.tests, result ? NULL : err) || fix_attempts_left(fix, result ? NULL : err))
        result = -1;
    fix_look_release(&look);
    return result;
}
