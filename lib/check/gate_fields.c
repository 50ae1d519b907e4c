// SPDX-License-Identifier: MIT
/*
 * The gate of fields whose type is decided (the field table): the field of the target has that type. Types
 * are compared as far as they say who owns what: what is pointed to is called as the translation calls it.
 */
#include <string.h>

#include "flow/base/str.h"
#include "gate.h"

/* How the target language writes types; gates.conf. */
struct manner {
    const char *path;     /* between the names of a path */
    const char *lifetime; /* what the name of a lifetime begins with */
    const char *fixed;    /* the one that means the same everywhere; all others are the translation's */
    struct flow_strv parts, idioms; /* of the same count: what of a table's type may also be written how */
};

/* A name, or a sign. */
struct token {
    const char *at;
    size_t len;
    bool word, lifetime;
};

#define TOKENS_MAX 100 /* of a type: longer ones are compared as far as that */

struct tokens {
    struct token items[TOKENS_MAX];
    size_t count;
};

static struct token next_token(const struct manner *manner, const char *at)
{
    struct token token = {.at = at};
    size_t mark = *manner->lifetime && flow_str_starts(at, manner->lifetime) ? strlen(manner->lifetime) : 0;
    while (flow_gate_is_word(at[mark + token.len]))
        token.len++;
    if (token.len > 0) {
        token.lifetime = mark > 0;
        token.word = mark == 0;
        token.len += mark;
    } else {
        token.len = flow_str_starts(at, "->") ? 2 : 1;
    }
    return token;
}

// Only the last name of a path counts.
static void cut(const struct manner *manner, const char *type, struct tokens *out)
{
    out->count = 0;
    for (const char *at = type + strspn(type, " \t\r\n"); *at && out->count < TOKENS_MAX;
         at += strspn(at, " \t\r\n")) {
        if (flow_str_starts(at, manner->path)) {
            at += strlen(manner->path);
            if (out->count > 0 && out->items[out->count - 1].word)
                out->count--;
            continue;
        }
        out->items[out->count] = next_token(manner, at);
        at += out->items[out->count++].len;
    }
}

static bool is(const struct token *token, const char *text)
{
    return token->len == strlen(text) && memcmp(token->at, text, token->len) == 0;
}

// Where the type that begins at `from` ends.
static size_t skip_type(const struct tokens *tokens, size_t from)
{
    size_t depth = 0, i = from;
    for (; i < tokens->count; i++) {
        char c = tokens->items[i].len == 1 ? *tokens->items[i].at : '\0';
        bool closes = c && strchr(">)]", c);
        if (depth == 0 && (closes || c == ',' || c == ';'))
            break;
        depth += c && strchr("<([", c);
        depth -= closes;
    }
    return i;
}

// Whether a type as the source writes it has that name in it.
static bool is_pointee(const char *source_type, const struct token *name)
{
    for (const char *at = source_type; *at;) {
        size_t len = 0;
        while (flow_gate_is_word(at[len]))
            len++;
        if (len > 0 && flow_gate_same_spelling(at, len, name->at, name->len))
            return true;
        at += len > 0 ? len : 1;
    }
    return false;
}

static bool same_token(const struct manner *manner, const struct token *a, const struct token *b)
{
    if (a->lifetime && b->lifetime && !is(a, manner->fixed) && !is(b, manner->fixed))
        return true;
    return a->len == b->len && memcmp(a->at, b->at, a->len) == 0;
}

static bool begins(const struct manner *manner, const struct tokens *tokens, size_t from,
                   const struct tokens *part)
{
    size_t i = 0;
    while (i < part->count && from + i < tokens->count &&
           same_token(manner, &tokens->items[from + i], &part->items[i]))
        i++;
    return i == part->count;
}

// Goes on behind a part of the wanted type for which another one stands.
static bool skip_idiom(const struct manner *manner, const struct tokens *want, size_t *i,
                       const struct tokens *have, size_t *k)
{
    struct tokens part;
    for (size_t p = 0; p < manner->parts.count; p++) {
        cut(manner, manner->parts.items[p], &part);
        size_t behind = *i + part.count;
        if (part.count == 0 || !begins(manner, want, *i, &part))
            continue;
        cut(manner, manner->idioms.items[p], &part);
        if (begins(manner, have, *k, &part)) {
            *i = behind;
            *k += part.count;
            return true;
        }
    }
    return false;
}

static bool fits(const struct manner *manner, const struct flow_gate_field *field, const char *type)
{
    struct tokens want, have;
    size_t last = SIZE_MAX, k = 0;
    cut(manner, field->type, &want);
    cut(manner, type, &have);
    for (size_t i = 0; i < want.count; i++)
        last = want.items[i].word ? i : last;
    for (size_t i = 0; i < want.count;) {
        // What a table leaves open, as in "fn(…)".
        if (is(&want.items[i], "…"))
            return true;
        if (skip_idiom(manner, &want, &i, &have, &k))
            continue;
        size_t next = i == last && is_pointee(field->source_type, &want.items[i]) ? skip_type(&have, k)
                      : k < have.count && same_token(manner, &want.items[i], &have.items[k]) ? k + 1
                                                                                             : k;
        if (next == k)
            return false;
        k = next;
        i++;
    }
    return k == have.count;
}

