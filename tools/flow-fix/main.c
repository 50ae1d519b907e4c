// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "flow/job/fix.h"
#include "flow/ui/option.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"
#include "shared.h"
#include "show.h"

struct arguments {
    const char *name, *model, *budget, *directory;
    long rounds, jobs, until;
    bool build_only, test_only, no_sandbox, dry_run, yes, json, quiet;
};

// What the hooks of the job work with.
struct view {
    const struct arguments *args;
    struct flow_table *table;
    struct flow_progress *progress;
    bool declined; // nothing began, and there is nothing to tell of it
};

static const struct flow_column columns[] = {
    {"round", FLOW_COLUMN_INT, 0},   {"before", FLOW_COLUMN_INT, 0},  {"after", FLOW_COLUMN_INT, 0},
    {"files", FLOW_COLUMN_INT, 0},   {"free", FLOW_COLUMN_INT, 0},    {"mended", FLOW_COLUMN_INT, 0},
    {"calls", FLOW_COLUMN_INT, 0},   {"usd", FLOW_COLUMN_DECIMAL, 4}, {"state", FLOW_COLUMN_TEXT, 0},
    {"commit", FLOW_COLUMN_TEXT, 0}, {"passed", FLOW_COLUMN_INT, 0},  {"failed", FLOW_COLUMN_INT, 0},
    {"new", FLOW_COLUMN_INT, 0},     {"known", FLOW_COLUMN_INT, 0},   {"flaky", FLOW_COLUMN_INT, 0},
    {"fixed", FLOW_COLUMN_INT, 0},   {"about", FLOW_COLUMN_TEXT, 0},
};

static int on_plan(void *payload, const struct flow_fix_plan *plan, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    show_plan(plan, &text);
    int result =
        shared_agree(&text, view->args->quiet, view->args->yes, view->args->dry_run ? NULL : "Begin?", err);
    flow_buf_release(&text);
    view->declined = result != 0;
    return result;
}

static void put_tests(const struct flow_fix_round *round, struct flow_table *table)
{
    const size_t counts[] = {round->tests.passed, round->tests.failed, round->tests.fresh,
                             round->tests.known,  round->tests.flaky,  round->tests.fixed};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (round->tested)
            flow_table_int(table, (int64_t)counts[i]);
        else
            flow_table_none(table);
    }
}

static void on_round(void *payload, const struct flow_fix_round *round)
{
    struct view *view = payload;
    flow_progress_hide(view->progress);
    flow_table_int(view->table, round->round);
    flow_table_int(view->table, (int64_t)round->before);
    flow_table_int(view->table, (int64_t)round->after);
    flow_table_int(view->table, (int64_t)round->files);
    flow_table_int(view->table, (int64_t)round->free);
    flow_table_int(view->table, (int64_t)round->mended);
    flow_table_int(view->table, round->calls);
    if (round->priced)
        flow_table_decimal(view->table, (double)round->nano_usd / 1e9);
    else
        flow_table_none(view->table);
    flow_table_text(view->table, round->state);
    flow_table_text(view->table, round->commit);
    put_tests(round, view->table);
    flow_table_text(view->table, round->of_proof    ? "proof"
                                 : round->of_review ? "review"
                                 : round->of_tests  ? "tests"
                                                    : "build");
    flow_table_row(view->table);
    fflush(stdout);
}

static void on_progress(void *payload, const struct flow_fix_progress *progress)
{
    struct view *view = payload;
    show_progress(progress, view->args->name, view->progress);
}

static void on_note(void *payload, const char *text)
{
    struct view *view = payload;
    flow_progress_note(view->progress, "%s", text);
}

static int carry_out(struct view *view, const struct flow_fix_options *options, struct flow_error *err)
{
    const struct arguments *args = view->args;
    struct flow_fix_outcome outcome;
    int result = flow_fix(options, &outcome, err);
    flow_progress_hide(view->progress);
    if (view->table && !view->declined && flow_table_close(view->table, result ? NULL : err))
        result = -1;
    if (outcome.built && show_census(&outcome, args->name, stderr, result ? NULL : err))
        result = -1;
    if (result == 0 && !args->dry_run && flow_fix_has_holes(&outcome))
        result = FLOW_EXIT_HOLES;
    flow_fix_outcome_release(&outcome);
    return result;
}

