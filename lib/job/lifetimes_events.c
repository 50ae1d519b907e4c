// SPDX-License-Identifier: MIT
// What happens to each field: what it is given, and what is done with what it holds.
#include <string.h>

#include "flow/base/vec.h"
#include "lifetimes_private.h"

#define MAX_AROUND   64
#define MAX_FOLLOWED 6

struct collector {
    struct own_model *model;
    struct own_file *file;
    struct own_place place;
    const struct own_record *around[MAX_AROUND]; /* records around the one at hand, outermost first */
    size_t depth;
    bool given;     /* what callers pass is noted */
    bool summaries; /* only what functions do to their parameters is noted */
    bool changed;
};

static bool inside(const struct own_type *outer, const struct own_type *inner)
{
    size_t len = strlen(outer->path);
    return outer->file == inner->file && strncmp(outer->path, inner->path, len) == 0 &&
           (inner->path[len] == '.' || inner->path[len] == '\0' || len == 0);
}

static int add_event(struct collector *collector, struct own_field *field, enum own_event_kind kind,
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

static int add_value(struct collector *collector, struct own_field *field, const struct own_record *record,
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
    if (add_event(collector, field, value.kind, record, err) != 0)
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

/*
 * Initializers. One that does not name its type has that of the place where it stands.
 */
static struct own_type *type_of_context(struct collector *collector, const struct own_record *literal,
                                        size_t depth);

static struct own_type *type_by_parameter(struct collector *collector, const struct own_record *call,
                                          struct own_text name)
{
    struct own_model *model = collector->model;
    struct own_text before, callee = own_text_of(call->name);
    own_last(callee, &before);
    struct own_function *function = own_resolve_function(model, &collector->place, callee, 0);
    for (size_t i = 0; function && i < function->parameter_count; i++) {
        struct own_type *type = own_resolve_type(model, function->file, function->container,
                                                 own_text_of(function->parameters[i].type), 0);
        if (own_field_of(type, name))
            return type;
    }
    struct own_text arguments = own_text_of(call->value), argument;
    if (arguments.len > 1 && arguments.at[0] == '(')
        arguments = (struct own_text){arguments.at + 1, arguments.len - 1};
    while (own_argument(&arguments, &argument)) {
        struct own_type *type = argument.at[0] == '.' ? NULL
                                                      : own_resolve_type(model, collector->file,
                                                                         collector->place.type, argument, 0);
        if (own_field_of(type, name))
            return type;
    }
    return before.len > 0 ? own_type_of(model, &collector->place, before, 0) : NULL;
}

static struct own_type *type_in(struct collector *collector, const struct own_record *around, size_t depth,
                                struct own_text name)
{
    struct own_model *model = collector->model;
    struct own_function *function = collector->place.function;
    struct own_field *field;
    switch (around->kind) {
    case OWN_RETURN:
        return function ? own_resolve_type(model, function->file, function->container,
                                           own_text_of(function->result), 0)
                        : NULL;
    case OWN_LOCAL:
        return *around->type ? own_resolve_type(model, collector->file, collector->place.type,
                                                own_text_of(around->type), 0)
                             : NULL;
    case OWN_ASSIGN:
        return own_type_of(model, &collector->place, own_text_of(around->name), 0);
    case OWN_CALL:
        return type_by_parameter(collector, around, name);
    case OWN_MEMBER:
        field = own_field_of(*around->type ? own_resolve_type(model, collector->file, collector->place.type,
                                                              own_text_of(around->type), 0)
                                           : type_of_context(collector, around, depth),
                             own_text_of(around->name));
        return field ? field->pointee : NULL;
    default:
        return NULL;
    }
}

// The type of an initializer that names none.
static struct own_type *type_of_context(struct collector *collector, const struct own_record *literal,
                                        size_t depth)
{
    while (depth > 0) {
        const struct own_record *around = collector->around[--depth];
        if (around->end < literal->end || around == literal ||
            (around->kind == OWN_MEMBER && around->start == literal->start))
            continue;
        // Of the members of the initializer around, the one whose value begins last is the one that holds it.
        return type_in(collector, around, depth, own_text_of(literal->name));
    }
    return NULL;
}

// Whether an initializer is that of a local, or of a struct that is returned by value.
static bool is_view(const struct collector *collector, const struct own_record *literal)
{
    const struct own_function *function = collector->place.function;
    for (size_t depth = collector->depth; function && depth > 0; depth--) {
        const struct own_record *around = collector->around[depth - 1];
        if (around->end < literal->end || around->kind == OWN_MEMBER)
            continue;
        return around->kind == OWN_LOCAL ||
               (around->kind == OWN_RETURN && *function->result && !strchr(function->result, '*'));
    }
    return false;
}

static int note_member(struct collector *collector, const struct own_record *record, struct flow_error *err)
{
    struct own_type *type = *record->type
                                ? own_resolve_type(collector->model, collector->file, collector->place.type,
                                                   own_text_of(record->type), 0)
                                : type_of_context(collector, record, collector->depth);
    struct own_field *field = own_field_of(type, own_text_of(record->name));
    // A type that only the context tells may be another one.
    if (!field && (!type || !*record->type))
        field = own_only_field(collector->model, collector->file, own_text_of(record->name));
    if (!field)
        return 0;
    int result = add_value(collector, field, record, err);
    if (result == 0)
        field->last_event->view = is_view(collector, record);
    return result;
}

static int note_default(struct collector *collector, const struct own_record *record, struct flow_error *err)
{
    if (record->kind == OWN_GLOBAL_VARIABLE) {
        struct own_field *global =
            own_global(collector->model, collector->file, NULL, own_text_of(record->name));
        return global && global->field->line == record->line ? add_value(collector, global, record, err) : 0;
    }
    for (struct own_type *type = collector->file->last_type; type; type = type->previous_in_file) {
        struct own_field *field = own_field_of(type, own_text_of(record->name));
        if (field && field->field->line == record->line)
            return add_value(collector, field, record, err);
    }
    return 0;
}

/*
 * Calls.
 */
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
    if (local)
        return parameter_of(collector, own_text_of(local->value), local->start > 0 ? local->start - 1 : 0,
                            depth + 1);
    return own_parameter(function, path);
}

static void note_parameter(struct collector *collector, struct own_text path, enum own_event_kind kind)
{
    struct own_function *function = collector->place.function;
    size_t number = parameter_of(collector, path, collector->place.at, 0);
    if (number == SIZE_MAX)
        return;
    struct own_parameter *parameter = &function->parameters[number];
    bool *flag = kind == OWN_FREED     ? &parameter->freed
                 : kind == OWN_UNREFED ? &parameter->unrefed
                                       : &parameter->released;
    collector->changed = collector->changed || !*flag;
    *flag = true;
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
    return field ? add_event(collector, field, kind, record, err) : 0;
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

// Which function a call means. Each call is seen in several rounds.
static void look_up(const struct collector *collector, struct own_record *call)
{
    struct own_text before, callee = own_text_of(call->name);
    if (call->looked_up)
        return;
    own_last(callee, &before);
    call->looked_up = true;
    call->callee = own_resolve_function(collector->model, &collector->place, callee, 0);
    call->is_method =
        call->callee && own_is_method(collector->model, &collector->place, call->callee, before, 0);
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
            return add_event(collector, field, OWN_UNREFED, call, err);
    }
    return 0;
}

// What a function that the tree has does to its parameters.
static int note_summary(struct collector *collector, struct own_text arguments, struct own_record *record,
                        struct flow_error *err)
{
    struct own_function *function = record->callee;
    struct own_text argument;
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
    look_up(collector, call);
    return call->callee != NULL;
}

// "x.deinit()" and "x_release(x)" free x where they do so with their first parameter.
static bool frees_first(const struct collector *collector, struct own_record *call)
{
    look_up(collector, call);
    return call->callee && call->callee->parameter_count > 0 && call->callee->parameters[0].freed &&
           !call->callee->parameters[0].unrefed;
}

static bool has_more_arguments(struct own_text arguments)
{
    struct own_text argument;
    own_argument(&arguments, &argument);
    return own_argument(&arguments, &argument);
}

static int note_call(struct collector *collector, struct own_record *record, struct flow_error *err)
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
    look_up(collector, record);
    if (!collector->summaries &&
        (own_conf_has_text(conf, OWN_ALLOCATE, name) || gives_new(collector, record)))
        note_allocation(collector, record, before, arguments);
    return note_summary(collector, arguments, record, err);
}

