// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/config/policy.h"
#include "holder.h"
#include "optimize_private.h"

/* Tokens of an answer, for the plan: most say little, some rewrite a long function or list many findings. */
#define ANSWER_LOW  300
#define ANSWER_HIGH 6000

static const char *const template_names[OPTIMIZE_TEMPLATES] = {"optimize", "review-change-behaviour",
                                                               "review-change-soundness", "review-judge"};

void optimize_label(const struct optimize_candidate *candidate, char *out, size_t size)
{
    snprintf(out, size, "%.200s@%.12s", candidate->file->entry->path, candidate->id.hex);
}

static bool is_one_of(const struct flow_strv *globs, const char *path)
{
    for (size_t i = 0; i < globs->count; i++)
        if (flow_glob_match(globs->items[i], path))
            return true;
    return false;
}

bool optimize_is_protected(const struct optimize_agents *agents, const char *path)
{
    return is_one_of(&agents->protect, path) && !is_one_of(&agents->allow, path);
}

/*
 * Opening.
 */

static void on_held(void *payload, const char *model, const char *reason, double seconds)
{
    const struct optimize *o = payload;
    holder_note_wait(o->ledger, o->run, model, reason, seconds);
}

static int open_models(struct optimize *o, struct flow_error *err)
{
    const struct flow_config *config = o->options->config;
    struct optimize_agents *agents = o->agents;
    const struct flow_models_options options = {
        .config = config, .cancel = o->options->cut, .held = on_held, .payload = o};
    long jobs = 0;
    agents->effort = flow_config_str(config, "optimize.effort", NULL);
    if (flow_config_int(config, "optimize.jobs", 0, 4096, 0, &jobs, err) ||
        flow_models_new(&agents->models, &options, err) ||
        (agents->model && flow_models_check(agents->models, agents->model, err)))
        return -1;
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        if (flow_models_check(agents->models, agents->reviewers[i], err))
            return -1;
    agents->jobs = o->options->jobs ? o->options->jobs : (unsigned)jobs;
    if (agents->jobs == 0)
        agents->jobs =
            flow_models_parallel(agents->models, agents->model ? agents->model : agents->reviewers[0]);
    if (agents->jobs == 0)
        agents->jobs = 16;
    return flow_policy_jobs(&agents->jobs, err);
}

static int open_templates(struct optimize *o, struct flow_error *err)
{
    struct optimize_agents *agents = o->agents;
    for (size_t i = 0; i < OPTIMIZE_TEMPLATES; i++) {
        int from =
            flow_template_read(o->options->repo, &o->base, template_names[i], &agents->templates[i], err);
        if (from < 0)
            return -1;
        agents->own[i] = from == 1;
    }
    return 0;
}

static int open_lookups(struct optimize *o, struct flow_error *err)
{
    const struct flow_lookups_options options = {
        .repo = o->options->repo,
        .snapshot = o->snapshot,
        .languages = o->options->languages,
        .send = o->agents->send,
    };
    return flow_lookups_new(&o->agents->lookups, &options, err);
}

static struct optimize_agents *new_agents(void)
{
    struct optimize_agents *agents = calloc(1, sizeof *agents);
    if (!agents)
        return NULL;
    flow_strv_init(&agents->protect);
    flow_strv_init(&agents->allow);
    flow_buf_init(&agents->destination, FLOW_BUF_LINE);
    for (size_t i = 0; i < OPTIMIZE_TEMPLATES; i++)
        flow_buf_init(&agents->templates[i], FLOW_BUF_TEXT);
    return agents;
}

int optimize_agents_open(struct optimize *o, struct flow_error *err)
{
    const struct flow_config *config = o->options->config;
    const char *model = flow_config_str(config, "optimize.model", NULL);
    const char *reviewers[REVIEW_LENSES];
    if (review_models(config, "optimize.reviewer-model", model, reviewers, &o->arena, err))
        return -1;
    if (!reviewers[0])
        return 0;
    struct optimize_agents *agents = o->agents = new_agents();
    if (!agents)
        return flow_error_nomem(err);
    agents->model = model;
    memcpy(agents->reviewers, reviewers, sizeof reviewers);
    return open_models(o, err) || flow_send_new(&agents->send, config, o->state_dir.data, err) ||
                   flow_config_list(config, "fix.allow", &agents->allow, err) || open_templates(o, err) ||
                   open_lookups(o, err)
               ? -1
               : 0;
}

void optimize_agents_free(struct optimize_agents *agents)
{
    if (!agents)
        return;
    flow_places_free(agents->places);
    flow_lookups_free(agents->lookups);
    flow_send_free(agents->send);
    flow_models_free(agents->models);
    for (size_t i = 0; i < OPTIMIZE_TEMPLATES; i++)
        flow_buf_release(&agents->templates[i]);
    flow_buf_release(&agents->destination);
    flow_strv_release(&agents->allow);
    flow_strv_release(&agents->protect);
    free(agents);
}

/*
 * What it may cost.
 */

struct sum {
    struct optimize *o;
    struct flow_optimize_plan *plan;
};

