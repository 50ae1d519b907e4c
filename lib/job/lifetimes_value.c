// SPDX-License-Identifier: MIT
// Where a value comes from, through names and functions.
#include <string.h>

#include "lifetimes_private.h"

#define MAX_DEPTH 16

// Whether one of the names in a path is that of an arena.
static bool is_arena(const struct own_conf *conf, struct own_text path)
{
    while (path.len > 0) {
        struct own_text rest, name = own_first(path, &rest);
        for (size_t i = 0; i < name.len; i++) {
            if (name.at[i] == '(' || name.at[i] == '[')
                name.len = i;
        }
        if (own_conf_has_text(conf, OWN_ARENA, name))
            return true;
        if (rest.len >= path.len)
            return false;
        path = rest;
    }
    return false;
}

static const struct flow_symbol *global_named(const struct own_model *model, const struct own_file *file,
                                              struct own_text name, bool anywhere)
{
    struct own_key key;
    own_key_of(&key, model, file, (struct own_text){"", 0}, name);
    const struct flow_symbol *symbol = own_map_get(model->globals, &key);
    return symbol || !anywhere ? symbol : own_map_named(model->globals, name);
}

// What a function gives, from what it returns: the first that says something.
static void summarise(struct own_model *model, struct own_function *function, unsigned depth)
{
    if (function->state != OWN_NEW)
        return;
    function->state = OWN_BUSY;
    struct own_place place = {.file = function->file, .function = function, .type = function->container};
    for (size_t i = 0; i < function->return_count; i++) {
        const struct own_record *record = function->returns[i];
        place.at = place.block = record->start;
        place.block_end = record->end;
        struct own_value value = own_evaluate(model, &place, own_text_of(record->value), depth + 1);
        if (value.kind == OWN_FROM_NULL || value.kind == OWN_FROM_UNKNOWN || value.kind == OWN_FROM_CALL)
            continue;
        function->gives = value.kind;
        function->gives_parameter = value.parameter;
        break;
    }
    function->state = OWN_DONE;
}

enum own_event_kind own_gives(struct own_model *model, struct own_function *function)
{
    summarise(model, function, 0);
    return function->gives;
}

static struct own_value of_kind(enum own_event_kind kind)
{
    return (struct own_value){kind, SIZE_MAX, NULL};
}

static struct own_value argument_value(struct own_model *model, const struct own_place *place,
                                       const struct own_function *function, struct own_text before,
                                       struct own_text arguments, unsigned depth)
{
    size_t number = function->gives_parameter;
    struct own_text argument = before;
    // A method's first parameter is what it is called on.
    bool method = own_is_method(model, place, function, before, depth + 1);
    if (method && number == 0)
        return own_evaluate(model, place, argument, depth + 1);
    for (size_t i = method ? 1 : 0; own_argument(&arguments, &argument); i++) {
        if (i == number)
            return own_evaluate(model, place, argument, depth + 1);
    }
    return of_kind(OWN_FROM_CALL);
}

// Whether an object is of a class that the repository declares: what it gives lives as long as it does.
static bool is_ambient(struct own_model *model, const struct own_place *place, struct own_text path,
                       unsigned depth)
{
    const struct own_type *type = path.len > 0 ? own_type_of(model, place, path, depth + 1) : NULL;
    return type && type->is_ambient;
}

// Whether a function that gets no object of its type gives a pointer to one: a constructor.
static bool makes_its_own(struct own_model *model, struct own_function *function)
{
    struct own_type *type = function->container;
    if (!type || !strchr(function->result, '*') || function->gives != OWN_FROM_UNKNOWN)
        return false;
    for (size_t i = 0; i < function->parameter_count; i++) {
        if (own_resolve_type(model, function->file, type, own_text_of(function->parameters[i].type), 0) ==
            type)
            return false;
    }
    return own_resolve_type(model, function->file, type, own_text_of(function->result), 0) == type;
}

// What a function that is not known gives where it gets an allocation is taken to be that.
static struct own_value wrapped_value(struct own_model *model, const struct own_place *place,
                                      struct own_text arguments, unsigned depth)
{
    struct own_text argument, callee, inner;
    while (own_argument(&arguments, &argument)) {
        bool address;
        if (!own_call(own_strip(place->file->conf, argument, &address), &callee, &inner) || address)
            continue;
        struct own_value value = own_evaluate(model, place, argument, depth + 1);
        if (value.kind == OWN_FROM_ALLOCATION || value.kind == OWN_FROM_ARENA)
            return value;
    }
    return of_kind(OWN_FROM_CALL);
}

