// SPDX-License-Identifier: MIT
// Texts of expressions and types, taken apart as far as languages with dots, arrows and round brackets agree.
#include <string.h>

#include "lifetimes_private.h"

#define MAX_WORD 100

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '@' || c == '$';
}

struct own_text own_text_of(const char *text)
{
    return (struct own_text){text, strlen(text)};
}

struct own_text own_trim(struct own_text text)
{
    while (text.len > 0 && text.at[0] == ' ') {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && strchr(" ;,", text.at[text.len - 1]))
        text.len--;
    return text;
}

bool own_equal(struct own_text text, const char *word)
{
    return strlen(word) == text.len && memcmp(text.at, word, text.len) == 0;
}

static struct own_text from(struct own_text text, size_t start)
{
    return (struct own_text){text.at + start, text.len - start};
}

// Behind the string that begins at `at`, or its end where it does not end.
static size_t skip_string(struct own_text text, size_t at)
{
    char quote = text.at[at++];
    while (at < text.len && text.at[at] != quote)
        at += text.at[at] == '\\' ? 2 : 1;
    return at < text.len ? at + 1 : text.len;
}

// Behind the bracket that closes the one at `at`; beyond the end where none does.
static size_t skip_bracket(struct own_text text, size_t at)
{
    int depth = 0;
    while (at < text.len) {
        char c = text.at[at];
        if (c == '"' || c == '\'') {
            at = skip_string(text, at);
            continue;
        }
        depth += strchr("([{", c) != NULL;
        depth -= strchr(")]}", c) != NULL;
        at++;
        if (depth == 0)
            return at;
    }
    return text.len + 1;
}

// Where `word` stands outside of brackets, or SIZE_MAX.
static size_t find_outside(struct own_text text, const char *word, size_t word_len)
{
    for (size_t at = 0; at + word_len <= text.len;) {
        if (memcmp(text.at + at, word, word_len) == 0)
            return at;
        if (strchr("([{", text.at[at]))
            at = skip_bracket(text, at);
        else if (text.at[at] == '"')
            at = skip_string(text, at);
        else
            at++;
    }
    return SIZE_MAX;
}

bool own_split(struct own_text text, const char *word, struct own_text *before, struct own_text *behind)
{
    size_t len = strlen(word), at = find_outside(text, word, len);
    if (at == SIZE_MAX)
        return false;
    *before = (struct own_text){text.at, at};
    *behind = from(text, at + len);
    return true;
}

static size_t name_len(struct own_text text)
{
    size_t len = 0;
    while (len < text.len && is_name(text.at[len]))
        len++;
    return len;
}

static bool strip_prefix(const struct own_conf *conf, struct own_text *text)
{
    size_t len = name_len(*text);
    if (len == text->len || text->at[len] != ' ' ||
        !own_conf_has_text(conf, OWN_PREFIX, (struct own_text){text->at, len}))
        return false;
    *text = from(*text, len);
    return true;
}

// "(a)" is a; "(T *)a" is a; "(c) a", what an "if" leaves, is a.
static bool strip_brackets(struct own_text *text)
{
    if (text->len == 0 || text->at[0] != '(')
        return false;
    size_t end = skip_bracket(*text, 0);
    if (end > text->len)
        return false;
    if (end == text->len) {
        *text = (struct own_text){text->at + 1, text->len - 2};
        return true;
    }
    struct own_text rest = own_trim(from(*text, end));
    // "(c) |name| a", what an "if" with a payload leaves, is a.
    const char *bar = rest.len > 1 && rest.at[0] == '|' ? memchr(rest.at + 1, '|', rest.len - 1) : NULL;
    if (bar)
        rest = own_trim(from(rest, (size_t)(bar - rest.at) + 1));
    if (rest.len == 0 || text->at[end] == '.' || !(is_name(rest.at[0]) || strchr("&(.*\"", rest.at[0])))
        return false;
    *text = rest;
    return true;
}

// Where a word stands behind which there is another value, or SIZE_MAX; *end: behind that word.
static size_t find_else(const struct own_conf *conf, struct own_text text, size_t *end)
{
    for (size_t i = 0; i < conf->lists[OWN_ELSE].count; i++) {
        char word[MAX_WORD] = " ";
        size_t len = strlen(conf->lists[OWN_ELSE].items[i]);
        if (len + 3 > sizeof word)
            continue;
        memcpy(word + 1, conf->lists[OWN_ELSE].items[i], len);
        word[len + 1] = ' ';
        size_t at = find_outside(text, word, len + 2);
        *end = at + len + 2;
        if (at != SIZE_MAX)
            return at;
    }
    return SIZE_MAX;
}

