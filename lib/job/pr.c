// SPDX-License-Identifier: MIT
#include "flow/job/pr.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/forge/owners.h"
#include "pr_private.h"

#define DEFAULT_MOST 10
#define OWNED        "flow/optimize/"

const char *const flow_pr_states[] = {"created", "updated", "unchanged", "waiting", "refused"};

void pr_note(struct pr *pr, const char *format, ...)
{
    const struct flow_pr_hooks *hooks = &pr->options->hooks;
    char text[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (hooks->note)
        hooks->note(hooks->payload, text);
}

static void on_forge_note(void *payload, const char *text)
{
    pr_note(payload, "%s", text);
}

static void doing(struct pr *pr, const char *what, const char *branch)
{
    const struct flow_pr_hooks *hooks = &pr->options->hooks;
    if (hooks->progress)
        hooks->progress(hooks->payload, what, branch);
}

const char *pr_keep(struct pr *pr, const char *text, struct flow_error *err)
{
    const char *copy = flow_arena_str(&pr->arena, text);
    if (!copy)
        flow_error_nomem(err);
    return copy;
}

int pr_set(struct pr *pr, struct pr_branch *branch, enum flow_pr_state state, const char *why,
           struct flow_error *err)
{
    branch->shown.state = state;
    branch->shown.why = pr_keep(pr, why, err);
    return branch->shown.why ? 0 : -1;
}

/*
 * Opening.
 */

static int find_forge(struct pr *pr, struct flow_error *err)
{
    const char *name = flow_config_str(pr->config, "pr.forge", NULL);
    // One that is not named is some server, until the address of the remote is known.
    pr->kind = FLOW_FORGE_GITHUB;
    return name ? flow_forge_named(name, &pr->kind, err) : 0;
}

// The forge of a remote that is not named is known by its host.
static int guess_forge(struct pr *pr, struct flow_error *err)
{
    struct flow_buf shown;
    if (flow_config_str(pr->config, "pr.forge", NULL) || flow_forge_known(pr->address, &pr->kind))
        return 0;
    flow_buf_init(&shown, FLOW_BUF_LINE);
    flow_remote_show(pr->address, &shown);
    flow_error_set(
        err, FLOW_E_ENV,
        "what forge '%s' is at is not known: say github, gitlab, gitea or patch with --forge or in the "
        "setting pr.forge",
        shown.data);
    flow_buf_release(&shown);
    return -1;
}

static int read_settings(struct pr *pr, struct flow_error *err)
{
    const struct flow_config *config = pr->config;
    return flow_config_bool(config, "pr.draft", true, &pr->draft, err) ||
                   flow_config_int(config, "pr.most", 1, 100000, DEFAULT_MOST, &pr->most, err) ||
                   flow_config_list(config, "pr.label", &pr->labels, err) ||
                   flow_config_list(config, "pr.reviewer", &pr->reviewers, err)
               ? -1
               : 0;
}

// 1: the base brings a template, which somebody has accepted; 0: it brings none.
static int read_template(struct pr *pr, struct flow_error *err)
{
    const struct flow_pr_hooks *hooks = &pr->options->hooks;
    static const char path[] = ".flow/pr-template.md";
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_id blob;
    if (flow_repo_find_blob(pr->repo, &pr->base_id, path, &blob, &own))
        return own.code == FLOW_E_NOT_FOUND ? 0 : flow_error_set(err, own.code, "%s", own.message);
    if (flow_repo_read_blob(pr->repo, &blob, &pr->template, err))
        return -1;
    const struct flow_brought brought = {.what = path, .text = pr->template.data, .len = pr->template.len};
    return flow_approve(pr->state_dir.data, &brought, 1, hooks->approve, hooks->payload, err);
}

// Where patches go: absolute, since git runs in the repository.
static int place_patches(struct pr *pr, struct flow_buf *out, struct flow_error *err)
{
    const char *given = pr->options->output;
    char here[PATH_MAX];
    if (!given)
        flow_path_join(out, pr->state_dir.data, "patches");
    else if (*given == '/')
        flow_path_join(out, "/", given);
    else if (getcwd(here, sizeof here))
        flow_path_join(out, here, given);
    else
        return flow_error_errno(err, errno, "cannot find out the current folder");
    return flow_buf_check(out, "path of the patches", err);
}

static int open_forge(struct pr *pr, struct flow_error *err)
{
    struct flow_buf patches;
    flow_buf_init(&patches, FLOW_BUF_LINE);
    int result = place_patches(pr, &patches, err);
    const struct flow_forge_options options = {
        .kind = pr->kind,
        .remote = pr->address,
        .fork = pr->fork_address,
        .url = flow_config_str(pr->config, "pr.url", NULL),
        .folder = pr->folder,
        .patches = patches.data,
        .stop = pr->options->stop,
        .note = on_forge_note,
        .payload = pr,
    };
    if (result == 0)
        result = flow_forge_new(&pr->forge, &options, err);
    flow_buf_release(&patches);
    if (result == 0) {
        doing(pr, "listing what is open", "");
        result = flow_forge_list(pr->forge, &pr->pulls, err);
    }
    for (size_t i = 0; result == 0 && i < pr->pulls.count; i++)
        pr->open += flow_pull_is_ours(&pr->pulls.items[i]);
    return result;
}

static int open_all(struct pr *pr, struct flow_error *err)
{
    if (find_forge(pr, err) || read_settings(pr, err))
        return -1;
    const char *workdir = flow_repo_workdir(pr->repo);
    pr->folder = workdir ? workdir : flow_repo_gitdir(pr->repo);
    doing(pr, "asking the remote", "");
    if (pr_remote_open(pr, err) || (pr->kind != FLOW_FORGE_PATCH && guess_forge(pr, err)) ||
        read_template(pr, err))
        return -1;
    return open_forge(pr, err);
}

/*
 * The branches, and what is to happen to each.
 */

static int add_branch(struct pr *pr, const char *name, struct flow_error *err)
{
    static const char heads[] = "refs/heads/";
    name = flow_str_starts(name, heads) ? name + sizeof heads - 1 : name;
    for (size_t i = 0; i < pr->count; i++)
        if (strcmp(pr->branches[i].shown.name, name) == 0)
            return 0;
    struct pr_branch *branch = &pr->branches[pr->count];
    *branch = (struct pr_branch){.shown = {.title = "", .url = "", .why = ""}};
    branch->shown.name = pr_keep(pr, name, err);
    flow_strv_init(&branch->paths);
    flow_strv_init(&branch->reviewers);
    pr->count++;
    return branch->shown.name ? 0 : -1;
}

static int add_branches(struct pr *pr, struct flow_error *err)
{
    const struct flow_strv *named = pr->options->branches;
    struct flow_strv refs;
    flow_strv_init(&refs);
    int result = named->count > 0 ? 0 : flow_repo_refs(pr->repo, "refs/heads/" OWNED, &refs, err);
    const struct flow_strv *list = named->count > 0 ? named : &refs;
    pr->branches = calloc(list->count + 1, sizeof *pr->branches);
    if (!pr->branches)
        result = flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < list->count; i++)
        if (list->items[i][0])
            result = add_branch(pr, list->items[i], err);
    flow_strv_release(&refs);
    if (result == 0 && pr->count == 0)
        result = flow_error_set(err, FLOW_E_NOT_FOUND,
                                "there is no branch below " OWNED ": name the branches to publish");
    return result;
}

