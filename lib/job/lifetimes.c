// SPDX-License-Identifier: MIT
#include "flow/job/lifetimes.h"

#include <stdlib.h>
#include <string.h>

#include "lifetimes_private.h"

static void model_free(struct own_model *model)
{
    if (!model)
        return;
    for (size_t i = 0; i < model->type_count; i++) {
        free(model->types[i]->fields);
        free(model->types[i]->functions);
    }
    for (size_t i = 0; i < model->file_count; i++) {
        flow_facts_release(&model->files[i].facts);
        flow_arena_release(&model->files[i].arena);
    }
    for (size_t i = 0; i < model->conf_count; i++)
        own_conf_free(model->confs[i]);
    flow_map_free(model->files_at);
    flow_map_free(model->types_at);
    flow_map_free(model->types_named);
    flow_map_free(model->functions_named);
    flow_map_free(model->aliases);
    flow_map_free(model->globals);
    flow_map_free(model->fields_in);
    flow_arena_release(&model->arena);
    own_classes_free(model);
    free(model->confs);
    free(model->files);
    free(model->types);
    free(model->functions);
    free(model);
}

static const char *name_of(const struct own_field *field)
{
    return *field->field->container ? field->field->container : field->owner->name;
}

static int add_rows(struct flow_lifetimes *out, struct own_type *type, struct flow_error *err)
{
    for (size_t i = 0; i < type->field_count; i++) {
        struct own_field *field = &type->fields[i];
        if (!field->field->is_pointer && strcmp(field->expanded, field->field->type) == 0)
            continue;
        if (flow_grow(&out->rows, &out->cap, out->count + 1, sizeof *out->rows, err) != 0)
            return -1;
        struct flow_lifetime *row = &out->rows[out->count++];
        *row = (struct flow_lifetime){.file = type->file->path,
                                      .strukt = name_of(field),
                                      .field = field->field->name,
                                      .type = field->field->type,
                                      .line = field->field->line};
        if (own_judge(out->model, field, row, err) != 0)
            return -1;
    }
    return 0;
}

int flow_lifetimes(struct flow_lifetimes **out, struct flow_analysis *analysis,
                   const struct flow_languages *languages, const struct flow_lifetimes_options *options,
                   struct flow_error *err)
{
    struct flow_lifetimes *lifetimes = calloc(1, sizeof *lifetimes);
    struct own_model *model = calloc(1, sizeof *model);
    if (!lifetimes || !model) {
        free(lifetimes);
        free(model);
        return flow_error_nomem(err);
    }
    flow_arena_init(&model->arena);
    model->analysis = analysis;
    lifetimes->model = model;
    int result = own_classes_read(model, err);
    if (result == 0)
        result = own_read(model, languages, options->workers, err);
    if (result == 0)
        result = own_model_build(model, err);
    if (result == 0)
        result = own_events_collect(model, err);
    for (size_t i = 0; result == 0 && i < model->type_count; i++)
        result = add_rows(lifetimes, model->types[i], err);
    if (result != 0) {
        flow_lifetimes_free(lifetimes);
        return -1;
    }
    *out = lifetimes;
    return 0;
}

void flow_lifetimes_free(struct flow_lifetimes *lifetimes)
{
    if (!lifetimes)
        return;
    model_free(lifetimes->model);
    free(lifetimes->rows);
    free(lifetimes);
}
