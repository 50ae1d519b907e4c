// SPDX-License-Identifier: MIT
/*
 * Candidates: what the queries of the passes find in the files of the base, but for tests and protected
 * paths, and what each would become.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/agent/prompt.h"
#include "flow/base/str.h"
#include "flow/syntax/groups.h"
#include "optimize_private.h"

#define EXCLUDE "tests.scm"

struct finder {
    struct optimize *o;
    struct flow_strv protect; /* fix.protect */
    struct optimize_file *file;
    const struct flow_language *language;
    struct flow_facts facts;
    struct flow_matches excluded;
    size_t errors; /* of syntax, as the file is */
};

static bool matches(const struct flow_strv *patterns, const char *path)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (flow_glob_match(patterns->items[i], path))
            return true;
    return false;
}

static bool is_asked(const struct optimize *o, const char *path)
{
    const struct flow_strv *asked = o->options->paths;
    for (size_t i = 0; i < asked->count; i++) {
        size_t len = strlen(asked->items[i]);
        while (len > 0 && asked->items[i][len - 1] == '/')
            len--;
        if (strncmp(asked->items[i], path, len) == 0 && (path[len] == '/' || path[len] == '\0'))
            return true;
    }
    return asked->count == 0;
}

// Whether anything may be changed in a file: it is no test, not generated, and nobody protects it.
static int is_open(const struct finder *finder, const char *path, struct flow_error *err)
{
    struct flow_strv tests;
    if (!is_asked(finder->o, path) || matches(&finder->protect, path) ||
        flow_language_is_generated(finder->language, path))
        return 0;
    flow_strv_init(&tests);
    int result = flow_language_list(finder->language, "tests.path", true, &tests, err);
    bool test = result == 0 && matches(&tests, path);
    flow_strv_release(&tests);
    return result ? -1 : !test;
}

/*
 * One candidate.
 */

static const struct flow_part *part(const struct flow_groups *groups, const struct flow_group *group,
                                    const char *name, size_t len)
{
    for (size_t i = group->first; i < group->first + group->count; i++)
        if (strlen(groups->parts[i].name) == len && memcmp(groups->parts[i].name, name, len) == 0)
            return &groups->parts[i];
    return NULL;
}

// The text between two captures, without white space at its end.
static void add_between(struct flow_buf *out, const struct flow_part *from, const struct flow_part *to,
                        const char *source)
{
    if (!from || !to || to->span.start < from->span.end)
        return;
    size_t start = from->span.end, end = to->span.start;
    while (end > start && strchr(" \t\r\n", source[end - 1]))
        end--;
    flow_buf_add(out, source + start, end - start);
}

// The template with the texts of the captures: ${a}, or ${a..b} for what stands between two. One that this
// match lacks is empty.
static void fill(struct flow_buf *out, const char *template, const struct flow_groups *groups,
                 const struct flow_group *group, const char *source)
{
    for (const char *at = template; *at;) {
        const char *open = strstr(at, "${");
        flow_buf_add(out, at, open ? (size_t)(open - at) : strlen(at));
        if (!open)
            return;
        size_t len = strcspn(open + 2, "}"), first = strcspn(open + 2, ".}");
        const struct flow_part *found = part(groups, group, open + 2, first);
        if (first < len)
            add_between(out, found, part(groups, group, open + 2 + first + 2, len - first - 2), source);
        else if (found)
            flow_buf_add(out, source + found->span.start, found->span.end - found->span.start);
        at = open + 2 + len + 1;
    }
}

// The smallest declaration around a span; the whole file where there is none.
static struct flow_span find_around(const struct finder *finder, const struct flow_span *span)
{
    struct flow_span best = {0, (uint32_t)finder->file->len, 1, finder->facts.lines};
    for (size_t i = 0; i < finder->facts.symbol_count; i++) {
        const struct flow_span *own = &finder->facts.symbols[i].span;
        if (own->start <= span->start && own->end >= span->end &&
            own->end - own->start < best.end - best.start)
            best = *own;
    }
    return best;
}

