// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/job/pr.h"
#include "flow/ui/census.h"
#include "flow/ui/progress.h"
#include "flow/ui/table.h"
#include "flow/ui/tool.h"
#include "shared.h"

static const char *const forges[] = {"patch", "github", "gitlab", "gitea", NULL};

struct arguments {
    int forge; /* of forges; below 0: not given */
    const char *base, *fork, *output, *directory;
    struct flow_strv labels, reviewers;
    bool draft, ready, no_push, dry_run, yes, json, quiet;
};

// What the hooks of the job work with.
struct view {
    const struct arguments *args;
    struct flow_table *table;
    struct flow_progress *progress;
    struct flow_census census; /* what was left out */
};

static const struct flow_column columns[] = {
    {"branch", FLOW_COLUMN_TEXT, 0},
    {"state", FLOW_COLUMN_TEXT, 0},
    {"url", FLOW_COLUMN_TEXT, 0},
    {"why", FLOW_COLUMN_TEXT, 0},
};

/*
 * The plan.
 */

static void put_branch(const struct flow_pr_branch *branch, bool patches, struct flow_buf *out)
{
    static const char *const verbs[] = {"open", "update", "keep", "wait", "refuse"};
    bool planned = branch->state == FLOW_PR_CREATED || branch->state == FLOW_PR_UPDATED;
    const char *verb = patches && planned ? "write" : verbs[branch->state];
    flow_buf_printf(out, "  %s%-7s ", branch->push ? "push and " : "", verb);
    flow_str_show(out, branch->name, strlen(branch->name));
    if (*branch->url) {
        flow_buf_puts(out, ", ");
        flow_str_show(out, branch->url, strlen(branch->url));
    }
    if (planned) {
        flow_buf_puts(out, ": ");
        flow_str_show(out, branch->title, strlen(branch->title));
    } else if (*branch->why) {
        flow_buf_printf(out, ": %s", branch->why);
    }
    flow_buf_putc(out, '\n');
}

static void put_plan(const struct flow_pr_plan *plan, struct flow_buf *out)
{
    bool patches = strcmp(plan->forge, "patch") == 0;
    if (patches) {
        flow_buf_puts(out, "patch files below ");
        flow_str_show(out, plan->host, strlen(plan->host));
        flow_buf_printf(out, ", against '%s'\n", plan->base);
    } else {
        flow_buf_printf(out, "pull requests at %s (%s), project %s, into '%s'\n", plan->host, plan->forge,
                        plan->project, plan->base);
        flow_buf_printf(out, "  new ones are  %s\n", plan->draft ? "drafts" : "ready for review");
        flow_buf_printf(out, "  open now      %zu of flow's, of %zu at most\n", plan->open, plan->most);
        flow_buf_printf(out, "  token         from %s\n", plan->token);
        if (*plan->remote)
            flow_buf_printf(out, "  pushed to     %s\n", plan->remote);
    }
    for (size_t i = 0; i < plan->count; i++)
        put_branch(&plan->branches[i], patches, out);
}

static int on_plan(void *payload, const struct flow_pr_plan *plan, struct flow_error *err)
{
    struct view *view = payload;
    struct flow_buf text;
    flow_progress_hide(view->progress);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    put_plan(plan, &text);
    // Files of one's own machine are nothing to ask about.
    bool asks = !view->args->dry_run && strcmp(plan->forge, "patch") != 0;
    int result = shared_agree(&text, view->args->quiet, view->args->yes, asks ? "Publish?" : NULL, err);
    flow_buf_release(&text);
    return result;
}

static int on_approve(void *payload, const struct flow_brought *brought, bool changed, struct flow_error *err)
{
    struct view *view = payload;
    flow_progress_hide(view->progress);
    return shared_approve(NULL, brought, changed, err);
}

static void on_branch(void *payload, const struct flow_pr_branch *branch)
{
    struct view *view = payload;
    flow_progress_hide(view->progress);
    flow_table_text(view->table, branch->name);
    flow_table_text(view->table, flow_pr_states[branch->state]);
    flow_table_text(view->table, branch->url);
    flow_table_text(view->table, branch->why);
    flow_table_row(view->table);
    fflush(stdout);
    if (*branch->why && branch->state != FLOW_PR_UNCHANGED)
        flow_census_left_out(&view->census, branch->name, branch->why);
}

