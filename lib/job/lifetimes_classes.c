// SPDX-License-Identifier: MIT
// Classes that a repository declares for types of its own.
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/str.h"
#include "flow/config/config.h"
#include "lifetimes_private.h"

static int read_class(struct own_model *model, const struct flow_config *config, const char *name,
                      struct flow_error *err)
{
    struct own_class *class = &model->classes[model->class_count];
    struct flow_buf key;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_strv_init(&class->types);
    flow_buf_printf(&key, "lifetimes.%s.type", name);
    int result = flow_buf_check(&key, "setting", err);
    if (result == 0)
        result = flow_config_list(config, key.data, &class->types, err);
    flow_buf_truncate(&key, key.len - strlen("type"));
    flow_buf_puts(&key, "target");
    if (result == 0) {
        class->name = flow_arena_str(&model->arena, name);
        class->target = flow_arena_str(&model->arena, flow_config_str(config, key.data, ""));
        model->class_count++;
        if (!class->name || !class->target)
            result = flow_error_nomem(err);
        else if (class->types.count == 0)
            result = flow_error_set(err, FLOW_E_INVALID,
                                    "[lifetimes \"%s\"] names no type: give it 'type = \"*Name\"'", name);
    } else {
        flow_strv_release(&class->types);
    }
    flow_buf_release(&key);
    return result;
}

int own_classes_read(struct own_model *model, struct flow_error *err)
{
    struct flow_config *config = NULL;
    struct flow_strv names;
    flow_strv_init(&names);
    int result = flow_repo_config(model->analysis->priv->repo, &config, err);
    if (result == 0)
        result = flow_config_subsections(config, "lifetimes", &names, err);
    if (result == 0) {
        model->classes = calloc(names.count + 1, sizeof *model->classes);
        result = model->classes ? 0 : flow_error_nomem(err);
    }
    for (size_t i = 0; result == 0 && i < names.count; i++)
        result = read_class(model, config, names.items[i], err);
    flow_strv_release(&names);
    flow_config_free(config);
    return result;
}

void own_classes_free(struct own_model *model)
{
    for (size_t i = 0; i < model->class_count; i++)
        flow_strv_release(&model->classes[i].types);
    free(model->classes);
}

static struct own_text last_name(const struct own_conf *conf, const char *type)
{
    struct own_text ignored;
    return own_last(own_base(conf, own_text_of(type)), &ignored);
}

// What stands in front of the name says how it points; constness and absence do not matter.
static unsigned stars(const char *type)
{
    unsigned count = 0;
    for (; *type && *type != '('; type++)
        count += *type == '*';
    return count;
}

const struct own_class *own_class_of(const struct own_model *model, const struct own_conf *conf,
                                     const char *type)
{
    struct own_text name = last_name(conf, type);
    for (size_t i = 0; i < model->class_count; i++) {
        for (size_t k = 0; k < model->classes[i].types.count; k++) {
            const char *declared = model->classes[i].types.items[k];
            struct own_text other = last_name(conf, declared);
            // Files reach one type by different paths: the last name tells it.
            if (name.len > 0 && name.len == other.len && memcmp(name.at, other.at, name.len) == 0 &&
                stars(type) == stars(declared))
                return &model->classes[i];
        }
    }
    return NULL;
}

void own_classes_mark(struct own_model *model)
{
    for (size_t i = 0; i < model->type_count; i++) {
        struct own_type *type = model->types[i];
        for (size_t k = 0; k < type->field_count; k++) {
            struct own_field *field = &type->fields[k];
            if (field->pointee && own_class_of(model, type->file->conf, field->field->type))
                field->pointee->is_ambient = true;
        }
    }
}
