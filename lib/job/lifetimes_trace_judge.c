// SPDX-License-Identifier: MIT
/*
 * From what was seen of a field to a verdict on its row. Only what follows from the meaning of a class is a
 * verdict: of OWNED, STATIC and the borrowing classes. All else is told, and decides nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "lifetimes_trace.h"

static const struct own_function *function_of(const struct trace *trace, const struct trace_line *line)
{
    const struct own_function *function =
        own_map_named(trace->model->functions_named, own_text_of(line->function));
    while (function && strcmp(function->file->path, line->path) != 0)
        function = function->next_named;
    return function;
}

static bool is_release(const struct own_field *field, const struct trace_line *line)
{
    for (const struct own_event *event = field->events; event; event = event->next) {
        bool releases = event->kind == OWN_FREED || event->kind == OWN_RELEASED || event->kind == OWN_UNREFED;
        if (releases && event->line == line->line && strcmp(event->file->path, line->path) == 0)
            return true;
    }
    return false;
}

// Whether another field of its struct is released there.
static bool is_release_beside(const struct own_field *field, const struct trace_line *line)
{
    for (size_t i = 0; i < field->owner->field_count; i++)
        if (is_release(&field->owner->fields[i], line))
            return true;
    return false;
}

// What a line is to a struct that has a field: the innermost destructor says whose end it is, and the
// innermost function of any struct who is at work. One that runs another one frees what belongs to that.
struct seen {
    const struct trace_line *innermost, *inner, *own; // inner: that is no helper's
    bool ended, entered;
};

// Whether it only frees what it is given, for others.
static bool is_helper(const struct own_function *function)
{
    for (size_t i = 0; function && !function->container && i < function->parameter_count; i++)
        if (function->parameters[i].freed)
            return true;
    return false;
}

static void see_function(const struct trace *trace, const struct own_type *owner,
                         const struct trace_line *line, struct seen *seen)
{
    const struct own_function *function = function_of(trace, line);
    seen->innermost = seen->innermost ? seen->innermost : line;
    seen->inner = seen->inner || is_helper(function) ? seen->inner : line;
    if (!function || !function->container)
        return;
    bool ends = own_conf_has(function->file->conf, OWN_DESTRUCTOR, function->name);
    if (!seen->own && function->container == owner && (!seen->entered || (ends && !seen->ended)))
        seen->own = line;
    seen->entered = true;
    seen->ended = seen->ended || ends;
}

// A link to a thing of the same kind: what is done by a function of that kind may be done for either.
static bool is_link(const struct own_field *field)
{
    return field->pointee == field->owner;
}

// Where a block was freed, as the field and its struct see it; *out: the line that says so.
static enum own_trace place_of(const struct trace *trace, const struct own_field *field,
                               const struct trace_note *note, const struct trace_line **out)
{
    struct seen seen = {0};
    for (size_t i = 0; i < note->depth; i++) {
        char key[TRACE_KEY];
        trace_line_key(key, note->stack[i].module, note->stack[i].address);
        const union flow_map_value *value = flow_map_get(trace->lines, key);
        for (const struct trace_line *line = value ? value->ptr : NULL; line; line = line->outer) {
            *out = line;
            if (is_release(field, line))
                return OWN_TRACE_THROUGH;
            if (note->kind == FLOW_TRACE_TOGETHER && is_release_beside(field, line))
                return OWN_TRACE_BESIDE;
            see_function(trace, field->owner, line, &seen);
        }
    }
    bool own = seen.own && !is_link(field);
    *out = own ? seen.own : seen.inner ? seen.inner : seen.innermost;
    if (!*out)
        return OWN_TRACE_UNPLACED;
    return own ? OWN_TRACE_BY_STRUCT : (enum own_trace)note->kind;
}

static void weigh(const struct trace *trace, const struct trace_note *note)
{
    const struct trace_store *store = &trace->stores[note->store];
    const struct trace_line *line = NULL;
    enum own_trace what = place_of(trace, store->field, note, &line);
    // It held the block no more, or not alone: then its struct may free it for another reason.
    if (note->kind == FLOW_TRACE_MOVED ||
        (what == OWN_TRACE_BY_STRUCT &&
         (note->kind == FLOW_TRACE_TAKEN || note->kind == FLOW_TRACE_TOGETHER)))
        what = (enum own_trace)note->kind;
    trace_seen(trace->model, store->row, what, line ? line->path : store->file->path,
               line ? line->line : store->record->line, note->count);
}

/*
 * Verdicts.
 */

