// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "port_private.h"

static int add_pair(struct port_work *work, struct flow_reply_pair **items, size_t *count, size_t *cap,
                    const struct flow_reply_pair *pair, struct flow_error *err)
{
    struct flow_reply_pair copy = {
        .source = flow_arena_str(&work->arena, pair->source),
        .target = flow_arena_str(&work->arena, pair->target),
        .reason = pair->reason ? flow_arena_str(&work->arena, pair->reason) : NULL,
    };
    if (!copy.source || !copy.target || (pair->reason && !copy.reason))
        return flow_error_nomem(err);
    // What a later reply says about a symbol replaces what an earlier one said.
    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*items)[i].source, copy.source) == 0) {
            (*items)[i] = copy;
            return 0;
        }
    }
    if (flow_grow(items, cap, *count + 1, sizeof **items, err))
        return -1;
    (*items)[(*count)++] = copy;
    return 0;
}

int port_pairs_add(struct port_work *work, const struct flow_reply_pair *symbols, size_t symbol_count,
                   const struct flow_reply_pair *conditions, size_t condition_count, struct flow_error *err)
{
    for (size_t i = 0; i < symbol_count; i++)
        if (add_pair(work, &work->symbols, &work->symbol_count, &work->symbol_cap, &symbols[i], err))
            return -1;
    for (size_t i = 0; i < condition_count; i++)
        if (add_pair(work, &work->conditions, &work->condition_count, &work->condition_cap, &conditions[i],
                     err))
            return -1;
    return 0;
}

struct draft_fit {
    struct flow_draft draft;
    bool held;
    const char *path;
};

// The path as prompts show it, without the blanks that a fence cannot keep.
static int fit_path(const struct draft_fit *fit, struct flow_buf *why, struct flow_error *err)
{
    struct flow_buf shown;
    flow_buf_init(&shown, FLOW_BUF_LINE);
    flow_str_show(&shown, fit->path, strlen(fit->path));
    int result = flow_buf_check(&shown, "path", err);
    const char *want = shown.data + strspn(shown.data, " "), *have = fit->draft.path;
    size_t len = shown.len - (size_t)(want - shown.data);
    while (len > 0 && want[len - 1] == ' ')
        len--;
    if (result == 0 && have && (strlen(have) != len || memcmp(have, want, len) != 0)) {
        flow_buf_printf(why, "The reply is for '%s'; what was asked for is '%.*s'.", have, (int)len, want);
        result = 1;
    }
    flow_buf_release(&shown);
    return result;
}

static int fit_draft(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                     struct flow_error *err)
{
    struct draft_fit *fit = payload;
    if (fit->held)
        flow_draft_release(&fit->draft);
    fit->held = false;
    int result =
        flow_draft_parse(&fit->draft, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH, why, err);
    if (result)
        return result;
    fit->held = true;
    return fit_path(fit, why, err);
}

int port_draft_ask(struct port_work *work, struct flow_step *step, struct flow_answer *answer,
                   struct flow_draft *out, struct flow_error *err)
{
    struct draft_fit fit = {.path = work->unit->place->path};
    int result = flow_agent_step(&work->env, step, fit_draft, &fit, answer, err);
    work->unit->paid = work->unit->paid || !answer->stored;
    if (result == 0)
        *out = fit.draft;
    if (result == 0 && *out->notes && !answer->stored)
        result = flow_ledger_event(work->port->ledger, work->port->run, "note", work->unit->unit->id,
                                   out->notes, err);
    if (result && fit.held)
        flow_draft_release(&fit.draft);
    return result;
}

int port_draft(struct port_work *work, struct flow_error *err)
{
    struct flow_prompt prompt;
    struct flow_step step;
    struct flow_answer answer;
    struct flow_draft draft;
    size_t bytes = 0;
    bool contract = work->port->contracting;
    // A contract is short, however long the unit is.
    if (!contract && port_pieces_count(work->port, work->unit->unit) > 1)
        return port_pieces(work, err);
    for (size_t i = 0; i < work->source_count; i++)
        bytes += work->sources[i].len;
    enum port_template which = contract                                   ? PORT_CONTRACT
                               : flow_unit_is_c_abi(work->unit->unit->id) ? PORT_C_ABI
                                                                          : PORT_TRANSLATE;
    if (port_prompt_make(work, which, NULL, &prompt, err))
        return -1;
    port_step_init(work, &prompt, &step);
    step.role = contract ? "contract" : "translate";
    step.max_tokens = flow_agent_max_tokens(bytes);
    flow_answer_init(&answer);
    int result = port_draft_ask(work, &step, &answer, &draft, err);
    if (result == 0) {
        flow_buf_clear(&work->target);
        flow_buf_puts(&work->target, draft.top);
        flow_buf_add(&work->target, draft.text, draft.len);
        result = port_pairs_add(work, draft.symbols, draft.symbol_count, draft.conditions,
                                draft.condition_count, err);
        flow_draft_release(&draft);
    }
    flow_answer_release(&answer);
    flow_prompt_release(&prompt);
    return result;
}