static int add_calls(struct sum *sum, const char *model, size_t bytes, unsigned low, unsigned high,
                     struct flow_error *err)
{
    struct flow_optimize_plan *plan = sum->plan;
    struct flow_price row;
    uint64_t input = bytes / 4;
    struct flow_usage least = {.input = low * input, .output = (uint64_t)low * ANSWER_LOW};
    struct flow_usage most = {.input = high * (input + ANSWER_HIGH), .output = (uint64_t)high * ANSWER_HIGH};
    if (flow_models_price(sum->o->agents->models, model, input, &row, err))
        return -1;
    plan->priced = plan->priced && row.known;
    plan->calls_low += low;
    plan->calls_high += high;
    plan->tokens_low += least.input + least.output;
    plan->tokens_high += most.input + most.output;
    plan->nano_low += row.known ? flow_price_cost(&row, &least) : 0;
    plan->nano_high += row.known ? flow_price_cost(&row, &most) : 0;
    return 0;
}

// At least the one question, where there is one, which finds nothing. At most that with one complaint, and
// the same of two reviewers and a judge. Reviewers see no more of a file than its parts around a change.
static int add_candidate(struct sum *sum, const struct optimize_candidate *candidate, struct flow_error *err)
{
    const struct optimize_agents *agents = sum->o->agents;
    size_t bytes = agents->templates[1].len + candidate->file->len;
    if (candidate->pass->prompt) {
        struct flow_prompt prompt;
        size_t asked = 0;
        flow_prompt_init(&prompt);
        int result = optimize_prompt(sum->o, candidate, &prompt, err);
        for (size_t i = 0; i < FLOW_PROMPT_PARTS; i++)
            asked += prompt.parts[i].len;
        flow_prompt_release(&prompt);
        if (result || add_calls(sum, agents->model, asked, 1, 2, err))
            return -1;
        sum->plan->prompts++;
    }
    return add_calls(sum, agents->reviewers[0], bytes, 0, 4, err) ||
                   add_calls(sum, agents->reviewers[1], bytes, 0, 2, err)
               ? -1
               : 0;
}

int optimize_agents_plan(struct optimize *o, struct flow_optimize_plan *plan, struct flow_error *err)
{
    static const struct flow_budget none = {.nano_usd = -1, .tokens = -1, .calls = -1};
    struct optimize_agents *agents = o->agents;
    struct sum sum = {.o = o, .plan = plan};
    const char *names[1 + REVIEW_LENSES] = {agents->reviewers[0], agents->reviewers[1], agents->model};
    size_t count = agents->model ? 3 : 2;
    plan->model = agents->model;
    plan->reviewers = agents->reviewers;
    plan->jobs = agents->jobs;
    plan->limit = o->options->budget ? o->options->budget : &none;
    plan->priced = true;
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].state == FLOW_OPTIMIZE_OPEN && add_candidate(&sum, &o->items[i], err))
            return -1;
    for (size_t i = 0; i < count && plan->builds; i++)
        if (review_limit(agents->models, names[i], plan->limit,
                         "how many changes there are to review depends on what builds and tests say", err))
            return -1;
    flow_buf_clear(&agents->destination);
    if (review_destinations(agents->models, names, count, &agents->destination, err))
        return -1;
    plan->destination = agents->destination.data;
    return 0;
}

/*
 * Beginning, and what it took.
 */

static int approve(struct optimize *o, struct flow_error *err)
{
    const struct flow_optimize_hooks *hooks = &o->options->hooks;
    struct optimize_agents *agents = o->agents;
    for (size_t i = 0; i < OPTIMIZE_TEMPLATES; i++) {
        char path[100];
        snprintf(path, sizeof path, ".flow/prompts/%s.md", template_names[i]);
        const struct flow_brought brought = {
            .what = path, .text = agents->templates[i].data, .len = agents->templates[i].len};
        if (agents->own[i] &&
            flow_approve(o->state_dir.data, &brought, 1, hooks->approve, hooks->payload, err))
            return -1;
    }
    return 0;
}

int optimize_agents_begin(struct optimize *o, struct flow_error *err)
{
    struct optimize_agents *agents = o->agents;
    size_t recovered;
    if (approve(o, err) || flow_build_protected(o->rules, &agents->protect, err) ||
        flow_ledger_recover(o->ledger, o->run, &recovered, err) ||
        flow_ledger_spending(o->ledger, o->run, &agents->before, err) ||
        review_budget(o->ledger, o->run, o->options->budget, &agents->before, err) ||
        flow_places_new(&agents->places, agents->jobs, err))
        return -1;
    agents->env = (struct flow_agent_env){.ledger = o->ledger,
                                          .models = agents->models,
                                          .run = o->run,
                                          .places = agents->places,
                                          .drain = &o->drain,
                                          .stop = o->options->stop};
    o->outcome->asked = true;
    return optimize_retry(o, err);
}

int optimize_agents_end(struct optimize *o, struct flow_error *err)
{
    const struct flow_spending *before = &o->agents->before;
    struct flow_spending after;
    if (!o->outcome->asked)
        return 0;
    if (flow_ledger_spending(o->ledger, o->run, &after, err))
        return -1;
    o->outcome->calls = after.calls - before->calls;
    o->outcome->nano_usd = after.spent_nano_usd - before->spent_nano_usd;
    o->outcome->unpriced_calls = after.unpriced_calls - before->unpriced_calls;
    return 0;
}
