// SPDX-License-Identifier: MIT
// Types, fields and functions of the whole tree, and the maps that lead to them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "lifetimes_private.h"

static const struct own_text no_text = {"", 0};

static int add_to_list(struct flow_map *map, const char *name, void *item, void **next,
                       struct flow_error *err)
{
    bool added;
    union flow_map_value *value = flow_map_ensure(map, name, strlen(name), &added);
    if (!value)
        return flow_error_nomem(err);
    *next = added ? NULL : value->ptr;
    value->ptr = item;
    return 0;
}

static bool is_code(const char *kind)
{
    return strcmp(kind, "function") == 0 || strcmp(kind, "method") == 0;
}

static const char *stem(struct own_model *model, const struct own_file *file)
{
    const char *base = flow_path_base(file->path);
    return flow_arena_strn(&model->arena, base, (size_t)(flow_path_ext(base) - base));
}

// The type of that path in a file, made where it is new.
static struct own_type *ensure_type(struct own_model *model, struct own_file *file, const char *path,
                                    const char *kind, struct flow_error *err)
{
    struct own_key key;
    bool added;
    own_key_of(&key, model, file, own_text_of(path), no_text);
    union flow_map_value *value = flow_map_ensure(model->types_at, key.at, key.len, &added);
    if (!value) {
        flow_error_nomem(err);
        return NULL;
    }
    if (!added)
        return value->ptr;
    struct own_type *type = flow_arena_alloc(&model->arena, sizeof *type);
    if (!type ||
        flow_grow(&model->types, &model->type_cap, model->type_count + 1, sizeof *model->types, err)) {
        flow_error_nomem(err);
        return NULL;
    }
    value->ptr = type;
    const char *dot = strrchr(path, '.');
    type->path = path;
    type->name = *path ? (dot ? dot + 1 : path) : stem(model, file);
    type->is_file = !*path;
    type->kind = kind;
    type->file = file;
    type->previous_in_file = file->last_type;
    file->last_type = type;
    if (!type->name ||
        add_to_list(model->types_named, type->name, type, (void **)&type->next_named, err) != 0)
        return NULL;
    model->types[model->type_count++] = type;
    return type;
}

static const char *joined(struct own_model *model, const char *container, const char *name)
{
    if (!*container)
        return name;
    size_t len = strlen(container) + strlen(name) + 2;
    char *out = flow_arena_alloc(&model->arena, len);
    if (out)
        snprintf(out, len, "%s.%s", container, name);
    return out;
}

// Whether a file calls itself that: `const Foo = @This()` at its top.
static bool is_own_name(const struct own_file *file, const char *name)
{
    for (size_t i = 0; i < file->record_count; i++) {
        const struct own_record *record = &file->records[i];
        if (record->kind == OWN_LOCAL && strcmp(record->name, name) == 0)
            return own_conf_has(file->conf, OWN_SELF, record->value);
    }
    return false;
}

// The type that a field belongs to.
static struct own_type *owner_of(struct own_model *model, struct own_file *file,
                                 const struct flow_field *field, struct flow_error *err)
{
    struct own_key key;
    const char *path = field->container;
    own_key_of(&key, model, file, own_text_of(path), no_text);
    bool known = own_map_get(model->types_at, &key) != NULL;
    if (!known && *path && !strchr(path, '.') && is_own_name(file, path))
        return ensure_type(model, file, "", field->container_kind, err);
    struct own_type *type = ensure_type(model, file, path, field->container_kind, err);
    if (!type || !type->end_line || (type->start_line <= field->line && field->line <= type->end_line))
        return type;
    for (struct own_type *other = file->last_type; other; other = other->previous_in_file) {
        if (other->declared && strcmp(other->declared, path) == 0 && other->start_line <= field->line &&
            field->line <= other->end_line)
            return other;
    }
    return type;
}

// A second struct of a name that the file has already is told by its line.
static struct own_type *another_type(struct own_model *model, struct own_file *file, const char *path,
                                     const struct flow_symbol *symbol, struct flow_error *err)
{
    size_t len = strlen(path) + 16;
    char *own = flow_arena_alloc(&model->arena, len);
    if (!own) {
        flow_error_nomem(err);
        return NULL;
    }
    snprintf(own, len, "%s@%u", path, (unsigned)symbol->span.start_line);
    return ensure_type(model, file, own, symbol->kind, err);
}

