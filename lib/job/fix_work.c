// SPDX-License-Identifier: MIT
/*
 * What the fixers of a round are to do: items, each about the file of one unit, and the groups that one fixer
 * gets.
 */
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/tsv.h"

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

/*
 * Requests outlive the process: what a round asked for is work of the next, whoever carries that out.
 */

#define KEPT "requests" // value of the run: unit and text, line by line

int fix_requests_keep(struct fix *fix, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < fix->requests.count; i++) {
        const struct fix_item *item = &fix->requests.items[i];
        flow_tsv_escape(&text, item->unit->id, strlen(item->unit->id));
        flow_buf_putc(&text, '\t');
        flow_tsv_escape(&text, item->text, strlen(item->text));
        flow_buf_putc(&text, '\n');
    }
    int result = flow_buf_check(&text, "requests", err);
    if (result == 0)
        result = flow_ledger_run_set(fix->ledger, fix->run, KEPT, text.data, err);
    flow_buf_release(&text);
    return result;
}

// A unit that is not on the branch any more is asked for nothing.
static int load_request(struct fix *fix, const struct flow_strv *cells, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count && cells->count == 2; i++)
        if (fix->units[i].path && strcmp(fix->units[i].id, cells->items[0]) == 0)
            return fix_work_add(&fix->requests, &fix->units[i], FIX_REQUEST, 0, cells->items[1],
                                strlen(cells->items[1]), err);
    return 0;
}

int fix_requests_load(struct fix *fix, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_strv cells;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_strv_init(&cells);
    int result = flow_ledger_run_get(fix->ledger, fix->run, KEPT, &text, err) < 0 ? -1 : 0;
    for (const char *at = text.data, *next; result == 0 && *at; at = next) {
        size_t len = strcspn(at, "\n");
        next = at + len + (at[len] == '\n');
        flow_strv_release(&cells);
        flow_strv_init(&cells);
        result = flow_tsv_split(&cells, at, len, err);
        if (result == 0)
            result = load_request(fix, &cells, err);
    }
    flow_strv_release(&cells);
    flow_buf_release(&text);
    return result;
}

int fix_requests_forget(struct fix *fix, struct flow_error *err)
{
    fix_work_release(&fix->requests);
    fix_work_init(&fix->requests);
    return fix_requests_keep(fix, err);
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
