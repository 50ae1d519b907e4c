// SPDX-License-Identifier: MIT
// Which local, function or field a text means.
#include <string.h>

#include "lifetimes_private.h"

#define MAX_DEPTH 12

struct own_field *own_field_of(struct own_type *type, struct own_text name)
{
    for (size_t i = 0; type && i < type->field_count; i++) {
        if (own_equal(name, type->fields[i].field->name))
            return &type->fields[i];
    }
    return NULL;
}

const struct own_record *own_local(const struct own_function *function, struct own_text name, uint32_t at)
{
    const struct own_record *found = NULL;
    for (size_t i = 0; function && i < function->local_count; i++) {
        const struct own_record *local = function->locals[i];
        // A payload is known inside of its statement, which begins before what asks.
        if (local->start <= at && own_equal(name, local->name) &&
            (local->kind == OWN_LOCAL || local->kind == OWN_AGAIN || local->end >= at))
            found = local;
    }
    return found;
}

bool own_declares(const struct own_function *function, struct own_text name)
{
    for (size_t i = 0; function && i < function->local_count; i++) {
        if (function->locals[i]->kind != OWN_AGAIN && own_equal(name, function->locals[i]->name))
            return true;
    }
    return own_parameter(function, name) != SIZE_MAX;
}

size_t own_parameter(const struct own_function *function, struct own_text name)
{
    for (size_t i = 0; function && i < function->parameter_count; i++) {
        if (own_equal(name, function->parameters[i].name))
            return i;
    }
    return SIZE_MAX;
}

struct own_field *own_only_field(const struct own_model *model, const struct own_file *file,
                                 struct own_text name)
{
    struct own_key key;
    own_key_of(&key, model, file, (struct own_text){"", 0}, name);
    return own_map_get(model->fields_in, &key);
}

// A path without the call or index at its end.
static struct own_text without_brackets(struct own_text name, bool *call)
{
    *call = false;
    for (size_t i = 0; i < name.len; i++) {
        if (name.at[i] == '(' || name.at[i] == '[') {
            *call = name.at[i] == '(';
            name.len = i;
        }
    }
    return name;
}

static struct own_type *type_of_value(struct own_model *model, const struct own_place *place,
                                      struct own_text text, unsigned depth);

static struct own_type *type_of_local(struct own_model *model, const struct own_place *place,
                                      const struct own_record *local, unsigned depth)
{
    if (*local->type)
        return own_resolve_type(model, place->file, place->type, own_text_of(local->type), 0);
    struct own_place before = *place;
    before.at = local->start > 0 ? local->start - 1 : 0;
    // Another value does not change the type.
    if (local->kind == OWN_AGAIN)
        return own_type_of(model, &before, own_text_of(local->name), depth + 1);
    return type_of_value(model, &before, own_text_of(local->value), depth + 1);
}

static struct own_type *type_of_call(struct own_model *model, const struct own_place *place,
                                     struct own_text callee, struct own_text arguments, unsigned depth)
{
    struct own_function *function = own_resolve_function(model, place, callee, depth + 1);
    if (function && *function->result) {
        struct own_type *type =
            own_resolve_type(model, function->file, function->container, own_text_of(function->result), 0);
        if (type)
            return type;
    }
    struct own_text before, name = own_last(callee, &before), argument;
    (void)name;
    // "create(T)", and "T.init(…)", give a T.
    while (own_argument(&arguments, &argument)) {
        struct own_text base = own_base(place->file->conf, argument);
        if (base.len == argument.len && argument.at[0] != '.') {
            struct own_type *type = own_resolve_path(model, place->file, place->type, base, 0);
            if (type)
                return type;
        }
    }
    return before.len > 0 && before.at[before.len - 1] != ')'
               ? own_resolve_path(model, place->file, place->type, before, 0)
               : NULL;
}

static struct own_type *type_of_value(struct own_model *model, const struct own_place *place,
                                      struct own_text text, unsigned depth)
{
    bool address;
    struct own_text callee, arguments;
    if (depth > MAX_DEPTH)
        return NULL;
    text = own_strip(place->file->conf, text, &address);
    // "T{ … }" is a T.
    if (text.len > 0 && text.at[text.len - 1] == '}' && text.at[0] != '.') {
        size_t len = 0;
        while (len < text.len && text.at[len] != '{')
            len++;
        return own_resolve_type(model, place->file, place->type, own_trim((struct own_text){text.at, len}),
                                depth + 1);
    }
    if (own_call(text, &callee, &arguments))
        return type_of_call(model, place, callee, arguments, depth);
    return own_is_path(text) ? own_type_of(model, place, text, depth + 1) : NULL;
}

struct own_type *own_type_of(struct own_model *model, const struct own_place *place, struct own_text path,
                             unsigned depth)
{
    bool address, call;
    if (depth > MAX_DEPTH)
        return NULL;
    path = own_strip(place->file->conf, path, &address);
    struct own_text before, last = own_last(path, &before);
    struct own_text callee, arguments;
    if (own_call(path, &callee, &arguments))
        return type_of_call(model, place, callee, arguments, depth);
    last = without_brackets(last, &call);
    if (before.len > 0) {
        struct own_type *outer = own_type_of(model, place, before, depth + 1);
        struct own_field *field = own_field_of(outer, last);
        if (field)
            return field->pointee;
        // A path that begins at an object names no type.
        struct own_text rest, first = own_first(path, &rest);
        if (own_local(place->function, first, place->at) || own_parameter(place->function, first) != SIZE_MAX)
            return NULL;
        return own_resolve_path(model, place->file, place->type, path, 0);
    }
    size_t parameter = own_parameter(place->function, last);
    const struct own_record *local = own_local(place->function, last, place->at);
    if (local)
        return type_of_local(model, place, local, depth);
    if (parameter != SIZE_MAX)
        return own_resolve_type(model, place->file, place->type,
                                own_text_of(place->function->parameters[parameter].type), 0);
    struct own_field *global = own_global(model, place->file, place->type, last);
    return global ? global->pointee : own_resolve_path(model, place->file, place->type, last, 0);
}