// The type that a function gives is one, though it may have methods only, or none.
static int add_generic_types(struct own_model *model, struct own_file *file, struct flow_error *err)
{
    for (size_t i = 0; i < file->record_count; i++) {
        const struct own_record *record = &file->records[i];
        if (record->kind != OWN_RESULT || !own_conf_has(file->conf, OWN_GENERIC, record->type))
            continue;
        for (size_t k = 0; k < file->facts.symbol_count; k++) {
            const struct flow_symbol *symbol = &file->facts.symbols[k];
            if (!is_code(symbol->kind) || strcmp(symbol->name, record->name) != 0 ||
                symbol->span.start > record->start || symbol->span.end < record->end)
                continue;
            const char *path = joined(model, symbol->container, symbol->name);
            if (!path)
                return flow_error_nomem(err);
            if (!ensure_type(model, file, path, "struct", err))
                return -1;
        }
    }
    return 0;
}

static int add_types(struct own_model *model, struct own_file *file, struct flow_error *err)
{
    for (size_t i = 0; i < file->facts.symbol_count; i++) {
        const struct flow_symbol *symbol = &file->facts.symbols[i];
        if (!own_is_container(symbol->kind))
            continue;
        const char *path = joined(model, symbol->container, symbol->name);
        struct own_type *type = path ? ensure_type(model, file, path, symbol->kind, err) : NULL;
        if (type && type->end)
            type = another_type(model, file, path, symbol, err);
        if (!type)
            return path ? -1 : flow_error_nomem(err);
        type->declared = path;
        type->start = symbol->span.start;
        type->end = symbol->span.end;
        type->start_line = symbol->span.start_line;
        type->end_line = symbol->span.end_line;
    }
    if (add_generic_types(model, file, err) != 0)
        return -1;
    for (size_t i = 0; i < file->facts.field_count; i++) {
        const struct flow_field *field = &file->facts.fields[i];
        struct own_type *type = owner_of(model, file, field, err);
        if (!type)
            return -1;
        // Declared again under another condition.
        if (own_field_of(type, (struct own_text){field->name, strlen(field->name)})) {
            model->repeated++;
            continue;
        }
        if (flow_grow(&type->fields, &type->field_cap, type->field_count + 1, sizeof *type->fields, err) != 0)
            return -1;
        type->fields[type->field_count++] = (struct own_field){.field = field, .owner = type};
    }
    // A file that is a type is one although nothing in it says so.
    if (flow_language_str(file->conf->language, "symbols.file") &&
        !ensure_type(model, file, "", "struct", err))
        return -1;
    return 0;
}

static int compare_fields(const void *a, const void *b)
{
    const struct own_field *left = a, *right = b;
    if (left->field->line != right->field->line)
        return left->field->line < right->field->line ? -1 : 1;
    // Several of one line stand in the order in which they were found.
    return left->field < right->field ? -1 : left->field > right->field;
}

static int add_method(struct own_function *function, struct own_type *type, struct flow_error *err)
{
    function->container = type;
    if (flow_grow(&type->functions, &type->function_cap, type->function_count + 1, sizeof *type->functions,
                  err))
        return -1;
    type->functions[type->function_count++] = function;
    type->tears_down = type->tears_down || own_conf_has(function->file->conf, OWN_DESTRUCTOR, function->name);
    return 0;
}

static int add_function(struct own_model *model, struct own_file *file, const struct flow_symbol *symbol,
                        struct flow_error *err)
{
    struct own_function *function = flow_arena_alloc(&model->arena, sizeof *function);
    if (!function || flow_grow(&model->functions, &model->function_cap, model->function_count + 1,
                               sizeof *model->functions, err))
        return flow_error_nomem(err);
    *function = (struct own_function){.name = symbol->name,
                                      .file = file,
                                      .container = own_type_around(model, file, symbol->container),
                                      .result = "",
                                      .is_public = symbol->is_public,
                                      .start = symbol->span.start,
                                      .end = symbol->span.end,
                                      .body = symbol->body.end ? symbol->body.start : symbol->span.end,
                                      .gives = OWN_FROM_UNKNOWN};
    model->functions[model->function_count++] = function;
    if (add_to_list(model->functions_named, function->name, function, (void **)&function->next_named, err) !=
        0)
        return -1;
    return function->container ? add_method(function, function->container, err) : 0;
}

static int add_global(struct own_model *model, struct own_file *file, struct flow_symbol *symbol,
                      struct flow_error *err)
{
    struct own_key key;
    own_key_of(&key, model, file, no_text, own_text_of(symbol->name));
    if (own_map_set(model->globals, &key, symbol, err) != 0)
        return -1;
    return flow_map_set_ptr(model->globals, symbol->name, symbol, err);
}

