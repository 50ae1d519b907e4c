// SPDX-License-Identifier: MIT
// The remote, as git itself sees it: its address, its branches, its base, and pushing.
#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/config/policy.h"
#include "flow/forge/git.h"
#include "pr_private.h"

// What git and the server say, on one line: the server's words where there are any. An address loses a
// password.
static void put_said(const char *said, struct flow_buf *out)
{
    static const char remote[] = "remote:";
    bool server = strstr(said, remote) != NULL;
    size_t before = out->len;
    for (const char *line = said; *line;) {
        size_t len = strcspn(line, "\r\n");
        const char *text = line, *end = line + len, *at;
        if (server && len >= sizeof remote - 1 && strncmp(line, remote, sizeof remote - 1) == 0)
            text += sizeof remote - 1;
        while (text < end && *text == ' ')
            text++;
        if (text < end && (!server || text > line) && out->len - before < 400) {
            flow_buf_puts(out, out->len > before ? ", " : "");
            const char *host = strstr(text, "://");
            if (host && host < end && (at = memchr(host, '@', (size_t)(end - host)))) {
                flow_str_show(out, text, (size_t)(host + 3 - text));
                text = at + 1;
            }
            flow_str_show(out, text, (size_t)(end - text));
        }
        line += len + strspn(line + len, "\r\n");
    }
}

static int run(struct pr *pr, const char *const *words, struct flow_buf *out, struct flow_buf *said,
               int *status, struct flow_error *err)
{
    const char *what = words[0];
    const struct flow_git git = {
        .folder = pr->folder,
        .words = words,
        .network = strcmp(what, "push") == 0 || strcmp(what, "fetch") == 0 || strcmp(what, "ls-remote") == 0,
        .cancel = pr->options->cut,
        .out = out,
        .err = said,
    };
    return flow_git_run(&git, status, err);
}

// Runs git, which has to succeed; `doing` is what fails otherwise.
static int must(struct pr *pr, const char *const *words, struct flow_buf *out, const char *doing,
                struct flow_error *err)
{
    struct flow_buf said, text;
    int status = 0;
    flow_buf_init(&said, FLOW_BUF_TEXT);
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = run(pr, words, out, &said, &status, err);
    put_said(said.data, &text);
    if (result == 0 && status != 0)
        result =
            flow_error_set(err, FLOW_E_ENV, "%s: %s; run it again when that is mended", doing, text.data);
    flow_buf_release(&text);
    flow_buf_release(&said);
    return result;
}

/*
 * Opening.
 */

static int host_allowed(const char *address, struct flow_error *err)
{
    struct flow_policy policy;
    struct flow_buf host;
    if (flow_policy_load(&policy, err))
        return -1;
    flow_buf_init(&host, FLOW_BUF_LINE);
    flow_remote_host(address, &host);
    int result = host.len > 0 ? flow_policy_host(&policy, host.data, err) : 0;
    flow_buf_release(&host);
    flow_policy_release(&policy);
    return result;
}

// The address that git pushes to, or fetches from.
static int read_address(struct pr *pr, const char *remote, bool push, const char **out,
                        struct flow_error *err)
{
    const char *const words[] = {"remote", "get-url", push ? "--push" : "--", remote, NULL};
    struct flow_buf text;
    int status = 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = run(pr, words, &text, NULL, &status, err);
    if (result == 0 && status != 0)
        result = flow_error_set(
            err, FLOW_E_ENV,
            "there is no remote '%s': name another one with %s, or write patch files with --forge patch",
            remote, remote == pr->fork ? "--fork" : "pr.remote");
    flow_buf_truncate(&text, strcspn(text.data, "\n"));
    if (result == 0 && !(*out = pr_keep(pr, text.data, err)))
        result = -1;
    flow_buf_release(&text);
    return result ? -1 : host_allowed(*out, err);
}

// "ref: refs/heads/main\tHEAD", "ID\trefs/heads/x". What a fork calls its own branch is not the base.
static int read_head(struct pr *pr, struct flow_map *heads, const char *line, size_t len,
                     struct flow_error *err)
{
    static const char symbolic[] = "ref: refs/heads/", branches[] = "refs/heads/";
    const char *tab = memchr(line, '\t', len);
    if (!tab)
        return 0;
    if (strncmp(line, symbolic, sizeof symbolic - 1) == 0) {
        if (!pr->base && heads == pr->heads) {
            pr->base = flow_arena_strn(&pr->arena, line + sizeof symbolic - 1,
                                       (size_t)(tab - line) - (sizeof symbolic - 1));
            return pr->base ? 0 : flow_error_nomem(err);
        }
        return 0;
    }
    const char *name = tab + 1;
    if (tab - line != FLOW_ID_SIZE - 1 || strncmp(name, branches, sizeof branches - 1) != 0)
        return 0;
    name += sizeof branches - 1;
    char *id = flow_arena_strn(&pr->arena, line, FLOW_ID_SIZE - 1);
    char *key = flow_arena_strn(&pr->arena, name, len - (size_t)(name - line));
    return id && key ? flow_map_set_ptr(heads, key, id, err) : flow_error_nomem(err);
}

