// SPDX-License-Identifier: MIT
/*
 * Gates that compare declarations: every public symbol has its pair, and a contract is kept.
 */
#include <ctype.h>
#include <string.h>

#include "flow/base/map.h"
#include "gate.h"

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

// How much of a body is there, white space left out.
static size_t weight(const char *text, const struct flow_span *span)
{
    size_t bytes = 0;
    for (uint32_t i = span->start; i < span->end; i++)
        bytes += !isspace((unsigned char)text[i]);
    return bytes;
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
    size_t before = weight(source->text, &symbol->body);
    size_t after = weight(gate->input->target.text, &target->body);
    bool callable = strcmp(symbol->kind, "function") == 0 || strcmp(symbol->kind, "method") == 0;
    if (!callable || before < BODY_MIN_BYTES || after * 100 >= before * BODY_SHARE_PERCENT)
        return 0;
    return flow_gate_add(gate, "stub", target->span.start_line, err,
                         "the body of '%s' is %zu bytes where the source has %zu: translate all of it",
                         target->name, after, before);
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

static const struct flow_symbol *same_symbol(const struct flow_facts *facts, const struct flow_symbol *wanted)
{
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *s = &facts->symbols[i];
        if (strcmp(s->name, wanted->name) == 0 && strcmp(s->container, wanted->container) == 0 &&
            strcmp(s->kind, wanted->kind) == 0)
            return s;
    }
    return NULL;
}

static const struct flow_field *same_field(const struct flow_facts *facts, const struct flow_field *wanted)
{
    for (size_t i = 0; i < facts->field_count; i++) {
        if (strcmp(facts->fields[i].name, wanted->name) == 0 &&
            strcmp(facts->fields[i].container, wanted->container) == 0)
            return &facts->fields[i];
    }
    return NULL;
}

static int keep_symbols(struct flow_gate *gate, const struct flow_facts *contract, struct flow_error *err)
{
    for (size_t i = 0; i < contract->symbol_count; i++) {
        const struct flow_symbol *want = &contract->symbols[i],
                                 *have = same_symbol(&gate->target_facts, want);
        int result = 0;
        if (!have)
            result = flow_gate_add(gate, "contract", 0, err, "%s '%s' of the contract is missing: keep '%s'",
                                   want->kind, want->name, want->signature);
        else if (strcmp(have->signature, want->signature) != 0)
            result = flow_gate_add(gate, "contract", have->span.start_line, err,
                                   "the contract says '%s', the file says '%s': signatures stay as they are",
                                   want->signature, have->signature);
        if (result < 0)
            return -1;
    }
    return 0;
}

static int keep_fields(struct flow_gate *gate, const struct flow_facts *contract, struct flow_error *err)
{
    for (size_t i = 0; i < contract->field_count; i++) {
        const struct flow_field *want = &contract->fields[i], *have = same_field(&gate->target_facts, want);
        if (have && strcmp(have->type, want->type) == 0)
            continue;
        if (flow_gate_add(gate, "contract", have ? have->line : 0, err,
                          "field '%s' of '%s' is '%s' in the contract: types stay as they are", want->name,
                          want->container, want->type) < 0)
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
