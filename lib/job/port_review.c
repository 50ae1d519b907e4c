// SPDX-License-Identifier: MIT
/*
 * Two reviewers, each in a fresh context and with a lens of its own, on exactly these bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/thread.h"
#include "port_private.h"

struct reviewer {
    struct port_work *work;
    unsigned lens;
    struct flow_verdict verdict;
    bool held;
    struct flow_answer answer;
    int result;
    struct flow_error err;
};

static int fit_verdict(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                       struct flow_error *err)
{
    struct reviewer *reviewer = payload;
    const struct port_work *work = reviewer->work;
    struct flow_side sources[2];
    struct flow_side target = {
        .path = work->unit->place->path, .text = work->target.data, .len = work->target.len};
    for (size_t i = 0; i < work->source_count; i++)
        sources[i] = (struct flow_side){
            .path = work->source_paths[i], .text = work->sources[i].data, .len = work->sources[i].len};
    if (reviewer->held)
        flow_verdict_release(&reviewer->verdict);
    reviewer->held = false;
    int result =
        flow_verdict_parse(&reviewer->verdict, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH,
                           sources, work->source_count, &target, why, err);
    reviewer->held = result == 0;
    return result;
}

static void *judge(void *payload)
{
    struct reviewer *reviewer = payload;
    struct port_work *work = reviewer->work;
    struct flow_prompt prompt;
    struct flow_step step;
    enum port_template which = reviewer->lens == 0 ? PORT_REVIEW_BEHAVIOUR : PORT_REVIEW_SOUNDNESS;
    reviewer->result = port_prompt_make(work, which, NULL, &prompt, &reviewer->err);
    if (reviewer->result)
        return NULL;
    // What one model reads from its cache, another would only pay for writing.
    if (strcmp(work->port->settings.reviewers[0], work->port->settings.reviewers[1]) != 0)
        prompt.user[0].cache = false;
    port_step_init(work, &prompt, &step);
    step.role = "review";
    step.lens = port_lenses[reviewer->lens];
    step.model = work->port->settings.reviewers[reviewer->lens];
    step.schema = flow_verdict_schema;
    step.max_tokens = flow_agent_max_tokens(work->target.len / 4);
    reviewer->result =
        flow_agent_step(&work->env, &step, fit_verdict, reviewer, &reviewer->answer, &reviewer->err);
    flow_prompt_release(&prompt);
    return NULL;
}

static void run_reviewers(struct reviewer *reviewers)
{
    pthread_t thread;
    struct flow_error own = FLOW_ERROR_INIT;
    bool started = flow_thread_start(&thread, FLOW_THREAD_AGENT_STACK, judge, &reviewers[1], &own) == 0;
    judge(&reviewers[0]);
    // Without a thread for the second, it follows the first.
    if (started)
        pthread_join(thread, NULL);
    else
        judge(&reviewers[1]);
}

static int store_verdict(struct port_work *work, const struct reviewer *reviewer, unsigned round,
                         struct flow_error *err)
{
    const struct flow_verdict *verdict = &reviewer->verdict;
    struct flow_finding_row *rows = calloc(verdict->count + 1, sizeof *rows);
    struct flow_arena arena;
    int result = rows ? 0 : flow_error_nomem(err);
    flow_arena_init(&arena);
    for (size_t i = 0; i < verdict->count && result == 0; i++) {
        const struct flow_finding *finding = &verdict->items[i];
        struct flow_buf evidence;
        flow_buf_init(&evidence, FLOW_BUF_TEXT);
        flow_buf_printf(&evidence, "source: %s\ntarget: %s", finding->source_quote, finding->target_quote);
        char *copy = evidence.failed ? NULL : flow_arena_strn(&arena, evidence.data, evidence.len);
        flow_buf_release(&evidence);
        if (!copy)
            result = flow_error_nomem(err);
        rows[i] = (struct flow_finding_row){
            .severity = finding->severity,
            .file = finding->file,
            .source_line = finding->source_line,
            .target_line = finding->target_line,
            .claim = finding->claim,
            .evidence = copy,
            .fix = finding->fix,
            .fate = finding->proven ? "open" : "unproven",
        };
    }
    if (result == 0)
        result = flow_ledger_verdict_put(work->port->ledger, work->port->run, work->unit->unit->id, round,
                                         port_lenses[reviewer->lens], reviewer->answer.call, verdict->accept,
                                         &work->unit->source_id, &work->target_id, rows, verdict->count, err);
    flow_arena_release(&arena);
    free(rows);
    return result;
}

// The graver of two outcomes, so that a stop is never hidden by a reply that does not fit.
static int worse(const struct reviewer *reviewers, struct flow_error *err)
{
    const struct reviewer *worst = &reviewers[0];
    if (reviewers[1].result < 0 || (reviewers[1].result > 0 && worst->result == 0))
        worst = reviewers[0].result < 0 ? &reviewers[0] : &reviewers[1];
    if (worst->result && err)
        *err = worst->err;
    if (worst->result > 0)
        flow_error_wrap(err, "no verdict on %s", port_lenses[worst->lens]);
    return worst->result;
}

// A round that the ledger knows with other bytes (another formatter has been installed since) cannot be
// continued.
static int begin_round(struct port_work *work, unsigned round, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_ledger_round_put(work->port->ledger, work->port->run, work->unit->unit->id, round,
                              &work->unit->source_id, &work->target_id, &own) == 0)
        return 0;
    if (own.code == FLOW_E_REFUSED)
        own.code = FLOW_E_CONFLICT;
    if (err)
        *err = own;
    return -1;
}

int port_review(struct port_work *work, bool *accepted, struct flow_error *err)
{
    struct port *port = work->port;
    struct reviewer reviewers[PORT_LENSES];
    unsigned round = work->unit->state.generation * PORT_GENERATION + work->round;
    *accepted = false;
    if (port_target_id(port, work->unit->place->path, work->target.data, work->target.len, &work->target_id,
                       err) ||
        begin_round(work, round, err))
        return -1;
    for (unsigned i = 0; i < PORT_LENSES; i++) {
        reviewers[i] = (struct reviewer){.work = work, .lens = i};
        flow_answer_init(&reviewers[i].answer);
    }
    run_reviewers(reviewers);
    int result = worse(reviewers, err);
    // Stored in one order, so that findings have theirs whichever reviewer was faster.
    for (unsigned i = 0; i < PORT_LENSES && result == 0; i++)
        result = store_verdict(work, &reviewers[i], round, err);
    if (result == 0)
        *accepted = reviewers[0].verdict.accept && reviewers[1].verdict.accept;
    for (unsigned i = 0; i < PORT_LENSES; i++) {
        work->unit->paid = work->unit->paid || !reviewers[i].answer.stored;
        if (reviewers[i].held)
            flow_verdict_release(&reviewers[i].verdict);
        flow_answer_release(&reviewers[i].answer);
    }
    return result;
}
