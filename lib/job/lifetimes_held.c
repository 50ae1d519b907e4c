// SPDX-License-Identifier: MIT
// Who contains whom: by value, in a list, or by a pointer, also through names of types.
#include <string.h>

#include "lifetimes_private.h"

/* Names of types that stand for names of types: how deep they are followed. */
#define MAX_DEPTH 3

struct walk {
    struct own_model *model;
    struct own_type *holder;
    bool inside; /* no pointer on the way */
    bool failed;
};

static void add_held(struct walk *walk, const struct own_type *type)
{
    struct own_held *held = walk->holder->held;
    while (held && held->type != type)
        held = held->next;
    if (!held) {
        held = flow_arena_alloc(&walk->model->arena, sizeof *held);
        if (!held) {
            walk->failed = true;
            return;
        }
        *held = (struct own_held){.type = type, .next = walk->holder->held};
        walk->holder->held = held;
    }
    held->inside = held->inside || walk->inside;
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The next path of names in a text; what follows a bracket, and strings, are passed over.
static bool next_path(struct own_text *rest, struct own_text *out)
{
    size_t at = 0;
    while (at < rest->len) {
        char c = rest->at[at];
        if (c == '"') {
            const char *close = memchr(rest->at + at + 1, '"', rest->len - at - 1);
            at = close ? (size_t)(close - rest->at) + 1 : rest->len;
            continue;
        }
        size_t start = at;
        while (at < rest->len && (is_name(rest->at[at]) || rest->at[at] == '.' || rest->at[at] == '@'))
            at++;
        if (at == start) {
            at++;
        } else if (is_name(c)) {
            *out = (struct own_text){rest->at + start, at - start};
            *rest = (struct own_text){rest->at + at, rest->len - at};
            return true;
        }
    }
    return false;
}

static void walk_text(struct walk *walk, struct own_file *file, struct own_type *around, const char *text,
                      unsigned depth)
{
    bool inside = walk->inside;
    struct own_text rest = own_text_of(text), path;
    // Behind a name, "(int)" is what a function takes.
    if (depth > MAX_DEPTH || own_is_function(file->conf, text) || (depth > 0 && *text == '('))
        return;
    walk->inside = inside && !strchr(text, '*');
    while (next_path(&rest, &path)) {
        struct own_type *type = own_resolve_type(walk->model, file, around, path, 0);
        if (type && type != walk->holder)
            add_held(walk, type);
        struct own_type *outer = around;
        struct own_file *where = file;
        const struct own_record *alias = own_alias_of(walk->model, &where, &outer, path);
        if (alias)
            walk_text(walk, where, outer, alias->value, depth + 1);
    }
    walk->inside = inside;
}

int own_held_collect(struct own_model *model, struct flow_error *err)
{
    for (size_t i = 0; i < model->type_count; i++) {
        struct walk walk = {.model = model, .holder = model->types[i]};
        for (size_t k = 0; k < walk.holder->field_count; k++) {
            walk.inside = true;
            walk_text(&walk, walk.holder->file, walk.holder, walk.holder->fields[k].field->type, 0);
        }
        if (walk.failed)
            return flow_error_nomem(err);
    }
    return 0;
}

const struct own_held *own_held_by(const struct own_type *holder, const struct own_type *held)
{
    const struct own_held *found = holder->held;
    while (found && found->type != held)
        found = found->next;
    return found;
}