struct walk {
    struct pr *pr;
    struct pr_branch *branch;
    struct flow_map *paths;
};

static int read_commit(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    struct walk *walk = payload;
    struct pr_branch *branch = walk->branch;
    if (flow_grow(&branch->commits, &branch->commit_cap, branch->commit_count + 1, sizeof *branch->commits,
                  err))
        return -1;
    const char *message = pr_keep(walk->pr, info->message, err);
    if (!message)
        return -1;
    branch->commits[branch->commit_count++] = (struct pr_commit){info->id, message};
    for (size_t i = 0; i < info->paths->count; i++) {
        bool added = false;
        const char *path = info->paths->items[i];
        if (!flow_map_ensure(walk->paths, path, strlen(path), &added))
            return flow_error_nomem(err);
        if (added && flow_strv_add(&branch->paths, path, err))
            return -1;
    }
    return 0;
}

static int read_commits(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    struct walk walk = {pr, branch, flow_map_new()};
    int result = walk.paths
                     ? flow_repo_walk(pr->repo, &branch->standing.from, &branch->tip, read_commit, &walk, err)
                     : flow_error_nomem(err);
    flow_map_free(walk.paths);
    return result;
}

// Who is named in the settings, else who owns the files by the forge's own rules.
static int find_reviewers(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id blob;
    int result = 0;
    for (size_t i = 0; result == 0 && i < pr->reviewers.count; i++)
        result = flow_strv_add(&branch->reviewers, pr->reviewers.items[i], err);
    if (result || pr->reviewers.count > 0)
        return result;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (const char *const *place = flow_owners_places(pr->kind); *place; place++) {
        if (flow_repo_find_blob(pr->repo, &pr->base_id, *place, &blob, NULL))
            continue;
        result =
            flow_repo_read_blob(pr->repo, &blob, &text, err) ||
                    flow_owners_read(&branch->reviewers, pr->kind, text.data, text.len, &branch->paths, err)
                ? -1
                : 0;
        break;
    }
    flow_buf_release(&text);
    return result;
}