static int read_heads(struct pr *pr, const char *remote, struct flow_map *heads, struct flow_error *err)
{
    const char *const words[] = {"ls-remote", "--symref", "--", remote, "HEAD", "refs/heads/*", NULL};
    struct flow_buf text, doing;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&doing, FLOW_BUF_LINE);
    flow_buf_printf(&doing, "cannot read the branches of '%s'", remote);
    int result = must(pr, words, &text, doing.data, err);
    for (const char *line = text.data; result == 0 && *line;) {
        size_t len = strcspn(line, "\n");
        result = read_head(pr, heads, line, len, err);
        line += len + (line[len] == '\n');
    }
    flow_buf_release(&doing);
    flow_buf_release(&text);
    return result;
}

static int fetch_base(struct pr *pr, struct flow_error *err)
{
    struct flow_buf spec, doing;
    const union flow_map_value *head = flow_map_get(pr->heads, pr->base);
    if (!head)
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "'%s' has no branch '%s' to go into: name another one with --base", pr->remote,
                              pr->base);
    snprintf(pr->base_id.hex, sizeof pr->base_id.hex, "%s", (const char *)head->ptr);
    flow_buf_init(&spec, FLOW_BUF_LINE);
    flow_buf_init(&doing, FLOW_BUF_LINE);
    flow_buf_printf(&spec, "+refs/heads/%s:refs/remotes/%s/%s", pr->base, pr->remote, pr->base);
    flow_buf_printf(&doing, "cannot fetch '%s' from '%s'", pr->base, pr->remote);
    const char *const words[] = {
        "fetch",    "--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--",
        pr->remote, spec.data, NULL};
    int result = must(pr, words, NULL, doing.data, err);
    flow_buf_release(&doing);
    flow_buf_release(&spec);
    return result;
}

// Without a remote the base is the branch that is checked out, as the remote had it last or as it is here.
static int find_local_base(struct pr *pr, struct flow_error *err)
{
    struct flow_buf name;
    int status = 0;
    flow_buf_init(&name, FLOW_BUF_LINE);
    const char *const words[] = {"symbolic-ref", "--quiet", "HEAD", NULL};
    int result = pr->base ? 0 : run(pr, words, &name, NULL, &status, err);
    flow_buf_truncate(&name, strcspn(name.data, "\n"));
    if (result == 0 && !pr->base) {
        if (status != 0 || !flow_str_starts(name.data, "refs/heads/"))
            result = flow_error_set(err, FLOW_E_ENV,
                                    "no branch is checked out that the others could go into: name one "
                                    "with --base");
        else if (!(pr->base = pr_keep(pr, name.data + strlen("refs/heads/"), err)))
            result = -1;
    }
    flow_buf_clear(&name);
    flow_buf_printf(&name, "refs/heads/%s", pr->base ? pr->base : "");
    if (result == 0 && flow_repo_ref(pr->repo, name.data, &pr->base_id, NULL)) {
        flow_buf_clear(&name);
        flow_buf_printf(&name, "refs/remotes/%s/%s", pr->remote, pr->base);
        if (flow_repo_ref(pr->repo, name.data, &pr->base_id, NULL))
            result = flow_error_set(err, FLOW_E_NOT_FOUND,
                                    "there is no branch '%s' to go into: name one with --base", pr->base);
    }
    flow_buf_release(&name);
    return result;
}

// Branches are pushed to the fork, where there is one.
static int open_fork(struct pr *pr, struct flow_error *err)
{
    const char *fetched = NULL;
    if (!pr->fork)
        return 0;
    pr->pushed = flow_map_new();
    if (!pr->pushed)
        return flow_error_nomem(err);
    return read_address(pr, pr->fork, true, &pr->fork_address, err) ||
                   read_address(pr, pr->fork, false, &fetched, err) ||
                   read_heads(pr, pr->fork, pr->pushed, err)
               ? -1
               : 0;
}

int pr_remote_open(struct pr *pr, struct flow_error *err)
{
    const char *fetched = NULL;
    pr->address = "";
    pr->remote = flow_config_str(pr->config, "pr.remote", "origin");
    pr->fork = flow_config_str(pr->config, "pr.fork", NULL);
    if (pr->fork && strcmp(pr->fork, pr->remote) == 0)
        pr->fork = NULL;
    pr->base = flow_config_str(pr->config, "pr.base", NULL);
    if (pr->kind == FLOW_FORGE_PATCH)
        return find_local_base(pr, err);
    if (read_address(pr, pr->remote, true, &pr->address, err) ||
        read_address(pr, pr->remote, false, &fetched, err) || read_heads(pr, pr->remote, pr->heads, err) ||
        open_fork(pr, err))
        return -1;
    if (!pr->base)
        return flow_error_set(err, FLOW_E_ENV,
                              "'%s' does not say which branch is its own: name the base with --base",
                              pr->remote);
    return fetch_base(pr, err);
}

