// SPDX-License-Identifier: MIT
#include "review_private.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "flow/base/vec.h"

const char *const review_lenses[REVIEW_LENSES] = {"behaviour", "soundness"};

struct reviewer {
    struct review *review;
    unsigned lens;
    struct flow_answer answer;
    int result;
    struct flow_error err;
};

static int fit_verdict(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                       struct flow_error *err)
{
    struct reviewer *reviewer = payload;
    struct review *review = reviewer->review;
    bool *held = &review->held[reviewer->lens];
    struct flow_verdict *verdict = &review->verdicts[reviewer->lens];
    if (*held)
        flow_verdict_release(verdict);
    *held = false;
    int result = flow_verdict_parse(verdict, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH,
                                    &review->sides, why, err);
    *held = result == 0;
    return result;
}

static void *judge(void *payload)
{
    struct reviewer *reviewer = payload;
    struct review *review = reviewer->review;
    struct flow_prompt *prompt = &review->prompts[reviewer->lens];
    struct flow_step step = review->step;
    // What one model reads from its cache, another would only pay for writing.
    if (strcmp(review->models[0], review->models[1]) != 0)
        prompt->user[0].cache = false;
    step.role = "review";
    step.lens = review_lenses[reviewer->lens];
    step.model = review->models[reviewer->lens];
    step.system = prompt->system;
    step.system_count = prompt->system_count;
    step.user = prompt->user;
    step.user_count = prompt->user_count;
    step.schema = flow_verdict_schema;
    step.max_tokens = flow_agent_max_tokens(review->bytes / 4);
    reviewer->result =
        flow_agent_step(review->env, &step, fit_verdict, reviewer, &reviewer->answer, &reviewer->err);
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

static int store_verdict(const struct reviewer *reviewer, struct flow_error *err)
{
    const struct review *review = reviewer->review;
    const struct flow_verdict *verdict = &review->verdicts[reviewer->lens];
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
        result =
            flow_ledger_verdict_put(review->env->ledger, review->run, review->step.unit, review->round,
                                    review_lenses[reviewer->lens], reviewer->answer.call, verdict->accept,
                                    &review->source_id, &review->target_id, rows, verdict->count, err);
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
        flow_error_wrap(err, "no verdict on %s", review_lenses[worst->lens]);
    return worst->result;
}

// A round that the ledger knows with other bytes (another formatter has been installed since) cannot be
// continued.
static int begin_round(const struct review *review, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_ledger_round_put(review->env->ledger, review->run, review->step.unit, review->round,
                              &review->source_id, &review->target_id, &own) == 0)
        return 0;
    if (own.code == FLOW_E_REFUSED)
        own.code = FLOW_E_CONFLICT;
    if (err)
        *err = own;
    return -1;
}

void review_init(struct review *review)
{
    *review = (struct review){0};
    for (unsigned i = 0; i < REVIEW_LENSES; i++)
        flow_prompt_init(&review->prompts[i]);
}

void review_release(struct review *review)
{
    for (unsigned i = 0; i < REVIEW_LENSES; i++) {
        if (review->held[i])
            flow_verdict_release(&review->verdicts[i]);
        flow_prompt_release(&review->prompts[i]);
    }
}

int review_run(struct review *review, struct flow_error *err)
{
    struct reviewer reviewers[REVIEW_LENSES];
    if (begin_round(review, err))
        return -1;
    for (unsigned i = 0; i < REVIEW_LENSES; i++) {
        reviewers[i] = (struct reviewer){.review = review, .lens = i};
        flow_answer_init(&reviewers[i].answer);
    }
    run_reviewers(reviewers);
    int result = worse(reviewers, err);
    // Stored in one order, so that findings have theirs whichever reviewer was faster.
    for (unsigned i = 0; i < REVIEW_LENSES && result == 0; i++)
        result = store_verdict(&reviewers[i], err);
    review->accepted = result == 0 && review->verdicts[0].accept && review->verdicts[1].accept;
    for (unsigned i = 0; i < REVIEW_LENSES; i++) {
        review->paid = review->paid || !reviewers[i].answer.stored;
        flow_answer_release(&reviewers[i].answer);
    }
    return result;
}

int review_models(const struct flow_config *config, const char *key, const char *model,
                  const char *out[REVIEW_LENSES], struct flow_arena *arena, struct flow_error *err)
{
    struct flow_strv given;
    flow_strv_init(&given);
    if (flow_config_list(config, key, &given, err))
        return -1;
    int result =
        given.count <= REVIEW_LENSES
            ? 0
            : flow_error_set(err, FLOW_E_USAGE, "%zu reviewers were given: there are two, one for each lens",
                             given.count);
    for (size_t i = 0; i < REVIEW_LENSES && result == 0; i++) {
        // One reviewer serves both lenses.
        const char *name = given.count == 0 ? model : given.items[i < given.count ? i : 0];
        out[i] = name ? flow_arena_str(arena, name) : NULL;
        if (name && !out[i])
            result = flow_error_nomem(err);
    }
    flow_strv_release(&given);
    return result;
}

int review_limit(struct flow_models *models, const char *model, const struct flow_budget *limit,
                 const char *why, struct flow_error *err)
{
    struct flow_price price;
    if (flow_models_price(models, model, 0, &price, err))
        return -1;
    bool free = price.known ? price.input == 0 && price.output == 0 : flow_str_starts(model, "command/");
    if (free || limit->tokens >= 0 || limit->calls >= 0 || (price.known && limit->nano_usd >= 0))
        return 0;
    return flow_error_set(err, FLOW_E_REFUSED, "%s: give a budget in %s", why,
                          price.known ? "dollars, tokens or calls (--budget 5usd)"
                                      : "tokens or calls, since the price of the model is not known "
                                        "(--budget 5Mtok)");
}

int review_budget(struct flow_ledger *ledger, int64_t run, const struct flow_budget *given,
                  const struct flow_spending *before, struct flow_error *err)
{
    struct flow_budget limit = {.nano_usd = -1, .tokens = -1, .calls = -1};
    if (given && given->nano_usd >= 0)
        limit.nano_usd = before->spent_nano_usd + given->nano_usd;
    if (given && given->tokens >= 0)
        limit.tokens = before->spent_tokens + given->tokens;
    if (given && given->calls >= 0)
        limit.calls = before->calls + given->calls;
    return flow_ledger_budget_set(ledger, run, &limit, err);
}

int review_destinations(struct flow_models *models, const char *const *names, size_t count,
                        struct flow_buf *out, struct flow_error *err)
{
    struct flow_strv seen;
    int result = 0;
    flow_strv_init(&seen);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct flow_buf one;
        bool known = false;
        flow_buf_init(&one, FLOW_BUF_LINE);
        result = flow_models_destination(models, names[i], &one, err);
        for (size_t k = 0; k < seen.count; k++)
            known = known || strcmp(seen.items[k], one.data) == 0;
        if (result == 0 && !known) {
            flow_buf_printf(out, "%s%s", seen.count ? ", " : "", one.data);
            result = flow_strv_add(&seen, one.data, err);
        }
        flow_buf_release(&one);
    }
    flow_strv_release(&seen);
    return result;
}
