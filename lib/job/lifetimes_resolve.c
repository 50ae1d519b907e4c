// SPDX-License-Identifier: MIT
// Which type, function or field a text means.
#include <string.h>

#include "flow/base/file.h"
#include "lifetimes_private.h"

#define MAX_DEPTH 12

static const struct own_text no_text = {"", 0};

static void *map_at(const struct own_model *model, const struct flow_map *map, const struct own_file *file,
                    struct own_text name)
{
    struct own_key key;
    own_key_of(&key, model, file, no_text, name);
    return own_map_get(map, &key);
}

// What a map has under a name in one of the types around, from the innermost out; *path: of that type.
static void *map_around(const struct own_model *model, const struct flow_map *map,
                        const struct own_file *file, struct own_text name, struct own_text *path)
{
    for (;;) {
        struct own_key key;
        own_key_of(&key, model, file, *path, name);
        void *found = own_map_get(map, &key);
        if (found || path->len == 0)
            return found;
        do {
            path->len--;
        } while (path->len > 0 && path->at[path->len] != '.');
    }
}

// A type of the file with that name, the one nearest to `around`.
static struct own_type *type_in_file(struct own_model *model, struct own_file *file, struct own_type *around,
                                     struct own_text name)
{
    struct own_text path = around ? own_text_of(around->path) : no_text;
    return map_around(model, model->types_at, file, name, &path);
}

// The alias of that name that is declared nearest to `around`, and the path of the type where that is; also
// one of another file where types are known by their names.
static const struct own_record *alias_in_file(struct own_model *model, struct own_file *file,
                                              const struct own_type *around, struct own_text name,
                                              struct own_text *path)
{
    *path = around ? own_text_of(around->path) : no_text;
    const struct own_record *alias = map_around(model, model->aliases, file, name, path);
    return alias || !file->conf->types_are_global ? alias : own_map_named(model->aliases, name);
}

static bool is_self(const struct own_file *file, struct own_text text)
{
    for (size_t i = 0; i < file->conf->lists[OWN_SELF].count; i++) {
        if (own_equal(text, file->conf->lists[OWN_SELF].items[i]))
            return true;
    }
    return false;
}

// What an alias stands for.
static struct own_type *type_of_alias(struct own_model *model, struct own_file *file, struct own_type *around,
                                      struct own_text name, unsigned depth)
{
    struct own_text path;
    const struct own_record *alias = alias_in_file(model, file, around, name, &path);
    if (!alias || !*alias->value || own_equal(name, alias->value))
        return NULL;
    struct own_type *outer = map_at(model, model->types_at, file, path);
    if (is_self(file, own_text_of(alias->value)))
        return outer;
    return own_resolve_type(model, file, outer, own_text_of(alias->value), depth + 1);
}

// How well a type of that name fits a path: what stands before the name is its container or its file.
static int fit(const struct own_type *type, struct own_text before)
{
    struct own_text rest, last = own_last(before, &rest);
    int score = 0;
    if (type->field_count > 0 || type->function_count > 0 || type->is_opaque)
        score += 1;
    if (!strchr(type->path, '.'))
        score += 1;
    if (last.len > 0) {
        const char *base = flow_path_base(type->file->path);
        struct own_text stem = {base, (size_t)(flow_path_ext(base) - base)};
        const char *dot = strrchr(type->path, '.');
        struct own_text outer = {type->path, dot ? (size_t)(dot - type->path) : 0};
        struct own_text ignored;
        outer = own_last(outer, &ignored);
        if ((outer.len == last.len && memcmp(outer.at, last.at, last.len) == 0) ||
            (stem.len == last.len && memcmp(stem.at, last.at, last.len) == 0))
            score += 4;
    }
    return score;
}

// The best of all types with that name; of several that fit alike the one with most fields.
static struct own_type *type_anywhere(struct own_model *model, const struct own_file *file,
                                      struct own_text name, struct own_text before)
{
    struct own_type *best = NULL;
    int best_score = -1;
    for (struct own_type *type = own_map_named(model->types_named, name); type; type = type->next_named) {
        if (type->file->conf != file->conf || type->is_local)
            continue;
        int score = fit(type, before);
        if (score > best_score || (score == best_score && type->field_count > best->field_count)) {
            best = type;
            best_score = score;
        }
    }
    return best;
}

