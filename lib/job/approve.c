// SPDX-License-Identifier: MIT
#include "flow/job/approve.h"

#include <stdlib.h>
#include <string.h>

#include "flow/agent/send.h"
#include "flow/base/arena.h"
#include "flow/base/str.h"
#include "flow/config/approval.h"

// 1: accepted before; 0: accepted now; -1.
// Where it stands in the way of something else (asked_for is false), where to look at it is said.
static int approve_one(const char *state_dir, const struct flow_brought *brought, bool asked_for,
                       flow_approve_fn ask, void *payload, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    int known = flow_approval_check(state_dir, brought->what, brought->text, brought->len, err);
    int changed = known == 0 ? flow_approval_earlier(state_dir, brought->what, err) : 0;
    if (known != 0 || changed < 0)
        return known == 1 ? 1 : -1;
    if (ask && ask(payload, brought, changed == 1, &own) == 0)
        return flow_approval_record(state_dir, brought->what, brought->text, brought->len, err);
    if (ask && (asked_for || own.code != FLOW_E_REFUSED)) {
        if (err)
            *err = own;
        return -1;
    }
    return flow_error_set(
        err, FLOW_E_REFUSED,
        "'%s' comes with the repository, %s: look at it with 'flow approve', which asks, or "
        "accepts it with --yes",
        brought->what,
        changed == 1 ? "and changed since somebody here accepted it" : "and nobody here has accepted it");
}

int flow_approve(const char *state_dir, const struct flow_brought *brought, size_t count, flow_approve_fn ask,
                 void *payload, struct flow_error *err)
{
    for (size_t i = 0; i < count; i++)
        if (approve_one(state_dir, &brought[i], false, ask, payload, err) < 0)
            return -1;
    return 0;
}

/* What there is to ask about. */
struct approve {
    const struct flow_approve_options *options;
    struct flow_snapshot *snapshot;
    struct flow_buf state_dir;
    struct flow_send *send;
    struct flow_arena arena;
    struct flow_brought *items;
    size_t count, cap;
};

static int add(struct approve *a, const char *what, const char *text, size_t len, struct flow_error *err)
{
    if (flow_grow(&a->items, &a->cap, a->count + 1, sizeof *a->items, err))
        return -1;
    struct flow_brought item = {
        .what = flow_arena_str(&a->arena, what), .text = flow_arena_strn(&a->arena, text, len), .len = len};
    if (!item.what || !item.text)
        return flow_error_nomem(err);
    a->items[a->count++] = item;
    return 0;
}

static int read_file(struct approve *a, const struct flow_entry *entry, struct flow_buf *text,
                     struct flow_error *err)
{
    flow_buf_clear(text);
    return flow_snapshot_read(a->options->repo, a->snapshot, entry, text, err) ||
                   flow_buf_check(text, entry->path, err)
               ? -1
               : 0;
}

static bool is_brought(const char *path)
{
    return flow_str_starts(path, ".flow/prompts/") || flow_str_starts(path, ".flow/passes/") ||
           strcmp(path, ".flow/pr-template.md") == 0;
}

static int add_files(struct approve *a, struct flow_error *err)
{
    struct flow_buf text;
    int result = 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; i < a->snapshot->count && result == 0; i++) {
        const struct flow_entry *entry = &a->snapshot->entries[i];
        if (entry->kind != FLOW_ENTRY_FILE || !is_brought(entry->path))
            continue;
        result = read_file(a, entry, &text, err);
        if (result == 0)
            result = add(a, entry->path, text.data, text.len, err);
    }
    flow_buf_release(&text);
    return result;
}

// Commands of one's own configuration are one's own.
static int add_commands(struct approve *a, struct flow_error *err)
{
    static const char *const keys[] = {"fetch.command",    "build.command", "test.command", "prove.command",
                                       "coverage.command", "fix.fetch",     "fix.build",    "fix.test",
                                       "optimize.lint",    "optimize.bench"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        enum flow_config_level level = FLOW_CONFIG_OPTION;
        const char *value = flow_config_str(a->options->config, keys[i], NULL);
        flow_config_origin(a->options->config, keys[i], &level);
        if (value && level == FLOW_CONFIG_COMMITTED && add(a, keys[i], value, strlen(value), err))
            return -1;
    }
    return 0;
}

static void report(const struct approve *a, const char *what, bool before)
{
    if (a->options->accepted)
        a->options->accepted(a->options->payload, what, before);
}

static int ask_about(struct approve *a, const struct flow_brought *item, struct flow_error *err)
{
    int known = approve_one(a->state_dir.data, item, true, a->options->ask, a->options->payload, err);
    if (known >= 0)
        report(a, item->what, known == 1);
    return known < 0 ? -1 : 0;
}

// A file that is held back.
static int decide(struct approve *a, const struct flow_entry *entry, struct flow_error *err)
{
    struct flow_buf text, why;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    int result = read_file(a, entry, &text, err);
    int held = result == 0 ? flow_send_check(a->send, entry->path, text.data, text.len, &why, err) : -1;
    struct flow_brought item = {.what = entry->path, .text = text.data, .len = text.len, .why = why.data};
    if (held == 1 && (!a->options->ask || a->options->ask(a->options->payload, &item, false, err)))
        held = -1;
    if (held == 1) {
        flow_buf_clear(&why);
        int refused = flow_send_allow(a->send, entry->path, text.data, text.len, &why, err);
        if (refused == 1)
            flow_error_set(err, FLOW_E_REFUSED, "'%s' is %s", entry->path, why.data);
        held = refused == 0 ? 1 : -1;
    }
    if (held >= 0)
        report(a, entry->path, held == 0);
    flow_buf_release(&why);
    flow_buf_release(&text);
    return held < 0 ? -1 : 0;
}

static int decide_named(struct approve *a, const char *name, struct flow_error *err)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i].what, name) == 0)
            return ask_about(a, &a->items[i], err);
    const struct flow_entry *entry = flow_snapshot_find(a->snapshot, name);
    if (entry && entry->kind == FLOW_ENTRY_FILE)
        return decide(a, entry, err);
    return flow_error_set(
        err, FLOW_E_NOT_FOUND,
        "there is no '%s' in %s: neither a file nor a command that comes with the repository", name,
        a->options->at);
}

static int open_all(struct approve *a, struct flow_error *err)
{
    struct flow_id commit;
    if (flow_repo_state_dir(a->options->repo, &a->state_dir, err) ||
        flow_send_new(&a->send, a->options->config, a->state_dir.data, err) ||
        flow_repo_resolve(a->options->repo, a->options->at, &commit, err) ||
        flow_snapshot_commit(&a->snapshot, a->options->repo, &commit, err))
        return -1;
    return add_files(a, err) || add_commands(a, err) ? -1 : 0;
}

int flow_approve_all(const struct flow_approve_options *options, struct flow_error *err)
{
    struct approve a = {.options = options};
    flow_arena_init(&a.arena);
    flow_buf_init(&a.state_dir, FLOW_BUF_LINE);
    int result = open_all(&a, err);
    for (size_t i = 0; i < options->names->count && result == 0; i++)
        result = decide_named(&a, options->names->items[i], err);
    for (size_t i = 0; i < a.count && result == 0 && options->names->count == 0; i++)
        result = ask_about(&a, &a.items[i], err);
    free(a.items);
    flow_send_free(a.send);
    flow_snapshot_free(a.snapshot);
    flow_buf_release(&a.state_dir);
    flow_arena_release(&a.arena);
    return result;
}
