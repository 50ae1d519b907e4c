// SPDX-License-Identifier: MIT
/*
 * What the fixers of a round are to do: items, each about the file of one unit, and the groups that one fixer
 * gets.
 */
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"

const char *fix_kind_name(enum fix_kind kind)
{
    static const char *const names[] = {"Build error", "Test failure", "Proof failure",
                                        "Request of another fixer", "Finding of a reviewer"};
    return names[kind];
}

void fix_work_init(struct fix_work *work)
{
    *work = (struct fix_work){0};
    flow_arena_init(&work->arena);
}

void fix_work_release(struct fix_work *work)
{
    free(work->items);
    flow_arena_release(&work->arena);
}

int fix_work_add(struct fix_work *work, struct fix_unit *unit, enum fix_kind kind, uint32_t line,
                 const char *text, size_t len, struct flow_error *err)
{
    char *copy = flow_arena_strn(&work->arena, text, len);
    if (!copy)
        return flow_error_nomem(err);
    if (flow_grow(&work->items, &work->cap, work->count + 1, sizeof *work->items, err))
        return -1;
    work->items[work->count] =
        (struct fix_item){.unit = unit, .kind = kind, .line = line, .text = copy, .order = work->count};
    work->count++;
    return 0;
}

int fix_work_add_errors(struct fix_work *work, struct fix *fix, const struct fix_build *build,
                        struct flow_error *err)
{
    for (size_t i = 0; !build->clean && i < build->list.count; i++) {
        const struct flow_diagnostic *item = &build->list.items[i];
        struct fix_unit *unit = item->severity == FLOW_SEVERITY_ERROR && !item->place.outside
                                    ? fix_unit_at(fix, item->place.file)
                                    : NULL;
        const char *text = item->text && *item->text ? item->text : item->message;
        // A proof is about tests alone: its list holds nothing else.
        enum fix_kind kind = fix->proving ? FIX_PROOF : FIX_BUILD;
        if (unit && fix_work_add(work, unit, kind, item->place.line, text, strlen(text), err))
            return -1;
    }
    return 0;
}

// What tests ask of others waits until those are changed.
int fix_work_take_requests(struct fix_work *work, struct fix *fix, struct flow_error *err)
{
    struct fix_work asked = fix->requests;
    int result = 0;
    fix_work_init(&fix->requests);
    for (size_t i = 0; i < asked.count && result == 0; i++) {
        const struct fix_item *item = &asked.items[i];
        bool waits = fix->proving && !item->unit->test;
        result = fix_work_add(waits ? &fix->requests : work, item->unit, item->kind, item->line, item->text,
                              strlen(item->text), err);
    }
    fix_work_release(&asked);
    return result;
}

static int by_unit(const void *a, const void *b)
{
    const struct fix_item *left = a, *right = b;
    if (left->unit != right->unit)
        return left->unit < right->unit ? -1 : 1;
    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    return (left->order > right->order) - (left->order < right->order);
}

void fix_work_sort(struct fix_work *work)
{
    if (work->count > 0)
        qsort(work->items, work->count, sizeof *work->items, by_unit);
}

// As many groups as are needed, about equally large; what is said of one line stays together.
size_t fix_work_group(const struct fix_work *work, size_t first)
{
    const struct fix_item *items = work->items;
    size_t end = first, ranges;
    while (end < work->count && items[end].unit == items[first].unit)
        end++;
    ranges = (end - first + FIX_GROUP - 1) / FIX_GROUP;
    size_t cut = first + (end - first + ranges - 1) / ranges;
    while (cut < end && items[cut].line > 0 && items[cut].line == items[cut - 1].line &&
           items[cut].kind == items[cut - 1].kind)
        cut++;
    return cut;
}
