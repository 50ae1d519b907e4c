// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/json.h"
#include "openai.h"

// Servers join the blocks of a message anyway, and some take only one text.
static void write_text(struct flow_jsonw *w, const struct flow_block *blocks, size_t count)
{
    struct flow_buf text;

    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < count; i++) {
        if (text.len > 0 && blocks[i].len > 0)
            flow_buf_puts(&text, "\n\n");
        flow_buf_add(&text, blocks[i].text, blocks[i].len);
    }
    if (text.failed)
        w->out->failed = true;
    flow_jsonw_key(w, "content");
    flow_jsonw_strn(w, text.data, text.len);
    flow_buf_release(&text);
}

static void write_results(struct flow_jsonw *w, const struct flow_turn *turn)
{
    for (size_t i = 0; i < turn->result_count; i++) {
        flow_jsonw_object(w);
        flow_jsonw_member(w, "role", "tool");
        flow_jsonw_member(w, "tool_call_id", turn->results[i].id);
        flow_jsonw_key(w, "content");
        flow_jsonw_strn(w, turn->results[i].text, turn->results[i].len);
        flow_jsonw_object_end(w);
    }
}

static void write_calls(struct flow_jsonw *w, const struct flow_turn *turn)
{
    flow_jsonw_key(w, "tool_calls");
    flow_jsonw_array(w);
    for (size_t i = 0; i < turn->call_count; i++) {
        const struct flow_tool_call *call = &turn->calls[i];
        flow_jsonw_object(w);
        flow_jsonw_member(w, "id", call->id);
        flow_jsonw_member(w, "type", "function");
        flow_jsonw_key(w, "function");
        flow_jsonw_object(w);
        flow_jsonw_member(w, "name", call->name);
        flow_jsonw_member(w, "arguments", call->input);
        flow_jsonw_object_end(w);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

static void write_turn(struct flow_jsonw *w, const struct flow_turn *turn)
{
    if (turn->role == FLOW_ROLE_ASSISTANT && turn->raw != NULL && turn->raw[0] == '{') {
        flow_jsonw_raw(w, turn->raw, strlen(turn->raw));
        return;
    }
    write_results(w, turn);
    if (turn->result_count > 0 && turn->block_count == 0)
        return;
    flow_jsonw_object(w);
    flow_jsonw_member(w, "role", turn->role == FLOW_ROLE_USER ? "user" : "assistant");
    write_text(w, turn->blocks, turn->block_count);
    if (turn->call_count > 0)
        write_calls(w, turn);
    flow_jsonw_object_end(w);
}

static void write_tools(struct flow_jsonw *w, const struct flow_request *request)
{
    flow_jsonw_key(w, "tools");
    flow_jsonw_array(w);
    for (size_t i = 0; i < request->tool_count; i++) {
        const struct flow_tool_spec *tool = &request->tools[i];
        flow_jsonw_object(w);
        flow_jsonw_member(w, "type", "function");
        flow_jsonw_key(w, "function");
        flow_jsonw_object(w);
        flow_jsonw_member(w, "name", tool->name);
        flow_jsonw_member(w, "description", tool->description);
        flow_jsonw_key(w, "parameters");
        flow_jsonw_raw(w, tool->schema, strlen(tool->schema));
        flow_jsonw_object_end(w);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

static bool requires_all(const struct flow_json *object)
{
    const struct flow_json *properties = flow_json_get(object, "properties");
    const struct flow_json *required = flow_json_get(object, "required");

    return flow_json_type(flow_json_get(object, "additionalProperties")) == FLOW_JSON_BOOL &&
           !flow_json_bool(flow_json_get(object, "additionalProperties"), true) &&
           flow_json_count(required) == flow_json_count(properties);
}

bool flow_openai_strict(const struct flow_json *schema)
{
    const char *type = flow_json_str(flow_json_get(schema, "type"));

    if (type != NULL && strcmp(type, "object") == 0 && !requires_all(schema))
        return false;
    for (const struct flow_json *item = flow_json_first(schema); item != NULL; item = flow_json_next(item)) {
        enum flow_json_type kind = flow_json_type(item);
        if ((kind == FLOW_JSON_OBJECT || kind == FLOW_JSON_ARRAY) && !flow_openai_strict(item))
            return false;
    }
    return true;
}

static void write_format(struct flow_jsonw *w, const char *schema)
{
    struct flow_json *document = NULL;
    bool strict =
        flow_json_parse(&document, schema, strlen(schema), NULL) == 0 && flow_openai_strict(document);

    flow_json_free(document);
    flow_jsonw_key(w, "response_format");
    flow_jsonw_object(w);
    flow_jsonw_member(w, "type", "json_schema");
    flow_jsonw_key(w, "json_schema");
    flow_jsonw_object(w);
    flow_jsonw_member(w, "name", "reply");
    if (strict) {
        flow_jsonw_key(w, "strict");
        flow_jsonw_bool(w, true);
    }
    flow_jsonw_key(w, "schema");
    flow_jsonw_raw(w, schema, strlen(schema));
    flow_jsonw_object_end(w);
    flow_jsonw_object_end(w);
}

void flow_openai_body(const struct flow_request *request, const char *name, bool new_limit,
                      struct flow_buf *out)
{
    struct flow_jsonw w;

    flow_jsonw_init(&w, out);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "model", name);
    flow_jsonw_key(&w, new_limit ? "max_completion_tokens" : "max_tokens");
    flow_jsonw_int(&w, request->max_tokens);
    flow_jsonw_key(&w, "stream");
    flow_jsonw_bool(&w, true);
    flow_jsonw_key(&w, "stream_options");
    flow_jsonw_raw(&w, "{\"include_usage\":true}", strlen("{\"include_usage\":true}"));
    if (request->effort != NULL)
        flow_jsonw_member(&w, "reasoning_effort", request->effort);
    if (request->schema != NULL)
        write_format(&w, request->schema);
    if (request->tool_count > 0)
        write_tools(&w, request);
    flow_jsonw_key(&w, "messages");
    flow_jsonw_array(&w);
    if (request->system_count > 0) {
        flow_jsonw_object(&w);
        flow_jsonw_member(&w, "role", "system");
        write_text(&w, request->system, request->system_count);
        flow_jsonw_object_end(&w);
    }
    for (size_t i = 0; i < request->turn_count; i++)
        write_turn(&w, &request->turns[i]);
    flow_jsonw_array_end(&w);
    flow_jsonw_object_end(&w);
}
