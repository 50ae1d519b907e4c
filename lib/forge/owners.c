// SPDX-License-Identifier: MIT
#include "flow/forge/owners.h"

#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

/* Bytes of a regular expression. */
#define PATTERN_MAX 256

const char *const *flow_owners_places(enum flow_forge_kind kind)
{
    static const char *const none[] = {NULL};
    static const char *const github[] = {".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", NULL};
    static const char *const gitlab[] = {"CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS", NULL};
    static const char *const gitea[] = {"CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS",
                                        ".forgejo/CODEOWNERS", NULL};
    static const char *const *const places[] = {none, github, gitlab, gitea};
    return places[kind];
}

/* One line of the file. */
struct rule {
    char *pattern;
    regex_t regex; // of Gitea's
    bool compiled;
    bool negated;
    unsigned section;
    struct flow_strv owners;
};

struct rules {
    enum flow_forge_kind kind;
    struct rule *items;
    size_t count, cap;
    unsigned section;
    struct flow_strv defaults; /* of the section */
};

static void release(struct rules *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->items[i].pattern);
        if (rules->items[i].compiled)
            regfree(&rules->items[i].regex);
        flow_strv_release(&rules->items[i].owners);
    }
    free(rules->items);
    flow_strv_release(&rules->defaults);
}

