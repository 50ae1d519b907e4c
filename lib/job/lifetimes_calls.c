// SPDX-License-Identifier: MIT
// What calls do with fields: free them, give them back, or fill them; and what functions do to their
// parameters.
#include <string.h>

#include "lifetimes_events.h"

#define MAX_FOLLOWED 6

// The parameter that a path leads to, also through locals, or through calls that only look at it. What a call
// gave a local is something else.
static size_t parameter_of(struct collector *collector, struct own_text path, uint32_t at, unsigned depth)
{
    bool address;
    struct own_function *function = collector->place.function;
    struct own_text callee, arguments;
    path = own_strip(collector->file->conf, path, &address);
    if (depth > MAX_FOLLOWED || !function)
        return SIZE_MAX;
    if (depth == 0 && own_call(path, &callee, &arguments) && own_argument(&arguments, &path))
        return parameter_of(collector, path, at, depth + 1);
    const struct own_record *local = own_local(function, path, at);
    // What a parameter points to that is to be filled is its own here.
    while (path.len > 0 && path.at[0] == '*')
        path = own_trim((struct own_text){path.at + 1, path.len - 1});
    if (local)
        return parameter_of(collector, own_text_of(local->value), local->start > 0 ? local->start - 1 : 0,
                            depth + 1);
    return own_parameter(function, path);
}

static void note_parameter(struct collector *collector, struct own_text path, enum own_event_kind kind)
{
    struct own_function *function = collector->place.function;
    size_t number = parameter_of(collector, path, collector->place.at, 0);
    const struct own_conf *conf = collector->file->conf;
    // Who tears something down on the way, to begin anew, does not end it.
    bool ends = kind != OWN_RELEASED || !conf->first_is_self ||
                (function && own_conf_has(conf, OWN_DESTRUCTOR, function->name));
    if (number == SIZE_MAX || !ends)
        return;
    struct own_parameter *parameter = &function->parameters[number];
    bool *flag = kind == OWN_FREED     ? &parameter->freed
                 : kind == OWN_UNREFED ? &parameter->unrefed
                                       : &parameter->released;
    collector->changed = collector->changed || !*flag;
    *flag = true;
}

// Whether a local stands for what is done with; one that a test for absence gives is as good as the field.
static bool is_by_name(const struct collector *collector, struct own_text path)
{
    bool address;
    path = own_strip(collector->file->conf, path, &address);
    const struct own_record *local = own_local(collector->place.function, path, collector->place.at);
    return local && local->kind != OWN_PAYLOAD;
}

static int note_use(struct collector *collector, struct own_text path, enum own_event_kind kind,
                    const struct own_record *record, struct flow_error *err)
{
    if (collector->summaries) {
        if (kind != OWN_ACQUIRED)
            note_parameter(collector, path, kind);
        return 0;
    }
    struct own_field *field = own_resolve_field(collector->model, &collector->place, path, 0);
    // "free(span(this.text))" frees this.text.
    bool address;
    struct own_text callee, arguments;
    if (!field && kind == OWN_FREED &&
        own_call(own_strip(collector->file->conf, path, &address), &callee, &arguments) &&
        own_argument(&arguments, &path))
        field = own_resolve_field(collector->model, &collector->place, path, 0);
    if (!field)
        return 0;
    int result = own_add_event(collector, field, kind, record, err);
    if (result == 0)
        field->last_event->by_name = is_by_name(collector, path);
    return result;
}

static int note_arguments(struct collector *collector, struct own_text arguments, enum own_event_kind kind,
                          const struct own_record *record, struct flow_error *err)
{
    struct own_text argument;
    int result = 0;
    while (result == 0 && own_argument(&arguments, &argument))
        result = note_use(collector, argument, kind, record, err);
    return result;
}

// What the callers of a function pass.
static void note_given(struct collector *collector, struct own_parameter *parameter, struct own_text argument)
{
    if (!strchr(parameter->type, '*'))
        return;
    struct own_value value = own_evaluate(collector->model, &collector->place, argument, 0);
    parameter->given |= 1U << value.kind;
    if (value.kind == OWN_FROM_SELF && collector->place.function)
        parameter->giver = collector->place.function->container;
}

// "x.detach()" gives the reference back where that does so with what it is called on, and the field is
// emptied.
static int note_given_up(struct collector *collector, const struct own_record *call, struct flow_error *err)
{
    struct own_text before, callee = own_text_of(call->name);
    own_last(callee, &before);
    if (collector->summaries)
        return 0;
    struct own_field *field = own_resolve_field(collector->model, &collector->place, before, 0);
    const struct own_function *function = collector->place.function;
    const struct own_record *end = collector->file->records + collector->file->record_count;
    for (const struct own_record *other = collector->file->records; field && function && other < end;
         other++) {
        if (other->kind == OWN_ASSIGN && other->start > function->body && other->end <= function->end &&
            own_conf_has(collector->file->conf, OWN_NULL, other->value) &&
            own_resolve_field(collector->model, &collector->place, own_text_of(other->name), 0) == field)
            return own_add_event(collector, field, OWN_UNREFED, call, err);
    }
    return 0;
}

