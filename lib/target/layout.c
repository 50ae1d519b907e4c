// SPDX-License-Identifier: MIT
/*
 * Places: the path and the module name of each unit.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/target/target.h"
#include "rules.h"
#include "template.h"

#define PATH_MAX_LEN ((size_t)4096)

// Bytes of the folder, with its '/', that all units share.
static size_t common_folder(const struct flow_place_unit *units, size_t count)
{
    size_t first = 0;
    while (first < count && units[first].c_abi)
        first++;
    if (first == count)
        return 0;
    size_t shared = flow_path_dir_len(units[first].stem_of);
    shared += units[first].stem_of[shared] == '/';
    for (size_t i = first + 1; i < count; i++) {
        size_t same = 0;
        if (units[i].c_abi)
            continue;
        while (same < shared && units[i].stem_of[same] == units[first].stem_of[same])
            same++;
        while (same > 0 && units[i].stem_of[same - 1] != '/')
            same--;
        shared = same;
    }
    return shared;
}

// Appends one folder or file name as the target language allows it; 1 where a word of the language had to be
// changed.
static int add_name(struct flow_buf *out, const struct flow_rules *rules, const char *name, size_t len)
{
    size_t start = out->len;
    if (rules->identifier && (len == 0 || isdigit((unsigned char)name[0])))
        flow_buf_putc(out, '_');
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)name[i];
        if (rules->identifier && !(c < 0x80 && (isalnum(c) || c == '_')))
            c = '_';
        flow_buf_putc(out, (char)(rules->lower && c < 0x80 ? tolower(c) : c));
    }
    if (!out->failed && flow_strv_find(&rules->words, out->data + start) >= 0) {
        flow_buf_putc(out, '_');
        return 1;
    }
    return 0;
}

// The plain place of a unit, without extension: "a/b". Returns whether a word had to be changed.
static bool plain_stem(struct flow_buf *out, const struct flow_rules *rules, const char *path)
{
    bool changed = false;
    const char *end = flow_path_ext(path);
    while (path < end) {
        size_t len = strcspn(path, "/");
        if (path + len > end)
            len = (size_t)(end - path);
        changed |= add_name(out, rules, path, len) != 0;
        path += len;
        if (path < end && *path == '/') {
            flow_buf_putc(out, '/');
            path++;
        }
    }
    return changed;
}

static int compare_units(const void *a, const void *b)
{
    const struct flow_place_unit *const *x = a, *const *y = b;
    return (*x)->c_abi != (*y)->c_abi ? (*x)->c_abi - (*y)->c_abi : strcmp((*x)->id, (*y)->id);
}

// Units in byte order of their ids, so that places do not depend on the order of work.
static const struct flow_place_unit **sorted_units(const struct flow_place_unit *units, size_t count)
{
    const struct flow_place_unit **sorted = calloc(count + 1, sizeof *sorted);
    for (size_t i = 0; sorted && i < count; i++)
        sorted[i] = &units[i];
    if (sorted)
        qsort(sorted, count, sizeof *sorted, compare_units);
    return sorted;
}

static void module_name(struct flow_buf *out, const struct flow_rules *rules, const char *stem)
{
    flow_buf_puts(out, rules->prefix);
    for (const char *p = stem; *p;) {
        size_t len = strcspn(p, "/");
        if (out->len)
            flow_buf_puts(out, rules->separator);
        flow_buf_add(out, p, len);
        p += len + (p[len] == '/');
    }
}

struct placing {
    struct flow_layout *layout;
    struct flow_map *taken; /* stems, and folders of stems */
    size_t skip;            /* bytes of the folder that all share */
};

// Marks the folders of a stem as taken, so that no unit takes the name of a folder: a module is either.
static int take_folders(struct placing *placing, const char *stem, struct flow_error *err)
{
    for (const char *slash = strchr(stem, '/'); slash; slash = strchr(slash + 1, '/')) {
        bool added;
        if (!flow_map_ensure(placing->taken, stem, (size_t)(slash - stem), &added))
            return flow_error_nomem(err);
    }
    return 0;
}

static int take_stem(struct placing *placing, struct flow_buf *stem, bool *collided, struct flow_error *err)
{
    size_t plain = stem->len;
    for (unsigned n = 2; flow_map_get(placing->taken, stem->data); n++) {
        *collided = true;
        flow_buf_truncate(stem, plain);
        flow_buf_printf(stem, "_%u", n);
        if (flow_buf_check(stem, "a target path", err) < 0)
            return -1;
    }
    return flow_map_set_num(placing->taken, stem->data, 1, err);
}

