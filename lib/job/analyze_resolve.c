// SPDX-License-Identifier: MIT
#include "analyze_resolve.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_markers.h"
#include "analyze_rules.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

#define MAX_STARTS   8   /* folders that the first segments of one import may stand for */
#define MAX_EXPANDED 400 /* imports that one text with braces may stand for */
#define MAX_BRACES   20  /* nesting of braces */

struct language_rules {
    const struct flow_language *language;
    struct import_rules rules;
    struct markers markers;
};

struct resolver {
    struct flow_repo *repo;
    const struct tree *tree;
    const struct flow_strv *include;
    struct language_rules *items; /* as languages come up */
    size_t count, cap;            /* cap: number of languages, so that items never move */
};

int resolver_new(struct resolver **out, struct flow_repo *repo, const struct tree *tree,
                 const struct flow_languages *languages, const struct flow_strv *include,
                 struct flow_error *err)
{
    struct resolver *resolver = calloc(1, sizeof *resolver);
    if (!resolver)
        return flow_error_nomem(err);
    *resolver = (struct resolver){
        .repo = repo, .tree = tree, .include = include, .cap = flow_languages_count(languages)};
    resolver->items = calloc(resolver->cap + 1, sizeof *resolver->items);
    if (!resolver->items) {
        free(resolver);
        return flow_error_nomem(err);
    }
    *out = resolver;
    return 0;
}

void resolver_free(struct resolver *resolver)
{
    if (!resolver)
        return;
    for (size_t i = 0; i < resolver->count; i++) {
        import_rules_release(&resolver->items[i].rules);
        markers_release(&resolver->items[i].markers);
    }
    free(resolver->items);
    free(resolver);
}

static int find_rules(struct resolver *resolver, const struct flow_language *language,
                      struct language_rules **out, struct flow_error *err)
{
    for (size_t i = 0; i < resolver->count; i++) {
        if (resolver->items[i].language == language) {
            *out = &resolver->items[i];
            return 0;
        }
    }
    struct language_rules *added = &resolver->items[resolver->count];
    if (import_rules_init(&added->rules, language, err) != 0)
        return -1;
    if (markers_init(&added->markers, &added->rules, resolver->tree, resolver->repo, err) != 0) {
        import_rules_release(&added->rules);
        return -1;
    }
    added->language = language;
    resolver->count++;
    *out = added;
    return 0;
}

int resolver_rules(struct resolver *resolver, const struct flow_language *language,
                   const struct import_rules **out, struct flow_error *err)
{
    struct language_rules *rules;
    if (find_rules(resolver, language, &rules, err) != 0)
        return -1;
    *out = &rules->rules;
    return 0;
}

/*
 * One text of an import while it is resolved.
 */
struct attempt {
    const struct resolver *resolver;
    const struct language_rules *language;
    const struct import_rule *rule;
    const char *importer; /* path */
    size_t dir_len;
    const char *item;
    bool near;
    struct flow_buf path; /* the segments that are left, with '/' */
    char *starts[MAX_STARTS];
    size_t start_count;
    size_t consumed; /* bytes of path that the starts stand for */
    /* of the template that is being expanded */
    const char *start, *include, *rest;
    struct flow_buf out;
};

static void add_module(const struct attempt *attempt, struct flow_buf *out)
{
    const char *name = flow_path_base(attempt->importer);
    flow_buf_add(out, attempt->importer, attempt->dir_len);
    if (flow_strv_find(&attempt->language->rules.index, name) >= 0)
        return;
    flow_buf_putc(out, '/');
    flow_buf_add(out, name, (size_t)(flow_path_ext(name) - name));
}

static bool add_or_fail(struct flow_buf *out, const char *text)
{
    if (text)
        flow_buf_puts(out, text);
    return text != NULL;
}

static bool add_named(struct attempt *attempt, size_t marker)
{
    size_t len;
    const char *source = markers_named(&attempt->language->markers, marker, attempt->path.data, &len);
    if (!source)
        return false;
    attempt->rest = attempt->path.data + len + (attempt->path.data[len] == '/');
    flow_buf_puts(&attempt->out, source);
    return true;
}

