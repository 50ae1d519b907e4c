// SPDX-License-Identifier: MIT
/*
 * The build tree of the branch, whose files of units are what they become in this round.
 */
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/file.h"
#include "tree_files.h"

static int write_tree(struct fix *fix, const struct flow_snapshot *was,
                      int (*undone)(void *payload, const char *path, struct flow_error *err),
                      struct flow_error *err)
{
    struct tree_file *files = calloc(fix->count + 1, sizeof *files);
    size_t count = 0;
    if (!files)
        return flow_error_nomem(err);
    for (size_t i = 0; i < fix->count; i++) {
        const struct fix_unit *unit = &fix->units[i];
        if (unit->changes)
            files[count++] =
                (struct tree_file){.path = unit->path, .text = unit->next.data, .len = unit->next.len};
    }
    const struct tree tree = {
        .root = fix->place.tree.data,
        .repo = fix->repo,
        .snapshot = fix->snapshot,
        .was = was,
        .files = files,
        .count = count,
        .undone = undone,
        .payload = fix,
    };
    int result = tree_sync(&tree, err);
    free(files);
    return result;
}

// The commit that the tree was last written from, whose files may be there. One that is gone names nothing:
// then the tree is begun anew.
static int open_old(struct fix *fix, const char *was, struct flow_snapshot **out, struct flow_error *err)
{
    struct flow_id commit;
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_repo_resolve(fix->repo, was, &commit, &own) == 0 &&
        flow_snapshot_commit(out, fix->repo, &commit, &own) == 0)
        return 0;
    if (own.code != FLOW_E_NOT_FOUND)
        return flow_error_set(err, own.code, "%s", own.message);
    return flow_dir_remove(fix->place.tree.data, err);
}

int fix_tree_sync(struct fix *fix, struct flow_error *err)
{
    struct flow_snapshot *old = NULL;
    struct flow_buf was;
    flow_buf_init(&was, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, fix->place.checkout, &was, err);
    int result = known < 0 ? -1 : 0;
    if (known == 1 && strcmp(was.data, fix->tip.hex) != 0)
        result = open_old(fix, was.data, &old, err);
    if (result == 0)
        result = write_tree(fix, old, NULL, err);
    if (result == 0)
        result = flow_ledger_run_set(fix->ledger, fix->run, fix->place.checkout, fix->tip.hex, err);
    flow_snapshot_free(old);
    flow_buf_release(&was);
    return result;
}

static int note_undone(void *payload, const char *path, struct flow_error *err)
{
    struct fix *fix = payload;
    bool added;
    if (!flow_map_ensure(fix->undone, path, strlen(path), &added))
        return flow_error_nomem(err);
    // A tool that rewrites its own file does so each time.
    if (!added)
        return 0;
    fix_note(fix, "'%s' was changed by a build or a test in its own tree, which is undone", path);
    return flow_ledger_event(fix->ledger, fix->run, "undone", NULL, path, err);
}

int fix_tree_undo(struct fix *fix, struct flow_error *err)
{
    return write_tree(fix, NULL, note_undone, err);
}
