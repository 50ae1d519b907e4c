// SPDX-License-Identifier: MIT
#include "flow/job/fix.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fix_private.h"
#include "flow/agent/prompt.h"
#include "flow/base/time.h"

void fix_note(struct fix *fix, const char *format, ...)
{
    const struct flow_fix_hooks *hooks = &fix->options->hooks;
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    pthread_mutex_lock(&fix->mutex);
    if (hooks->note)
        hooks->note(hooks->payload, text);
    pthread_mutex_unlock(&fix->mutex);
}

// Also tells other terminals, through the lock.
void fix_doing(struct fix *fix, const char *doing)
{
    const struct flow_fix_hooks *hooks = &fix->options->hooks;
    struct holder holder = {.phase = HOLDER_RUNNING, .jobs = fix->jobs, .left = -1};
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    pthread_mutex_lock(&fix->mutex);
    if (doing)
        fix->progress.doing = doing;
    if (fix->watch)
        watch_fill(fix->watch, &holder);
    holder.waiting = (unsigned)(fix->progress.asked - fix->progress.answered);
    holder_print(&holder, &text);
    if (fix->locks[1])
        flow_run_lock_note(fix->locks[1], text.data);
    if (hooks->progress && fix->progress.doing)
        hooks->progress(hooks->payload, &fix->progress);
    pthread_mutex_unlock(&fix->mutex);
    flow_buf_release(&text);
}

void fix_doing_each(struct fix *fix, const char *doing, size_t count)
{
    pthread_mutex_lock(&fix->mutex);
    fix->progress.asked = count;
    fix->progress.answered = 0;
    pthread_mutex_unlock(&fix->mutex);
    fix_doing(fix, doing);
}

void fix_answered(struct fix *fix)
{
    pthread_mutex_lock(&fix->mutex);
    fix->progress.answered++;
    pthread_mutex_unlock(&fix->mutex);
    fix_doing(fix, NULL);
}

void fix_figure(struct fix *fix, size_t *figure, size_t value)
{
    pthread_mutex_lock(&fix->mutex);
    *figure = value;
    pthread_mutex_unlock(&fix->mutex);
}

int fix_stopped(const struct fix *fix, struct flow_error *err)
{
    const atomic_int *stop = fix->options->stop;
    if (!stop || atomic_load(stop) == 0)
        return fix->watch ? watch_stopped(fix->watch, err) : 0;
    return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue");
}

/*
 * What a person is shown and agrees to.
 */

static int show_plan(struct fix *fix, struct flow_error *err)
{
    const struct flow_fix_options *options = fix->options;
    struct flow_spending spending;
    struct flow_buf destination;
    if (flow_ledger_spending(fix->ledger, fix->account, &spending, err))
        return -1;
    if (options->budget)
        spending.limit = *options->budget;
    if (!options->dry_run && fix_models_limits(fix, &spending.limit, err))
        return -1;
    flow_buf_init(&destination, FLOW_BUF_LINE);
    int result = fix_models_destination(fix, &destination, err);
    const struct flow_fix_plan plan = {
        .branch = fix->branch,
        .tip = fix->tip.hex,
        .command = options->test_only ? NULL : fix->command,
        .origin = fix->command_origin,
        .fetch = fix->fetch,
        .fetch_origin = fix->fetch_origin,
        .test = fix->test,
        .test_origin = fix->test_origin,
        .old = fix->old,
        .dir = fix->place.dir.data,
        .confined = !options->unconfined,
        .model = fix->model,
        .second = fix->second,
        .escalate = fix->escalate,
        .destination = destination.data,
        .reviewers = fix_has_reviews(fix) ? fix->reviewers : NULL,
        .rounds = fix->rounds,
        .jobs = fix->jobs,
        .spending = &spending,
    };
    if (result == 0)
        result = options->hooks.plan(options->hooks.payload, &plan, err);
    flow_buf_release(&destination);
    return result;
}

// What committed files bring is used only after somebody has seen and accepted it.
static int approve(struct fix *fix, struct flow_error *err)
{
    const struct flow_fix_hooks *hooks = &fix->options->hooks;
    const struct {
        const char *key, *text;
    } commands[] = {{"fix.fetch", fix->fetch},
                    {"fix.build", fix->options->test_only ? NULL : fix->command},
                    {"fix.test", fix->test},
                    {"fetch.command", fix->old.fetch},
                    {"build.command", fix->old.build},
                    {"test.command", fix->old.test},
                    {"coverage.command", fix->old.coverage},
                    {"prove.command", fix->old.prove}};
    struct flow_brought brought[sizeof commands / sizeof *commands + 1 + FIX_REVIEWERS];
    size_t count = 0;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        enum flow_config_level level = FLOW_CONFIG_OPTION;
        const char *text = commands[i].text;
        flow_config_origin(fix->config, commands[i].key, &level);
        if (text && level == FLOW_CONFIG_COMMITTED)
            brought[count++] =
                (struct flow_brought){.what = commands[i].key, .text = text, .len = strlen(text)};
    }
    if (fix->own_prompt)
        brought[count++] = (struct flow_brought){
            .what = ".flow/prompts/fix-build.md", .text = fix->template.data, .len = fix->template.len};
    count += fix_review_brought(fix, brought + count);
    return flow_approve(fix->state_dir.data, brought, count, hooks->approve, hooks->payload, err);
}

