// SPDX-License-Identifier: MIT
/*
 * Facts as bytes: numbers in LEB128, each string once.
 *
 *   format  lines  errors  generated
 *   strings: count, then length and bytes of each
 *   symbols, fields, imports, references, conditions: count, then the members of each in the order of the
 * code
 */
#include <string.h>

#include "decl.h"
#include "flow/base/pack.h"
#include "flow/syntax/facts.h"
#include "strings.h"

#define FORMAT 1

/*
 * Encoding. Two passes over the same code: the first gathers the strings, the second writes numbers.
 */
struct encoder {
    struct flow_buf *out; /* NULL while strings are gathered */
    struct strings *strings;
    bool failed;
};

static void put(struct encoder *encoder, uint32_t number)
{
    if (encoder->out)
        flow_pack_uint(encoder->out, number);
}

static void put_str(struct encoder *encoder, const char *text)
{
    uint32_t number = 0;
    if (strings_add(encoder->strings, text, strlen(text), 0, &number, NULL) != 0)
        encoder->failed = true;
    put(encoder, number);
}

// Lines and bytes of one file mostly grow from entry to entry, but spans nest: no differences, they are small
// enough.
static void put_span(struct encoder *encoder, const struct flow_span *span)
{
    put(encoder, span->start);
    put(encoder, span->end - span->start);
    put(encoder, span->start_line);
    put(encoder, span->end_line - span->start_line);
}

static void put_symbols(struct encoder *encoder, const struct flow_facts *facts)
{
    put(encoder, (uint32_t)facts->symbol_count);
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        put_str(encoder, symbol->kind);
        put_str(encoder, symbol->name);
        put_str(encoder, symbol->container);
        put_span(encoder, &symbol->span);
        put_span(encoder, &symbol->body);
        put(encoder, symbol->is_public);
    }
}

static void put_fields(struct encoder *encoder, const struct flow_facts *facts)
{
    put(encoder, (uint32_t)facts->field_count);
    for (size_t i = 0; i < facts->field_count; i++) {
        const struct flow_field *field = &facts->fields[i];
        put_str(encoder, field->name);
        put_str(encoder, field->type);
        put_str(encoder, field->container);
        put_str(encoder, field->container_kind);
        put(encoder, field->line);
        put(encoder, field->is_pointer);
    }
}

static void put_rest(struct encoder *encoder, const struct flow_facts *facts)
{
    put(encoder, (uint32_t)facts->import_count);
    for (size_t i = 0; i < facts->import_count; i++) {
        const struct flow_import *import = &facts->imports[i];
        put_str(encoder, import->kind);
        put_str(encoder, import->path);
        put(encoder, import->item != NULL);
        put_str(encoder, import->item ? import->item : "");
        put(encoder, import->line);
    }
    put(encoder, (uint32_t)facts->reference_count);
    for (size_t i = 0; i < facts->reference_count; i++) {
        const struct flow_reference *reference = &facts->references[i];
        put_str(encoder, reference->name);
        put(encoder, reference->line);
        put(encoder, reference->count);
    }
    put(encoder, (uint32_t)facts->condition_count);
    for (size_t i = 0; i < facts->condition_count; i++) {
        put_str(encoder, facts->conditions[i].expr);
        put_span(encoder, &facts->conditions[i].span);
    }
}

static void put_all(struct encoder *encoder, const struct flow_facts *facts)
{
    put_symbols(encoder, facts);
    put_fields(encoder, facts);
    put_rest(encoder, facts);
}

int flow_facts_encode(const struct flow_facts *facts, struct flow_buf *out, struct flow_error *err)
{
    struct strings strings;
    strings_init(&strings);
    struct encoder encoder = {.strings = &strings};
    put_all(&encoder, facts);
    encoder.out = out;
    put(&encoder, FORMAT);
    put(&encoder, facts->lines);
    put(&encoder, facts->errors);
    put(&encoder, facts->generated);
    put(&encoder, (uint32_t)strings.count);
    for (size_t i = 0; i < strings.count; i++)
        flow_pack_str(out, strings.items[i].text, strings.items[i].len);
    put_all(&encoder, facts);
    strings_release(&strings);
    return encoder.failed ? flow_error_nomem(err) : flow_buf_check(out, "facts", err);
}

struct decoder {
    struct flow_unpack in;
    struct flow_arena *arena;
    const char **strings;
    size_t string_count;
    bool no_memory;
};

static uint32_t get(struct decoder *decoder)
{
    return (uint32_t)flow_unpack_max(&decoder->in, UINT32_MAX);
}

static const char *get_str(struct decoder *decoder)
{
    uint32_t number = get(decoder);
    if (number < decoder->string_count)
        return decoder->strings[number];
    decoder->in.failed = true;
    return "";
}

