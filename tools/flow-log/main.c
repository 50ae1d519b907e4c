// SPDX-License-Identifier: MIT
#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/job/log.h"
#include "flow/ui/ask.h"
#include "flow/ui/option.h"
#include "flow/ui/tool.h"
#include "shared.h"
#include "show.h"

struct arguments {
    const char *name, *directory, *purge;
    bool calls, events, findings, export, json, quiet, yes;
};

static int write_line(void *payload, const char *line, size_t len, struct flow_error *err)
{
    (void)err;
    // Whether it was taken is seen at the end (flow_tool_main).
    fwrite(line, 1, len, payload);
    return 0;
}

// The beginning of a day, in UTC.
static int read_date(const char *text, int64_t *wall_ms, struct flow_error *err)
{
    struct tm date = {0};
    int end = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &date.tm_year, &date.tm_mon, &date.tm_mday, &end) == 3 && !text[end]) {
        date.tm_year -= 1900;
        date.tm_mon--;
        struct tm given = date;
        *wall_ms = (int64_t)timegm(&date) * 1000;
        // A 31st of June would become the first of July.
        if (date.tm_mon == given.tm_mon && date.tm_mday == given.tm_mday)
            return 0;
    }
    return flow_error_set(err, FLOW_E_USAGE, "--purge: '%s' is no day: give it as 2026-01-31", text);
}

static int purge(struct flow_repo *repo, const struct arguments *args, struct flow_error *err)
{
    struct flow_purged purged = {0};
    struct flow_buf question;
    int64_t before;
    if (read_date(args->purge, &before, err))
        return -1;
    flow_buf_init(&question, FLOW_BUF_LINE);
    flow_buf_puts(&question, "Take out all prompts and replies from before ");
    flow_time_iso(&question, before);
    flow_buf_puts(&question, ", for good?");
    int result = args->yes ? 0 : flow_ask(question.data, "--yes", err);
    flow_buf_release(&question);
    if (result == 0)
        result = flow_log_purge(repo, before, &purged, err);
    if (result == 0 && !args->quiet)
        fprintf(stderr,
                "taken out: the texts of %" PRId64 " calls, %" PRId64 " blocks of prompts, %" PRId64
                " findings, %" PRId64 " events; the ledger is %" PRId64 " bytes smaller\n",
                purged.calls, purged.blocks, purged.findings, purged.events, purged.bytes);
    if (result == 0 && !args->quiet && purged.kept > 0)
        fprintf(stderr, "kept: %" PRId64 " older calls of units that were worked on since\n", purged.kept);
    return result;
}

// FILE:LINE, where the operand is that: *len is the length of FILE.
static bool is_line(const char *operand, size_t *len, uint32_t *line)
{
    const char *colon = strrchr(operand, ':');
    long number;
    if (!colon || colon == operand || !isdigit((unsigned char)colon[1]) ||
        flow_parse_long(colon + 1, "line", 1, INT32_MAX, &number, NULL))
        return false;
    *len = (size_t)(colon - operand);
    *line = (uint32_t)number;
    return true;
}

static int show_line_of(struct flow_repo *repo, const struct arguments *args, const char *operand, size_t len,
                        uint32_t line, struct flow_error *err)
{
    struct flow_log_origin origin;
    char *path = strndup(operand, len);
    if (!path)
        return flow_error_nomem(err);
    int result = flow_log_line(&origin, repo, args->name, path, line, err);
    if (result == 0)
        result = show_origin(&origin, args->json, stdout, err);
    flow_log_origin_release(&origin);
    free(path);
    return result;
}

static int show_record(struct flow_repo *repo, const struct arguments *args, const char *unit,
                       struct flow_error *err)
{
    struct flow_log log;
    if (flow_log_open(&log, repo, args->name, err))
        return -1;
    int result = args->calls      ? show_calls(&log, unit, args->json, stdout, err)
                 : args->events   ? show_events(&log, unit, args->json, stdout, err)
                 : args->findings ? show_findings(&log, unit, args->json, stdout, err)
                                  : show_unit(&log, unit, args->json, stdout, err);
    flow_log_close(&log);
    return result;
}

static int show(struct flow_repo *repo, const struct arguments *args, const char *operand,
                struct flow_error *err)
{
    bool records = args->calls || args->events || args->findings;
    size_t len;
    uint32_t line;
    if ((args->export || args->purge) && operand)
        return flow_error_set(err, FLOW_E_USAGE, "the ledger is exported and purged whole: leave '%s' away",
                              operand);
    if (args->export)
        return flow_log_export(repo, write_line, stdout, err);
    if (args->purge)
        return purge(repo, args, err);
    if (!records && !operand)
        return flow_error_set(err, FLOW_E_USAGE, "name a unit, or a line as file:line");
    if (!records && is_line(operand, &len, &line))
        return show_line_of(repo, args, operand, len, line, err);
    return show_record(repo, args, operand, err);
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct flow_repo *repo = NULL;
    if (flow_repo_open(&repo, args->directory, err))
        return -1;
    struct flow_buf what;
    flow_buf_init(&what, FLOW_BUF_LINE);
    bool named = context->operand_count > 0;
    int result = named ? shared_path(repo, args->directory, context->operands[0], &what, err) : 0;
    if (result == 0)
        result = show(repo, args, named ? what.data : NULL, err);
    flow_buf_release(&what);
    flow_repo_free(repo);
    return result;
}

static const char about[] =
    "With a unit: its transcript, from the ledger. Every prompt, reply and look-up,\n"
    "every verdict, every finding and its fate, with what each call cost, in order. A\n"
    "part of a prompt that stood there before is named and not repeated.\n"
    "\n"
    "With file:line: where that line of the port comes from. Git's history leads to\n"
    "the commit, its trailers to the unit and the reviewers, and the ledger to the\n"
    "call whose reply holds these bytes. The file is looked up in HEAD, else on the\n"
    "branch of the run.\n"
    "\n"
    "The options print records instead, of one unit or of the whole run.";

enum { WHAT = 1 };

int main(int argc, char **argv)
{
    struct arguments args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_FLAG(0, "calls", &args.calls, "print each call: what it was for, tokens, cost"),
         .group = WHAT},
        {FLOW_OPTION_FLAG(0, "findings", &args.findings, "print what reviewers found, and its fate"),
         .group = WHAT},
        {FLOW_OPTION_FLAG(0, "events", &args.events, "print what happened to the run and its units"),
         .group = WHAT},
        {FLOW_OPTION_FLAG(0, "export", &args.export, "print the whole ledger as JSON lines"), .group = WHAT},
        {FLOW_OPTION_TEXT(0, "purge", "BEFORE", &args.purge,
                          "take out prompts and replies older than this day, 2026-01-31"),
         .group = WHAT},
        {FLOW_OPTION_TEXT(0, "name", "RUN", &args.name, "the run that is meant (default: the only one)")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {5, "refused: by the person asked, or as a run is being worked on"},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-log",
        .summary = "show the record of a run, and where a line of the port comes from",
        .operands = "[unit | file:line]",
        .operand_max = 1,
        .about = about,
        .examples = "# who wrote this line, and who reviewed it?\n"
                    "flow-log rust/src/cell.rs:40\n"
                    "# what did the run cost?\n"
                    "flow-log --calls --json | jq -s 'map(.usd) | add'",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
