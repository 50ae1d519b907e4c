// SPDX-License-Identifier: MIT
/*
 * Which model mends a file, and what came of each attempt.
 *
 * A file whose change was rolled back goes to a second one, that reviews for flow-port where there is such;
 * after rounds without progress all go to the one of fix.escalate.
 */
#include <stdio.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/str.h"
#include "flow/config/policy.h"
#include "review_private.h"

static int find_second(struct fix *fix, struct flow_error *err)
{
    struct flow_strv reviewers;
    flow_strv_init(&reviewers);
    int result = flow_config_list(fix->config, "port.reviewer-model", &reviewers, err);
    for (size_t i = 0; i < reviewers.count && result == 0 && !fix->second && fix->model; i++) {
        if (strcmp(reviewers.items[i], fix->model) == 0)
            continue;
        fix->second = flow_arena_str(&fix->arena, reviewers.items[i]);
        if (!fix->second)
            result = flow_error_nomem(err);
    }
    flow_strv_release(&reviewers);
    return result;
}

static void on_held(void *payload, const char *model, const char *reason, double seconds)
{
    const struct fix *fix = payload;
    holder_note_wait(fix->ledger, fix->account, model, reason, seconds);
}

int fix_models_open(struct fix *fix, struct flow_error *err)
{
    const struct flow_models_options options = {
        .config = fix->config, .cancel = fix->options->cut, .held = on_held, .payload = fix};
    fix->model = flow_config_str(fix->config, "fix.model", NULL);
    if (!fix->model)
        fix->model =
            flow_config_str(fix->config, "port.model", flow_config_str(fix->config, "model.default", NULL));
    fix->effort = flow_config_str(fix->config, "fix.effort", NULL);
    fix->escalate = flow_config_str(fix->config, "fix.escalate", NULL);
    if (find_second(fix, err) || flow_models_new(&fix->models, &options, err) ||
        flow_models_check(fix->models, fix->model, err) ||
        (fix->second && flow_models_check(fix->models, fix->second, err)) ||
        (fix->escalate && flow_models_check(fix->models, fix->escalate, err)))
        return -1;
    if (fix->jobs == 0)
        fix->jobs = flow_models_parallel(fix->models, fix->model);
    if (fix->jobs == 0)
        fix->jobs = 16;
    return flow_policy_jobs(&fix->jobs, err);
}

// All that may be asked; how many.
static size_t list_models(const struct fix *fix, const char *out[3 + FIX_REVIEWERS])
{
    size_t count = 0;
    out[count++] = fix->model;
    if (fix->second)
        out[count++] = fix->second;
    if (fix->escalate)
        out[count++] = fix->escalate;
    for (size_t i = 0; i < FIX_REVIEWERS && fix_has_reviews(fix); i++)
        out[count++] = fix->reviewers[i];
    return count;
}

int fix_models_limits(struct fix *fix, const struct flow_budget *limit, struct flow_error *err)
{
    const char *models[3 + FIX_REVIEWERS];
    size_t count = list_models(fix, models);
    for (size_t i = 0; i < count; i++)
        if (review_limit(fix->models, models[i], limit,
                         "what the rounds will cost depends on what the builds say", err))
            return -1;
    return 0;
}

int fix_models_destination(struct fix *fix, struct flow_buf *out, struct flow_error *err)
{
    const char *models[3 + FIX_REVIEWERS];
    size_t count = list_models(fix, models);
    return review_destinations(fix->models, models, count, out, err);
}

const char *fix_model_for(const struct fix *fix, const struct fix_unit *unit)
{
    if (fix->escalated)
        return fix->escalate;
    return unit->tried.len > 0 && fix->second ? fix->second : fix->model;
}

int fix_attempt(struct fix *fix, struct fix_unit *unit, const char *what, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "round %u, %s: %s", fix->round, unit->by, what);
    int result = flow_buf_check(&text, "attempt", err);
    if (result == 0)
        result = flow_ledger_event(fix->ledger, fix->run, "attempt", unit->id, text.data, err);
    pthread_mutex_lock(&fix->mutex);
    // What is not kept here is in the ledger all the same.
    if (result == 0 && unit->attempts.len + text.len + 2 < unit->attempts.max)
        flow_buf_printf(&unit->attempts, "%s%.*s", unit->attempts.len > 0 ? "; " : "",
                        (int)flow_str_first_line(text.data, text.len, 400), text.data);
    pthread_mutex_unlock(&fix->mutex);
    flow_buf_release(&text);
    return result;
}

int fix_attempts_left(struct fix *fix, struct flow_error *err)
{
    struct flow_strv *left = &fix->outcome->left;
    struct flow_buf text;
    int result = 0;
    flow_buf_init(&text, FLOW_BUF_LINE * 2);
    for (size_t i = 0; left->count > 0 && i < fix->count && result == 0; i++) {
        const struct fix_unit *unit = &fix->units[i];
        if (unit->attempts.len == 0)
            continue;
        flow_buf_clear(&text);
        flow_buf_puts(&text, "tried: ");
        flow_str_show(&text, unit->attempts.data, unit->attempts.len);
        result = flow_buf_check(&text, "attempts", err) ||
                         flow_strv_add(&fix->outcome->tried, unit->path, err) ||
                         flow_strv_add(&fix->outcome->tried, text.data, err)
                     ? -1
                     : 0;
    }
    flow_buf_release(&text);
    return result;
}
