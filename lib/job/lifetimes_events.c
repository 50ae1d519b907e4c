// SPDX-License-Identifier: MIT
// What happens to each field: what it is given, and what is done with what it holds.
#include <string.h>

#include "lifetimes_events.h"

static bool inside(const struct own_type *outer, const struct own_type *inner)
{
    size_t len = strlen(outer->path);
    return outer->file == inner->file && strncmp(outer->path, inner->path, len) == 0 &&
           (inner->path[len] == '.' || inner->path[len] == '\0' || len == 0);
}

int own_add_event(struct collector *collector, struct own_field *field, enum own_event_kind kind,
                  const struct own_record *record, struct flow_error *err)
{
    struct own_event *event = flow_arena_alloc(&collector->model->arena, sizeof *event);
    if (!event)
        return flow_error_nomem(err);
    struct own_function *function = collector->place.function;
    *event =
        (struct own_event){.kind = kind,
                           .file = collector->file,
                           .line = record->line,
                           .text = *record->value ? record->value : record->name,
                           .function = function,
                           .literal = record->kind == OWN_MEMBER,
                           .fallback = record->kind == OWN_DEFAULT || record->kind == OWN_GLOBAL_VARIABLE,
                           .self = function ? function->container : NULL};
    event->tears_down = function && function->container && inside(function->container, field->owner) &&
                        own_conf_has(collector->file->conf, OWN_DESTRUCTOR, function->name);
    if (record->kind == OWN_CALL)
        event->text = record->name;
    *(field->last_event ? &field->last_event->next : &field->events) = event;
    field->last_event = event;
    field->counts[kind]++;
    return 0;
}

// Whether a call puts a local into a list or a map.
static bool is_kept_by(const struct collector *collector, const struct own_record *call, struct own_text name,
                       const struct own_record *local)
{
    struct own_text before, arguments = own_text_of(call->value), argument;
    if (call->start <= local->start ||
        !own_conf_has_text(collector->file->conf, OWN_KEEP, own_last(own_text_of(call->name), &before)))
        return false;
    if (arguments.len > 1 && arguments.at[0] == '(')
        arguments = (struct own_text){arguments.at + 1, arguments.len - 2};
    while (own_argument(&arguments, &argument)) {
        if (argument.len == name.len && memcmp(argument.at, name.at, name.len) == 0)
            return own_local(collector->place.function, name, call->start) == local;
    }
    return false;
}

// Whether a local goes to more than one place: to two fields, or to one and into a list.
static bool is_kept_twice(const struct collector *collector, const struct own_record *record)
{
    const struct own_function *function = collector->place.function;
    bool address;
    struct own_text name = own_strip(collector->file->conf, own_text_of(record->value), &address);
    const struct own_record *local = function && !address ? own_local(function, name, record->start) : NULL;
    if (!local)
        return false;
    const struct own_record *end = collector->file->records + collector->file->record_count;
    for (const struct own_record *other = local; other < end && other->start <= function->end; other++) {
        if (other->kind == OWN_CALL && is_kept_by(collector, other, name, local))
            return true;
        if ((other->kind != OWN_ASSIGN && other->kind != OWN_MEMBER) || other->start <= local->start ||
            (other->start == record->start && other->line == record->line) ||
            own_local(function, name, other->start) != local)
            continue;
        if (own_equal(own_strip(collector->file->conf, own_text_of(other->value), &address), local->name) &&
            !address)
            return true;
    }
    return false;
}

// In a constructor the new object that it gives is the one at work.
static bool is_made_here(struct collector *collector, const struct own_record *record)
{
    const struct own_function *function = collector->place.function;
    bool address;
    struct own_text name = own_strip(collector->file->conf, own_text_of(record->value), &address);
    const struct own_record *local = function && !address ? own_local(function, name, record->start) : NULL;
    if (!local || !function->container ||
        own_type_of(collector->model, &collector->place, name, 0) != function->container)
        return false;
    for (size_t i = 0; i < function->return_count; i++) {
        struct own_text value =
            own_strip(collector->file->conf, own_text_of(function->returns[i]->value), &address);
        if (!address && own_equal(value, local->name))
            return true;
    }
    return false;
}

int own_add_value(struct collector *collector, struct own_field *field, const struct own_record *record,
                  struct flow_error *err)
{
    // At its end what the value itself names is known.
    struct own_place place = collector->place;
    place.at = record->end > record->start ? record->end - 1 : record->start;
    place.block = record->start;
    place.block_end = record->end;
    struct own_value value = own_evaluate(collector->model, &place, own_text_of(record->value), 0);
    // What a global begins with is there before anything runs, whatever macro says it.
    if (record->kind == OWN_GLOBAL_VARIABLE &&
        (value.kind == OWN_FROM_CALL || value.kind == OWN_FROM_UNKNOWN))
        value.kind = OWN_FROM_GLOBAL;
    if (own_add_event(collector, field, value.kind, record, err) != 0)
        return -1;
    struct own_event *event = field->last_event;
    struct own_function *function = collector->place.function;
    event->source = value.field;
    if (value.kind == OWN_FROM_ALLOCATION && is_made_here(collector, record)) {
        event->kind = OWN_FROM_SELF;
        return 0;
    }
    event->kept_twice = value.kind == OWN_FROM_ALLOCATION && is_kept_twice(collector, record);
    if (value.kind == OWN_FROM_PARAMETER && function && value.parameter < function->parameter_count)
        event->parameter = &function->parameters[value.parameter];
    return 0;
}

// Whether a record says what a function does to its parameters.
static bool is_fill(const struct collector *collector, const struct own_record *record)
{
    const struct own_function *function = collector->place.function;
    return function && (record->kind == OWN_FILL || (record->kind == OWN_AGAIN && function->is_macro));
}

