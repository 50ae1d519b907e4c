// SPDX-License-Identifier: MIT
/*
 * flow-review: opens what is to be reviewed, shows the plan, and asks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "review_hearing.h"
#include "watch.h"

struct job {
    const struct flow_review_options *options;
    struct flow_review_outcome *outcome;
    struct flow_buf state_dir;
    struct flow_ledger *ledger;
    struct flow_run_lock *lock;
    struct flow_models *models;
    struct flow_send *send;
    struct flow_places *places;
    struct flow_agent_env env;
    atomic_bool drain;
    const char *models_named[REVIEW_LENSES], *effort;
    struct flow_buf templates[HEARING_TEMPLATES];
    bool own[HEARING_TEMPLATES];
    struct hearing hearing;
};

/* Tokens of an answer, for the plan: most are an acceptance, some list many findings. */
#define ANSWER_LOW  300
#define ANSWER_HIGH 6000

static void note(void *payload, const char *text)
{
    const struct job *job = payload;
    if (job->options->hooks.note)
        job->options->hooks.note(job->options->hooks.payload, text);
}

/*
 * Opening.
 */

static int take_lock(struct job *job, struct flow_error *err)
{
    struct flow_buf name;
    struct flow_error held = FLOW_ERROR_INIT;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "review.%s", job->options->name);
    int result = flow_buf_check(&name, "name of the run", err);
    if (result == 0 && flow_run_lock(&job->lock, job->state_dir.data, name.data, false, NULL, &held)) {
        // A hook of another terminal: it takes a minute.
        if (held.code == FLOW_E_REFUSED) {
            note(job, "waiting for another review to end");
            result = flow_run_lock(&job->lock, job->state_dir.data, name.data, true, job->options->stop, err);
        } else {
            result = flow_error_set(err, held.code, "%s", held.message);
        }
    }
    flow_buf_release(&name);
    return result;
}

static int open_ledger(struct job *job, struct flow_error *err)
{
    struct flow_buf path;
    size_t recovered;
    if (flow_repo_state_dir(job->options->repo, &job->state_dir, err))
        return -1;
    if (!job->options->dry_run && take_lock(job, err))
        return -1;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%sledger.db", job->state_dir.data);
    int result = flow_buf_check(&path, "path of the ledger", err);
    if (result == 0)
        result = flow_ledger_open(&job->ledger, path.data, err);
    if (result == 0)
        result = flow_ledger_run(job->ledger, "review", job->options->name, &job->env.run, err);
    if (result == 0 && !job->options->dry_run)
        result = flow_ledger_recover(job->ledger, job->env.run, &recovered, err);
    flow_buf_release(&path);
    return result;
}

static int open_models(struct job *job, struct flow_error *err)
{
    const struct flow_config *config = job->options->config;
    const struct flow_models_options options = {.config = config, .cancel = job->options->cut};
    const char *model = flow_config_str(config, "port.model", flow_config_str(config, "model.default", NULL));
    job->effort = flow_config_str(config, "review.effort", NULL);
    if (review_models(config, "review.model", model, job->models_named, &job->outcome->arena, err) ||
        flow_models_new(&job->models, &options, err))
        return -1;
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        if (flow_models_check(job->models, job->models_named[i], err))
            return -1;
    return flow_send_new(&job->send, config, job->state_dir.data, err);
}

