// SPDX-License-Identifier: MIT
// Compiling queries.
#include "query.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"

#define MAX_DEPTH 64

struct reader {
    struct query *query;
    const char *text, *at, *end;
    const char *what;
    unsigned depth;
    size_t pattern; /* being read */
    struct flow_error *err;
};

static int fail(const struct reader *reader, const char *why)
{
    size_t line = 1;
    for (const char *c = reader->text; c < reader->at; c++)
        line += *c == '\n';
    return flow_error_set(reader->err, FLOW_E_INVALID, "'%s' line %zu: %s", reader->what, line, why);
}

static void skip_space(struct reader *reader)
{
    while (reader->at < reader->end) {
        if (*reader->at == ';') {
            while (reader->at < reader->end && *reader->at != '\n')
                reader->at++;
        } else if (strchr(" \t\r\n", *reader->at)) {
            reader->at++;
        } else {
            return;
        }
    }
}

static bool take(struct reader *reader, char c)
{
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != c)
        return false;
    reader->at++;
    return true;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("_-.", c));
}

// Reads a name; NULL where there is none.
static const char *take_word(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && is_word(*reader->at))
        reader->at++;
    if (reader->at == start) {
        fail(reader, "a name is missing");
        return NULL;
    }
    const char *word = flow_arena_strn(&reader->query->arena, start, (size_t)(reader->at - start));
    if (!word)
        flow_error_nomem(reader->err);
    return word;
}

