// SPDX-License-Identifier: MIT
#include <string.h>

#include "anthropic.h"
#include "flow/base/json.h"

static bool is(const char *text, const char *word)
{
    return text != NULL && strcmp(text, word) == 0;
}

static void read_count(uint64_t *out, const struct flow_json *usage, const char *key)
{
    int64_t number = flow_json_int(flow_json_get(usage, key), -1);

    if (number >= 0)
        *out = (uint64_t)number;
}

// Cumulative: what is there replaces what was known.
static void read_usage(struct flow_stream *stream, const struct flow_json *usage)
{
    if (flow_json_type(usage) != FLOW_JSON_OBJECT)
        return;
    stream->has_usage = true;
    read_count(&stream->usage.input, usage, "input_tokens");
    read_count(&stream->usage.cache_read, usage, "cache_read_input_tokens");
    read_count(&stream->usage.cache_write, usage, "cache_creation_input_tokens");
    read_count(&stream->usage.output, usage, "output_tokens");
    read_count(&stream->usage.cache_write_1h, flow_json_get(usage, "cache_creation"),
               "ephemeral_1h_input_tokens");
    if (is(flow_json_str(flow_json_get(usage, "service_tier")), "batch"))
        stream->usage.batch = true;
}

static enum flow_reply_stop stop_of(const char *reason)
{
    if (is(reason, "end_turn") || is(reason, "stop_sequence"))
        return FLOW_STOP_END;
    if (is(reason, "tool_use"))
        return FLOW_STOP_TOOLS;
    if (is(reason, "max_tokens") || is(reason, "model_context_window_exceeded"))
        return FLOW_STOP_LENGTH;
    return is(reason, "refusal") ? FLOW_STOP_REFUSAL : FLOW_STOP_UNKNOWN;
}

static void read_stop(struct flow_stream *stream, const struct flow_json *holder)
{
    const struct flow_json *details = flow_json_get(holder, "stop_details");
    const char *reason = flow_json_str(flow_json_get(holder, "stop_reason"));
    const char *category = flow_json_str(flow_json_get(details, "category"));
    const char *explanation = flow_json_str(flow_json_get(details, "explanation"));

    if (reason == NULL)
        return;
    stream->stopped = true;
    stream->stop = stop_of(reason);
    flow_stream_set(&stream->stop_word, flow_json_get(holder, "stop_reason"));
    if (category == NULL && explanation == NULL)
        return;
    flow_buf_clear(&stream->stop_detail);
    flow_buf_printf(&stream->stop_detail, "%s%s%s", category != NULL ? category : "",
                    category != NULL && explanation != NULL ? ": " : "",
                    explanation != NULL ? explanation : "");
}

static void start_block(struct flow_stream *stream, const struct flow_json *block, int64_t index)
{
    const char *type = flow_json_str(flow_json_get(block, "type"));
    struct flow_part *part;

    if (flow_json_type(block) != FLOW_JSON_OBJECT || flow_stream_find(stream, index) != NULL) {
        stream->nonsense = true;
        return;
    }
    if (is(type, "text")) {
        part = flow_stream_part(stream, FLOW_PART_TEXT, index);
        if (part != NULL)
            flow_stream_text(stream, &part->text, flow_json_get(block, "text"));
    } else if (is(type, "thinking")) {
        part = flow_stream_part(stream, FLOW_PART_THINKING, index);
        if (part != NULL) {
            flow_stream_text(stream, &part->text, flow_json_get(block, "thinking"));
            flow_stream_set(&part->signature, flow_json_get(block, "signature"));
        }
    } else if (is(type, "tool_use")) {
        part = flow_stream_part(stream, FLOW_PART_TOOL, index);
        if (part != NULL) {
            flow_stream_set(&part->id, flow_json_get(block, "id"));
            flow_stream_set(&part->name, flow_json_get(block, "name"));
        }
    } else {
        part = flow_stream_part(stream, FLOW_PART_OTHER, index);
        if (part != NULL)
            flow_json_print(block, &part->raw);
    }
    stream->content = true;
}

