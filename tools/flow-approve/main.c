// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>

#include "flow/job/approve.h"
#include "flow/ui/ask.h"
#include "flow/ui/option.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"

struct arguments {
    const char *at, *directory;
    bool json, yes;
};

struct view {
    const struct arguments *args;
    struct flow_table *table;
};

static const char about[] =
    "A repository can bring prompts and passes (below .flow/) and commands (in\n"
    ".flow/config). None is used before a person has seen and accepted exactly it:\n"
    "this shows each that nobody here has accepted yet, and asks. A text that changes\n"
    "is asked about again.\n"
    "\n"
    "A file that is held back as it looks like it holds a secret is decided about by\n"
    "its path: accepted as it is, it may be sent to models.";

static const struct flow_column columns[] = {{"name", FLOW_COLUMN_TEXT, 0},
                                             {"accepted", FLOW_COLUMN_TEXT, 0}};

static int on_ask(void *payload, const struct flow_brought *brought, bool changed, struct flow_error *err)
{
    const struct view *view = payload;
    const char *question = changed ? "It changed since it was accepted. Use it?" : "Use it?";
    if (brought->why) {
        // Where the secret stands is told, and it is not shown: a terminal remembers.
        fprintf(stderr, "%s: %s\n", brought->what, brought->why);
        question = "Have it sent as it is?";
    } else {
        flow_ask_show(brought->what, brought->text, brought->len);
    }
    return view->args->yes ? 0 : flow_ask(question, "--yes", err);
}

static void on_accepted(void *payload, const char *what, bool before)
{
    struct view *view = payload;
    flow_table_text(view->table, what);
    flow_table_text(view->table, before ? "before" : "now");
    flow_table_row(view->table);
}

static int approve(const struct arguments *args, const struct flow_tool_context *context,
                   struct flow_repo *repo, const struct flow_config *config, struct flow_error *err)
{
    struct view view = {.args = args};
    struct flow_strv names = {0};
    int result = 0;
    for (size_t i = 0; i < context->operand_count && result == 0; i++)
        result = flow_strv_add(&names, context->operands[i], err);
    if (result == 0)
        result =
            flow_table_open(&view.table, stdout, args->json, columns, sizeof columns / sizeof *columns, err);
    if (result == 0) {
        const struct flow_approve_options options = {.repo = repo,
                                                     .config = config,
                                                     .at = args->at,
                                                     .names = &names,
                                                     .ask = on_ask,
                                                     .accepted = on_accepted,
                                                     .payload = &view};
        result = flow_approve_all(&options, err);
        if (flow_table_close(view.table, result ? NULL : err))
            result = -1;
    }
    flow_table_free(view.table);
    flow_strv_release(&names);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct flow_repo *repo = NULL;
    struct flow_config *config = NULL;
    int result = flow_repo_open(&repo, args->directory, err) || flow_repo_config(repo, &config, err) ? -1 : 0;
    if (result == 0)
        result = approve(args, context, repo, config, err);
    flow_config_free(config);
    flow_repo_free(repo);
    return result;
}

int main(int argc, char **argv)
{
    struct arguments args = {.at = "HEAD"};
    const struct flow_option options[] = {
        {FLOW_OPTION_TEXT(0, "at", "REV", &args.at, "look at the files of REV (default: HEAD)")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {5, ""},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-approve",
        .summary = "show what a repository brings along, and accept it",
        .operands = "[name ...]",
        .operand_max = SIZE_MAX,
        .about = about,
        .examples = "# what does this repository want to have used?\n"
                    "flow-approve\n"
                    "# this file holds no secret, though it looks like it\n"
                    "flow-approve src/tokens.c",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
