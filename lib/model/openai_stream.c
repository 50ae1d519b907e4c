// SPDX-License-Identifier: MIT
#include <string.h>

#include "openai.h"

/* Indices of the parts that are not tool calls; those have the wire's, from 0. */
enum { INDEX_TEXT = -1, INDEX_THINKING = -2, INDEX_REFUSAL = -3 };

static bool is(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

static uint64_t count_of(const struct flow_json *usage, const char *path)
{
    int64_t number = flow_json_int(flow_json_at(usage, path), 0);

    return number > 0 ? (uint64_t)number : 0;
}

// prompt_tokens counts the cached ones, too.
static void read_usage(struct flow_stream *stream, const struct flow_json *usage)
{
    struct flow_usage *out = &stream->usage;
    uint64_t prompt = count_of(usage, "prompt_tokens");

    if (flow_json_type(usage) != FLOW_JSON_OBJECT)
        return;
    stream->has_usage = true;
    out->cache_read = count_of(usage, "prompt_tokens_details.cached_tokens");
    out->cache_write = count_of(usage, "prompt_tokens_details.cache_write_tokens");
    out->input =
        prompt > out->cache_read + out->cache_write ? prompt - out->cache_read - out->cache_write : 0;
    out->output = count_of(usage, "completion_tokens");
}

static void add_text(struct flow_stream *stream, enum flow_part_kind kind, int64_t index,
                     const struct flow_json *value)
{
    const char *text = flow_json_str(value);
    struct flow_part *part;

    if (text == NULL || *text == '\0')
        return;
    part = flow_stream_part(stream, kind, index);
    if (part != NULL)
        flow_stream_text(stream, &part->text, value);
}

// A text, null, or an array of parts.
static void add_content(struct flow_stream *stream, const struct flow_json *content)
{
    if (flow_json_type(content) != FLOW_JSON_ARRAY) {
        add_text(stream, FLOW_PART_TEXT, INDEX_TEXT, content);
        return;
    }
    for (const struct flow_json *item = flow_json_first(content); item != NULL; item = flow_json_next(item)) {
        if (is(flow_json_str(flow_json_get(item, "type")), "refusal"))
            add_text(stream, FLOW_PART_REFUSAL, INDEX_REFUSAL, flow_json_get(item, "refusal"));
        else
            add_text(stream, FLOW_PART_TEXT, INDEX_TEXT, flow_json_get(item, "text"));
    }
}

static int64_t last_tool(const struct flow_stream *stream)
{
    int64_t last = -1;

    for (size_t i = 0; i < stream->count; i++)
        if (stream->parts[i].kind == FLOW_PART_TOOL && stream->parts[i].index > last)
            last = stream->parts[i].index;
    return last;
}

// Pieces are joined by index. Without one, a piece with an id or a name begins a call, others go on with the
// last.
static int64_t tool_index(const struct flow_stream *stream, const struct flow_json *piece)
{
    int64_t index = flow_json_int(flow_json_get(piece, "index"), -1), last = last_tool(stream);
    const char *id = flow_json_str(flow_json_get(piece, "id"));
    const char *name = flow_json_str(flow_json_at(piece, "function.name"));

    if (index >= 0)
        return index;
    return last < 0 || (id != NULL && *id != '\0') || (name != NULL && *name != '\0') ? last + 1 : last;
}

static void add_tool(struct flow_stream *stream, const struct flow_json *piece)
{
    const struct flow_json *function = flow_json_get(piece, "function");
    const struct flow_json *arguments = flow_json_get(function, "arguments");
    struct flow_part *part = flow_stream_part(stream, FLOW_PART_TOOL, tool_index(stream, piece));

    if (part == NULL)
        return;
    if (part->id.len == 0)
        flow_stream_set(&part->id, flow_json_get(piece, "id"));
    if (part->name.len == 0)
        flow_stream_set(&part->name, flow_json_get(function, "name"));
    if (flow_json_type(arguments) == FLOW_JSON_OBJECT)
        flow_json_print(arguments, &part->text);
    else
        flow_stream_text(stream, &part->text, arguments);
    stream->content = true;
}

// A delta of a stream, or the message of a whole answer: the same fields.
static void add_message(struct flow_stream *stream, const struct flow_json *message)
{
    const struct flow_json *calls = flow_json_get(message, "tool_calls");

    add_content(stream, flow_json_get(message, "content"));
    add_text(stream, FLOW_PART_REFUSAL, INDEX_REFUSAL, flow_json_get(message, "refusal"));
    // vLLM's name of today and its former one, which others still use. Servers that send both send the same.
    if (flow_json_type(flow_json_get(message, "reasoning")) == FLOW_JSON_STRING)
        add_text(stream, FLOW_PART_THINKING, INDEX_THINKING, flow_json_get(message, "reasoning"));
    else
        add_text(stream, FLOW_PART_THINKING, INDEX_THINKING, flow_json_get(message, "reasoning_content"));
    for (const struct flow_json *call = flow_json_first(calls); call != NULL; call = flow_json_next(call))
        add_tool(stream, call);
}

static enum flow_reply_stop stop_of(const struct flow_stream *stream, const char *reason)
{
    if (is(reason, "length"))
        return FLOW_STOP_LENGTH;
    if (is(reason, "content_filter"))
        return FLOW_STOP_REFUSAL;
    for (size_t i = 0; i < stream->count; i++)
        if (stream->parts[i].kind == FLOW_PART_REFUSAL)
            return FLOW_STOP_REFUSAL;
    // Some servers say "stop" behind calls.
    if (is(reason, "tool_calls") || is(reason, "stop"))
        return last_tool(stream) >= 0 ? FLOW_STOP_TOOLS : FLOW_STOP_END;
    return FLOW_STOP_UNKNOWN;
}

static void read_stop(struct flow_stream *stream, const struct flow_json *choice)
{
    const struct flow_json *reason = flow_json_get(choice, "finish_reason");
    struct flow_part *refusal = flow_stream_find(stream, INDEX_REFUSAL);

    if (flow_json_str(reason) == NULL)
        return;
    stream->stopped = true;
    stream->stop = stop_of(stream, flow_json_str(reason));
    flow_stream_set(&stream->stop_word, reason);
    if (refusal != NULL) {
        flow_buf_clear(&stream->stop_detail);
        flow_buf_puts(&stream->stop_detail, refusal->text.data);
    }
}

void flow_openai_event(struct flow_stream *stream, const char *data, size_t len)
{
    const struct flow_json *choice;
    struct flow_json *event = NULL;

    if (len == strlen("[DONE]") && memcmp(data, "[DONE]", len) == 0) {
        // Without a reason why it ended, that is the end of a stream and not of an answer.
        stream->complete = stream->stopped;
        return;
    }
    if (flow_stream_parse(stream, &event, data, len) != 0)
        return;
    if (flow_fault_present(event)) {
        flow_fault_stream(&stream->fault, event);
        flow_json_free(event);
        return;
    }
    // The chunk with the usage has no choices.
    choice = flow_json_first(flow_json_get(event, "choices"));
    flow_stream_set(&stream->model, flow_json_get(event, "model"));
    add_message(stream, flow_json_get(choice, "delta"));
    read_stop(stream, choice);
    read_usage(stream, flow_json_get(event, "usage"));
    flow_json_free(event);
}

void flow_openai_whole(struct flow_stream *stream, const struct flow_json *document)
{
    const struct flow_json *choice = flow_json_first(flow_json_get(document, "choices"));

    flow_stream_set(&stream->model, flow_json_get(document, "model"));
    add_message(stream, flow_json_get(choice, "message"));
    read_stop(stream, choice);
    read_usage(stream, flow_json_get(document, "usage"));
    stream->complete = stream->stopped;
}

static void write_calls(struct flow_jsonw *w, const struct flow_stream *stream)
{
    flow_jsonw_key(w, "tool_calls");
    flow_jsonw_array(w);
    for (size_t i = 0; i < stream->count; i++) {
        const struct flow_part *part = &stream->parts[i];
        if (part->kind != FLOW_PART_TOOL)
            continue;
        flow_jsonw_object(w);
        flow_jsonw_member(w, "id", part->id.data);
        flow_jsonw_member(w, "type", "function");
        flow_jsonw_key(w, "function");
        flow_jsonw_object(w);
        flow_jsonw_member(w, "name", part->name.data);
        flow_jsonw_member(w, "arguments", part->text.len > 0 ? part->text.data : "{}");
        flow_jsonw_object_end(w);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

void flow_openai_raw(const struct flow_stream *stream, struct flow_buf *out)
{
    struct flow_jsonw w;

    flow_jsonw_init(&w, out);
    flow_jsonw_object(&w);
    flow_jsonw_member(&w, "role", "assistant");
    for (size_t i = 0; i < stream->count; i++)
        if (stream->parts[i].kind == FLOW_PART_TEXT)
            flow_jsonw_member(&w, "content", stream->parts[i].text.data);
    if (last_tool(stream) >= 0)
        write_calls(&w, stream);
    flow_jsonw_object_end(&w);
}