static void on_progress(void *payload, const char *doing, const char *branch)
{
    struct view *view = payload;
    flow_progress_status(view->progress, "%s%s%s", doing, *branch ? " " : "", branch);
}

static void on_note(void *payload, const char *text)
{
    struct view *view = payload;
    flow_progress_note(view->progress, "%s", text);
}

/*
 * Running.
 */

static int show_census(struct view *view, const struct flow_pr_outcome *outcome, struct flow_error *err)
{
    struct flow_census census;
    flow_census_init(&census);
    for (unsigned i = 0; i < FLOW_PR_STATES; i++)
        if (outcome->counts[i] > 0)
            flow_census_count(&census, flow_pr_states[i], (int64_t)outcome->counts[i], NULL);
    for (size_t i = 0; i + 1 < view->census.left_out.count; i += 2)
        flow_census_left_out(&census, view->census.left_out.items[i], view->census.left_out.items[i + 1]);
    int result = flow_census_print(&census, "pr", stderr, err);
    flow_census_release(&census);
    return result;
}

static int carry_out(struct view *view, const struct flow_pr_options *options, struct flow_error *err)
{
    struct flow_pr_outcome outcome;
    size_t ended = 0;
    int result = flow_pr(options, &outcome, err);
    flow_progress_hide(view->progress);
    if (view->table && flow_table_close(view->table, result ? NULL : err))
        result = -1;
    for (unsigned i = 0; i < FLOW_PR_STATES; i++)
        ended += outcome.counts[i];
    size_t holes = outcome.counts[FLOW_PR_WAITING] + outcome.counts[FLOW_PR_REFUSED];
    if (!options->dry_run && ended > 0 && (!view->args->quiet || holes > 0) &&
        show_census(view, &outcome, result ? NULL : err))
        result = -1;
    return result == 0 && holes > 0 && !options->dry_run ? FLOW_EXIT_HOLES : result;
}

// Options that are settings as well.
static int set_options(struct flow_config *config, const struct arguments *args, struct flow_error *err)
{
    if ((args->forge >= 0 && flow_config_set(config, "pr.forge", forges[args->forge], err)) ||
        (args->base && flow_config_set(config, "pr.base", args->base, err)) ||
        (args->fork && flow_config_set(config, "pr.fork", args->fork, err)) ||
        ((args->draft || args->ready) &&
         flow_config_set(config, "pr.draft", args->ready ? "false" : "true", err)))
        return -1;
    for (size_t i = 0; i < args->labels.count; i++)
        if (flow_config_set(config, "pr.label", args->labels.items[i], err))
            return -1;
    for (size_t i = 0; i < args->reviewers.count; i++)
        if (flow_config_set(config, "pr.reviewer", args->reviewers.items[i], err))
            return -1;
    return 0;
}

static int publish(struct flow_tool_context *context, struct view *view, struct flow_repo *repo,
                   struct flow_config *config, struct flow_error *err)
{
    const struct arguments *args = view->args;
    struct flow_strv branches;
    flow_strv_init(&branches);
    int result = set_options(config, args, err) ||
                         flow_tool_ids(context, "branch", &branches, &branches, err) ||
                         flow_progress_new(&view->progress, stderr, args->quiet, err)
                     ? -1
                     : 0;
    if (result == 0 && !args->dry_run)
        result =
            flow_table_open(&view->table, stdout, args->json, columns, sizeof columns / sizeof *columns, err);
    if (result == 0) {
        const struct flow_pr_options options = {
            .repo = repo,
            .config = config,
            .branches = &branches,
            .output = args->output,
            .no_push = args->no_push,
            .dry_run = args->dry_run,
            .stop = &context->stop->asked,
            .cut = &context->stop->now,
            .hooks = {.plan = on_plan,
                      .approve = on_approve,
                      .branch = on_branch,
                      .progress = on_progress,
                      .note = on_note,
                      .payload = view},
        };
        result = carry_out(view, &options, err);
    }
    flow_table_free(view->table);
    flow_progress_free(view->progress);
    flow_strv_release(&branches);
    return result;
}

