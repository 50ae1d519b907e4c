// SPDX-License-Identifier: MIT
#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "prefix.h"

/* More parts than any answer has. */
#define PARTS_MAX 4096
/* Ids, names, reasons. */
#define WORD_MAX  4096

void flow_stream_init(struct flow_stream *stream)
{
    *stream = (struct flow_stream){.stop = FLOW_STOP_UNKNOWN};
    flow_buf_init(&stream->model, WORD_MAX);
    flow_buf_init(&stream->stop_word, WORD_MAX);
    flow_buf_init(&stream->stop_detail, WORD_MAX);
    flow_fault_init(&stream->fault);
}

void flow_stream_release(struct flow_stream *stream)
{
    for (size_t i = 0; i < stream->count; i++) {
        struct flow_part *part = &stream->parts[i];
        flow_buf_release(&part->text);
        flow_buf_release(&part->signature);
        flow_buf_release(&part->id);
        flow_buf_release(&part->name);
        flow_buf_release(&part->raw);
    }
    free(stream->parts);
    flow_buf_release(&stream->model);
    flow_buf_release(&stream->stop_word);
    flow_buf_release(&stream->stop_detail);
    flow_fault_release(&stream->fault);
}

struct flow_part *flow_stream_find(struct flow_stream *stream, int64_t index)
{
    // Deltas belong to what came last nearly always.
    for (size_t i = stream->count; i > 0; i--)
        if (stream->parts[i - 1].index == index)
            return &stream->parts[i - 1];
    return NULL;
}

struct flow_part *flow_stream_part(struct flow_stream *stream, enum flow_part_kind kind, int64_t index)
{
    struct flow_part *part;

    for (size_t i = stream->count; i > 0; i--)
        if (stream->parts[i - 1].index == index && stream->parts[i - 1].kind == kind)
            return &stream->parts[i - 1];
    if (stream->count == PARTS_MAX) {
        stream->nonsense = true;
        return NULL;
    }
    if (flow_grow(&stream->parts, &stream->cap, stream->count + 1, sizeof *part, NULL) != 0) {
        stream->nomem = true;
        return NULL;
    }
    part = &stream->parts[stream->count++];
    *part = (struct flow_part){.kind = kind, .index = index};
    flow_buf_init(&part->text, FLOW_BUF_FILE);
    flow_buf_init(&part->signature, FLOW_BUF_FILE);
    flow_buf_init(&part->id, WORD_MAX);
    flow_buf_init(&part->name, WORD_MAX);
    flow_buf_init(&part->raw, FLOW_BUF_FILE);
    return part;
}

void flow_stream_text(struct flow_stream *stream, struct flow_buf *out, const struct flow_json *value)
{
    const char *text = flow_json_str(value);

    if (text == NULL || *text == '\0')
        return;
    flow_buf_puts(out, text);
    stream->content = true;
    stream->nomem = stream->nomem || (out->failed && !out->full);
}

void flow_stream_set(struct flow_buf *out, const struct flow_json *value)
{
    const char *text = flow_json_str(value);

    if (text == NULL)
        return;
    flow_buf_clear(out);
    flow_buf_puts(out, text);
}

int flow_stream_parse(struct flow_stream *stream, struct flow_json **out, const char *data, size_t len)
{
    struct flow_error why = FLOW_ERROR_INIT;

    if (flow_json_parse(out, data, len, &why) == 0)
        return 0;
    if (why.code == FLOW_E_NOMEM)
        stream->nomem = true;
    else
        stream->nonsense = true;
    return -1;
}

static bool is_object(const char *text, size_t len)
{
    struct flow_json *document = NULL;
    bool object =
        flow_json_parse(&document, text, len, NULL) == 0 && flow_json_type(document) == FLOW_JSON_OBJECT;

    flow_json_free(document);
    return object;
}

bool flow_stream_calls_valid(const struct flow_stream *stream)
{
    for (size_t i = 0; i < stream->count; i++) {
        const struct flow_part *part = &stream->parts[i];
        if (part->kind == FLOW_PART_TOOL &&
            (part->name.len == 0 || (part->text.len > 0 && !is_object(part->text.data, part->text.len))))
            return false;
    }
    return true;
}

void flow_stream_name_calls(struct flow_stream *stream, size_t turn)
{
    for (size_t i = 0; i < stream->count; i++)
        if (stream->parts[i].kind == FLOW_PART_TOOL && stream->parts[i].id.len == 0)
            flow_buf_printf(&stream->parts[i].id, "call_%zu_%zu", turn, i);
}

static int copy_calls(const struct flow_stream *stream, struct flow_reply *out, struct flow_error *err)
{
    out->calls = calloc(stream->count, sizeof *out->calls);
    if (out->calls == NULL)
        return flow_error_nomem(err);
    for (size_t i = 0; i < stream->count; i++) {
        const struct flow_part *part = &stream->parts[i];
        struct flow_tool_call *call = &out->calls[out->call_count];
        if (part->kind != FLOW_PART_TOOL)
            continue;
        out->call_count++;
        call->id = strdup(part->id.data);
        call->name = strdup(part->name.data);
        call->input = strdup(part->text.len > 0 ? part->text.data : "{}");
        if (call->id == NULL || call->name == NULL || call->input == NULL)
            return flow_error_nomem(err);
    }
    return 0;
}

static char *copy_word(const struct flow_buf *word)
{
    return word->len > 0 ? strdup(word->data) : NULL;
}

static void copy_usage(const struct flow_stream *stream, const struct flow_request *request,
                       struct flow_usage *out)
{
    uint64_t guess = 0;

    *out = stream->usage;
    for (size_t i = 0; i < stream->count; i++)
        guess += flow_text_tokens(stream->parts[i].text.data, stream->parts[i].text.len);
    if (!stream->has_usage) {
        *out = (struct flow_usage){.input = flow_request_tokens(request), .output = guess, .estimated = true};
    } else if (!stream->complete && guess > out->output) {
        // A cut stream tells its input at the start and never its output.
        out->output = guess;
    }
    // A server that ends its answer with an error has sent all that it wrote.
    out->open = !stream->complete && stream->fault.kind == FLOW_FAULT_NONE;
}

int flow_stream_reply(const struct flow_stream *stream, const struct flow_request *request,
                      struct flow_reply *out, struct flow_error *err)
{
    struct flow_buf text;
    int rc = -1;

    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < stream->count; i++)
        if (stream->parts[i].kind == FLOW_PART_TEXT)
            flow_buf_add(&text, stream->parts[i].text.data, stream->parts[i].text.len);
    out->stop = stream->stop;
    out->model = copy_word(&stream->model);
    out->stop_detail = copy_word(stream->stop_detail.len > 0 ? &stream->stop_detail : &stream->stop_word);
    copy_usage(stream, request, &out->usage);
    if (stream->stop == FLOW_STOP_TOOLS && stream->count > 0 && copy_calls(stream, out, err) != 0)
        goto done;
    if (flow_buf_check(&text, "reply", err) != 0)
        goto done;
    free(out->text);
    out->len = text.len;
    out->text = flow_buf_detach(&text);
    rc = out->text != NULL ? 0 : flow_error_nomem(err);
done:
    flow_buf_release(&text);
    return rc;
}
