// SPDX-License-Identifier: MIT
/*
 * A unit of a port as reviewers see it: its source as it was translated, and its file as it stands on the
 * branch now.
 */
#include <string.h>

#include "flow/agent/prompt.h"
#include "flow/base/str.h"
#include "flow/store/query.h"
#include "review_subject.h"

struct port_run {
    const char *name;
    int64_t id; /* 0: there is none */
};

static int find_run(const struct flow_run_row *run, void *payload)
{
    struct port_run *port = payload;
    if (strcmp(run->job, "port") == 0 && strcmp(run->name, port->name) == 0)
        port->id = run->id;
    return port->id != 0;
}

// The path of the unit's file: the one of the commit that it came from which has the id that was accepted.
struct search {
    struct subject *subject;
    const struct flow_unit_state *state;
    const char *path;
};

static int look_at_commit(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    struct search *search = payload;
    struct subject *subject = search->subject;
    for (size_t i = 0; i < info->paths->count && !search->path; i++) {
        struct flow_error own = FLOW_ERROR_INIT;
        struct flow_id blob, target;
        if (flow_repo_find_blob(subject->options->repo, &info->id, info->paths->items[i], &blob, &own)) {
            if (own.code == FLOW_E_NOT_FOUND)
                continue;
            return flow_error_set(err, own.code, "%s", own.message);
        }
        struct flow_change file = {.path = info->paths->items[i], .blob = &blob};
        if (flow_repo_tree_id(subject->options->repo, &file, 1, &target, err))
            return -1;
        if (strcmp(target.hex, search->state->target_id.hex) != 0)
            continue;
        search->path = flow_arena_str(&subject->arena, file.path);
        if (!search->path)
            return flow_error_nomem(err);
    }
    return 0;
}

static int read_target(struct subject *subject, const char *unit, const struct flow_unit_state *state,
                       const char **path, struct flow_buf *out, struct flow_error *err)
{
    struct flow_repo *repo = subject->options->repo;
    struct search search = {.subject = subject, .state = state};
    struct flow_id parent, tip, blob;
    struct flow_buf branch;
    int found = *state->commit.hex ? flow_repo_parent(repo, &state->commit, &parent, err) : 0;
    if (found < 0 ||
        (found == 1 && flow_repo_walk(repo, &parent, &state->commit, look_at_commit, &search, err)))
        return -1;
    if (!search.path)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "unit '%s' is not on the branch yet: it is %s", unit,
                              state->state);
    *path = search.path;
    flow_buf_init(&branch, FLOW_BUF_LINE);
    flow_buf_printf(&branch, "refs/heads/flow/port/%s", subject->options->name);
    int result = flow_buf_check(&branch, "name of a branch", err);
    if (result == 0)
        result = flow_repo_ref(repo, branch.data, &tip, err);
    if (result == 0)
        result = flow_repo_find_blob(repo, &tip, *path, &blob, err);
    if (result == 0)
        result = flow_repo_read_blob(repo, &blob, out, err);
    if (result == 0) {
        struct flow_change file = {.path = *path, .blob = &blob};
        result = flow_repo_tree_id(repo, &file, 1, &subject->target_id, err);
    }
    flow_buf_release(&branch);
    return result;
}

// A text that is pinned of the unit; empty where there is none.
static const struct flow_buf *pinned(struct subject *subject, int64_t run, const char *unit,
                                     unsigned generation, const char *name, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id id;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int found = flow_ledger_input_get(subject->ledger, run, unit, generation, name, &id, err);
    if (found == 1 && flow_ledger_block_get(subject->ledger, &id, &text, err))
        found = -1;
    const struct flow_buf *kept = found < 0 ? NULL : subject_keep(subject, &text, err);
    flow_buf_release(&text);
    return kept;
}

static int must_send(struct subject *subject, const char *path, const struct flow_buf *text,
                     struct flow_error *err)
{
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int held = flow_send_check(subject->send, path, text->data, text->len, &why, err);
    if (held == 1)
        held = flow_error_set(err, FLOW_E_REFUSED, "'%s' is %s", path, why.data);
    flow_buf_release(&why);
    return held;
}

