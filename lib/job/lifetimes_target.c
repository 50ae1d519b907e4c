// SPDX-License-Identifier: MIT
/*
 * The type of a field of a class in the language that is ported to, by owners.conf of that language. Without
 * a port.to it is the first language that has one.
 */
#include <stdio.h>
#include <string.h>

#include "analyze_private.h"
#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "lifetimes_private.h"

/*
 * owners.conf.
 */

static int read_shapes(struct own_model *model, const char *path, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_file_read(path, &text, err);
    if (result == 0)
        result = flow_config_new(&model->shapes, err);
    if (result == 0)
        result = flow_config_add_installed(model->shapes, text.data, text.len, path, err);
    flow_buf_release(&text);
    return result;
}

static int look_for_shapes(struct own_model *model, const struct flow_language *language,
                           struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int found = flow_language_file(language, "owners.conf", &path, err);
    if (found > 0)
        found = read_shapes(model, path.data, err);
    flow_buf_release(&path);
    return found;
}

int own_shapes_read(struct own_model *model, const struct flow_languages *languages, struct flow_error *err)
{
    struct flow_config *config = NULL;
    if (flow_repo_config(model->analysis->priv->repo, &config, err) != 0)
        return -1;
    const char *to = flow_config_str(config, "port.to", NULL);
    int result = 0;
    for (size_t i = 0; result == 0 && !model->shapes && i < flow_languages_count(languages); i++) {
        const struct flow_language *language = flow_languages_at(languages, i);
        if (!to || strcmp(flow_language_name(language), to) == 0)
            result = look_for_shapes(model, language, err);
    }
    flow_config_free(config);
    return result;
}

// A value of the class; NULL where there is none.
static const char *shape_of(const struct own_model *model, const char *class_name, const char *key)
{
    char name[100];
    snprintf(name, sizeof name, "class.%s.%s", class_name, key);
    return flow_config_str(model->shapes, name, NULL);
}

static const char *word_of(const struct own_model *model, const char *key)
{
    return flow_config_str(model->shapes, key, "");
}

/*
 * Fields.
 */

static bool is_nullable(const struct own_field *field)
{
    return own_has_text(field->owner->file->conf, OWN_NULLABLE, field->field->type) ||
           own_has_text(field->owner->file->conf, OWN_NULLABLE, field->expanded);
}

// "const char *" and "char const *" point to what is constant, "char *const" does not.
bool own_is_constant(const struct own_conf *conf, const char *type)
{
    const struct flow_strv *words = &conf->lists[OWN_CONSTANT];
    for (size_t i = 0; i < words->count; i++) {
        size_t len = strlen(type), word = strlen(words->items[i]);
        bool last = len >= word && strcmp(type + len - word, words->items[i]) == 0;
        if (!last && own_mentions(type, words->items[i]))
            return true;
    }
    return false;
}

static void add_shape(struct flow_buf *out, const char *shape, const char *name)
{
    for (; *shape; shape++) {
        if (*shape == '#')
            flow_buf_puts(out, name);
        else
            flow_buf_putc(out, *shape);
    }
}

// Whether what is pointed to is bytes: many, as a rule.
static bool is_text(const struct own_conf *conf, const char *type)
{
    const struct flow_strv *words = &conf->lists[OWN_TEXT];
    for (size_t i = 0; i < words->count; i++) {
        if (own_mentions(type, words->items[i]))
            return true;
    }
    return false;
}

// The name of what is pointed to, as the language has it at this place.
static const char *name_of(struct own_model *model, const struct own_field *field)
{
    struct own_text text = {field->expanded, strlen(field->expanded)}, ignored;
    struct own_text name = own_last(own_base(field->owner->file->conf, text), &ignored);
    if (name.len == 0 || own_has_text(field->owner->file->conf, OWN_OPAQUE_NAME, field->expanded))
        return word_of(model, "type.opaque");
    if (is_text(field->owner->file->conf, field->expanded))
        return word_of(model, "type.byte");
    return flow_arena_strn(&model->arena, name.at, name.len);
}

// The shape of a pointer of that class; NULL where there is none. *raw: it has a null of its own.
static const char *choose_shape(const struct own_model *model, const struct own_field *field,
                                const char *class_name, bool *raw)
{
    const struct own_conf *conf = field->owner->file->conf;
    const char *type = field->expanded, *one = shape_of(model, class_name, "one");
    const char *constant = shape_of(model, class_name, "constant");
    *raw = shape_of(model, class_name, "raw") != NULL;
    if (own_has_text(conf, OWN_MANY, type) || (is_text(conf, type) && !*raw))
        return shape_of(model, class_name, "many");
    return constant && own_is_constant(conf, type) ? constant : one;
}

int own_target(struct own_model *model, const struct own_field *field, const char *class_name,
               const char **out, struct flow_error *err)
{
    const struct own_conf *conf = field->owner->file->conf;
    const char *type = field->expanded;
    bool raw, is_function = own_is_function(conf, type);
    *out = "";
    if (!model->shapes)
        return 0;
    const char *shape = choose_shape(model, field, class_name, &raw), *name = name_of(model, field);
    if (!name)
        return flow_error_nomem(err);
    // One class says nothing of the pointers behind the first.
    if (!shape || (!is_function && own_conf_has(conf, OWN_DEEP, type)))
        return 0;
    if (is_function) {
        shape = word_of(model, strcmp(class_name, "FFI") == 0 ? "type.foreign-function" : "type.function");
        raw = false;
    }
    struct flow_buf text, whole;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&whole, FLOW_BUF_TEXT);
    add_shape(&text, shape, name);
    add_shape(&whole, is_nullable(field) && !raw ? word_of(model, "type.nullable") : "#", text.data);
    int result = flow_buf_check(&text, "type", err) || flow_buf_check(&whole, "type", err) ? -1 : 0;
    if (result == 0)
        *out = flow_arena_strn(&model->arena, whole.data, whole.len);
    flow_buf_release(&whole);
    flow_buf_release(&text);
    return *out ? result : flow_error_nomem(err);
}
