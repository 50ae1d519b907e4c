// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/str.h"

/* Three, and a model each. */
#define TRAILERS 6

struct files {
    struct flow_change *changes;
    struct flow_id *blobs;
    size_t count;
};

static int gather(struct fix *fix, struct files *files, struct flow_error *err)
{
    files->changes = calloc(fix->count + 1, sizeof *files->changes);
    files->blobs = calloc(fix->count + 1, sizeof *files->blobs);
    if (!files->changes || !files->blobs)
        return flow_error_nomem(err);
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (!unit->changes)
            continue;
        const struct flow_entry *entry = flow_snapshot_find(fix->snapshot, unit->path);
        struct flow_id *blob = &files->blobs[files->count];
        if (flow_id_of(blob, unit->next.data, unit->next.len, err))
            return -1;
        files->changes[files->count++] = (struct flow_change){.path = unit->path,
                                                              .blob = blob,
                                                              .executable = entry && entry->executable,
                                                              .text = unit->next.data,
                                                              .len = unit->next.len};
    }
    return 0;
}

static void put_tests(const struct fix_tests *tests, const char *when, struct flow_buf *out)
{
    const struct flow_fix_tests *counts = &tests->counts;
    if (tests->ran)
        flow_buf_printf(out, "%6zu  %6zu  %3zu  %5zu  %5zu  %5zu  %s\n", counts->passed, counts->failed,
                        counts->fresh, counts->known, counts->flaky, counts->fixed, when);
}

// Errors of each file that was changed, before and after, and the tests.
static void put_table(struct fix *fix, const struct fix_look *before, const struct fix_look *after,
                      struct flow_buf *out)
{
    flow_buf_puts(out, "before  after  file\n");
    for (size_t i = 0; i < fix->count; i++) {
        const struct fix_unit *unit = &fix->units[i];
        if (!unit->changes)
            continue;
        const char *file = fix_unit_file(fix, unit);
        flow_buf_printf(out, "%6zu  %5zu  ", fix_build_errors(&before->build, file),
                        fix_build_errors(&after->build, file));
        flow_str_show(out, unit->path, strlen(unit->path));
        flow_buf_putc(out, '\n');
    }
    if (!after->tests.ran)
        return;
    flow_buf_puts(out, "\npassed  failed  new  known  flaky  fixed  tests\n");
    put_tests(&before->tests, "before", out);
    put_tests(&after->tests, "after", out);
}

static void put_cost(const struct flow_fix_round *round, struct flow_buf *out)
{
    if (round->priced)
        flow_buf_printf(out, "$%.4f, ", (double)round->nano_usd / 1e9);
    else
        flow_buf_puts(out, "unknown in dollars, ");
    flow_buf_printf(out, "%lld calls", (long long)round->calls);
}

// Each model once. A round of the compiler's suggestions names none.
static size_t add_models(const struct fix *fix, struct flow_trailer *trailers, size_t count)
{
    for (size_t i = 0; i < fix->count; i++) {
        const struct fix_unit *unit = &fix->units[i];
        size_t k = 3;
        while (unit->changes && k < count && strcmp(trailers[k].value, unit->by) != 0)
            k++;
        if (unit->changes && k == count && count < TRAILERS)
            trailers[count++] = (struct flow_trailer){"Flow-Model", unit->by};
    }
    return count;
}

static int write_commit(struct fix *fix, const struct files *files, const struct fix_look *before,
                        const struct fix_look *after, const struct flow_fix_round *round, struct flow_id *out,
                        struct flow_error *err)
{
    struct flow_buf body, cost;
    char subject[100], number[16];
    flow_buf_init(&body, FLOW_BUF_TEXT);
    flow_buf_init(&cost, FLOW_BUF_LINE);
    if (round->of_review)
        snprintf(subject, sizeof subject, "fix what reviewers found, round %u", round->round);
    else if (round->of_proof)
        snprintf(subject, sizeof subject,
                 "fix tests that the old program fails, round %u: from %zu failures to %zu", round->round,
                 fix_complaints(before), fix_complaints(after));
    else if (round->of_tests)
        snprintf(subject, sizeof subject, "fix the tests, round %u: from %zu failures to %zu", round->round,
                 round->failures, round->tests.fresh);
    else
        snprintf(subject, sizeof subject, "fix the build, round %u: from %zu errors to %zu", round->round,
                 round->before, round->after);
    snprintf(number, sizeof number, "%u", round->round);
    if (round->free > 0)
        flow_buf_printf(&body, "Suggestions of the compiler, %zu of them. No reviewer had seen this yet.\n\n",
                        round->free);
    else
        flow_buf_printf(&body, "What fixers say they mended: %zu. No reviewer had seen this yet.\n\n",
                        round->mended);
    put_table(fix, before, after, &body);
    put_cost(round, &cost);
    struct flow_trailer trailers[TRAILERS] = {
        {"Flow-Job", "fix"}, {"Flow-Round", number}, {"Flow-Cost", cost.data}};
    size_t trailer_count = round->free > 0 ? 3 : add_models(fix, trailers, 3);
    struct flow_commit commit = {
        .branch = fix->branch,
        .parent = fix->tip,
        .subject = subject,
        .body = body.data,
        .trailers = trailers,
        .trailer_count = trailer_count,
        .changes = files->changes,
        .change_count = files->count,
    };
    int result = flow_buf_check(&body, "message of a commit", err);
    if (result == 0)
        result = flow_repo_commit(fix->repo, &commit, out, err);
    flow_buf_release(&cost);
    flow_buf_release(&body);
    return result;
}

// Verdicts are on bytes, and these bytes are gone.
static int settle(struct fix *fix, const struct flow_id *commit, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (!unit->changes)
            continue;
        if (fix_unit_unreviewed(fix, unit, commit, err))
            return -1;
        unit->changed = true;
        unit->read = false;
    }
    return 0;
}

int fix_commit(struct fix *fix, const struct fix_look *before, const struct fix_look *after,
               const struct flow_fix_round *round, struct flow_error *err)
{
    struct files files = {0};
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_snapshot *snapshot = NULL;
    struct flow_id commit;
    int result = gather(fix, &files, &own);
    if (result == 0)
        result = write_commit(fix, &files, before, after, round, &commit, &own);
    free(files.blobs);
    free(files.changes);
    if (result && own.code == FLOW_E_CONFLICT)
        return flow_error_set(err, own.code,
                              "somebody else committed to '%s' meanwhile: run it again to go on behind that",
                              fix->branch + strlen("refs/heads/"));
    if (result)
        return flow_error_set(err, own.code, "%s", own.message);
    fix->tip = commit;
    if (settle(fix, &commit, err) || flow_snapshot_commit(&snapshot, fix->repo, &commit, err))
        return -1;
    flow_snapshot_free(fix->snapshot);
    fix->snapshot = snapshot;
    // What the tree holds is what was just committed.
    return flow_ledger_run_set(fix->ledger, fix->run, fix->place.checkout, commit.hex, err);
}