static int note_summary(struct collector *collector, struct own_record *record, struct flow_error *err)
{
    if (is_fill(collector, record))
        own_note_fill(collector, record);
    if (record->kind == OWN_COUNT_UP || record->kind == OWN_COUNT_DOWN)
        own_note_count(collector, record);
    return record->kind == OWN_CALL ? own_note_call(collector, record, err) : 0;
}

// "name = name->next" walks over what the name stood for before.
static int note_walk(struct collector *collector, const struct own_record *record, struct flow_error *err)
{
    struct own_text rest, first = own_first(own_text_of(record->value), &rest),
                          name = own_text_of(record->name);
    if (!own_equal(first, record->name) || rest.len == 0 || !own_is_path(rest) || record->start == 0)
        return 0;
    const struct own_field *link =
        own_resolve_field(collector->model, &collector->place, own_text_of(record->value), 0);
    if (!link || link->pointee != link->owner)
        return 0;
    struct own_place before = collector->place;
    before.at = record->start - 1;
    struct own_field *field = own_resolve_field(collector->model, &before, name, 0);
    return field && field != link && field->pointee == link->owner
               ? own_add_event(collector, field, OWN_WALKED, record, err)
               : 0;
}

static int note_assign(struct collector *collector, struct own_field *field, const struct own_record *record,
                       struct flow_error *err)
{
    struct own_text rest, first = own_first(own_text_of(record->name), &rest);
    if (own_add_value(collector, field, record, err) != 0)
        return -1;
    field->last_event->in_local = own_parameter(collector->place.function, first) == SIZE_MAX;
    return 0;
}

static int note(struct collector *collector, struct own_record *record, struct flow_error *err)
{
    struct own_field *field;
    if (collector->summaries)
        return note_summary(collector, record, err);
    switch (record->kind) {
    case OWN_ASSIGN:
        if (!own_leads_to_field(record->name))
            return 0;
        field = own_resolve_field(collector->model, &collector->place, own_text_of(record->name), 0);
        return field ? note_assign(collector, field, record, err) : 0;
    case OWN_AGAIN:
        if (own_declares(collector->place.function, own_text_of(record->name)))
            return note_walk(collector, record, err);
        field =
            own_global(collector->model, collector->file, collector->place.type, own_text_of(record->name));
        return field ? own_add_value(collector, field, record, err) : 0;
    case OWN_GLOBAL_VARIABLE:
        return *record->value && !collector->place.function ? own_note_default(collector, record, err) : 0;
    case OWN_MEMBER:
        return own_note_member(collector, record, err);
    case OWN_CHOICE:
        return own_note_choice(collector, record, err);
    case OWN_DEFAULT:
        return own_note_default(collector, record, err);
    case OWN_CALL:
        return own_note_call(collector, record, err);
    default:
        return 0;
    }
}

// The functions of a file stand side by side in the model, by position.
static int collect_file(struct own_model *model, struct own_file *file, size_t first, size_t count,
                        bool summaries, bool given, bool *changed, struct flow_error *err)
{
    struct collector collector = {.model = model, .file = file, .summaries = summaries, .given = given};
    struct own_function *stack[OWN_AROUND_MAX];
    size_t depth = 0, next = 0;
    for (size_t i = 0; i < file->record_count; i++) {
        struct own_record *record = &file->records[i];
        while (next < count && model->functions[first + next]->start <= record->start) {
            while (depth > 0 && stack[depth - 1]->end <= model->functions[first + next]->start)
                depth--;
            if (depth < OWN_AROUND_MAX)
                stack[depth++] = model->functions[first + next];
            next++;
        }
        while (depth > 0 && stack[depth - 1]->end <= record->start)
            depth--;
        while (collector.depth > 0 && collector.around[collector.depth - 1]->end <= record->start)
            collector.depth--;
        struct own_function *function = depth > 0 ? stack[depth - 1] : NULL;
        collector.place = (struct own_place){.file = file,
                                             .function = function,
                                             .type = function ? function->container : NULL,
                                             .at = record->start};
        if (note(&collector, record, err) != 0)
            return -1;
        if (collector.depth < OWN_AROUND_MAX)
            collector.around[collector.depth++] = record;
    }
    *changed = *changed || collector.changed;
    return 0;
}

static int collect_all(struct own_model *model, bool summaries, bool given, bool *changed,
                       struct flow_error *err)
{
    size_t first = 0;
    for (size_t i = 0; i < model->file_count; i++) {
        size_t count = 0;
        while (first + count < model->function_count &&
               model->functions[first + count]->file == &model->files[i])
            count++;
        if (collect_file(model, &model->files[i], first, count, summaries, given, changed, err) != 0)
            return -1;
        first += count;
    }
    return 0;
}

/* Helper functions that call helper functions: how deep they are followed. */
#define MAX_ROUNDS 3

// What functions give may be other than was found before it was known what they fill.
static void forget(struct own_model *model)
{
    for (size_t i = 0; i < model->function_count; i++) {
        model->functions[i]->state = OWN_NEW;
        model->functions[i]->gives = OWN_FROM_UNKNOWN;
    }
}

int own_events_collect(struct own_model *model, struct flow_error *err)
{
    bool changed = true;
    for (int round = 0; round < MAX_ROUNDS && changed; round++) {
        changed = false;
        forget(model);
        if (collect_all(model, true, round == 0, &changed, err) != 0)
            return -1;
    }
    forget(model);
    if (collect_all(model, false, false, &changed, err) != 0)
        return -1;
    return model->failed ? flow_error_nomem(err) : 0;
}
