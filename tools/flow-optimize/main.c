// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "flow/job/optimize.h"
#include "flow/ui/option.h"
#include "flow/ui/progress.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"
#include "shared.h"
#include "show.h"

struct arguments {
    const char *base, *until, *model, *budget, *directory;
    struct flow_strv passes, profiles;
    long max_changes, jobs;
    bool list, uncovered, only_faster, fresh, no_sandbox, dry_run, yes, json, quiet;
};

// What the hooks of the job work with.
struct view {
    const struct arguments *args;
    struct flow_table *table;
    struct flow_progress *progress;
};

static const struct flow_column columns[] = {
    {"path", FLOW_COLUMN_TEXT, 0},   {"line", FLOW_COLUMN_INT, 0},      {"pass", FLOW_COLUMN_TEXT, 0},
    {"state", FLOW_COLUMN_TEXT, 0},  {"branch", FLOW_COLUMN_TEXT, 0},   {"heat", FLOW_COLUMN_DECIMAL, 2},
    {"linter", FLOW_COLUMN_TEXT, 0}, {"evidence", FLOW_COLUMN_TEXT, 0},
};

static const struct flow_column list_columns[] = {
    {"pass", FLOW_COLUMN_TEXT, 0},
    {"from", FLOW_COLUMN_TEXT, 0},
    {"rewrite", FLOW_COLUMN_TEXT, 0},
    {"about", FLOW_COLUMN_TEXT, 0},
};

static int on_plan(void *payload, const struct flow_optimize_plan *plan, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    if (!plan->builds && !view->args->dry_run)
        return 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    show_plan(plan, &text);
    int result =
        shared_agree(&text, view->args->quiet, view->args->yes, view->args->dry_run ? NULL : "Begin?", err);
    flow_buf_release(&text);
    return result;
}

static void on_row(void *payload, const struct flow_optimize_row *row)
{
    struct view *view = payload;
    flow_progress_hide(view->progress);
    flow_table_text(view->table, row->path);
    flow_table_int(view->table, row->line);
    flow_table_text(view->table, row->pass);
    flow_table_text(view->table, flow_optimize_state_name(row->state));
    flow_table_text(view->table, row->branch);
    if (row->heat >= 0)
        flow_table_decimal(view->table, row->heat);
    else
        flow_table_none(view->table);
    flow_table_text(view->table, row->linter);
    flow_table_text(view->table, row->evidence);
    flow_table_row(view->table);
}

static void on_pass(void *payload, const struct flow_optimize_pass *pass)
{
    struct view *view = payload;
    flow_table_text(view->table, pass->name);
    flow_table_text(view->table, pass->origin);
    flow_table_text(view->table, pass->prompt ? "prompt" : "template");
    flow_table_text(view->table, pass->about);
    flow_table_row(view->table);
}

static void on_progress(void *payload, const char *doing)
{
    struct view *view = payload;
    flow_progress_status(view->progress, "optimize: %s", doing);
}

static void on_note(void *payload, const char *text)
{
    struct view *view = payload;
    flow_progress_note(view->progress, "%s", text);
}

// The next time that it is HH:MM, on the clock of the wall, in milliseconds.
static int read_until(const char *text, int64_t *out, struct flow_error *err)
{
    unsigned hour, minute;
    char rest;
    time_t now = time(NULL);
    struct tm when;
    *out = 0;
    if (!text)
        return 0;
    if (strlen(text) > 5 || sscanf(text, "%2u:%2u%c", &hour, &minute, &rest) != 2 || hour > 23 || minute > 59)
        return flow_error_set(err, FLOW_E_USAGE, "--until: '%s' is no time of day, such as 06:00", text);
    localtime_r(&now, &when);
    when.tm_hour = (int)hour;
    when.tm_min = (int)minute;
    when.tm_sec = 0;
    when.tm_isdst = -1;
    if (mktime(&when) <= now) {
        when.tm_mday++;
        when.tm_isdst = -1;
    }
    *out = (int64_t)mktime(&when) * 1000;
    return 0;
}

static bool is_news(const struct flow_optimize_outcome *outcome)
{
    return outcome->states[FLOW_OPTIMIZE_KEPT] > 0 || outcome->until;
}

static int carry_out(struct view *view, const struct flow_optimize_options *options, struct flow_error *err)
{
    struct flow_optimize_outcome outcome;
    int result = flow_optimize(options, &outcome, err);
    flow_progress_hide(view->progress);
    if (flow_table_close(view->table, result ? NULL : err))
        result = -1;
    bool known = result == 0 || outcome.base_builds > 0;
    if (known && (!view->args->quiet || result || is_news(&outcome)) &&
        show_census(&outcome, stderr, result ? NULL : err))
        result = -1;
    if (result == 0 && outcome.until && outcome.states[FLOW_OPTIMIZE_OPEN] > 0)
        result = flow_error_set(err, FLOW_E_BUDGET,
                                "it is past %s, and %zu candidates are left: run it again to continue",
                                view->args->until, outcome.states[FLOW_OPTIMIZE_OPEN]);
    return result;
}

static int list(struct view *view, const struct flow_optimize_options *options, struct flow_error *err)
{
    int result = flow_optimize_list(options, err);
    return flow_table_close(view->table, result ? NULL : err) ? -1 : result;
}