static struct flow_span get_span(struct decoder *decoder)
{
    struct flow_span span;
    span.start = get(decoder);
    span.end = span.start + get(decoder);
    span.start_line = get(decoder);
    span.end_line = span.start_line + get(decoder);
    return span;
}

// Reads a count and makes room for that many.
static void *get_array(struct decoder *decoder, size_t size, size_t *count)
{
    *count = flow_unpack_count(&decoder->in);
    void *items = flow_arena_alloc(decoder->arena, (*count + 1) * size);
    if (!items) {
        decoder->no_memory = true;
        *count = 0;
    }
    return items;
}

static void get_strings(struct decoder *decoder)
{
    size_t count;
    decoder->strings = get_array(decoder, sizeof *decoder->strings, &count);
    for (size_t i = 0; i < count; i++) {
        size_t len;
        const char *text = flow_unpack_str(&decoder->in, &len);
        decoder->strings[i] = flow_arena_strn(decoder->arena, text, len);
        if (!decoder->strings[i]) {
            decoder->no_memory = true;
            return;
        }
        decoder->string_count++;
    }
}

static void get_declarations(struct decoder *decoder, struct flow_facts *facts)
{
    size_t count;
    facts->symbols = get_array(decoder, sizeof *facts->symbols, &count);
    for (size_t i = 0; i < count; i++) {
        struct flow_symbol *symbol = &facts->symbols[facts->symbol_count++];
        symbol->kind = get_str(decoder);
        symbol->name = get_str(decoder);
        symbol->container = get_str(decoder);
        symbol->span = get_span(decoder);
        symbol->body = get_span(decoder);
        symbol->is_public = get(decoder) != 0;
    }
    facts->fields = get_array(decoder, sizeof *facts->fields, &count);
    for (size_t i = 0; i < count; i++) {
        struct flow_field *field = &facts->fields[facts->field_count++];
        field->name = get_str(decoder);
        field->type = get_str(decoder);
        field->container = get_str(decoder);
        field->container_kind = get_str(decoder);
        field->line = get(decoder);
        field->is_pointer = get(decoder) != 0;
    }
}

static void get_uses(struct decoder *decoder, struct flow_facts *facts)
{
    size_t count;
    facts->imports = get_array(decoder, sizeof *facts->imports, &count);
    for (size_t i = 0; i < count; i++) {
        struct flow_import *import = &facts->imports[facts->import_count++];
        import->kind = get_str(decoder);
        import->path = get_str(decoder);
        bool has_item = get(decoder) != 0;
        const char *item = get_str(decoder);
        import->item = has_item ? item : NULL;
        import->line = get(decoder);
    }
    facts->references = get_array(decoder, sizeof *facts->references, &count);
    for (size_t i = 0; i < count; i++) {
        struct flow_reference *reference = &facts->references[facts->reference_count++];
        reference->name = get_str(decoder);
        reference->line = get(decoder);
        reference->count = get(decoder);
    }
    facts->conditions = get_array(decoder, sizeof *facts->conditions, &count);
    for (size_t i = 0; i < count; i++) {
        struct flow_condition *condition = &facts->conditions[facts->condition_count++];
        condition->expr = get_str(decoder);
        condition->span = get_span(decoder);
    }
}

// Spans must lie in the source before anything is cut out of it.
static bool spans_fit(const struct flow_facts *facts, size_t len)
{
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        if (symbol->span.start > symbol->span.end || symbol->span.end > len ||
            symbol->body.start > symbol->body.end || symbol->body.end > len ||
            (symbol->body.end && symbol->body.start < symbol->span.start))
            return false;
    }
    return true;
}

int flow_facts_decode(struct flow_facts *out, const struct flow_language *language, const void *data,
                      size_t size, const char *source, size_t len, struct flow_error *err)
{
    *out = (struct flow_facts){.language = language};
    flow_arena_init(&out->arena);
    struct decoder decoder = {.arena = &out->arena};
    flow_unpack_init(&decoder.in, data, size);
    if (get(&decoder) != FORMAT)
        decoder.in.failed = true;
    out->lines = get(&decoder);
    out->errors = get(&decoder);
    out->generated = get(&decoder) != 0;
    get_strings(&decoder);
    get_declarations(&decoder, out);
    get_uses(&decoder, out);
    int result = 0;
    if (decoder.no_memory)
        result = flow_error_nomem(err);
    else if (!flow_unpack_done(&decoder.in) || (source && !spans_fit(out, len)))
        result = flow_error_set(err, FLOW_E_INVALID, "facts in the index are damaged");
    else
        result = facts_sign(out, source, err);
    if (result != 0)
        flow_facts_release(out);
    return result;
}
