// SPDX-License-Identifier: MIT
/*
 * Gates that compare declarations: every public symbol has its pair, and a contract is kept.
 */
#define _GNU_SOURCE // memmem
#include <ctype.h>
#include <string.h>

#include "flow/base/map.h"
#include "gate.h"

static const char *last_component(const char *name)
{
    const char *last = name;
    for (const char *p = name; *p; p++) {
        if ((*p == ':' || *p == '.') && p[1])
            last = p + 1;
    }
    return last;
}

bool flow_gate_is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static uint32_t body_len(const struct flow_symbol *symbol)
{
    return symbol->body.end - symbol->body.start;
}

static bool is_callable(const struct flow_symbol *symbol)
{
    return strcmp(symbol->kind, "function") == 0 || strcmp(symbol->kind, "method") == 0;
}

const struct flow_symbol *flow_gate_symbol(const struct flow_facts *facts, const char *name)
{
    const char *last = last_component(name);
    const struct flow_symbol *best = NULL;
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        if (strcmp(symbol->name, last) == 0 && (!best || body_len(symbol) > body_len(best)))
            best = symbol;
    }
    return best;
}

static size_t skip_underscores(const char *name, size_t len, size_t at)
{
    while (at < len && name[at] == '_')
        at++;
    return at;
}

bool flow_gate_same_spelling(const char *a, size_t a_len, const char *b, size_t b_len)
{
    for (size_t i = 0, k = 0;; i++, k++) {
        i = skip_underscores(a, a_len, i);
        k = skip_underscores(b, b_len, k);
        if (i == a_len || k == b_len)
            return i == a_len && k == b_len;
        if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[k]))
            return false;
    }
}

static bool same_spelling(const char *a, const char *b)
{
    return flow_gate_same_spelling(a, strlen(a), b, strlen(b));
}

static const char *source_name(const struct flow_gate_input *in, const struct flow_symbol *target)
{
    for (size_t i = 0; i < in->pair_count; i++) {
        if (in->pairs[i].target && strcmp(last_component(in->pairs[i].target), target->name) == 0)
            return last_component(in->pairs[i].source);
    }
    return target->name;
}

static size_t weight_of(const char *text, const struct flow_span *body,
                        const struct flow_gate_content *content)
{
    size_t bytes = 0;
    for (uint32_t i = body->start; i < body->end; i++)
        bytes += !isspace((unsigned char)text[i]);
    // Comments are counted with the white space in them.
    return bytes > content->comment_bytes ? bytes - content->comment_bytes : 0;
}

// A stub in a body that has little else is all there is.
#define STUB_MAX_BYTES 120

static int add_origin(struct flow_gate_origin *out, const struct flow_gate *gate,
                      const struct flow_gate_file *file, const struct flow_symbol *symbol, bool *has_body,
                      struct flow_error *err)
{
    struct flow_gate_content content, whole;
    const struct flow_language *language = gate->input->source_language;
    out->known = true;
    flow_gate_words(&out->words, file->text + symbol->span.start, symbol->span.end - symbol->span.start);
    if (body_len(symbol) == 0)
        return 0;
    // Some stubs are told by the function around them.
    if (flow_gate_content(&content, gate, language, file->text + symbol->body.start, body_len(symbol), err) <
            0 ||
        flow_gate_content(&whole, gate, language, file->text + symbol->span.start,
                          symbol->span.end - symbol->span.start, err) < 0)
        return -1;
    size_t weight = weight_of(file->text, &symbol->body, &content);
    if (content.stubs + whole.stubs > 0 && weight <= STUB_MAX_BYTES)
        weight = 0;
    if (!*has_body || weight < out->least)
        out->least = weight;
    *has_body = true;
    return 0;
}

int flow_gate_origin(struct flow_gate_origin *out, const struct flow_gate *gate,
                     const struct flow_symbol *target, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    const char *name = source_name(in, target);
    bool has_body = false;
    int result = 0;
    *out = (struct flow_gate_origin){0};
    flow_buf_init(&out->words, FLOW_BUF_FILE);
    for (size_t f = 0; f < in->source_count; f++) {
        const struct flow_facts *facts = &gate->source_facts[f];
        for (size_t s = 0; result == 0 && s < facts->symbol_count; s++) {
            const struct flow_symbol *symbol = &facts->symbols[s];
            if (is_callable(symbol) && same_spelling(symbol->name, name))
                result = add_origin(out, gate, &in->sources[f], symbol, &has_body, err);
        }
    }
    if (result == 0)
        result = flow_buf_check(&out->words, "the words of a function", err);
    if (result < 0)
        flow_gate_origin_release(out);
    return result;
}

