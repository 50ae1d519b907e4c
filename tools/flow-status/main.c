// SPDX-License-Identifier: MIT
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "flow/job/control.h"
#include "flow/job/status.h"
#include "flow/ui/option.h"
#include "flow/ui/tool.h"
#include "show.h"
#include "watch.h"

struct arguments {
    const char *name, *directory;
    bool watch, json, quiet;
};

/* The words that stand for orders, and what follows them. */
enum operands { ONE_RUN, UNITS, VALUE };
static const struct {
    const char *word;
    enum flow_order_kind kind;
    enum operands operands;
} orders[] = {
    {"pause", FLOW_ORDER_PAUSE, ONE_RUN}, {"continue", FLOW_ORDER_CONTINUE, ONE_RUN},
    {"stop", FLOW_ORDER_STOP, ONE_RUN},   {"hold", FLOW_ORDER_HOLD, UNITS},
    {"retry", FLOW_ORDER_RETRY, UNITS},   {"jobs", FLOW_ORDER_JOBS, VALUE},
    {"budget", FLOW_ORDER_BUDGET, VALUE},
};

// Which order the first operand is, or -1.
static int find_order(const struct flow_tool_context *context)
{
    for (size_t i = 0; context->operand_count > 0 && i < sizeof orders / sizeof *orders; i++)
        if (strcmp(context->operands[0], orders[i].word) == 0)
            return (int)i;
    return -1;
}

static int read_order(const struct flow_tool_context *context, int which, struct flow_order *out,
                      struct flow_error *err)
{
    const struct arguments *args = context->args;
    char **rest = context->operands + 1;
    size_t count = context->operand_count - 1, most = orders[which].operands == UNITS ? SIZE_MAX : 1;
    *out = (struct flow_order){.kind = orders[which].kind, .run = args->name};
    if (args->watch || args->json)
        return flow_error_set(err, FLOW_E_USAGE, "'%s' prints no status: leave --watch and --json away",
                              orders[which].word);
    if (count > most)
        return flow_error_set(err, FLOW_E_USAGE, "too many arguments, beginning with '%s'", rest[most]);
    if (count == 0 && orders[which].operands != ONE_RUN)
        return flow_error_set(err, FLOW_E_USAGE, "'%s' needs %s", orders[which].word,
                              orders[which].operands == UNITS ? "units" : "a value");
    if (orders[which].operands == UNITS) {
        out->units = rest;
        out->unit_count = count;
    } else if (orders[which].operands == VALUE) {
        out->value = rest[0];
    } else if (count == 1 && args->name) {
        return flow_error_set(err, FLOW_E_USAGE, "the run is named twice: '%s' and '%s'", rest[0],
                              args->name);
    } else if (count == 1) {
        out->run = rest[0];
    }
    return 0;
}

static int give(const struct flow_tool_context *context, int which, struct flow_repo *repo,
                struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct flow_order order;
    struct flow_buf said;
    if (read_order(context, which, &order, err))
        return -1;
    flow_buf_init(&said, FLOW_BUF_LINE);
    int result = flow_control_give(repo, &order, &said, err);
    if (result == 0 && !args->quiet)
        fprintf(stderr, "%s\n", said.data);
    flow_buf_release(&said);
    return result;
}

struct view {
    struct flow_repo *repo;
    const char *name;
    bool json;
};

static int print_lines(const struct flow_status_list *list, FILE *to, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; i < list->count; i++) {
        show_line(&list->items[i], &text);
        flow_buf_putc(&text, '\n');
    }
    int result = flow_buf_check(&text, "status", err);
    if (result == 0)
        fputs(text.data, to);
    flow_buf_release(&text);
    return result;
}

static int draw(void *payload, FILE *to, int line, struct flow_error *err)
{
    const struct view *view = payload;
    struct flow_status_list list;
    int result = flow_status_read(&list, view->repo, view->name, err);
    if (result == 0 && view->json)
        result = show_json(&list, to, err);
    else if (result == 0 && line)
        result = print_lines(&list, to, err);
    else if (result == 0 && list.count == 1)
        result = show_details(&list.items[0], to, err);
    else if (result == 0)
        result = show_table(&list, to, err);
    flow_status_release(&list);
    return result;
}

static int show(const struct flow_tool_context *context, struct flow_repo *repo, struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct view view = {.repo = repo, .name = args->name, .json = args->json};
    if (context->operand_count > 1)
        return flow_error_set(err, FLOW_E_USAGE,
                              "'%s' is no order: pause, continue, stop, hold, retry, jobs "
                              "and budget are",
                              context->operands[0]);
    if (context->operand_count == 1 && args->name)
        return flow_error_set(err, FLOW_E_USAGE, "the run is named twice: '%s' and '%s'",
                              context->operands[0], args->name);
    if (context->operand_count == 1)
        view.name = context->operands[0];
    return args->watch ? watch(draw, &view, err) : draw(&view, stdout, 0, err);
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    const struct arguments *args = context->args;
    struct flow_repo *repo = NULL;
    int which = find_order(context);
    if (flow_repo_open(&repo, args->directory, err))
        return -1;
    int result = which >= 0 ? give(context, which, repo, err) : show(context, repo, err);
    flow_repo_free(repo);
    return result;
}

static const char about[] =
    "Shows how the runs of a repository stand: units, money, pace, time left, who\n"
    "works on them, and why one waits. One run is shown with all that is known of it,\n"
    "several with a line each.\n"
    "\n"
    "The other forms tell a run what to do, from any terminal. The process that works\n"
    "on the run does it within a second; where there is none, the next one does:\n"
    "  pause     let calls that are out finish, and begin no other\n"
    "  continue  take that back\n"
    "  stop      let calls that are out finish, and end with status 130\n"
    "  hold      put units aside, each before its next call\n"
    "  retry     work again on units that failed or are held\n"
    "  jobs      let N agents work at once\n"
    "  budget    50usd sets it, +10usd raises it; 2Mtok and 300calls likewise";

int main(int argc, char **argv)
{
    struct arguments args = {0};
    const struct flow_option options[] = {
        {FLOW_OPTION_TEXT(0, "name", "RUN", &args.name, "the run that is meant (default: the only one)")},
        {FLOW_OPTION_FLAG('w', "watch", &args.watch, "draw it anew each second, until 'q' is pressed")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {5, "refused: the unit is committed, or there is no such limit to raise"},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-status",
        .summary = "show how runs stand, and tell them what to do",
        .operands = "[run]\n"
                    "[option ...] pause | continue | stop [run]\n"
                    "[option ...] hold | retry unit ...\n"
                    "[option ...] jobs number\n"
                    "[option ...] budget limit",
        .operand_max = SIZE_MAX,
        .about = about,
        .examples = "# how much is left to spend?\n"
                    "flow-status --json main | jq .usd.left\n"
                    "# let a run that is short of money go on\n"
                    "flow-status budget +10usd\n"
                    "# try again whatever failed\n"
                    "flow-port -n | awk '$2==\"failed\" {print $1}' | xargs flow-status retry",
        .options = options,
        .exits = exits,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