static struct own_type *resolve_path(struct own_model *model, struct own_file *file, struct own_type *around,
                                     struct own_text path, unsigned depth);

static struct own_type *look_up_path(struct own_model *model, struct own_file *file, struct own_type *around,
                                     struct own_text path, unsigned depth)
{
    struct own_text before, name = own_last(path, &before);
    struct own_type *type;
    if (is_self(file, path))
        return around ? around : map_at(model, model->types_at, file, own_text_of(""));
    if (name.len == 0)
        return NULL;
    if (before.len == 0) {
        type = type_in_file(model, file, around, name);
        if (!type)
            type = type_of_alias(model, file, around, name, depth);
        if (type || !file->conf->types_are_global)
            return type;
    } else {
        // A type inside of one that is known.
        struct own_type *outer = resolve_path(model, file, around, before, depth + 1);
        type = outer ? type_in_file(model, outer->file, outer, name) : NULL;
        if (outer && !type && outer->file != file)
            type = type_of_alias(model, outer->file, outer, name, depth);
        if (type)
            return type;
    }
    return type_anywhere(model, file, name, before);
}

// Most paths are looked up many times.
static struct own_type *resolve_path(struct own_model *model, struct own_file *file, struct own_type *around,
                                     struct own_text path, unsigned depth)
{
    if (path.len == 0 || depth > MAX_DEPTH)
        return NULL;
    if (!model->resolved)
        return look_up_path(model, file, around, path, depth);
    struct own_key key;
    own_key_of(&key, model, file, (struct own_text){(const char *)&around, sizeof around}, path);
    const union flow_map_value *known = flow_map_getn(model->resolved, key.at, key.len);
    if (known)
        return known->ptr;
    struct own_type *type = look_up_path(model, file, around, path, depth);
    if (own_map_set(model->resolved, &key, type, NULL) != 0)
        model->failed = true;
    return type;
}

// The type that the file of `@import("a/b.zig")` is: beside the one that imports, or of that name.
static struct own_type *type_of_import(struct own_model *model, const struct own_file *file,
                                       struct own_text text)
{
    const char *quote = memchr(text.at, '"', text.len);
    const char *end = quote ? memchr(quote + 1, '"', (size_t)(text.at + text.len - quote - 1)) : NULL;
    if (!end)
        return NULL;
    struct own_type *type = NULL;
    struct flow_buf path, name;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_add(&name, file->path, flow_path_dir_len(file->path));
    flow_buf_putc(&name, '/');
    flow_buf_add(&name, quote + 1, (size_t)(end - quote - 1));
    flow_path_join(&path, "", name.data);
    model->failed = model->failed || name.failed || path.failed;
    struct own_file *imported =
        model->failed ? NULL : own_map_named(model->files_at, (struct own_text){path.data, path.len});
    if (imported) {
        type = map_at(model, model->types_at, imported, own_text_of(""));
    } else if (!memchr(quote, '/', (size_t)(end - quote))) {
        struct own_text stem = {quote + 1, (size_t)(end - quote - 1)};
        type = type_anywhere(model, file, stem, (struct own_text){"", 0});
    }
    flow_buf_release(&path);
    flow_buf_release(&name);
    return type;
}

struct own_type *own_resolve_type(struct own_model *model, struct own_file *file, struct own_type *around,
                                  struct own_text text, unsigned depth)
{
    if (depth > MAX_DEPTH)
        return NULL;
    struct own_text base = own_base(file->conf, text), rest;
    const char *open = memchr(base.at, '(', base.len);
    if (open &&
        own_conf_has_text(file->conf, OWN_IMPORT, (struct own_text){base.at, (size_t)(open - base.at)})) {
        struct own_type *outer = type_of_import(model, file, base);
        const char *close = memchr(base.at, ')', base.len);
        size_t used = close ? (size_t)(close - base.at) + 2 : base.len;
        if (!outer || used >= base.len)
            return outer;
        rest = (struct own_text){base.at + used, base.len - used};
        return resolve_path(model, outer->file, outer, rest, depth + 1);
    }
    struct own_type *type = resolve_path(model, file, around, base, depth);
    size_t used = (size_t)(base.at + base.len - text.at);
    const char *close =
        type && used < text.len && text.at[used] == '(' ? memchr(text.at + used, ')', text.len - used) : NULL;
    // "Make(true).Inner" is a type inside of the one that Make gives.
    if (close && close + 2 < text.at + text.len && close[1] == '.') {
        struct own_text inner =
            own_base(file->conf, (struct own_text){close + 2, (size_t)(text.at + text.len - close - 2)});
        return resolve_path(model, type->file, type, inner, depth + 1);
    }
    // A generic type that the tree does not have holds what it is given.
    if (!type && used < text.len && text.at[used] == '(') {
        struct own_text arguments = {text.at + used + 1, text.len - used - 1}, argument;
        if (arguments.len > 0 && arguments.at[arguments.len - 1] == ')')
            arguments.len--;
        while (!type && own_argument(&arguments, &argument))
            type = own_resolve_type(model, file, around, argument, depth + 1);
    }
    return type;
}