static int refuse_conflict(struct pr *pr, struct pr_branch *branch, const struct flow_strv *paths,
                           struct flow_error *err)
{
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    flow_buf_printf(&why, "it conflicts with '%s' in ", pr->base);
    for (size_t i = 0; i < paths->count && i < 5; i++) {
        flow_buf_puts(&why, i > 0 ? ", " : "");
        flow_str_show(&why, paths->items[i], strlen(paths->items[i]));
    }
    if (paths->count > 5)
        flow_buf_printf(&why, " and %zu more", paths->count - 5);
    flow_buf_puts(&why, ": rebase it, or let flow make it anew");
    int result = pr_set(pr, branch, FLOW_PR_REFUSED, why.data, err);
    flow_buf_release(&why);
    return result;
}

// How it stands to its base: what has nothing, or does not merge, is not published.
static int compare_base(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_strv conflicts;
    if (flow_repo_standing(pr->repo, &pr->base_id, &branch->tip, &branch->standing, &own))
        return own.code == FLOW_E_NOT_FOUND ? pr_set(pr, branch, FLOW_PR_REFUSED, own.message, err)
                                            : flow_error_set(err, own.code, "%s", own.message);
    if (branch->standing.ahead == 0)
        return pr_set(pr, branch, FLOW_PR_UNCHANGED, "the base has all of it", err);
    if (branch->standing.merges > 0 && pr->kind == FLOW_FORGE_PATCH)
        return pr_set(pr, branch, FLOW_PR_REFUSED, "it holds a merge, which patches cannot carry: rebase it",
                      err);
    flow_strv_init(&conflicts);
    int result = flow_repo_conflicts(pr->repo, &pr->base_id, &branch->tip, &conflicts, err);
    if (result == 0 && conflicts.count > 0)
        result = refuse_conflict(pr, branch, &conflicts, err);
    flow_strv_release(&conflicts);
    if (result == 0 && branch->shown.state == FLOW_PR_CREATED && branch->standing.behind > 0)
        pr_note(pr, "'%s': '%s' has moved by %zu commits since; it still merges", branch->shown.name,
                pr->base, branch->standing.behind);
    return result;
}