// Whether a macro takes arguments and says what it does with them.
static bool is_macro(const struct own_file *file, const struct flow_symbol *symbol)
{
    size_t low = 0, high = file->record_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (file->records[middle].start < symbol->span.start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < file->record_count && file->records[low].kind == OWN_MACRO &&
           file->records[low].start == symbol->span.start;
}

static int add_symbols(struct own_model *model, struct own_file *file, struct flow_error *err)
{
    for (size_t i = 0; i < file->facts.symbol_count; i++) {
        struct flow_symbol *symbol = &file->facts.symbols[i];
        bool macro = strcmp(symbol->kind, "macro") == 0 && is_macro(file, symbol);
        if ((macro || is_code(symbol->kind)) && add_function(model, file, symbol, err) != 0)
            return -1;
        if (macro)
            model->functions[model->function_count - 1]->is_macro = true;
        if (strcmp(symbol->kind, "variable") == 0 && add_global(model, file, symbol, err) != 0)
            return -1;
    }
    return 0;
}

// Where exactly one field of a file has a name, the name tells the field.
static int name_fields(struct own_model *model, struct own_type *type, struct flow_error *err)
{
    for (size_t i = 0; i < type->field_count; i++) {
        struct own_key key;
        bool added;
        own_key_of(&key, model, type->file, no_text, own_text_of(type->fields[i].field->name));
        union flow_map_value *value = flow_map_ensure(model->fields_in, key.at, key.len, &added);
        if (!value)
            return flow_error_nomem(err);
        value->ptr = added ? &type->fields[i] : NULL;
    }
    return 0;
}

static void mark_methods(struct own_type *type)
{
    bool takes = false, gives = false;
    for (size_t i = 0; i < type->function_count; i++) {
        const struct own_function *function = type->functions[i];
        takes = takes || own_conf_has(type->file->conf, OWN_ACQUIRE, function->name);
        gives = gives || own_conf_has(type->file->conf, OWN_UNREF, function->name);
    }
    for (size_t i = 0; i < type->field_count; i++) {
        if (own_conf_has(type->file->conf, OWN_COUNTED, type->fields[i].field->name))
            type->has_count = true;
    }
    type->counted = (takes || type->has_count) && gives;
}

// A type that points to what is a name of a function's type, with that type in place of the name; NULL in
// *out where it is none.
static int expand_function(struct own_model *model, struct own_type *type, struct own_text text,
                           struct own_text base, const char **out)
{
    struct own_file *file = type->file;
    struct own_type *around = type;
    const struct own_record *alias = base.len < text.len ? own_alias_of(model, &file, &around, base) : NULL;
    *out = NULL;
    if (!alias || own_is_function(type->file->conf, alias->value))
        return 0;
    struct flow_buf whole;
    flow_buf_init(&whole, FLOW_BUF_LINE);
    flow_buf_add(&whole, text.at, (size_t)(base.at - text.at));
    flow_buf_puts(&whole, alias->value);
    flow_buf_add(&whole, base.at + base.len, text.len - base.len - (size_t)(base.at - text.at));
    int result = whole.failed ? -1 : 0;
    if (result == 0 && own_is_function(type->file->conf, whole.data)) {
        *out = flow_arena_strn(&model->arena, whole.data, whole.len);
        result = *out ? 0 : -1;
    }
    flow_buf_release(&whole);
    return result;
}

static int resolve_fields(struct own_model *model, struct own_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        struct own_field *field = &type->fields[i];
        struct own_text text = {field->field->type, strlen(field->field->type)};
        struct own_text base = own_base(type->file->conf, text);
        field->base = flow_arena_strn(&model->arena, base.at, base.len);
        if (!field->base)
            return -1;
        struct own_text whole = own_expand(model, type->file, type, text, 0);
        if (expand_function(model, type, text, base, &field->expanded) != 0)
            return -1;
        if (!field->expanded)
            field->expanded = flow_arena_strn(&model->arena, whole.at, whole.len);
        if (!field->expanded)
            return -1;
        field->pointee = own_resolve_type(model, type->file, type, text, 0);
        type->has_foreign = type->has_foreign || own_is_foreign(type->file->conf, field->expanded);
    }
    return 0;
}