static int optimize(struct flow_tool_context *context, const struct arguments *args,
                    const struct shared_place *place, struct flow_error *err)
{
    struct view view = {.args = args};
    struct flow_strv paths;
    struct flow_budget budget;
    struct flow_optimize_options options = {
        .repo = place->repo,
        .config = place->config,
        .languages = place->languages,
        .base = args->base,
        .paths = &paths,
        .passes = &args->passes,
        .profiles = &args->profiles,
        .max_changes = (unsigned)args->max_changes,
        .jobs = (unsigned)args->jobs,
        .untested = args->uncovered,
        .only_faster = args->only_faster,
        .fresh = args->fresh,
        .unconfined = args->no_sandbox,
        .dry_run = args->dry_run,
        .stop = &context->stop->asked,
        .cut = &context->stop->now,
        .hooks = {.plan = on_plan,
                  .approve = shared_approve,
                  .row = on_row,
                  .pass = on_pass,
                  .progress = on_progress,
                  .note = on_note,
                  .payload = &view},
    };
    flow_strv_init(&paths);
    int budgeted = shared_budget(args->budget, place->config, "optimize.budget", &budget, err);
    options.budget = budgeted == 1 ? &budget : NULL;
    int result =
        budgeted < 0 || (args->model && flow_config_set(place->config, "optimize.model", args->model, err)) ||
                shared_ids(context, place->repo, args->directory, "unit", &paths, &paths, err) ||
                read_until(args->until, &options.until_ms, err) ||
                flow_progress_new(&view.progress, stderr, args->quiet, err)
            ? -1
            : 0;
    if (result == 0)
        result = args->list ? flow_table_open(&view.table, stdout, args->json, list_columns,
                                              sizeof list_columns / sizeof *list_columns, err)
                            : flow_table_open(&view.table, stdout, args->json, columns,
                                              sizeof columns / sizeof *columns, err);
    if (result == 0)
        result = args->list ? list(&view, &options, err) : carry_out(&view, &options, err);
    flow_table_free(view.table);
    flow_progress_free(view.progress);
    flow_strv_release(&paths);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct arguments *args = context->args;
    struct shared_place place;
    int result = shared_place_open(&place, args->directory, err);
    if (result == 0)
        result = optimize(context, args, &place, err);
    shared_place_close(&place);
    flow_strv_release(&args->profiles);
    flow_strv_release(&args->passes);
    return result;
}

static const char about[] =
    "1. The queries of the passes find candidates in the files of the base commit,\n"
    "   and their templates say what each would become; where a pass has a prompt, a\n"
    "   model writes it, if one is given. Tests are left alone.\n"
    "2. The base is built and tested twice, in a sandbox without a network, and the\n"
    "   lines that its tests execute are measured. Other lines are left alone, too.\n"
    "3. Candidates that do not touch each other are built and tested together. One\n"
    "   that an error of the compiler stands at is out; those that it only hints at\n"
    "   are tried one by one; where tests fail, halves are tried.\n"
    "4. What is left is built and tested once more, each alone from the base. If a\n"
    "   model is given, two reviewers read it, and what they reject is not kept.\n"
    "5. It becomes a branch flow/optimize/PASS-ID of one commit that holds the\n"
    "   evidence.\n"
    "\n"
    "Without --model no model is asked, and nothing is sent anywhere. No work tree is\n"
    "touched. What was tried before is not tried again before its code changes.";

int main(int argc, char **argv)
{
    struct arguments args = {.base = "HEAD"};
    flow_strv_init(&args.passes);
    flow_strv_init(&args.profiles);
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG(0, "list", &args.list, "list the passes, and do nothing")},
        {FLOW_OPTION_LIST(0, "pass", "NAME", &args.passes,
                          "carry out this pass only; may be given more than once")},
        {FLOW_OPTION_TEXT('m', "model", "MODEL", &args.model,
                          "a model that writes and reviews (default: optimize.model, else none)")},
        {FLOW_OPTION_JOBS(&args.jobs, "let N agents work at once (default: what the model allows)")},
        {FLOW_OPTION_TEXT(0, "budget", "LIMIT", &args.budget,
                          "spend no more than this: 25usd, 2Mtok, 300calls, or several with commas")},
        {FLOW_OPTION_TEXT(0, "base", "REV", &args.base, "the commit that branches begin at (default: HEAD)")},
        {FLOW_OPTION_LIST(0, "profile", "FILE", &args.profiles,
                          "try first what costs most by this profile of callgrind or perf")},
        {FLOW_OPTION_TEXT(0, "until", "HH:MM", &args.until, "begin nothing after this time of day")},
        {FLOW_OPTION_LONG(0, "max-changes", "N", &args.max_changes, 1, 1000000,
                          "make no more than N branches")},
        {FLOW_OPTION_FLAG(0, "only-faster", &args.only_faster,
                          "keep only what optimize.bench shows to be faster")},
        {FLOW_OPTION_FLAG(0, "uncovered", &args.uncovered, "keep also what no test executes")},
        {FLOW_OPTION_FLAG(0, "fresh", &args.fresh, "try again what failed before")},
        {FLOW_OPTION_FLAG(0, "no-sandbox", &args.no_sandbox,
                          "build with all that the user may do, not in the sandbox")},
        {FLOW_OPTION_FLAG('n', "dry-run", &args.dry_run,
                          "list the candidates and what would run, and do nothing")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {5, ""},
        {6, "it is past --until, or the budget is used up; run again to continue"},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-optimize",
        .summary = "make small changes, each proven alone and on a branch of its own",
        .operands = "[path ...]",
        .operand_max = SIZE_MAX,
        .about = about,
        .examples = "# what is there to find?\n"
                    "flow-optimize --dry-run\n"
                    "# one pass over one folder\n"
                    "flow-optimize --pass rust/clone src/parser\n"
                    "# with a model that writes what templates cannot\n"
                    "flow-optimize --model 'command/claude -p' --budget 40calls\n"
                    "# what is hot first\n"
                    "flow-optimize --profile callgrind.out.4711 --max-changes 10\n"
                    "# every night, from cron\n"
                    "flow-optimize -q -y --until 06:00 --max-changes 10",
        .options = options,
        .exits = exits,
        .drains = true,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
