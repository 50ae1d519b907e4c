// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "flow/job/port.h"
#include "flow/ui/option.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"
#include "shared.h"
#include "show.h"

struct arguments {
    const char *to, *name, *base, *at, *model, *budget, *record, *directory;
    struct flow_strv reviewers;
    long jobs, allow_holes;
    bool contracts, no_sandbox, fresh, restale, dry_run, wait, yes, json, quiet;
};

// What the hooks of the job work with.
struct view {
    const struct arguments *args;
    struct flow_table *table;
    struct flow_progress *progress;
    bool declined; // nothing began, and there is nothing to tell of it
};

static const struct flow_column columns[] = {
    {"unit", FLOW_COLUMN_TEXT, 0},   {"state", FLOW_COLUMN_TEXT, 0},   {"target", FLOW_COLUMN_TEXT, 0},
    {"rounds", FLOW_COLUMN_INT, 0},  {"findings", FLOW_COLUMN_INT, 0}, {"unproven", FLOW_COLUMN_INT, 0},
    {"tokens", FLOW_COLUMN_INT, 0},  {"usd", FLOW_COLUMN_DECIMAL, 4},  {"commit", FLOW_COLUMN_TEXT, 0},
    {"reason", FLOW_COLUMN_TEXT, 0},
};

static int on_plan(void *payload, const struct flow_port_plan *plan, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    show_plan(plan, &text);
    shared_agree(&text, view->args->quiet, view->args->yes, NULL, err);
    flow_buf_release(&text);
    if (view->args->dry_run)
        return show_units(plan, stdout, view->args->json, err);
    int result = agree_to_plan(plan, view->args->yes, err);
    view->declined = result != 0;
    return result;
}

static int on_pilot(void *payload, const struct flow_port_pilot *pilot, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    show_pilot(pilot, &text);
    flow_progress_note(view->progress, "%s", text.data);
    flow_buf_release(&text);
    flow_progress_hide(view->progress);
    return agree_to_pilot(pilot, view->args->yes, err);
}

static void on_result(void *payload, const struct flow_port_result *result)
{
    struct view *view = payload;
    flow_progress_hide(view->progress);
    flow_table_text(view->table, result->unit);
    flow_table_text(view->table, result->state);
    flow_table_text(view->table, result->target);
    flow_table_int(view->table, result->rounds);
    flow_table_int(view->table, (int64_t)result->findings);
    flow_table_int(view->table, (int64_t)result->unproven);
    flow_table_int(view->table, (int64_t)result->tokens);
    if (result->priced)
        flow_table_decimal(view->table, (double)result->nano_usd / 1e9);
    else
        flow_table_none(view->table);
    flow_table_text(view->table, result->commit);
    flow_table_text(view->table, result->reason);
    flow_table_row(view->table);
    fflush(stdout);
}

static void on_progress(void *payload, const struct flow_port_progress *progress)
{
    struct view *view = payload;
    show_progress(progress, view->args->name, view->progress);
}

static void on_note(void *payload, const char *text)
{
    struct view *view = payload;
    flow_progress_note(view->progress, "%s", text);
}

// Options that are settings as well.
static int set_options(struct flow_config *config, const struct arguments *args, struct flow_error *err)
{
    if ((args->to && flow_config_set(config, "port.to", args->to, err)) ||
        (args->contracts && flow_config_set(config, "port.contracts", "true", err)) ||
        (args->model && flow_config_set(config, "port.model", args->model, err)))
        return -1;
    for (size_t i = 0; i < args->reviewers.count; i++)
        if (flow_config_set(config, "port.reviewer-model", args->reviewers.items[i], err))
            return -1;
    return 0;
}

static int port(struct flow_tool_context *context, const struct arguments *args,
                const struct shared_place *place, struct flow_error *err)
{
    struct view view = {.args = args};
    struct flow_strv units = {0}, piped = {0};
    struct flow_budget budget;
    struct flow_job_census census = {0};
    int budgeted = shared_budget(args->budget, place->config, "port.budget", &budget, err);
    int result = set_options(place->config, args, err) || budgeted < 0 ||
                         shared_ids(context, place->repo, args->directory, "unit", &units, &piped, err) ||
                         flow_progress_new(&view.progress, stderr, args->quiet, err)
                     ? -1
                     : 0;
    if (result == 0 && !args->dry_run)
        result =
            flow_table_open(&view.table, stdout, args->json, columns, sizeof columns / sizeof *columns, err);
    if (result == 0) {
        struct flow_port_options options = {
            .repo = place->repo,
            .config = place->config,
            .languages = place->languages,
            .name = args->name,
            .base = args->base,
            .at = args->at,
            .units = &units,
            .piped = &piped,
            .budget = budgeted == 1 ? &budget : NULL,
            .record = args->record,
            .jobs = (unsigned)args->jobs,
            .allow_holes = (size_t)args->allow_holes,
            .fresh = args->fresh,
            .restale = args->restale,
            .dry_run = args->dry_run,
            .wait = args->wait,
            .unconfined = args->no_sandbox,
            .stop = &context->stop->asked,
            .cut = &context->stop->now,
            .hooks = {.plan = on_plan,
                      .approve = shared_approve,
                      .pilot = on_pilot,
                      .result = on_result,
                      .progress = on_progress,
                      .note = on_note,
                      .payload = &view},
        };
        result = flow_port(&options, &census, err);
        flow_progress_hide(view.progress);
        if (view.table && !view.declined && flow_table_close(view.table, result ? NULL : err))
            result = -1;
        if (!args->dry_run && !view.declined && census.units > 0 &&
            show_census(&census, args->name, stderr, result ? NULL : err))
            result = -1;
    }
    if (result == 0 && !args->dry_run && census.holes > (size_t)args->allow_holes)
        result = FLOW_EXIT_HOLES;
    flow_job_census_release(&census);
    flow_table_free(view.table);
    flow_progress_free(view.progress);
    flow_strv_release(&piped);
    flow_strv_release(&units);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct arguments *args = context->args;
    struct shared_place place;
    int result = shared_place_open(&place, args->directory, err);
    if (result == 0)
        result = port(context, args, &place, err);
    shared_place_close(&place);
    return result;
}