// A method that a type gets from a generic one counts as one of its own.
static void mark_aliased_methods(struct own_model *model)
{
    for (size_t i = 0; i < model->file_count; i++) {
        struct own_file *file = &model->files[i];
        for (size_t k = 0; k < file->facts.symbol_count; k++) {
            const struct flow_symbol *symbol = &file->facts.symbols[k];
            if (strcmp(symbol->kind, "constant") != 0 && strcmp(symbol->kind, "type") != 0)
                continue;
            bool destroys = own_conf_has(file->conf, OWN_DESTRUCTOR, symbol->name);
            bool unrefs = own_conf_has(file->conf, OWN_UNREF, symbol->name);
            struct own_type *type =
                destroys || unrefs ? own_type_around(model, file, symbol->container) : NULL;
            if (!type)
                continue;
            type->tears_down = type->tears_down || destroys;
            type->counted = type->counted || unrefs;
        }
    }
}

// A struct in the body of a function is made for that function's work, unless the function gives types. What
// does not parse may look like such a body.
static void mark_locals(struct own_model *model)
{
    for (size_t i = 0; i < model->function_count; i++) {
        const struct own_function *function = model->functions[i];
        if (function->file->facts.errors > 0 ||
            own_conf_has(function->file->conf, OWN_GENERIC, function->result))
            continue;
        for (struct own_type *type = function->file->last_type; type; type = type->previous_in_file)
            type->is_local = type->is_local || (type->start > function->body && type->end <= function->end);
    }
}

// In a language without methods a function works on what it gets first.
static int find_methods(struct own_model *model, struct flow_error *err)
{
    for (size_t i = 0; i < model->function_count; i++) {
        struct own_function *function = model->functions[i];
        if (!function->file->conf->first_is_self || function->container || function->parameter_count == 0)
            continue;
        struct own_text first = {function->parameters[0].type, strlen(function->parameters[0].type)};
        struct own_type *type =
            memchr(first.at, '*', first.len) ? own_resolve_type(model, function->file, NULL, first, 0) : NULL;
        if (type && add_method(function, type, err) != 0)
            return -1;
    }
    return 0;
}

static int make_maps(struct own_model *model, struct flow_error *err)
{
    struct flow_map **maps[] = {&model->files_at,        &model->types_at, &model->types_named,
                                &model->functions_named, &model->aliases,  &model->globals,
                                &model->fields_in,       &model->defines};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        *maps[i] = flow_map_new();
        if (!*maps[i])
            return flow_error_nomem(err);
    }
    return 0;
}

void own_model_clear(struct own_model *model)
{
    // Records outlive the functions that they mean.
    for (size_t i = 0; i < model->file_count; i++) {
        for (size_t k = 0; k < model->files[i].record_count; k++) {
            model->files[i].records[k].callee = NULL;
            model->files[i].records[k].looked_up = false;
        }
    }
    for (size_t i = 0; i < model->type_count; i++) {
        free(model->types[i]->fields);
        free(model->types[i]->functions);
    }
    free(model->types);
    free(model->functions);
    flow_map_free(model->files_at);
    flow_map_free(model->types_at);
    flow_map_free(model->types_named);
    flow_map_free(model->functions_named);
    flow_map_free(model->aliases);
    flow_map_free(model->globals);
    flow_map_free(model->fields_in);
    flow_map_free(model->defines);
    flow_map_free(model->resolved);
}

int own_model_build(struct own_model *model, struct flow_error *err)
{
    if (make_maps(model, err) != 0)
        return -1;
    for (size_t i = 0; i < model->file_count; i++) {
        if (flow_map_set_ptr(model->files_at, model->files[i].path, &model->files[i], err) != 0)
            return -1;
    }
    for (size_t i = 0; i < model->file_count; i++) {
        if (add_types(model, &model->files[i], err) != 0)
            return -1;
    }
    for (size_t i = 0; i < model->file_count; i++) {
        size_t first = model->function_count;
        if (add_symbols(model, &model->files[i], err) != 0 ||
            own_sort_records(model, &model->files[i], first, err) != 0)
            return -1;
    }
    if (find_methods(model, err) != 0)
        return -1;
    for (size_t i = 0; i < model->type_count; i++) {
        struct own_type *type = model->types[i];
        if (type->field_count > 0)
            qsort(type->fields, type->field_count, sizeof *type->fields, compare_fields);
        mark_methods(type);
        if (!type->is_globals && name_fields(model, type, err) != 0)
            return -1;
    }
    mark_aliased_methods(model);
    mark_locals(model);
    // From here on a path means one thing.
    model->resolved = flow_map_new();
    if (!model->resolved)
        return flow_error_nomem(err);
    for (size_t i = 0; i < model->type_count; i++) {
        if (resolve_fields(model, model->types[i]) != 0)
            return flow_error_nomem(err);
    }
    if (own_held_collect(model, err) != 0)
        return -1;
    own_classes_mark(model);
    return model->failed ? flow_error_nomem(err) : 0;
}
