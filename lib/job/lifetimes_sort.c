// SPDX-License-Identifier: MIT
// Records go to the innermost function around them, names of types to the type around them.
#include <stdio.h>
#include <string.h>

#include "lifetimes_private.h"

#define MAX_PATH 600

bool own_is_container(const char *kind)
{
    static const char *const kinds[] = {"struct", "union", "enum", "class", "interface"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i], kind) == 0)
            return true;
    }
    return false;
}

// The types around a function, innermost first: that of its container, or of one around it.
struct own_type *own_type_around(struct own_model *model, struct own_file *file, const char *container)
{
    char path[MAX_PATH];
    struct own_key key;
    snprintf(path, sizeof path, "%s", container);
    for (;;) {
        own_key_of(&key, model, file, own_text_of(path), (struct own_text){"", 0});
        struct own_type *type = own_map_get(model->types_at, &key);
        if (type)
            return type;
        char *dot = strrchr(path, '.');
        if (!*path)
            return NULL;
        *(dot ? dot : path) = '\0';
    }
}

struct sorter {
    struct own_function **functions; /* of one file, by position */
    size_t count;
    struct own_function *stack[64];
    size_t depth, next;
};

static struct own_function *function_at(struct sorter *sorter, uint32_t start, uint32_t end)
{
    while (sorter->next < sorter->count && sorter->functions[sorter->next]->start <= start) {
        if (sorter->depth < sizeof sorter->stack / sizeof *sorter->stack)
            sorter->stack[sorter->depth++] = sorter->functions[sorter->next];
        sorter->next++;
    }
    while (sorter->depth > 0 && sorter->stack[sorter->depth - 1]->end <= start)
        sorter->depth--;
    for (size_t i = sorter->depth; i > 0; i--) {
        if (sorter->stack[i - 1]->end >= end)
            return sorter->stack[i - 1];
    }
    return NULL;
}

// The innermost type around a record.
static const struct own_type *type_around(const struct own_file *file, const struct own_record *record)
{
    const struct own_type *best = NULL;
    for (const struct own_type *type = file->last_type; type; type = type->previous_in_file) {
        if (type->end > 0 && type->start <= record->start && type->end >= record->end &&
            (!best || type->start > best->start))
            best = type;
    }
    return best;
}

// The path of the innermost type around a record; of one that a function gives, that is the function's.
static void path_around(struct own_model *model, struct own_file *file, const struct own_function *function,
                        const struct own_record *record, char *path)
{
    const struct own_type *best = NULL;
    if (function) {
        const char *outer = function->container ? function->container->path : "";
        struct own_key key;
        snprintf(path, MAX_PATH, "%s%s%s", outer, *outer ? "." : "", function->name);
        own_key_of(&key, model, file, own_text_of(path), (struct own_text){"", 0});
        if (!own_map_get(model->types_at, &key))
            snprintf(path, MAX_PATH, "%s", outer);
        size_t len = strlen(path);
        // A struct inside of the one that the function gives.
        for (const struct own_type *type = file->last_type; type; type = type->previous_in_file) {
            if (type->end > 0 && type->start <= record->start && type->end >= record->end &&
                strncmp(type->path, path, len) == 0 && (!best || type->start > best->start))
                best = type;
        }
        if (best && strlen(best->path) > len)
            snprintf(path, MAX_PATH, "%s", best->path);
        return;
    }
    best = type_around(file, record);
    snprintf(path, MAX_PATH, "%s", best ? best->path : "");
}

static int add_alias(struct own_model *model, struct own_file *file, const struct own_function *function,
                     struct own_record *record, struct flow_error *err)
{
    char path[MAX_PATH];
    struct own_key key;
    path_around(model, file, function, record, path);
    own_key_of(&key, model, file, own_text_of(path), own_text_of(record->name));
    if (own_map_get(model->aliases, &key))
        return 0;
    if (record->kind == OWN_ALIAS && flow_map_set_ptr(model->aliases, record->name, record, err) != 0)
        return -1;
    return own_map_set(model->aliases, &key, record, err);
}

// Counts first, fills then: `fill` says which.
static int sort_record(struct own_model *model, struct own_file *file, struct own_function *function,
                       struct own_record *record, bool fill, struct flow_error *err)
{
    switch (record->kind) {
    case OWN_PARAMETER:
        if (!function || record->start >= function->body)
            return 0;
        if (fill)
            function->parameters[function->parameter_count] =
                (struct own_parameter){.name = record->name, .type = record->type};
        function->parameter_count++;
        return 0;
    case OWN_RESULT:
        if (fill && function && strcmp(function->name, record->name) == 0)
            function->result = record->type;
        return 0;
    case OWN_FOREIGN_FUNCTION:
        if (fill && function)
            function->foreign = true;
        return 0;
    case OWN_RETURN:
        if (!function)
            return 0;
        if (fill)
            function->returns[function->return_count] = record;
        function->return_count++;
        return 0;
    case OWN_YIELD:
        if (!function)
            return 0;
        if (fill)
            function->yields[function->yield_count] = record;
        function->yield_count++;
        return 0;
    case OWN_GLOBAL_VARIABLE:
        if (!fill || function)
            return 0;
        return own_global_add(model, file, type_around(file, record), record, err);
    case OWN_LOCAL:
    case OWN_AGAIN:
    case OWN_PAYLOAD:
    case OWN_ELEMENT:
        if (record->kind == OWN_LOCAL && fill && add_alias(model, file, function, record, err) != 0)
            return -1;
        if (!function)
            return 0;
        if (fill)
            function->locals[function->local_count] = record;
        function->local_count++;
        return 0;
    case OWN_DEFINE:
        return fill ? flow_map_set_ptr(model->defines, record->name, record, err) : 0;
    case OWN_ALIAS:
        return fill ? add_alias(model, file, function, record, err) : 0;
    default:
        return 0;
    }
}

