// SPDX-License-Identifier: MIT
// Initializers and macros, whose parts no query can tell apart, taken apart into records of their own.
#include <stdio.h>
#include <string.h>

#include "flow/base/vec.h"
#include "lifetimes_private.h"

/* Deeper initializers, and longer paths into one, are left alone. */
#define MAX_NESTED 32
#define MAX_PATH   200

struct unfolding {
    struct own_file *file;
    struct own_records *out;
    const char *source;
    const struct own_record *whole; /* the initializer or macro */
    const char *type;               /* of the initializer */
    uint32_t line_at;               /* where `line` was counted */
    uint32_t line;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\\';
}

static const char *comment_end(const char *at, const char *end)
{
    while (at + 1 < end && !(at[0] == '*' && at[1] == '/'))
        at++;
    return at + 1 < end ? at : NULL;
}

// Behind blanks, comments, and lines of the preprocessor.
static uint32_t skip_blanks(const char *source, uint32_t at, uint32_t end)
{
    while (at < end) {
        const char *close = NULL;
        if (source[at] == '/' && at + 1 < end && source[at + 1] == '*')
            close = comment_end(source + at + 2, source + end);
        else if (source[at] == '#' || (source[at] == '/' && at + 1 < end && source[at + 1] == '/'))
            close = memchr(source + at, '\n', end - at);
        else if (is_blank(source[at]))
            close = source + at;
        else
            return at;
        at = close ? (uint32_t)(close - source) + (*close == '*' ? 2 : 1) : end;
    }
    return end;
}

static uint32_t skip_quoted(const char *source, uint32_t at, uint32_t end)
{
    char quote = source[at++];
    while (at < end && source[at] != quote)
        at += source[at] == '\\' ? 2 : 1;
    return at < end ? at + 1 : end;
}

// The end of an expression: of `stops` the first outside of brackets, or a bracket that closes more than it
// opened.
static uint32_t skip_expression(const char *source, uint32_t at, uint32_t end, const char *stops)
{
    int depth = 0;
    while (at < end) {
        at = skip_blanks(source, at, end);
        if (at == end || (depth == 0 && source[at] && strchr(stops, source[at])))
            return at;
        if (source[at] == '"' || source[at] == '\'') {
            at = skip_quoted(source, at, end);
            continue;
        }
        depth += source[at] && strchr("([{", source[at]) != NULL;
        if (source[at] && strchr(")]}", source[at]) && --depth < 0)
            return at;
        at++;
    }
    return end;
}

static int emit(struct unfolding *unfolding, enum own_kind kind, uint32_t start, uint32_t end,
                const char *name, const char *type, const char *value, struct flow_error *err)
{
    struct own_records *out = unfolding->out;
    for (; unfolding->line_at < start; unfolding->line_at++)
        unfolding->line += unfolding->source[unfolding->line_at] == '\n';
    if (!name || !type || !value)
        return flow_error_nomem(err);
    if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err) != 0)
        return -1;
    out->items[out->count++] = (struct own_record){.kind = kind,
                                                   .start = start,
                                                   .end = end,
                                                   .line = unfolding->line,
                                                   .name = name,
                                                   .type = type,
                                                   .value = value};
    return 0;
}

static const char *text_of(const struct unfolding *unfolding, uint32_t start, uint32_t end)
{
    return own_fold(unfolding->file, unfolding->source, start, end);
}

/*
 * Initializers. The value of each member becomes a record; its name is the path that leads to it, with
 * slashes between: a name, or "#2" for the third in its braces, which may be an element or a member.
 */

// "." and "[" in front of a value; what they say is added to the path. Behind them and their "=".
static uint32_t take_designators(const struct unfolding *unfolding, uint32_t at, uint32_t end, char *path,
                                 size_t *len)
{
    const char *source = unfolding->source;
    while (at < end && (source[at] == '.' || source[at] == '[')) {
        uint32_t start = at;
        bool member = source[at] == '.';
        at = member ? skip_blanks(source, at + 1, end) : skip_expression(source, at + 1, end, "]") + 1;
        start = at;
        while (member && at < end && is_word(source[at]))
            at++;
        if (*len + (at - start) + 4 > MAX_PATH || at > end)
            return end;
        *len += (size_t)snprintf(path + *len, MAX_PATH - *len, "/%.*s", member ? (int)(at - start) : 1,
                                 member ? source + start : "#");
        at = skip_blanks(source, at, end);
    }
    return at < end && source[at] == '=' ? skip_blanks(source, at + 1, end) : at;
}

