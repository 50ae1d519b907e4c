// SPDX-License-Identifier: MIT
/*
 * Ported tests against the old program, before anything of the port is built. What fails there is not the
 * port's fault: the old program is right by definition, so the test was translated wrongly. It is mended in
 * rounds like any other, in a tree of its own that holds the branch, with the old program fetched and built
 * in it, and in which only tests are changed.
 *
 * What prove.command printed last is kept with its status, the commands and all that it depends on: the
 * branch, but for the units that are no tests, which the old program stands in for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/file.h"

#define KEPT "proof" // value of the run: key, status, block

static int make_key(struct fix *fix, struct flow_id *out, struct flow_error *err)
{
    const struct flow_fix_old *old = &fix->old;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_printf(&text, "%s\n%s\n%s", old->prove, old->build ? old->build : "",
                    old->fetch ? old->fetch : "");
    for (size_t i = 0; i < fix->snapshot->count; i++) {
        const struct flow_entry *entry = &fix->snapshot->entries[i];
        const struct fix_unit *unit = fix_unit_of(fix, entry->path);
        if (!unit || unit->test)
            flow_buf_printf(&text, "\n%s %s", entry->blob.hex, entry->path);
    }
    int result = flow_buf_check(&text, "what a proof depends on", err);
    if (result == 0)
        result = flow_id_of(out, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

/*
 * One look.
 */

// Errors in other files are nothing that a test can be mended by.
static void keep_errors_of_tests(struct fix *fix, struct fix_build *build)
{
    size_t count = 0;
    for (size_t i = 0; i < build->list.count; i++) {
        const struct flow_diagnostic *item = &build->list.items[i];
        const struct fix_unit *unit = item->severity == FLOW_SEVERITY_ERROR && !item->place.outside
                                          ? fix_unit_at(fix, item->place.file)
                                          : NULL;
        if (unit && unit->test)
            build->list.items[count++] = *item;
    }
    build->list.count = count;
    build->errors = count;
}

static bool tells_of_failure(const struct flow_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct flow_test *test = &report->tests[i];
        if ((test->outcome == FLOW_OUTCOME_FAIL || test->outcome == FLOW_OUTCOME_ERROR) &&
            !fix_is_status(test))
            return true;
    }
    return false;
}

// Where a test tells that it failed, what looks like an error of a compiler is what it printed.
static int read_look(struct fix *fix, struct fix_look *look, const char *limit, struct flow_error *err)
{
    struct fix_build *build = &look->build;
    if (fix_tests_read(fix, &look->tests, build->status, &look->said, limit, err))
        return -1;
    if (build->status == 0 || limit || tells_of_failure(&look->tests.report))
        return 0;
    if (flow_diagnostics_read(&build->list, fix->rules, fix->place.dir.data, look->said.data, look->said.len,
                              err)) {
        fix_tests_release(&look->tests);
        return -1;
    }
    keep_errors_of_tests(fix, build);
    build->clean = build->errors == 0;
    if (!build->clean) {
        fix_tests_release(&look->tests);
        look->tests.counts = (struct flow_fix_tests){0};
    }
    return 0;
}

int fix_prove_look(struct fix *fix, struct fix_look *out, struct flow_error *err)
{
    flow_buf_init(&out->said, FLOW_BUF_FILE);
    struct fix_command command = {.what = "proof",
                                  .text = fix->old.prove,
                                  .tree = fix->place.tree.data,
                                  .dir = fix->place.dir.data,
                                  .may_end = true,
                                  .out = &out->said,
                                  .err = &out->said};
    fix_doing(fix, "proving");
    int result = fix_run(fix, &command, &out->build.status, err);
    if (result == 0)
        result = fix_tree_undo(fix, err);
    if (result == 0)
        result = read_look(fix, out, command.limit, err);
    if (result)
        flow_buf_release(&out->said);
    return result;
}

/*
 * What is kept.
 */

