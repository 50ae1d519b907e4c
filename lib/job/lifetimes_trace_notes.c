// SPDX-License-Identifier: MIT
// What the processes of a traced run noted. The program under test could write these files: nothing in them
// is trusted.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "lifetimes_trace.h"

#define MAX_FILES 100000

void trace_seen(struct own_model *model, struct flow_lifetime *row, enum own_trace what, const char *path,
                uint32_t line, uint64_t count)
{
    struct own_traced *traced = row->trace ? row->trace : flow_arena_alloc(&model->arena, sizeof *traced);
    row->trace = traced;
    for (struct own_trace_fact *fact = traced ? traced->facts : NULL; fact; fact = fact->next) {
        if (fact->what == what && fact->line == line && strcmp(fact->path, path) == 0) {
            fact->count += count;
            traced->counts[what] += count;
            return;
        }
    }
    struct own_trace_fact *fact = traced ? flow_arena_alloc(&model->arena, sizeof *fact) : NULL;
    if (!fact) {
        model->failed = true;
        return;
    }
    *fact = (struct own_trace_fact){what, path, line, count, traced->facts};
    traced->facts = fact;
    traced->counts[what] += count;
}

static bool is_free(uint32_t kind)
{
    return kind == FLOW_TRACE_HELD || kind == FLOW_TRACE_TOGETHER || kind == FLOW_TRACE_TAKEN ||
           kind == FLOW_TRACE_OUTLIVED || kind == FLOW_TRACE_MOVED;
}

// The number of a program or library of the build tree; SIZE_MAX of one that is none.
static size_t module_of(struct trace *trace, const struct flow_trace_module *module)
{
    char path[sizeof module->path];
    memcpy(path, module->path, sizeof path);
    path[sizeof path - 1] = '\0';
    // What the shell would read as something else is no file of a build.
    if (!flow_str_starts(path, trace->root.data) || path[trace->root.len] != '/' || strpbrk(path, "'\n"))
        return SIZE_MAX;
    long known = flow_strv_find(&trace->modules, path);
    if (known >= 0)
        return (size_t)known;
    struct flow_error own = FLOW_ERROR_INIT;
    if (flow_strv_add(&trace->modules, path, &own) != 0) {
        trace->model->failed = true;
        return SIZE_MAX;
    }
    return trace->modules.count - 1;
}

static void put_stack(const struct flow_trace_file *file, const size_t *modules, uint32_t module_count,
                      const struct flow_trace_record *record, struct trace_note *out)
{
    for (size_t i = 0; i < FLOW_TRACE_DEPTH && record->stack[i]; i++) {
        // An address to return to is behind the call.
        uint64_t at = record->stack[i] - 1;
        for (uint32_t k = 0; k < module_count; k++) {
            const struct flow_trace_module *module = &file->modules[k];
            if (at < module->low || at >= module->high)
                continue;
            if (modules[k] != SIZE_MAX) {
                out->stack[out->depth].module = modules[k];
                out->stack[out->depth++].address = at - module->bias;
            }
            break;
        }
    }
}

static int add_note(struct trace *trace, const struct trace_note *note, struct flow_error *err)
{
    bool added;
    // All of a note but how often it was made tells it from others.
    struct trace_note key;
    memcpy(&key, note, sizeof key);
    key.count = 0;
    union flow_map_value *value = flow_map_ensure(trace->notes_at, (const char *)&key, sizeof key, &added);
    if (!value)
        return flow_error_nomem(err);
    if (!added) {
        ((struct trace_note *)value->ptr)->count += note->count;
        return 0;
    }
    struct trace_note *copy = flow_arena_alloc(&trace->model->arena, sizeof *copy);
    if (!copy || flow_grow(&trace->items, &trace->cap, trace->count + 1, sizeof *trace->items, err) != 0)
        return flow_error_nomem(err);
    *copy = *note;
    value->ptr = trace->items[trace->count++] = copy;
    return 0;
}

static int read_records(struct trace *trace, const struct flow_trace_file *file, struct flow_error *err)
{
    size_t modules[FLOW_TRACE_MODULES];
    uint32_t module_count = file->module_count < FLOW_TRACE_MODULES ? file->module_count : FLOW_TRACE_MODULES;
    for (uint32_t i = 0; i < module_count; i++)
        modules[i] = module_of(trace, &file->modules[i]);
    for (size_t i = 0; i < FLOW_TRACE_RECORDS; i++) {
        const struct flow_trace_record *record = &file->records[i];
        if (record->store == 0 || record->store > trace->store_count || record->kind >= FLOW_TRACE_KINDS)
            continue;
        const struct trace_store *store = &trace->stores[record->store - 1];
        if (!is_free(record->kind)) {
            trace_seen(trace->model, store->row, (enum own_trace)record->kind, store->file->path,
                       store->record->line, record->count);
            continue;
        }
        struct trace_note note;
        memset(&note, 0, sizeof note);
        note.store = record->store - 1;
        note.kind = (enum flow_trace_kind)record->kind;
        note.count = record->count;
        put_stack(file, modules, module_count, record, &note);
        if (add_note(trace, &note, err) != 0)
            return -1;
    }
    return 0;
}

static int read_file(struct trace *trace, const char *name, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf path, text;
    int result = 0;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, sizeof(struct flow_trace_file) + 1);
    flow_path_join(&path, trace->notes.data, name);
    struct flow_trace_file *file = malloc(sizeof *file);
    if (!file)
        result = flow_error_nomem(err);
    else if (flow_buf_check(&path, "path", &own) == 0 && flow_file_read(path.data, &text, &own) == 0 &&
             text.len == sizeof *file) {
        memcpy(file, text.data, sizeof *file);
        if (file->magic == FLOW_TRACE_MAGIC) {
            trace->outcome->processes++;
            trace->outcome->lost += file->lost;
            result = read_records(trace, file, err);
        }
    }
    free(file);
    flow_buf_release(&text);
    flow_buf_release(&path);
    return result;
}

int trace_read_notes(struct trace *trace, struct flow_error *err)
{
    DIR *dir = opendir(trace->notes.data);
    if (!dir)
        return flow_error_set(err, FLOW_E_ENV, "cannot read '%s': the tests took it away", trace->notes.data);
    int result = 0;
    size_t count = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(dir)) != NULL;) {
        if (flow_str_ends(entry->d_name, ".trace") && ++count <= MAX_FILES)
            result = read_file(trace, entry->d_name, err);
    }
    closedir(dir);
    if (result == 0 && count > MAX_FILES)
        trace->outcome->lost += count - MAX_FILES;
    return result;
}