// Languages, guide and whatever else of the port's run the prompts show.
static int add_values(struct subject *subject, int64_t run, const char *unit, unsigned generation,
                      struct flow_error *err)
{
    static const char *const of_run[] = {"from", "to"};
    static const char *const of_unit[] = {"place", "guide", "traps", "imports", "users", "fields"};
    for (size_t i = 0; i < sizeof of_run / sizeof *of_run; i++) {
        struct flow_buf text;
        flow_buf_init(&text, FLOW_BUF_LINE);
        int known = flow_ledger_run_get(subject->ledger, run, of_run[i], &text, err);
        const struct flow_buf *kept = known < 0 ? NULL : subject_keep(subject, &text, err);
        flow_buf_release(&text);
        if (!kept)
            return -1;
        subject_value(subject, of_run[i], kept->data, kept->len);
    }
    for (size_t i = 0; i < sizeof of_unit / sizeof *of_unit; i++) {
        const struct flow_buf *text = pinned(subject, run, unit, generation, of_unit[i], err);
        if (!text)
            return -1;
        subject_value(subject, of_unit[i], text->data, text->len);
    }
    const struct flow_buf *contract = pinned(subject, run, unit, generation, "contract", err);
    struct flow_buf fenced;
    if (!contract)
        return -1;
    flow_buf_init(&fenced, FLOW_BUF_FILE);
    if (contract->len > 0)
        flow_prompt_fence(&fenced, "", contract->data, contract->len, 0);
    contract = subject_keep(subject, &fenced, err);
    if (!contract)
        return -1;
    subject_value(subject, "contract", contract->data, contract->len);
    subject_value(subject, "delta", "", 0);
    return 0;
}

static int add_texts(struct subject *subject, int64_t run, const char *unit,
                     const struct flow_unit_state *state, struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    struct flow_buf text, shown[2];
    const char *path = NULL;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&shown[0], FLOW_BUF_FILE);
    flow_buf_init(&shown[1], FLOW_BUF_FILE);
    int result = read_target(subject, unit, state, &path, &text, err);
    const struct flow_buf *target = result == 0 ? subject_keep(subject, &text, err) : NULL;
    result = target ? must_send(subject, path, target, err) : -1;
    for (size_t i = 0; i < 2 && result == 0; i++) {
        const struct flow_buf *source = pinned(subject, run, unit, state->generation, names[i], err);
        result = source ? must_send(subject, unit, source, err) : -1;
        if (result || source->len == 0)
            continue;
        flow_prompt_fence(&shown[0], "", source->data, source->len, 1);
        result = subject_side(subject, false, unit, source, err);
    }
    if (result == 0 && subject->source_count == 0)
        result =
            flow_error_set(err, FLOW_E_NOT_FOUND, "the ledger has lost what '%s' was translated from", unit);
    if (result == 0) {
        flow_prompt_fence(&shown[1], "", target->data, target->len, 1);
        flow_buf_printf(&subject->shown, "# The source\n\n%s\n# The translation\n\n%s", shown[0].data,
                        shown[1].data);
        subject->bytes = target->len;
        result = subject_side(subject, true, path, target, err);
    }
    static const char *const values[] = {"source-numbered", "target-numbered"};
    for (size_t i = 0; i < 2 && result == 0; i++) {
        const struct flow_buf *kept = subject_keep(subject, &shown[i], err);
        result = kept ? 0 : -1;
        if (kept)
            subject_value(subject, values[i], kept->data, kept->len);
    }
    if (result == 0) {
        subject_value(subject, "unit", subject->label, strlen(subject->label));
        subject_value(subject, "target-path", path, strlen(path));
    }
    flow_buf_release(&shown[1]);
    flow_buf_release(&shown[0]);
    flow_buf_release(&text);
    return result;
}

int subject_unit(struct subject *subject, const char *unit, struct flow_error *err)
{
    struct port_run port = {.name = subject->options->name};
    struct flow_unit_state state = {0};
    struct flow_buf base;
    if (flow_ledger_runs(subject->ledger, find_run, &port, err))
        return -1;
    int found = port.id ? flow_ledger_unit_get(subject->ledger, port.id, unit, &state, err) : 0;
    if (found != 1)
        return found;
    flow_buf_init(&base, FLOW_BUF_LINE);
    subject->label = unit;
    subject->templates[0] = "review-behaviour";
    subject->templates[1] = "review-soundness";
    subject->source_id = state.source_id;
    flow_buf_puts(&subject->words, "unit ");
    flow_str_show(&subject->words, unit, strlen(unit));
    flow_buf_printf(&subject->words, " of port '%s'", subject->options->name);
    int result = flow_ledger_run_get(subject->ledger, port.id, "base", &base, err) < 0 ? -1 : 0;
    if (base.len < sizeof subject->commit.hex)
        memcpy(subject->commit.hex, base.data, base.len + 1);
    if (result == 0)
        result = add_texts(subject, port.id, unit, &state, err) ||
                         add_values(subject, port.id, unit, state.generation, err)
                     ? -1
                     : 0;
    flow_buf_release(&base);
    flow_unit_state_release(&state);
    return result ? -1 : 1;
}
