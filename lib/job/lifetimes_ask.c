// SPDX-License-Identifier: MIT
/*
 * Asking a model about the fields that the analysis is not sure of. All that answer are asked first, then all
 * that refute; a stop, or a budget that is used up, leaves both to find what the ledger has already.
 */
#include "flow/job/lifetimes_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/thread.h"
#include "flow/base/time.h"
#include "lifetimes_ask.h"

static void ask_init(struct ask *ask, struct flow_lifetimes *lifetimes,
                     const struct flow_lifetimes_ask_options *options, struct flow_lifetimes_asked *out)
{
    *ask = (struct ask){.lifetimes = lifetimes, .model = lifetimes->model, .options = options, .out = out};
    flow_arena_init(&ask->arena);
    flow_buf_init(&ask->state_dir, FLOW_BUF_LINE);
    flow_buf_init(&ask->classes, FLOW_BUF_TEXT);
    for (size_t i = 0; i < ASK_PROMPTS; i++)
        flow_buf_init(&ask->templates[i], FLOW_BUF_TEXT);
    pthread_mutex_init(&ask->mutex, NULL);
}

static void ask_release(struct ask *ask)
{
    ask_tasks_free(ask);
    for (size_t i = 0; i < ask->file_count; i++)
        flow_buf_release(&ask->file_list[i]->text);
    free(ask->file_list);
    flow_map_free(ask->files);
    flow_places_free(ask->places);
    flow_send_free(ask->send);
    flow_models_free(ask->models);
    flow_ledger_free(ask->ledger);
    flow_run_unlock(ask->lock);
    for (size_t i = 0; i < ASK_PROMPTS; i++)
        flow_buf_release(&ask->templates[i]);
    flow_buf_release(&ask->classes);
    flow_buf_release(&ask->state_dir);
    flow_arena_release(&ask->arena);
    pthread_mutex_destroy(&ask->mutex);
}

static void note_progress(struct ask *ask)
{
    const struct flow_lifetimes_hooks *hooks = &ask->options->hooks;
    pthread_mutex_lock(&ask->mutex);
    ask->done++;
    if (hooks->progress)
        hooks->progress(hooks->payload, ask->done, ask->total);
    pthread_mutex_unlock(&ask->mutex);
}

void ask_step(const struct ask *ask, const struct ask_task *task, struct flow_step *out)
{
    const struct flow_entry *entry = flow_snapshot_find(ask->model->analysis->snapshot, task->file);
    *out = (struct flow_step){
        .unit = task->file, .piece = task->piece, .effort = ask->effort, .source_id = entry->blob.hex};
}

int ask_settle(struct ask *ask, int result, const struct flow_error *failure, const char **why,
               struct flow_error *err)
{
    note_progress(ask);
    if (result == 0)
        return 0;
    pthread_mutex_lock(&ask->mutex);
    bool first = result < 0 && ask->failure.code == FLOW_OK;
    if (first)
        ask->failure = *failure;
    // Who was kept from calling by what another one met says that, too.
    bool drained = failure->code == FLOW_E_INTERRUPTED && ask->failure.code != FLOW_OK;
    const struct flow_error *reason = drained ? &ask->failure : failure;
    const char *words = reason->code == FLOW_E_BUDGET        ? "the budget is used up"
                        : reason->code == FLOW_E_INTERRUPTED ? "interrupted"
                                                             : reason->message;
    *why = flow_arena_str(&ask->arena, words);
    pthread_mutex_unlock(&ask->mutex);
    // A smaller call may still have a place in the budget; what else fails concerns them all.
    if (result < 0 && failure->code != FLOW_E_BUDGET)
        atomic_store(&ask->drain, true);
    return *why ? 0 : flow_error_nomem(err);
}

static bool stands(void *payload, const char *path, const char *quote, uint32_t *line)
{
    const struct ask_task *task = payload;
    for (size_t i = 0; i < task->shown_count; i++)
        if (strcmp(task->shown[i]->path, path) == 0)
            return ask_file_has(task->shown[i], quote, line);
    return false;
}

struct answering {
    struct ask *ask;
    struct ask_task *task;
};