// Appends the value of a variable; false where it has none here.
static bool add_value(struct attempt *attempt, const struct template_part *part)
{
    struct flow_buf *out = &attempt->out;
    const char *path = attempt->path.data, *base = flow_path_base(attempt->importer);
    switch (part->var) {
    case VAR_NONE:
        return add_or_fail(out, part->text);
    case VAR_NEAR:
        if (!attempt->near)
            return false;
        flow_buf_add(out, attempt->importer, attempt->dir_len);
        return true;
    case VAR_DIR:
        flow_buf_add(out, attempt->importer, attempt->dir_len);
        return true;
    case VAR_PATH:
        return add_or_fail(out, *path ? path : NULL);
    case VAR_STEM:
        flow_buf_add(out, path, (size_t)(flow_path_ext(path) - path));
        return *path != '\0';
    case VAR_LAST:
        return add_or_fail(out, flow_path_base(path));
    case VAR_ITEM:
        return add_or_fail(out, attempt->item);
    case VAR_BASE:
        flow_buf_add(out, base, (size_t)(flow_path_ext(base) - base));
        return true;
    case VAR_MODULE:
        add_module(attempt, out);
        return true;
    case VAR_START:
        return add_or_fail(out, attempt->start);
    case VAR_REST:
        return add_or_fail(out, attempt->rest);
    case VAR_INCLUDE:
        return add_or_fail(out, attempt->include);
    case VAR_ROOT:
        return add_or_fail(out, markers_around(&attempt->language->markers, part->marker, attempt->importer,
                                               attempt->dir_len));
    case VAR_NAMED:
        return add_named(attempt, part->marker);
    }
    return false;
}

// Takes ".", ".." and empty components out of a path, in place; false where it leads out of the tree.
static bool normalise(struct flow_buf *path)
{
    size_t kept = 0;
    for (size_t at = 0; at < path->len;) {
        size_t len = strcspn(path->data + at, "/");
        const char *part = path->data + at;
        if (len == 2 && part[0] == '.' && part[1] == '.') {
            if (kept == 0)
                return false;
            while (kept > 0 && path->data[kept - 1] != '/')
                kept--;
            if (kept > 0)
                kept--;
        } else if (len > 0 && !(len == 1 && part[0] == '.')) {
            if (kept > 0)
                path->data[kept++] = '/';
            memmove(path->data + kept, part, len);
            kept += len;
        }
        at += len + 1;
    }
    flow_buf_truncate(path, kept);
    return true;
}

// Expands a template into attempt->out as a path; false where a variable has no value.
static bool expand(struct attempt *attempt, const struct template *template)
{
    flow_buf_clear(&attempt->out);
    for (size_t i = 0; i < template->count; i++) {
        if (!add_value(attempt, &template->parts[i]))
            return false;
    }
    return !attempt->out.failed && normalise(&attempt->out);
}

static bool look_up(const struct attempt *attempt, const struct template *template, struct resolved *out)
{
    const struct tree *tree = attempt->resolver->tree;
    const char *path = attempt->out.data;
    out->is_folder = template->is_folder;
    out->exclude = &attempt->rule->exclude;
    if (template->is_suffix)
        out->index = template->is_folder ? tree_folder_ending(tree, path, attempt->importer)
                                         : tree_file_ending(tree, path, attempt->importer);
    else
        out->index = template->is_folder ? tree_folder(tree, path, attempt->out.len) : tree_file(tree, path);
    return out->index != SIZE_MAX;
}

// One template with all starts, or all include folders, that it can stand for.
static bool try_template(struct attempt *attempt, const struct template *template, struct resolved *out)
{
    const struct flow_strv *include = attempt->resolver->include;
    bool by_start = template_uses(template, VAR_START), by_include = template_uses(template, VAR_INCLUDE);
    bool has_rest = attempt->start_count > 0 && attempt->path.len + 1 >= attempt->consumed;
    size_t starts = by_start ? (has_rest ? attempt->start_count : 0) : 1;
    size_t includes = by_include ? include->count : 1;
    for (size_t i = 0; i < starts; i++) {
        attempt->start = by_start ? attempt->starts[i] : NULL;
        for (size_t k = 0; k < includes; k++) {
            attempt->include = by_include ? include->items[k] : NULL;
            attempt->rest = NULL;
            if (by_start) {
                size_t at = attempt->consumed < attempt->path.len ? attempt->consumed : attempt->path.len;
                attempt->rest = attempt->path.data + at;
            }
            if (expand(attempt, template) && look_up(attempt, template, out))
                return true;
        }
    }
    return false;
}

static void drop_last(struct flow_buf *path)
{
    size_t len = path->len;
    while (len > 0 && path->data[len - 1] != '/')
        len--;
    flow_buf_truncate(path, len > 0 ? len - 1 : 0);
}