void flow_gate_origin_release(struct flow_gate_origin *origin)
{
    flow_buf_release(&origin->words);
}

int flow_gate_weight(size_t *out, const struct flow_gate *gate, const struct flow_language *language,
                     const char *text, const struct flow_span *body, struct flow_error *err)
{
    struct flow_gate_content content;
    if (flow_gate_content(&content, gate, language, text + body->start, body->end - body->start, err) < 0)
        return -1;
    *out = weight_of(text, body, &content);
    return 0;
}

static const struct flow_pair *pair_of(const struct flow_gate_input *in, const struct flow_symbol *symbol)
{
    for (size_t i = 0; i < in->pair_count; i++) {
        const char *name = in->pairs[i].source;
        size_t len = strlen(name), tail = strlen(symbol->name);
        // "container.name" and "struct name" are as good as "name".
        if (len >= tail && strcmp(name + len - tail, symbol->name) == 0 &&
            (len == tail || strchr(".: ", name[len - tail - 1])))
            return &in->pairs[i];
    }
    return NULL;
}

// A macro without a value (a guard, a switch) is no interface; members are covered by what contains them.
static bool needs_pair(const struct flow_symbol *symbol)
{
    bool empty_macro = strcmp(symbol->kind, "macro") == 0 && symbol->body.end == symbol->body.start;
    return symbol->is_public && symbol->container[0] == '\0' && !empty_macro &&
           strcmp(symbol->kind, "test") != 0;
}

/*
 * A body that shrank to almost nothing is a stub whatever its words are. Below this share of the source, and
 * only for sources above this size: a faithful translation of a longer body does not come near.
 */
#define BODY_SHARE_PERCENT 12
#define BODY_MIN_BYTES     240

static int check_body(struct flow_gate *gate, const struct flow_gate_file *source,
                      const struct flow_symbol *symbol, const struct flow_symbol *target,
                      struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    size_t before, after;
    if (in->skeleton || !is_callable(symbol) || body_len(symbol) < BODY_MIN_BYTES)
        return 0;
    if (flow_gate_weight(&before, gate, in->source_language, source->text, &symbol->body, err) < 0 ||
        flow_gate_weight(&after, gate, in->target_language, in->target.text, &target->body, err) < 0)
        return -1;
    if (before < BODY_MIN_BYTES || after * 100 >= before * BODY_SHARE_PERCENT)
        return 0;
    return flow_gate_add(gate, "stub", target->span.start_line, err,
                         "the body of '%s' is %zu bytes where the source has %zu: translate all of it",
                         target->name, after, before);
}

// Where our grammar stumbled in the target, what stands there as a word may be declared there.
static bool may_be_unseen(const struct flow_gate *gate, const char *name)
{
    const char *last = last_component(name), *at = gate->input->target.text;
    const char *end = at + gate->input->target.len;
    size_t len = strlen(last);
    while (gate->target_facts.errors > 0 && (at = memmem(at, (size_t)(end - at), last, len))) {
        bool begins = at == gate->input->target.text || !flow_gate_is_word(at[-1]);
        at += len;
        if (begins && (at == end || !flow_gate_is_word(*at)))
            return true;
    }
    return false;
}

static int check_pair(struct flow_gate *gate, const struct flow_gate_file *source,
                      const struct flow_symbol *symbol, struct flow_error *err)
{
    const struct flow_pair *pair = pair_of(gate->input, symbol);
    if (!pair)
        return flow_gate_add(
            gate, "parity", 0, err,
            "public %s '%s' of '%s' has no pair: translate it and list its pair, or list it as dropped "
            "with the reason",
            symbol->kind, symbol->name, source->path);
    if (!pair->target || !*pair->target) {
        if (pair->reason && *pair->reason)
            return 0;
        return flow_gate_add(gate, "parity", 0, err, "'%s' is listed as dropped without a reason",
                             symbol->name);
    }
    const struct flow_symbol *target = flow_gate_symbol(&gate->target_facts, pair->target);
    if (!target && may_be_unseen(gate, pair->target))
        return 0;
    if (!target)
        return flow_gate_add(gate, "parity", 0, err,
                             "'%s' is paired with '%s', which the file does not declare", symbol->name,
                             pair->target);
    return check_body(gate, source, symbol, target, err);
}