// Whether a call makes something in an arena: the one that it is called on, or gets first.
static bool is_pooled(const struct own_conf *conf, struct own_text name, struct own_text before,
                      struct own_text arguments)
{
    struct own_text first;
    bool address;
    if (own_conf_has_text(conf, OWN_POOLED, name))
        return true;
    if (!own_conf_has_text(conf, OWN_ALLOCATE, name))
        return false;
    return is_arena(conf, before) ||
           (own_argument(&arguments, &first) && is_arena(conf, own_strip(conf, first, &address)));
}

static struct own_value call_value(struct own_model *model, const struct own_place *place,
                                   struct own_text callee, struct own_text arguments, unsigned depth)
{
    const struct own_conf *conf = place->file->conf;
    struct own_text before, name = own_last(callee, &before);
    if (own_conf_has_text(conf, OWN_ACQUIRE, name))
        return of_kind(OWN_FROM_ACQUIRED);
    if (is_pooled(conf, name, before, arguments))
        return of_kind(OWN_FROM_ARENA);
    struct own_function *function = own_resolve_function(model, place, callee, depth + 1);
    if (function && function->foreign)
        return of_kind(OWN_FROM_FOREIGN);
    if (function && function->return_count > 0) {
        summarise(model, function, depth + 1);
        size_t given = function->gives_parameter;
        if ((function->gives == OWN_FROM_PARAMETER || function->gives == OWN_FROM_SELF) &&
            given < function->parameter_count && function->parameters[given].acquired)
            return of_kind(OWN_FROM_ACQUIRED);
        if (function->gives == OWN_FROM_PARAMETER || function->gives == OWN_FROM_SELF)
            return argument_value(model, place, function, before, arguments, depth + 1);
        if (function->gives == OWN_FROM_ALLOCATION && is_arena(conf, arguments))
            return of_kind(OWN_FROM_ARENA);
        if (function->gives == OWN_FROM_FIELD && is_ambient(model, place, before, depth))
            return of_kind(OWN_FROM_AMBIENT);
        if (function->gives != OWN_FROM_UNKNOWN && function->gives != OWN_FROM_LOCAL)
            return of_kind(function->gives == OWN_FROM_INSIDE ? OWN_FROM_OTHER : function->gives);
    }
    if (function && makes_its_own(model, function))
        return of_kind(is_arena(conf, arguments) ? OWN_FROM_ARENA : OWN_FROM_ALLOCATION);
    if (own_conf_has_text(conf, OWN_ALLOCATE, name))
        return of_kind(OWN_FROM_ALLOCATION);
    if (own_conf_has_text(conf, OWN_GLOBAL, name) && own_is_type(model, place, before))
        return of_kind(OWN_FROM_GLOBAL);
    return wrapped_value(model, place, arguments, depth);
}

static bool passes_through(enum own_event_kind kind)
{
    return kind == OWN_FROM_ALLOCATION || kind == OWN_FROM_ARENA || kind == OWN_FROM_GLOBAL ||
           kind == OWN_FROM_FOREIGN;
}

// Whether a call names a local as what it is to fill: "make(&name)", "MAKE(name)".
static const struct own_parameter *filled_by(const struct own_place *place, const struct own_record *call,
                                             struct own_text name)
{
    struct own_text arguments = own_text_of(call->value), argument;
    if (arguments.len > 1 && arguments.at[0] == '(')
        arguments = (struct own_text){arguments.at + 1, arguments.len - 2};
    for (size_t i = 0; i < call->callee->parameter_count && own_argument(&arguments, &argument); i++) {
        bool address;
        struct own_text path = own_strip(place->file->conf, argument, &address);
        if (call->callee->parameters[i].fills && address != call->callee->is_macro && path.len == name.len &&
            memcmp(path.at, name.at, name.len) == 0)
            return &call->callee->parameters[i];
    }
    return NULL;
}

// The calls that fill a local after a record gave it no value; the last one in front of the place counts.
static struct own_value filled_value(struct own_model *model, const struct own_place *place,
                                     const struct own_record *local, struct own_text name)
{
    struct own_value found = of_kind(OWN_FROM_NULL);
    struct own_record *end = place->file->records + place->file->record_count;
    for (struct own_record *call = place->file->records + (local - place->file->records);
         call < end && call->start <= place->at; call++) {
        if (call->kind != OWN_CALL || !own_mentions(call->value, local->name))
            continue;
        struct own_place there = *place;
        there.at = call->start;
        own_look_up(model, &there, call);
        const struct own_parameter *parameter = call->callee ? filled_by(place, call, name) : NULL;
        for (size_t i = 0; parameter && i < OWN_FREED; i++) {
            if ((parameter->fills & OWN_BIT(i)) && i != OWN_FROM_NULL && i != OWN_FROM_UNKNOWN)
                found = of_kind(passes_through((enum own_event_kind)i) || i == OWN_FROM_ACQUIRED
                                    ? (enum own_event_kind)i
                                    : OWN_FROM_CALL);
        }
    }
    return found;
}

