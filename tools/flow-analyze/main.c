// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>

#include "flow/ui/progress.h"
#include "flow/ui/tool.h"
#include "report.h"
#include "shared.h"

struct args {
    bool symbols, fields, imports, deps, conditions, skipped, dot;
    bool fresh, json, quiet;
    const char *at, *directory;
    long jobs;
};

static enum report report_of(const struct args *args)
{
    const struct {
        bool asked;
        enum report report;
    } reports[] = {
        {args->symbols, REPORT_SYMBOLS},
        {args->fields, REPORT_FIELDS},
        {args->imports, REPORT_IMPORTS},
        {args->deps, REPORT_DEPS},
        {args->conditions, REPORT_CONDITIONS},
        {args->skipped, REPORT_SKIPPED},
        {args->dot, REPORT_DOT},
    };
    for (size_t i = 0; i < sizeof reports / sizeof *reports; i++) {
        if (reports[i].asked)
            return reports[i].report;
    }
    return REPORT_UNITS;
}

static void on_progress(void *payload, size_t done, size_t total)
{
    flow_progress_status(payload, "parsing %zu of %zu files", done, total);
}

static int print_all(const struct args *args, const struct flow_analysis *analysis,
                     const struct flow_languages *languages, struct flow_error *err)
{
    if (report_print(analysis, languages, report_of(args), args->json, stdout, err) != 0)
        return -1;
    if (args->quiet)
        return 0;
    // Data first, also where both go to one terminal.
    fflush(stdout);
    return report_census(analysis, "analyze", stderr, err);
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct args *args = context->args;
    struct flow_languages *languages = NULL;
    struct flow_repo *repo = NULL;
    struct flow_analysis *analysis = NULL;
    struct flow_progress *progress = NULL;
    struct flow_strv paths;
    flow_strv_init(&paths);
    int result = -1;
    if (flow_repo_open(&repo, args->directory, err) != 0 || flow_languages_load(&languages, err) != 0 ||
        shared_ids(context, repo, args->directory, "file", &paths, &paths, err) != 0 ||
        flow_progress_new(&progress, stderr, args->quiet, err) != 0)
        goto done;
    struct flow_analyze_options options = {.revision = args->at,
                                           .paths = &paths,
                                           .workers = (unsigned)args->jobs,
                                           .fresh = args->fresh,
                                           .progress = on_progress,
                                           .payload = progress};
    result = flow_analyze(&analysis, repo, languages, &options, err);
    flow_progress_free(progress);
    progress = NULL;
    if (result == 0)
        result = print_all(args, analysis, languages, err);
done:
    flow_progress_free(progress);
    flow_analysis_free(analysis);
    flow_languages_free(languages);
    flow_repo_free(repo);
    flow_strv_release(&paths);
    return result;
}

enum { REPORTS = 1 };

int main(int argc, char **argv)
{
    struct args args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG(0, "symbols", &args.symbols, "print what the files declare"), .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "fields", &args.fields, "print the fields of structs and unions"),
         .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "imports", &args.imports, "print each import and the file that it means"),
         .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "deps", &args.deps, "print which unit imports which"), .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "conditions", &args.conditions, "print conditional compilation"),
         .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "skipped", &args.skipped, "print the files left out, and why"),
         .group = REPORTS},
        {FLOW_OPTION_FLAG(0, "dot", &args.dot, "print the graph of units for dot(1)"), .group = REPORTS},
        {FLOW_OPTION_TEXT(0, "at", "REV", &args.at, "look at a commit (default: the work tree)")},
        {FLOW_OPTION_FLAG(0, "fresh", &args.fresh, "parse again what the index holds")},
        {FLOW_OPTION_JOBS(&args.jobs, "parse N files at once (default: one a core)")},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool tool = {
        .name = "flow-analyze",
        .summary = "list the units of a code base in the order in which to port them",
        .operands = "[path ...]",
        .operand_max = SIZE_MAX,
        .about = "Parses each file, resolves its imports to files of the tree, joins headers with\n"
                 "their sources to units, and puts the units in tiers: a unit imports only units\n"
                 "of lower tiers, and of its own import cycle. Prints one row a unit, or one of\n"
                 "the other tables; the census goes to standard error. '-' reads paths from the\n"
                 "first column of standard input. What was parsed once is kept in the index.",
        .examples = "# the ten largest units\n"
                    "flow-analyze -q | sort -t \"$(printf '\\t')\" -k 5 -n -r | head\n"
                    "# pointer fields of one folder\n"
                    "flow-analyze --fields src | awk -F '\\t' '$9 == \"yes\"'\n"
                    "# what is left out although somebody imports it\n"
                    "flow-analyze -q --skipped | awk -F '\\t' '$3 > 0'",
        .options = options,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
