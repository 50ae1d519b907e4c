// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/job/review.h"
#include "flow/ui/option.h"
#include "flow/ui/progress.h"
#include "flow/ui/tool.h"
#include "shared.h"
#include "show.h"

struct arguments {
    const char *name, *model, *budget, *directory;
    bool sarif, dry_run, yes, json, quiet;
};

struct view {
    const struct arguments *args;
    struct flow_progress *progress;
};

static int on_plan(void *payload, const struct flow_review_plan *plan, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    show_plan(plan, &text);
    int result =
        shared_agree(&text, view->args->quiet, view->args->yes, view->args->dry_run ? NULL : "Begin?", err);
    flow_buf_release(&text);
    if (result == 0 && !view->args->dry_run)
        flow_progress_status(view->progress, "review of %s", plan->what);
    return result;
}

static void on_note(void *payload, const char *text)
{
    struct view *view = payload;
    flow_progress_note(view->progress, "%s", text);
}

static int carry_out(struct view *view, const struct flow_review_options *options, struct flow_error *err)
{
    const struct arguments *args = view->args;
    struct flow_review_outcome outcome;
    int result = flow_review(options, &outcome, err);
    flow_progress_hide(view->progress);
    // No verdict is no good verdict.
    if (result > 0)
        result = -1;
    if (result == 0 && !args->dry_run)
        result = args->sarif ? show_sarif(&outcome, err) : show_findings(&outcome, args->json, err);
    if (outcome.reviewed && show_census(&outcome, stderr, result ? NULL : err))
        result = -1;
    if (result == 0 && outcome.reviewed && (outcome.reported > 0 || outcome.left_out.count > 0))
        result = FLOW_EXIT_HOLES;
    flow_review_outcome_release(&outcome);
    return result;
}

static int review(struct flow_tool_context *context, const struct shared_place *place,
                  const struct flow_buf *diff, struct flow_error *err)
{
    const struct arguments *args = context->args;
    const char *what = context->operands[0];
    struct view view = {.args = args};
    struct flow_budget budget;
    int budgeted = shared_budget(args->budget, place->config, "review.budget", &budget, err);
    int result = (args->model && flow_config_set(place->config, "review.model", args->model, err)) ||
                         budgeted < 0 || flow_progress_new(&view.progress, stderr, args->quiet, err)
                     ? -1
                     : 0;
    if (result == 0) {
        const struct flow_review_options options = {
            .repo = place->repo,
            .config = place->config,
            .languages = place->languages,
            .name = args->name,
            .what = strcmp(what, "-") == 0 ? NULL : what,
            .diff = diff->data,
            .diff_len = diff->len,
            .budget = budgeted == 1 ? &budget : NULL,
            .dry_run = args->dry_run,
            .stop = &context->stop->asked,
            .cut = &context->stop->now,
            .hooks = {.plan = on_plan, .approve = shared_approve, .note = on_note, .payload = &view},
        };
        result = carry_out(&view, &options, err);
    }
    flow_progress_free(view.progress);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct arguments *args = context->args;
    struct shared_place place;
    struct flow_buf diff;
    if (args->json && args->sarif)
        return flow_error_set(err, FLOW_E_USAGE, "--json and --sarif are two forms of one output: give one");
    flow_buf_init(&diff, FLOW_BUF_TEXT);
    int result = shared_place_open(&place, args->directory, err);
    if (result == 0 && strcmp(context->operands[0], "-") == 0)
        result = flow_fd_read(STDIN_FILENO, "the diff on standard input", &diff, err);
    if (result == 0)
        result = review(context, &place, &diff, err);
    flow_buf_release(&diff);
    shared_place_close(&place);
    return result;
}

static const char about[] =
    "1. Finds what is to be reviewed: a unit of a port (its source and its file on\n"
    "   the branch), a commit, all that changed from A to B, or a diff on standard\n"
    "   input.\n"
    "2. Asks two reviewers, each in a fresh context: one about behaviour, one about\n"
    "   soundness. What they claim has to be proven by a line that exists.\n"
    "3. Where one accepts and the other rejects, a judge decides about each finding.\n"
    "\n"
    "Prints a record for each finding that holds. Nothing in the repository is\n"
    "changed.";

int main(int argc, char **argv)
{
    struct arguments args = {.name = "main"};
    const struct flow_option options[] = {
        {FLOW_OPTION_TEXT('m', "model", "MODEL", &args.model,
                          "the model, as provider/model (default: review.model, else port.model)")},
        {FLOW_OPTION_TEXT(0, "name", "NAME", &args.name, "name of the port's run (default: main)")},
        {FLOW_OPTION_TEXT(0, "budget", "LIMIT", &args.budget,
                          "spend no more than this: 25usd, 2Mtok, 300calls, or several with commas")},
        {FLOW_OPTION_FLAG(0, "sarif", &args.sarif, "print a SARIF 2.1.0 log instead of a table")},
        {FLOW_OPTION_FLAG('n', "dry-run", &args.dry_run,
                          "show what would be sent, and where, and do nothing")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {FLOW_EXIT_HOLES, "done, and there are findings, or files that nobody has reviewed"},
        {5, ""},
        {6, ""},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-review",
        .summary = "have two reviewers read a change or a unit of a port",
        .operands = "unit | commit | A..B | -",
        .operand_min = 1,
        .operand_max = 1,
        .about = about,
        .examples = "# the last commit\n"
                    "flow-review HEAD\n"
                    "# what is about to be committed, as a hook asks it\n"
                    "git diff --cached | flow-review --yes --budget 1usd -\n"
                    "# a unit of the port\n"
                    "flow-review src/util.c",
        .options = options,
        .exits = exits,
        .drains = true,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