// What can be no pointer is no fact, as a number is not.
static bool may_point(const char *source, uint32_t start, uint32_t end)
{
    return start < end && !(source[start] >= '0' && source[start] <= '9') && !strchr("-+'!~", source[start]);
}

// The members of the braces that open at `at`; *behind: where they close.
static int take_members(struct unfolding *unfolding, uint32_t at, uint32_t end, char *path, size_t len,
                        unsigned depth, uint32_t *behind, struct flow_error *err)
{
    const char *source = unfolding->source;
    unsigned number = 0;
    bool counted = true; // no designator was seen
    *behind = end;
    for (at = skip_blanks(source, at + 1, end); at < end && source[at] != '}'; number++) {
        size_t longer = len;
        path[len] = '\0';
        at = take_designators(unfolding, at, end, path, &longer);
        counted = counted && longer == len;
        bool known = longer > len || counted;
        if (longer == len && len + 12 < MAX_PATH)
            longer += (size_t)snprintf(path + len, MAX_PATH - len, "/#%u", number);
        uint32_t stop;
        if (at < end && source[at] == '{' && depth < MAX_NESTED && longer > len) {
            if (take_members(unfolding, at, end, path, longer, depth + 1, &stop, err) != 0)
                return -1;
            stop = skip_expression(source, stop, end, ",}");
        } else {
            stop = skip_expression(source, at, end, ",}");
            const char *name = flow_arena_str(&unfolding->file->arena, path + 1);
            if (known && longer > len && may_point(source, at, stop) &&
                emit(unfolding, OWN_MEMBER, at, stop, name, unfolding->type, text_of(unfolding, at, stop),
                     err) != 0)
                return -1;
        }
        at = stop < end && source[stop] == ',' ? skip_blanks(source, stop + 1, end) : stop;
        if (at == stop && (at >= end || source[at] != '}'))
            return 0;
    }
    *behind = at < end ? at + 1 : end;
    return 0;
}

static int unfold_initializer(struct unfolding *unfolding, uint32_t start, uint32_t end,
                              struct flow_error *err)
{
    char path[MAX_PATH] = "", type[OWN_TEXT_MAX + 64];
    const struct own_record *whole = unfolding->whole;
    struct own_text base = own_base(unfolding->file->conf, own_text_of(whole->type)), rest;
    // One without a name is called by what is declared with it.
    if (base.len == 0)
        base = own_first(own_text_of(whole->name + strspn(whole->name, "* ")), &rest);
    base.len = strcspn(base.at, " [*({)") < base.len ? strcspn(base.at, " [*({)") : base.len;
    bool pointer = strchr(whole->name, '*') || (!strchr(whole->type, '{') && strchr(whole->type, '*'));
    // "struct s" and "table[2][3]" make "s [][]".
    size_t len = (size_t)snprintf(type, sizeof type, "%.*s%s ", (int)base.len, base.at, pointer ? " *" : "");
    const char *array = *whole->name ? whole->name : strchr(whole->type, '{') ? "" : whole->type;
    for (; *array && len + 3 < sizeof type; array++) {
        if (*array == '[')
            len += (size_t)snprintf(type + len, sizeof type - len, "[]");
    }
    unfolding->type = flow_arena_str(&unfolding->file->arena, type);
    if (!unfolding->type)
        return flow_error_nomem(err);
    return take_members(unfolding, start, end, path, 0, 0, &end, err);
}

/*
 * Macros. What they call and what they give a value becomes records, as if it stood in a function.
 */
static int take_parameters(struct unfolding *unfolding, uint32_t body, struct flow_error *err)
{
    const char *source = unfolding->source;
    const char *open = memchr(source + unfolding->whole->start, '(', body - unfolding->whole->start);
    uint32_t at = open ? (uint32_t)(open - source) + 1 : body;
    while (at < body && source[at] != ')') {
        uint32_t start = at;
        while (at < body && is_word(source[at]))
            at++;
        if (at > start &&
            emit(unfolding, OWN_PARAMETER, start, at, text_of(unfolding, start, at), "", "", err) != 0)
            return -1;
        at += at == start;
    }
    return 0;
}

