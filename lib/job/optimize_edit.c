// SPDX-License-Identifier: MIT
/*
 * Texts with candidates applied, and where their lines went.
 */
#include <string.h>

#include "optimize_private.h"

int optimize_apply(const struct optimize_file *file, struct optimize_candidate *const *set, size_t count,
                   struct flow_buf *out, struct flow_error *err)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        flow_buf_add(out, file->text + at, set[i]->span.start - at);
        flow_buf_add(out, set[i]->text, set[i]->len);
        at = set[i]->span.end;
    }
    flow_buf_add(out, file->text + at, file->len - at);
    return flow_buf_check(out, file->entry->path, err);
}

static long newlines(const char *text, size_t len)
{
    long count = 0;
    for (const char *at = text; len > 0 && (at = memchr(at, '\n', (size_t)(text + len - at))) != NULL; at++)
        count++;
    return count;
}

// How much of two texts is the same from the begin on, in whole lines. Some of `a` is left, so that what is
// put in has a line to stand at.
static size_t same_before(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t at = 0, line = 0;
    while (at + 1 < a_len && at < b_len && a[at] == b[at])
        if (a[at++] == '\n')
            line = at;
    return line;
}

// The same from the end on: it begins with the end of a line.
static size_t same_behind(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t count = 0, line = 0;
    while (count < a_len && count < b_len && a[a_len - 1 - count] == b[b_len - 1 - count])
        if (a[a_len - ++count] == '\n')
            line = count;
    return line;
}

int optimize_rewrite(struct optimize *o, struct optimize_candidate *candidate, const struct flow_buf *after,
                     struct flow_error *err)
{
    const struct flow_span *around = &candidate->around;
    const char *text = candidate->file->text + around->start;
    size_t len = around->end - around->start;
    size_t before = same_before(text, len, after->data, after->len);
    size_t behind = same_behind(text + before, len - before, after->data + before, after->len - before);
    pthread_mutex_lock(&o->mutex);
    candidate->len = after->len - before - behind;
    candidate->text = flow_arena_strn(&o->arena, after->data + before, candidate->len);
    pthread_mutex_unlock(&o->mutex);
    if (!candidate->text)
        return flow_error_nomem(err);
    long first = newlines(text, before), rows = newlines(text + before, len - before - behind);
    candidate->span = (struct flow_span){
        .start = around->start + (uint32_t)before,
        .end = around->end - (uint32_t)behind,
        .start_line = around->start_line + (uint32_t)first,
        .end_line = around->start_line + (uint32_t)(first + rows),
    };
    return 0;
}

// By how many lines a candidate makes its file longer.
static long growth(const struct optimize_candidate *candidate)
{
    const struct flow_span *span = &candidate->span;
    return newlines(candidate->text, candidate->len) -
           newlines(candidate->file->text + span->start, span->end - span->start);
}

void optimize_lines(struct optimize_candidate *const *set, size_t count,
                    const struct optimize_candidate *candidate, struct flow_span span, uint32_t *first,
                    uint32_t *last)
{
    long before = 0, within = 0;
    for (size_t i = 0; i < count; i++) {
        if (set[i]->file != candidate->file)
            continue;
        if (set[i]->span.end <= span.start)
            before += growth(set[i]);
        else if (set[i]->span.start < span.end)
            within += growth(set[i]);
    }
    long from = (long)span.start_line + before, to = (long)span.end_line + before + within;
    *first = (uint32_t)from;
    *last = (uint32_t)(to > from ? to : from);
}

bool optimize_is_at(const struct optimize *o, const struct flow_position *place,
                    struct optimize_candidate *const *set, size_t count,
                    const struct optimize_candidate *candidate, struct flow_span span)
{
    uint32_t first, last;
    // Names are relative to the folder of the commands.
    size_t folder = o->root.len > 0 ? o->root.len + 1 : 0;
    const char *path = candidate->file->entry->path;
    if (!place->file || place->outside || place->line == 0 || strlen(path) <= folder ||
        strcmp(place->file, path + folder) != 0)
        return false;
    optimize_lines(set, count, candidate, span, &first, &last);
    uint32_t end = place->end_line > place->line ? place->end_line : place->line;
    return place->line <= last && end >= first;
}

bool optimize_touch(const struct optimize_candidate *a, const struct optimize_candidate *b)
{
    return a->file == b->file && a->span.start < b->span.end && b->span.start < a->span.end;
}