static int fit(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    struct answering *answering = payload;
    struct ask_task *task = answering->task;
    const struct flow_ownership_asked asked = {.fields = task->names,
                                               .field_count = task->count,
                                               .classes = answering->ask->class_names,
                                               .class_count = answering->ask->class_count,
                                               .stands = stands,
                                               .payload = task};
    flow_ownership_release(&task->answers);
    int result = flow_ownership_parse(&task->answers, answer->text, answer->len,
                                      answer->stop == FLOW_STOP_LENGTH, &asked, why, err);
    task->answered = result == 0;
    return result;
}

static int answer_task(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct ask *ask = payload;
    struct ask_task *task = &ask->tasks[item];
    struct answering answering = {.ask = ask, .task = task};
    struct flow_answer answer;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_step step;
    (void)worker;
    if (task->left)
        return 0;
    ask_step(ask, task, &step);
    step.role = "ask";
    step.model = ask->names[0];
    step.system = task->prompt.system;
    step.system_count = task->prompt.system_count;
    step.user = task->prompt.user;
    step.user_count = task->prompt.user_count;
    step.schema = flow_ownership_schema;
    step.max_tokens = flow_agent_max_tokens(task->count * 1200);
    flow_answer_init(&answer);
    int result = flow_agent_step(&ask->env, &step, fit, &answering, &answer, &own);
    flow_answer_release(&answer);
    if (result != 0)
        task->answered = false;
    return ask_settle(ask, result, &own, &task->left, err);
}

// What refuters are given: of UNKNOWN there is nothing to refute.
static int make_claims(struct ask *ask, struct flow_error *err)
{
    for (size_t i = 0; i < ask->count; i++) {
        struct ask_task *task = &ask->tasks[i];
        for (size_t k = 0; k < task->count && task->answered; k++) {
            if (strcmp(task->answers.answers[k].class_name, FLOW_OWNERSHIP_UNKNOWN) == 0)
                continue;
            task->claim_fields[task->claim_count] = k;
            task->claims[task->claim_count++] = task->names[k];
        }
        if (task->claim_count > 0 && ask_prompt_refute(ask, task, err))
            return -1;
    }
    return 0;
}

// The limit is one of this time, on top of what others took. Where all should be in the ledger, nothing may
// be sent that nobody has agreed to.
static int set_budget(struct ask *ask, const struct flow_spending *spending, struct flow_error *err)
{
    struct flow_budget limit = {.nano_usd = -1, .tokens = -1, .calls = -1};
    const struct flow_budget *given = ask->options->budget;
    if (given && given->nano_usd >= 0)
        limit.nano_usd = spending->spent_nano_usd + given->nano_usd;
    if (given && given->tokens >= 0)
        limit.tokens = spending->spent_tokens + given->tokens;
    if (given && given->calls >= 0)
        limit.calls = spending->calls + given->calls;
    if (ask->pending == 0)
        limit.calls = spending->calls;
    return flow_ledger_budget_set(ask->ledger, ask->env.run, &limit, err);
}

static void on_note(void *payload, const char *text)
{
    struct ask *ask = payload;
    const struct flow_lifetimes_hooks *hooks = &ask->options->hooks;
    pthread_mutex_lock(&ask->mutex);
    if (hooks->note)
        hooks->note(hooks->payload, text);
    pthread_mutex_unlock(&ask->mutex);
}

static int open_watch(struct ask *ask, struct watch **out, struct flow_error *err)
{
    const struct watch_options options = {.ledger = ask->ledger,
                                          .run = ask->env.run,
                                          .name = "lifetimes/" ASK_RUN,
                                          .jobs = ask->jobs,
                                          .told = ask->options->jobs > 0,
                                          .places = ask->places,
                                          .drain = &ask->drain,
                                          .stop = ask->options->stop,
                                          .lock = ask->lock,
                                          .models = ask->models,
                                          .note = on_note,
                                          .payload = ask};
    return watch_new(out, &options, err);
}