static int place_path(struct flow_place *place, const struct flow_layout *layout, const char *stem,
                      struct flow_error *err)
{
    const struct flow_rules *rules = layout->rules;
    struct flow_buf path, module;
    flow_buf_init(&path, PATH_MAX_LEN);
    flow_buf_init(&module, PATH_MAX_LEN);
    if (*layout->root)
        flow_buf_printf(&path, "%s/", layout->root);
    if (*rules->folder)
        flow_buf_printf(&path, "%s/", rules->folder);
    flow_buf_printf(&path, "%s%s", stem, rules->extension);
    if (*rules->prefix)
        module_name(&module, rules, stem);
    else
        flow_buf_add(&module, path.data, path.len);
    int result = flow_buf_check(&path, "a target path", err);
    if (result == 0)
        result = flow_path_confined(path.data, err);
    if (result == 0) {
        place->path = flow_buf_detach(&path);
        place->module = flow_buf_detach(&module);
        if (!place->path || !place->module)
            result = flow_error_nomem(err);
    }
    flow_buf_release(&module);
    flow_buf_release(&path);
    return result;
}

static int place_note(struct flow_place *place, bool word, bool collided, struct flow_error *err)
{
    if (!word && !collided)
        return 0;
    place->note = strdup(collided ? "another unit or folder has the plain name already"
                                  : "the plain name is a word of the target language");
    return place->note ? 0 : flow_error_nomem(err);
}

// The stem of a layer: that of its header, in the words of the target language.
static int layer_stem(struct flow_buf *out, const struct flow_layout *layout, const char *header,
                      struct flow_error *err)
{
    const char *shape = flow_config_str(layout->rules->conf, "c-abi.stem", NULL);
    const char *base = flow_path_base(header);
    struct flow_buf name;
    if (!shape || layout->in_place)
        return flow_error_set(err, FLOW_E_ENV, "a port into %s has no layer of C ABI: unset port.c-abi",
                              flow_language_name(layout->language));
    flow_buf_init(&name, PATH_MAX_LEN);
    flow_buf_add(&name, base, (size_t)(flow_path_ext(base) - base));
    struct flow_variable variable = {"name", name.data};
    int result = flow_buf_check(&name, "name of a header", err);
    struct flow_buf filled;
    flow_buf_init(&filled, PATH_MAX_LEN);
    if (result == 0)
        result = flow_template_fill(&filled, shape, &variable, 1, "c-abi.stem", err);
    if (result == 0)
        add_name(out, layout->rules, filled.data, filled.len);
    flow_buf_release(&filled);
    flow_buf_release(&name);
    return result;
}

static int place_unit(struct placing *placing, const struct flow_place_unit *unit, struct flow_place *place,
                      struct flow_error *err)
{
    struct flow_layout *layout = placing->layout;
    place->is_root = unit->is_root;
    place->c_abi = unit->c_abi;
    if (!(place->unit = strdup(unit->id)))
        return flow_error_nomem(err);
    if (layout->in_place && !unit->c_abi) {
        place->path = strdup(unit->id);
        place->module = strdup(unit->id);
        return place->path && place->module ? 0 : flow_error_nomem(err);
    }
    struct flow_buf stem;
    flow_buf_init(&stem, PATH_MAX_LEN);
    bool collided = false, word = false;
    int result = 0;
    if (unit->c_abi)
        result = layer_stem(&stem, layout, unit->stem_of, err);
    else
        word = plain_stem(&stem, layout->rules, unit->stem_of + placing->skip);
    if (result == 0)
        result = flow_buf_check(&stem, "a target path", err);
    if (result == 0)
        result = take_stem(placing, &stem, &collided, err);
    if (result == 0)
        result = place_path(place, layout, stem.data, err);
    if (result == 0)
        result = place_note(place, word, collided, err);
    flow_buf_release(&stem);
    return result;
}

static int reserve_folders(struct placing *placing, const struct flow_place_unit *units, size_t count,
                           struct flow_error *err)
{
    struct flow_buf stem;
    flow_buf_init(&stem, PATH_MAX_LEN);
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        flow_buf_clear(&stem);
        if (units[i].c_abi)
            continue;
        plain_stem(&stem, placing->layout->rules, units[i].stem_of + placing->skip);
        result = flow_buf_check(&stem, "a target path", err);
        if (result == 0)
            result = take_folders(placing, stem.data, err);
    }
    flow_buf_release(&stem);
    return result;
}