/*
 * Pushing.
 */

static int is_flow(const struct flow_commit_info *info, void *payload, struct flow_error *err)
{
    static const char *const keys[] = {"Flow-Job", "Flow-Unit", "Flow-Pass"};
    bool *all = payload, ours = false;
    struct flow_buf value;
    (void)err;
    flow_buf_init(&value, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        ours = ours || flow_trailer_get(info->message, keys[i], 0, &value) == 1;
    flow_buf_release(&value);
    *all = *all && ours;
    return 0;
}

// Whether the commits that a rewrite would take from the remote are all known here and written by flow.
static bool may_rewrite(struct pr *pr, const struct pr_branch *branch)
{
    struct flow_standing standing;
    bool ours = true;
    if (!flow_str_starts(branch->shown.name, "flow/") ||
        flow_repo_standing(pr->repo, &branch->tip, &branch->remote, &standing, NULL))
        return false;
    return flow_repo_walk(pr->repo, &standing.from, &branch->remote, is_flow, &ours, NULL) == 0 && ours;
}

int pr_remote_compare(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    struct flow_standing standing;
    const union flow_map_value *head = flow_map_get(pr->pushed ? pr->pushed : pr->heads, branch->shown.name);
    if (head)
        snprintf(branch->remote.hex, sizeof branch->remote.hex, "%s", (const char *)head->ptr);
    if (strcmp(branch->remote.hex, branch->tip.hex) == 0)
        return 0;
    if (pr->options->no_push)
        return pr_set(pr, branch, FLOW_PR_REFUSED,
                      head ? "the remote has another commit on it: push it, or leave out --no-push"
                           : "the remote does not have it: push it, or leave out --no-push",
                      err);
    branch->shown.push = true;
    if (!head || (flow_repo_standing(pr->repo, &branch->remote, &branch->tip, &standing, NULL) == 0 &&
                  standing.behind == 0))
        return 0;
    branch->rewrite = may_rewrite(pr, branch);
    if (branch->rewrite)
        return 0;
    branch->shown.push = false;
    return pr_set(
        pr, branch, FLOW_PR_REFUSED,
        "the remote has commits on it that are not here and not flow's: fetch and merge them, or delete the "
        "branch there",
        err);
}

// "!\tSRC:DST\t[remote rejected] (hook declined)"
static void put_rejection(const char *porcelain, struct flow_buf *out)
{
    for (const char *line = porcelain; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (*line != '!')
            continue;
        const char *tab = strchr(line + 2, '\t');
        if (tab && tab < line + strcspn(line, "\n"))
            flow_str_show(out, tab + 1, strcspn(tab + 1, "\n"));
        return;
    }
}

int pr_push(struct pr *pr, const struct pr_branch *branch, struct flow_error *err)
{
    struct flow_buf spec, lease, out, said, why;
    int status = 0;
    flow_buf_init(&spec, FLOW_BUF_LINE);
    flow_buf_init(&lease, FLOW_BUF_LINE);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_buf_init(&said, FLOW_BUF_TEXT);
    flow_buf_init(&why, FLOW_BUF_LINE);
    flow_buf_printf(&spec, "%s:refs/heads/%s", branch->tip.hex, branch->shown.name);
    flow_buf_printf(&lease, "--force-with-lease=refs/heads/%s:%s", branch->shown.name, branch->remote.hex);
    const char *to = pr->fork ? pr->fork : pr->remote;
    const char *const plain[] = {"push", "--porcelain", "--", to, spec.data, NULL};
    const char *const forced[] = {"push", "--porcelain", lease.data, "--", to, spec.data, NULL};
    int result = run(pr, branch->rewrite ? forced : plain, &out, &said, &status, err);
    if (result == 0 && status != 0) {
        put_rejection(out.data, &why);
        if (why.len > 0)
            flow_buf_puts(&why, ": ");
        put_said(said.data, &why);
        // What is wrong with the server, or with who asks it, is so for every branch; hooks and rules are
        // about one.
        result = status == 1 ? flow_error_set(err, FLOW_E_INVALID, "the push was refused: %s", why.data)
                             : flow_error_set(err, FLOW_E_ENV,
                                              "cannot push to '%s': %s; run it again when that is "
                                              "mended",
                                              to, why.data);
    }
    flow_buf_release(&why);
    flow_buf_release(&said);
    flow_buf_release(&out);
    flow_buf_release(&lease);
    flow_buf_release(&spec);
    return result;
}
