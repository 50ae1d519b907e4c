// SPDX-License-Identifier: MIT
// Variables that no struct holds and that live as long as the program: fields of a type that each file has
// for them, which has no name.
#include <string.h>

#include "flow/base/vec.h"
#include "lifetimes_private.h"

static struct own_type *ensure_globals(struct own_model *model, struct own_file *file, struct flow_error *err)
{
    if (file->globals)
        return file->globals;
    struct own_type *type = flow_arena_alloc(&model->arena, sizeof *type);
    if (!type ||
        flow_grow(&model->types, &model->type_cap, model->type_count + 1, sizeof *model->types, err)) {
        flow_error_nomem(err);
        return NULL;
    }
    *type = (struct own_type){
        .name = "", .path = "", .kind = "", .file = file, .is_globals = true, .allocated = true};
    model->types[model->type_count++] = type;
    file->globals = type;
    return type;
}

// A variable in a struct is called by the path of both.
static const char *name_of(struct own_model *model, const struct own_type *around, const char *name)
{
    if (!around || !*around->path)
        return name;
    size_t len = strlen(around->path);
    char *out = flow_arena_alloc(&model->arena, len + strlen(name) + 2);
    if (out) {
        memcpy(out, around->path, len);
        out[len] = '.';
        strcpy(out + len + 1, name);
    }
    return out;
}

// Of several names that are declared at once, the stars in front of this one: "T *a, **" is "T **".
static const char *type_of(struct own_model *model, const char *text)
{
    size_t len = strlen(text), stars = len, head = strcspn(text, "*");
    while (stars > 0 && strchr("* ", text[stars - 1]))
        stars--;
    stars += strspn(text + stars, " ");
    char *out = flow_arena_strn(&model->arena, text, len);
    if (out && stars < len && stars > head) {
        memmove(out + head, text + stars, len - stars);
        out[head + len - stars] = '\0';
    }
    return out;
}

int own_global_add(struct own_model *model, struct own_file *file, const struct own_type *around,
                   const struct own_record *record, struct flow_error *err)
{
    struct own_type *type = ensure_globals(model, file, err);
    if (!type)
        return -1;
    struct flow_field *field = flow_arena_alloc(&model->arena, sizeof *field);
    const char *name = name_of(model, around, record->name);
    if (!field || !name)
        return flow_error_nomem(err);
    const struct own_field *known = own_field_of(type, own_text_of(name));
    if (known) {
        model->repeated += known->field->line != record->line;
        return 0;
    }
    const char *written = type_of(model, record->type);
    if (!written)
        return flow_error_nomem(err);
    *field = (struct flow_field){.name = name,
                                 .type = written,
                                 .container = "",
                                 .container_kind = "",
                                 .line = record->line,
                                 .is_pointer = strchr(written, '*') != NULL};
    if (flow_grow(&type->fields, &type->field_cap, type->field_count + 1, sizeof *type->fields, err) != 0)
        return -1;
    type->fields[type->field_count++] = (struct own_field){.field = field, .owner = type};
    return 0;
}

// Of another file where names are known everywhere, and only one file has it.
static struct own_field *global_anywhere(const struct own_model *model, const struct own_file *file,
                                         struct own_text name)
{
    struct own_field *found = NULL;
    for (size_t i = 0; i < model->file_count; i++) {
        const struct own_file *other = &model->files[i];
        struct own_field *field = other->conf == file->conf ? own_field_of(other->globals, name) : NULL;
        if (field && found)
            return NULL;
        found = field ? field : found;
    }
    return found;
}

struct own_field *own_global(const struct own_model *model, const struct own_file *file,
                             const struct own_type *around, struct own_text name)
{
    char path[OWN_KEY_MAX];
    size_t len = around ? strlen(around->path) : 0;
    struct own_field *field = NULL;
    if (len > 0 && len + name.len + 1 < sizeof path) {
        memcpy(path, around->path, len);
        path[len] = '.';
        memcpy(path + len + 1, name.at, name.len);
        field = own_field_of(file->globals, (struct own_text){path, len + 1 + name.len});
    }
    if (!field)
        field = own_field_of(file->globals, name);
    return field || !file->conf->types_are_global ? field : global_anywhere(model, file, name);
}