// Tries all templates, then again with one segment less, as often as the rule allows.
static bool try_all(struct attempt *attempt, struct resolved *out)
{
    for (long dropped = 0;; dropped++) {
        for (size_t i = 0; i < attempt->rule->try_count; i++) {
            if (try_template(attempt, &attempt->rule->tries[i], out))
                return true;
        }
        if (dropped >= attempt->rule->shorten || !strchr(attempt->path.data, '/'))
            return false;
        drop_last(&attempt->path);
    }
}

static int add_start(struct attempt *attempt, char **starts, size_t *count, struct flow_error *err)
{
    if (*count == MAX_STARTS)
        return 0;
    starts[*count] = strdup(attempt->out.data);
    return starts[(*count)++] ? 0 : flow_error_nomem(err);
}

static void free_starts(char **starts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(starts[i]);
}

// Takes one first segment that is a start word and sets the folders that it stands for. 1 where there was
// one.
static int take_start(struct attempt *attempt, struct flow_error *err)
{
    const char *segment = attempt->path.data + attempt->consumed;
    size_t len = strcspn(segment, "/");
    bool again = attempt->start_count > 0, found = false;
    char *starts[MAX_STARTS];
    size_t count = 0;
    for (size_t i = 0; len > 0 && i < attempt->rule->start_count; i++) {
        const struct import_start *start = &attempt->rule->starts[i];
        if (strlen(start->word) != len || memcmp(start->word, segment, len) != 0 || start->repeats != again)
            continue;
        found = true;
        for (size_t k = 0; k < (again ? attempt->start_count : 1); k++) {
            attempt->start = again ? attempt->starts[k] : NULL;
            if (expand(attempt, &start->template) && add_start(attempt, starts, &count, err) != 0) {
                free_starts(starts, count);
                return -1;
            }
        }
    }
    if (!found || count == 0) {
        free_starts(starts, count);
        return 0;
    }
    free_starts(attempt->starts, attempt->start_count);
    memcpy(attempt->starts, starts, count * sizeof *starts);
    attempt->start_count = count;
    attempt->consumed += len + (segment[len] == '/');
    return 1;
}

// Leading dots: each but the first goes one folder up.
static int take_dots(struct attempt *attempt, const char **text, struct flow_error *err)
{
    size_t dots = strspn(*text, ".");
    if (!attempt->rule->dots || dots == 0)
        return 0;
    flow_buf_clear(&attempt->out);
    flow_buf_add(&attempt->out, attempt->importer, attempt->dir_len);
    for (size_t i = 1; i < dots; i++)
        flow_buf_puts(&attempt->out, "/..");
    *text += dots;
    if (!normalise(&attempt->out))
        return 0;
    return add_start(attempt, attempt->starts, &attempt->start_count, err);
}

static bool is_dropped(const struct attempt *attempt)
{
    const char *last = flow_path_base(attempt->path.data);
    return *last && flow_strv_find(&attempt->rule->drop, last) >= 0;
}

// Whether the first segment says that the import means no file of the tree.
static bool is_outside(struct attempt *attempt)
{
    const char *path = attempt->path.data;
    size_t len = strcspn(path, "/");
    for (size_t i = 0; len > 0 && i < attempt->rule->outside.count; i++) {
        const char *word = attempt->rule->outside.items[i];
        if (strncmp(word, path, len) == 0 && word[len] == '\0')
            return true;
    }
    return false;
}

// Resolves one text without braces.
static int resolve_text(struct attempt *attempt, const char *text, resolved_fn fn, void *payload,
                        struct flow_error *err)
{
    const char *separator = attempt->rule->separator;
    size_t separator_len = strlen(separator);
    struct resolved resolved = {0};
    int result = 0;
    bool has_dots = attempt->rule->dots && text[0] == '.';
    attempt->near = flow_str_starts(text, "./") || flow_str_starts(text, "../") || strcmp(text, ".") == 0 ||
                    strcmp(text, "..") == 0;
    attempt->start_count = 0;
    attempt->consumed = 0;
    flow_buf_clear(&attempt->path);
    if (take_dots(attempt, &text, err) != 0)
        return -1;
    while (*text) {
        bool at_separator = strncmp(text, separator, separator_len) == 0;
        flow_buf_putc(&attempt->path, at_separator ? '/' : *text);
        text += at_separator ? separator_len : 1;
    }
    while (is_dropped(attempt))
        drop_last(&attempt->path);
    if (!has_dots && is_outside(attempt))
        return 0;
    while (!has_dots && result == 0) {
        result = take_start(attempt, err);
        if (result <= 0)
            break;
        result = 0;
    }
    if (result == 0)
        result = flow_buf_check(&attempt->path, "an import", err);
    if (result == 0 && try_all(attempt, &resolved))
        result = fn(&resolved, payload, err);
    free_starts(attempt->starts, attempt->start_count);
    return result;
}

