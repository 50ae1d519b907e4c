// SPDX-License-Identifier: MIT
// From one match of facts.scm to one declaration.
#include "decl.h"

#include <string.h>

#define MAX_NAME 500  /* bytes of a name, a path or an expression */
#define MAX_TYPE 2000 /* bytes of a field's type */

// The captures of one match by role; the first one of each counts.
struct found {
    TSNode nodes[ROLE_COUNT];  // the first capture of each role …
    uint32_t ends[ROLE_COUNT]; // … and where the last one ends
    bool has[ROLE_COUNT];
    enum role root;
    const char *kind;
};

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// Appends the folded text to out up to a length of `max`, for which there is room; gives the new length.
static size_t fold_into(char *out, size_t len, size_t max, const char *source, size_t start, size_t end)
{
    for (size_t i = start; i < end && len < max; i++) {
        char c = source[i] ? source[i] : '?';
        if (!is_space(c))
            out[len++] = c;
        else if (len > 0 && out[len - 1] != ' ')
            out[len++] = ' ';
    }
    return len;
}

static void cut_end(char *text, size_t len)
{
    while (len > 0 && text[len - 1] == ' ')
        len--;
    text[len] = '\0';
}

const char *facts_fold(struct flow_arena *arena, const char *source, size_t start, size_t end, size_t max)
{
    size_t room = end - start < max ? end - start : max;
    char *out = flow_arena_alloc(arena, room + 1);
    if (!out)
        return NULL;
    size_t len = fold_into(out, 0, room, source, start, end);
    // Where the limit cut a character of several bytes, what is left of it goes, too.
    size_t lead = len;
    while (len == max && lead > 0 && ((unsigned char)out[lead - 1] & 0xC0) == 0x80)
        lead--;
    if (len == max && lead > 0 && (unsigned char)out[lead - 1] >= 0xC0)
        len = lead - 1;
    cut_end(out, len);
    return out;
}

static const char *node_text(struct flow_facts *facts, const char *source, TSNode node)
{
    return facts_fold(&facts->arena, source, ts_node_start_byte(node), ts_node_end_byte(node), MAX_NAME);
}

static const char *role_text(struct flow_facts *facts, const char *source, const struct found *found,
                             enum role role)
{
    return facts_fold(&facts->arena, source, ts_node_start_byte(found->nodes[role]), found->ends[role],
                      MAX_NAME);
}

// The same without quotes around it.
static const char *unquoted(struct flow_facts *facts, const char *source, TSNode node)
{
    size_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    if (end - start >= 2) {
        char first = source[start], last = source[end - 1];
        if ((first == last && (first == '"' || first == '\'' || first == '`')) ||
            (first == '<' && last == '>')) {
            start++;
            end--;
        }
    }
    return facts_fold(&facts->arena, source, start, end, MAX_NAME);
}

// The node inside `name` that is the declared name, and whether a node on the way to it makes a pointer.
static TSNode name_leaf(const struct flow_language *language, TSNode name, bool *is_pointer)
{
    *is_pointer = false;
    if (ts_node_child_count(name) == 0 || language_flags(language, ts_node_symbol(name)) & NODE_DECLARED)
        return name;
    TSNode leaf = name;
    TSTreeCursor cursor = ts_tree_cursor_new(name);
    do {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        if (language_flags(language, ts_node_symbol(node)) & NODE_DECLARED) {
            leaf = node;
            while (ts_tree_cursor_goto_parent(&cursor)) {
                TSSymbol kind = ts_node_symbol(ts_tree_cursor_current_node(&cursor));
                *is_pointer |= (language_flags(language, kind) & NODE_POINTER) != 0;
            }
            break;
        }
    } while (tree_next(&cursor));
    ts_tree_cursor_delete(&cursor);
    return leaf;
}

// Whether a type holds a pointer outside of what it declares itself (an anonymous struct).
static bool holds_pointer(const struct rules *rules, TSNode type)
{
    bool found = false;
    TSTreeCursor cursor = ts_tree_cursor_new(type);
    for (bool more = true; more && !found;) {
        TSSymbol kind = ts_node_symbol(ts_tree_cursor_current_node(&cursor));
        found = (language_flags(rules->language, kind) & NODE_POINTER) != 0;
        bool skip = kind < rules->query->kinds && rules->declares[kind];
        more = skip ? tree_skip(&cursor) : tree_next(&cursor);
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

// The type and what the declarator says around the name: "char" and "*name[4]" make "char *[4]".
static const char *field_type(struct flow_facts *facts, const char *source, const struct found *found,
                              TSNode leaf)
{
    if (!found->has[ROLE_TYPE])
        return "";
    TSNode type = found->nodes[ROLE_TYPE], name = found->nodes[ROLE_NAME];
    size_t type_start = ts_node_start_byte(type), type_end = found->ends[ROLE_TYPE];
    if (!found->has[ROLE_NAME] || ts_node_eq(leaf, name))
        return facts_fold(&facts->arena, source, type_start, type_end, MAX_TYPE);
    size_t start = ts_node_start_byte(name), end = ts_node_end_byte(name);
    size_t leaf_start = ts_node_start_byte(leaf), leaf_end = ts_node_end_byte(leaf);
    if (type_end - type_start + (end - start) > MAX_TYPE)
        return facts_fold(&facts->arena, source, type_start, type_end, MAX_TYPE);
    size_t max = type_end - type_start + (end - start) + 1;
    char *out = flow_arena_alloc(&facts->arena, max + 1);
    if (!out)
        return NULL;
    size_t len = fold_into(out, 0, max, source, type_start, type_end);
    out[len++] = ' ';
    len = fold_into(out, len, max, source, start, leaf_start);
    cut_end(out, fold_into(out, len, max, source, leaf_end, end));
    return out;
}

static bool has_word(const struct flow_strv *words, const char *text)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *word = words->items[i];
        size_t len = strlen(word);
        for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
            if ((at == text || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' ' || at[len] == '('))
                return true;
        }
    }
    return false;
}