static int note(struct collector *collector, struct own_record *record, struct flow_error *err)
{
    struct own_field *field;
    if (collector->summaries && record->kind != OWN_CALL)
        return 0;
    switch (record->kind) {
    case OWN_ASSIGN:
        if (!own_leads_to_field(record->name))
            return 0;
        field = own_resolve_field(collector->model, &collector->place, own_text_of(record->name), 0);
        return field ? add_value(collector, field, record, err) : 0;
    case OWN_AGAIN:
        if (own_declares(collector->place.function, own_text_of(record->name)))
            return 0;
        field =
            own_global(collector->model, collector->file, collector->place.type, own_text_of(record->name));
        return field ? add_value(collector, field, record, err) : 0;
    case OWN_GLOBAL_VARIABLE:
        return *record->value && !collector->place.function ? note_default(collector, record, err) : 0;
    case OWN_MEMBER:
        return note_member(collector, record, err);
    case OWN_DEFAULT:
        return note_default(collector, record, err);
    case OWN_CALL:
        return note_call(collector, record, err);
    default:
        return 0;
    }
}

// The functions of a file stand side by side in the model, by position.
static int collect_file(struct own_model *model, struct own_file *file, size_t first, size_t count,
                        bool summaries, bool given, bool *changed, struct flow_error *err)
{
    struct collector collector = {.model = model, .file = file, .summaries = summaries, .given = given};
    struct own_function *stack[MAX_AROUND];
    size_t depth = 0, next = 0;
    for (size_t i = 0; i < file->record_count; i++) {
        struct own_record *record = &file->records[i];
        while (next < count && model->functions[first + next]->start <= record->start) {
            while (depth > 0 && stack[depth - 1]->end <= model->functions[first + next]->start)
                depth--;
            if (depth < MAX_AROUND)
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
        if (collector.depth < MAX_AROUND)
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

int own_events_collect(struct own_model *model, struct flow_error *err)
{
    bool changed = true;
    for (int round = 0; round < MAX_ROUNDS && changed; round++) {
        changed = false;
        if (collect_all(model, true, round == 0, &changed, err) != 0)
            return -1;
    }
    if (collect_all(model, false, false, &changed, err) != 0)
        return -1;
    return model->failed ? flow_error_nomem(err) : 0;
}