struct expansion {
    struct attempt *attempt;
    resolved_fn fn;
    void *payload;
    size_t count;
};

// The brace that closes the one at text, or NULL.
static const char *closing(const char *text)
{
    size_t depth = 0;
    for (; *text; text++) {
        depth += *text == '{';
        if (*text == '}' && --depth == 0)
            return text;
    }
    return NULL;
}

static int resolve_braces(struct expansion *expansion, const char *text, unsigned depth,
                          struct flow_error *err);

// Each of the alternatives between two braces, with what stands before them.
static int resolve_alternatives(struct expansion *expansion, const char *text, const char *open,
                                const char *close, unsigned depth, struct flow_error *err)
{
    int result = 0;
    struct flow_buf one;
    flow_buf_init(&one, FLOW_BUF_LINE);
    for (const char *at = open + 1; result == 0 && at < close;) {
        const char *end = at;
        for (size_t nested = 0; end < close && (nested > 0 || *end != ','); end++)
            nested += (size_t)(*end == '{') - (size_t)(*end == '}');
        at += strspn(at, " ");
        flow_buf_clear(&one);
        flow_buf_add(&one, text, (size_t)(open - text));
        flow_buf_add(&one, at, at < end ? (size_t)(end - at) : 0);
        flow_buf_puts(&one, close + 1);
        if (at < end && !one.failed)
            result = resolve_braces(expansion, one.data, depth + 1, err);
        at = end + 1;
    }
    flow_buf_release(&one);
    return result;
}

// Ends the text before a word of `cut`.
static void cut_text(const struct import_rule *rule, char *text)
{
    for (size_t i = 0; i < rule->cut.count; i++) {
        const char *word = rule->cut.items[i];
        size_t len = strlen(word);
        for (char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
            if (at > text && at[-1] == ' ' && at[len] == ' ') {
                at[-1] = '\0';
                break;
            }
        }
    }
    size_t end = strlen(text);
    while (end > 0 && text[end - 1] == ' ')
        text[--end] = '\0';
}

static int resolve_braces(struct expansion *expansion, const char *text, unsigned depth,
                          struct flow_error *err)
{
    const struct import_rule *rule = expansion->attempt->rule;
    const char *open = rule->expand_braces ? strchr(text, '{') : NULL;
    const char *close = open ? closing(open) : NULL;
    if (expansion->count >= MAX_EXPANDED || depth > MAX_BRACES)
        return 0;
    if (close)
        return resolve_alternatives(expansion, text, open, close, depth, err);
    expansion->count++;
    char *copy = strdup(text);
    if (!copy)
        return flow_error_nomem(err);
    cut_text(rule, copy);
    int result = resolve_text(expansion->attempt, copy, expansion->fn, expansion->payload, err);
    free(copy);
    return result;
}

int resolver_run(struct resolver *resolver, size_t from, const struct flow_language *language,
                 const struct flow_import *import, resolved_fn fn, void *payload, struct flow_error *err)
{
    struct language_rules *rules;
    if (find_rules(resolver, language, &rules, err) != 0)
        return -1;
    const struct import_rule *rule = import_rules_find(&rules->rules, import->kind);
    if (!rule)
        return 0;
    struct attempt attempt = {.resolver = resolver,
                              .language = rules,
                              .rule = rule,
                              .importer = resolver->tree->snapshot->entries[from].path,
                              .item = import->item};
    attempt.dir_len = flow_path_dir_len(attempt.importer);
    flow_buf_init(&attempt.path, FLOW_BUF_LINE);
    flow_buf_init(&attempt.out, FLOW_BUF_LINE);
    struct expansion expansion = {&attempt, fn, payload, 0};
    int result = resolve_braces(&expansion, import->path, 0, err);
    flow_buf_release(&attempt.path);
    flow_buf_release(&attempt.out);
    return result;
}