bool own_is_type(struct own_model *model, const struct own_place *place, struct own_text path)
{
    struct own_text rest, first = own_first(path, &rest), base = own_base(place->file->conf, path);
    return path.len > 0 && base.at == path.at && base.len == path.len &&
           !own_local(place->function, first, place->at) &&
           own_parameter(place->function, first) == SIZE_MAX &&
           own_resolve_type(model, place->file, place->type, path, 0);
}

bool own_is_method(struct own_model *model, const struct own_place *place,
                   const struct own_function *function, struct own_text object, unsigned depth)
{
    return object.len > 0 && function->container &&
           own_type_of(model, place, object, depth) == function->container &&
           !own_is_type(model, place, object);
}

struct own_field *own_resolve_field(struct own_model *model, const struct own_place *place,
                                    struct own_text path, unsigned depth)
{
    bool address, call;
    if (depth > MAX_DEPTH)
        return NULL;
    path = own_strip(place->file->conf, path, &address);
    if (!own_is_path(path))
        return NULL;
    struct own_text before, last = own_last(path, &before);
    last = without_brackets(last, &call);
    if (call)
        return NULL;
    if (before.len > 0) {
        struct own_type *type = own_type_of(model, place, before, depth + 1);
        struct own_field *field = own_field_of(type, last);
        if (!field && type && own_is_type(model, place, before))
            field = own_global(model, type->file, type, last);
        // A member of an anonymous part, and an object whose type is not known.
        return field || type ? field : own_only_field(model, place->file, last);
    }
    const struct own_record *local = own_local(place->function, last, place->at);
    if (!local || !own_declares(place->function, last))
        return own_parameter(place->function, last) == SIZE_MAX
                   ? own_global(model, place->file, place->type, last)
                   : NULL;
    struct own_place earlier = *place;
    earlier.at = local->start > 0 ? local->start - 1 : 0;
    return own_resolve_field(model, &earlier, own_text_of(local->value), depth + 1);
}

static struct own_function *method_of(const struct own_type *type, struct own_text name)
{
    for (size_t i = 0; type && i < type->function_count; i++) {
        if (own_equal(name, type->functions[i]->name))
            return type->functions[i];
    }
    return NULL;
}

// A function of that name in the body of another one: of the struct that it gives.
static struct own_function *function_inside(struct own_model *model, const struct own_function *outer,
                                            struct own_text name)
{
    for (struct own_function *each = own_map_named(model->functions_named, name); each;
         each = each->next_named) {
        if (each->file == outer->file && each->start > outer->body && each->end <= outer->end)
            return each;
    }
    return NULL;
}

// "const new = New(@This())", "const ref = Count.ref": a method that a type has from elsewhere.
static struct own_function *method_by_alias(struct own_model *model, struct own_type *type,
                                            struct own_text name, unsigned depth)
{
    struct own_file *file = type->file;
    struct own_type *around = type;
    const struct own_record *alias = own_alias_of(model, &file, &around, name);
    if (!alias || around != type)
        return NULL;
    const struct own_place place = {.file = file, .type = around, .at = alias->start};
    bool address;
    struct own_text value = own_strip(file->conf, own_text_of(alias->value), &address), callee, arguments;
    if (!own_call(value, &callee, &arguments))
        return own_is_path(value) ? own_resolve_function(model, &place, value, depth + 1) : NULL;
    const struct own_function *maker = own_resolve_function(model, &place, callee, depth + 1);
    return maker ? function_inside(model, maker, name) : NULL;
}

struct own_function *own_resolve_function(struct own_model *model, const struct own_place *place,
                                          struct own_text callee, unsigned depth)
{
    struct own_text before, name = own_last(callee, &before);
    if (depth > MAX_DEPTH || name.len == 0 || name.len > 200)
        return NULL;
    if (before.len > 0) {
        struct own_type *type = own_type_of(model, place, before, depth + 1);
        struct own_function *method = method_of(type, name);
        if (type)
            return method ? method : method_by_alias(model, type, name, depth);
    }
    struct own_function *found = NULL, *near = NULL, *public = NULL;
    size_t count = 0, public_count = 0;
    for (struct own_function *each = own_map_named(model->functions_named, name); each;
         each = each->next_named) {
        bool defined = each->body < each->end;
        if (each->file == place->file && before.len == 0)
            near = near && near->body < near->end ? near : each;
        if (defined || !found) {
            count += defined;
            found = each;
        }
        if (defined && each->is_public) {
            public_count++;
            public = each;
        }
    }
    // A name that only one function of the tree has tells it, whatever it is called on; of one that has
    // several the one that other files can see.
    if (near && (near->body < near->end || !public))
        return near;
    return count <= 1 ? found : public_count == 1 && before.len == 0 ? public : NULL;
}

void own_look_up(struct own_model *model, const struct own_place *place, struct own_record *call)
{
    struct own_text before, callee = own_text_of(call->name);
    if (call->looked_up)
        return;
    own_last(callee, &before);
    call->looked_up = true;
    call->callee = own_resolve_function(model, place, callee, 0);
    call->is_method = call->callee && own_is_method(model, place, call->callee, before, 0);
}