/*
 * Running.
 */

static void on_note(void *payload, const char *text)
{
    fix_note(payload, "%s", text);
}

static void on_change(void *payload)
{
    fix_doing(payload, NULL);
}

static int start_agents(struct fix *fix, struct flow_error *err)
{
    if (fix->options->budget && flow_ledger_budget_set(fix->ledger, fix->run, fix->options->budget, err))
        return -1;
    if (flow_places_new(&fix->agent.places, fix->jobs, err))
        return -1;
    fix->agent.ledger = fix->ledger;
    fix->agent.models = fix->models;
    fix->agent.run = fix->account;
    fix->agent.stop = fix->options->stop;
    fix->agent.drain = &fix->drain;
    const struct watch_options watch = {.ledger = fix->ledger,
                                        .run = fix->account,
                                        .name = fix->options->name,
                                        .part = fix->account != fix->run,
                                        .jobs = fix->jobs,
                                        .told = fix->options->jobs > 0,
                                        .places = fix->agent.places,
                                        .drain = &fix->drain,
                                        .stop = fix->options->stop,
                                        .note = on_note,
                                        .changed = on_change,
                                        .payload = fix};
    return watch_new(&fix->watch, &watch, err);
}

static int mark(struct fix *fix, const char *kind, const char *state, const char *text,
                struct flow_error *err)
{
    return flow_ledger_run_set(fix->ledger, fix->run, "state", state, err) ||
                   flow_ledger_event(fix->ledger, fix->run, kind, NULL, text, err)
               ? -1
               : 0;
}

static int mark_begin(struct fix *fix, struct flow_error *err)
{
    char text[60];
    snprintf(text, sizeof text, "process %ld", (long)getpid());
    return mark(fix, "begin", "begun", text, err);
}

static int mark_end(struct fix *fix, int result, const struct flow_error *ended, struct flow_error *err)
{
    struct flow_buf state;
    bool holes = flow_fix_has_holes(fix->outcome);
    const char *why = fix->outcome->why ? fix->outcome->why : holes ? "with holes" : "done";
    int status = result ? flow_error_status(ended->code) : holes ? FLOW_EXIT_HOLES : 0;
    if (result)
        why = ended->message;
    flow_buf_init(&state, FLOW_BUF_LINE);
    flow_buf_printf(&state, "ended %lld %d %s", (long long)flow_time_wall_ms(), status, why);
    int marked = flow_buf_check(&state, "state of the run", err);
    if (marked == 0)
        marked = mark(fix, "end", state.data, why, err);
    flow_buf_release(&state);
    return marked;
}

// How the run ended is kept for whoever asks later; where that fails, a run that ended well did not.
static int carry_out(struct fix *fix, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT, lost = FLOW_ERROR_INIT;
    if (approve(fix, err) || start_agents(fix, err) || mark_begin(fix, err))
        return -1;
    int result = fix_units_load(fix, &own);
    if (result == 0)
        result = fix_guard(fix, &own);
    if (result == 0)
        result = fix_requests_load(fix, &own);
    if (result == 0)
        result = fix_fetch(fix, &own);
    if (result == 0)
        result = fix_coverage(fix, &own);
    if (result == 0)
        result = fix_baseline(fix, &own);
    if (result == 0)
        result = fix_prove(fix, &own);
    if (result == 0)
        result = fix_rounds(fix, &own);
    // Whichever call it kept from leaving, that is why.
    if (result && own.code == FLOW_E_INTERRUPTED)
        watch_stopped(fix->watch, &own);
    // The census is taken whatever happened; its own failure does not hide that. How the run ended depends on
    // it.
    if (fix_census(fix, &lost) && result == 0) {
        own = lost;
        result = -1;
    }
    if (mark_end(fix, result, &own, &lost) && result == 0) {
        own = lost;
        result = -1;
    }
    if (result && err)
        *err = own;
    return result;
}