// What stands on both sides of "..", or a commit and its parent.
static int read_range(struct job *job, const char *what, struct flow_buf *out, struct flow_error *err)
{
    struct flow_repo *repo = job->options->repo;
    const char *dots = strstr(what, "..");
    struct flow_id before, after;
    struct flow_buf name;
    bool has_before = true;
    if (dots && dots[2] == '.')
        return flow_error_set(err, FLOW_E_USAGE,
                              "'%s' has three dots: write A..B for what changed from A to B", what);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_add(&name, what, dots ? (size_t)(dots - what) : strlen(what));
    const char *first = dots && name.len == 0 ? "HEAD" : name.data;
    const char *second = dots && dots[2] ? dots + 2 : "HEAD";
    int result = flow_buf_check(&name, "revision", err);
    if (result == 0)
        result = flow_repo_resolve(repo, first, dots ? &before : &after, err);
    if (result == 0 && dots) {
        result = flow_repo_resolve(repo, second, &after, err);
    } else if (result == 0) {
        int parent = flow_repo_parent(repo, &after, &before, err);
        has_before = parent == 1;
        result = parent < 0 ? -1 : 0;
    }
    if (result == 0)
        result = flow_repo_diff(repo, has_before ? &before : NULL, &after, out, err);
    if (result == 0 && out->len == 0)
        result =
            flow_error_set(err, FLOW_E_INVALID, "'%s' changes no file: there is nothing to review", what);
    if (result == 0 && dots)
        flow_buf_printf(&job->hearing.subject.words, "%.12s..%.12s", before.hex, after.hex);
    else if (result == 0)
        flow_buf_printf(&job->hearing.subject.words, "commit %.12s", after.hex);
    flow_buf_release(&name);
    return result;
}

static int open_change(struct job *job, struct flow_error *err)
{
    struct subject *subject = &job->hearing.subject;
    const char *what = job->options->what;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf diff;
    flow_buf_init(&diff, FLOW_BUF_TEXT);
    int result = 0;
    if (what) {
        result = read_range(job, what, &diff, err);
    } else {
        flow_buf_add(&diff, job->options->diff, job->options->diff_len);
        flow_buf_puts(&subject->words, "the diff on standard input");
        result = flow_buf_check(&diff, "the diff", err);
    }
    if (result == 0 && flow_repo_resolve(job->options->repo, "HEAD", &subject->commit, &own))
        *subject->commit.hex = '\0';
    // What the change holds stays as long as the diff does.
    const struct flow_buf *kept = result == 0 ? subject_keep(subject, &diff, err) : NULL;
    result = kept ? subject_change(subject, kept->data, kept->len, err) : -1;
    flow_buf_release(&diff);
    return result;
}

static int open_subject(struct job *job, struct flow_error *err)
{
    struct subject *subject = &job->hearing.subject;
    subject->ledger = job->ledger;
    subject->send = job->send;
    subject->left_out = &job->outcome->left_out;
    int unit = job->options->what ? subject_unit(subject, job->options->what, err) : 0;
    if (unit)
        return unit < 0 ? -1 : 0;
    return open_change(job, err);
}

static int open_templates(struct job *job, struct flow_error *err)
{
    const struct subject *subject = &job->hearing.subject;
    for (size_t i = 0; i < HEARING_TEMPLATES; i++) {
        const char *name = i < REVIEW_LENSES ? subject->templates[i] : "review-judge";
        int from =
            flow_template_read(*subject->commit.hex ? job->options->repo : NULL,
                               *subject->commit.hex ? &subject->commit : NULL, name, &job->templates[i], err);
        if (from < 0)
            return -1;
        job->own[i] = from == 1;
    }
    return 0;
}

static int approve(struct job *job, struct flow_error *err)
{
    const struct flow_review_hooks *hooks = &job->options->hooks;
    struct flow_brought brought[HEARING_TEMPLATES];
    struct flow_arena arena;
    size_t count = 0;
    int result = 0;
    flow_arena_init(&arena);
    for (size_t i = 0; i < HEARING_TEMPLATES && result == 0; i++) {
        char path[100];
        if (!job->own[i])
            continue;
        snprintf(path, sizeof path, ".flow/prompts/%s.md",
                 i < REVIEW_LENSES ? job->hearing.subject.templates[i] : "review-judge");
        brought[count] = (struct flow_brought){.what = flow_arena_str(&arena, path),
                                               .text = job->templates[i].data,
                                               .len = job->templates[i].len};
        if (!brought[count++].what)
            result = flow_error_nomem(err);
    }
    if (result == 0)
        result = flow_approve(job->state_dir.data, brought, count, hooks->approve, hooks->payload, err);
    flow_arena_release(&arena);
    return result;
}

