// SPDX-License-Identifier: MIT
// Gitea and Forgejo: as GitHub, but drafts by their title and labels by number.
#include <string.h>

#include "provider.h"

// The number of each label that the project has; what it does not have is a remark.
static int find_labels(struct flow_forge *forge, const struct forge_list *labels, int64_t *ids,
                       struct forge_answer *out, struct flow_error *err)
{
    bool more = true;
    int result = 0;
    for (unsigned page = 1; result == 0 && more && page <= 100; page++) {
        struct flow_buf path;
        forge_answer_release(out);
        flow_buf_init(&path, FLOW_BUF_LINE);
        flow_buf_printf(&path, "%s/labels?limit=50&page=%u", forge->path, page);
        result = forge_call(forge, "GET", path.data, NULL, "list the labels", out, err);
        flow_buf_release(&path);
        const struct flow_json *item = result == 0 ? flow_json_first(out->json) : NULL;
        for (; item; item = flow_json_next(item)) {
            const char *name = flow_json_str(flow_json_get(item, "name"));
            for (size_t i = 0; name && i < labels->count; i++)
                if (strcmp(name, labels->names[i]) == 0)
                    ids[i] = flow_json_int(flow_json_get(item, "id"), 0);
        }
        more = out->more;
    }
    return result;
}

static int label_by_number(struct flow_forge *forge, const struct flow_pull *pull,
                           const struct forge_list *labels, struct flow_buf *remarks,
                           struct forge_answer *out, struct flow_error *err)
{
    int64_t ids[64] = {0};
    const struct forge_list first = {labels->names, labels->count < 64 ? labels->count : 64};
    struct flow_buf path, json;
    struct flow_jsonw w;
    size_t known = 0;
    if (find_labels(forge, &first, ids, out, err))
        return -1;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&json, FLOW_BUF_TEXT);
    flow_jsonw_init(&w, &json);
    flow_jsonw_object(&w);
    flow_jsonw_key(&w, "labels");
    flow_jsonw_array(&w);
    for (size_t i = 0; i < labels->count; i++) {
        if (i >= first.count || ids[i] == 0) {
            forge_remark(remarks, "%s has no label '%s': make it there", forge->project, labels->names[i]);
            continue;
        }
        flow_jsonw_int(&w, ids[i]);
        known++;
    }
    flow_jsonw_array_end(&w);
    flow_jsonw_object_end(&w);
    flow_buf_printf(&path, "%s/issues/%lld/labels", forge->path, (long long)pull->number);
    forge_answer_release(out);
    int result =
        known > 0 ? forge_call(forge, "POST", path.data, &json, "label the pull request", out, err) : 0;
    flow_buf_release(&json);
    flow_buf_release(&path);
    return result;
}

const struct forge_provider forge_gitea = {
    .token_env = {"GITEA_TOKEN", "FORGEJO_TOKEN"},
    .page_size = "limit=50",
    .pulls = "pulls?state=open",
    .prefix = "WIP: ",
    .read = forge_read_pull,
    .create = forge_create_pull,
    .update = forge_update_pull,
    .label = label_by_number,
    .ask = forge_ask_by_name,
    .reviewed = forge_reviewed,
};