// Answers, then refuters.
static int ask_rounds(struct ask *ask, struct flow_error *err)
{
    unsigned votes = ask->options->votes;
    struct watch *watcher = NULL;
    if (open_watch(ask, &watcher, err))
        return -1;
    int result = flow_thread_each(watch_threads(watcher), ask->count, answer_task, ask, err);
    if (result == 0)
        result = make_claims(ask, err);
    if (result == 0)
        result = flow_thread_each(watch_threads(watcher), ask->count * votes, ask_vote, ask, err);
    // Whichever call it kept from leaving, that is why.
    if (ask->failure.code == FLOW_E_INTERRUPTED)
        watch_stopped(watcher, &ask->failure);
    watch_free(watcher);
    return result;
}

static int ask_all(struct ask *ask, struct flow_error *err)
{
    struct flow_spending before, after;
    if (flow_ledger_spending(ask->ledger, ask->env.run, &before, err) || set_budget(ask, &before, err))
        return -1;
    ask->env.ledger = ask->ledger;
    ask->env.models = ask->models;
    ask->env.places = ask->places;
    ask->env.drain = &ask->drain;
    ask->env.stop = ask->options->stop;
    ask->total = ask->count * (1 + ask->options->votes);
    int result = ask_rounds(ask, err);
    ask->out->begun = result == 0;
    if (result == 0)
        result = ask_rows(ask, err) || ask_keep_known(ask, err) ? -1 : 0;
    // What it cost is told also where it failed.
    if (flow_ledger_spending(ask->ledger, ask->env.run, &after, result == 0 ? err : NULL))
        return -1;
    ask->out->calls = after.calls - before.calls;
    ask->out->nano_usd = after.spent_nano_usd - before.spent_nano_usd;
    ask->out->unpriced_calls = after.unpriced_calls - before.unpriced_calls;
    if (result == 0 && ask->failure.code != FLOW_OK)
        result = flow_error_set(err, ask->failure.code, "%s", ask->failure.message);
    return result;
}

static int mark(const struct ask *ask, const char *kind, const char *state, const char *text,
                struct flow_error *err)
{
    return flow_ledger_run_set(ask->ledger, ask->env.run, "state", state, err) ||
                   flow_ledger_event(ask->ledger, ask->env.run, kind, NULL, text, err)
               ? -1
               : 0;
}

static int mark_end(const struct ask *ask, int result, const struct flow_error *ended, struct flow_error *err)
{
    struct flow_buf state;
    const char *why = result ? ended->message : "done";
    int status = result ? flow_error_status(ended->code) : ask->out->left > 0 ? FLOW_EXIT_HOLES : 0;
    flow_buf_init(&state, FLOW_BUF_LINE);
    flow_buf_printf(&state, "ended %lld %d %s", (long long)flow_time_wall_ms(), status, why);
    int marked = flow_buf_check(&state, "state of the run", err);
    if (marked == 0)
        marked = mark(ask, "end", state.data, why, err);
    flow_buf_release(&state);
    return marked;
}

static int carry_out(struct ask *ask, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT, lost = FLOW_ERROR_INIT;
    char text[60];
    snprintf(text, sizeof text, "process %ld", (long)getpid());
    if (ask_approve(ask, err) || mark(ask, "begin", "begun", text, err))
        return -1;
    int result = ask_all(ask, &own);
    if (mark_end(ask, result, &own, &lost) && result == 0) {
        own = lost;
        result = -1;
    }
    if (result && err)
        *err = own;
    return result;
}

int flow_lifetimes_ask(struct flow_lifetimes *lifetimes, const struct flow_lifetimes_ask_options *options,
                       struct flow_lifetimes_asked *out, struct flow_error *err)
{
    struct ask ask;
    *out = (struct flow_lifetimes_asked){0};
    ask_init(&ask, lifetimes, options, out);
    ask.files = flow_map_new();
    int result = ask.files ? 0 : flow_error_nomem(err);
    if (result == 0)
        result =
            ask_open(&ask, err) || ask_classes(&ask, err) || ask_tasks(&ask, err) || ask_prompts(&ask, err)
                ? -1
                : 0;
    if (result == 0 && (ask.pending > 0 || options->dry_run))
        result = ask_plan(&ask, err);
    if (result == 0 && !options->dry_run)
        result = carry_out(&ask, err);
    ask_release(&ask);
    return result;
}
