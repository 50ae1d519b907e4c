// SPDX-License-Identifier: MIT
// Pull requests, whatever the forge: their list, and one brought up to date.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "flow/base/str.h"
#include "provider.h"

/* More than the largest projects have open. */
#define PAGES_MAX 1000

static const char mark[] = "<!-- flow-pr ";

void forge_remark(struct flow_buf *remarks, const char *format, ...)
{
    va_list args;
    if (remarks->len > 0)
        flow_buf_puts(remarks, "; ");
    va_start(args, format);
    flow_buf_vprintf(remarks, format, args);
    va_end(args);
}

void forge_pull_release(struct flow_pull *pull)
{
    free(pull->url);
    free(pull->title);
    free(pull->body);
    free(pull->branch);
    free(pull->base);
    free(pull->author);
    *pull = (struct flow_pull){0};
}

void flow_pulls_release(struct flow_pulls *pulls)
{
    for (size_t i = 0; i < pulls->count; i++)
        forge_pull_release(&pulls->items[i]);
    free(pulls->items);
    *pulls = (struct flow_pulls){0};
}

int forge_pull_fill(struct flow_pull *out, const char *url, const char *title, const char *body,
                    const char *branch, const char *base, const char *author, struct flow_error *err)
{
    char **const to[] = {&out->url, &out->title, &out->body, &out->branch, &out->base, &out->author};
    const char *const from[] = {url, title, body, branch, base, author};
    for (size_t i = 0; i < sizeof to / sizeof *to; i++)
        if (!(*to[i] = strdup(from[i] ? from[i] : "")))
            return flow_error_nomem(err);
    return 0;
}

static int add_page(struct flow_forge *forge, const struct flow_json *list, struct flow_pulls *out,
                    struct flow_error *err)
{
    if (flow_json_type(list) != FLOW_JSON_ARRAY)
        return flow_error_set(
            err, FLOW_E_ENV,
            "what answers at %s is no %s: the list of pull requests is not one; correct pr.url or "
            "pr.forge",
            forge->host, flow_forge_names[forge->kind]);
    for (const struct flow_json *item = flow_json_first(list); item; item = flow_json_next(item)) {
        if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err))
            return -1;
        struct flow_pull *pull = &out->items[out->count];
        *pull = (struct flow_pull){0};
        int ours = forge->provider->read(forge, item, pull, err);
        if (ours == 1)
            out->count++;
        else
            forge_pull_release(pull);
        if (ours < 0)
            return -1;
    }
    return 0;
}

int flow_forge_list(struct flow_forge *forge, struct flow_pulls *out, struct flow_error *err)
{
    bool more = forge->provider != NULL;
    *out = (struct flow_pulls){0};
    int result = more && forge->provider->open ? forge->provider->open(forge, err) : 0;
    for (unsigned page = 1; result == 0 && more; page++) {
        struct forge_answer answer;
        struct flow_buf path;
        flow_buf_init(&path, FLOW_BUF_LINE);
        flow_buf_printf(&path, "%s/%s&%s&page=%u", forge->path, forge->provider->pulls,
                        forge->provider->page_size, page);
        result = forge_call(forge, "GET", path.data, NULL, "list the open pull requests", &answer, err);
        if (result == 0)
            result = add_page(forge, answer.json, out, err);
        more = answer.more;
        if (result == 0 && more && page == PAGES_MAX)
            result = flow_error_set(err, FLOW_E_TOO_BIG, "the list of pull requests at %s does not end",
                                    forge->host);
        forge_answer_release(&answer);
        flow_buf_release(&path);
    }
    if (result)
        flow_pulls_release(out);
    return result;
}

const struct flow_pull *flow_pulls_find(const struct flow_pulls *pulls, const char *branch)
{
    for (size_t i = 0; i < pulls->count; i++)
        if (strcmp(pulls->items[i].branch, branch) == 0)
            return &pulls->items[i];
    return NULL;
}

bool flow_pull_is_ours(const struct flow_pull *pull)
{
    return strstr(pull->body, mark) != NULL;
}

/*
 * Texts, and whose they are.
 */

static int hash(const char *title, const char *text, size_t len, struct flow_id *out, struct flow_error *err)
{
    struct flow_buf all;
    flow_buf_init(&all, FLOW_BUF_TEXT);
    flow_buf_printf(&all, "%s\n", title);
    // Servers end lines as they like, and drop empty ones at the end.
    while (len > 0 && strchr(" \t\r\n", text[len - 1]))
        len--;
    for (size_t i = 0; i < len; i++)
        if (text[i] != '\r')
            flow_buf_putc(&all, text[i]);
    int result =
        flow_buf_check(&all, "text of a pull request", err) || flow_id_of(out, all.data, all.len, err) ? -1
                                                                                                       : 0;
    flow_buf_release(&all);
    return result;
}