// Freed, and nobody can say for whom.
static uint64_t unclear(const struct own_traced *traced)
{
    return traced->counts[FLOW_TRACE_TAKEN] + traced->counts[FLOW_TRACE_TOGETHER] +
           traced->counts[OWN_TRACE_UNPLACED];
}

static uint64_t freed(const struct own_traced *traced)
{
    const uint64_t *counts = traced->counts;
    return counts[OWN_TRACE_THROUGH] + counts[OWN_TRACE_BY_STRUCT] + counts[OWN_TRACE_BESIDE] +
           counts[FLOW_TRACE_HELD] + counts[FLOW_TRACE_OUTLIVED] + unclear(traced);
}

// Blocks whose end, or lasting, says something of the field.
static uint64_t blocks(const struct own_traced *traced)
{
    return freed(traced) + traced->counts[OWN_TRACE_NEVER];
}

static uint64_t freed_by_owner(const struct own_traced *traced)
{
    return traced->counts[OWN_TRACE_THROUGH] + traced->counts[OWN_TRACE_BY_STRUCT];
}

static uint64_t freed_by_others(const struct own_traced *traced)
{
    return traced->counts[FLOW_TRACE_HELD] + traced->counts[FLOW_TRACE_OUTLIVED];
}

static enum flow_traced judge_owned(const struct own_traced *traced, bool link)
{
    const uint64_t *counts = traced->counts;
    uint64_t own = freed_by_owner(traced), beside = counts[OWN_TRACE_BESIDE];
    uint64_t others = freed_by_others(traced) + beside;
    uint64_t unfreeable = counts[FLOW_TRACE_STATIC] + counts[FLOW_TRACE_STACK] + counts[FLOW_TRACE_INSIDE];
    if (own > unclear(traced) + counts[FLOW_TRACE_MOVED] && others == 0 && unfreeable == 0)
        return FLOW_TRACED_CONFIRMED;
    if (own > 0 || link)
        return FLOW_TRACED_OPEN;
    // One that was let go could have been its own; not where a field beside it owned all that it did not let
    // go.
    if (beside > unclear(traced) || (unclear(traced) == 0 && others > 0) ||
        (unfreeable > 0 && blocks(traced) == 0))
        return FLOW_TRACED_REFUTED;
    return FLOW_TRACED_OPEN;
}

static enum flow_traced judge_static(const struct own_traced *traced)
{
    const uint64_t *counts = traced->counts;
    if (freed(traced) > 0 || counts[FLOW_TRACE_STACK] > 0)
        return FLOW_TRACED_REFUTED;
    bool lasts = counts[FLOW_TRACE_STATIC] + counts[OWN_TRACE_NEVER] > 0;
    bool open = counts[FLOW_TRACE_INSIDE] + counts[FLOW_TRACE_OTHER] + counts[FLOW_TRACE_MOVED] +
                    counts[FLOW_TRACE_RESIZED] >
                0;
    return lasts && !open ? FLOW_TRACED_CONFIRMED : FLOW_TRACED_OPEN;
}

// Of somebody who outlives the struct.
static enum flow_traced judge_borrowed(const struct own_traced *traced)
{
    uint64_t own = freed_by_owner(traced) + traced->counts[OWN_TRACE_BESIDE];
    uint64_t others = freed_by_others(traced) + traced->counts[FLOW_TRACE_STACK];
    if (own > 0)
        return others > 0 ? FLOW_TRACED_OPEN : FLOW_TRACED_REFUTED;
    return others > 0 && unclear(traced) == 0 ? FLOW_TRACED_CONFIRMED : FLOW_TRACED_OPEN;
}