static bool is_taken(const struct optimize *o, const struct flow_id *id)
{
    for (size_t i = 0; i < o->count; i++)
        if (strcmp(o->items[i].id.hex, id->hex) == 0)
            return true;
    return false;
}

// What a candidate is called over all runs: it stays the same while its pass and the declaration do. Where a
// file has the same declaration twice they are counted.
static int name(const struct optimize *o, struct optimize_candidate *candidate, size_t pattern,
                struct flow_error *err)
{
    const struct optimize_file *file = candidate->file;
    const struct flow_span *around = &candidate->around;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_printf(&text, "%s\n%s\n%zu %u\n", candidate->pass->full, file->entry->path, pattern,
                    candidate->pass->prompt ? 0 : candidate->span.start - around->start);
    flow_buf_add(&text, candidate->pass->text, candidate->pass->len);
    flow_buf_putc(&text, '\0');
    if (candidate->pass->prompt)
        flow_buf_add(&text, candidate->pass->prompt, strlen(candidate->pass->prompt) + 1);
    flow_buf_add(&text, file->text + around->start, around->end - around->start);
    int result;
    do {
        flow_buf_putc(&text, '\0');
        result = flow_buf_check(&text, "declaration", err);
        if (result == 0)
            result = flow_id_of(&candidate->id, text.data, text.len, err);
    } while (result == 0 && is_taken(o, &candidate->id));
    flow_buf_release(&text);
    snprintf(candidate->branch, sizeof candidate->branch, "refs/heads/flow/optimize/%.100s-%.8s",
             candidate->pass->name, candidate->id.hex);
    return result;
}

// Whether the text would still parse as well as before: 1 or 0.
static int parses(const struct finder *finder, struct optimize_candidate *candidate, struct flow_error *err)
{
    struct flow_buf text;
    size_t errors = 0;
    uint32_t line;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = optimize_apply(candidate->file, &candidate, 1, &text, err);
    if (result == 0)
        result =
            flow_syntax_errors(finder->o->parser, finder->language, text.data, text.len, &errors, &line, err);
    flow_buf_release(&text);
    return result ? -1 : errors <= finder->errors;
}

static bool is_excluded(const struct finder *finder, const struct flow_span *span)
{
    for (size_t i = 0; i < finder->excluded.count; i++) {
        const struct flow_span *own = &finder->excluded.items[i].span;
        if (own->start <= span->start && own->end >= span->end)
            return true;
    }
    return false;
}

// Two patterns may find the same.
static bool is_there(const struct optimize *o, const struct optimize_candidate *candidate)
{
    for (size_t i = o->count; i > 0 && o->items[i - 1].file == candidate->file; i--) {
        const struct optimize_candidate *other = &o->items[i - 1];
        if (other->pass == candidate->pass && other->span.start == candidate->span.start &&
            other->span.end == candidate->span.end && other->len == candidate->len &&
            memcmp(other->text, candidate->text, candidate->len) == 0)
            return true;
    }
    return false;
}

static int add(struct finder *finder, const struct optimize_pass *pass, const struct flow_groups *groups,
               const struct flow_group *group, struct flow_error *err)
{
    struct optimize *o = finder->o;
    const struct optimize_file *file = finder->file;
    const char *template;
    struct flow_buf text;
    struct optimize_candidate candidate = {.pass = pass, .file = file, .span = group->span};
    size_t len = group->span.end - group->span.start;
    if (is_excluded(finder, &group->span))
        return 0;
    if (flow_groups_property(o->parser, pass->language, pass->query, group->pattern, "rewrite", &template,
                             err))
        return -1;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    fill(&text, template, groups, group, file->text);
    candidate.around = find_around(finder, &group->span);
    candidate.line = group->span.start_line;
    candidate.len = text.len;
    candidate.text = text.failed ? NULL : flow_arena_strn(&o->arena, text.data, text.len);
    flow_buf_release(&text);
    if (!candidate.text)
        return flow_error_nomem(err);
    bool same = candidate.len == len && memcmp(candidate.text, file->text + group->span.start, len) == 0;
    int fits = same || is_there(o, &candidate) ? 0 : parses(finder, &candidate, err);
    if (fits != 1)
        return fits;
    if (name(o, &candidate, group->pattern, err) ||
        flow_grow(&o->items, &o->cap, o->count + 1, sizeof *o->items, err))
        return -1;
    o->items[o->count++] = candidate;
    return 0;
}