static bool is_self(const struct own_place *place, size_t parameter)
{
    // The object at work: the first parameter, of the type that the function belongs to.
    return parameter == 0 && place->function && place->function->container;
}

// Whether a variable of a function stays between its calls.
static bool lasts_long(const struct own_conf *conf, const char *type)
{
    for (size_t i = 0; i < conf->lists[OWN_LASTING].count; i++) {
        if (own_mentions(type, conf->lists[OWN_LASTING].items[i]))
            return true;
    }
    return false;
}

static struct own_value name_value(struct own_model *model, const struct own_place *place,
                                   struct own_text name, bool address, unsigned depth)
{
    // "name[i]" is a part of what the name stands for.
    const char *bracket = name.len > 0 && name.at[0] != '[' ? memchr(name.at, '[', name.len) : NULL;
    bool indexed = bracket != NULL;
    if (indexed)
        name.len = (size_t)(bracket - name.at);
    const struct own_record *local = own_local(place->function, name, place->at);
    size_t parameter = own_parameter(place->function, name);
    if (depth > MAX_DEPTH)
        return of_kind(OWN_FROM_UNKNOWN);
    if (local && own_declares(place->function, name)) {
        bool lasts = lasts_long(place->file->conf, local->type);
        if (local->kind == OWN_LOCAL && (address || (strchr(local->type, '[') && !indexed)))
            return of_kind(lasts ? OWN_FROM_GLOBAL : OWN_FROM_LOCAL);
        if (model->fills && (!*local->value || own_conf_has(place->file->conf, OWN_NULL, local->value))) {
            struct own_value filled = filled_value(model, place, local, name);
            if (filled.kind != OWN_FROM_NULL)
                return filled;
        }
        struct own_place earlier = *place;
        earlier.at = local->start > 0 ? local->start - 1 : 0;
        earlier.block = local->start;
        earlier.block_end = local->end;
        struct own_value value = own_evaluate(model, &earlier, own_text_of(local->value), depth + 1);
        // What it was before it was emptied.
        if (local->kind == OWN_AGAIN && (value.kind == OWN_FROM_NULL || value.kind == OWN_FROM_UNKNOWN))
            return name_value(model, &earlier, name, address, depth + 1);
        if (local->kind == OWN_ELEMENT && value.kind != OWN_FROM_PARAMETER)
            value.kind = OWN_FROM_OTHER;
        return value;
    }
    if (parameter != SIZE_MAX) {
        if (is_self(place, parameter)) {
            struct own_type *type = own_resolve_type(model, place->file, place->type,
                                                     own_text_of(place->function->parameters[0].type), 0);
            if (type == place->function->container)
                return (struct own_value){OWN_FROM_SELF, 0, NULL};
        }
        // What a program gets lives as long as it does.
        const char *entry = flow_language_str(place->file->conf->language, "program.entry");
        if (!address && entry && strcmp(place->function->name, entry) == 0)
            return of_kind(OWN_FROM_GLOBAL);
        return (struct own_value){address && !indexed ? OWN_FROM_LOCAL : OWN_FROM_PARAMETER, parameter, NULL};
    }
    const struct own_record *define = own_map_named(model->defines, name);
    if (define && !address && !own_equal(name, define->value))
        return own_evaluate(model, place, own_text_of(define->value), depth + 1);
    if (global_named(model, place->file, name, false))
        return of_kind(OWN_FROM_GLOBAL);
    if (own_map_named(model->functions_named, name))
        return of_kind(OWN_FROM_FUNCTION);
    // A constant of the file whose address is taken.
    return of_kind(address ? OWN_FROM_GLOBAL : OWN_FROM_UNKNOWN);
}

// Whether the type of an object is known to have that member.
static bool has_member(struct own_model *model, const struct own_place *place, struct own_text object,
                       struct own_text member, unsigned depth)
{
    return own_field_of(own_type_of(model, place, object, depth + 1), member) != NULL;
}

// The address of a part is inside of what holds it.
static enum own_event_kind part_of(enum own_event_kind base)
{
    return base == OWN_FROM_SELF     ? OWN_FROM_INSIDE
           : base == OWN_FROM_GLOBAL ? OWN_FROM_GLOBAL
                                     : OWN_FROM_OTHER;
}