static int fix(struct flow_tool_context *context, const struct arguments *args,
               const struct shared_place *place, struct flow_error *err)
{
    struct view view = {.args = args};
    struct flow_budget budget;
    int budgeted = shared_budget(args->budget, place->config, "fix.budget", &budget, err);
    int result = (args->model && flow_config_set(place->config, "fix.model", args->model, err)) ||
                         budgeted < 0 || flow_progress_new(&view.progress, stderr, args->quiet, err)
                     ? -1
                     : 0;
    if (result == 0 && !args->dry_run)
        result =
            flow_table_open(&view.table, stdout, args->json, columns, sizeof columns / sizeof *columns, err);
    if (result == 0) {
        const struct flow_fix_options options = {
            .repo = place->repo,
            .config = place->config,
            .languages = place->languages,
            .name = args->name,
            .budget = budgeted == 1 ? &budget : NULL,
            .rounds = (unsigned)args->rounds,
            .jobs = (unsigned)args->jobs,
            .build_only = args->build_only,
            .test_only = args->test_only,
            .until = (size_t)args->until,
            .unconfined = args->no_sandbox,
            .dry_run = args->dry_run,
            .stop = &context->stop->asked,
            .cut = &context->stop->now,
            .hooks = {.plan = on_plan,
                      .approve = shared_approve,
                      .round = on_round,
                      .progress = on_progress,
                      .note = on_note,
                      .payload = &view},
        };
        result = carry_out(&view, &options, err);
    }
    flow_table_free(view.table);
    flow_progress_free(view.progress);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct arguments *args = context->args;
    struct shared_place place;
    if (args->build_only && args->test_only)
        return flow_error_set(err, FLOW_E_USAGE, "--build-only and --test-only do not go together");
    int result = shared_place_open(&place, args->directory, err);
    if (result == 0)
        result = fix(context, args, &place, err);
    shared_place_close(&place);
    return result;
}

static const char about[] = "1. Builds and tests the old program (build.command, test.command), once; runs\n"
                            "   ported tests against it (prove.command) and has those mended that fail.\n"
                            "2. Checks the branch flow/port/NAME out below the user's cache and builds it\n"
                            "   there, in a sandbox without a network; tests it where the build is clean.\n"
                            "3. A round applies what the compiler itself says would mend an error; where it\n"
                            "   says nothing, one model call for each group of errors or failures answers\n"
                            "   with edits of one file, which are held against the gates of flow-port.\n"
                            "4. Builds and tests again. The round becomes one commit on the branch, without\n"
                            "   the files that it made worse.\n"
                            "5. Where nothing is left, has two reviewers read what was changed; what they\n"
                            "   prove is the work of another round.\n"
                            "6. Ends when nothing is left, or when two rounds in a row brought nothing.\n"
                            "\n"
                            "Only files of units are changed, and no test that passes with the old program\n"
                            "or that is protected. A unit that was changed and not accepted since counts as\n"
                            "unreviewed, here and in flow-port.";

int main(int argc, char **argv)
{
    struct arguments args = {.name = "main"};
    const struct flow_option options[] = {
        {FLOW_OPTION_TEXT('m', "model", "MODEL", &args.model,
                          "the model, as provider/model (default: fix.model, else port.model)")},
        {FLOW_OPTION_TEXT(0, "name", "NAME", &args.name, "name of the port's run (default: main)")},
        {FLOW_OPTION_LONG(0, "max-rounds", "N", &args.rounds, 1, 1000,
                          "end after N rounds (default: the setting fix.rounds, or 10)")},
        {FLOW_OPTION_LONG(0, "until", "N", &args.until, 0, 1000000,
                          "end when N errors, or tests that fail, are left (default: 0)")},
        {FLOW_OPTION_FLAG(0, "build-only", &args.build_only, "run no tests")},
        {FLOW_OPTION_FLAG(0, "test-only", &args.test_only, "run the tests only, which build what they need")},
        {FLOW_OPTION_JOBS(&args.jobs, "let N fixers work at once (default: what the model allows)")},
        {FLOW_OPTION_TEXT(0, "budget", "LIMIT", &args.budget,
                          "spend no more than this: 25usd, 2Mtok, 300calls, or several with commas")},
        {FLOW_OPTION_FLAG(0, "no-sandbox", &args.no_sandbox,
                          "build with all that the user may do, not in the sandbox")},
        {FLOW_OPTION_FLAG('n', "dry-run", &args.dry_run, "show what would run, and where, and do nothing")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {FLOW_EXIT_HOLES, "done, but build or tests fail, or units lack verdicts; the census says"},
        {5, ""},
        {6, ""},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-fix",
        .summary = "build and test a port in rounds until it is clean",
        .operands = "",
        .about = about,
        .examples = "# what would run?\n"
                    "flow-fix --dry-run\n"
                    "# five rounds at most, for at most five dollars\n"
                    "flow-fix --max-rounds 5 --budget 5usd --yes",
        .options = options,
        .exits = exits,
        .drains = true,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