static const char *plain_title(const struct flow_forge *forge, const char *title)
{
    const char *prefix = forge->provider->prefix;
    return prefix && flow_str_starts(title, prefix) ? title + strlen(prefix) : title;
}

static const char *last_mark(const char *body)
{
    const char *last = NULL;
    for (const char *at = strstr(body, mark); at; at = strstr(at + 1, mark))
        last = at;
    return last;
}

enum owner { NOT_OURS, EDITED, OURS };

static int find_owner(const struct flow_forge *forge, const struct flow_pull *pull, enum owner *out,
                      struct flow_error *err)
{
    const char *last = last_mark(pull->body);
    struct flow_id id;
    *out = NOT_OURS;
    if (!last)
        return 0;
    if (hash(plain_title(forge, pull->title), pull->body, (size_t)(last - pull->body), &id, err))
        return -1;
    const char *end = last + sizeof mark - 1;
    *out = strncmp(end, id.hex, strlen(id.hex)) == 0 && strncmp(end + strlen(id.hex), " -->", 4) == 0
               ? OURS
               : EDITED;
    return 0;
}

static int make_text(const struct flow_forge *forge, const struct flow_proposal *proposal, bool draft,
                     struct flow_buf *title, struct flow_buf *body, struct flow_error *err)
{
    struct flow_id id;
    size_t len = strlen(proposal->text);
    if (hash(proposal->title, proposal->text, len, &id, err))
        return -1;
    if (draft && forge->provider->prefix)
        flow_buf_puts(title, forge->provider->prefix);
    flow_buf_puts(title, proposal->title);
    while (len > 0 && proposal->text[len - 1] == '\n')
        len--;
    flow_buf_add(body, proposal->text, len);
    flow_buf_printf(body, "\n\n%s%s -->\n", mark, id.hex);
    return flow_buf_check(title, "title of a pull request", err) ||
                   flow_buf_check(body, "text of a pull request", err)
               ? -1
               : 0;
}

/*
 * Publishing.
 */

static int open_new(struct flow_forge *forge, const struct flow_proposal *proposal, struct flow_pull *out,
                    struct forge_answer *answer, struct flow_error *err)
{
    struct flow_buf title, body;
    flow_buf_init(&title, FLOW_BUF_LINE);
    flow_buf_init(&body, FLOW_BUF_TEXT);
    int result = make_text(forge, proposal, proposal->draft, &title, &body, err);
    if (result == 0)
        result = forge->provider->create(forge, proposal, title.data, body.data, answer, err);
    if (result == 0 && forge->provider->read(forge, answer->json, out, err) != 1) {
        answer->status = 0;
        result = flow_error_set(
            err, FLOW_E_ENV, "what %s answers about the pull request that it opened is not one", forge->host);
    }
    flow_buf_release(&body);
    flow_buf_release(&title);
    return result;
}

// Moves a pull request out of a list.
static bool take_from(struct flow_pulls *pulls, const char *branch, struct flow_pull *out)
{
    for (size_t i = 0; i < pulls->count; i++)
        if (strcmp(pulls->items[i].branch, branch) == 0) {
            *out = pulls->items[i];
            pulls->items[i] = (struct flow_pull){0};
            return true;
        }
    return false;
}

// One that could not be opened may be open: somebody was faster, or the answer was lost.
static int open_or_find(struct flow_forge *forge, const struct flow_proposal *proposal, struct flow_pull *out,
                        bool *found, struct flow_error *err)
{
    struct forge_answer answer = {0};
    struct flow_pulls pulls;
    struct flow_error own = FLOW_ERROR_INIT;
    *found = false;
    int result = open_new(forge, proposal, out, &answer, &own);
    bool unsure =
        result && own.code != FLOW_E_INTERRUPTED && own.code != FLOW_E_NOMEM &&
        (answer.status == 0 || answer.status >= 500 || answer.status == 409 || answer.status == 422);
    forge_answer_release(&answer);
    if (unsure && flow_forge_list(forge, &pulls, NULL) == 0) {
        forge_pull_release(out);
        *found = take_from(&pulls, proposal->branch, out);
        flow_pulls_release(&pulls);
        if (*found)
            return 0;
    }
    return result ? flow_error_set(err, own.code, "%s", own.message) : 0;
}

