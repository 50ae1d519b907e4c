// SPDX-License-Identifier: MIT
// Which type a text means.
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
        struct own_type *outer = own_resolve_path(model, file, around, before, depth + 1);
        type = outer ? type_in_file(model, outer->file, outer, name) : NULL;
        if (outer && !type && outer->file != file)
            type = type_of_alias(model, outer->file, outer, name, depth);
        if (type)
            return type;
    }
    return type_anywhere(model, file, name, before);
}

// Most paths are looked up many times.
struct own_type *own_resolve_path(struct own_model *model, struct own_file *file, struct own_type *around,
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
        return own_resolve_path(model, outer->file, outer, rest, depth + 1);
    }
    struct own_type *type = own_resolve_path(model, file, around, base, depth);
    size_t used = (size_t)(base.at + base.len - text.at);
    const char *close =
        type && used < text.len && text.at[used] == '(' ? memchr(text.at + used, ')', text.len - used) : NULL;
    // "Make(true).Inner" is a type inside of the one that Make gives.
    if (close && close + 2 < text.at + text.len && close[1] == '.') {
        struct own_text inner =
            own_base(file->conf, (struct own_text){close + 2, (size_t)(text.at + text.len - close - 2)});
        return own_resolve_path(model, type->file, type, inner, depth + 1);
    }
    // A generic type that the tree does not have holds what it is given.
    if (!type && base.len > 0 && used < text.len && text.at[used] == '(') {
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
        *around = own_resolve_path(model, *file, *around, before, 0);
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
        around = own_resolve_path(model, file, around, before, depth + 1);
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