// Of another field of the struct.
static enum flow_traced judge_beside(const struct own_traced *traced)
{
    bool beside = traced->counts[OWN_TRACE_BESIDE] > 0;
    return beside && freed_by_owner(traced) == 0 ? FLOW_TRACED_CONFIRMED : FLOW_TRACED_OPEN;
}

static enum flow_traced judge(const struct flow_lifetime *row, const struct own_field *field)
{
    if (strcmp(row->class_name, "OWNED") == 0)
        return judge_owned(row->trace, is_link(field));
    if (strcmp(row->class_name, "STATIC") == 0)
        return judge_static(row->trace);
    if (strcmp(row->class_name, "BORROW_FIELD") == 0)
        return judge_beside(row->trace);
    bool borrows = strcmp(row->class_name, "BORROW_PARAM") == 0 || strcmp(row->class_name, "BACKREF") == 0;
    if (borrows && !is_link(field))
        return judge_borrowed(row->trace);
    return FLOW_TRACED_OPEN;
}

/*
 * Words.
 */

static const char *const words[OWN_TRACE_COUNT] = {
    [FLOW_TRACE_NULL] = "null",
    [FLOW_TRACE_STATIC] = "static data",
    [FLOW_TRACE_STACK] = "on the stack",
    [FLOW_TRACE_INSIDE] = "inside of a block",
    [FLOW_TRACE_OTHER] = "in memory that nothing is known of",
    [FLOW_TRACE_HEAP] = "blocks of the heap",
    [FLOW_TRACE_HELD] = "freed elsewhere",
    [FLOW_TRACE_TOGETHER] = "freed while a field beside it held them",
    [FLOW_TRACE_TAKEN] = "let go, then freed",
    [FLOW_TRACE_OUTLIVED] = "freed elsewhere, after the struct",
    [FLOW_TRACE_MOVED] = "passed on, then freed",
    [FLOW_TRACE_RESIZED] = "resized",
    [OWN_TRACE_THROUGH] = "freed through it",
    [OWN_TRACE_BY_STRUCT] = "freed by its struct",
    [OWN_TRACE_BESIDE] = "freed through a field beside it",
    [OWN_TRACE_UNPLACED] = "freed where no line is known",
    [OWN_TRACE_NEVER] = "never freed",
};

static bool is_ending(enum own_trace what)
{
    return what > (enum own_trace)FLOW_TRACE_HEAP;
}

// Ends of blocks stand first, and of those the ones by the field and its struct.
static int rank(enum own_trace what)
{
    if (what >= OWN_TRACE_THROUGH && what <= OWN_TRACE_BESIDE)
        return (int)what - OWN_TRACE_COUNT;
    return is_ending(what) ? (int)what : OWN_TRACE_COUNT + (int)what;
}

static int by_rank(const void *a, const void *b)
{
    const struct own_trace_fact *left = *(const struct own_trace_fact *const *)a;
    const struct own_trace_fact *right = *(const struct own_trace_fact *const *)b;
    if (left->what != right->what)
        return rank(left->what) - rank(right->what);
    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    int order = strcmp(left->path, right->path);
    return order ? order : (left->line > right->line) - (left->line < right->line);
}

static int sort_facts(struct own_traced *traced, struct flow_error *err)
{
    size_t count = 0;
    for (const struct own_trace_fact *fact = traced->facts; fact; fact = fact->next)
        count++;
    struct own_trace_fact **items = calloc(count + 1, sizeof(struct own_trace_fact *));
    if (!items)
        return flow_error_nomem(err);
    count = 0;
    for (struct own_trace_fact *fact = traced->facts; fact; fact = fact->next)
        items[count++] = fact;
    qsort(items, count, sizeof *items, by_rank);
    for (size_t i = 0; i < count; i++)
        items[i]->next = items[i + 1];
    traced->facts = items[0];
    free(items);
    return 0;
}