/* What is asked, by its content: other models or prompts are another review of the same thing. */
static int name_review(struct job *job, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id id = {{0}};
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < REVIEW_LENSES; i++) {
        flow_buf_add(&text, job->models_named[i], strlen(job->models_named[i]) + 1);
        for (size_t k = 0; k < FLOW_PROMPT_PARTS; k++)
            flow_buf_add(&text, job->hearing.review.prompts[i].parts[k].data,
                         job->hearing.review.prompts[i].parts[k].len);
    }
    flow_buf_puts(&text, job->effort ? job->effort : "");
    int result = flow_buf_check(&text, "prompts", err);
    if (result == 0)
        result = flow_id_of(&id, text.data, text.len, err);
    flow_buf_release(&text);
    snprintf(job->hearing.label, sizeof job->hearing.label, "%.250s@%.12s", job->hearing.subject.label,
             id.hex);
    return result;
}

static int fill_review(struct job *job, struct flow_error *err)
{
    struct hearing *hearing = &job->hearing;
    hearing->env = &job->env;
    hearing->models = job->models_named;
    hearing->effort = job->effort;
    hearing->templates = job->templates;
    hearing->outcome = job->outcome;
    return hearing_fill(hearing, err) || name_review(job, err) ? -1 : 0;
}

/*
 * The plan.
 */

static size_t prompt_bytes(const struct flow_prompt *prompt)
{
    size_t bytes = 0;
    for (size_t i = 0; i < FLOW_PROMPT_PARTS; i++)
        bytes += prompt->parts[i].len;
    return bytes;
}

// From two acceptances to a split, with a complaint about one reply of each.
static int price(const struct job *job, struct flow_review_plan *plan, struct flow_error *err)
{
    plan->priced = true;
    for (size_t i = 0; i < HEARING_TEMPLATES; i++) {
        const char *model = job->models_named[i < REVIEW_LENSES ? i : 0];
        struct flow_price row;
        uint64_t input = prompt_bytes(&job->hearing.review.prompts[i < REVIEW_LENSES ? i : 0]) / 4;
        struct flow_usage low = {.input = input, .output = ANSWER_LOW};
        struct flow_usage high = {.input = 2 * input + ANSWER_HIGH, .output = (uint64_t)2 * ANSWER_HIGH};
        if (flow_models_price(job->models, model, input, &row, err))
            return -1;
        plan->priced = plan->priced && row.known;
        plan->tokens_high += high.input + high.output;
        plan->nano_high += row.known ? flow_price_cost(&row, &high) : 0;
        if (i < REVIEW_LENSES) {
            plan->tokens_low += low.input + low.output;
            plan->nano_low += row.known ? flow_price_cost(&row, &low) : 0;
        }
    }
    return 0;
}

static int show_plan(struct job *job, struct flow_error *err)
{
    static const struct flow_budget none = {.nano_usd = -1, .tokens = -1, .calls = -1};
    const struct flow_review_options *options = job->options;
    const struct flow_budget *limit = options->budget ? options->budget : &none;
    struct flow_buf destination;
    struct flow_review_plan plan = {
        .what = job->hearing.subject.words.data,
        .files = job->hearing.subject.change ? job->hearing.subject.target_count : 1,
        .reviewers = job->models_named,
        .calls_low = REVIEW_LENSES,
        .calls_high = 2 * (REVIEW_LENSES + 1),
        .limit = limit,
    };
    for (size_t i = 0; i < REVIEW_LENSES && !options->dry_run; i++)
        if (review_limit(job->models, job->models_named[i], limit, "a review can take many calls", err))
            return -1;
    flow_buf_init(&destination, FLOW_BUF_LINE);
    int result = review_destinations(job->models, job->models_named, REVIEW_LENSES, &destination, err);
    plan.destination = destination.data;
    if (result == 0)
        result = price(job, &plan, err);
    if (result == 0)
        result = options->hooks.plan(options->hooks.payload, &plan, err);
    flow_buf_release(&destination);
    return result;
}

/*
 * Asking.
 */