static int plan_branch(struct pr *pr, struct pr_branch *branch, size_t *opened, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "refs/heads/%s", branch->shown.name);
    int there = flow_repo_ref(pr->repo, text.data, &branch->tip, NULL);
    flow_buf_release(&text);
    if (there)
        return pr_set(pr, branch, FLOW_PR_REFUSED, "there is no such branch", err);
    branch->shown.state = FLOW_PR_CREATED;
    if (compare_base(pr, branch, err))
        return -1;
    if (branch->shown.state == FLOW_PR_CREATED && pr->kind != FLOW_FORGE_PATCH &&
        pr_remote_compare(pr, branch, err))
        return -1;
    if (branch->shown.state != FLOW_PR_CREATED)
        return 0;
    if (read_commits(pr, branch, err) || pr_text_make(pr, branch, err) || find_reviewers(pr, branch, err))
        return -1;
    branch->pull = flow_pulls_find(&pr->pulls, branch->shown.name);
    if (branch->pull) {
        branch->shown.state = FLOW_PR_UPDATED;
        branch->shown.url = branch->pull->url;
    } else if (pr->kind != FLOW_FORGE_PATCH && pr->open + *opened >= (size_t)pr->most) {
        branch->shown.push = false;
        return pr_set(pr, branch, FLOW_PR_WAITING, "as many pull requests as pr.most allows are open", err);
    } else {
        (*opened)++;
    }
    return 0;
}

static bool is_planned(const struct pr_branch *branch)
{
    return branch->shown.state == FLOW_PR_CREATED || branch->shown.state == FLOW_PR_UPDATED;
}

static int show_plan(struct pr *pr, struct flow_error *err)
{
    const struct flow_pr_hooks *hooks = &pr->options->hooks;
    struct flow_buf remote;
    struct flow_pr_branch *branches = calloc(pr->count, sizeof *branches);
    if (!branches)
        return flow_error_nomem(err);
    flow_buf_init(&remote, FLOW_BUF_LINE);
    size_t planned = 0, pushed = 0;
    for (size_t i = 0; i < pr->count; i++) {
        branches[i] = pr->branches[i].shown;
        planned += is_planned(&pr->branches[i]);
        pushed += branches[i].push;
    }
    if (pushed > 0)
        flow_remote_show(pr->fork ? pr->fork_address : pr->address, &remote);
    const struct flow_pr_plan plan = {
        .forge = flow_forge_names[pr->kind],
        .host = flow_forge_host(pr->forge),
        .project = flow_forge_project(pr->forge),
        .token = flow_forge_token_from(pr->forge),
        .remote = remote.data,
        .base = pr->base,
        .draft = pr->draft,
        .open = pr->open,
        .most = (size_t)pr->most,
        .branches = branches,
        .count = pr->count,
    };
    int result = planned > 0 || pr->options->dry_run ? hooks->plan(hooks->payload, &plan, err) : 0;
    flow_buf_release(&remote);
    free(branches);
    return result;
}

/*
 * Publishing.
 */

static int publish(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    static const enum flow_pr_state states[] = {FLOW_PR_CREATED, FLOW_PR_UPDATED, FLOW_PR_UNCHANGED};
    const struct flow_proposal proposal = {
        .branch = branch->shown.name,
        .base = pr->base,
        .from = branch->standing.from,
        .tip = branch->tip,
        .title = branch->shown.title,
        .text = branch->text,
        .draft = pr->draft,
        .labels = &pr->labels,
        .reviewers = &branch->reviewers,
    };
    enum flow_published how = FLOW_PUBLISHED_SAME;
    struct flow_buf url, remarks;
    if (pr->options->stop && atomic_load(pr->options->stop) > 0)
        return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted: run it again to continue");
    if (branch->shown.push) {
        doing(pr, "pushing", branch->shown.name);
        if (pr_push(pr, branch, err))
            return -1;
    }
    flow_buf_init(&url, FLOW_BUF_LINE);
    flow_buf_init(&remarks, FLOW_BUF_LINE);
    doing(pr, "publishing", branch->shown.name);
    int result = flow_forge_publish(pr->forge, &proposal, branch->pull, &how, &url, &remarks, err);
    if (url.len > 0 && !(branch->shown.url = pr_keep(pr, url.data, result ? NULL : err)))
        result = -1;
    if (result == 0)
        result = pr_set(pr, branch,
                        branch->shown.push && how == FLOW_PUBLISHED_SAME ? FLOW_PR_UPDATED : states[how],
                        remarks.data, err);
    flow_buf_release(&remarks);
    flow_buf_release(&url);
    return result;
}