// "41 of 43 blocks freed through it at a.c:5, 2 never freed"
static void put_facts(struct flow_buf *out, const struct own_traced *traced)
{
    const char *comma = "";
    for (const struct own_trace_fact *fact = traced->facts, *next; fact; fact = next) {
        uint64_t count = traced->counts[fact->what];
        bool several = false;
        for (next = fact->next; next && next->what == fact->what; next = next->next)
            several = true;
        if (fact->what == (enum own_trace)FLOW_TRACE_HEAP || count == 0)
            continue;
        flow_buf_printf(out, "%s%" PRIu64, comma, count);
        if (is_ending(fact->what) && !*comma)
            flow_buf_printf(out, " of %" PRIu64 " block%s", traced->counts[FLOW_TRACE_HEAP],
                            traced->counts[FLOW_TRACE_HEAP] == 1 ? "" : "s");
        flow_buf_printf(out, " %s", words[fact->what]);
        if (is_ending(fact->what) && fact->what < OWN_TRACE_UNPLACED)
            flow_buf_printf(out, " at %s:%u%s", fact->path, (unsigned)fact->line,
                            several ? " and others" : "");
        comma = ", ";
    }
}

// Evidence ends with the rule that decided, in brackets: what was seen stands before that.
static int tell(struct own_model *model, struct flow_lifetime *row, struct flow_error *err)
{
    static const char *const verdicts[] = {[FLOW_TRACED_CONFIRMED] = "traced, confirmed",
                                           [FLOW_TRACED_REFUTED] = "traced, refuted",
                                           [FLOW_TRACED_OPEN] = "traced"};
    const char *rule = strrchr(row->evidence, '[');
    size_t len = rule && rule > row->evidence ? (size_t)(rule - row->evidence) - 1 : strlen(row->evidence);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%.*s; %s: ", (int)len, row->evidence, verdicts[row->traced]);
    put_facts(&text, row->trace);
    if (rule)
        flow_buf_printf(&text, " %s", rule);
    int result = flow_buf_check(&text, "evidence", err);
    if (result == 0 && !(row->evidence = flow_arena_strn(&model->arena, text.data, text.len)))
        result = flow_error_nomem(err);
    flow_buf_release(&text);
    return result;
}

static int judge_row(struct trace *trace, struct flow_lifetime *row, struct flow_error *err)
{
    const struct own_field *field = own_field_of_row(trace->lifetimes, row);
    if (!row->trace || !field)
        return 0;
    uint64_t ended =
        freed(row->trace) + row->trace->counts[FLOW_TRACE_MOVED] + row->trace->counts[FLOW_TRACE_RESIZED];
    uint64_t heap = row->trace->counts[FLOW_TRACE_HEAP];
    if (heap > ended)
        trace_seen(trace->model, row, OWN_TRACE_NEVER, row->file, row->line, heap - ended);
    row->traced = judge(row, field);
    if (row->traced == FLOW_TRACED_CONFIRMED)
        row->confidence = "high";
    if (row->traced == FLOW_TRACED_REFUTED)
        row->confidence = "low";
    return sort_facts(row->trace, err) || tell(trace->model, row, err) ? -1 : 0;
}

int trace_judge(struct trace *trace, struct flow_error *err)
{
    for (size_t i = 0; i < trace->count; i++)
        weigh(trace, trace->items[i]);
    for (size_t i = 0; i < trace->lifetimes->count; i++)
        if (judge_row(trace, &trace->lifetimes->rows[i], err) != 0)
            return -1;
    return trace->model->failed ? flow_error_nomem(err) : 0;
}

void own_trace_explain(const struct flow_lifetime *row, flow_lifetimes_fact_fn fn, void *payload)
{
    for (const struct own_trace_fact *fact = row->trace ? row->trace->facts : NULL; fact; fact = fact->next) {
        char what[80], text[40];
        snprintf(what, sizeof what, "traced: %s", words[fact->what]);
        snprintf(text, sizeof text, "%" PRIu64 " time%s", fact->count, fact->count == 1 ? "" : "s");
        fn(payload, what, fact->path, fact->line, text);
    }
}
