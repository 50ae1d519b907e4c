// SPDX-License-Identifier: MIT
#include "ask.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/ui/figure.h"
#include "flow/ui/progress.h"
#include "shared.h"

struct view {
    const struct ask_args *args;
    struct flow_progress *progress;
    bool quiet;
};

int ask_is_wanted(const struct ask_args *args, struct flow_error *err)
{
    if (args->wanted || args->model)
        return 1;
    if (args->budget || args->votes || args->dry_run || args->yes)
        return flow_error_set(err, FLOW_E_USAGE,
                              "--votes, --budget, --dry-run and --yes are about asking a "
                              "model: give --model or --ask, too");
    return 0;
}

static void put_plan(const struct flow_lifetimes_plan *plan, struct flow_buf *out)
{
    flow_buf_printf(out, "lifetimes: %zu open fields of %zu files\n  agents            %zu, by ",
                    plan->fields, plan->files, plan->agents);
    flow_str_show(out, plan->model, strlen(plan->model));
    if (plan->known > 0)
        flow_buf_printf(out, "; %zu have answered already", plan->known);
    flow_buf_printf(out, "\n  refuters          %u of each answer", plan->votes);
    if (strcmp(plan->model, plan->refuter) != 0) {
        flow_buf_puts(out, ", by ");
        flow_str_show(out, plan->refuter, strlen(plan->refuter));
    }
    flow_buf_printf(out, "\n  source text goes  to %s\n", plan->destination);
    const struct shared_price price = {.calls = {plan->calls_low, plan->calls_high},
                                       .tokens = {plan->tokens_low, plan->tokens_high},
                                       .nano_usd = {plan->nano_low, plan->nano_high},
                                       .known = plan->priced,
                                       .limit = plan->limit};
    shared_put_price(&price, out);
}

static int on_plan(void *payload, const struct flow_lifetimes_plan *plan, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    put_plan(plan, &text);
    flow_progress_hide(view->progress);
    int result = flow_buf_check(&text, "plan", err);
    if (result == 0)
        result =
            shared_agree(&text, view->quiet, view->args->yes, view->args->dry_run ? NULL : "Begin?", err);
    flow_buf_release(&text);
    return result;
}

static void on_progress(void *payload, size_t done, size_t total)
{
    struct view *view = payload;
    flow_progress_status(view->progress, "asked %zu of %zu", done, total);
}

static void on_note(void *payload, const char *text)
{
    const struct view *view = payload;
    flow_progress_note(view->progress, "%s", text);
}

static int carry_out(struct view *view, long jobs, const char *revision, struct flow_repo *repo,
                     struct flow_config *config, struct flow_lifetimes *lifetimes,
                     const struct flow_tool_context *context, struct flow_lifetimes_asked *out,
                     struct flow_error *err)
{
    const struct ask_args *args = view->args;
    struct flow_budget budget;
    int budgeted = shared_budget(args->budget, config, "lifetimes.budget", &budget, err);
    if (budgeted < 0 || (args->model && flow_config_set(config, "lifetimes.model", args->model, err)))
        return -1;
    const struct flow_lifetimes_ask_options options = {
        .repo = repo,
        .config = config,
        .revision = revision,
        .votes = args->votes ? (unsigned)args->votes : FLOW_LIFETIMES_VOTES,
        .jobs = (unsigned)jobs,
        .budget = budgeted == 1 ? &budget : NULL,
        .dry_run = args->dry_run,
        .stop = &context->stop->asked,
        .cut = &context->stop->now,
        .hooks = {.plan = on_plan,
                  .approve = shared_approve,
                  .progress = on_progress,
                  .note = on_note,
                  .payload = view},
    };
    return flow_lifetimes_ask(lifetimes, &options, out, err);
}

int ask_model(const struct ask_args *args, long jobs, bool quiet, const char *revision,
              struct flow_repo *repo, struct flow_lifetimes *lifetimes,
              const struct flow_tool_context *context, struct flow_lifetimes_asked *out,
              struct flow_error *err)
{
    struct view view = {.args = args, .quiet = quiet};
    struct flow_config *config = NULL;
    flow_tool_drain();
    int result = flow_progress_new(&view.progress, stderr, quiet, err) || flow_repo_config(repo, &config, err)
                     ? -1
                     : 0;
    if (result == 0)
        result = carry_out(&view, jobs, revision, repo, config, lifetimes, context, out, err);
    flow_progress_free(view.progress);
    flow_config_free(config);
    return result;
}

int ask_census(const struct flow_lifetimes_asked *asked, FILE *to, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text,
                    "  of %zu that were open: %zu by a model, %zu unknown, %zu not asked or not checked\n",
                    asked->fields, asked->decided, asked->unknown, asked->left);
    flow_buf_puts(&text, "  cost ");
    shared_put_spent(asked->nano_usd, asked->calls, asked->unpriced_calls, &text);
    flow_buf_printf(&text, ", %" PRId64 " calls\n", asked->calls);
    int result = flow_buf_check(&text, "census", err);
    if (result == 0)
        fputs(text.data, to);
    flow_buf_release(&text);
    return result;
}
