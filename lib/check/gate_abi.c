// SPDX-License-Identifier: MIT
/*
 * The gate of a layer of C ABI: each function of the header is there under its own name, in such a way that
 * programs in C find it. What a declaration has to hold for that is data ([c-abi] of gates.conf).
 */
#include <string.h>

#include "flow/base/str.h"
#include "gate.h"

struct declaration {
    const char *text; /* with the lines of attributes above it, up to the body */
    size_t len;
    size_t missing; /* patterns that do not fit it */
};

// Where the attributes of a declaration begin: lines that begin as those of its language do.
static size_t attributes_start(const char *text, size_t start, const char *attribute)
{
    while (start > 0 && text[start - 1] != '\n')
        start--;
    while (*attribute && start > 0) {
        size_t above = start - 1;
        while (above > 0 && text[above - 1] != '\n')
            above--;
        size_t word = above + strspn(text + above, " \t");
        if (!flow_str_starts(text + word, attribute))
            break;
        start = above;
    }
    return start;
}

static int match_one(struct flow_gate *gate, const regex_t *pattern, void *payload, struct flow_error *err)
{
    struct declaration *declaration = payload;
    regmatch_t match;
    (void)gate;
    int found = flow_gate_match(pattern, declaration->text, declaration->len, 0, &match, err);
    declaration->missing += found == 0;
    return found < 0 ? -1 : 0;
}

// 1: a program in C finds it.
static int is_exported(struct flow_gate *gate, const char *text, const struct flow_symbol *symbol,
                       struct flow_error *err)
{
    const char *attribute =
        flow_config_str(flow_language_config(gate->input->target_language), "symbols.attribute", "");
    size_t start = attributes_start(text, symbol->span.start, attribute);
    size_t end = symbol->body.end > symbol->body.start ? symbol->body.start : symbol->span.end;
    struct declaration declaration = {.text = text + start, .len = end - start};
    if (flow_gate_patterns(gate, "c-abi.declaration", match_one, &declaration, err))
        return -1;
    return declaration.missing == 0;
}

static const struct flow_pair *pair_of(const struct flow_gate_input *in, const char *name)
{
    for (size_t i = 0; i < in->pair_count; i++)
        if (strcmp(in->pairs[i].source, name) == 0)
            return &in->pairs[i];
    return NULL;
}

static int check_function(struct flow_gate *gate, const char *name, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    const struct flow_pair *pair = pair_of(in, name);
    // The gate of parity asks for a pair, and for the reason why there is none.
    if (pair && (!pair->target || !*pair->target))
        return 0;
    const struct flow_symbol *symbol = flow_gate_symbol(&gate->target_facts, name);
    if (!symbol || (pair && strcmp(pair->target, name) != 0))
        return flow_gate_add(gate, "c-abi", 0, err,
                             "'%s' of the header has to be a function of that name, and paired with it: old "
                             "programs are linked with it by its name",
                             name);
    int exported = is_exported(gate, in->target.text, symbol, err);
    if (exported != 0)
        return exported < 0 ? -1 : 0;
    return flow_gate_add(gate, "c-abi", symbol->span.start_line, err,
                         "'%s' is not exported: declare it so that programs in C find it by its name", name);
}

// A change takes nothing away: what the text before exported is asked for, and no record.
static int check_change(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    struct flow_facts before;
    if (!in->previous)
        return 0;
    if (flow_facts_extract(&before, gate->parser, in->target_language, in->previous->text, in->previous->len,
                           err))
        return -1;
    int result = 0;
    for (size_t i = 0; i < before.symbol_count && result == 0; i++) {
        const struct flow_symbol *symbol = &before.symbols[i];
        int exported = strcmp(symbol->kind, "function") == 0 && !*symbol->container
                           ? is_exported(gate, in->previous->text, symbol, err)
                           : 0;
        result = exported < 0 ? -1 : exported == 1 ? check_function(gate, symbol->name, err) : 0;
    }
    flow_facts_release(&before);
    return result;
}

int flow_gate_abi(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    int result = 0;
    if (!in->c_abi)
        return 0;
    if (in->change)
        return check_change(gate, err);
    for (size_t f = 0; f < in->source_count; f++) {
        const struct flow_facts *facts = &gate->source_facts[f];
        for (size_t i = 0; i < facts->symbol_count && result == 0; i++) {
            const struct flow_symbol *symbol = &facts->symbols[i];
            if (strcmp(symbol->kind, "function") == 0 && symbol->is_public && !*symbol->container &&
                symbol->body.end == symbol->body.start)
                result = check_function(gate, symbol->name, err);
        }
    }
    return result;
}
