// SPDX-License-Identifier: MIT
// What a pull request says: made of the messages of its commits, and of the trailers in them. Their text is
// other people's and models', and what a forge takes for an order (a mention, "closes #1", "/merge") does
// nothing in code.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/agent/prompt.h"
#include "flow/base/str.h"
#include "pr_private.h"

#define TITLE_MAX 200   // bytes; GitLab and Gitea take 255
#define LIST_MAX  50    // entries of a list
#define WHY_MAX   20000 // bytes of messages; GitHub takes 65536 of all
#define ITEM_MAX  200   // bytes of one: a path, a subject, a trailer

static const char own_template[] = "## What\n\n{{what}}\n"
                                   "{{#why}}## Why\n\n{{why}}\n{{/why}}"
                                   "{{#evidence}}## Evidence\n\n{{evidence}}\n{{/evidence}}"
                                   "{{#provenance}}## Provenance\n\n{{provenance}}\n{{/provenance}}"
                                   "## How to revert\n\n{{revert}}\n";

// Text on one line as code, between more back quotes than it holds; a long one is cut.
static void put_code(struct flow_buf *out, const char *text, size_t len)
{
    struct flow_buf shown;
    size_t most = 0, now = 0;
    flow_buf_init(&shown, FLOW_BUF_TEXT);
    flow_str_show(&shown, text, len < ITEM_MAX ? len : flow_str_first_line(text, len, ITEM_MAX));
    if (len > ITEM_MAX)
        flow_buf_puts(&shown, "…");
    for (size_t i = 0; i < shown.len; i++) {
        now = shown.data[i] == '`' ? now + 1 : 0;
        most = now > most ? now : most;
    }
    for (size_t i = 0; i <= most; i++)
        flow_buf_putc(out, '`');
    flow_buf_printf(out, most > 0 ? " %s " : "%s", shown.data);
    for (size_t i = 0; i <= most; i++)
        flow_buf_putc(out, '`');
    flow_buf_release(&shown);
}

static void put_more(struct flow_buf *out, size_t count, const char *what)
{
    if (count > LIST_MAX)
        flow_buf_printf(out, "- and %zu more %s\n", count - LIST_MAX, what);
}

static size_t subject_len(const char *message)
{
    return flow_str_first_line(message, strlen(message), FLOW_BUF_LINE);
}

/*
 * Messages: subject, body, trailers.
 */