static int sort_records(struct own_model *model, struct own_file *file, struct sorter sorter, bool fill,
                        struct flow_error *err)
{
    for (size_t i = 0; i < file->record_count; i++) {
        struct own_record *record = &file->records[i];
        struct own_function *function = function_at(&sorter, record->start, record->end);
        if (sort_record(model, file, function, record, fill, err) != 0)
            return -1;
    }
    return 0;
}

static int make_room(struct own_model *model, struct own_function *function)
{
    function->parameters =
        flow_arena_alloc(&model->arena, (function->parameter_count + 1) * sizeof *function->parameters);
    function->locals =
        flow_arena_alloc(&model->arena, (function->local_count + 1) * sizeof *function->locals);
    function->returns =
        flow_arena_alloc(&model->arena, (function->return_count + 1) * sizeof *function->returns);
    function->yields =
        flow_arena_alloc(&model->arena, (function->yield_count + 1) * sizeof *function->yields);
    function->parameter_count = function->local_count = function->return_count = function->yield_count = 0;
    return function->parameters && function->locals && function->returns && function->yields ? 0 : -1;
}

// Marks the innermost type around a record.
static void mark_type(struct own_model *model, struct own_file *file, const struct own_function *function,
                      const struct own_record *record)
{
    struct own_type *best = NULL;
    for (size_t i = 0; i < file->facts.symbol_count; i++) {
        const struct flow_symbol *symbol = &file->facts.symbols[i];
        if (symbol->span.start > record->start || symbol->span.end < record->end ||
            !own_is_container(symbol->kind))
            continue;
        char path[MAX_PATH];
        snprintf(path, sizeof path, "%s%s%s", symbol->container, *symbol->container ? "." : "", symbol->name);
        struct own_type *type = own_type_around(model, file, path);
        if (type && (!best || type->start >= best->start))
            best = type;
    }
    // One that a function gives has no symbol but the function's.
    if (function && (!best || best->start < function->start)) {
        struct own_key key;
        const char *outer = function->container ? function->container->path : "";
        own_key_of(&key, model, file, own_text_of(outer), own_text_of(function->name));
        struct own_type *given = own_map_get(model->types_at, &key);
        best = given ? given : best;
    }
    if (best && record->kind == OWN_OPAQUE)
        best->is_opaque = true;
    else if (best)
        best->is_extern = true;
}

// Whether a function of that name in a type is what gives the other one.
static bool is_given_in(const struct own_model *model, const struct own_type *outer, const char *name)
{
    const struct own_function *function = own_map_named(model->functions_named, own_text_of(name));
    while (function && function->container != outer)
        function = function->next_named;
    return function != NULL;
}

// What lies in a foreign type without a name of its own is laid out by the same language.
static void mark_nameless(struct own_model *model, struct own_file *file)
{
    for (struct own_type *type = file->last_type; type; type = type->previous_in_file) {
        char path[MAX_PATH];
        snprintf(path, sizeof path, "%s", type->path);
        char *dot = type->declared ? NULL : strrchr(path, '.');
        if (!dot)
            continue;
        *dot = '\0';
        const struct own_type *outer = own_type_around(model, file, path);
        if (outer && outer->is_extern && !is_given_in(model, outer, type->name))
            type->is_extern = true;
    }
}

int own_sort_records(struct own_model *model, struct own_file *file, size_t first, struct flow_error *err)
{
    struct sorter sorter = {.functions = model->functions + first, .count = model->function_count - first};
    if (sort_records(model, file, sorter, false, err) != 0)
        return -1;
    for (size_t i = 0; i < sorter.count; i++) {
        if (make_room(model, sorter.functions[i]) != 0)
            return flow_error_nomem(err);
    }
    if (sort_records(model, file, sorter, true, err) != 0)
        return -1;
    for (size_t i = 0; i < file->record_count; i++) {
        const struct own_record *record = &file->records[i];
        if (record->kind == OWN_OPAQUE || record->kind == OWN_EXTERN)
            mark_type(model, file, function_at(&sorter, record->start, record->end), record);
    }
    mark_nameless(model, file);
    return 0;
}
