// SPDX-License-Identifier: MIT
#include "flow/build/suggest.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"

// A replacement that is to be done, in bytes of the text.
struct edit {
    size_t start, end;
    const char *with;
};

struct applier {
    const char *file, *text;
    size_t len;
    struct edit *edits; // of all that is applied, in order of their starts, none over another
    size_t count, cap;
    struct edit *wanted; // of the suggestion that is being looked at
    size_t wanted_count, wanted_cap;
};

// The offset of a line and a column, both from 1; false where the text has no such place.
static bool find_offset(const struct applier *applier, uint32_t line, uint32_t column, size_t *out)
{
    size_t at = 0;
    if (line == 0 || column == 0)
        return false;
    for (uint32_t i = 1; i < line; i++) {
        const char *newline = memchr(applier->text + at, '\n', applier->len - at);
        if (!newline)
            return false;
        at = (size_t)(newline - applier->text) + 1;
    }
    const char *newline = memchr(applier->text + at, '\n', applier->len - at);
    size_t end = newline ? (size_t)(newline - applier->text) : applier->len;
    if (column - 1 > end - at)
        return false;
    *out = at + column - 1;
    return true;
}

// Whether a character of UTF-8 begins there, or the text ends.
static bool is_boundary(const struct applier *applier, size_t at)
{
    return at == applier->len || ((unsigned char)applier->text[at] & 0xc0) != 0x80;
}

static bool locate(const struct applier *applier, const struct flow_replacement *replacement,
                   struct edit *edit)
{
    *edit = (struct edit){replacement->start, replacement->end, replacement->text};
    if (!replacement->by_offset &&
        (!find_offset(applier, replacement->line, replacement->column, &edit->start) ||
         !find_offset(applier, replacement->end_line, replacement->end_column, &edit->end)))
        return false;
    return edit->start <= edit->end && edit->end <= applier->len && is_boundary(applier, edit->start) &&
           is_boundary(applier, edit->end);
}

// Two that insert at one place conflict: which comes first is nobody's to say. Neighbours do not, unless one
// of them inserts at the border.
static bool touch(const struct edit *a, const struct edit *b)
{
    if (a->start == a->end || b->start == b->end)
        return a->start <= b->end && b->start <= a->end;
    return a->start < b->end && b->start < a->end;
}

static bool same(const struct edit *a, const struct edit *b)
{
    return a->start == b->start && a->end == b->end && strcmp(a->with, b->with) == 0;
}

static int compare_edits(const void *a, const void *b)
{
    const struct edit *left = a, *right = b;
    if (left->start != right->start)
        return left->start < right->start ? -1 : 1;
    return (left->end > right->end) - (left->end < right->end);
}

// Finds where the suggestion's replacements go. FLOW_FATE_APPLIED where they can all be done by themselves.
static int want(struct applier *applier, const struct flow_suggestion *suggestion,
                enum flow_suggestion_fate *fate, struct flow_error *err)
{
    applier->wanted_count = 0;
    *fate = suggestion->machine && suggestion->count > 0 ? FLOW_FATE_APPLIED : FLOW_FATE_UNSURE;
    for (size_t i = 0; *fate == FLOW_FATE_APPLIED && i < suggestion->count; i++) {
        const struct flow_replacement *replacement = &suggestion->replacements[i];
        struct edit edit;
        if (replacement->outside || !replacement->file || strcmp(replacement->file, applier->file) != 0)
            *fate = FLOW_FATE_ELSEWHERE;
        else if (!locate(applier, replacement, &edit))
            *fate = FLOW_FATE_OUT_OF_PLACE;
        for (size_t k = 0; *fate == FLOW_FATE_APPLIED && k < applier->wanted_count; k++) {
            if (touch(&edit, &applier->wanted[k]))
                *fate = FLOW_FATE_CONFLICT;
        }
        if (*fate != FLOW_FATE_APPLIED)
            break;
        if (flow_grow(&applier->wanted, &applier->wanted_cap, applier->wanted_count + 1,
                      sizeof *applier->wanted, err))
            return -1;
        applier->wanted[applier->wanted_count++] = edit;
    }
    return 0;
}

static bool find_same(const struct applier *applier, const struct edit *edit)
{
    for (size_t i = 0; i < applier->count; i++) {
        if (same(&applier->edits[i], edit))
            return true;
    }
    return false;
}

// Adds what is wanted to what is done, where it does not touch it. What is done already, all of it and by the
// same bytes, is done.
static int merge(struct applier *applier, enum flow_suggestion_fate *fate, struct flow_error *err)
{
    size_t again = 0;
    for (size_t i = 0; i < applier->wanted_count; i++)
        again += find_same(applier, &applier->wanted[i]);
    if (again == applier->wanted_count)
        return 0;
    for (size_t i = 0; i < applier->wanted_count; i++) {
        for (size_t k = 0; k < applier->count; k++) {
            if (touch(&applier->wanted[i], &applier->edits[k])) {
                *fate = FLOW_FATE_CONFLICT;
                return 0;
            }
        }
    }
    if (flow_grow(&applier->edits, &applier->cap, applier->count + applier->wanted_count,
                  sizeof *applier->edits, err))
        return -1;
    memcpy(applier->edits + applier->count, applier->wanted, applier->wanted_count * sizeof *applier->wanted);
    applier->count += applier->wanted_count;
    return 0;
}

static int look_at(struct applier *applier, struct flow_applications *applications,
                   const struct flow_diagnostic *diagnostic, struct flow_error *err)
{
    bool one_applied = false;
    for (size_t i = 0; i < diagnostic->suggestion_count; i++) {
        struct flow_applied *applied = &applications->items[applications->count++];
        applied->suggestion = &diagnostic->suggestions[i];
        applied->fate = FLOW_FATE_ALTERNATIVE;
        if (one_applied)
            continue;
        if (want(applier, applied->suggestion, &applied->fate, err) ||
            (applied->fate == FLOW_FATE_APPLIED && merge(applier, &applied->fate, err)))
            return -1;
        one_applied = applied->fate == FLOW_FATE_APPLIED;
        applications->applied += one_applied;
    }
    return 0;
}

static int write_out(struct flow_buf *out, struct applier *applier, struct flow_error *err)
{
    size_t at = 0;
    if (applier->count > 0)
        qsort(applier->edits, applier->count, sizeof *applier->edits, compare_edits);
    for (size_t i = 0; i < applier->count; i++) {
        const struct edit *edit = &applier->edits[i];
        flow_buf_add(out, applier->text + at, edit->start - at);
        flow_buf_puts(out, edit->with);
        at = edit->end;
    }
    flow_buf_add(out, applier->text + at, applier->len - at);
    return flow_buf_check(out, applier->file, err);
}

int flow_suggestions_apply(struct flow_buf *out, struct flow_applications *applications, const char *file,
                           const char *text, size_t len, const struct flow_diagnostic *diagnostics,
                           size_t count, struct flow_error *err)
{
    struct applier applier = {.file = file, .text = text, .len = len};
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += diagnostics[i].suggestion_count;
    *applications = (struct flow_applications){.items = calloc(total + 1, sizeof *applications->items)};
    int result = applications->items ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = look_at(&applier, applications, &diagnostics[i], err);
    if (result == 0)
        result = write_out(out, &applier, err);
    free(applier.edits);
    free(applier.wanted);
    if (result < 0)
        flow_applications_release(applications);
    return result;
}

void flow_applications_release(struct flow_applications *applications)
{
    free(applications->items);
    *applications = (struct flow_applications){.count = 0};
}