// Where the trailers begin: the last paragraph where it holds one of flow's, else the end.
static const char *find_trailers(const char *message)
{
    const char *paragraph = NULL;
    for (const char *at = strstr(message, "\n\n"); at; at = strstr(at + 1, "\n\n"))
        if (at[2] && at[2] != '\n')
            paragraph = at + 2;
    for (const char *line = paragraph; line && *line;) {
        if (flow_str_starts(line, "Flow-"))
            return paragraph;
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    return message + strlen(message);
}

static const char *next_trailer(const char *line, const char **key, size_t *key_len, const char **value,
                                size_t *value_len)
{
    while (line && *line) {
        size_t len = strcspn(line, "\n");
        const char *colon = memchr(line, ':', len), *next = line + len + (line[len] == '\n');
        if (colon && flow_str_starts(line, "Flow-")) {
            *key = line;
            *key_len = (size_t)(colon - line);
            *value = colon + 1 + strspn(colon + 1, " \t");
            *value_len = (size_t)(line + len - *value);
            return next;
        }
        line = next;
    }
    return NULL;
}

static void put_what(const struct pr_branch *branch, struct flow_buf *out)
{
    if (branch->commit_count == 1) {
        put_code(out, branch->commits[0].message, subject_len(branch->commits[0].message));
        flow_buf_puts(out, "\n\nChanged:\n\n");
        for (size_t i = 0; i < branch->paths.count && i < LIST_MAX; i++) {
            flow_buf_puts(out, "- ");
            put_code(out, branch->paths.items[i], strlen(branch->paths.items[i]));
            flow_buf_putc(out, '\n');
        }
        put_more(out, branch->paths.count, "files");
        return;
    }
    flow_buf_printf(out, "%zu commits in %zu files:\n\n", branch->commit_count, branch->paths.count);
    for (size_t i = 0; i < branch->commit_count && i < LIST_MAX; i++) {
        const struct pr_commit *commit = &branch->commits[i];
        flow_buf_printf(out, "- %.12s ", commit->id.hex);
        put_code(out, commit->message, subject_len(commit->message));
        flow_buf_putc(out, '\n');
    }
    put_more(out, branch->commit_count, "commits");
}

static void put_why(const struct pr_branch *branch, struct flow_buf *out)
{
    size_t left = 0;
    for (size_t i = 0; i < branch->commit_count; i++) {
        const char *message = branch->commits[i].message, *end = find_trailers(message);
        const char *body = message + subject_len(message);
        body += strspn(body, "\r\n");
        while (end > body && strchr(" \t\r\n", end[-1]))
            end--;
        if (end <= body)
            continue;
        if (out->len + (size_t)(end - body) > WHY_MAX) {
            left++;
            continue;
        }
        if (branch->commit_count > 1)
            flow_buf_printf(out, "%s%.12s:\n\n", out->len > 0 ? "\n" : "", branch->commits[i].id.hex);
        flow_prompt_fence(out, "text", body, (size_t)(end - body), 0);
    }
    if (left > 0)
        flow_buf_printf(out, "The messages of %zu commits are too long to stand here.\n", left);
}

/*
 * Trailers: what speaks for the change, and where it comes from.
 */

static bool is_provenance(const char *key, size_t len)
{
    static const char *const keys[] = {"Flow-Job", "Flow-Run", "Flow-Model", "Flow-Pass", "Flow-Round"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i]) == len && strncmp(keys[i], key, len) == 0)
            return true;
    return false;
}

// What is about one commit among many, and means nothing in a list of all.
static bool is_bookkeeping(const char *key, size_t len)
{
    static const char *const keys[] = {"Flow-Unit", "Flow-Source", "Flow-Cost"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strlen(keys[i]) == len && strncmp(keys[i], key, len) == 0)
            return true;
    return false;
}

// Each different trailer once.
static int put_trailers(const struct pr_branch *branch, bool provenance, struct flow_buf *out,
                        struct flow_error *err)
{
    struct flow_strv seen;
    const char *key, *value;
    size_t key_len, value_len;
    int result = 0;
    flow_strv_init(&seen);
    for (size_t i = 0; i < branch->commit_count; i++) {
        const char *line = find_trailers(branch->commits[i].message);
        while (result == 0 && (line = next_trailer(line, &key, &key_len, &value, &value_len))) {
            if (is_bookkeeping(key, key_len) || is_provenance(key, key_len) != provenance)
                continue;
            long before = (long)seen.count;
            result = flow_strv_addn(&seen, key, (size_t)(value + value_len - key), err);
            if (result || flow_strv_find(&seen, seen.items[before]) < before)
                continue;
            if (seen.count > LIST_MAX)
                continue;
            flow_buf_printf(out, "- %.*s: ", (int)(key_len - strlen("Flow-")), key + strlen("Flow-"));
            put_code(out, value, value_len);
            flow_buf_putc(out, '\n');
        }
    }
    if (seen.count > LIST_MAX)
        flow_buf_puts(out, "- and more: the commits say what\n");
    flow_strv_release(&seen);
    return result;
}