// Reads a string whose opening quote has been taken.
static const char *take_string(struct reader *reader)
{
    const char *close = reader->at;
    while (close < reader->end && *close != '"')
        close += *close == '\\' && close + 1 < reader->end ? 2 : 1;
    if (close >= reader->end) {
        fail(reader, "a string does not end");
        return NULL;
    }
    char *out = flow_arena_alloc(&reader->query->arena, (size_t)(close - reader->at) + 1);
    if (!out) {
        flow_error_nomem(reader->err);
        return NULL;
    }
    for (size_t len = 0; reader->at < close; len++) {
        char c = *reader->at++;
        if (c == '\\') {
            c = *reader->at++;
            c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
        out[len] = c;
    }
    reader->at = close + 1;
    return out;
}

static int add_step(struct reader *reader, enum query_kind kind)
{
    struct query *query = reader->query;
    if (query->step_count >= INT16_MAX)
        return fail(reader, "the query is too large");
    if (flow_grow(&query->steps, &query->step_cap, query->step_count + 1, sizeof *query->steps,
                  reader->err) != 0)
        return -1;
    query->steps[query->step_count] =
        (struct query_step){.kind = kind, .captures = {-1, -1, -1}, .child = -1, .next = -1};
    return (int)query->step_count++;
}

static int capture_id(struct reader *reader, const char *name)
{
    struct query *query = reader->query;
    for (size_t i = 0; i < query->capture_count; i++) {
        if (strcmp(query->captures[i], name) == 0)
            return (int)i;
    }
    if (query->capture_count >= INT16_MAX)
        return fail(reader, "too many captures");
    if (flow_grow(&query->captures, &query->capture_cap, query->capture_count + 1, sizeof *query->captures,
                  reader->err) != 0)
        return -1;
    query->captures[query->capture_count] = name;
    return (int)query->capture_count++;
}

// What may follow a step: '?' and captures.
static int read_suffix(struct reader *reader, int step)
{
    for (;;) {
        if (take(reader, '?')) {
            reader->query->steps[step].optional = true;
        } else if (take(reader, '*') || take(reader, '+')) {
            return fail(reader, "'*' and '+' are not part of the syntax");
        } else if (take(reader, '@')) {
            const char *name = take_word(reader);
            int id = name ? capture_id(reader, name) : -1;
            if (id < 0)
                return -1;
            int16_t *slots = reader->query->steps[step].captures;
            size_t i = 0;
            while (i < QUERY_STEP_CAPTURES && slots[i] >= 0)
                i++;
            if (i == QUERY_STEP_CAPTURES)
                return fail(reader, "a node has too many captures");
            slots[i] = (int16_t)id;
        } else {
            return 0;
        }
    }
}

static int read_step(struct reader *reader);
static int read_predicate(struct reader *reader);

static int read_field(struct reader *reader, TSFieldId *out)
{
    const char *name = take_word(reader);
    if (!name)
        return -1;
    *out = ts_language_field_id_for_name(reader->query->grammar, name, (uint32_t)strlen(name));
    return *out ? 0 : fail(reader, "the grammar has no such field");
}

// Reads children up to ')' or ']' and hangs them below parent.
static int read_children(struct reader *reader, int parent, char close)
{
    int last = -1;
    bool anchored = false;
    for (;;) {
        if (take(reader, close)) {
            reader->query->steps[parent].closed = anchored && last >= 0;
            return 0;
        }
        if (take(reader, '.')) {
            anchored = true;
            continue;
        }
        if (take(reader, '!')) {
            if (read_field(reader, &reader->query->steps[parent].without) != 0)
                return -1;
            reader->query->steps[parent].asks_fields = true;
            continue;
        }
        if (reader->end - reader->at > 1 && reader->at[0] == '(' && reader->at[1] == '#') {
            reader->at += 2;
            if (read_predicate(reader) != 0)
                return -1;
            continue;
        }
        int step = read_step(reader);
        if (step < 0)
            return -1;
        struct query_step *steps = reader->query->steps;
        steps[step].anchored = anchored;
        if (steps[step].field || (steps[step].kind == QUERY_CHOICE && steps[step].asks_fields))
            steps[parent].asks_fields = true;
        anchored = false;
        *(last < 0 ? &steps[parent].child : &steps[last].next) = step;
        last = step;
    }
}

static int symbol_of(struct reader *reader, const char *name, bool named, TSSymbol *out)
{
    if (named && strcmp(name, "ERROR") == 0) {
        *out = QUERY_ERROR_KIND;
        return 0;
    }
    *out = ts_language_symbol_for_name(reader->query->grammar, name, (uint32_t)strlen(name), named);
    if (*out == 0 || *out >= reader->query->kinds ||
        ts_language_symbol_type(reader->query->grammar, *out) == TSSymbolTypeAuxiliary)
        return fail(reader, "the grammar has no such node");
    return 0;
}

// A node in brackets, whose '(' has been taken.
static int read_node(struct reader *reader)
{
    skip_space(reader);
    if (reader->at < reader->end && (*reader->at == '(' || *reader->at == '[' || *reader->at == '"')) {
        // A group of one node and its predicates.
        int step = read_step(reader);
        while (step >= 0 && !take(reader, ')')) {
            if (!take(reader, '(') || !take(reader, '#'))
                return fail(reader, "a group holds one node and predicates");
            if (read_predicate(reader) != 0)
                return -1;
        }
        return step;
    }
    const char *name = take_word(reader);
    if (!name)
        return -1;
    bool any = strcmp(name, "_") == 0;
    int step = add_step(reader, any ? QUERY_NAMED : QUERY_NODE);
    if (step < 0 || (!any && symbol_of(reader, name, true, &reader->query->steps[step].symbol) != 0))
        return -1;
    return read_children(reader, step, ')') == 0 ? step : -1;
}

static int read_plain_step(struct reader *reader)
{
    if (take(reader, '('))
        return read_node(reader);
    if (take(reader, '[')) {
        int step = add_step(reader, QUERY_CHOICE);
        return step >= 0 && read_children(reader, step, ']') == 0 ? step : -1;
    }
    if (take(reader, '"')) {
        const char *text = take_string(reader);
        int step = text ? add_step(reader, QUERY_NODE) : -1;
        if (step < 0 || symbol_of(reader, text, false, &reader->query->steps[step].symbol) != 0)
            return -1;
        return step;
    }
    if (reader->at < reader->end && *reader->at == '_') {
        reader->at++;
        return add_step(reader, QUERY_ANY);
    }
    if (reader->at == reader->end)
        return fail(reader, "the query ends too early");
    TSFieldId field;
    if (read_field(reader, &field) != 0)
        return -1;
    if (!take(reader, ':'))
        return fail(reader, "':' is missing behind a field");
    int step = read_step(reader);
    if (step >= 0)
        reader->query->steps[step].field = field;
    return step;
}

// Reads one step with what follows it; its index, or -1.
static int read_step(struct reader *reader)
{
    if (++reader->depth > MAX_DEPTH)
        return fail(reader, "the pattern is nested too deeply");
    int step = read_plain_step(reader);
    reader->depth--;
    return step >= 0 && read_suffix(reader, step) == 0 ? step : -1;
}

static int op_of(struct reader *reader, const char *name, struct query_predicate *out)
{
    static const struct {
        const char *name;
        enum query_op op;
        bool negated;
    } ops[] = {
        {"eq", QUERY_EQ, false},          {"not-eq", QUERY_EQ, true},      {"match", QUERY_MATCH, false},
        {"not-match", QUERY_MATCH, true}, {"any-of", QUERY_ANY_OF, false}, {"not-any-of", QUERY_ANY_OF, true},
        {"set", QUERY_SET, false},
    };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].name, name) == 0) {
            out->op = ops[i].op;
            out->negated = ops[i].negated;
            return 0;
        }
    }
    return fail(reader, "no such predicate");
}