// The next word of a line, in which a backslash takes a blank along; its length as it stands.
static size_t next_word(const char *at, const char *end)
{
    const char *word = at;
    while (at < end && *at != ' ' && *at != '\t')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return (size_t)(at - word);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

static int read_owners(const char *at, const char *end, struct flow_strv *out, struct flow_error *err)
{
    for (at = skip_blanks(at, end); at < end && *at != '#'; at = skip_blanks(at, end)) {
        size_t len = 0;
        while (at + len < end && at[len] != ' ' && at[len] != '\t')
            len++;
        if (len > 1 && *at == '@' && at[1] != '@' && flow_strv_addn(out, at + 1, len - 1, err))
            return -1;
        at += len;
    }
    return 0;
}

// "[Name]", "^[Name][2]", each with owners behind it.
static bool is_section(const struct rules *rules, const char *line, const char *end)
{
    if (rules->kind != FLOW_FORGE_GITLAB)
        return false;
    if (line < end && *line == '^')
        line++;
    return line < end && *line == '[' && memchr(line, ']', (size_t)(end - line));
}

static int begin_section(struct rules *rules, const char *line, const char *end, struct flow_error *err)
{
    rules->section++;
    flow_strv_release(&rules->defaults);
    flow_strv_init(&rules->defaults);
    const char *at = memchr(line, ']', (size_t)(end - line));
    at++;
    if (at < end && *at == '[') {
        const char *close = memchr(at, ']', (size_t)(end - at));
        at = close ? close + 1 : end;
    }
    return read_owners(at, end, &rules->defaults, err);
}

// Without what a C library can be kept busy with: repetition inside repetition, counted, and references back.
static bool is_tame(const char *pattern)
{
    char before = ')';
    for (const char *at = pattern; *at; at++) {
        bool repeats = strchr("*+?", *at) != NULL;
        if (*at == '{' || (repeats && strchr(")*+?", before)))
            return false;
        before = *at;
        if (*at == '\\' && at[1]) {
            at++;
            before = 'x';
            if (*at >= '0' && *at <= '9')
                return false;
        }
    }
    return strlen(pattern) <= PATTERN_MAX;
}

static void compile(struct rule *rule)
{
    struct flow_buf whole;
    flow_buf_init(&whole, FLOW_BUF_LINE);
    flow_buf_printf(&whole, "^(%s)$", rule->pattern);
    if (!whole.failed && is_tame(rule->pattern))
        rule->compiled = regcomp(&rule->regex, whole.data, REG_EXTENDED | REG_NOSUB) == 0;
    flow_buf_release(&whole);
}

static int add_rule(struct rules *rules, const char *line, const char *end, struct flow_error *err)
{
    bool negated = *line == '!' && rules->kind != FLOW_FORGE_GITHUB;
    line += negated;
    size_t len = next_word(line, end);
    if (len == 0 || flow_grow(&rules->items, &rules->cap, rules->count + 1, sizeof *rules->items, err))
        return len == 0 ? 0 : -1;
    struct rule *rule = &rules->items[rules->count++];
    *rule = (struct rule){.pattern = strndup(line, len), .negated = negated, .section = rules->section};
    flow_strv_init(&rule->owners);
    if (!rule->pattern)
        return flow_error_nomem(err);
    if (rules->kind == FLOW_FORGE_GITEA)
        compile(rule);
    if (read_owners(line + len, end, &rule->owners, err))
        return -1;
    for (size_t i = 0; rule->owners.count == 0 && i < rules->defaults.count; i++)
        if (flow_strv_add(&rule->owners, rules->defaults.items[i], err))
            return -1;
    return 0;
}

static int parse(struct rules *rules, const char *text, size_t len, struct flow_error *err)
{
    for (const char *line = text, *stop = text + len; line < stop;) {
        const char *end = memchr(line, '\n', (size_t)(stop - line));
        const char *next = end ? end + 1 : stop;
        end = end ? end : stop;
        while (end > line && strchr(" \t\r", end[-1]))
            end--;
        line = skip_blanks(line, end);
        int result = 0;
        if (line < end && *line != '#')
            result = is_section(rules, line, end) ? begin_section(rules, line, end, err)
                                                  : add_rule(rules, line, end, err);
        if (result)
            return result;
        line = next;
    }
    return 0;
}

// As in .gitignore: what matches a folder matches all in it, but for "folder/*", which is about its files
// alone.
static bool matches_glob(const char *pattern, const char *path, bool folders)
{
    char *part = strdup(path);
    bool matches = part && flow_glob_match(pattern, part);
    if (flow_str_ends(pattern, "/*"))
        folders = false;
    for (size_t len = folders && part ? flow_path_dir_len(part) : 0; !matches && len > 0;
         len = flow_path_dir_len(part)) {
        part[len] = '\0';
        matches = flow_glob_match(pattern, part);
    }
    free(part);
    return matches;
}

static bool matches(enum flow_forge_kind kind, const char *pattern, const char *path)
{
    struct flow_buf glob;
    size_t len = strlen(pattern);
    bool folder = len > 1 && pattern[len - 1] == '/';
    flow_buf_init(&glob, FLOW_BUF_LINE);
    if (kind == FLOW_FORGE_GITLAB && *pattern != '/' && memchr(pattern, '/', folder ? len - 1 : len))
        flow_buf_puts(&glob, "**/");
    flow_buf_add(&glob, pattern, folder ? len - 1 : len);
    // A folder does not match a file of its name.
    bool result = folder ? flow_path_dir_len(path) > 0 : false;
    if (folder && result) {
        char *parent = strndup(path, flow_path_dir_len(path));
        result = parent && matches_glob(glob.data, parent, true);
        free(parent);
    } else if (!folder) {
        result = matches_glob(glob.data, path, kind == FLOW_FORGE_GITHUB);
    }
    flow_buf_release(&glob);
    return result;
}

static int add_owners(struct flow_strv *out, const struct rule *rule, struct flow_error *err)
{
    for (size_t i = 0; i < rule->owners.count; i++)
        if (flow_strv_find(out, rule->owners.items[i]) < 0 && flow_strv_add(out, rule->owners.items[i], err))
            return -1;
    return 0;
}

// The last rule of each section that matches counts, or, for Gitea, all that do.
static int owners_of(struct flow_strv *out, const struct rules *rules, const char *path,
                     struct flow_error *err)
{
    const struct rule *last = NULL;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->items[i];
        if (rules->kind == FLOW_FORGE_GITEA) {
            if (rule->compiled && (regexec(&rule->regex, path, 0, NULL, 0) == 0) != rule->negated &&
                add_owners(out, rule, err))
                return -1;
            continue;
        }
        bool hit = matches(rules->kind, rule->pattern, path);
        if (last && last->section != rule->section) {
            if (!last->negated && add_owners(out, last, err))
                return -1;
            last = NULL;
        }
        // What an exclusion took out of a section does not come back.
        if (hit && !(last && last->negated))
            last = rule;
    }
    return last && !last->negated ? add_owners(out, last, err) : 0;
}

int flow_owners_read(struct flow_strv *out, enum flow_forge_kind kind, const char *text, size_t len,
                     const struct flow_strv *paths, struct flow_error *err)
{
    struct rules rules = {.kind = kind};
    flow_strv_init(&rules.defaults);
    // Behind a NUL is no text.
    int result = parse(&rules, text, strnlen(text, len), err);
    for (size_t i = 0; result == 0 && i < paths->count; i++)
        result = owners_of(out, &rules, paths->items[i], err);
    release(&rules);
    return result;
}