static struct own_value path_value(struct own_model *model, const struct own_place *place,
                                   struct own_text path, bool address, unsigned depth)
{
    struct own_text before, last = own_last(path, &before), rest;
    if (before.len == 0)
        return name_value(model, place, last, address, depth);
    struct own_field *field = own_resolve_field(model, place, path, depth + 1);
    struct own_value base = own_evaluate(model, place, own_first(path, &rest), depth + 1);
    struct own_value holder = rest.len > last.len ? own_evaluate(model, place, before, depth + 1) : base;
    if (holder.kind == OWN_FROM_GLOBAL || (field && field->owner->is_globals))
        base.kind = OWN_FROM_GLOBAL;
    if (address)
        return (struct own_value){part_of(base.kind), base.parameter, field};
    if (is_ambient(model, place, before, depth))
        return of_kind(OWN_FROM_AMBIENT);
    // What a part without a declaration holds, such as the pointer of a slice, comes from where the whole
    // does.
    if (passes_through(holder.kind) && (!field || holder.kind == OWN_FROM_ALLOCATION) &&
        !has_member(model, place, before, last, depth))
        return of_kind(holder.kind);
    if (field)
        return (struct own_value){base.kind == OWN_FROM_GLOBAL ? OWN_FROM_GLOBAL : OWN_FROM_FIELD,
                                  base.parameter, field};
    if (base.kind == OWN_FROM_PARAMETER || base.kind == OWN_FROM_SELF)
        return (struct own_value){OWN_FROM_FIELD, base.parameter, NULL};
    if (own_is_type(model, place, before) && global_named(model, place->file, last, true))
        return of_kind(OWN_FROM_GLOBAL);
    struct own_function *function = own_resolve_function(model, place, path, depth + 1);
    return of_kind(function ? OWN_FROM_FUNCTION : OWN_FROM_UNKNOWN);
}

// "name: { … break :name value; … }" is that value. The block ends at or behind `at`; the first value that
// says something counts.
static struct own_value block_value(struct own_model *model, const struct own_place *place,
                                    struct own_text name, unsigned depth)
{
    struct own_value found = of_kind(OWN_FROM_UNKNOWN);
    const struct own_function *function = place->function;
    for (size_t i = 0; function && i < function->yield_count; i++) {
        const struct own_record *yield = function->yields[i];
        if (yield->start < place->block || yield->end > place->block_end || !own_equal(name, yield->name))
            continue;
        struct own_place inner = *place;
        inner.at = yield->start;
        struct own_value value = own_evaluate(model, &inner, own_text_of(yield->value), depth + 1);
        if (value.kind != OWN_FROM_NULL && value.kind != OWN_FROM_UNKNOWN)
            return value;
    }
    return found;
}

// "a = value" gives the value; "a + 1" is inside of what a points to.
static struct own_value computed_value(struct own_model *model, const struct own_place *place,
                                       struct own_text text, bool address, unsigned depth)
{
    struct own_text left, right;
    if (own_split(text, " = ", &left, &right))
        return own_evaluate(model, place, right, depth + 1);
    if (address || !(own_split(text, " + ", &left, &right) || own_split(text, " - ", &left, &right)))
        return of_kind(OWN_FROM_UNKNOWN);
    struct own_value value = own_evaluate(model, place, left, depth + 1);
    if (value.kind == OWN_FROM_ALLOCATION || value.kind == OWN_FROM_NULL || value.kind == OWN_FROM_FUNCTION)
        return of_kind(OWN_FROM_UNKNOWN);
    return value;
}

struct own_value own_evaluate(struct own_model *model, const struct own_place *place, struct own_text text,
                              unsigned depth)
{
    bool address;
    struct own_text callee, arguments;
    const struct own_conf *conf = place->file->conf;
    if (depth > MAX_DEPTH)
        return of_kind(OWN_FROM_UNKNOWN);
    text = own_strip(conf, text, &address);
    if (own_conf_has_text(conf, OWN_NULL, text))
        return of_kind(OWN_FROM_NULL);
    struct own_text label = own_label(text);
    if (label.len > 0)
        return block_value(model, place, label, depth);
    if (text.len > 0 && (text.at[0] == '"' || text.at[text.len - 1] == '}'))
        return of_kind(address || text.at[0] == '"' ? OWN_FROM_GLOBAL : OWN_FROM_UNKNOWN);
    if (own_call(text, &callee, &arguments)) {
        if (own_conf_has_text(conf, OWN_CONTAINER_OF, callee))
            return of_kind(OWN_FROM_CONTAINER);
        return call_value(model, place, callee, arguments, depth);
    }
    if (!own_is_path(text))
        return computed_value(model, place, text, address, depth);
    return path_value(model, place, text, address, depth);
}
