// SPDX-License-Identifier: MIT
// The Rust type for a field of a class. flow-lifetimes(1) has the same table for people.
#include <string.h>

#include "flow/base/buf.h"
#include "lifetimes_private.h"

static const struct {
    const char *class_name;
    const char *one, *constant, *many; /* '#' stands for the type pointed to */
    bool raw;                          /* has a null of its own */
} shapes[] = {
    {"OWNED", "Box<#>", "Box<#>", "Box<[#]>", false},
    {"SHARED", "Rc<#>", "Rc<#>", "Rc<[#]>", false},
    {"BORROW_PARAM", "&'a mut #", "&'a #", "&'a [#]", false},
    {"BORROW_FIELD", "NonNull<#>", "NonNull<#>", "NonNull<[#]>", false},
    {"STATIC", "&'static #", "&'static #", "&'static [#]", false},
    {"BACKREF", "*mut #", "*const #", "*mut [#]", true},
    {"INTRUSIVE", "*mut #", "*const #", "*mut [#]", true},
    {"FFI", "*mut #", "*const #", "*mut #", true},
    {"ARENA", "&'arena mut #", "&'arena #", "&'arena [#]", false},
};

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

// The name of what is pointed to, as Rust would have it at this place.
static const char *name_of(struct own_model *model, const struct own_field *field)
{
    struct own_text text = {field->expanded, strlen(field->expanded)}, ignored;
    struct own_text name = own_last(own_base(field->owner->file->conf, text), &ignored);
    if (name.len == 0 || own_has_text(field->owner->file->conf, OWN_OPAQUE_NAME, field->expanded))
        return "c_void";
    if (is_text(field->owner->file->conf, field->expanded))
        return "u8";
    return flow_arena_strn(&model->arena, name.at, name.len);
}

int own_target(struct own_model *model, const struct own_field *field, const char *class_name,
               const char **out, struct flow_error *err)
{
    const struct own_conf *conf = field->owner->file->conf;
    const char *type = field->expanded, *shape = NULL, *name = name_of(model, field);
    bool raw = false;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        if (strcmp(shapes[i].class_name, class_name) != 0)
            continue;
        shape = own_has_text(conf, OWN_MANY, type) || (is_text(conf, type) && !shapes[i].raw) ? shapes[i].many
                : own_is_constant(conf, type) ? shapes[i].constant
                                              : shapes[i].one;
        raw = shapes[i].raw;
    }
    *out = "";
    if (!name)
        return flow_error_nomem(err);
    // One class says nothing of the pointers behind the first.
    bool is_function = own_is_function(conf, type);
    if (!shape || (!is_function && own_conf_has(conf, OWN_DEEP, type)))
        return 0;
    if (is_function) {
        shape = strcmp(class_name, "FFI") == 0 ? "unsafe extern \"C\" fn(…)" : "fn(…)";
        raw = false;
    }
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    bool option = is_nullable(field) && !raw;
    flow_buf_puts(&text, option ? "Option<" : "");
    add_shape(&text, shape, name);
    flow_buf_puts(&text, option ? ">" : "");
    int result = flow_buf_check(&text, "type", err);
    if (result == 0)
        *out = flow_arena_strn(&model->arena, text.data, text.len);
    flow_buf_release(&text);
    return *out ? result : flow_error_nomem(err);
}
