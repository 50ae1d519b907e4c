// SPDX-License-Identifier: MIT
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ask.h"
#include "flow/base/file.h"
#include "flow/job/lifetimes.h"
#include "flow/ui/progress.h"
#include "flow/ui/tool.h"
#include "report.h"
#include "shared.h"

struct args {
    bool slices, trace, no_sandbox, fresh, json, quiet;
    const char *explain, *diff, *update, *at, *directory;
    long jobs;
    struct ask_args ask;
};

struct work {
    const struct args *args;
    const struct flow_tool_context *context;
    struct shared_place place;
    struct flow_analysis *analysis;
    struct flow_lifetimes *lifetimes;
    struct flow_lifetimes_traced traced;
    struct flow_lifetimes_table old;
    struct flow_strv paths; /* files and folders; none: all */
    size_t gone;            /* edited rows that no field goes with */
    struct flow_lifetimes_asked asked;
};

static void on_progress(void *payload, size_t done, size_t total)
{
    flow_progress_status(payload, "parsing %zu of %zu files", done, total);
}

static void on_doing(void *payload, const char *doing)
{
    flow_progress_status(payload, "%s", doing);
}

static int trace(struct work *work, struct flow_progress *progress, struct flow_error *err)
{
    const struct flow_lifetimes_trace_options options = {.repo = work->place.repo,
                                                         .config = work->place.config,
                                                         .unconfined = work->args->no_sandbox,
                                                         .approve = shared_approve,
                                                         .progress = on_doing,
                                                         .payload = progress,
                                                         .cancel = &work->context->stop->now};
    flow_tool_drain();
    return flow_lifetimes_trace(work->lifetimes, &options, &work->traced, err);
}

static int analyse(struct work *work, struct flow_error *err)
{
    const struct args *args = work->args;
    struct flow_progress *progress = NULL;
    if (flow_progress_new(&progress, stderr, args->quiet, err) != 0)
        return -1;
    struct flow_analyze_options options = {.revision = args->at,
                                           .workers = (unsigned)args->jobs,
                                           .fresh = args->fresh,
                                           .progress = on_progress,
                                           .payload = progress};
    int result = flow_analyze(&work->analysis, work->place.repo, work->place.languages, &options, err);
    struct flow_lifetimes_options how = {.workers = (unsigned)args->jobs, .slices = args->slices};
    if (result == 0) {
        flow_progress_status(progress, "following pointers");
        result = flow_lifetimes(&work->lifetimes, work->analysis, work->place.languages, &how, err);
    }
    if (result == 0 && args->trace)
        result = trace(work, progress, err);
    flow_progress_free(progress);
    return result;
}

static void on_gone(void *payload, const struct flow_lifetime *row)
{
    struct work *work = payload;
    work->gone++;
    fprintf(stderr,
            "flow-lifetimes: warning: no field goes with the edited row '%s' '%s.%s' any more: remove it\n",
            row->file, row->strukt, row->field);
}

// What a model said stands in the ledger, but a table that is written without it says nothing of that.
static void warn_of_model(const struct work *work, const char *path)
{
    size_t count = 0;
    for (size_t i = 0; i < work->old.count; i++)
        count += flow_lifetime_by_model(&work->old.rows[i]) && !flow_lifetime_edited(&work->old.rows[i]);
    if (count > 0 && work->args->update && ask_is_wanted(&work->args->ask, NULL) == 0)
        fprintf(stderr,
                "flow-lifetimes: warning: %zu rows of '%s' that a model decided are now what the analysis "
                "says: give --model or --ask to have them back\n",
                count, path);
}

// Rows that a person changed in the table at path win. One that --update is to make need not be there yet.
static int keep_edited(struct work *work, const char *path, struct flow_error *err)
{
    if (work->args->update && !flow_path_exists(path))
        return 0;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_file_read(path, &text, err);
    if (result == 0)
        result = flow_lifetimes_table_read(&work->old, text.data, text.len, path, err);
    if (result == 0)
        result = flow_lifetimes_keep(work->lifetimes, &work->old, on_gone, work, err);
    if (result == 0)
        warn_of_model(work, path);
    flow_buf_release(&text);
    return result;
}

