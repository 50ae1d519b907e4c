// SPDX-License-Identifier: MIT
// GitLab's REST API, version 4: merge requests, addressed by the number within their project.
#include <stdlib.h>
#include <string.h>

#include "provider.h"

static int read_merge(const struct flow_forge *forge, const struct flow_json *json, struct flow_pull *out,
                      struct flow_error *err)
{
    const char *branch = flow_json_str(flow_json_get(json, "source_branch"));
    const char *url = flow_json_str(flow_json_get(json, "web_url"));
    out->number = flow_json_int(flow_json_get(json, "iid"), 0);
    int64_t source = flow_json_int(flow_json_get(json, "source_project_id"), -1);
    int64_t wanted =
        forge->fork ? forge->fork_id : flow_json_int(flow_json_get(json, "target_project_id"), -2);
    if (!branch || !url || out->number <= 0 || source != wanted)
        return 0;
    out->draft = flow_json_bool(flow_json_get(json, "draft"), false);
    out->labelled = flow_json_count(flow_json_get(json, "labels")) > 0;
    out->asked = flow_json_count(flow_json_get(json, "reviewers")) > 0;
    return forge_pull_fill(out, url, flow_json_str(flow_json_get(json, "title")),
                           flow_json_str(flow_json_get(json, "description")), branch,
                           flow_json_str(flow_json_get(json, "target_branch")),
                           flow_json_str(flow_json_at(json, "author.username")), err)
               ? -1
               : 1;
}

static void put_project(struct flow_buf *out, const char *name)
{
    flow_buf_puts(out, "projects/");
    forge_encode(out, name);
}

static int find_id(struct flow_forge *forge, const char *name, int64_t *id, struct flow_error *err)
{
    struct forge_answer answer = {0};
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    put_project(&path, name);
    int result = forge_call(forge, "GET", path.data, NULL, "find the project", &answer, err);
    *id = result == 0 ? flow_json_int(flow_json_get(answer.json, "id"), 0) : 0;
    if (result == 0 && *id == 0)
        result = flow_error_set(err, FLOW_E_ENV, "%s does not say which number '%s' has", forge->host, name);
    forge_answer_release(&answer);
    flow_buf_release(&path);
    return result;
}

// A merge request names the project that it goes into, and the one that it comes from, by number.
static int open_projects(struct flow_forge *forge, struct flow_error *err)
{
    if (!forge->fork || forge->fork_id > 0)
        return 0;
    return find_id(forge, forge->project, &forge->id, err) ||
                   find_id(forge, forge->fork, &forge->fork_id, err)
               ? -1
               : 0;
}

// It is opened at the project that has the branch.
static int create(struct flow_forge *forge, const struct flow_proposal *proposal, const char *title,
                  const char *body, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf path, json;
    struct flow_jsonw w;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&json, FLOW_BUF_TEXT);
    put_project(&path, forge->fork ? forge->fork : forge->project);
    flow_buf_puts(&path, "/merge_requests");
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    if (forge->fork) {
        flow_jsonw_key(&w, "target_project_id");
        flow_jsonw_int(&w, forge->id);
    }
    flow_jsonw_member(&w, "source_branch", proposal->branch);
    flow_jsonw_member(&w, "target_branch", proposal->base);
    flow_jsonw_member(&w, "title", title);
    flow_jsonw_member(&w, "description", body);
    flow_jsonw_object_end(&w);
    int result = forge_call(forge, "POST", path.data, &json, "open a merge request", out, err);
    flow_buf_release(&json);
    flow_buf_release(&path);
    return result;
}

static int change(struct flow_forge *forge, const struct flow_pull *pull, const struct flow_buf *json,
                  const char *doing, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%s/merge_requests/%lld", forge->path, (long long)pull->number);
    int result = forge_call(forge, "PUT", path.data, json, doing, out, err);
    flow_buf_release(&path);
    return result;
}

static int update(struct flow_forge *forge, const struct flow_pull *pull, const char *title, const char *body,
                  struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf json;
    struct flow_jsonw w;
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "title", title);
    flow_jsonw_member(&w, "description", body);
    flow_jsonw_object_end(&w);
    int result = change(forge, pull, &json, "change the merge request", out, err);
    flow_buf_release(&json);
    return result;
}

static int label(struct flow_forge *forge, const struct flow_pull *pull, const struct forge_list *labels,
                 struct flow_buf *remarks, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf json, names;
    struct flow_jsonw w;
    (void)remarks;
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_buf_init(&names, FLOW_BUF_LINE);
    for (size_t i = 0; i < labels->count; i++)
        flow_buf_printf(&names, "%s%s", i > 0 ? "," : "", labels->names[i]);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "add_labels", names.data);
    flow_jsonw_object_end(&w);
    int result = change(forge, pull, &json, "label the merge request", out, err);
    flow_buf_release(&names);
    flow_buf_release(&json);
    return result;
}

// The number of a user; 0 where there is none of that name, as groups that own code are not.
static int find_user(struct flow_forge *forge, const char *name, int64_t *id, struct forge_answer *out,
                     struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_puts(&path, "users?username=");
    forge_encode(&path, name);
    forge_answer_release(out);
    int result = forge_call(forge, "GET", path.data, NULL, "find a reviewer", out, err);
    *id = result == 0 ? flow_json_int(flow_json_get(flow_json_first(out->json), "id"), 0) : 0;
    flow_buf_release(&path);
    return result;
}

static int ask(struct flow_forge *forge, const struct flow_pull *pull, const struct forge_list *reviewers,
               struct flow_buf *remarks, struct forge_answer *out, struct flow_error *err)
{
    struct flow_buf json;
    struct flow_jsonw w;
    size_t known = 0;
    int result = 0;
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_key(&w, "reviewer_ids");
    flow_jsonw_array(&w);
    for (size_t i = 0; result == 0 && i < reviewers->count; i++) {
        int64_t id = 0;
        result = find_user(forge, reviewers->names[i], &id, out, err);
        if (result == 0 && id == 0) {
            forge_remark(remarks, "%s knows no user '%s'", forge->host, reviewers->names[i]);
        } else {
            flow_jsonw_int(&w, id);
            known++;
        }
    }
    flow_jsonw_array_end(&w);
    flow_jsonw_object_end(&w);
    if (result == 0 && known > 0) {
        forge_answer_release(out);
        result = change(forge, pull, &json, "ask for a review", out, err);
        // An edition that allows one reviewer takes the first, and says nothing about the others.
        size_t taken = result == 0 ? flow_json_count(flow_json_get(out->json, "reviewers")) : known;
        if (taken < known)
            forge_remark(remarks, "%s took %zu of %zu reviewers", forge->host, taken, known);
    }
    flow_buf_release(&json);
    return result;
}

const struct forge_provider forge_gitlab = {
    .token_env = {"GITLAB_TOKEN", NULL},
    .page_size = "per_page=100",
    .pulls = "merge_requests?state=opened",
    .open = open_projects,
    .prefix = "Draft: ",
    .read = read_merge,
    .create = create,
    .update = update,
    .label = label,
    .ask = ask,
};
