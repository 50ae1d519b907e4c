// SPDX-License-Identifier: MIT
/*
 * Protected files: what judges the port is not changed to suit it.
 *
 * Nothing but files of units is ever written, so this is about units that lie where tests do. What else
 * becomes of protected files on the branch is somebody's commit, which is named.
 */
#include <string.h>

#include "fix_private.h"
#include "flow/base/str.h"

int fix_guard_load(struct fix *fix, struct flow_error *err)
{
    if (flow_build_protected(fix->rules, &fix->protect, err))
        return -1;
    fix->protect_own = fix->protect.count;
    return flow_config_list(fix->config, "fix.protect", &fix->protect, err) ||
                   flow_config_list(fix->config, "fix.allow", &fix->allow, err) ||
                   flow_language_list(fix->from, "tests.path", true, &fix->tests, err)
               ? -1
               : 0;
}

static bool is_one_of(const struct flow_strv *globs, size_t from, const char *path)
{
    for (size_t i = from; i < globs->count; i++)
        if (flow_glob_match(globs->items[i], path))
            return true;
    return false;
}

bool fix_is_protected(const struct fix *fix, const char *path)
{
    return is_one_of(&fix->protect, 0, path) && !is_one_of(&fix->allow, 0, path);
}

// A test that is proven judges the port, wherever it stands. While it is not, it is what has to be mended,
// unless a person has named it.
static bool is_guarded(const struct fix *fix, const struct fix_unit *unit)
{
    bool allowed = is_one_of(&fix->allow, 0, unit->path);
    if (fix->proving)
        return !unit->test || (is_one_of(&fix->protect, fix->protect_own, unit->path) && !allowed);
    return fix_is_protected(fix, unit->path) || (unit->proven && !allowed);
}

void fix_guard_units(struct fix *fix)
{
    for (size_t i = 0; i < fix->count; i++)
        fix->units[i].guarded = fix->units[i].path && is_guarded(fix, &fix->units[i]);
}

static bool is_ours(const char *message)
{
    struct flow_buf value;
    flow_buf_init(&value, FLOW_BUF_LINE);
    bool ours = flow_trailer_get(message, "Flow-Unit", 0, &value) == 1 ||
                flow_trailer_get(message, "Flow-Job", 0, &value) == 1;
    flow_buf_release(&value);
    return ours;
}

// The scaffold is protected, too, and flow-port writes it.
static int read_commit(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    struct fix *fix = payload;
    bool ours = is_ours(info->message);
    for (size_t i = 0; !ours && i < info->paths->count; i++) {
        const char *path = info->paths->items[i];
        if (!fix_is_protected(fix, path))
            continue;
        fix_note(fix, "the protected file '%s' was changed by commit %.12s since the rounds began", path,
                 info->id.hex);
        if (flow_ledger_event(fix->ledger, fix->run, "protected-changed", NULL, path, err))
            return -1;
    }
    return 0;
}

static int compare_with(struct fix *fix, const char *commit, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_id id;
    if (strcmp(commit, fix->tip.hex) == 0)
        return 0;
    if (flow_repo_resolve(fix->repo, commit, &id, &own) == 0 &&
        flow_repo_walk(fix->repo, &id, &fix->tip, read_commit, fix, &own) == 0)
        return 0;
    if (own.code != FLOW_E_NOT_FOUND)
        return flow_error_set(err, own.code, "%s", own.message);
    fix_note(fix,
             "commit %.12s, where the rounds began, is not on the branch any more: what became of protected "
             "files since is not known",
             commit);
    return 0;
}

int fix_guard(struct fix *fix, struct flow_error *err)
{
    struct flow_buf began;
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        unit->test = unit->path && is_one_of(&fix->tests, 0, unit->id);
        fix->outcome->ported_tests += unit->test && !fix->options->build_only;
    }
    fix_guard_units(fix);
    flow_buf_init(&began, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(fix->ledger, fix->run, "began", &began, err);
    int result = known < 0 ? -1 : 0;
    if (known == 1)
        result = compare_with(fix, began.data, err);
    if (known == 0)
        result = flow_ledger_run_set(fix->ledger, fix->run, "began", fix->tip.hex, err);
    flow_buf_release(&began);
    return result;
}