static int run(struct flow_tool_context *context, struct flow_error *err)
{
    struct arguments *args = context->args;
    struct view view = {.args = args};
    struct flow_repo *repo = NULL;
    struct flow_config *config = NULL;
    flow_census_init(&view.census);
    int result = flow_repo_open(&repo, args->directory, err) || flow_repo_config(repo, &config, err) ? -1 : 0;
    if (result == 0)
        result = publish(context, &view, repo, config, err);
    flow_config_free(config);
    flow_repo_free(repo);
    flow_census_release(&view.census);
    flow_strv_release(&args->labels);
    flow_strv_release(&args->reviewers);
    return result;
}

enum { DRAFT = 1 };

static const char about[] =
    "1. Asks the remote for its branches and the forge for what is open, and fetches\n"
    "   the base. A branch that does not merge with it is refused.\n"
    "2. Shows what would be pushed and opened, and asks.\n"
    "3. Pushes each branch by git itself, and opens a draft for it, or brings the\n"
    "   pull request that is open up to date. Never two for one branch.\n"
    "\n"
    "The text says what, why, with which evidence, where it comes from, and how to\n"
    "revert it, from the messages of the commits. With --forge patch it becomes the\n"
    "cover letter of a series for git-am(1), and nothing leaves the machine.\n"
    "\n"
    "Branches are named, or read from column one of standard input for '-'; without\n"
    "any, all below flow/optimize/. Running it again continues.";

int main(int argc, char **argv)
{
    struct arguments args = {.forge = -1};
    const struct flow_option options[] = {
        {FLOW_OPTION_CHOICE(0, "forge", "FORGE", &args.forge, forges,
                            "where to publish (default: pr.forge, else by the remote's host)")},
        {FLOW_OPTION_TEXT('b', "base", "BRANCH", &args.base,
                          "the branch to go into (default: pr.base, else the remote's own)")},
        {FLOW_OPTION_FLAG(0, "draft", &args.draft, "open drafts (the default, unless pr.draft is false)"),
         .group = DRAFT},
        {FLOW_OPTION_FLAG(0, "ready", &args.ready, "open them ready for review"), .group = DRAFT},
        {FLOW_OPTION_LIST('l', "label", "LABEL", &args.labels, "give them a label (default: pr.label)")},
        {FLOW_OPTION_LIST('r', "reviewer", "NAME", &args.reviewers,
                          "ask for a review (default: pr.reviewer, else CODEOWNERS)")},
        {FLOW_OPTION_TEXT(0, "fork", "REMOTE", &args.fork,
                          "push to this remote, a fork of the project (default: pr.fork)")},
        {FLOW_OPTION_FLAG(0, "no-push", &args.no_push, "push nothing: the remote has the branches already")},
        {FLOW_OPTION_TEXT('o', "output", "DIR", &args.output,
                          "write patch files below DIR (default: .git/flow/patches)")},
        {FLOW_OPTION_FLAG('n', "dry-run", &args.dry_run,
                          "show what would be pushed and opened, and do nothing")},
        {FLOW_OPTION_DIRECTORY(&args.directory)},
        {FLOW_OPTION_JSON(&args.json)},
        {FLOW_OPTION_QUIET(&args.quiet)},
        {FLOW_OPTION_YES(&args.yes)},
        {FLOW_OPTION_END},
    };
    const struct flow_tool_exit exits[] = {
        {FLOW_EXIT_HOLES, "done, but branches wait or were refused; the census says why"},
        {5, ""},
        {130, ""},
        FLOW_TOOL_EXIT_END,
    };
    const struct flow_tool tool = {
        .name = "flow-pr",
        .summary = "publish branches as pull requests or patch files",
        .operands = "[branch ...]",
        .operand_max = SIZE_MAX,
        .about = about,
        .examples = "# what would be pushed and opened?\n"
                    "flow-pr --dry-run\n"
                    "# one series of patches, for git-am\n"
                    "flow-pr --forge patch -o /tmp/patches flow/port/main\n"
                    "# from a fork, where one may not push to the project\n"
                    "flow-pr --fork mine\n"
                    "# from cron\n"
                    "flow-pr -q -y",
        .options = options,
        .exits = exits,
        .drains = true,
        .run = run,
        .args = &args,
    };
    return flow_tool_main(argc, argv, &tool);
}
