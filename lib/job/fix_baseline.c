// SPDX-License-Identifier: MIT
/*
 * The old program, built once on the commit that the port began from, and tested several times to see which
 * tests are flaky. What they printed is kept in the ledger with commit, commands and number, and read again
 * from there as long as these are the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/file.h"
#include "tree_files.h"

// What a baseline belongs to.
static int put_key(const struct fix *fix, struct flow_buf *out, struct flow_error *err)
{
    const struct flow_fix_old *old = &fix->old;
    flow_buf_printf(out, "%s %u %s\n%s\n%s", fix->base.hex, fix->baseline_runs, old->test,
                    old->build ? old->build : "", old->fetch ? old->fetch : "");
    return flow_buf_check(out, "baseline", err);
}

static int add_report(struct fix *fix, const char *root, int status, const struct flow_buf *text,
                      struct flow_error *err)
{
    if (fix_report_read(&fix->baselines[fix->baseline_count], root, status, text, err))
        return -1;
    fix->baseline_count++;
    return 0;
}

static int keep(struct fix *fix, unsigned number, int status, const struct flow_buf *text,
                struct flow_error *err)
{
    struct flow_id block;
    char key[40], value[80];
    if (flow_ledger_block_put(fix->ledger, text->data, text->len, &block, err))
        return -1;
    snprintf(key, sizeof key, "baseline.%u", number);
    snprintf(value, sizeof value, "%d %s", status, block.hex);
    return flow_ledger_run_set(fix->ledger, fix->run, key, value, err);
}

// What the tests need: a failure is no result of them.
static int prepare(struct fix *fix, const char *tree, const char *what, const char *text,
                   const struct flow_build_rules *fetches, struct flow_error *err)
{
    struct flow_buf said;
    int status = 0;
    if (!text)
        return 0;
    flow_buf_init(&said, FLOW_BUF_FILE);
    struct fix_command command = {.what = what,
                                  .text = text,
                                  .tree = tree,
                                  .dir = tree,
                                  .fetches = fetches,
                                  .out = &said,
                                  .err = &said};
    int result = fix_run(fix, &command, &status, err);
    if (result == 0 && status != 0)
        result = flow_error_set(err, FLOW_E_ENV,
                                "%s, '%s', failed with status %d on the old program: mend it, or unset what "
                                "needs it. It ended with: %s",
                                what, text, status, fix_tail(said.data, said.len, 400));
    flow_buf_release(&said);
    return result;
}

int fix_old_fetch(struct fix *fix, const char *tree, struct flow_error *err)
{
    return prepare(fix, tree, "fetch.command", fix->old.fetch, fix->old_rules, err);
}

int fix_old_build(struct fix *fix, const char *tree, struct flow_error *err)
{
    return prepare(fix, tree, "build.command", fix->old.build, NULL, err);
}

int fix_tree_beside(const struct fix *fix, const char *name, struct flow_buf *path, struct flow_error *err)
{
    struct flow_buf folder;
    flow_buf_init(&folder, FLOW_BUF_LINE);
    flow_buf_printf(&folder, "../%s", name);
    flow_path_join(path, fix->place.tree.data, folder.data);
    flow_buf_release(&folder);
    return flow_buf_check(path, "path of the build tree", err);
}

int fix_old_tree(struct fix *fix, const char *name, struct flow_buf *path, struct flow_error *err)
{
    struct flow_snapshot *base = NULL;
    int result = fix_tree_beside(fix, name, path, err);
    if (result == 0)
        result = flow_snapshot_commit(&base, fix->repo, &fix->base, err);
    if (result == 0)
        result = flow_dir_remove(path->data, err);
    if (result == 0) {
        const struct tree tree = {.root = path->data, .repo = fix->repo, .snapshot = base};
        result = tree_sync(&tree, err);
    }
    if (result == 0)
        result = fix_old_fetch(fix, path->data, err);
    flow_snapshot_free(base);
    return result;
}

static int run_once(struct fix *fix, const char *tree, unsigned number, struct flow_error *err)
{
    struct flow_buf text;
    int status;
    flow_buf_init(&text, FLOW_BUF_FILE);
    struct fix_command command = {
        .what = "baseline", .text = fix->old.test, .tree = tree, .dir = tree, .out = &text, .err = &text};
    int result = fix_run(fix, &command, &status, err);
    if (result == 0)
        result = add_report(fix, tree, status, &text, err);
    if (result == 0)
        result = keep(fix, number, status, &text, err);
    flow_buf_release(&text);
    return result;
}

// In a tree of its own, which is not needed any more afterwards.
static int run_all(struct fix *fix, const struct flow_buf *key, struct flow_error *err)
{
    struct flow_buf tree;
    fix_doing(fix, "baseline");
    flow_buf_init(&tree, FLOW_BUF_LINE);
    int result = fix_old_tree(fix, "base", &tree, err);
    if (result == 0)
        result = fix_old_build(fix, tree.data, err);
    for (unsigned i = 0; i < fix->baseline_runs && result == 0; i++)
        result = run_once(fix, tree.data, i, err);
    if (result == 0)
        result = flow_ledger_run_set(fix->ledger, fix->run, "baseline", key->data, err);
    if (result == 0)
        result = flow_dir_remove(tree.data, err);
    flow_buf_release(&tree);
    return result;
}

// 1: the report of that run was in the ledger.
static int load_one(struct fix *fix, unsigned number, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf value, text;
    struct flow_id block;
    char key[40];
    snprintf(key, sizeof key, "baseline.%u", number);
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_FILE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, key, &value, err);
    const char *hash = known == 1 ? strchr(value.data, ' ') : NULL;
    known = known == 1 ? hash != NULL : known;
    if (known == 1) {
        snprintf(block.hex, sizeof block.hex, "%s", hash + 1);
        if (flow_ledger_block_get(fix->ledger, &block, &text, &own))
            known = own.code == FLOW_E_NOT_FOUND ? 0 : flow_error_set(err, own.code, "%s", own.message);
    }
    if (known == 1 && add_report(fix, NULL, (int)strtol(value.data, NULL, 10), &text, err))
        known = -1;
    flow_buf_release(&text);
    flow_buf_release(&value);
    return known;
}

static void forget(struct fix *fix)
{
    for (size_t i = 0; i < fix->baseline_count; i++)
        flow_report_release(&fix->baselines[i]);
    fix->baseline_count = 0;
}

static int load_all(struct fix *fix, const struct flow_buf *key, struct flow_error *err)
{
    struct flow_buf was;
    flow_buf_init(&was, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, "baseline", &was, err);
    if (known == 1)
        known = strcmp(was.data, key->data) == 0;
    for (unsigned i = 0; i < fix->baseline_runs && known == 1; i++)
        known = load_one(fix, i, err);
    if (known != 1)
        forget(fix);
    flow_buf_release(&was);
    return known;
}

int fix_baseline(struct fix *fix, struct flow_error *err)
{
    struct flow_buf key;
    if (!fix->old.test)
        return 0;
    fix->baselines = calloc(fix->baseline_runs, sizeof *fix->baselines);
    if (!fix->baselines)
        return flow_error_nomem(err);
    flow_buf_init(&key, FLOW_BUF_LINE);
    int known = put_key(fix, &key, err) ? -1 : load_all(fix, &key, err);
    if (known == 0)
        known = run_all(fix, &key, err);
    flow_buf_release(&key);
    if (known < 0)
        return -1;
    size_t passed = 0;
    for (size_t i = 0; i < fix->baseline_count; i++)
        passed += fix->baselines[i].counts[FLOW_OUTCOME_PASS];
    if (passed == 0)
        fix_note(fix, "no test of the old program passes: '%s' says nothing", fix->old.test);
    return 0;
}

void fix_baseline_release(struct fix *fix)
{
    forget(fix);
    free(fix->baselines);
}