/*
 * Which field it is.
 */

// The last of the names of a struct, without the line that tells it from another one of that name.
static const char *last_name(const char *container, size_t *len)
{
    const char *name = container;
    *len = strcspn(container, "@");
    for (size_t i = 0; i < *len; i++)
        if (strchr(".: ", container[i]))
            name = container + i + 1;
    *len -= (size_t)(name - container);
    return name;
}

static bool is_container(const char *container, const char *name, size_t len)
{
    size_t own_len;
    const char *own = last_name(container, &own_len);
    return flow_gate_same_spelling(own, own_len, name, len);
}

static bool is_field_of_source(const struct flow_gate *gate, const struct flow_gate_field *field)
{
    size_t len;
    const char *name = last_name(field->container, &len);
    for (size_t f = 0; f < gate->input->source_count; f++)
        for (size_t i = 0; i < gate->source_facts[f].field_count; i++) {
            const struct flow_field *own = &gate->source_facts[f].fields[i];
            if (strcmp(own->name, field->name) == 0 && is_container(own->container, name, len))
                return true;
        }
    return false;
}

// What the struct became. "": it was dropped.
static const char *target_of(const struct flow_gate_input *in, const char *name, size_t *len)
{
    for (size_t i = 0; i < in->pair_count; i++) {
        size_t own_len;
        const char *own = last_name(in->pairs[i].source, &own_len);
        if (own_len == *len && memcmp(own, name, own_len) == 0)
            return last_name(in->pairs[i].target ? in->pairs[i].target : "", len);
    }
    return name;
}

static int check(struct flow_gate *gate, const struct manner *manner, const struct flow_gate_field *field,
                 struct flow_error *err)
{
    const struct flow_facts *facts = &gate->target_facts;
    const struct flow_field *found = NULL;
    bool known = false;
    size_t len;
    const char *strukt = last_name(field->container, &len);
    if (!is_field_of_source(gate, field))
        return 0;
    strukt = target_of(gate->input, strukt, &len);
    for (size_t i = 0; i < facts->field_count; i++) {
        const struct flow_field *own = &facts->fields[i];
        if (!is_container(own->container, strukt, len))
            continue;
        known = true;
        if (!flow_gate_same_spelling(own->name, strlen(own->name), field->name, strlen(field->name)))
            continue;
        if (fits(manner, field, own->type))
            return 0;
        found = own;
    }
    // Where the struct stands somewhere else, so does the field.
    if (!known)
        return 0;
    if (!found)
        return flow_gate_add(
            gate, "field", 0, err,
            "'%.*s' has no field '%s', which is '%s' by the field table: declare it, or list "
            "the pair '%s.%s' with what it became and a reason",
            (int)len, strukt, field->name, field->type, field->container, field->name);
    return flow_gate_add(gate, "field", found->line, err,
                         "field '%s' of '%.*s' is '%s', and by the field table '%s': give it that type, or "
                         "list the pair '%s.%s' with its target and a reason",
                         found->name, (int)len, strukt, found->type, field->type, field->container,
                         field->name);
}

// Adds what may be written for one part of a type.
static int add_idioms(struct manner *manner, const struct flow_config *rules, const char *part,
                      struct flow_error *err)
{
    struct flow_buf key;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_printf(&key, "field.%s.idiom", part);
    int result = flow_buf_check(&key, "setting", err);
    if (result == 0)
        result = flow_config_list(rules, key.data, &manner->idioms, err);
    while (result == 0 && manner->parts.count < manner->idioms.count)
        result = flow_strv_add(&manner->parts, part, err);
    flow_buf_release(&key);
    return result;
}

static int read_idioms(struct manner *manner, const struct flow_config *rules, struct flow_error *err)
{
    struct flow_strv parts;
    flow_strv_init(&parts);
    int result = flow_config_subsections(rules, "field", &parts, err);
    for (size_t i = 0; i < parts.count && result == 0; i++)
        result = add_idioms(manner, rules, parts.items[i], err);
    flow_strv_release(&parts);
    return result;
}

int flow_gate_fields(struct flow_gate *gate, struct flow_error *err)
{
    struct manner manner = {.path = flow_config_str(gate->rules, "field.path", ""),
                            .lifetime = flow_config_str(gate->rules, "field.lifetime", ""),
                            .fixed = flow_config_str(gate->rules, "field.lifetime-fixed", "")};
    flow_strv_init(&manner.parts);
    flow_strv_init(&manner.idioms);
    int result = read_idioms(&manner, gate->rules, err);
    // Where nothing is said of how it writes types, they do not tell who owns what.
    for (size_t i = 0; i < gate->input->field_count && *manner.path && result == 0; i++)
        result = check(gate, &manner, &gate->input->fields[i], err);
    flow_strv_release(&manner.parts);
    flow_strv_release(&manner.idioms);
    return result;
}