// Whether a text, or what stands behind a condition in front of it, is no value.
static bool is_nothing(const struct own_conf *conf, struct own_text text)
{
    text = own_trim(text);
    while (strip_prefix(conf, &text) || strip_brackets(&text))
        text = own_trim(text);
    return own_conf_has_text(conf, OWN_NULL, text);
}

static bool strip_else(const struct own_conf *conf, struct own_text *text)
{
    size_t end, at = find_else(conf, *text, &end);
    if (at == SIZE_MAX) {
        at = find_outside(*text, " ? ", 3);
        if (at == SIZE_MAX)
            return false;
        *text = from(*text, at + 3);
        at = find_outside(*text, " : ", 3);
        end = at + 3;
    }
    if (at == SIZE_MAX)
        return true;
    // Of two values the first that is one.
    struct own_text second = from(*text, end);
    text->len = at;
    if (is_nothing(conf, *text))
        *text = second;
    return true;
}

static bool strip_cast(const struct own_conf *conf, struct own_text *text)
{
    struct own_text callee, arguments, argument;
    if (!own_call(*text, &callee, &arguments) || !own_conf_has_text(conf, OWN_CAST, callee))
        return false;
    bool any = false;
    while (own_argument(&arguments, &argument)) {
        *text = argument;
        any = true;
    }
    return any;
}

static bool strip_suffix(struct own_text *text)
{
    if (text->len > 2 && text->at[text->len - 2] == '.' && strchr("?*", text->at[text->len - 1])) {
        text->len -= 2;
        return true;
    }
    return false;
}

bool own_leads_to_field(const char *target)
{
    size_t len = strlen(target);
    return strpbrk(target, ".>") && (len < 2 || strcmp(target + len - 2, ".*") != 0);
}

struct own_text own_label(struct own_text text)
{
    size_t len = name_len(text), at = len;
    while (at < text.len && strchr(": ", text.at[at]))
        at++;
    bool block = len > 0 && at > len && at < text.len && text.at[len] == ':' && text.at[at] == '{';
    return (struct own_text){text.at, block ? len : 0};
}

struct own_text own_strip(const struct own_conf *conf, struct own_text text, bool *address)
{
    *address = false;
    for (bool more = true; more;) {
        text = own_trim(text);
        if (text.len > 1 && text.at[0] == '&') {
            *address = true;
            text = from(text, 1);
            continue;
        }
        more = strip_prefix(conf, &text) || strip_brackets(&text) || strip_else(conf, &text) ||
               strip_cast(conf, &text);
        if (!more && strip_suffix(&text)) {
            // "&x.*" is x.
            *address = false;
            more = true;
        }
    }
    return text;
}

bool own_call(struct own_text text, struct own_text *callee, struct own_text *arguments)
{
    if (text.len < 3)
        return false;
    // Where a text was cut, its brackets stay open: the call is what begins before the first of them.
    size_t open = SIZE_MAX;
    for (size_t at = 0; at < text.len;) {
        if (text.at[at] != '(') {
            at = strchr("[{", text.at[at]) ? skip_bracket(text, at) : at + 1;
            continue;
        }
        size_t end = skip_bracket(text, at);
        if (end >= text.len) {
            open = at;
            *arguments = (struct own_text){text.at + at + 1, text.len - at - 1 - (end == text.len)};
        }
        at = end;
    }
    if (open == SIZE_MAX || open == 0 || !is_name(text.at[open - 1]))
        return false;
    *callee = (struct own_text){text.at, open};
    return true;
}

bool own_argument(struct own_text *rest, struct own_text *out)
{
    *rest = own_trim(*rest);
    if (rest->len == 0)
        return false;
    size_t at = find_outside(*rest, ",", 1);
    if (at == SIZE_MAX)
        at = rest->len;
    *out = own_trim((struct own_text){rest->at, at});
    *rest = from(*rest, at < rest->len ? at + 1 : at);
    return true;
}

bool own_is_path(struct own_text path)
{
    for (size_t at = 0; at < path.len;) {
        char c = path.at[at];
        if (c == '(' || c == '[')
            at = skip_bracket(path, at);
        else if (is_name(c) || c == '.' || c == '?' || c == '*' ||
                 (c == '-' && at + 1 < path.len && path.at[at + 1] == '>'))
            at++;
        else if (c == '>' && at > 0 && path.at[at - 1] == '-')
            at++;
        else
            return false;
    }
    return path.len > 0;
}

