// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/job/lifetimes.h"
#include "flow/ui/progress.h"
#include "flow/ui/tool.h"
#include "report.h"
#include "shared.h"

struct args {
    bool slices, fresh, json, quiet;
    const char *explain, *diff, *update, *at, *directory;
    long jobs;
};

struct work {
    const struct args *args;
    const struct flow_tool_context *context;
    struct flow_repo *repo;
    struct flow_languages *languages;
    struct flow_analysis *analysis;
    struct flow_lifetimes *lifetimes;
    struct flow_lifetimes_table old;
    struct flow_strv asked; /* files and folders; none: all */
    size_t gone;            /* edited rows that no field goes with */
};

static void on_progress(void *payload, size_t done, size_t total)
{
    flow_progress_status(payload, "parsing %zu of %zu files", done, total);
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
    int result = flow_analyze(&work->analysis, work->repo, work->languages, &options, err);
    struct flow_lifetimes_options how = {.workers = (unsigned)args->jobs, .slices = args->slices};
    if (result == 0) {
        flow_progress_status(progress, "following pointers");
        result = flow_lifetimes(&work->lifetimes, work->analysis, work->languages, &how, err);
    }
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
    flow_buf_release(&text);
    return result;
}

static bool is_asked(const struct work *work, const char *file)
{
    for (size_t i = 0; i < work->asked.count; i++) {
        const char *path = work->asked.items[i];
        size_t len = strlen(path);
        while (len > 0 && path[len - 1] == '/')
            len--;
        if (len == 0 || (strncmp(path, file, len) == 0 && (file[len] == '/' || file[len] == '\0')))
            return true;
    }
    return work->asked.count == 0;
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
    if (lifetimes->count + work->old.count == 0 && work->asked.count > 0)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "no pointer field in what was asked for: without a path all files are listed");
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
    int result = shared_path(work->repo, work->args->directory, work->args->explain, &field, err);
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

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct work work = {.args = context->args, .context = context};
    const struct args *args = work.args;
    const char *table = args->update ? args->update : args->diff;
    if (args->update && context->operand_count > 0)
        return flow_error_set(err, FLOW_E_USAGE,
                              "--update writes the table of all files: leave out the paths");
    int result = -1;
    flow_strv_init(&work.asked);
    if (flow_repo_open(&work.repo, args->directory, err) == 0 &&
        shared_ids(context, work.repo, args->directory, "file", &work.asked, &work.asked, err) == 0 &&
        flow_languages_load(&work.languages, err) == 0 && analyse(&work, err) == 0 &&
        (!table || keep_edited(&work, table, err) == 0) && select_rows(&work, err) == 0)
        result = print(&work, err);
    if (result == 0 && !args->quiet) {
        fflush(stdout);
        report_census(work.lifetimes, stderr);
    }
    flow_strv_release(&work.asked);
    flow_lifetimes_table_release(&work.old);
    flow_lifetimes_free(work.lifetimes);
    flow_analysis_free(work.analysis);
    flow_languages_free(work.languages);
    flow_repo_free(work.repo);
    return result == 0 && work.gone > 0 ? 1 : result;
}

enum { REPORTS = 1 };

int main(int argc, char **argv)
{
    struct args args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG(0, "slices", &args.slices, "list slices and owned strings too")},
        {FLOW_OPTION_TEXT(0, "explain", "FILE:STRUCT.FIELD", &args.explain,
                          "print every fact and the rule behind one row"),
         .group = REPORTS},
        {FLOW_OPTION_TEXT(0, "diff", "FILE", &args.diff, "print what is different in an older table"),
         .group = REPORTS},
        {FLOW_OPTION_TEXT(0, "update", "FILE", &args.update,
                          "write the table to FILE, and keep the rows that a person changed there"),
         .group = REPORTS},
        {FLOW_OPTION_TEXT(0, "at", "REV", &args.at, "look at a commit (default: the work tree)")},
        {FLOW_OPTION_FLAG(0, "fresh", &args.fresh, "parse again what the index holds")},
        {FLOW_OPTION_JOBS(&args.jobs, "parse N files at once (default: one a core)")},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {1, "done, but a row that a person changed goes with no field any more"},
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
                 "Paths choose the files whose rows are printed; all are looked at. No model\n"
                 "is asked. What was parsed once is kept in the index.",
        .examples = "# the table that goes into the repository; rows that a person edits stay\n"
                    "flow-lifetimes --update .flow/LIFETIMES.tsv\n"
                    "# what is left for a person to look at\n"
                    "flow-lifetimes -q | awk -F '\\t' '$7 == \"low\"'\n"
                    "# why\n"
                    "flow-lifetimes -q --explain src/list.c:list.head",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