static bool is_asked(const struct work *work, const char *file)
{
    for (size_t i = 0; i < work->paths.count; i++) {
        const char *path = work->paths.items[i];
        size_t len = strlen(path);
        while (len > 0 && path[len - 1] == '/')
            len--;
        if (len == 0 || (strncmp(path, file, len) == 0 && (file[len] == '/' || file[len] == '\0')))
            return true;
    }
    return work->paths.count == 0;
}

static size_t select_asked(const struct work *work, struct flow_lifetime *rows, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_asked(work, rows[i].file))
            rows[kept++] = rows[i];
    }
    return kept;
}

// Leaves the rows of the files asked for, also of an older table.
static int select_rows(struct work *work, struct flow_error *err)
{
    struct flow_lifetimes *lifetimes = work->lifetimes;
    lifetimes->count = select_asked(work, lifetimes->rows, lifetimes->count);
    work->old.count = select_asked(work, work->old.rows, work->old.count);
    if (lifetimes->count + work->old.count == 0 && work->paths.count > 0)
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "no pointer field in what was asked for: without a path all files are listed");
    return 0;
}

static int update(const struct work *work, const char *path, struct flow_error *err)
{
    char *data = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&data, &size);
    if (!to)
        return flow_error_nomem(err);
    int result = report_rows(work->lifetimes, FLOW_TABLE_TSV, to, err);
    if (fclose(to) != 0 && result == 0)
        result = flow_error_nomem(err);
    if (result == 0)
        result = flow_file_write(path, data, size, 0666, err);
    free(data);
    return result;
}

static int explain(struct work *work, struct flow_error *err)
{
    struct flow_buf field;
    flow_buf_init(&field, FLOW_BUF_LINE);
    int result = shared_path(work->place.repo, work->args->directory, work->args->explain, &field, err);
    if (result == 0)
        result = report_explain(work->lifetimes, field.data, work->args->json, stdout, err);
    flow_buf_release(&field);
    return result;
}

static int print(struct work *work, struct flow_error *err)
{
    const struct args *args = work->args;
    if (args->update)
        return update(work, args->update, err);
    if (args->explain)
        return explain(work, err);
    if (args->diff)
        return report_diff(work->lifetimes, &work->old, args->json, stdout, err);
    return report_rows(work->lifetimes, args->json ? FLOW_TABLE_JSON : report_form(stdout), stdout, err);
}

// Rows say what came of asking, also where it failed.
static int ask_and_print(struct work *work, struct flow_error *err)
{
    const struct args *args = work->args;
    struct flow_error lost = FLOW_ERROR_INIT;
    int wanted = ask_is_wanted(&args->ask, err);
    int asked = wanted == 1 ? ask_model(&args->ask, args->jobs, args->quiet, args->at, work->place.repo,
                                        work->lifetimes, work->context, &work->asked, err)
                            : wanted;
    if (args->ask.dry_run || (asked != 0 && !work->asked.begun))
        return asked;
    int result = print(work, asked ? &lost : err);
    if (asked == 0 && result == 0)
        return work->asked.left > 0 || work->gone > 0 ? FLOW_EXIT_HOLES : 0;
    return -1;
}

static void tell(const struct work *work)
{
    if (work->args->quiet || work->args->ask.dry_run || !work->lifetimes)
        return;
    fflush(stdout);
    report_census(work->lifetimes, stderr);
    if (work->args->trace)
        report_traced(work->lifetimes, &work->traced, stderr);
    if (work->asked.begun)
        ask_census(&work->asked, stderr, NULL);
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct work work = {.args = context->args, .context = context};
    const struct args *args = work.args;
    const char *table = args->update ? args->update : args->diff;
    if (args->no_sandbox && !args->trace)
        return flow_error_set(err, FLOW_E_USAGE, "--no-sandbox is about --trace: nothing else is run");
    if (args->update && context->operand_count > 0)
        return flow_error_set(err, FLOW_E_USAGE,
                              "--update writes the table of all files: leave out the paths");
    if (ask_is_wanted(&args->ask, err) < 0)
        return -1;
    int result = -1;
    flow_strv_init(&work.paths);
    if (shared_place_open(&work.place, args->directory, err) == 0 &&
        shared_ids(context, work.place.repo, args->directory, "file", &work.paths, &work.paths, err) == 0 &&
        analyse(&work, err) == 0 && (!table || keep_edited(&work, table, err) == 0) &&
        select_rows(&work, err) == 0)
        result = ask_and_print(&work, err);
    if (result >= 0 || work.asked.begun)
        tell(&work);
    flow_strv_release(&work.paths);
    flow_lifetimes_table_release(&work.old);
    flow_lifetimes_free(work.lifetimes);
    flow_analysis_free(work.analysis);
    shared_place_close(&work.place);
    return result;
}