static int place_all(struct flow_layout *layout, const struct flow_place_unit *units, size_t count,
                     struct flow_error *err)
{
    struct placing placing = {.layout = layout, .taken = flow_map_new(), .skip = common_folder(units, count)};
    const struct flow_place_unit **sorted = sorted_units(units, count);
    int result = placing.taken && sorted ? 0 : flow_error_nomem(err);
    if (result == 0 && !layout->in_place)
        result = reserve_folders(&placing, units, count, err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        size_t at = (size_t)(sorted[i] - units);
        result = place_unit(&placing, sorted[i], &layout->places[at], err);
        if (result == 0)
            result = flow_map_set_num(layout->by_unit, sorted[i]->id, (intptr_t)at, err);
    }
    free(sorted);
    flow_map_free(placing.taken);
    return result;
}

// Build files allow letters, digits, '-' and '_' in a project's name, and a letter at its front.
static int project_name(struct flow_layout *layout, const char *wanted, struct flow_error *err)
{
    struct flow_buf name;
    flow_buf_init(&name, 200);
    if (!isalpha((unsigned char)wanted[0]))
        flow_buf_puts(&name, "port-");
    for (const char *p = wanted; *p && name.len < 100; p++) {
        unsigned char c = (unsigned char)*p;
        flow_buf_putc(&name, c < 0x80 && (isalnum(c) || c == '_' || c == '-') ? (char)tolower(c) : '-');
    }
    if (flow_strv_find(&layout->rules->words, name.data) >= 0)
        flow_buf_puts(&name, "-port");
    layout->project = flow_buf_detach(&name);
    layout->crate = layout->project ? strdup(layout->project) : NULL;
    flow_buf_release(&name);
    if (!layout->crate)
        return flow_error_nomem(err);
    for (char *p = layout->crate; *p; p++)
        *p = *p == '-' ? '_' : *p;
    return 0;
}

static int project_root(struct flow_layout *layout, const struct flow_config *config, struct flow_error *err)
{
    const char *wanted = flow_config_str(config, "target.root", flow_language_name(layout->language));
    size_t len = strlen(wanted);
    while (len > 0 && wanted[len - 1] == '/')
        len--;
    layout->root = len == 1 && wanted[0] == '.' ? strdup("") : strndup(wanted, len);
    if (!layout->root)
        return flow_error_nomem(err);
    if (*layout->root && flow_path_confined(layout->root, err) < 0)
        return flow_error_wrap(err, "target.root");
    return 0;
}

int flow_layout_new(struct flow_layout **out, const struct flow_language *source,
                    const struct flow_language *target, const struct flow_config *config,
                    const struct flow_place_unit *units, size_t count, const char *default_name,
                    struct flow_error *err)
{
    struct flow_layout *layout = calloc(1, sizeof *layout);
    if (!layout)
        return flow_error_nomem(err);
    layout->language = target;
    layout->in_place = source == target;
    layout->places = calloc(count + 1, sizeof *layout->places);
    layout->by_unit = flow_map_new();
    layout->rules = calloc(1, sizeof *layout->rules);
    layout->count = count;
    int result = layout->places && layout->by_unit && layout->rules ? 0 : flow_error_nomem(err);
    if (result == 0)
        result = flow_rules_load(layout->rules, target, err);
    if (result == 0)
        result = project_name(layout, flow_config_str(config, "target.name", default_name), err);
    if (result == 0)
        result = project_root(layout, config, err);
    if (result == 0)
        result = place_all(layout, units, count, err);
    if (result < 0)
        flow_layout_free(layout);
    else
        *out = layout;
    return result;
}

void flow_layout_free(struct flow_layout *layout)
{
    if (!layout)
        return;
    for (size_t i = 0; layout->places && i < layout->count; i++) {
        free(layout->places[i].unit);
        free(layout->places[i].path);
        free(layout->places[i].module);
        free(layout->places[i].note);
    }
    free(layout->places);
    flow_map_free(layout->by_unit);
    if (layout->rules)
        flow_rules_release(layout->rules);
    free(layout->rules);
    free(layout->project);
    free(layout->crate);
    free(layout->root);
    free(layout);
}

const struct flow_place *flow_layout_find(const struct flow_layout *layout, const char *unit)
{
    const union flow_map_value *at = flow_map_get(layout->by_unit, unit);
    return at ? &layout->places[at->num] : NULL;
}
