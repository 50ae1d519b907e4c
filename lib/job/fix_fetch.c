// SPDX-License-Identifier: MIT
/*
 * The fetch step: what a build needs from elsewhere is brought here once, with a network and before anything
 * else runs. It is done again when the command changes, or a build file of the branch.
 */
#include <string.h>

#include "fix_private.h"

// What it was done for: the command, and the protected files, which the build files are among.
static int put_key(struct fix *fix, struct flow_id *out, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_puts(&text, fix->fetch);
    for (size_t i = 0; i < fix->snapshot->count; i++) {
        const struct flow_entry *entry = &fix->snapshot->entries[i];
        if (fix_is_protected(fix, entry->path))
            flow_buf_printf(&text, "\n%s %s", entry->blob.hex, entry->path);
    }
    int result = flow_buf_check(&text, "build files", err);
    if (result == 0)
        result = flow_id_of(out, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

static int run(struct fix *fix, struct flow_error *err)
{
    struct flow_buf text;
    int status;
    flow_buf_init(&text, FLOW_BUF_FILE);
    struct fix_command command = {.what = "fetch step",
                                  .text = fix->fetch,
                                  .tree = fix->place.tree.data,
                                  .dir = fix->place.dir.data,
                                  .fetches = fix->rules,
                                  .out = &text,
                                  .err = &text};
    fix_doing(fix, "fetching");
    int result = fix_tree_sync(fix, err);
    if (result == 0)
        result = fix_run(fix, &command, &status, err);
    if (result == 0 && status != 0)
        result =
            flow_error_set(err, FLOW_E_ENV, "the fetch step '%s' failed with status %d. It ended with: %s",
                           fix->fetch, status, fix_tail(text.data, text.len, 400));
    if (result == 0)
        result = fix_tree_undo(fix, err);
    flow_buf_release(&text);
    return result;
}

int fix_fetch(struct fix *fix, struct flow_error *err)
{
    struct flow_buf was;
    struct flow_id key;
    if (!fix->fetch)
        return 0;
    flow_buf_init(&was, FLOW_BUF_LINE);
    int known =
        put_key(fix, &key, err) ? -1 : flow_ledger_run_get(fix->ledger, fix->run, "fetched", &was, err);
    int result = known < 0 ? -1 : 0;
    if (result == 0 && (known == 0 || strcmp(was.data, key.hex) != 0)) {
        result = run(fix, err);
        if (result == 0)
            result = flow_ledger_run_set(fix->ledger, fix->run, "fetched", key.hex, err);
    }
    flow_buf_release(&was);
    return result;
}
