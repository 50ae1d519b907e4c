// SPDX-License-Identifier: MIT
#include <string.h>

#include "anthropic.h"
#include "flow/base/json.h"
#include "flow/base/str.h"
#include "prefix.h"

/*
 * What a family of models takes; a field that it does not know is a 400. Thinking is left to the model, but
 * where it is off unless asked for and the user set an effort. Sampling parameters, prefill, forced tool
 * choice and thinking budgets are refused by current models and are never sent.
 */
static const struct family {
    const char *prefix;
    bool effort;
    bool adaptive; /* thinks only when told "adaptive" */
} families[] = {
    {"claude-3", false, false},          {"claude-haiku-4-5", false, false},
    {"claude-sonnet-4-5", false, false}, {"claude-sonnet-4-6", true, true},
    {"claude-opus-4-6", true, true},     {"claude-opus-4-7", true, true},
    {"claude-opus-4-8", true, true},
};

static struct family family_of(const char *name)
{
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (flow_str_starts(name, families[i].prefix))
            return families[i];
    return (struct family){.effort = true};
}

/* Which of the blocks that ask for a breakpoint get one: the last ones. */
struct marks {
    size_t skip; /* of those that ask, from the start */
    bool tail;   /* the very last block gets one, too: the next turn reads all of this one */
};

static size_t count_marks(const struct flow_block *blocks, size_t count)
{
    size_t marked = 0;

    for (size_t i = 0; i < count; i++)
        marked += blocks[i].cache && blocks[i].len > 0;
    return marked;
}

static struct marks choose_marks(const struct flow_request *request)
{
    size_t marked = count_marks(request->system, request->system_count), allowed;
    struct marks marks = {0};

    for (size_t i = 0; i < request->turn_count; i++)
        if (request->turns[i].raw == NULL)
            marked += count_marks(request->turns[i].blocks, request->turns[i].block_count);
    marks.tail = request->turn_count > 1 && marked > 0;
    allowed = FLOW_PREFIXES_MAX - (marks.tail ? 1 : 0);
    marks.skip = marked > allowed ? marked - allowed : 0;
    return marks;
}

static void write_mark(struct flow_jsonw *w)
{
    flow_jsonw_key(w, "cache_control");
    flow_jsonw_object(w);
    flow_jsonw_member(w, "type", "ephemeral");
    flow_jsonw_object_end(w);
}

// Empty text blocks are refused by the server.
static void write_blocks(struct flow_jsonw *w, const struct flow_block *blocks, size_t count,
                         struct marks *marks, bool tail)
{
    for (size_t i = 0; i < count; i++) {
        bool mark = tail && i + 1 == count;
        if (blocks[i].len == 0)
            continue;
        if (blocks[i].cache && marks->skip > 0)
            marks->skip--;
        else if (blocks[i].cache)
            mark = true;
        flow_jsonw_object(w);
        flow_jsonw_member(w, "type", "text");
        flow_jsonw_key(w, "text");
        flow_jsonw_strn(w, blocks[i].text, blocks[i].len);
        if (mark)
            write_mark(w);
        flow_jsonw_object_end(w);
    }
}

static void write_results(struct flow_jsonw *w, const struct flow_turn *turn, bool tail)
{
    for (size_t i = 0; i < turn->result_count; i++) {
        const struct flow_tool_result *result = &turn->results[i];
        flow_jsonw_object(w);
        flow_jsonw_member(w, "type", "tool_result");
        flow_jsonw_member(w, "tool_use_id", result->id);
        flow_jsonw_key(w, "content");
        flow_jsonw_strn(w, result->text, result->len);
        if (result->is_error) {
            flow_jsonw_key(w, "is_error");
            flow_jsonw_bool(w, true);
        }
        if (tail && turn->block_count == 0 && i + 1 == turn->result_count)
            write_mark(w);
        flow_jsonw_object_end(w);
    }
}

