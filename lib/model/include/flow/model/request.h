/* SPDX-License-Identifier: MIT */
/*
 * One request to one model, and its reply, independent of any provider.
 *
 * A request is append-only text: system blocks, then alternating user and assistant turns. Its canonical form
 * is JSON with keys in a fixed order; the key of a call is the id of that form with its attempt and vote
 * ordinals, so that the same request finds its reply in any later process.
 */
#ifndef FLOW_MODEL_REQUEST_H
#define FLOW_MODEL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/config/id.h"

/* A text of a prompt. `cache` asks for a cache breakpoint behind it (at most four in a request are used, the
 * last ones). */
struct flow_block {
    const char *text;
    size_t len;
    bool cache;
};

struct flow_tool_call {
    char *id, *name;
    char *input; /* JSON text of an object */
};

struct flow_tool_result {
    const char *id; /* of the call it answers */
    const char *text;
    size_t len;
    bool is_error;
};

enum flow_role { FLOW_ROLE_USER, FLOW_ROLE_ASSISTANT };

struct flow_turn {
    enum flow_role role;
    const struct flow_block *blocks;
    size_t block_count;
    const struct flow_tool_call *calls; /* assistant turns */
    size_t call_count;
    const struct flow_tool_result *results; /* user turns */
    size_t result_count;
    const char *raw; /* assistant turns: the provider's own content as JSON, given back whole to the same
                        provider; may be NULL */
};

struct flow_tool_spec {
    const char *name, *description;
    const char *schema; /* JSON Schema of its input */
};

struct flow_request {
    const char *model;  /* "provider/model" */
    const char *effort; /* low … max, NULL: the model's default */
    const struct flow_block *system;
    size_t system_count;
    const struct flow_turn *turns;
    size_t turn_count;
    const struct flow_tool_spec *tools;
    size_t tool_count;
    const char *schema; /* JSON Schema for the reply's text; NULL: free text */
    uint32_t max_tokens;
    /* For programs and recordings; not part of what is sent to a server. */
    const char *role, *unit, *step; /* "translate", "src/a.c", "src/a.c/translate/…" */
    const char *source_id;          /* id of the source that it is about; part of a recording's key */
};

/* The texts of a request without their ids, in order: system blocks, then blocks and results of each turn.
 * Freed with free(). */
int flow_request_texts(const struct flow_request *request, struct flow_text **out, size_t *count,
                       struct flow_error *err);
/* Appends the canonical JSON; where a text stands in the request, its id does in there. */
void flow_request_canonical(const struct flow_request *request, const struct flow_text *texts,
                            struct flow_buf *out);
/* The key of the call; texts are those of the request, with their ids. */
int flow_request_key(const struct flow_request *request, const struct flow_text *texts, unsigned attempt,
                     unsigned vote, struct flow_id *out, struct flow_error *err);
/* A guess at its input tokens from its bytes (the constant and its source stand in request.c); never below
 * the truth by much. */
uint64_t flow_request_tokens(const struct flow_request *request);
/* The most input tokens that it can be charged for: one for each byte, and what servers put around them (see
 * request.c). Three to four times the truth for source text. */
uint64_t flow_request_tokens_most(const struct flow_request *request);

/* Why a reply ended. */
enum flow_reply_stop {
    FLOW_STOP_END,     /* complete */
    FLOW_STOP_TOOLS,   /* wants look-ups answered */
    FLOW_STOP_LENGTH,  /* cut at max_tokens or at the context window */
    FLOW_STOP_REFUSAL, /* the model would not */
    FLOW_STOP_UNKNOWN  /* anything else: not a success */
};

struct flow_usage {
    uint64_t input; /* tokens neither read from nor written to the cache */
    uint64_t cache_read;
    uint64_t cache_write;
    uint64_t cache_write_1h; /* of these, with a life of an hour: flow asks for none, a gateway may */
    uint64_t output;
    bool estimated; /* the provider gave none: counted from bytes */
    bool batch;     /* charged at the price of batches */
    bool open;      /* cut off, or never answered: more may be charged than what is known here */
};

/* All tokens together. */
uint64_t flow_usage_tokens(const struct flow_usage *usage);

struct flow_reply {
    char *text; /* NUL-terminated, never NULL */
    size_t len;
    struct flow_tool_call *calls;
    size_t call_count;
    char *raw; /* provider's own content as JSON, for the next turn; may be NULL */
    enum flow_reply_stop stop;
    char *stop_detail; /* as the provider said it; may be NULL */
    struct flow_usage usage;
    char *request_id; /* may be NULL */
    char *model;      /* as the provider reports it; may be NULL */
    double seconds, first_byte_seconds;
};

void flow_reply_init(struct flow_reply *reply);
void flow_reply_release(struct flow_reply *reply);

#endif