static void add_delta(struct flow_stream *stream, const struct flow_json *delta, int64_t index)
{
    const char *type = flow_json_str(flow_json_get(delta, "type"));
    struct flow_part *part = flow_stream_find(stream, index);

    if (part == NULL)
        return;
    if (is(type, "text_delta") && part->kind == FLOW_PART_TEXT) {
        flow_stream_text(stream, &part->text, flow_json_get(delta, "text"));
    } else if (is(type, "input_json_delta") && part->kind == FLOW_PART_TOOL) {
        flow_stream_text(stream, &part->text, flow_json_get(delta, "partial_json"));
    } else if (is(type, "thinking_delta") && part->kind == FLOW_PART_THINKING) {
        flow_stream_text(stream, &part->text, flow_json_get(delta, "thinking"));
    } else if (is(type, "signature_delta") && part->kind == FLOW_PART_THINKING) {
        flow_stream_text(stream, &part->signature, flow_json_get(delta, "signature"));
    }
}

void flow_anthropic_event(struct flow_stream *stream, const char *data, size_t len)
{
    struct flow_json *event = NULL;
    const char *type;
    int64_t index;

    if (flow_stream_parse(stream, &event, data, len) != 0)
        return;
    type = flow_json_str(flow_json_get(event, "type"));
    index = flow_json_int(flow_json_get(event, "index"), 0);
    if (is(type, "message_start")) {
        flow_stream_set(&stream->model, flow_json_at(event, "message.model"));
        read_usage(stream, flow_json_at(event, "message.usage"));
        stream->content = true;
    } else if (is(type, "content_block_start")) {
        start_block(stream, flow_json_get(event, "content_block"), index);
    } else if (is(type, "content_block_delta")) {
        add_delta(stream, flow_json_get(event, "delta"), index);
    } else if (is(type, "message_delta")) {
        read_stop(stream, flow_json_get(event, "delta"));
        read_usage(stream, flow_json_get(event, "usage"));
    } else if (is(type, "message_stop")) {
        stream->complete = true;
    } else if (flow_fault_present(event)) {
        flow_fault_stream(&stream->fault, event);
    }
    flow_json_free(event);
}

void flow_anthropic_whole(struct flow_stream *stream, const struct flow_json *document)
{
    const struct flow_json *content = flow_json_get(document, "content");
    int64_t index = 0;

    if (!is(flow_json_str(flow_json_get(document, "type")), "message")) {
        stream->nonsense = true;
        return;
    }
    flow_stream_set(&stream->model, flow_json_get(document, "model"));
    for (const struct flow_json *block = flow_json_first(content); block != NULL;
         block = flow_json_next(block), index++) {
        struct flow_part *part;
        start_block(stream, block, index);
        part = flow_stream_find(stream, index);
        if (part != NULL && part->kind == FLOW_PART_TOOL)
            flow_json_print(flow_json_get(block, "input"), &part->text);
    }
    read_stop(stream, document);
    read_usage(stream, flow_json_get(document, "usage"));
    stream->complete = true;
}

static void write_part(struct flow_jsonw *w, const struct flow_part *part)
{
    const char *input = part->text.len > 0 ? part->text.data : "{}";

    if (part->kind == FLOW_PART_OTHER) {
        flow_jsonw_raw(w, part->raw.data, part->raw.len);
        return;
    }
    flow_jsonw_object(w);
    if (part->kind == FLOW_PART_TEXT) {
        flow_jsonw_member(w, "type", "text");
        flow_jsonw_member(w, "text", part->text.data);
    } else if (part->kind == FLOW_PART_THINKING) {
        flow_jsonw_member(w, "type", "thinking");
        flow_jsonw_member(w, "thinking", part->text.data);
        flow_jsonw_member(w, "signature", part->signature.data);
    } else {
        flow_jsonw_member(w, "type", "tool_use");
        flow_jsonw_member(w, "id", part->id.data);
        flow_jsonw_member(w, "name", part->name.data);
        flow_jsonw_key(w, "input");
        flow_jsonw_raw(w, input, strlen(input));
    }
    flow_jsonw_object_end(w);
}

void flow_anthropic_raw(const struct flow_stream *stream, struct flow_buf *out)
{
    struct flow_jsonw w;

    flow_jsonw_init(&w, out);
    flow_jsonw_array(&w);
    for (size_t i = 0; i < stream->count; i++)
        if (stream->parts[i].kind != FLOW_PART_TEXT || stream->parts[i].text.len > 0)
            write_part(&w, &stream->parts[i]);
    flow_jsonw_array_end(&w);
}