// "$0.1234, 3 calls, 4567 tokens" or "unknown in dollars, …", added up.
static void put_cost(const struct pr_branch *branch, struct flow_buf *out)
{
    double dollars = 0;
    long long calls = 0;
    size_t told = 0, unknown = 0;
    struct flow_buf value;
    flow_buf_init(&value, FLOW_BUF_LINE);
    for (size_t i = 0; i < branch->commit_count; i++) {
        flow_buf_clear(&value);
        if (flow_trailer_get(branch->commits[i].message, "Flow-Cost", 0, &value) != 1)
            continue;
        told++;
        const char *comma = strchr(value.data, ',');
        if (value.data[0] == '$')
            dollars += strtod(value.data + 1, NULL);
        else
            unknown++;
        if (comma)
            calls += strtoll(comma + 1, NULL, 10);
    }
    if (told > 0)
        flow_buf_printf(out, "- Cost: $%.4f, %lld calls", dollars, calls);
    if (unknown > 0)
        flow_buf_printf(out, "; %zu commits whose price is not known", unknown);
    if (told > 0)
        flow_buf_putc(out, '\n');
    flow_buf_release(&value);
}

static void put_revert(const struct pr_branch *branch, struct flow_buf *out)
{
    if (branch->commit_count == 1)
        flow_buf_printf(out, "    git revert %.12s\n", branch->tip.hex);
    else
        flow_buf_printf(out, "    git revert --no-edit %.12s..%.12s\n", branch->standing.from.hex,
                        branch->tip.hex);
    flow_buf_puts(out, "\nMerged by another commit (squash, rebase or merge), that one is to be reverted.\n");
}

static int fill(struct pr *pr, struct pr_branch *branch, const struct flow_prompt_value *values, size_t count,
                struct flow_error *err)
{
    bool own = pr->template.len > 0;
    const char *template = own ? pr->template.data : own_template;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_prompt_text(&text, own ? ".flow/pr-template.md" : "pull request", template,
                                  strlen(template), values, count, err);
    if (result == 0 && !(branch->text = pr_keep(pr, text.data, err)))
        result = -1;
    flow_buf_release(&text);
    return result;
}

static int make_title(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    struct flow_buf title;
    flow_buf_init(&title, FLOW_BUF_LINE);
    if (branch->commit_count == 1) {
        const char *message = branch->commits[0].message;
        flow_str_show(&title, message, flow_str_first_line(message, strlen(message), TITLE_MAX));
    } else {
        const char *name = branch->shown.name;
        flow_buf_printf(&title, "%s: ", flow_str_starts(name, "flow/") ? name + strlen("flow/") : name);
        flow_buf_printf(&title, "%zu commits", branch->commit_count);
    }
    branch->shown.title = pr_keep(pr, title.data, err);
    flow_buf_release(&title);
    return branch->shown.title ? 0 : -1;
}

int pr_text_make(struct pr *pr, struct pr_branch *branch, struct flow_error *err)
{
    static const char *const names[] = {"what", "why", "evidence", "provenance", "revert", "branch", "base"};
    enum { WHAT, WHY, EVIDENCE, PROVENANCE, REVERT, BRANCH, BASE, COUNT };
    struct flow_prompt_value values[COUNT];
    struct flow_buf parts[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        flow_buf_init(&parts[i], FLOW_BUF_TEXT);
    put_what(branch, &parts[WHAT]);
    put_why(branch, &parts[WHY]);
    int result = put_trailers(branch, false, &parts[EVIDENCE], err) ||
                         put_trailers(branch, true, &parts[PROVENANCE], err) || make_title(pr, branch, err)
                     ? -1
                     : 0;
    put_cost(branch, &parts[PROVENANCE]);
    put_revert(branch, &parts[REVERT]);
    put_code(&parts[BRANCH], branch->shown.name, strlen(branch->shown.name));
    put_code(&parts[BASE], pr->base, strlen(pr->base));
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = (struct flow_prompt_value){names[i], parts[i].data, parts[i].len};
        if (result == 0)
            result = flow_buf_check(&parts[i], names[i], err);
    }
    if (result == 0)
        result = fill(pr, branch, values, COUNT, err);
    for (size_t i = 0; i < COUNT; i++)
        flow_buf_release(&parts[i]);
    return result;
}