int flow_gate_parity(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    struct flow_map *seen = flow_map_new();
    int result = seen ? 0 : flow_error_nomem(err);
    // Sources first: a definition has a body to compare, its prototype in the header does not.
    for (int with_body = 1; result == 0 && with_body >= 0; with_body--) {
        for (size_t f = 0; f < in->source_count; f++) {
            const struct flow_facts *facts = &gate->source_facts[f];
            for (size_t s = 0; result == 0 && s < facts->symbol_count; s++) {
                const struct flow_symbol *symbol = &facts->symbols[s];
                bool added;
                if (!needs_pair(symbol) || (symbol->body.end > symbol->body.start) != with_body)
                    continue;
                if (!flow_map_ensure(seen, symbol->name, strlen(symbol->name), &added))
                    result = flow_error_nomem(err);
                else if (added)
                    result = check_pair(gate, &in->sources[f], symbol, err);
            }
        }
    }
    flow_map_free(seen);
    return result;
}

/*
 * Contracts.
 */

#define WAY_OUT ", unless its pair says with a reason why the source cannot be written so"

// Whether the translator says that a symbol of the contract became something else, and why.
static bool departs(const struct flow_gate_input *in, const char *name)
{
    for (size_t i = 0; i < in->pair_count; i++) {
        const struct flow_pair *pair = &in->pairs[i];
        if (pair->reason && *pair->reason &&
            (strcmp(last_component(pair->target ? pair->target : ""), name) == 0 ||
             same_spelling(last_component(pair->source), name)))
            return true;
    }
    return false;
}

// A declaration may have become a definition: the semicolon behind it does not count.
static bool same_signature(const char *a, const char *b)
{
    size_t a_len = strlen(a), b_len = strlen(b);
    while (a_len > 0 && strchr("; ", a[a_len - 1]))
        a_len--;
    while (b_len > 0 && strchr("; ", b[b_len - 1]))
        b_len--;
    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

// The one that is as wanted, else (*same is false) the first of its name: there may be several (overloads,
// accessors, branches of a condition).
static const struct flow_symbol *find_symbol(const struct flow_facts *facts, const struct flow_symbol *wanted,
                                             bool *same)
{
    const struct flow_symbol *first = NULL;
    *same = true;
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *s = &facts->symbols[i];
        if (strcmp(s->name, wanted->name) != 0 || strcmp(s->container, wanted->container) != 0 ||
            strcmp(s->kind, wanted->kind) != 0)
            continue;
        if (same_signature(s->signature, wanted->signature))
            return s;
        first = first ? first : s;
    }
    *same = false;
    return first;
}

static const struct flow_field *find_field(const struct flow_facts *facts, const struct flow_field *wanted,
                                           bool *same)
{
    const struct flow_field *first = NULL;
    *same = true;
    for (size_t i = 0; i < facts->field_count; i++) {
        const struct flow_field *f = &facts->fields[i];
        if (strcmp(f->name, wanted->name) != 0 || strcmp(f->container, wanted->container) != 0)
            continue;
        if (strcmp(f->type, wanted->type) == 0)
            return f;
        first = first ? first : f;
    }
    *same = false;
    return first;
}

static int keep_symbols(struct flow_gate *gate, const struct flow_facts *contract, struct flow_error *err)
{
    for (size_t i = 0; i < contract->symbol_count; i++) {
        bool same;
        const struct flow_symbol *want = &contract->symbols[i],
                                 *have = find_symbol(&gate->target_facts, want, &same);
        int result = 0;
        if (same || departs(gate->input, want->name))
            continue;
        if (!have)
            result = flow_gate_add(gate, "contract", 0, err,
                                   "%s '%s' of the contract is missing: keep '%s'" WAY_OUT, want->kind,
                                   want->name, want->signature);
        else
            result = flow_gate_add(gate, "contract", have->span.start_line, err,
                                   "the contract says '%s', the file says '%s': signatures stay as they "
                                   "are" WAY_OUT,
                                   want->signature, have->signature);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int keep_fields(struct flow_gate *gate, const struct flow_facts *contract, struct flow_error *err)
{
    for (size_t i = 0; i < contract->field_count; i++) {
        bool same;
        const struct flow_field *want = &contract->fields[i],
                                *have = find_field(&gate->target_facts, want, &same);
        if (same || departs(gate->input, want->container))
            continue;
        if (flow_gate_add(gate, "contract", have ? have->line : 0, err,
                          "field '%s' of '%s' is '%s' in the contract: types stay as they are" WAY_OUT,
                          want->name, want->container, want->type) < 0)
            return -1;
    }
    return 0;
}

int flow_gate_contract(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_file *contract = gate->input->contract;
    if (!contract)
        return 0;
    struct flow_facts facts;
    if (flow_facts_extract(&facts, gate->parser, gate->input->target_language, contract->text, contract->len,
                           err) < 0)
        return -1;
    int result = keep_symbols(gate, &facts, err);
    if (result == 0)
        result = keep_fields(gate, &facts, err);
    flow_facts_release(&facts);
    return result;
}