static bool is_public(struct flow_facts *facts, const struct rules *rules, const struct found *found,
                      const char *source, const char *name)
{
    const struct flow_language *language = rules->language;
    if (found->has[ROLE_PUBLIC] || found->has[ROLE_PRIVATE])
        return found->has[ROLE_PUBLIC];
    if (found->has[ROLE_MODIFIER]) {
        const char *words = role_text(facts, source, found, ROLE_MODIFIER);
        if (words && has_word(&language->public_words, words))
            return true;
        if (words && has_word(&language->private_words, words))
            return false;
    }
    if (rules->has_public_name && regexec(&rules->public_name, name, 0, NULL, 0) == 0)
        return true;
    if (rules->has_private_name && regexec(&rules->private_name, name, 0, NULL, 0) == 0)
        return false;
    return language->is_public;
}

static void sort_captures(struct found *out, const struct rules *rules, const struct query_match *match)
{
    *out = (struct found){.root = ROLE_NONE, .kind = ""};
    for (size_t i = 0; i < match->count; i++) {
        const struct capture_rule *rule = &rules->captures[match->captures[i].capture];
        if (rule->role == ROLE_NONE)
            continue;
        uint32_t end = ts_node_end_byte(match->captures[i].node);
        if (end > out->ends[rule->role])
            out->ends[rule->role] = end;
        if (out->has[rule->role])
            continue;
        out->nodes[rule->role] = match->captures[i].node;
        out->has[rule->role] = true;
        if (rule->role < ROLE_NAME && out->root == ROLE_NONE) {
            out->root = rule->role;
            out->kind = rule->kind;
        }
    }
}

int decl_read(struct decl *out, struct flow_facts *facts, const struct rules *rules,
              const struct query_match *match, const char *source, struct flow_error *err)
{
    struct found found;
    sort_captures(&found, rules, match);
    *out = (struct decl){.role = found.root, .pattern = (uint32_t)match->pattern};
    if (found.root == ROLE_NONE)
        return 0;
    // Facts outlive the query whose capture says the kind.
    out->kind = flow_arena_str(&facts->arena, found.kind);
    enum role text = found.root == ROLE_IMPORT      ? ROLE_PATH
                     : found.root == ROLE_CONDITION ? ROLE_EXPR
                                                    : ROLE_NAME;
    out->span = node_span(found.nodes[found.root]);
    out->keys[0] = out->span.start;
    out->keys[1] = out->span.end;
    out->name = "";
    out->name_line = out->span.start_line;
    TSNode leaf = found.nodes[text];
    if (found.has[text]) {
        if (text == ROLE_NAME)
            leaf = name_leaf(rules->language, leaf, &out->is_pointer);
        out->name = text == ROLE_PATH   ? unquoted(facts, source, leaf)
                    : text == ROLE_EXPR ? role_text(facts, source, &found, text)
                                        : node_text(facts, source, leaf);
        out->name_line = ts_node_start_point(leaf).row + 1;
        out->keys[0] = ts_node_start_byte(leaf);
        out->keys[1] = found.has[ROLE_ITEM] ? ts_node_start_byte(found.nodes[ROLE_ITEM]) : 0;
    }
    if (found.has[ROLE_BODY]) {
        out->body = ts_node_start_byte(found.nodes[ROLE_BODY]);
        out->body_line = ts_node_start_point(found.nodes[ROLE_BODY]).row + 1;
    }
    out->is_pointer = out->is_pointer || found.has[ROLE_POINTER] || rules->sets_pointer[match->pattern];
    if (found.root == ROLE_FIELD) {
        out->extra = field_type(facts, source, &found, leaf);
        if (!out->is_pointer && found.has[ROLE_TYPE])
            out->is_pointer = holds_pointer(rules, found.nodes[ROLE_TYPE]);
    } else if (found.has[ROLE_ITEM]) {
        out->extra = node_text(facts, source, found.nodes[ROLE_ITEM]);
    }
    if (!out->kind || !out->name || ((found.root == ROLE_FIELD || found.has[ROLE_ITEM]) && !out->extra))
        return flow_error_nomem(err);
    out->ignored = rules->ignores[match->pattern] || (found.has[text] && !*out->name);
    out->is_public = is_public(facts, rules, &found, source, out->name);
    return 0;
}