// Length of the separator in front of `at`, which is an end: "." or "->", with "?" or "*" before it.
static size_t separator_before(struct own_text path, size_t at)
{
    size_t start = at;
    if (start > 0 && path.at[start - 1] == '.')
        start--;
    else if (start > 1 && path.at[start - 1] == '>' && path.at[start - 2] == '-')
        start -= 2;
    else
        return 0;
    while (start > 1 && strchr("?*", path.at[start - 1]) && path.at[start - 2] == '.')
        start -= 2;
    return at - start;
}

struct own_text own_last(struct own_text path, struct own_text *before)
{
    size_t end = path.len, depth = 0;
    while (end > 0) {
        char c = path.at[end - 1];
        if (c == ')' || c == ']')
            depth++;
        else if ((c == '(' || c == '[') && depth > 0)
            depth--;
        else if (depth == 0 && (c == '.' || c == '>'))
            break;
        end--;
    }
    struct own_text last = from(path, end);
    *before = (struct own_text){path.at, end - separator_before(path, end)};
    return last;
}

struct own_text own_first(struct own_text path, struct own_text *rest)
{
    size_t len = 0;
    while (len < path.len && path.at[len] != '.' && path.at[len] != '-')
        len = path.at[len] == '(' || path.at[len] == '[' ? skip_bracket(path, len) : len + 1;
    if (len > path.len)
        len = path.len;
    size_t at = len;
    while (at < path.len && strchr(".->?*", path.at[at]))
        at++;
    *rest = from(path, at);
    return (struct own_text){path.at, len};
}

// "const T", "align(8) T".
static bool skip_qualifier(const struct own_conf *conf, struct own_text *type)
{
    size_t len = name_len(*type);
    if (len == type->len || !strchr(" (", type->at[len]) ||
        !own_conf_has_text(conf, OWN_QUALIFIER, (struct own_text){type->at, len}))
        return false;
    if (type->at[len] == '(')
        len = skip_bracket(*type, len);
    *type = from(*type, len < type->len ? len : type->len);
    return true;
}

// What stands in front of the name of a type.
static bool skip_wrapping(const struct own_conf *conf, struct own_text *type)
{
    *type = own_trim(*type);
    if (type->len == 0)
        return false;
    if (strchr("?*!&", type->at[0])) {
        *type = from(*type, 1);
        return true;
    }
    if (type->at[0] == '[') {
        size_t end = skip_bracket(*type, 0);
        *type = from(*type, end < type->len ? end : type->len);
        return true;
    }
    return skip_qualifier(conf, type);
}

// "if (c) A else B" is the one that points.
static struct own_text chosen(const struct own_conf *conf, struct own_text type)
{
    if (!strip_prefix(conf, &type))
        return type;
    type = own_trim(type);
    size_t end = type.len > 0 && type.at[0] == '(' ? skip_bracket(type, 0) : type.len;
    if (end >= type.len)
        return type;
    struct own_text first = own_trim(from(type, end));
    size_t behind, at = find_else(conf, first, &behind);
    if (at == SIZE_MAX)
        return first;
    struct own_text second = from(first, behind);
    first.len = at;
    return memchr(first.at, '*', first.len) || !memchr(second.at, '*', second.len) ? first : second;
}

bool own_mentions(const char *text, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = strstr(text, name); at; at = strstr(at + 1, name)) {
        if ((at == text || !is_name(at[-1])) && !is_name(at[len]))
            return true;
    }
    return false;
}

struct own_text own_base(const struct own_conf *conf, struct own_text type)
{
    type = chosen(conf, own_trim(type));
    size_t bang = find_outside(type, "!", 1);
    if (bang != SIZE_MAX && (bang == 0 || is_name(type.at[bang - 1]) || type.at[bang - 1] == '}'))
        type = from(type, bang + 1);
    while (skip_wrapping(conf, &type)) {
    }
    size_t len = 0;
    while (len < type.len && (is_name(type.at[len]) || type.at[len] == '.'))
        len++;
    // "@This()" is a name, and so is "@import("x")" in front of one.
    if (len < type.len && type.at[len] == '(' &&
        own_conf_has_text(conf, OWN_CALLED, (struct own_text){type.at, len})) {
        len = skip_bracket(type, len);
        while (len < type.len && (is_name(type.at[len]) || type.at[len] == '.'))
            len++;
        if (len > type.len)
            len = type.len;
    }
    return (struct own_text){type.at, len};
}