static int bring_up(struct flow_forge *forge, const struct flow_proposal *proposal,
                    const struct flow_pull *pull, enum flow_published *how, struct flow_buf *remarks,
                    struct flow_error *err)
{
    struct forge_answer answer = {0};
    struct flow_buf title, body;
    enum owner owner;
    *how = FLOW_PUBLISHED_SAME;
    if (find_owner(forge, pull, &owner, err))
        return -1;
    if (owner != OURS) {
        forge_remark(remarks, "%s: it is left as it is",
                     owner == EDITED ? "its text was changed by hand" : "somebody else opened it");
        return 0;
    }
    flow_buf_init(&title, FLOW_BUF_LINE);
    flow_buf_init(&body, FLOW_BUF_TEXT);
    int result = make_text(forge, proposal, strcmp(plain_title(forge, pull->title), pull->title) != 0, &title,
                           &body, err);
    // Both end with the hash of what they are.
    const char *then = last_mark(pull->body), *now = last_mark(body.data);
    if (result == 0 && strncmp(then, now, sizeof mark - 1 + FLOW_ID_SIZE - 1) != 0) {
        result = forge->provider->update(forge, pull, title.data, body.data, &answer, err);
        *how = FLOW_PUBLISHED_CHANGED;
    }
    forge_answer_release(&answer);
    flow_buf_release(&body);
    flow_buf_release(&title);
    return result;
}

// Labels and reviewers are worth a remark, never the pull request.
static int settle(const struct forge_answer *answer, const struct flow_error *own, struct flow_buf *remarks,
                  struct flow_error *err)
{
    if (!forge_answer_is_no(answer))
        return flow_error_set(err, own->code, "%s", own->message);
    forge_remark(remarks, "%s", own->message);
    return 0;
}

static int add_labels(struct flow_forge *forge, const struct flow_pull *pull,
                      const struct flow_proposal *proposal, struct flow_buf *remarks, struct flow_error *err)
{
    const struct forge_list labels = {proposal->labels->items, proposal->labels->count};
    struct flow_error own = FLOW_ERROR_INIT;
    struct forge_answer answer = {0};
    if (pull->labelled || labels.count == 0)
        return 0;
    int result = forge->provider->label(forge, pull, &labels, remarks, &answer, &own);
    if (result)
        result = settle(&answer, &own, remarks, err);
    forge_answer_release(&answer);
    return result;
}

// All at once; where the forge does not take them so, one by one, so that one of them does not lose the
// others.
static int ask_all(struct flow_forge *forge, const struct flow_pull *pull, const struct forge_list *all,
                   struct flow_buf *remarks, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct forge_answer answer = {0};
    int result = forge->provider->ask(forge, pull, all, remarks, &answer, &own);
    bool apart = result && forge_answer_is_no(&answer) && all->count > 1;
    if (result && !apart)
        result = settle(&answer, &own, remarks, err);
    forge_answer_release(&answer);
    for (size_t i = 0; apart && i < all->count; i++) {
        const struct forge_list one = {all->names + i, 1};
        result = forge->provider->ask(forge, pull, &one, remarks, &answer, &own);
        if (result)
            result = settle(&answer, &own, remarks, err);
        forge_answer_release(&answer);
        if (result)
            break;
    }
    return result;
}

static int ask_reviewers(struct flow_forge *forge, const struct flow_pull *pull,
                         const struct flow_proposal *proposal, bool new, struct flow_buf *remarks,
                         struct flow_error *err)
{
    bool reviewed = pull->asked;
    struct flow_strv names;
    if (reviewed || proposal->reviewers->count == 0)
        return 0;
    if (!new && forge->provider->reviewed && forge->provider->reviewed(forge, pull, &reviewed, err))
        return -1;
    if (reviewed)
        return 0;
    flow_strv_init(&names);
    int result = 0;
    // Nobody reviews what is their own, and every forge refuses to ask them.
    for (size_t i = 0; result == 0 && i < proposal->reviewers->count; i++)
        if (strcasecmp(proposal->reviewers->items[i], pull->author) != 0)
            result = flow_strv_add(&names, proposal->reviewers->items[i], err);
    const struct forge_list all = {names.items, names.count};
    if (result == 0 && all.count > 0)
        result = ask_all(forge, pull, &all, remarks, err);
    flow_strv_release(&names);
    return result;
}

int flow_forge_publish(struct flow_forge *forge, const struct flow_proposal *proposal,
                       const struct flow_pull *pull, enum flow_published *how, struct flow_buf *url,
                       struct flow_buf *remarks, struct flow_error *err)
{
    struct flow_pull own = {0};
    bool found = pull != NULL;
    if (!forge->provider)
        return forge_patch_write(forge, proposal, how, url, err);
    int result = found ? 0 : open_or_find(forge, proposal, &own, &found, err);
    const struct flow_pull *it = pull ? pull : &own;
    *how = FLOW_PUBLISHED_NEW;
    if (result == 0)
        flow_buf_puts(url, it->url);
    if (result == 0 && found)
        result = bring_up(forge, proposal, it, how, remarks, err);
    if (result == 0)
        result = add_labels(forge, it, proposal, remarks, err);
    if (result == 0)
        result = ask_reviewers(forge, it, proposal, *how == FLOW_PUBLISHED_NEW, remarks, err);
    forge_pull_release(&own);
    return result;
}
