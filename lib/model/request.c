// SPDX-License-Identifier: MIT
#include "flow/model/request.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/json.h"
#include "prefix.h"

/* The canonical form as it is written: where a text stands, its id does. */
struct canonical {
    struct flow_jsonw json;
    const struct flow_text *texts; /* those that come next */
};

static void write_blocks(struct canonical *c, const char *key, const struct flow_block *blocks, size_t count)
{
    struct flow_jsonw *w = &c->json;

    flow_jsonw_key(w, key);
    flow_jsonw_array(w);
    for (size_t i = 0; i < count; i++) {
        flow_jsonw_object(w);
        flow_jsonw_member(w, "text", c->texts[i].id.hex);
        if (blocks[i].cache) {
            flow_jsonw_key(w, "cache");
            flow_jsonw_bool(w, true);
        }
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
    c->texts += count;
}

static void write_calls(struct flow_jsonw *w, const struct flow_tool_call *calls, size_t count)
{
    flow_jsonw_key(w, "calls");
    flow_jsonw_array(w);
    for (size_t i = 0; i < count; i++) {
        flow_jsonw_object(w);
        flow_jsonw_member(w, "id", calls[i].id);
        flow_jsonw_member(w, "name", calls[i].name);
        flow_jsonw_member(w, "input", calls[i].input);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

static void write_results(struct canonical *c, const struct flow_tool_result *results, size_t count)
{
    struct flow_jsonw *w = &c->json;

    flow_jsonw_key(w, "results");
    flow_jsonw_array(w);
    for (size_t i = 0; i < count; i++) {
        flow_jsonw_object(w);
        flow_jsonw_member(w, "id", results[i].id);
        flow_jsonw_member(w, "text", c->texts[i].id.hex);
        flow_jsonw_key(w, "error");
        flow_jsonw_bool(w, results[i].is_error);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
    c->texts += count;
}

static void write_turn(struct canonical *c, const struct flow_turn *turn)
{
    struct flow_jsonw *w = &c->json;

    flow_jsonw_object(w);
    flow_jsonw_member(w, "role", turn->role == FLOW_ROLE_USER ? "user" : "assistant");
    if (turn->block_count > 0)
        write_blocks(c, "blocks", turn->blocks, turn->block_count);
    if (turn->result_count > 0)
        write_results(c, turn->results, turn->result_count);
    if (turn->call_count > 0)
        write_calls(w, turn->calls, turn->call_count);
    if (turn->raw != NULL)
        flow_jsonw_member(w, "raw", turn->raw);
    flow_jsonw_object_end(w);
}

static void write_tools(struct flow_jsonw *w, const struct flow_tool_spec *tools, size_t count)
{
    flow_jsonw_key(w, "tools");
    flow_jsonw_array(w);
    for (size_t i = 0; i < count; i++) {
        flow_jsonw_object(w);
        flow_jsonw_member(w, "name", tools[i].name);
        flow_jsonw_member(w, "description", tools[i].description);
        flow_jsonw_member(w, "schema", tools[i].schema);
        flow_jsonw_object_end(w);
    }
    flow_jsonw_array_end(w);
}

void flow_request_canonical(const struct flow_request *request, const struct flow_text *texts,
                            struct flow_buf *out)
{
    struct canonical c = {.texts = texts};
    struct flow_jsonw *w = &c.json;

    flow_jsonw_init(w, out);
    flow_jsonw_object(w);
    flow_jsonw_member(w, "model", request->model);
    if (request->effort != NULL)
        flow_jsonw_member(w, "effort", request->effort);
    flow_jsonw_key(w, "max_tokens");
    flow_jsonw_int(w, request->max_tokens);
    if (request->schema != NULL)
        flow_jsonw_member(w, "schema", request->schema);
    if (request->tool_count > 0)
        write_tools(w, request->tools, request->tool_count);
    write_blocks(&c, "system", request->system, request->system_count);
    flow_jsonw_key(w, "turns");
    flow_jsonw_array(w);
    for (size_t i = 0; i < request->turn_count; i++)
        write_turn(&c, &request->turns[i]);
    flow_jsonw_array_end(w);
    flow_jsonw_object_end(w);
}

static void add_blocks(struct flow_text **next, const struct flow_block *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        *(*next)++ = (struct flow_text){.data = blocks[i].text, .len = blocks[i].len};
}

int flow_request_texts(const struct flow_request *request, struct flow_text **out, size_t *count,
                       struct flow_error *err)
{
    size_t total = request->system_count;
    struct flow_text *texts, *next;

    for (size_t i = 0; i < request->turn_count; i++)
        total += request->turns[i].block_count + request->turns[i].result_count;
    texts = next = calloc(total + 1, sizeof *texts);
    if (texts == NULL)
        return flow_error_nomem(err);
    add_blocks(&next, request->system, request->system_count);
    for (size_t i = 0; i < request->turn_count; i++) {
        const struct flow_turn *turn = &request->turns[i];
        add_blocks(&next, turn->blocks, turn->block_count);
        for (size_t k = 0; k < turn->result_count; k++)
            *next++ = (struct flow_text){.data = turn->results[k].text, .len = turn->results[k].len};
    }
    *out = texts;
    *count = total;
    return 0;
}

int flow_request_key(const struct flow_request *request, const struct flow_text *texts, unsigned attempt,
                     unsigned vote, struct flow_id *out, struct flow_error *err)
{
    struct flow_buf text;
    int rc = -1;

    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_request_canonical(request, texts, &text);
    // The ordinals stand behind the request, so that equal requests share all bytes before them.
    flow_buf_printf(&text, "\nattempt %u vote %u\n", attempt, vote);
    if (flow_buf_check(&text, "request", err) == 0)
        rc = flow_id_of(out, text.data, text.len, err);
    flow_buf_release(&text);
    return rc;
}

/*
 * Bytes a token. Measured on 560 files of seven repositories (Zig, C, Java, Rust, Go, Python, TSX) with the
 * o200k_base vocabulary: 3.5 to 4.4 on average, 2.95 to 4.0 at the fifth percentile of a language.
 * Vocabularies of other vendors cut finer, so the low end is taken. Text outside ASCII costs about a token
 * for two bytes.
 */
#define ASCII_BYTES_A_TOKEN 3
#define OTHER_BYTES_A_TOKEN 2
/* What the frame around a block, a turn or a tool costs. */
#define TOKENS_A_PART       8

static uint64_t text_tokens(const char *text, size_t len)
{
    size_t other = 0, at = 0;

    // Eight bytes at a time: the sum of their highest bits ends up in the top byte.
    for (; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        word = word >> 7 & UINT64_C(0x0101010101010101);
        other += word * UINT64_C(0x0101010101010101) >> 56;
    }
    for (; at < len; at++)
        other += (unsigned char)text[at] >= 0x80;
    return (len - other) / ASCII_BYTES_A_TOKEN + other / OTHER_BYTES_A_TOKEN + 1;
}

uint64_t flow_text_tokens(const char *text, size_t len)
{
    return len == 0 ? 0 : text_tokens(text, len);
}

static uint64_t string_tokens(const char *text)
{
    return text == NULL ? 0 : text_tokens(text, strlen(text));
}

static uint64_t turn_tokens(const struct flow_turn *turn)
{
    uint64_t sum = TOKENS_A_PART;

    for (size_t i = 0; i < turn->result_count; i++)
        sum += text_tokens(turn->results[i].text, turn->results[i].len) + TOKENS_A_PART;
    if (turn->raw != NULL)
        return sum + string_tokens(turn->raw);
    for (size_t i = 0; i < turn->block_count; i++)
        sum += text_tokens(turn->blocks[i].text, turn->blocks[i].len) + TOKENS_A_PART;
    for (size_t i = 0; i < turn->call_count; i++)
        sum += string_tokens(turn->calls[i].name) + string_tokens(turn->calls[i].input) + TOKENS_A_PART;
    return sum;
}

uint64_t flow_request_tokens(const struct flow_request *request)
{
    uint64_t sum = string_tokens(request->schema);

    for (size_t i = 0; i < request->tool_count; i++) {
        const struct flow_tool_spec *tool = &request->tools[i];
        sum += string_tokens(tool->name) + string_tokens(tool->description) + string_tokens(tool->schema);
        sum += TOKENS_A_PART;
    }
    for (size_t i = 0; i < request->system_count; i++)
        sum += text_tokens(request->system[i].text, request->system[i].len) + TOKENS_A_PART;
    for (size_t i = 0; i < request->turn_count; i++)
        sum += turn_tokens(&request->turns[i]);
    return sum;
}

/*
 * The bound. Vocabularies of byte pairs (all that are known to be in use) spend at most one token on a byte,
 * since the single bytes are tokens of their own, and so do those of pieces that fall back to bytes.
 *
 * Around the text: roles and separators of a turn or block (PART_MOST, as against TOKENS_A_PART on average);
 * the prompt that makes a model use tools (346 tokens at most in the Messages API's documentation, 2026-11),
 * and that which makes it answer by a schema, which is not documented and is taken to be as long, beside the
 * schema itself.
 */
#define PART_MOST         32
#define INSTRUCTIONS_MOST 512

struct extent {
    uint64_t bytes, parts;
};

static void measure(struct extent *e, const char *text)
{
    e->bytes += text != NULL ? strlen(text) : 0;
}

static void measure_block(struct extent *e, size_t len)
{
    e->bytes += len;
    e->parts++;
}

static void measure_turn(struct extent *e, const struct flow_turn *turn)
{
    e->parts++;
    for (size_t i = 0; i < turn->result_count; i++)
        measure_block(e, turn->results[i].len);
    // A provider is given either its own content or the parts.
    measure(e, turn->raw);
    for (size_t i = 0; i < turn->block_count; i++)
        measure_block(e, turn->blocks[i].len);
    for (size_t i = 0; i < turn->call_count; i++) {
        measure(e, turn->calls[i].name);
        measure(e, turn->calls[i].input);
        e->parts++;
    }
}

uint64_t flow_request_tokens_most(const struct flow_request *request)
{
    struct extent e = {0};

    measure(&e, request->schema);
    for (size_t i = 0; i < request->tool_count; i++) {
        measure(&e, request->tools[i].name);
        measure(&e, request->tools[i].description);
        measure(&e, request->tools[i].schema);
        e.parts++;
    }
    for (size_t i = 0; i < request->system_count; i++)
        measure_block(&e, request->system[i].len);
    for (size_t i = 0; i < request->turn_count; i++)
        measure_turn(&e, &request->turns[i]);
    return e.bytes + e.parts * PART_MOST + (request->tool_count > 0 ? INSTRUCTIONS_MOST : 0) +
           (request->schema != NULL ? INSTRUCTIONS_MOST : 0);
}

/*
 * Prefixes. FNV-1a over words of eight bytes, folded: two that collide wait for each other once, which does
 * no harm.
 */
struct hasher {
    uint64_t hash;
    size_t bytes;
};

static uint64_t mix(uint64_t hash, const char *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, 8);
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    // Else the high bits of a word would never reach the low ones.
    return hash ^ hash >> 32;
}

static void hash_add(struct hasher *h, const char *text, size_t len)
{
    uint64_t lanes[4] = {h->hash, 1, 2, 3};
    size_t at = 0;

    // Side by side, since each step of one has to wait for the one before it.
    for (; at + sizeof lanes <= len; at += sizeof lanes)
        for (size_t i = 0; i < 4; i++)
            lanes[i] = mix(lanes[i], text + at + i * 8);
    for (size_t i = 0; i < 4; i++)
        h->hash = mix(h->hash, (const char *)&lanes[i]);
    for (; at < len; at++)
        h->hash = (h->hash ^ (unsigned char)text[at]) * UINT64_C(0x100000001b3);
    // A byte that is in no UTF-8 text keeps neighbours apart.
    h->hash = (h->hash ^ 0xff) * UINT64_C(0x100000001b3);
    h->bytes += len;
}

static void hash_str(struct hasher *h, const char *text)
{
    if (text != NULL)
        hash_add(h, text, strlen(text));
}

static void hash_block(struct hasher *h, const struct flow_block *block, struct flow_prefixes *out)
{
    hash_add(h, block->text, block->len);
    if (!block->cache || h->bytes < FLOW_PREFIX_MIN)
        return;
    if (out->count == FLOW_PREFIXES_MAX) {
        memmove(out->hash, out->hash + 1, (FLOW_PREFIXES_MAX - 1) * sizeof out->hash[0]);
        out->count--;
    }
    out->hash[out->count++] = h->hash;
}

void flow_request_prefixes(const struct flow_request *request, struct flow_prefixes *out)
{
    struct hasher h = {.hash = UINT64_C(0xcbf29ce484222325)};

    out->count = 0;
    for (size_t i = 0; i < request->tool_count; i++) {
        hash_str(&h, request->tools[i].name);
        hash_str(&h, request->tools[i].description);
        hash_str(&h, request->tools[i].schema);
    }
    for (size_t i = 0; i < request->system_count; i++)
        hash_block(&h, &request->system[i], out);
    for (size_t i = 0; i < request->turn_count; i++) {
        const struct flow_turn *turn = &request->turns[i];
        for (size_t k = 0; k < turn->result_count; k++)
            hash_add(&h, turn->results[k].text, turn->results[k].len);
        hash_str(&h, turn->raw);
        for (size_t k = 0; k < turn->block_count; k++)
            hash_block(&h, &turn->blocks[k], out);
    }
}