void own_note_fill(struct collector *collector, const struct own_record *record)
{
    struct own_function *function = collector->place.function;
    size_t number = own_parameter(function, own_text_of(record->name));
    if (number == SIZE_MAX)
        return;
    struct own_parameter *parameter = &function->parameters[number];
    struct own_place place = collector->place;
    place.at = record->end > record->start ? record->end - 1 : record->start;
    struct own_value value = own_evaluate(collector->model, &place, own_text_of(record->value), 0);
    // What a macro gives a name that it makes of it is not followed.
    if (value.kind == OWN_FROM_PARAMETER && value.parameter == number)
        return;
    collector->changed = collector->changed || !(parameter->fills & OWN_BIT(value.kind));
    parameter->fills |= OWN_BIT(value.kind);
    collector->model->fills = true;
    if (value.kind == OWN_FROM_PARAMETER)
        parameter->fills_from = value.parameter;
}

void own_note_count(struct collector *collector, const struct own_record *record)
{
    struct own_function *function = collector->place.function;
    struct own_text before, count = own_last(own_text_of(record->name), &before);
    if (!function || !own_conf_has_text(collector->file->conf, OWN_COUNTED, count))
        return;
    size_t number = parameter_of(collector, before, record->start, 1);
    if (number == SIZE_MAX)
        return;
    struct own_parameter *parameter = &function->parameters[number];
    bool *flag = record->kind == OWN_COUNT_UP ? &parameter->acquired : &parameter->unrefed;
    collector->changed = collector->changed || !*flag;
    *flag = true;
}

// A function that fills what its own parameter points to by another one.
static bool passes_on(struct collector *collector, const struct own_parameter *filled, bool by_macro,
                      struct own_text target, bool address)
{
    struct own_function *function = collector->place.function;
    bool starred = target.len > 0 && target.at[0] == '*';
    if (starred)
        target = own_trim((struct own_text){target.at + 1, target.len - 1});
    size_t number = function && !address ? own_parameter(function, target) : SIZE_MAX;
    if (number == SIZE_MAX || (by_macro ? starred == function->is_macro : starred))
        return false;
    unsigned before = function->parameters[number].fills;
    function->parameters[number].fills |= filled->fills & ~OWN_BIT(OWN_FROM_PARAMETER);
    collector->changed = collector->changed || before != function->parameters[number].fills;
    return true;
}

// The kinds of values that mean the same to who calls; what else there may be is just from the call.
static enum own_event_kind kind_outside(enum own_event_kind kind)
{
    switch (kind) {
    case OWN_FROM_ALLOCATION:
    case OWN_FROM_ARENA:
    case OWN_FROM_ACQUIRED:
    case OWN_FROM_GLOBAL:
    case OWN_FROM_FOREIGN:
    case OWN_FROM_FUNCTION:
    case OWN_FROM_NULL:
        return kind;
    default:
        return OWN_FROM_CALL;
    }
}

// "make(&x->name)" and "MAKE(x->name)" give the field a value.
static int note_filled(struct collector *collector, const struct own_function *callee,
                       const struct own_parameter *filled, struct own_text argument, struct own_text all,
                       const struct own_record *record, struct flow_error *err)
{
    bool address;
    struct own_text target = own_strip(collector->file->conf, argument, &address), given = {"", 0};
    bool passed = passes_on(collector, filled, callee->is_macro, target, address);
    if (passed || collector->summaries || address == callee->is_macro)
        return 0;
    struct own_text before, last = own_last(target, &before);
    if (before.len == 0 && own_declares(collector->place.function, last))
        return 0;
    struct own_field *field = own_resolve_field(collector->model, &collector->place, target, 0);
    for (size_t i = 0; field && i < OWN_FREED; i++) {
        if (!(filled->fills & (1U << i)))
            continue;
        struct own_value value = {kind_outside((enum own_event_kind)i), SIZE_MAX, NULL};
        if (i == OWN_FROM_PARAMETER) {
            for (size_t k = 0; k <= filled->fills_from && own_argument(&all, &given); k++) {
            }
            value = own_evaluate(collector->model, &collector->place, given, 0);
            if (callee->parameters[filled->fills_from].acquired)
                value = (struct own_value){OWN_FROM_ACQUIRED, SIZE_MAX, NULL};
        }
        if (own_add_event(collector, field, value.kind, record, err) != 0)
            return -1;
        const struct own_function *function = collector->place.function;
        field->last_event->source = value.field;
        if (value.kind == OWN_FROM_PARAMETER && function && value.parameter < function->parameter_count)
            field->last_event->parameter = &function->parameters[value.parameter];
    }
    return 0;
}

