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