static int keep(struct fix *fix, const struct fix_look *look, struct flow_error *err)
{
    struct flow_id key, block;
    char value[140];
    if (make_key(fix, &key, err) ||
        flow_ledger_block_put(fix->ledger, look->said.data, look->said.len, &block, err))
        return -1;
    snprintf(value, sizeof value, "%s %d %s", key.hex, look->build.status, block.hex);
    return flow_ledger_run_set(fix->ledger, fix->run, KEPT, value, err);
}

// 1: what is kept is of this key, and was printed.
static int read_kept(struct fix *fix, struct fix_look *look, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_id key, block;
    struct flow_buf value;
    char was[sizeof key.hex];
    flow_buf_init(&value, FLOW_BUF_LINE);
    int known = make_key(fix, &key, err) ? -1 : flow_ledger_run_get(fix->ledger, fix->run, KEPT, &value, err);
    if (known == 1)
        known = sscanf(value.data, "%40s %d %40s", was, &look->build.status, block.hex) == 3 &&
                strcmp(was, key.hex) == 0;
    flow_buf_release(&value);
    if (known == 1 && flow_ledger_block_get(fix->ledger, &block, &look->said, &own))
        known = own.code == FLOW_E_NOT_FOUND ? 0 : flow_error_set(err, own.code, "%s", own.message);
    return known;
}

// 1: nothing is left to do about what is kept. What failed is tried again, by other rounds.
static int load(struct fix *fix, struct fix_look *look, struct flow_error *err)
{
    *look = (struct fix_look){.build.clean = true};
    flow_diagnostics_init(&look->build.list);
    flow_buf_init(&look->said, FLOW_BUF_FILE);
    int known = read_kept(fix, look, err);
    if (known == 1 && read_look(fix, look, NULL, err))
        known = -1;
    if (known == 1 && fix_complaints(look) > 0)
        known = 0;
    if (known != 1)
        fix_look_release(look);
    return known;
}

static int prove(struct fix *fix, struct fix_look *look, struct flow_error *err)
{
    const char *tree = fix->place.tree.data;
    fix_doing(fix, "proving");
    if (flow_dir_remove(tree, err) || fix_tree_sync(fix, err) || fix_old_fetch(fix, tree, err) ||
        fix_old_build(fix, tree, err) || fix_rounds_prove(fix, look, err))
        return -1;
    if (keep(fix, look, err) == 0 && flow_dir_remove(tree, err) == 0)
        return 0;
    fix_look_release(look);
    return -1;
}

/*
 * The place of it.
 */

static int place_init(const struct fix *fix, struct fix_place *place, struct flow_error *err)
{
    place->checkout = "checkout.proof";
    flow_buf_init(&place->root, FLOW_BUF_LINE);
    flow_buf_init(&place->tree, FLOW_BUF_LINE);
    flow_buf_init(&place->dir, FLOW_BUF_LINE);
    return fix_tree_beside(fix, "proof", &place->tree, err) || fix_tree_beside(fix, "proof", &place->dir, err)
               ? -1
               : 0;
}

static void place_release(struct fix_place *place)
{
    flow_buf_release(&place->dir);
    flow_buf_release(&place->tree);
    flow_buf_release(&place->root);
}

static void swap_places(struct fix *fix, struct fix_place *place)
{
    struct fix_place other = fix->place;
    fix->place = *place;
    *place = other;
    fix->proving = !fix->proving;
    fix_guard_units(fix);
}

int fix_prove(struct fix *fix, struct flow_error *err)
{
    struct fix_place place;
    struct fix_look look;
    if (!fix->old.prove || fix->outcome->ported_tests == 0)
        return 0;
    int result = place_init(fix, &place, err);
    if (result == 0) {
        swap_places(fix, &place);
        int known = load(fix, &look, err);
        result = known == 0 ? prove(fix, &look, err) : known < 0 ? -1 : 0;
        if (result == 0) {
            result = fix_proof_count(fix, &look, err);
            fix_look_release(&look);
        }
        swap_places(fix, &place);
    }
    place_release(&place);
    // What ended these rounds is no reason to have none for the rest.
    fix->outcome->proof_why = fix->outcome->why;
    fix->outcome->why = NULL;
    fix->escalated = false;
    return result;
}
