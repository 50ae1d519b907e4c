// SPDX-License-Identifier: MIT
// Initializers: which field each of their members goes to. One that does not name its type has that of the
// place where it stands.
#include <stdlib.h>
#include <string.h>

#include "lifetimes_events.h"

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

// The member of that number; NULL where conditions, or parts without a name, leave open which it is.
static struct own_field *numbered(struct own_type *type, size_t number)
{
    if (!type || number >= type->field_count)
        return NULL;
    for (size_t i = 0; i < type->file->facts.condition_count; i++) {
        const struct flow_span *span = &type->file->facts.conditions[i].span;
        if (span->start > type->start && span->end < type->end)
            return NULL;
    }
    for (size_t i = 0; i <= number; i++) {
        if (strcmp(type->fields[i].field->container_kind, type->kind) != 0)
            return NULL;
    }
    return &type->fields[number];
}

static size_t count_dimensions(const char *type)
{
    size_t count = 0;
    for (; *type; type++)
        count += *type == '[';
    return count;
}

// A type that a text names from where the walk is: one that the function declares itself, first.
static struct own_type *type_named(struct collector *collector, const char *text)
{
    const struct own_function *function = collector->place.function;
    struct own_text base = own_base(collector->file->conf, own_text_of(text));
    struct own_key key;
    own_key_of(&key, collector->model, collector->file, own_text_of(function ? function->name : ""), base);
    struct own_type *type = function && base.len > 0 ? own_map_get(collector->model->types_at, &key) : NULL;
    return type ? type
                : own_resolve_type(collector->model, collector->file, collector->place.type,
                                   own_text_of(text), 0);
}

// The field that a path of names and numbers, with slashes between, leads to from a value of a type: the last
// one on it, of which it may be an element.
static struct own_field *field_at(struct collector *collector, const char *text, const char *path)
{
    struct own_type *type = strchr(text, '*') ? NULL : type_named(collector, text);
    struct own_field *field = NULL;
    size_t dimensions = count_dimensions(text);
    while (*path) {
        size_t len = strcspn(path, "/");
        if (dimensions > 0) {
            dimensions--;
        } else {
            field = *path == '#' ? numbered(type, (size_t)strtoul(path + 1, NULL, 10))
                                 : own_field_of(type, (struct own_text){path, len});
            if (!field)
                return NULL;
            dimensions = count_dimensions(field->field->type);
            type = strchr(field->field->type, '*') ? NULL : field->pointee;
        }
        path += len + (path[len] == '/');
    }
    return field;
}

int own_note_member(struct collector *collector, const struct own_record *record, struct flow_error *err)
{
    if (strpbrk(record->name, "/#")) {
        struct own_field *at = field_at(collector, record->type, record->name);
        int noted = at ? own_add_value(collector, at, record, err) : 0;
        if (at && noted == 0)
            at->last_event->view = is_view(collector, record);
        return noted;
    }
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
    int result = own_add_value(collector, field, record, err);
    if (result == 0)
        field->last_event->view = is_view(collector, record);
    return result;
}

int own_note_choice(struct collector *collector, const struct own_record *record, struct flow_error *err)
{
    struct own_type *type = own_resolve_type(collector->model, collector->file, collector->place.type,
                                             own_text_of(record->type), 0);
    for (size_t i = 0; type && i < type->field_count; i++) {
        if (type->fields[i].field->is_pointer && own_add_value(collector, &type->fields[i], record, err) != 0)
            return -1;
    }
    return 0;
}

int own_note_default(struct collector *collector, const struct own_record *record, struct flow_error *err)
{
    if (record->kind == OWN_GLOBAL_VARIABLE) {
        struct own_field *global =
            own_global(collector->model, collector->file, NULL, own_text_of(record->name));
        return global && global->field->line == record->line ? own_add_value(collector, global, record, err)
                                                             : 0;
    }
    for (struct own_type *type = collector->file->last_type; type; type = type->previous_in_file) {
        struct own_field *field = own_field_of(type, own_text_of(record->name));
        if (field && field->field->line == record->line)
            return own_add_value(collector, field, record, err);
    }
    return 0;
}
