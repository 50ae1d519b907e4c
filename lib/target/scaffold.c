// SPDX-License-Identifier: MIT
/*
 * The files around the units: build file, roots, module declarations.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/target/target.h"
#include "rules.h"
#include "template.h"

#define VARIABLES 7

void flow_scaffold_release(struct flow_scaffold *scaffold)
{
    for (size_t i = 0; i < scaffold->count; i++) {
        free(scaffold->files[i].path);
        free(scaffold->files[i].text);
    }
    free(scaffold->files);
    *scaffold = (struct flow_scaffold){0};
}

// A module's name without its prefix: "a::b" of "crate::a::b".
static const char *module_tail(const struct flow_rules *rules, const char *module)
{
    if (!flow_str_starts(module, rules->prefix))
        return module;
    module += strlen(rules->prefix);
    return flow_str_starts(module, rules->separator) ? module + strlen(rules->separator) : module;
}

/*
 * Module declarations: a tree that is printed from the sorted names, one folder open at a time.
 */
struct declaring {
    struct flow_buf *out;
    const struct flow_rules *rules;
    const char *open, *close, *leaf;
    long indent;
    size_t depth;
};

static int declare_line(struct declaring *d, const char *shape, const char *name, size_t len,
                        struct flow_error *err)
{
    char *copy = strndup(name, len);
    if (!copy)
        return flow_error_nomem(err);
    for (long i = 0; i < d->indent * (long)d->depth; i++)
        flow_buf_putc(d->out, ' ');
    struct flow_variable variable = {"name", copy};
    int result = flow_template_fill(d->out, shape, &variable, 1, "the module declarations", err);
    flow_buf_putc(d->out, '\n');
    free(copy);
    return result;
}

static size_t segment_len(const struct declaring *d, const char *name)
{
    const char *end = strstr(name, d->rules->separator);
    return end ? (size_t)(end - name) : strlen(name);
}

// Closes the folders of `before` that `name` does not share, opens those that it has, and declares its last
// segment.
static int declare(struct declaring *d, const char *before, const char *name, struct flow_error *err)
{
    size_t gap = strlen(d->rules->separator), shared = 0;
    int result = 0;
    for (;;) {
        size_t a = segment_len(d, before), b = segment_len(d, name);
        if (!before[a] || !name[b] || a != b || memcmp(before, name, a) != 0)
            break;
        before += a + gap;
        name += b + gap;
        shared++;
    }
    while (result == 0 && d->depth > shared) {
        d->depth--;
        result = declare_line(d, d->close, "", 0, err);
    }
    for (size_t len = segment_len(d, name); result == 0 && name[len]; len = segment_len(d, name)) {
        result = declare_line(d, d->open, name, len, err);
        d->depth++;
        name += len + gap;
    }
    return result == 0 ? declare_line(d, d->leaf, name, strlen(name), err) : result;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int modules_text(struct flow_buf *out, const struct flow_layout *layout, const bool *done,
                        struct flow_error *err)
{
    const struct flow_config *conf = layout->rules->conf;
    struct declaring d = {.out = out,
                          .rules = layout->rules,
                          .open = flow_config_str(conf, "modules.open", ""),
                          .close = flow_config_str(conf, "modules.close", ""),
                          .leaf = flow_config_str(conf, "modules.leaf", "")};
    if (flow_config_int(conf, "modules.indent", 0, 16, 4, &d.indent, err) < 0)
        return -1;
    const char **names = calloc(layout->count + 1, sizeof *names);
    if (!names)
        return flow_error_nomem(err);
    size_t count = 0;
    for (size_t i = 0; i < layout->count; i++) {
        if (done[i])
            names[count++] = module_tail(layout->rules, layout->places[i].module);
    }
    qsort(names, count, sizeof *names, compare_names);
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = declare(&d, i ? names[i - 1] : "", names[i], err);
    while (result == 0 && d.depth > 0) {
        d.depth--;
        result = declare_line(&d, d.close, "", 0, err);
    }
    // The template has its own line end behind ${modules}.
    if (out->len && out->data[out->len - 1] == '\n')
        flow_buf_truncate(out, out->len - 1);
    free(names);
    return result;
}

struct making {
    struct flow_scaffold *out;
    const struct flow_layout *layout;
    const bool *done;
    size_t programs; /* entry points among the done */
    struct flow_variable variables[VARIABLES];
};

static int read_template(const struct flow_layout *layout, const char *name, struct flow_buf *text,
                         struct flow_error *err)
{
    struct flow_buf relative, path;
    flow_buf_init(&relative, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&relative, "scaffold/%s", name);
    int result = flow_buf_check(&relative, "path of a template", err) < 0
                     ? -1
                     : flow_language_file(layout->language, relative.data, &path, err);
    if (result == 0)
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "language '%s' has no '%s'",
                                flow_language_name(layout->language), relative.data);
    else if (result > 0)
        result = flow_file_read(path.data, text, err);
    flow_buf_release(&path);
    flow_buf_release(&relative);
    return result;
}

static int add_file(struct making *m, const char *name, const char *template, struct flow_error *err)
{
    struct flow_scaffold *out = m->out;
    struct flow_buf raw, path, text;
    flow_buf_init(&raw, FLOW_BUF_TEXT);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    if (*m->layout->root)
        flow_buf_printf(&path, "%s/", m->layout->root);
    int result = flow_template_fill(&path, name, m->variables, VARIABLES, "a scaffold's file name", err);
    if (result == 0)
        result = read_template(m->layout, template, &raw, err);
    if (result == 0)
        result = flow_template_fill(&text, raw.data, m->variables, VARIABLES, template, err);
    if (result == 0)
        result = flow_grow(&out->files, &out->cap, out->count + 1, sizeof *out->files, err);
    if (result == 0) {
        size_t len = text.len;
        struct flow_scaffold_file file = {
            .path = flow_buf_detach(&path), .text = flow_buf_detach(&text), .len = len};
        out->files[out->count++] = file;
        if (!file.path || !file.text)
            result = flow_error_nomem(err);
    }
    flow_buf_release(&text);
    flow_buf_release(&path);
    flow_buf_release(&raw);
    return result;
}