/*
 * One place of a pass with a prompt: all that it finds in a declaration is one candidate.
 */

static bool holds_excluded(const struct finder *finder, const struct flow_span *span)
{
    for (size_t i = 0; i < finder->excluded.count; i++) {
        const struct flow_span *own = &finder->excluded.items[i].span;
        if (own->start < span->end && span->start < own->end)
            return true;
    }
    return false;
}

static struct optimize_candidate *find_same(const struct optimize *o, const struct optimize_pass *pass,
                                            const struct optimize_file *file, const struct flow_span *around)
{
    for (size_t i = o->count; i > 0 && o->items[i - 1].file == file; i--) {
        struct optimize_candidate *other = &o->items[i - 1];
        if (other->pass == pass && other->around.start == around->start && other->around.end == around->end)
            return other;
    }
    return NULL;
}

// What stands there is data for the prompt, each capture by its name.
static const char *show_place(struct optimize *o, const char *before, const struct flow_groups *groups,
                              const struct flow_group *group, const char *source)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%sIn line %u:\n\n", before ? before : "", group->span.start_line);
    for (size_t i = group->first; i < group->first + group->count; i++) {
        const struct flow_part *part = &groups->parts[i];
        flow_buf_printf(&text, "%s\n\n", part->name);
        flow_prompt_fence(&text, "", source + part->span.start, part->span.end - part->span.start, 0);
        flow_buf_putc(&text, '\n');
    }
    const char *copy = text.failed ? NULL : flow_arena_strn(&o->arena, text.data, text.len);
    flow_buf_release(&text);
    return copy;
}

static int add_place(struct finder *finder, const struct optimize_pass *pass,
                     const struct flow_groups *groups, const struct flow_group *group, struct flow_error *err)
{
    struct optimize *o = finder->o;
    struct optimize_candidate candidate = {
        .pass = pass, .file = finder->file, .span = group->span, .line = group->span.start_line};
    candidate.around = find_around(finder, &group->span);
    // A declaration that holds tests could have these changed with it.
    if (holds_excluded(finder, &candidate.around))
        return 0;
    struct optimize_candidate *same = find_same(o, pass, finder->file, &candidate.around);
    const char *places = show_place(o, same ? same->places : NULL, groups, group, finder->file->text);
    if (!places)
        return flow_error_nomem(err);
    if (same) {
        same->places = places;
        return 0;
    }
    candidate.places = places;
    if (name(o, &candidate, 0, err) || flow_grow(&o->items, &o->cap, o->count + 1, sizeof *o->items, err))
        return -1;
    o->items[o->count++] = candidate;
    return 0;
}

/*
 * One file.
 */

static int run_pass(struct finder *finder, const struct optimize_pass *pass, struct flow_error *err)
{
    struct flow_groups groups;
    const struct optimize_file *file = finder->file;
    int result =
        flow_groups_find(&groups, finder->o->parser, pass->language, pass->query, file->text, file->len, err);
    for (size_t i = 0; result == 0 && i < groups.count; i++)
        result = pass->prompt ? add_place(finder, pass, &groups, &groups.items[i], err)
                              : add(finder, pass, &groups, &groups.items[i], err);
    if (result == 0)
        flow_groups_release(&groups);
    return result;
}

