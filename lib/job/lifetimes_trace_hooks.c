// SPDX-License-Identifier: MIT
/*
 * Sources with hooks: each assignment to a field of the table is put between two texts that the language has
 * for it, so that its value is told as it is stored. What is assigned stays as it is, and so do all lines.
 * Initializers, and what stands in the body of a macro, have no hooks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "lifetimes_trace.h"

// The assignment that an event was made of.
static const struct own_record *assignment_of(const struct own_event *event)
{
    for (size_t i = 0; i < event->file->record_count; i++) {
        const struct own_record *record = &event->file->records[i];
        if ((record->kind == OWN_ASSIGN || record->kind == OWN_AGAIN) && record->line == event->line &&
            (event->text == record->value || event->text == record->name))
            return record;
    }
    return NULL;
}

static int add_stores(struct trace *trace, struct flow_lifetime *row, struct flow_error *err)
{
    const struct own_field *field = own_field_of_row(trace->lifetimes, row);
    for (const struct own_event *event = field ? field->events : NULL; event; event = event->next) {
        if (event->kind >= OWN_FREED || event->file->conf->language != trace->language)
            continue;
        const struct own_record *record = assignment_of(event);
        if (!record)
            continue;
        if (flow_grow(&trace->stores, &trace->store_cap, trace->store_count + 1, sizeof *trace->stores, err))
            return -1;
        trace->stores[trace->store_count++] =
            (struct trace_store){.row = row, .field = field, .file = event->file, .record = record};
    }
    return 0;
}

int trace_find_stores(struct trace *trace, struct flow_error *err)
{
    struct flow_lifetimes *lifetimes = trace->lifetimes;
    for (size_t i = 0; i < lifetimes->count; i++)
        if (add_stores(trace, &lifetimes->rows[i], err) != 0)
            return -1;
    return 0;
}

/*
 * The texts.
 */

struct hooks {
    struct trace *trace;
    struct flow_config *config;
    struct flow_strv effects;
    struct flow_arena arena;
    char header[4096];
};

// A piece of text that goes into a source.
struct insertion {
    uint32_t at;
    bool closes;
    uint32_t length; // of the assignment
    const char *text;
};

static const char *value_of(const char *name, size_t len, const char *const *variables)
{
    for (; *variables; variables += 2)
        if (strlen(*variables) == len && memcmp(*variables, name, len) == 0)
            return variables[1];
    return "";
}

// The text that the language has under a key, with each ${NAME} replaced; variables: NAME, value, …, NULL.
static const char *fill(struct hooks *hooks, const char *key, const char *const *variables,
                        struct flow_error *err)
{
    const char *text = flow_config_str(hooks->config, key, "");
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_LINE);
    for (const char *open; (open = strstr(text, "${")) && strchr(open, '}');) {
        const char *close = strchr(open, '}');
        flow_buf_add(&out, text, (size_t)(open - text));
        flow_buf_puts(&out, value_of(open + 2, (size_t)(close - open) - 2, variables));
        text = close + 1;
    }
    flow_buf_puts(&out, text);
    const char *copy = NULL;
    if (flow_buf_check(&out, key, err) == 0 && !(copy = flow_arena_strn(&hooks->arena, out.data, out.len)))
        flow_error_nomem(err);
    flow_buf_release(&out);
    return copy;
}

// Whether a target may be looked at once more: it is known in full, and does nothing.
static bool is_plain(const struct hooks *hooks, const char *target)
{
    for (size_t i = 0; i < hooks->effects.count; i++)
        if (strstr(target, hooks->effects.items[i]))
            return false;
    return strlen(target) < OWN_TEXT_MAX;
}

static int make_insertions(struct hooks *hooks, size_t number, struct insertion out[2],
                           struct flow_error *err)
{
    const struct own_record *record = hooks->trace->stores[number].record;
    const char *target[] = {"target", record->name, NULL};
    char store[24];
    snprintf(store, sizeof store, "%zu", number + 1);
    const char *place =
        fill(hooks, is_plain(hooks, record->name) ? "source.place" : "source.nowhere", target, err);
    const char *variables[] = {"store", store, "place", place, NULL};
    uint32_t length = record->end - record->start;
    if (!place)
        return -1;
    out[0] = (struct insertion){record->start, false, length, fill(hooks, "source.before", variables, err)};
    out[1] = (struct insertion){record->end, true, length, fill(hooks, "source.after", variables, err)};
    return out[0].text && out[1].text ? 0 : -1;
}

// Of two at one place, what ends stands before what begins, and the inner one is nearer to what it is about.
static int by_place(const void *a, const void *b)
{
    const struct insertion *left = a, *right = b;
    if (left->at != right->at)
        return left->at < right->at ? -1 : 1;
    if (left->closes != right->closes)
        return left->closes ? -1 : 1;
    int shorter = left->length < right->length ? -1 : left->length > right->length;
    return left->closes ? shorter : -shorter;
}

