// SPDX-License-Identifier: MIT
#include "flow/job/lifetimes.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "lifetimes_private.h"

void own_model_release(struct own_model *model)
{
    own_model_clear(model);
    for (size_t i = 0; i < model->file_count; i++) {
        flow_facts_release(&model->files[i].facts);
        flow_facts_release(&model->files[i].branch);
        flow_arena_release(&model->files[i].arena);
    }
    for (size_t i = 0; i < model->conf_count; i++)
        own_conf_free(model->confs[i]);
    flow_arena_release(&model->arena);
    own_classes_free(model);
    flow_config_free(model->shapes);
    free(model->confs);
    free(model->files);
}

static const char *name_of(const struct own_field *field)
{
    const struct own_type *type = field->owner;
    if (type->declared && strcmp(type->declared, type->path) != 0)
        return type->path;
    return *field->field->container ? field->field->container : type->name;
}

// A slice holds a pointer, though its type is none.
static bool is_slice(const struct own_field *field)
{
    const char *type = field->expanded;
    while (*type == '?')
        type++;
    const struct flow_strv *shapes = &field->owner->file->conf->lists[OWN_MANY];
    for (size_t i = 0; i < shapes->count; i++) {
        if (strncmp(type, shapes->items[i], strlen(shapes->items[i])) == 0)
            return true;
    }
    return false;
}

static bool is_wanted(const struct own_field *field, bool slices)
{
    if (field->field->is_pointer || strcmp(field->expanded, field->field->type) != 0)
        return true;
    return slices && is_slice(field);
}

static int add_rows(struct flow_lifetimes *out, struct own_type *type, bool slices, struct flow_error *err)
{
    for (size_t i = 0; i < type->field_count; i++) {
        struct own_field *field = &type->fields[i];
        if (!is_wanted(field, slices))
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

static int by_place(const void *a, const void *b)
{
    const struct flow_lifetime *left = a, *right = b;
    int order = strcmp(left->file, right->file);
    if (order == 0)
        order = left->line < right->line ? -1 : left->line > right->line;
    if (order == 0)
        order = strcmp(left->strukt, right->strukt);
    return order ? order : strcmp(left->field, right->field);
}

static int run(struct flow_lifetimes *out, const struct flow_languages *languages,
               const struct flow_lifetimes_options *options, struct flow_error *err)
{
    struct own_model *model = out->model;
    if (own_classes_read(model, err) != 0 || own_shapes_read(model, languages, err) != 0 ||
        own_read(model, languages, options->workers, err) != 0 || own_model_build(model, err) != 0 ||
        own_events_collect(model, err) != 0)
        return -1;
    for (size_t i = 0; i < model->type_count; i++) {
        if (add_rows(out, model->types[i], options->slices, err) != 0)
            return -1;
    }
    if (out->count > 0)
        qsort(out->rows, out->count, sizeof *out->rows, by_place);
    out->repeated = model->repeated;
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
    if (run(lifetimes, languages, options, err) != 0) {
        flow_lifetimes_free(lifetimes);
        return -1;
    }
    *out = lifetimes;
    return 0;
}

const struct own_field *own_field_of_row(const struct flow_lifetimes *lifetimes,
                                         const struct flow_lifetime *row)
{
    for (size_t i = 0; i < lifetimes->model->type_count; i++) {
        const struct own_type *type = lifetimes->model->types[i];
        if (strcmp(type->file->path, row->file) != 0)
            continue;
        for (size_t k = 0; k < type->field_count; k++) {
            const struct own_field *field = &type->fields[k];
            if (field->field->line == row->line && field->field->name == row->field)
                return field;
        }
    }
    return NULL;
}

void flow_lifetimes_explain(const struct flow_lifetimes *lifetimes, size_t row, flow_lifetimes_fact_fn fn,
                            void *payload)
{
    const struct own_field *field = own_field_of_row(lifetimes, &lifetimes->rows[row]);
    const struct own_type *pointee = field ? field->pointee : NULL;
    if (pointee)
        fn(payload, pointee->is_opaque ? "points to an opaque type" : "points to", pointee->file->path,
           pointee->start_line ? pointee->start_line : 1, *pointee->path ? pointee->path : pointee->name);
    for (const struct own_event *event = field ? field->events : NULL; event; event = event->next)
        fn(payload, own_event_name(event->kind), event->file->path, event->line, event->text);
    own_trace_explain(&lifetimes->rows[row], fn, payload);
}

void flow_lifetimes_free(struct flow_lifetimes *lifetimes)
{
    if (!lifetimes)
        return;
    own_model_release(lifetimes->model);
    free(lifetimes->model);
    free(lifetimes->rows);
    free(lifetimes);
}
