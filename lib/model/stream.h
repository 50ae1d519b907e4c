/* SPDX-License-Identifier: MIT */
/*
 * An answer as it grows: parts (text, thinking, tool calls, others), usage, why it stopped. The two dialects
 * (anthropic.c, openai.c) fill it from their events; what follows is the same for both.
 */
#ifndef FLOW_MODEL_STREAM_H
#define FLOW_MODEL_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "flow/base/buf.h"
#include "flow/base/json.h"
#include "flow/model/request.h"

enum flow_part_kind {
    FLOW_PART_TEXT,
    FLOW_PART_THINKING,
    FLOW_PART_TOOL,
    FLOW_PART_REFUSAL,
    FLOW_PART_OTHER
};

struct flow_part {
    enum flow_part_kind kind;
    int64_t index;             /* as on the wire */
    struct flow_buf text;      /* text, thinking, or the JSON of a tool's input */
    struct flow_buf signature; /* of thinking */
    struct flow_buf id, name;  /* of a tool call */
    struct flow_buf raw;       /* OTHER: the whole part as JSON */
};

struct flow_stream {
    struct flow_part *parts;
    size_t count, cap;
    struct flow_usage usage;
    bool has_usage;
    struct flow_buf model, stop_word, stop_detail;
    enum flow_reply_stop stop;
    bool stopped;  /* a reason was given why it ended */
    bool complete; /* the server said that this was all */
    bool content;  /* since it was last cleared: something of the answer came */
    bool nonsense; /* an event that does not fit its format */
    bool nomem;
    struct flow_fault fault; /* an error that came inside the answer */
};

void flow_stream_init(struct flow_stream *stream);
void flow_stream_release(struct flow_stream *stream);

/* The part of that kind and index, made where it is new; NULL (and nonsense or nomem) where it cannot be. */
struct flow_part *flow_stream_part(struct flow_stream *stream, enum flow_part_kind kind, int64_t index);
/* The part with that index of any kind, or NULL. */
struct flow_part *flow_stream_find(struct flow_stream *stream, int64_t index);
/* An event, or a whole answer; -1 and nonsense or nomem where it cannot be read. */
int flow_stream_parse(struct flow_stream *stream, struct flow_json **out, const char *data, size_t len);
/* Adds a string value to a buffer; nothing where it is none. */
void flow_stream_text(struct flow_stream *stream, struct flow_buf *out, const struct flow_json *value);
void flow_stream_set(struct flow_buf *out, const struct flow_json *value);

/* Gives ids to tool calls that came without one, unlike any other of the conversation: `turn` is the number
 * of turns before this answer. */
void flow_stream_name_calls(struct flow_stream *stream, size_t turn);
/* Puts text, calls, usage and stop into a reply that was initialised; also of a cut stream. Calls are left
 * out where the reply did not end to have them answered: cut input can parse as JSON. */
int flow_stream_reply(const struct flow_stream *stream, const struct flow_request *request,
                      struct flow_reply *out, struct flow_error *err);
/* Whether every tool call carries a JSON object. */
bool flow_stream_calls_valid(const struct flow_stream *stream);

#endif