static void fix_init(struct fix *fix, const struct flow_fix_options *options,
                     struct flow_fix_outcome *outcome)
{
    *fix = (struct fix){
        .options = options,
        .repo = options->repo,
        .config = options->config,
        .languages = options->languages,
        .outcome = outcome,
    };
    flow_arena_init(&fix->arena);
    flow_buf_init(&fix->state_dir, FLOW_BUF_LINE);
    flow_buf_init(&fix->template, FLOW_BUF_TEXT);
    flow_buf_init(&fix->open_body, FLOW_BUF_LINE);
    for (size_t i = 0; i < FIX_REVIEWERS; i++)
        flow_buf_init(&fix->review_templates[i], FLOW_BUF_TEXT);
    flow_buf_init(&fix->place.root, FLOW_BUF_LINE);
    flow_buf_init(&fix->place.tree, FLOW_BUF_LINE);
    flow_buf_init(&fix->place.dir, FLOW_BUF_LINE);
    fix->place.checkout = "checkout";
    fix_work_init(&fix->requests);
    flow_strv_init(&fix->tests);
    flow_strv_init(&fix->protect);
    flow_strv_init(&fix->allow);
    flow_strv_init(&fix->read);
    flow_strv_init(&fix->env);
    pthread_mutex_init(&fix->mutex, NULL);
}

static void fix_release(struct fix *fix)
{
    watch_free(fix->watch);
    fix_units_release(fix);
    fix_work_release(&fix->requests);
    fix_baseline_release(fix);
    flow_map_free(fix->names);
    flow_map_free(fix->disproven);
    flow_map_free(fix->stand_in);
    flow_map_free(fix->undone);
    flow_map_free(fix->known);
    fix_review_close(fix);
    flow_places_free(fix->agent.places);
    flow_snapshot_free(fix->snapshot);
    flow_send_free(fix->send);
    flow_models_free(fix->models);
    flow_build_rules_free(fix->old_rules);
    flow_build_rules_free(fix->rules);
    flow_ledger_free(fix->ledger);
    for (size_t i = 0; i < 2; i++)
        flow_run_unlock(fix->locks[i]);
    flow_strv_release(&fix->allow);
    flow_strv_release(&fix->protect);
    flow_strv_release(&fix->tests);
    flow_strv_release(&fix->read);
    flow_strv_release(&fix->env);
    flow_buf_release(&fix->place.dir);
    flow_buf_release(&fix->place.tree);
    flow_buf_release(&fix->place.root);
    flow_buf_release(&fix->template);
    flow_buf_release(&fix->open_body);
    flow_buf_release(&fix->state_dir);
    flow_arena_release(&fix->arena);
    pthread_mutex_destroy(&fix->mutex);
}

int flow_fix(const struct flow_fix_options *options, struct flow_fix_outcome *outcome, struct flow_error *err)
{
    struct fix fix;
    *outcome = (struct flow_fix_outcome){0};
    flow_strv_init(&outcome->left);
    flow_strv_init(&outcome->untested);
    flow_strv_init(&outcome->unproven);
    flow_strv_init(&outcome->tried);
    flow_job_census_init(&outcome->census);
    fix_init(&fix, options, outcome);
    int result = fix_open(&fix, err);
    if (result == 0)
        result = show_plan(&fix, err);
    if (result == 0 && !options->dry_run)
        result = carry_out(&fix, err);
    fix_release(&fix);
    return result;
}

// What is missing for it is found out before the contracts are paid for.
int flow_fix_check(const struct flow_fix_options *options, const struct flow_language *to,
                   struct flow_buf *command, struct flow_buf *destination, struct flow_error *err)
{
    struct fix fix;
    fix_init(&fix, options, NULL);
    fix.from = fix.to = to;
    int result = fix_open_build(&fix, err);
    if (result == 0 && !options->dry_run)
        result = fix_models_open(&fix, err) || fix_models_destination(&fix, destination, err) ? -1 : 0;
    if (result == 0)
        flow_buf_puts(command, fix.command);
    fix_release(&fix);
    return result;
}

int flow_fix_approve(const struct flow_fix_options *options, const struct flow_id *base,
                     struct flow_error *err)
{
    struct fix fix;
    fix_init(&fix, options, NULL);
    fix.base = *base;
    fix.command = flow_config_str(fix.config, "fix.build", NULL);
    int from = flow_template_read(fix.repo, &fix.base, "fix-build", &fix.template, err);
    fix.own_prompt = from == 1;
    int result =
        from < 0 || flow_repo_state_dir(fix.repo, &fix.state_dir, err) || approve(&fix, err) ? -1 : 0;
    fix_release(&fix);
    return result;
}

bool flow_fix_has_holes(const struct flow_fix_outcome *outcome)
{
    return !outcome->clean || outcome->tests.fresh > 0 || outcome->disproven > 0 || outcome->census.holes > 0;
}

void flow_fix_outcome_release(struct flow_fix_outcome *outcome)
{
    flow_strv_release(&outcome->tried);
    flow_strv_release(&outcome->left);
    flow_strv_release(&outcome->untested);
    flow_strv_release(&outcome->unproven);
    flow_job_census_release(&outcome->census);
}
