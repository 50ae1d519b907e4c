// SPDX-License-Identifier: MIT
// Where conditions of a preprocessor cut functions in two, a file does not parse. Of such a file the
// functions are looked for in a text that has one branch of each condition, with blanks in place of the
// others.
#include <stdlib.h>
#include <string.h>

#include "lifetimes_private.h"

/* Conditions inside of each other. */
#define MAX_NESTED 64

struct branches {
    const struct own_conf *conf;
    char *text;
    bool kept[MAX_NESTED];  /* of each open condition, whether the branch at hand stays */
    bool taken[MAX_NESTED]; /* whether one of its branches did */
    size_t depth;
    bool blanked;
};

static bool keeps(const struct branches *branches)
{
    for (size_t i = 0; i < branches->depth && i < MAX_NESTED; i++) {
        if (!branches->kept[i])
            return false;
    }
    return true;
}

// Whether a word, or what a condition says, is in a list of the language.
static bool is_in(const struct own_conf *conf, enum own_list list, struct own_text text)
{
    text = own_trim(text);
    for (size_t i = 0; i < conf->lists[list].count; i++) {
        if (own_equal(text, conf->lists[list].items[i]))
            return true;
    }
    return false;
}

// The word behind the mark of a directive, and what follows it on the line.
static struct own_text word_of(const char *at, size_t len, struct own_text *rest)
{
    size_t start = 1, end;
    while (start < len && strchr(" \t", at[start]))
        start++;
    for (end = start; end < len && at[end] >= 'a' && at[end] <= 'z'; end++) {
    }
    *rest = (struct own_text){at + end, len - end};
    while (rest->len > 0 && strchr("\r\t ", rest->at[rest->len - 1]))
        rest->len--;
    return (struct own_text){at + start, end - start};
}

// Whether the line of a directive is one of a condition; then it goes, too.
static bool take_directive(struct branches *branches, const char *at, size_t len)
{
    struct own_text condition, word = word_of(at, len, &condition);
    size_t top = branches->depth > 0 ? branches->depth - 1 : 0;
    bool negated = is_in(branches->conf, OWN_COND_NOT, word);
    if (negated || is_in(branches->conf, OWN_COND_BEGIN, word)) {
        bool never = !negated && is_in(branches->conf, OWN_NEVER, condition);
        if (branches->depth < MAX_NESTED)
            branches->kept[branches->depth] = branches->taken[branches->depth] = !never;
        branches->depth++;
    } else if (branches->depth > 0 && is_in(branches->conf, OWN_COND_ELSE, word)) {
        if (top < MAX_NESTED) {
            branches->kept[top] = !branches->taken[top];
            branches->taken[top] = true;
        }
    } else if (branches->depth > 0 && is_in(branches->conf, OWN_COND_END, word)) {
        branches->depth--;
    } else {
        return false;
    }
    return true;
}

// The end of a line, and of those that a backslash adds to it.
static size_t line_end(const char *text, size_t at, size_t len)
{
    while (at < len && text[at] != '\n')
        at += text[at] == '\\' && at + 1 < len ? 2 : 1;
    return at < len ? at : len;
}

bool own_one_branch(const struct own_conf *conf, char directive, char *text, size_t len)
{
    struct branches branches = {.conf = conf, .text = text};
    for (size_t at = 0; at < len;) {
        size_t first = at;
        while (first < len && strchr(" \t", text[first]) && text[first])
            first++;
        size_t end = line_end(text, first, len);
        bool condition =
            first < len && text[first] == directive && take_directive(&branches, text + first, end - first);
        bool blank = condition || !keeps(&branches);
        branches.blanked = branches.blanked || condition;
        for (size_t i = first; blank && i < end; i++) {
            if (text[i] != '\n' && text[i] != '\r')
                text[i] = ' ';
        }
        at = end + 1;
    }
    return branches.blanked;
}

static bool is_code(const struct flow_symbol *symbol)
{
    return strcmp(symbol->kind, "function") == 0 || strcmp(symbol->kind, "method") == 0;
}

static int by_start(const void *a, const void *b)
{
    const struct flow_symbol *left = a, *right = b;
    if (left->span.start != right->span.start)
        return left->span.start < right->span.start ? -1 : 1;
    return left->span.end > right->span.end ? -1 : left->span.end < right->span.end;
}

int own_take_functions(struct flow_facts *facts, const struct flow_facts *branch, struct flow_error *err)
{
    size_t count = 0, room = facts->symbol_count + branch->symbol_count + 1;
    struct flow_symbol *symbols = flow_arena_alloc(&facts->arena, room * sizeof *symbols);
    if (!symbols)
        return flow_error_nomem(err);
    for (size_t i = 0; i < facts->symbol_count; i++) {
        if (!is_code(&facts->symbols[i]))
            symbols[count++] = facts->symbols[i];
    }
    for (size_t i = 0; i < branch->symbol_count; i++) {
        if (is_code(&branch->symbols[i]))
            symbols[count++] = branch->symbols[i];
    }
    if (count > 0)
        qsort(symbols, count, sizeof *symbols, by_start);
    facts->symbols = symbols;
    facts->symbol_count = count;
    facts->errors = branch->errors;
    return 0;
}