// Where the expression that ends at `end` begins: names, dots, arrows, brackets, and stars in front.
static uint32_t expression_before(const char *source, uint32_t start, uint32_t end)
{
    uint32_t at = end, depth = 0;
    while (at > start) {
        char c = source[at - 1];
        if (c == ')' || c == ']')
            depth++;
        else if ((c == '(' || c == '[') && depth > 0)
            depth--;
        else if (depth == 0 && !is_word(c) && c != '.' && c != '*' && c != '>' &&
                 !(c == '-' && source[at] == '>'))
            break;
        at--;
    }
    return at;
}

// "(x) = value", and no comparison.
static int take_value(struct unfolding *unfolding, uint32_t body, uint32_t at, uint32_t end,
                      struct flow_error *err)
{
    const char *source = unfolding->source;
    if (at == body || (source[at - 1] && strchr("=!<>+-*/%&|^", source[at - 1])) || at + 1 == end ||
        source[at + 1] == '=')
        return 0;
    uint32_t behind = at, start;
    while (behind > body && is_blank(source[behind - 1]))
        behind--;
    start = expression_before(source, body, behind);
    // The bracket around the whole macro is none of the name's.
    bool address;
    struct own_text target =
        own_strip(unfolding->file->conf, own_text_of(text_of(unfolding, start, behind)), &address);
    bool leads = target.len > 0 && (memchr(target.at, '>', target.len) || memchr(target.at, '.', target.len));
    enum own_kind kind = leads ? OWN_ASSIGN : target.len > 0 && target.at[0] == '*' ? OWN_FILL : OWN_AGAIN;
    while (target.len > 0 && target.at[0] == '*')
        target = own_trim((struct own_text){target.at + 1, target.len - 1});
    uint32_t first = skip_blanks(source, at + 1, end), last = skip_expression(source, first, end, ";,");
    if (target.len == 0)
        return 0;
    return emit(unfolding, kind, start, last, flow_arena_strn(&unfolding->file->arena, target.at, target.len),
                "", text_of(unfolding, first, last), err);
}

static int unfold_macro(struct unfolding *unfolding, uint32_t body, uint32_t end, struct flow_error *err)
{
    const char *source = unfolding->source;
    if (take_parameters(unfolding, body, err) != 0)
        return -1;
    // A macro that is one expression gives its value.
    uint32_t first = skip_blanks(source, body, end);
    if (skip_expression(source, first, end, ";{") == end && first < end &&
        emit(unfolding, OWN_RETURN, body, end, "", "", text_of(unfolding, first, end), err) != 0)
        return -1;
    for (uint32_t at = first; at < end;) {
        uint32_t start = at;
        if (source[at] == '"' || source[at] == '\'') {
            at = skip_quoted(source, at, end);
            continue;
        }
        while (at < end && is_word(source[at]))
            at++;
        if (at > start && at < end && source[at] == '(') {
            uint32_t close = skip_expression(source, at + 1, end, "");
            close += close < end;
            if (emit(unfolding, OWN_CALL, start, close, text_of(unfolding, start, at), "",
                     text_of(unfolding, at, close), err) != 0)
                return -1;
        }
        if (at == start && source[at] == '=' && take_value(unfolding, body, at, end, err) != 0)
            return -1;
        at = skip_blanks(source, at + (at == start), end);
    }
    return 0;
}

int own_unfold(struct own_file *file, const struct own_record *whole, uint32_t start, uint32_t end,
               const char *source, struct own_records *out, struct flow_error *err)
{
    struct unfolding unfolding = {.file = file,
                                  .out = out,
                                  .source = source,
                                  .whole = whole,
                                  .line_at = whole->start,
                                  .line = whole->line};
    return whole->kind == OWN_MACRO ? unfold_macro(&unfolding, start, end, err)
                                    : unfold_initializer(&unfolding, start, end, err);
}