static int find_excluded(struct finder *finder, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    const struct optimize_file *file = finder->file;
    int result = flow_matches_find(&finder->excluded, finder->o->parser, finder->language, EXCLUDE,
                                   file->text, file->len, &own);
    if (result && own.code == FLOW_E_NOT_FOUND) {
        finder->excluded = (struct flow_matches){0};
        return 0;
    }
    if (result && err)
        *err = own;
    return result;
}

static int read_file(struct finder *finder, const struct flow_entry *entry, struct flow_error *err)
{
    struct optimize *o = finder->o;
    struct flow_buf text;
    finder->file = flow_arena_alloc(&o->arena, sizeof *finder->file);
    if (!finder->file)
        return flow_error_nomem(err);
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_snapshot_read(o->options->repo, o->snapshot, entry, &text, err);
    if (result == 0)
        result = flow_buf_check(&text, entry->path, err);
    char *copy = flow_arena_strn(&o->arena, text.data, text.len);
    *finder->file = (struct optimize_file){.entry = entry, .text = copy, .len = text.len};
    flow_buf_release(&text);
    return result == 0 && !copy ? flow_error_nomem(err) : result;
}

static int search(struct finder *finder, struct flow_error *err)
{
    struct optimize *o = finder->o;
    const struct optimize_file *file = finder->file;
    uint32_t line;
    if (flow_facts_extract(&finder->facts, o->parser, finder->language, file->text, file->len, err))
        return -1;
    int result = 0;
    if (!finder->facts.generated) {
        result = flow_syntax_errors(o->parser, finder->language, file->text, file->len, &finder->errors,
                                    &line, err);
        if (result == 0)
            result = find_excluded(finder, err);
        for (size_t i = 0; i < o->pass_count && result == 0; i++)
            if (o->passes[i].language == finder->language)
                result = run_pass(finder, &o->passes[i], err);
        flow_matches_release(&finder->excluded);
        finder->excluded = (struct flow_matches){0};
    }
    flow_facts_release(&finder->facts);
    return result;
}

static bool has_pass(const struct optimize *o, const struct flow_language *language)
{
    for (size_t i = 0; i < o->pass_count; i++)
        if (o->passes[i].language == language)
            return true;
    return false;
}

static int by_position(const void *a, const void *b)
{
    const struct optimize_candidate *left = a, *right = b;
    int order = strcmp(left->file->entry->path, right->file->entry->path);
    if (order != 0)
        return order;
    if (left->span.start != right->span.start)
        return left->span.start < right->span.start ? -1 : 1;
    if (left->span.end != right->span.end)
        return left->span.end > right->span.end ? -1 : 1;
    return strcmp(left->id.hex, right->id.hex);
}

void optimize_sort(struct optimize *o)
{
    if (o->count > 0)
        qsort(o->items, o->count, sizeof *o->items, by_position);
}

int optimize_find(struct optimize *o, struct flow_error *err)
{
    struct finder finder = {.o = o};
    flow_strv_init(&finder.protect);
    int result = flow_config_list(o->options->config, "fix.protect", &finder.protect, err);
    for (size_t i = 0; i < o->snapshot->count && result == 0; i++) {
        const struct flow_entry *entry = &o->snapshot->entries[i];
        finder.language = entry->kind == FLOW_ENTRY_FILE
                              ? flow_languages_of(o->options->languages, entry->path, NULL, 0)
                              : NULL;
        if (!finder.language || !has_pass(o, finder.language))
            continue;
        int open = is_open(&finder, entry->path, err);
        result = open < 0 ? -1 : 0;
        if (open == 1)
            result = read_file(&finder, entry, err);
        if (open == 1 && result == 0)
            result = search(&finder, err);
        if (result)
            flow_error_wrap(err, "'%s'", entry->path);
    }
    flow_strv_release(&finder.protect);
    optimize_sort(o);
    return result;
}