static void write_calls(struct flow_jsonw *w, const struct flow_turn *turn)
{
    for (size_t i = 0; i < turn->call_count; i++) {
        const struct flow_tool_call *call = &turn->calls[i];
        flow_jsonw_object(w);
        flow_jsonw_member(w, "type", "tool_use");
        flow_jsonw_member(w, "id", call->id);
        flow_jsonw_member(w, "name", call->name);
        flow_jsonw_key(w, "input");
        flow_jsonw_raw(w, call->input, strlen(call->input));
        flow_jsonw_object_end(w);
    }
}

static void write_turn(struct flow_jsonw *w, const struct flow_turn *turn, struct marks *marks, bool last)
{
    flow_jsonw_object(w);
    flow_jsonw_member(w, "role", turn->role == FLOW_ROLE_USER ? "user" : "assistant");
    flow_jsonw_key(w, "content");
    if (turn->raw != NULL && turn->raw[0] == '[') {
        flow_jsonw_raw(w, turn->raw, strlen(turn->raw));
    } else {
        flow_jsonw_array(w);
        write_results(w, turn, last && marks->tail);
        write_blocks(w, turn->blocks, turn->block_count, marks, last && marks->tail);
        write_calls(w, turn);
        flow_jsonw_array_end(w);
    }
    flow_jsonw_object_end(w);
}

static void write_tools(struct flow_jsonw *w, const struct flow_request *request)
{
    flow_jsonw_key(w, "tools");
    flow_jsonw_array(w);
    for (size_t i = 0; i < request->tool_count; i++) {
        const struct flow_tool_spec *tool = &request->tools[i];
        flow_jsonw_object(w);
        flow_jsonw_member(w, "name", tool->name);
        flow_jsonw_member(w, "description", tool->description);
        flow_jsonw_key(w, "input_schema");
        flow_jsonw_raw(w, tool->schema, strlen(tool->schema));
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

static void write_output(struct flow_jsonw *w, const struct flow_request *request,
                         const struct family *family)
{
    bool effort = request->effort != NULL && family->effort;

    if (!effort && request->schema == NULL)
        return;
    flow_jsonw_key(w, "output_config");
    flow_jsonw_object(w);
    if (effort)
        flow_jsonw_member(w, "effort", request->effort);
    if (request->schema != NULL) {
        flow_jsonw_key(w, "format");
        flow_jsonw_object(w);
        flow_jsonw_member(w, "type", "json_schema");
        flow_jsonw_key(w, "schema");
        flow_jsonw_raw(w, request->schema, strlen(request->schema));
        flow_jsonw_object_end(w);
    }
    flow_jsonw_object_end(w);
}

void flow_anthropic_body(const struct flow_request *request, const char *name, struct flow_buf *out)
{
    const struct family family = family_of(name);
    struct marks marks = choose_marks(request);
    struct flow_jsonw w;

    flow_jsonw_init(&w, out);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "model", name);
    flow_jsonw_key(&w, "max_tokens");
    flow_jsonw_int(&w, request->max_tokens);
    flow_jsonw_key(&w, "stream");
    flow_jsonw_bool(&w, true);
    if (family.adaptive && request->effort != NULL) {
        flow_jsonw_key(&w, "thinking");
        flow_jsonw_object(&w);
        flow_jsonw_member(&w, "type", "adaptive");
        flow_jsonw_object_end(&w);
    }
    write_output(&w, request, &family);
    if (request->tool_count > 0)
        write_tools(&w, request);
    if (request->system_count > 0) {
        flow_jsonw_key(&w, "system");
        flow_jsonw_array(&w);
        write_blocks(&w, request->system, request->system_count, &marks, false);
        flow_jsonw_array_end(&w);
    }
    flow_jsonw_key(&w, "messages");
    flow_jsonw_array(&w);
    for (size_t i = 0; i < request->turn_count; i++)
        write_turn(&w, &request->turns[i], &marks, i + 1 == request->turn_count);
    flow_jsonw_array_end(&w);
    flow_jsonw_object_end(&w);
}
