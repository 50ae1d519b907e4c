// SPDX-License-Identifier: MIT
#include "answer.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/json.h"

static const char *const stop_names[] = {
    [FLOW_STOP_END] = "end",         [FLOW_STOP_TOOLS] = "tools",     [FLOW_STOP_LENGTH] = "length",
    [FLOW_STOP_REFUSAL] = "refusal", [FLOW_STOP_UNKNOWN] = "unknown",
};

void flow_answer_init(struct flow_answer *answer)
{
    *answer = (struct flow_answer){0};
}

static void free_calls(struct flow_tool_call *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(calls[i].id);
        free(calls[i].name);
        free(calls[i].input);
    }
    free(calls);
}

void flow_answer_release(struct flow_answer *answer)
{
    free(answer->text);
    free(answer->raw);
    free_calls(answer->calls, answer->call_count);
    *answer = (struct flow_answer){0};
}

void flow_answer_encode(const struct flow_reply *reply, struct flow_buf *out)
{
    struct flow_jsonw writer;
    flow_jsonw_init(&writer, out);
    flow_jsonw_object(&writer);
    flow_jsonw_member(&writer, "stop", stop_names[reply->stop]);
    if (reply->stop_detail)
        flow_jsonw_member(&writer, "detail", reply->stop_detail);
    if (reply->call_count > 0) {
        flow_jsonw_key(&writer, "calls");
        flow_jsonw_array(&writer);
        for (size_t i = 0; i < reply->call_count; i++) {
            flow_jsonw_object(&writer);
            flow_jsonw_member(&writer, "id", reply->calls[i].id);
            flow_jsonw_member(&writer, "name", reply->calls[i].name);
            flow_jsonw_member(&writer, "input", reply->calls[i].input);
            flow_jsonw_object_end(&writer);
        }
        flow_jsonw_array_end(&writer);
    }
    if (reply->raw)
        flow_jsonw_member(&writer, "raw", reply->raw);
    flow_jsonw_object_end(&writer);
}

static char *copy_of(const struct flow_json *value)
{
    const char *text = flow_json_str(value);
    return strdup(text ? text : "");
}

static int decode_calls(struct flow_answer *out, const struct flow_json *calls, struct flow_error *err)
{
    size_t count = flow_json_count(calls);
    if (count == 0)
        return 0;
    out->calls = calloc(count, sizeof *out->calls);
    if (!out->calls)
        return flow_error_nomem(err);
    for (const struct flow_json *item = flow_json_first(calls); item; item = flow_json_next(item)) {
        struct flow_tool_call *call = &out->calls[out->call_count++];
        call->id = copy_of(flow_json_get(item, "id"));
        call->name = copy_of(flow_json_get(item, "name"));
        call->input = copy_of(flow_json_get(item, "input"));
        if (!call->id || !call->name || !call->input)
            return flow_error_nomem(err);
    }
    return 0;
}

int flow_answer_decode(struct flow_answer *out, struct flow_stored *stored, struct flow_error *err)
{
    struct flow_json *extra = NULL;
    int result = 0;
    flow_answer_release(out);
    out->call = stored->call;
    out->text = stored->text ? stored->text : strdup("");
    out->len = stored->text ? stored->len : 0;
    stored->text = NULL;
    out->stop = FLOW_STOP_UNKNOWN;
    if (!out->text)
        return flow_error_nomem(err);
    if (!stored->extra)
        return 0;
    if (flow_json_parse(&extra, stored->extra, strlen(stored->extra), err))
        return flow_error_wrap(err, "cannot read stored call %lld", (long long)stored->call);
    const char *stop = flow_json_str(flow_json_get(extra, "stop"));
    for (size_t i = 0; stop && i < sizeof stop_names / sizeof *stop_names; i++)
        if (strcmp(stop, stop_names[i]) == 0)
            out->stop = (enum flow_reply_stop)i;
    const char *raw = flow_json_str(flow_json_get(extra, "raw"));
    if (raw && !(out->raw = strdup(raw)))
        result = flow_error_nomem(err);
    if (result == 0)
        result = decode_calls(out, flow_json_get(extra, "calls"), err);
    flow_json_free(extra);
    return result;
}
