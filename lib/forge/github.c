// SPDX-License-Identifier: MIT
// GitHub's REST API, version 2022-11-28, and the parts of it that Gitea has as well.
#include <string.h>
#include <strings.h>

#include "provider.h"

int forge_read_pull(const struct flow_forge *forge, const struct flow_json *json, struct flow_pull *out,
                    struct flow_error *err)
{
    const char *project = flow_json_str(flow_json_at(json, "head.repo.full_name"));
    const char *branch = flow_json_str(flow_json_at(json, "head.ref"));
    const char *url = flow_json_str(flow_json_get(json, "html_url"));
    out->number = flow_json_int(flow_json_get(json, "number"), 0);
    // A fork that was deleted leaves none.
    if (!branch || !url || out->number <= 0 || !project ||
        strcasecmp(project, forge->fork ? forge->fork : forge->project) != 0)
        return 0;
    out->draft = flow_json_bool(flow_json_get(json, "draft"), false);
    out->labelled = flow_json_count(flow_json_get(json, "labels")) > 0;
    out->asked = flow_json_count(flow_json_get(json, "requested_reviewers")) +
                     flow_json_count(flow_json_get(json, "requested_teams")) +
                     flow_json_count(flow_json_get(json, "requested_reviewers_teams")) >
                 0;
    return forge_pull_fill(out, url, flow_json_str(flow_json_get(json, "title")),
                           flow_json_str(flow_json_get(json, "body")), branch,
                           flow_json_str(flow_json_at(json, "base.ref")),
                           flow_json_str(flow_json_at(json, "user.login")), err)
               ? -1
               : 1;
}

// "branch", or "owner:branch" of a fork.
static int put_head(struct flow_forge *forge, const struct flow_proposal *proposal, struct flow_jsonw *w,
                    struct flow_error *err)
{
    struct flow_buf head;
    flow_buf_init(&head, FLOW_BUF_LINE);
    size_t owner = forge->fork ? strcspn(forge->fork, "/") : 0;
    if (forge->fork)
        flow_buf_printf(&head, "%.*s:", (int)owner, forge->fork);
    flow_buf_puts(&head, proposal->branch);
    int result = flow_buf_check(&head, "name of the branch", err);
    flow_jsonw_member(w, "head", head.data);
    // Two projects of one owner: the owner alone does not say which.
    if (forge->fork && !forge->provider->prefix && strncasecmp(forge->fork, forge->project, owner + 1) == 0)
        flow_jsonw_member(w, "head_repo", forge->fork + owner + 1);
    flow_buf_release(&head);
    return result;
}

int forge_create_pull(struct flow_forge *forge, const struct flow_proposal *proposal, const char *title,
                      const char *body, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf path, json;
    struct flow_jsonw w;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%s/pulls", forge->path);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "title", title);
    int result = put_head(forge, proposal, &w, err);
    flow_jsonw_member(&w, "base", proposal->base);
    flow_jsonw_member(&w, "body", body);
    if (!forge->provider->prefix) {
        flow_jsonw_key(&w, "draft");
        flow_jsonw_bool(&w, proposal->draft);
    }
    flow_jsonw_object_end(&w);
    if (result == 0)
        result = forge_call(forge, "POST", path.data, &json, "open a pull request", out, err);
    flow_buf_release(&json);
    flow_buf_release(&path);
    return result;
}

int forge_update_pull(struct flow_forge *forge, const struct flow_pull *pull, const char *title,
                      const char *body, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf path, json;
    struct flow_jsonw w;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%s/pulls/%lld", forge->path, (long long)pull->number);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "title", title);
    flow_jsonw_member(&w, "body", body);
    flow_jsonw_object_end(&w);
    int result = forge_call(forge, "PATCH", path.data, &json, "change the pull request", out, err);
    flow_buf_release(&json);
    flow_buf_release(&path);
    return result;
}

static int label(struct flow_forge *forge, const struct flow_pull *pull, const struct forge_list *labels,
                 struct flow_buf *remarks, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf path, json;
    struct flow_jsonw w;
    (void)remarks;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_buf_printf(&path, "%s/issues/%lld/labels", forge->path, (long long)pull->number);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_key(&w, "labels");
    flow_jsonw_array(&w);
    for (size_t i = 0; i < labels->count; i++)
        flow_jsonw_str(&w, labels->names[i]);
    flow_jsonw_array_end(&w);
    flow_jsonw_object_end(&w);
    int result = forge_call(forge, "POST", path.data, &json, "label the pull request", out, err);
    flow_buf_release(&json);
    flow_buf_release(&path);
    return result;
}

// Users, or teams by what stands behind their organisation.
static void put_names(struct flow_jsonw *w, const struct forge_list *names, bool teams)
{
    flow_jsonw_key(w, teams ? "team_reviewers" : "reviewers");
    flow_jsonw_array(w);
    for (size_t i = 0; i < names->count; i++) {
        const char *slash = strchr(names->names[i], '/');
        if ((slash != NULL) == teams)
            flow_jsonw_str(w, slash ? slash + 1 : names->names[i]);
    }
    flow_jsonw_array_end(w);
}

int forge_ask_by_name(struct flow_forge *forge, const struct flow_pull *pull,
                      const struct forge_list *reviewers, struct flow_buf *remarks, struct forge_answer *out,
                      struct flow_error *err)
{
    struct flow_buf path, json, doing;
    struct flow_jsonw w;
    (void)remarks;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_buf_init(&doing, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s/pulls/%lld/requested_reviewers", forge->path, (long long)pull->number);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    put_names(&w, reviewers, false);
    put_names(&w, reviewers, true);
    flow_jsonw_object_end(&w);
    flow_buf_printf(&doing, "ask '%s'%s for a review", reviewers->names[0],
                    reviewers->count > 1 ? " and others" : "");
    int result = forge_call(forge, "POST", path.data, &json, doing.data, out, err);
    flow_buf_release(&doing);
    flow_buf_release(&json);
    flow_buf_release(&path);
    return result;
}

int forge_reviewed(struct flow_forge *forge, const struct flow_pull *pull, bool *out, struct flow_error *err)
{
    struct forge_answer answer;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s/pulls/%lld/reviews", forge->path, (long long)pull->number);
    int result = forge_call(forge, "GET", path.data, NULL, "list the reviews", &answer, err);
    *out = result == 0 && flow_json_count(answer.json) > 0;
    forge_answer_release(&answer);
    flow_buf_release(&path);
    return result;
}

const struct forge_provider forge_github = {
    .token_env = {"GITHUB_TOKEN", "GH_TOKEN"},
    .page_size = "per_page=100",
    .pulls = "pulls?state=open",
    .read = forge_read_pull,
    .create = forge_create_pull,
    .update = forge_update_pull,
    .label = label,
    .ask = forge_ask_by_name,
    .reviewed = forge_reviewed,
};