// What a function that the tree has does to its parameters.
static int note_summary(struct collector *collector, struct own_text arguments, struct own_record *record,
                        struct flow_error *err)
{
    struct own_function *function = record->callee;
    struct own_text argument, all = arguments;
    if (!function)
        return 0;
    if (record->is_method && function->parameter_count > 0 && function->parameters[0].unrefed &&
        note_given_up(collector, record, err) != 0)
        return -1;
    for (size_t i = record->is_method ? 1 : 0;
         i < function->parameter_count && own_argument(&arguments, &argument); i++) {
        struct own_parameter *parameter = &function->parameters[i];
        if (collector->given)
            note_given(collector, parameter, argument);
        if (parameter->fills && note_filled(collector, function, parameter, argument, all, record, err) != 0)
            return -1;
        if (!parameter->freed && !parameter->released && !parameter->unrefed)
            continue;
        enum own_event_kind kind = parameter->unrefed ? OWN_UNREFED
                                   : parameter->freed ? OWN_FREED
                                                      : OWN_RELEASED;
        if (note_use(collector, argument, kind, record, err) != 0)
            return -1;
    }
    return 0;
}

static void note_allocation(struct collector *collector, const struct own_record *call,
                            struct own_text before, struct own_text arguments)
{
    struct own_text argument;
    struct own_type *type = NULL;
    if (own_argument(&arguments, &argument) && argument.at[0] != '.' && argument.at[0] != '&')
        type = own_resolve_type(collector->model, collector->file, collector->place.type, argument, 0);
    if (!type && before.len > 0)
        type = own_resolve_type(collector->model, collector->file, collector->place.type, before, 0);
    struct own_function *made = call->callee;
    if (!type && made && strchr(made->result, '*'))
        type = own_resolve_type(collector->model, made->file, made->container, own_text_of(made->result), 0);
    if (type)
        type->allocated = true;
}

static bool gives_new(const struct collector *collector, const struct own_record *call)
{
    return call->callee && own_gives(collector->model, call->callee) == OWN_FROM_ALLOCATION;
}

// "allocator.free(x)" frees x, "x.free()" and "x.destroy(allocator)" free x where x has such a method.
static bool is_method(const struct collector *collector, struct own_record *call, struct own_text name,
                      struct own_text arguments)
{
    if (!own_conf_has_text(collector->file->conf, OWN_FREE, name) || own_trim(arguments).len == 0)
        return true;
    own_look_up(collector->model, &collector->place, call);
    return call->callee != NULL;
}

// "x.deinit()" and "x_release(x)" free x where they do so with their first parameter.
static bool frees_first(const struct collector *collector, struct own_record *call)
{
    own_look_up(collector->model, &collector->place, call);
    return call->callee && call->callee->parameter_count > 0 && call->callee->parameters[0].freed &&
           !call->callee->parameters[0].unrefed;
}

static bool has_more_arguments(struct own_text arguments)
{
    struct own_text argument;
    own_argument(&arguments, &argument);
    return own_argument(&arguments, &argument);
}

int own_note_call(struct collector *collector, struct own_record *record, struct flow_error *err)
{
    static const struct {
        enum own_list list;
        enum own_event_kind kind;
    } uses[] = {{OWN_UNREF, OWN_UNREFED}, {OWN_ACQUIRE, OWN_ACQUIRED}, {OWN_RELEASE, OWN_RELEASED}};
    const struct own_conf *conf = collector->file->conf;
    struct own_text callee = own_text_of(record->name), before, name = own_last(callee, &before);
    struct own_text arguments = own_text_of(record->value);
    if (arguments.len > 0 && arguments.at[0] == '(')
        arguments = (struct own_text){arguments.at + 1, arguments.len - 1};
    if (arguments.len > 0 && arguments.at[arguments.len - 1] == ')')
        arguments.len--;
    if (own_conf_has_text(conf, OWN_FREE, name) &&
        note_arguments(collector, arguments, OWN_FREED, record, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof uses / sizeof *uses; i++) {
        if (!own_conf_has_text(conf, uses[i].list, name))
            continue;
        if (before.len > 0 && is_method(collector, record, name, arguments))
            return note_use(collector, before,
                            frees_first(collector, record) && record->is_method ? OWN_FREED : uses[i].kind,
                            record, err);
        if (before.len > 0)
            return 0;
        // "map_put(map, key, value)" gives nothing back.
        if (uses[i].kind == OWN_UNREFED && has_more_arguments(arguments))
            break;
        return note_arguments(collector, arguments, frees_first(collector, record) ? OWN_FREED : uses[i].kind,
                              record, err);
    }
    if (own_conf_has_text(conf, OWN_FREE, name))
        return 0;
    own_look_up(collector->model, &collector->place, record);
    if (!collector->summaries &&
        (own_conf_has_text(conf, OWN_ALLOCATE, name) || gives_new(collector, record)))
        note_allocation(collector, record, before, arguments);
    return note_summary(collector, arguments, record, err);
}
