// SPDX-License-Identifier: MIT
#include "blank.h"

#include <stdbool.h>
#include <string.h>

/* Arguments of a macro that are longer than this are no attribute. */
#define MAX_ARGUMENTS 2000

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Whether text is pattern, in which a '*' stands for any run of characters. Patterns are a few words of our
// own with one '*' at most in practice, so that going back costs nothing.
static bool matches(const char *pattern, size_t size, const char *text, size_t len)
{
    while (size > 0 && *pattern != '*') {
        if (len == 0 || *pattern != *text)
            return false;
        pattern++, size--, text++, len--;
    }
    if (size == 0)
        return len == 0;
    for (size_t skip = 0; skip <= len; skip++) {
        if (matches(pattern + 1, size - 1, text + skip, len - skip))
            return true;
    }
    return false;
}

// Where the brackets that open at or behind `at` end; 0 where there are none.
static size_t arguments_end(const char *source, size_t len, size_t at)
{
    while (at < len && strchr(" \t\r\n", source[at]) && source[at])
        at++;
    if (at == len || source[at] != '(')
        return 0;
    size_t limit = len - at > MAX_ARGUMENTS ? at + MAX_ARGUMENTS : len;
    for (size_t depth = 0; at < limit; at++) {
        depth += source[at] == '(';
        if (source[at] == ')' && --depth == 0)
            return at + 1;
    }
    return 0;
}

// Where that which is to be blanked at `start` ends; `end` is where the word there ends. 0: nothing is.
static size_t blank_end(const struct flow_strv *rules, const char *source, size_t len, size_t start,
                        size_t end)
{
    for (size_t i = 0; i < rules->count; i++) {
        const char *rule = rules->items[i];
        if (rule[0] != '*' && rule[0] != source[start])
            continue;
        size_t size = strlen(rule);
        bool called = size > 2 && strcmp(rule + size - 2, "()") == 0;
        if (!matches(rule, called ? size - 2 : size, source + start, end - start))
            continue;
        size_t behind = called ? arguments_end(source, len, end) : end;
        if (behind)
            return behind;
    }
    return 0;
}

// The end of the line at `at`, and of those that a backslash at its end adds to it.
static size_t skip_line(const char *source, size_t len, size_t at)
{
    for (; at < len; at++) {
        if (source[at] == '\\' && at + 1 < len)
            at += source[at + 1] == '\r' && at + 2 < len ? 2 : 1;
        else if (source[at] == '\n')
            return at;
    }
    return len;
}

static int overwrite(const char *source, size_t len, size_t start, size_t end, struct flow_buf *scratch,
                     const char **out, struct flow_error *err)
{
    if (*out == source) {
        flow_buf_clear(scratch);
        flow_buf_add(scratch, source, len);
        if (flow_buf_check(scratch, "source text", err) != 0)
            return -1;
        *out = scratch->data;
    }
    for (size_t at = start; at < end; at++) {
        if (!strchr("\r\n", scratch->data[at]) || !scratch->data[at])
            scratch->data[at] = ' ';
    }
    return 0;
}

int blank_source(const struct flow_strv *rules, char directive, const char *source, size_t len,
                 struct flow_buf *scratch, const char **out, struct flow_error *err)
{
    *out = source;
    if (rules->count == 0)
        return 0;
    bool at_start = true; // of a line, but for white space
    for (size_t at = 0; at < len;) {
        char c = source[at];
        if (at_start && directive && c == directive) {
            at = skip_line(source, len, at);
            continue;
        }
        if (c == '\n' || c == ' ' || c == '\t' || c == '\r') {
            at_start = at_start || c == '\n';
            at++;
            continue;
        }
        at_start = false;
        size_t end = at + 1;
        while (is_word(c) && end < len && is_word(source[end]))
            end++;
        size_t behind = blank_end(rules, source, len, at, end);
        if (behind && overwrite(source, len, at, behind, scratch, out, err) != 0)
            return -1;
        at = behind ? behind : end;
    }
    return 0;
}