// The plain name of a program: its file's stem.
static int program_name(struct flow_buf *out, const char *unit)
{
    const char *base = flow_path_base(unit);
    flow_buf_clear(out);
    flow_buf_add(out, base, (size_t)(flow_path_ext(base) - base));
    return out->failed ? -1 : 0;
}

// One file for each entry point that is done.
static int add_programs(struct making *m, const char *name, const char *template, struct flow_error *err)
{
    struct flow_buf program;
    flow_buf_init(&program, FLOW_BUF_LINE);
    int result = 0;
    for (size_t i = 0; result == 0 && i < m->layout->count; i++) {
        const struct flow_place *place = &m->layout->places[i];
        if (!place->is_root || !m->done[i])
            continue;
        if (program_name(&program, place->unit) < 0)
            result = flow_error_nomem(err);
        m->variables[4] = (struct flow_variable){"entry", module_tail(m->layout->rules, place->module)};
        m->variables[5] = (struct flow_variable){"program", program.data};
        if (result == 0)
            result = add_file(m, name, template, err);
    }
    m->variables[4] = (struct flow_variable){"entry", ""};
    m->variables[5] = (struct flow_variable){"program", ""};
    flow_buf_release(&program);
    return result;
}

// What a build file says of a port with a layer of C ABI, whether that is done or not.
static const char *layer_text(const struct flow_layout *layout)
{
    for (size_t i = 0; i < layout->count; i++)
        if (layout->places[i].c_abi)
            return flow_config_str(layout->rules->conf, "c-abi.build", "");
    return "";
}

static size_t count_programs(const struct flow_layout *layout)
{
    size_t count = 0;
    for (size_t i = 0; i < layout->count; i++)
        count += layout->places[i].is_root;
    return count;
}

static int add_named(struct making *m, const char *name, struct flow_error *err)
{
    struct flow_buf key;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_printf(&key, "file.%s.template", name);
    const char *template = flow_config_str(m->layout->rules->conf, key.data, "");
    int result = flow_buf_check(&key, "rule of the scaffold", err);
    flow_buf_clear(&key);
    flow_buf_printf(&key, "file.%s.when", name);
    const char *when = flow_config_str(m->layout->rules->conf, key.data, "");
    if (result == 0)
        result = flow_buf_check(&key, "rule of the scaffold", err);
    flow_buf_release(&key);
    if (result)
        return result;
    if (strcmp(when, "") == 0)
        return add_file(m, name, template, err);
    if ((strcmp(when, "program") == 0 && m->programs == 1) ||
        (strcmp(when, "programs") == 0 && m->programs > 1))
        return add_programs(m, name, template, err);
    return 0;
}

int flow_scaffold_make(struct flow_scaffold *out, const struct flow_layout *layout,
                       const struct flow_config *config, const bool *done, struct flow_error *err)
{
    *out = (struct flow_scaffold){0};
    if (layout->in_place)
        return 0;
    struct flow_buf modules;
    struct flow_strv names;
    flow_buf_init(&modules, FLOW_BUF_TEXT);
    flow_strv_init(&names);
    int result = modules_text(&modules, layout, done, err);
    if (result == 0)
        result = flow_config_subsections(layout->rules->conf, "file", &names, err);
    struct making m = {.out = out, .layout = layout, .done = done, .programs = count_programs(layout)};
    struct flow_variable variables[VARIABLES] = {{"name", layout->project},
                                                 {"crate", layout->crate},
                                                 {"version", flow_rules_version(layout->rules, config)},
                                                 {"modules", modules.data},
                                                 {"entry", ""},
                                                 {"program", ""},
                                                 {"c-abi", layer_text(layout)}};
    memcpy(m.variables, variables, sizeof variables);
    for (size_t i = 0; result == 0 && i < names.count; i++)
        result = add_named(&m, names.items[i], err);
    if (result < 0)
        flow_scaffold_release(out);
    flow_strv_release(&names);
    flow_buf_release(&modules);
    return result < 0 ? -1 : 0;
}

// A file of the scaffold that is about one unit; nothing where the language has none.
static int describe_by(const char *name, const struct flow_layout *layout, const struct flow_config *config,
                       const struct flow_place *place, struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf path, text;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_language_file(layout->language, name, &path, err);
    if (result > 0)
        result = flow_file_read(path.data, &text, err);
    if (result == 0) {
        struct flow_variable variables[] = {{"name", layout->project},
                                            {"crate", layout->crate},
                                            {"version", flow_rules_version(layout->rules, config)},
                                            {"module", place->module}};
        result =
            flow_template_fill(out, text.data, variables, sizeof variables / sizeof *variables, name, err);
    }
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result < 0 ? -1 : 0;
}

int flow_layout_describe(const struct flow_layout *layout, const struct flow_config *config, const char *unit,
                         struct flow_buf *out, struct flow_error *err)
{
    const struct flow_place *place = flow_layout_find(layout, unit);
    if (!place)
        return flow_error_set(err, FLOW_E_INTERNAL, "unit '%s' has no place", unit);
    int result = describe_by("scaffold/about.md", layout, config, place, out, err);
    if (result == 0 && place->c_abi)
        result = describe_by("scaffold/c-abi.md", layout, config, place, out, err);
    return result;
}