#define MAX_VALUES 256

// The words and strings up to ')'; a second capture goes to predicate->other.
static int read_values(struct reader *reader, struct query_predicate *predicate)
{
    const char *values[MAX_VALUES];
    while (!take(reader, ')')) {
        if (take(reader, '@')) {
            const char *name = take_word(reader);
            int id = name ? capture_id(reader, name) : -1;
            if (id < 0)
                return -1;
            *(predicate->capture < 0 ? &predicate->capture : &predicate->other) = (int16_t)id;
            continue;
        }
        if (predicate->value_count == MAX_VALUES)
            return fail(reader, "a predicate has too many values");
        const char *value = take(reader, '"') ? take_string(reader) : take_word(reader);
        if (!value)
            return -1;
        values[predicate->value_count++] = value;
    }
    predicate->values =
        flow_arena_alloc(&reader->query->arena, (predicate->value_count + 1) * sizeof *values);
    if (!predicate->values)
        return flow_error_nomem(reader->err);
    memcpy(predicate->values, values, predicate->value_count * sizeof *values);
    return 0;
}

static int compile_regex(struct reader *reader, struct query_predicate *predicate)
{
    if (predicate->value_count != 1)
        return fail(reader, "#match? takes one regular expression");
    predicate->regex = malloc(sizeof *predicate->regex);
    if (!predicate->regex)
        return flow_error_nomem(reader->err);
    if (regcomp(predicate->regex, predicate->values[0], REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0) {
        free(predicate->regex);
        predicate->regex = NULL;
        return fail(reader, "not a POSIX extended regular expression");
    }
    return 0;
}

// A predicate whose "(#" has been taken.
static int read_predicate(struct reader *reader)
{
    struct query *query = reader->query;
    struct query_predicate predicate = {.capture = -1, .other = -1};
    const char *name = take_word(reader);
    if (!name || op_of(reader, name, &predicate) != 0)
        return -1;
    if (!take(reader, predicate.op == QUERY_SET ? '!' : '?'))
        return fail(reader, "no such predicate");
    if (read_values(reader, &predicate) != 0)
        return -1;
    if (predicate.op == QUERY_SET ? predicate.value_count == 0 : predicate.capture < 0)
        return fail(reader, "the predicate says nothing");
    if (predicate.op == QUERY_EQ && (predicate.value_count == 1) == (predicate.other >= 0))
        return fail(reader, "#eq? compares two things");
    if (predicate.op == QUERY_MATCH && compile_regex(reader, &predicate) != 0)
        return -1;
    if (flow_grow(&query->predicates, &query->predicate_cap, query->predicate_count + 1,
                  sizeof *query->predicates, reader->err) != 0) {
        if (predicate.regex) {
            regfree(predicate.regex);
            free(predicate.regex);
        }
        return -1;
    }
    query->predicates[query->predicate_count++] = predicate;
    return 0;
}

static int read_patterns(struct reader *reader)
{
    struct query *query = reader->query;
    for (skip_space(reader); reader->at < reader->end; skip_space(reader)) {
        if (flow_grow(&query->patterns, &query->pattern_cap, query->pattern_count + 1,
                      sizeof *query->patterns, reader->err) != 0)
            return -1;
        struct query_pattern pattern = {.first_predicate = query->predicate_count};
        pattern.root = read_step(reader);
        if (pattern.root < 0)
            return -1;
        if (query->steps[pattern.root].optional || query->steps[pattern.root].field)
            return fail(reader, "a pattern begins with a node");
        pattern.predicate_count = query->predicate_count - pattern.first_predicate;
        query->patterns[query->pattern_count++] = pattern;
    }
    return query->pattern_count <= UINT16_MAX ? 0 : fail(reader, "too many patterns");
}

static bool begins_with(const struct query *query, int step, uint32_t kind)
{
    const struct query_step *at = &query->steps[step];
    switch (at->kind) {
    case QUERY_NODE:
        return at->symbol == (kind == query->kinds ? QUERY_ERROR_KIND : kind);
    case QUERY_NAMED:
        return kind == query->kinds ||
               ts_language_symbol_type(query->grammar, (TSSymbol)kind) == TSSymbolTypeRegular;
    case QUERY_ANY:
        return true;
    case QUERY_CHOICE:
        for (int child = at->child; child >= 0; child = query->steps[child].next) {
            if (begins_with(query, child, kind))
                return true;
        }
    }
    return false;
}

static int index_patterns(struct query *query, struct flow_error *err)
{
    query->starts = calloc(query->kinds + 2, sizeof *query->starts);
    if (!query->starts)
        return flow_error_nomem(err);
    size_t cap = 0;
    uint32_t count = 0;
    for (uint32_t kind = 0; kind <= query->kinds; kind++) {
        query->starts[kind] = count;
        for (size_t i = 0; i < query->pattern_count; i++) {
            if (!begins_with(query, query->patterns[i].root, kind))
                continue;
            if (flow_grow(&query->order, &cap, count + 1, sizeof *query->order, err) != 0)
                return -1;
            query->order[count++] = (uint16_t)i;
        }
    }
    query->starts[query->kinds + 1] = count;
    return 0;
}

int query_new(struct query **out, const TSLanguage *grammar, const char *text, size_t len, const char *what,
              struct flow_error *err)
{
    struct query *query = calloc(1, sizeof *query);
    if (!query)
        return flow_error_nomem(err);
    flow_arena_init(&query->arena);
    query->grammar = grammar;
    query->kinds = ts_language_symbol_count(grammar);
    struct reader reader = {
        .query = query, .text = text, .at = text, .end = text + len, .what = what, .err = err};
    if (read_patterns(&reader) != 0 || index_patterns(query, err) != 0) {
        query_free(query);
        return -1;
    }
    *out = query;
    return 0;
}

void query_free(struct query *query)
{
    if (!query)
        return;
    for (size_t i = 0; i < query->predicate_count; i++) {
        if (query->predicates[i].regex) {
            regfree(query->predicates[i].regex);
            free(query->predicates[i].regex);
        }
    }
    free(query->steps);
    free(query->patterns);
    free(query->predicates);
    free(query->captures);
    free(query->starts);
    free(query->order);
    flow_arena_release(&query->arena);
    free(query);
}

const char *query_property(const struct query *query, size_t pattern, const char *key)
{
    const struct query_pattern *at = &query->patterns[pattern];
    for (size_t i = 0; i < at->predicate_count; i++) {
        const struct query_predicate *predicate = &query->predicates[at->first_predicate + i];
        if (predicate->op == QUERY_SET && strcmp(predicate->values[0], key) == 0)
            return predicate->value_count > 1 ? predicate->values[1] : "";
    }
    return NULL;
}