static void put_hooks(struct hooks *hooks, struct insertion *items, size_t count,
                      const struct flow_buf *source, struct flow_buf *out, struct flow_error *err)
{
    const char *variables[] = {"hooks", hooks->header, NULL};
    const char *first = fill(hooks, "source.first", variables, err);
    size_t at = 0;
    qsort(items, count, sizeof *items, by_place);
    flow_buf_puts(out, first ? first : "");
    for (size_t i = 0; i < count && items[i].at <= source->len; i++) {
        flow_buf_add(out, source->data + at, items[i].at - at);
        flow_buf_puts(out, items[i].text);
        at = items[i].at;
    }
    flow_buf_add(out, source->data + at, source->len - at);
}

static int write_file(struct hooks *hooks, const struct own_file *file, struct flow_buf *out,
                      struct flow_error *err)
{
    struct trace *trace = hooks->trace;
    struct insertion *items = calloc(2 * trace->store_count, sizeof *items);
    struct flow_buf source;
    size_t count = 0;
    if (!items)
        return flow_error_nomem(err);
    flow_buf_init(&source, FLOW_BUF_FILE);
    const struct flow_analysis *analysis = trace->model->analysis;
    int result = flow_snapshot_read(trace->options->repo, analysis->snapshot,
                                    analysis->sources[file->source].entry, &source, err);
    for (size_t i = 0; i < trace->store_count && result == 0; i++) {
        if (trace->stores[i].file != file)
            continue;
        result = make_insertions(hooks, i, &items[count], err);
        count += 2;
    }
    if (result == 0) {
        put_hooks(hooks, items, count, &source, out, err);
        result = flow_buf_check(out, file->path, err);
    }
    flow_buf_release(&source);
    free(items);
    return result;
}

static bool has_stores(const struct trace *trace, const struct own_file *file)
{
    for (size_t i = 0; i < trace->store_count; i++)
        if (trace->stores[i].file == file)
            return true;
    return false;
}

static int write_tree(struct hooks *hooks, struct flow_error *err)
{
    struct trace *trace = hooks->trace;
    struct own_model *model = trace->model;
    struct tree_file *files = calloc(model->file_count + 1, sizeof *files);
    struct flow_buf *texts = calloc(model->file_count + 1, sizeof *texts);
    size_t count = 0;
    int result = files && texts ? 0 : flow_error_nomem(err);
    for (size_t i = 0; i < model->file_count && result == 0; i++) {
        const struct own_file *file = &model->files[i];
        if (!has_stores(trace, file))
            continue;
        flow_buf_init(&texts[count], FLOW_BUF_FILE);
        result = write_file(hooks, file, &texts[count], err);
        files[count] =
            (struct tree_file){.path = file->path, .text = texts[count].data, .len = texts[count].len};
        count++;
    }
    const struct tree tree = {.root = trace->dir.data,
                              .repo = trace->options->repo,
                              .snapshot = model->analysis->snapshot,
                              .files = files,
                              .count = count};
    if (result == 0)
        result = tree_sync(&tree, err);
    for (size_t i = 0; i < count; i++)
        flow_buf_release(&texts[i]);
    free(texts);
    free(files);
    return result;
}

// Reads a file of the language's folder.
static int read_own(struct trace *trace, const char *name, struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    int found = flow_language_file(trace->language, name, &path, err);
    int result = found < 0 ? -1 : 0;
    if (found == 0)
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "the language %s has no '%s': install flow anew",
                                flow_language_name(trace->language), name);
    if (found == 1)
        result = flow_file_read(path.data, out, err);
    flow_buf_release(&path);
    return result;
}

// The words of a value.
static int read_words(const char *value, struct flow_strv *out, struct flow_error *err)
{
    int result = 0;
    for (size_t len; result == 0 && *(value += strspn(value, " ")); value += len) {
        len = strcspn(value, " ");
        result = flow_strv_addn(out, value, len, err);
    }
    return result;
}

static int read_conf(struct hooks *hooks, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = read_own(hooks->trace, "trace.conf", &text, err) || flow_config_new(&hooks->config, err) ||
                         flow_config_add_installed(hooks->config, text.data, text.len, "'trace.conf'", err)
                     ? -1
                     : 0;
    if (result == 0)
        result = read_words(flow_config_str(hooks->config, "source.effect", ""), &hooks->effects, err);
    flow_buf_release(&text);
    return result;
}

// Copies what the sources include to where the sandbox shows it.
static int copy_header(struct hooks *hooks, struct flow_error *err)
{
    const char *name = flow_config_str(hooks->config, "source.hooks", "");
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    snprintf(hooks->header, sizeof hooks->header, "%s/%s", hooks->trace->notes.data, name);
    int result = read_own(hooks->trace, name, &text, err);
    if (result == 0)
        result = flow_file_write(hooks->header, text.data, text.len, 0666, err);
    flow_buf_release(&text);
    return result;
}

int trace_write_sources(struct trace *trace, struct flow_error *err)
{
    struct hooks hooks = {.trace = trace};
    flow_strv_init(&hooks.effects);
    flow_arena_init(&hooks.arena);
    int result = read_conf(&hooks, err) || copy_header(&hooks, err) || write_tree(&hooks, err) ? -1 : 0;
    flow_config_free(hooks.config);
    flow_arena_release(&hooks.arena);
    flow_strv_release(&hooks.effects);
    return result;
}