const struct own_record *own_alias_of(struct own_model *model, struct own_file **file,
                                      struct own_type **around, struct own_text path)
{
    struct own_text before, name = own_last(path, &before), where;
    if (name.len == 0)
        return NULL;
    if (before.len > 0) {
        *around = resolve_path(model, *file, *around, before, 0);
        if (!*around)
            return NULL;
        *file = (*around)->file;
    }
    const struct own_record *alias = alias_in_file(model, *file, *around, name, &where);
    if (!alias || !*alias->value || own_equal(name, alias->value))
        return NULL;
    *around = map_at(model, model->types_at, *file, where);
    return alias;
}

struct own_text own_expand(struct own_model *model, struct own_file *file, struct own_type *around,
                           struct own_text text, unsigned depth)
{
    struct own_text name = own_trim(text), before, path;
    while (name.len > 0 && name.at[0] == '?')
        name = own_trim((struct own_text){name.at + 1, name.len - 1});
    if (depth > MAX_DEPTH || name.len == 0 || !own_is_path(name) || memchr(name.at, '*', name.len) ||
        memchr(name.at, '(', name.len) || memchr(name.at, '[', name.len))
        return text;
    struct own_text last = own_last(name, &before);
    if (before.len > 0) {
        around = resolve_path(model, file, around, before, depth + 1);
        file = around ? around->file : file;
    }
    if (before.len > 0 && !around)
        return text;
    const struct own_record *alias = alias_in_file(model, file, around, last, &path);
    if (!alias || !*alias->value || own_equal(last, alias->value))
        return text;
    struct own_text value = own_text_of(alias->value), base = own_base(file->conf, value);
    // "*T", "?[*]T", "*const fn (…)", "(*name)(…)".
    if (own_is_function(file->conf, alias->value))
        return value;
    if (base.at > value.at && memchr(value.at, '*', (size_t)(base.at - value.at)))
        return value;
    struct own_text further =
        own_expand(model, file, map_at(model, model->types_at, file, path), value, depth + 1);
    return further.at != value.at ? further : text;
}

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
            (local->kind == OWN_LOCAL || local->end >= at))
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
    return map_at(model, model->fields_in, file, name);
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
            struct own_type *type = resolve_path(model, place->file, place->type, base, 0);
            if (type)
                return type;
        }
    }
    return before.len > 0 && before.at[before.len - 1] != ')'
               ? resolve_path(model, place->file, place->type, before, 0)
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
        return resolve_path(model, place->file, place->type, path, 0);
    }
    size_t parameter = own_parameter(place->function, last);
    const struct own_record *local = own_local(place->function, last, place->at);
    if (local)
        return type_of_local(model, place, local, depth);
    if (parameter != SIZE_MAX)
        return own_resolve_type(model, place->file, place->type,
                                own_text_of(place->function->parameters[parameter].type), 0);
    struct own_field *global = own_global(model, place->file, place->type, last);
    return global ? global->pointee : resolve_path(model, place->file, place->type, last, 0);
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
    struct own_function *found = NULL, *near = NULL;
    size_t count = 0;
    for (struct own_function *each = own_map_named(model->functions_named, name); each;
         each = each->next_named) {
        if (each->file == place->file && before.len == 0)
            near = each;
        if (each->body < each->end || !found) {
            count += each->body < each->end;
            found = each;
        }
    }
    // A name that only one function of the tree has tells it, whatever it is called on.
    return near ? near : count <= 1 ? found : NULL;
}
