// SPDX-License-Identifier: MIT
/*
 * Steps that answer with edits: repairs of what gates found, fixes of what reviewers found, updates to a new
 * source.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"

#include "port_private.h"

struct edit_fit {
    const struct port_work *work;
    size_t findings;
    struct flow_fix fix;
    struct flow_buf text; // with the edits made
    bool held;
};

static int fit_edits(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                     struct flow_error *err)
{
    struct edit_fit *fit = payload;
    if (fit->held)
        flow_fix_release(&fit->fix);
    fit->held = false;
    int result = flow_fix_parse(&fit->fix, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH,
                                fit->findings, why, err);
    if (result)
        return result;
    fit->held = true;
    flow_buf_clear(&fit->text);
    result = flow_edits_apply(&fit->text, fit->work->target.data, fit->work->target.len, fit->fix.edits,
                              fit->fix.edit_count, why, err);
    if (result == 0 && strspn(fit->text.data, " \t\r\n") == fit->text.len) {
        flow_buf_puts(why, "The edits leave nothing of the file.");
        result = 1;
    }
    return result;
}

// What was edited, for the reviewers of the next round: both sides of each edit, and nothing of what the
// fixer said.
static void describe_delta(const struct port_work *work, const struct flow_fix *fix, struct flow_buf *out)
{
    const char *to = flow_language_name(work->port->to);
    for (size_t i = 0; i < fix->edit_count; i++) {
        flow_buf_printf(out, "Edit %zu, before:\n\n", i + 1);
        flow_prompt_fence(out, to, fix->edits[i].find, strlen(fix->edits[i].find), 0);
        flow_buf_puts(out, "\nafter:\n\n");
        flow_prompt_fence(out, to, fix->edits[i].replace, strlen(fix->edits[i].replace), 0);
        flow_buf_putc(out, '\n');
    }
}

static int take(struct port_work *work, struct edit_fit *fit, struct flow_error *err)
{
    if (port_pairs_add(work, fit->fix.symbols, fit->fix.symbol_count, fit->fix.conditions,
                       fit->fix.condition_count, err))
        return -1;
    describe_delta(work, &fit->fix, &work->delta);
    flow_buf_release(&work->target);
    work->target = fit->text;
    flow_buf_init(&fit->text, FLOW_BUF_FILE);
    return 0;
}

static int ask(struct port_work *work, enum port_template which, struct flow_step *names, size_t findings,
               const struct flow_buf *shown, struct edit_fit *fit, struct flow_error *err)
{
    struct flow_prompt prompt;
    struct flow_step step;
    struct flow_answer answer;
    struct port_prompt_extra extra = {.findings = shown};
    *fit = (struct edit_fit){.work = work, .findings = findings};
    flow_buf_init(&fit->text, FLOW_BUF_FILE);
    if (port_prompt_make(work, which, &extra, &prompt, err))
        return -1;
    port_step_init(work, &prompt, &step);
    step.role = names->role;
    step.lens = names->lens;
    step.piece = names->piece;
    step.schema = flow_fix_schema;
    // A repair may have to write most of the file again.
    step.max_tokens = flow_agent_max_tokens(work->target.len);
    flow_answer_init(&answer);
    int result = flow_agent_step(&work->env, &step, fit_edits, fit, &answer, err);
    work->unit->paid = work->unit->paid || !answer.stored;
    flow_answer_release(&answer);
    flow_prompt_release(&prompt);
    return result;
}

static void release(struct edit_fit *fit)
{
    if (fit->held)
        flow_fix_release(&fit->fix);
    flow_buf_release(&fit->text);
}

int port_repair(struct port_work *work, const struct flow_gate_report *report, unsigned number,
                struct flow_error *err)
{
    const char *role = work->port->contracting ? "contract" : "fix";
    struct flow_step names = {.role = role, .lens = "gate", .piece = number};
    struct flow_buf shown;
    struct edit_fit fit;
    flow_buf_init(&shown, FLOW_BUF_FILE);
    for (size_t i = 0; i < report->count; i++) {
        flow_buf_printf(&shown, "%zu. %s", i + 1, report->items[i].gate);
        if (report->items[i].line > 0)
            flow_buf_printf(&shown, ", line %u", report->items[i].line);
        flow_buf_printf(&shown, ": %s\n", report->items[i].message);
    }
    int result = ask(work, PORT_REPAIR, &names, report->count, &shown, &fit, err);
    if (result == 0)
        result = take(work, &fit, err);
    release(&fit);
    flow_buf_release(&shown);
    return result;
}

// The open findings of the round, shown with numbers; their numbers in the ledger in the same order.
struct open_findings {
    struct port_work *work;
    unsigned round;
    struct flow_buf text;
    int64_t *ids;
    size_t count, cap;
    struct flow_error *err;
    int result;
};

static int show_finding(const struct flow_finding_row *finding, void *payload)
{
    struct open_findings *open = payload;
    // Also those that have their fate already: a run that continues asks the same question again.
    if (finding->round != open->round || strcmp(finding->fate, "unproven") == 0)
        return 0;
    open->result = flow_grow(&open->ids, &open->cap, open->count + 1, sizeof *open->ids, open->err);
    if (open->result)
        return 1;
    open->ids[open->count++] = finding->id;
    flow_buf_printf(&open->text, "%zu. %s, source line %u, target line %u: %s\n", open->count,
                    finding->severity, finding->source_line, finding->target_line, finding->claim);
    flow_prompt_fence(&open->text, "", finding->evidence, strlen(finding->evidence), 0);
    if (finding->fix && *finding->fix)
        flow_buf_printf(&open->text, "Suggested: %s\n", finding->fix);
    flow_buf_putc(&open->text, '\n');
    return 0;
}

static int record_fates(struct port_work *work, const struct open_findings *open, const struct flow_fix *fix,
                        struct flow_error *err)
{
    for (size_t i = 0; i < open->count; i++)
        if (flow_ledger_finding_fate(work->port->ledger, open->ids[i],
                                     fix->fates[i].fixed ? "fixed" : "rejected", fix->fates[i].reason, err))
            return -1;
    return 0;
}

int port_fix(struct port_work *work, struct flow_error *err)
{
    struct flow_step names = {.role = "fix"};
    struct open_findings open = {
        .work = work, .round = work->unit->state.generation * REVIEW_GENERATION + work->round, .err = err};
    struct edit_fit fit;
    flow_buf_init(&open.text, FLOW_BUF_FILE);
    int result = flow_ledger_findings(work->port->ledger, work->port->run, work->unit->unit->id, show_finding,
                                      &open, err);
    if (result == 0)
        result = open.result;
    flow_buf_clear(&work->before);
    flow_buf_add(&work->before, work->target.data, work->target.len);
    flow_buf_clear(&work->delta);
    if (result == 0) {
        result = ask(work, PORT_FIX, &names, open.count, &open.text, &fit, err);
        if (result == 0)
            result = record_fates(work, &open, &fit.fix, err);
        if (result == 0)
            result = take(work, &fit, err);
        release(&fit);
    }
    flow_buf_release(&open.text);
    free(open.ids);
    return result;
}

int port_update(struct port_work *work, struct flow_error *err)
{
    struct flow_step names = {.role = "translate", .lens = "update"};
    struct edit_fit fit;
    flow_buf_clear(&work->target);
    flow_buf_add(&work->target, work->old_target.data, work->old_target.len);
    flow_buf_clear(&work->before);
    flow_buf_add(&work->before, work->old_target.data, work->old_target.len);
    int result = ask(work, PORT_UPDATE, &names, 0, NULL, &fit, err);
    if (result == 0)
        result = take(work, &fit, err);
    release(&fit);
    return result;
}