static void report(struct pr *pr, struct pr_branch *branch, struct flow_pr_outcome *out)
{
    const struct flow_pr_hooks *hooks = &pr->options->hooks;
    out->counts[branch->shown.state]++;
    if (hooks->branch)
        hooks->branch(hooks->payload, &branch->shown);
}

// What is about one branch does not keep the others waiting; what is about the remote or the forge ends the
// run, and the branches that were not reached say so.
static int publish_all(struct pr *pr, struct flow_pr_outcome *out, struct flow_error *err)
{
    struct flow_error last = FLOW_ERROR_INIT;
    bool ended = false;
    for (size_t i = 0; i < pr->count; i++) {
        struct pr_branch *branch = &pr->branches[i];
        struct flow_error own = FLOW_ERROR_INIT;
        if (is_planned(branch) && ended) {
            if (pr_set(pr, branch, FLOW_PR_WAITING, "not reached: run it again", err))
                return -1;
        } else if (is_planned(branch) && publish(pr, branch, &own)) {
            ended = own.code != FLOW_E_INVALID;
            if (ended)
                last = own;
            if (pr_set(pr, branch, ended ? FLOW_PR_WAITING : FLOW_PR_REFUSED, own.message, err))
                return -1;
        }
        report(pr, branch, out);
    }
    return ended ? flow_error_set(err, last.code, "%s", last.message) : 0;
}

static int run(struct pr *pr, struct flow_pr_outcome *out, struct flow_error *err)
{
    size_t opened = 0;
    // Two at once would open more than may be open.
    if (flow_repo_state_dir(pr->repo, &pr->state_dir, err) ||
        (!pr->options->dry_run && flow_run_lock(&pr->lock, pr->state_dir.data, "pr", false, NULL, err)))
        return -1;
    if (open_all(pr, err) || add_branches(pr, err))
        return -1;
    for (size_t i = 0; i < pr->count; i++)
        if (plan_branch(pr, &pr->branches[i], &opened, err))
            return -1;
    if (show_plan(pr, err))
        return -1;
    if (!pr->options->dry_run)
        return publish_all(pr, out, err);
    for (size_t i = 0; i < pr->count; i++)
        out->counts[pr->branches[i].shown.state]++;
    return 0;
}

int flow_pr(const struct flow_pr_options *options, struct flow_pr_outcome *out, struct flow_error *err)
{
    struct pr pr = {
        .options = options, .repo = options->repo, .config = options->config, .heads = flow_map_new()};
    *out = (struct flow_pr_outcome){{0}};
    flow_arena_init(&pr.arena);
    flow_buf_init(&pr.state_dir, FLOW_BUF_LINE);
    flow_buf_init(&pr.template, FLOW_BUF_LINE);
    flow_strv_init(&pr.labels);
    flow_strv_init(&pr.reviewers);
    int result = pr.heads ? run(&pr, out, err) : flow_error_nomem(err);
    for (size_t i = 0; i < pr.count; i++) {
        free(pr.branches[i].commits);
        flow_strv_release(&pr.branches[i].paths);
        flow_strv_release(&pr.branches[i].reviewers);
    }
    free(pr.branches);
    flow_pulls_release(&pr.pulls);
    flow_forge_free(pr.forge);
    flow_run_unlock(pr.lock);
    flow_strv_release(&pr.reviewers);
    flow_strv_release(&pr.labels);
    flow_buf_release(&pr.template);
    flow_buf_release(&pr.state_dir);
    flow_arena_release(&pr.arena);
    flow_map_free(pr.pushed);
    flow_map_free(pr.heads);
    return result;
}