static const char about[] =
    "1. Parses the source language's files of a commit and orders them in units: a\n"
    "   file, or a header with its source. What a unit imports comes before it.\n"
    "2. Shows what will be done, where source text is sent, and what it will cost,\n"
    "   and asks.\n"
    "3. For each unit: one model call translates; checks that need no model (gates)\n"
    "   send what they find back; two reviewers judge the same bytes without seeing\n"
    "   each other; a fixer applies or refutes what they found; two new verdicts.\n"
    "4. Commits each accepted unit, with the build file and module declarations that\n"
    "   name what is there, to the branch flow/port/NAME. No work tree is touched.\n"
    "\n"
    "Running it again continues: no reply that was paid for is asked for again.\n"
    "\n"
    "Units are paths, as flow-analyze prints them; '-' reads them from standard\n"
    "input. Without any, all units take part.";

int main(int argc, char **argv)
{
    struct arguments args = {.name = "main"};
    const struct flow_option options[] = {
        {FLOW_OPTION_TEXT('t', "to", "LANGUAGE", &args.to,
                          "port to LANGUAGE (default: the setting port.to)")},
        {FLOW_OPTION_TEXT('m', "model", "MODEL", &args.model,
                          "the model, as provider/model (default: the setting port.model)")},
        {FLOW_OPTION_LIST(0, "reviewer", "MODEL", &args.reviewers,
                          "a model for reviewers; twice: one each (default: the model)")},
        {FLOW_OPTION_TEXT(0, "name", "NAME", &args.name,
                          "name of the run and of its branch (default: main)")},
        {FLOW_OPTION_TEXT(0, "base", "REV", &args.base, "where the branch begins (default: HEAD)")},
        {FLOW_OPTION_TEXT(0, "at", "REV", &args.at, "port the source as it is in REV (default: the base)")},
        {FLOW_OPTION_JOBS(&args.jobs, "let N agents work at once (default: what the model allows)")},
        {FLOW_OPTION_TEXT(0, "budget", "LIMIT", &args.budget,
                          "spend no more than this: 25usd, 2Mtok, 300calls, or several with commas")},
        {FLOW_OPTION_LONG(0, "allow-holes", "N", &args.allow_holes, 0, INT32_MAX,
                          "succeed also where up to N units or files are missing (default: 0)")},
        {FLOW_OPTION_FLAG('n', "dry-run", &args.dry_run,
                          "show units, calls, tokens and the price, and do nothing")},
        {FLOW_OPTION_FLAG(0, "contracts", &args.contracts,
                          "first write signatures and types of all units, and make them compile")},
        {FLOW_OPTION_FLAG(0, "no-sandbox", &args.no_sandbox,
                          "let the builds of contracts do whatever you may do")},
        {FLOW_OPTION_FLAG(0, "fresh", &args.fresh, "translate anew what was translated before")},
        {FLOW_OPTION_FLAG(0, "restale", &args.restale,
                          "work again on units whose guide, prompts or imports changed")},
        {FLOW_OPTION_TEXT(0, "record", "FILE", &args.record,
                          "record all replies to FILE, to be played by replay/FILE")},
        {FLOW_OPTION_FLAG(0, "wait", &args.wait, "wait while another process works on this run")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {FLOW_EXIT_HOLES, "done, but some units or files are missing; the census names them"},
        {5, ""},
        {6, ""},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-port",
        .summary = "port a code base to another language, unit by unit",
        .operands = "[unit ...]",
        .operand_max = SIZE_MAX,
        .about = about,
        .examples = "# what would it take?\n"
                    "flow-port --to rust --dry-run\n"
                    "# port the units that are shorter than 200 lines\n"
                    "flow-analyze | awk -F'\\t' 'NR==1 || $5<200' | flow-port -t rust -",
        .options = options,
        .exits = exits,
        .drains = true,
        .run = run,
        .args = &args,
    };
    int status = flow_tool_main(argc, argv, &tool);
    flow_strv_release(&args.reviewers);
    return status;
}