static int ask(struct job *job, struct flow_error *err)
{
    struct watch *watch = NULL;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "review/%s", job->options->name);
    const struct watch_options options = {.ledger = job->ledger,
                                          .run = job->env.run,
                                          .name = name.data,
                                          .jobs = REVIEW_LENSES,
                                          .places = job->places,
                                          .drain = &job->drain,
                                          .stop = job->options->stop,
                                          .lock = job->lock,
                                          .models = job->models,
                                          .note = note,
                                          .payload = job};
    int result = watch_new(&watch, &options, &own);
    if (result == 0)
        result = hearing_hold(&job->hearing, &own);
    // Whichever call it kept from leaving, that is why.
    if (watch && own.code == FLOW_E_INTERRUPTED)
        watch_stopped(watch, &own);
    if (result && err)
        *err = own;
    watch_free(watch);
    flow_buf_release(&name);
    return result;
}

static int carry_out(struct job *job, struct flow_error *err)
{
    struct flow_review_outcome *outcome = job->outcome;
    struct flow_spending before, after;
    if (approve(job, err) || flow_ledger_spending(job->ledger, job->env.run, &before, err) ||
        review_budget(job->ledger, job->env.run, job->options->budget, &before, err) ||
        flow_places_new(&job->places, REVIEW_LENSES, err))
        return -1;
    job->env.ledger = job->ledger;
    job->env.models = job->models;
    job->env.places = job->places;
    job->env.drain = &job->drain;
    job->env.stop = job->options->stop;
    int result = ask(job, err);
    // What it cost is told also where it failed.
    if (flow_ledger_spending(job->ledger, job->env.run, &after, result == 0 ? err : NULL))
        return -1;
    outcome->calls = after.calls - before.calls;
    outcome->nano_usd = after.spent_nano_usd - before.spent_nano_usd;
    outcome->unpriced_calls = after.unpriced_calls - before.unpriced_calls;
    return result;
}

static void job_init(struct job *job, const struct flow_review_options *options,
                     struct flow_review_outcome *outcome)
{
    *job = (struct job){.options = options, .outcome = outcome};
    flow_buf_init(&job->state_dir, FLOW_BUF_LINE);
    for (size_t i = 0; i < HEARING_TEMPLATES; i++)
        flow_buf_init(&job->templates[i], FLOW_BUF_TEXT);
    hearing_init(&job->hearing, options);
}

static void job_release(struct job *job)
{
    hearing_release(&job->hearing);
    flow_places_free(job->places);
    flow_send_free(job->send);
    flow_models_free(job->models);
    flow_ledger_free(job->ledger);
    flow_run_unlock(job->lock);
    for (size_t i = 0; i < HEARING_TEMPLATES; i++)
        flow_buf_release(&job->templates[i]);
    flow_buf_release(&job->state_dir);
}

// A hook may not keep 'git commit --amend' from a new message.
static bool is_empty(const struct flow_review_options *options)
{
    if (options->what || strspn(options->diff, " \t\r\n") != options->diff_len)
        return false;
    if (options->hooks.note)
        options->hooks.note(options->hooks.payload, "the diff is empty: there is nothing to review");
    return true;
}

int flow_review(const struct flow_review_options *options, struct flow_review_outcome *outcome,
                struct flow_error *err)
{
    struct job job;
    *outcome = (struct flow_review_outcome){0};
    flow_arena_init(&outcome->arena);
    flow_strv_init(&outcome->left_out);
    if (is_empty(options))
        return 0;
    job_init(&job, options, outcome);
    int result = open_ledger(&job, err) || open_models(&job, err) || open_subject(&job, err) ||
                         open_templates(&job, err) || fill_review(&job, err) || show_plan(&job, err)
                     ? -1
                     : 0;
    if (result == 0 && !options->dry_run)
        result = carry_out(&job, err);
    job_release(&job);
    return result;
}

void flow_review_outcome_release(struct flow_review_outcome *outcome)
{
    flow_strv_release(&outcome->left_out);
    flow_arena_release(&outcome->arena);
}