enum { REPORTS = 1 };

int main(int argc, char **argv)
{
    struct args args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG(0, "slices", &args.slices, "list slices and owned strings too")},
        {FLOW_OPTION_FLAG(0, "trace", &args.trace,
                          "run the tests, and see what becomes of what fields point to")},
        {FLOW_OPTION_FLAG(0, "no-sandbox", &args.no_sandbox,
                          "trace with all that the user may do, not in the sandbox")},
        {FLOW_OPTION_TEXT(0, "explain", "FILE:STRUCT.FIELD", &args.explain,
                          "print every fact and the rule behind one row"),
         .group = REPORTS},
        {FLOW_OPTION_TEXT(0, "diff", "FILE", &args.diff, "print what is different in an older table"),
         .group = REPORTS},
        {FLOW_OPTION_TEXT(0, "update", "FILE", &args.update,
                          "write the table to FILE, and keep the rows that a person changed there"),
         .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "ask", &args.ask.wanted,
                          "ask a model about the fields that the analysis is not sure of")},
        {FLOW_OPTION_TEXT('m', "model", "MODEL", &args.ask.model,
                          "ask this one, as provider/model (default: lifetimes.model, else port.model)")},
        {FLOW_OPTION_LONG(0, "votes", "N", &args.ask.votes, 1, FLOW_LIFETIMES_VOTES_MAX,
                          "have N refuters attack each answer (default: 3)")},
        {FLOW_OPTION_TEXT(0, "budget", "LIMIT", &args.ask.budget,
                          "spend no more than this: 25usd, 2Mtok, 300calls, or several with commas")},
        {FLOW_OPTION_FLAG('n', "dry-run", &args.ask.dry_run,
                          "show what would be asked, and where, and do nothing")},
        {FLOW_OPTION_YES(&args.ask.yes)},
        {FLOW_OPTION_TEXT(0, "at", "REV", &args.at, "look at a commit (default: the work tree)")},
        {FLOW_OPTION_FLAG(0, "fresh", &args.fresh, "parse again what the index holds")},
        {FLOW_OPTION_JOBS(
            &args.jobs,
            "parse N files, or make N calls, at once (default: one a core, or what the model wants)")},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {FLOW_EXIT_HOLES, "done, but not all was checked, or an edited row has no field any more"},
        {5, ""},
        {6, ""},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-lifetimes",
        .summary = "say of each pointer field who owns what it points to",
        .operands = "[path ...]",
        .operand_max = SIZE_MAX,
        .about = "Parses all files, follows for each pointer field of each struct what it is\n"
                 "given and what is done with it, through names, functions and files, and\n"
                 "prints a class, a Rust type, a confidence and the evidence: one row a field.\n"
                 "Paths choose the files whose rows are printed; all are looked at. What was\n"
                 "parsed once is kept in the index.\n"
                 "\n"
                 "With --model or --ask, fields that the analysis is not sure of go to agents,\n"
                 "one a file; each answer is attacked by refuters, and is UNKNOWN where half of\n"
                 "them or more refute it. Else no model is asked.",
        .examples = "# the table that goes into the repository; rows that a person edits stay\n"
                    "flow-lifetimes --update .flow/LIFETIMES.tsv\n"
                    "# what is left for a person to look at\n"
                    "flow-lifetimes -q | awk -F '\\t' '$7 == \"low\"'\n"
                    "# what its own tests say of it\n"
                    "flow-lifetimes --trace --update .flow/LIFETIMES.tsv\n"
                    "# what a model says of these, and refuters could not refute\n"
                    "flow-lifetimes --model 'command/claude -p' --update .flow/LIFETIMES.tsv\n"
                    "# why\n"
                    "flow-lifetimes -q --explain src/list.c:list.head",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
