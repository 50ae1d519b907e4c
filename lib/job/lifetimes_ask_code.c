// SPDX-License-Identifier: MIT
/*
 * The code that an agent is shown: the structs, what they point to, and the functions in which something
 * happens to the fields. A small file is shown whole.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "lifetimes_ask.h"

#define WHOLE_MAX    ((size_t)24 << 10) /* bytes of a file that is shown whole */
#define CODE_MAX     ((size_t)96 << 10) /* bytes of all parts together; what comes later is left out */
#define FUNCTION_MAX 80                 /* lines of a function that is shown whole … */
#define AROUND       12                 /* … and around a place in a larger one, or in none */
#define STRUCT_MAX   160                /* lines of a struct */

/*
 * Files.
 */

static int count_lines(struct ask *ask, struct ask_file *file, struct flow_error *err)
{
    size_t count = 1;
    for (size_t i = 0; i < file->text.len; i++)
        count += file->text.data[i] == '\n';
    file->starts = flow_arena_alloc(&ask->arena, (count + 2) * sizeof *file->starts);
    if (!file->starts)
        return flow_error_nomem(err);
    for (size_t i = 0; i < file->text.len;) {
        const char *newline = memchr(file->text.data + i, '\n', file->text.len - i);
        file->starts[file->line_count++] = (uint32_t)i;
        i = newline ? (size_t)(newline - file->text.data) + 1 : file->text.len;
    }
    file->starts[file->line_count] = (uint32_t)file->text.len;
    return 0;
}

// Reads it, and asks whether it may be sent.
static int open_file(struct ask *ask, struct ask_file *file, const struct flow_entry *entry,
                     struct flow_error *err)
{
    const struct flow_analysis *analysis = ask->model->analysis;
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int held = flow_snapshot_read(ask->options->repo, analysis->snapshot, entry, &file->text, err);
    if (held == 0)
        held = flow_send_check(ask->send, file->path, file->text.data, file->text.len, &why, err);
    if (held == 1) {
        file->held = flow_arena_str(&ask->arena, why.data);
        held = file->held ? 0 : flow_error_nomem(err);
    }
    flow_buf_release(&why);
    return held == 0 ? count_lines(ask, file, err) : -1;
}

static const struct flow_language *language_of(const struct flow_analysis *analysis,
                                               const struct flow_entry *entry)
{
    return analysis->sources[entry - analysis->snapshot->entries].language;
}

int ask_file_get(struct ask *ask, const char *path, struct ask_file **out, struct flow_error *err)
{
    const struct flow_analysis *analysis = ask->model->analysis;
    const union flow_map_value *known = flow_map_get(ask->files, path);
    *out = known ? known->ptr : NULL;
    const struct flow_entry *entry = known ? NULL : flow_snapshot_find(analysis->snapshot, path);
    if (!entry)
        return 0;
    if (flow_grow(&ask->file_list, &ask->file_cap, ask->file_count + 1, sizeof *ask->file_list, err))
        return -1;
    struct ask_file *file = flow_arena_alloc(&ask->arena, sizeof *file);
    if (!file)
        return flow_error_nomem(err);
    file->path = entry->path;
    file->language = language_of(analysis, entry);
    flow_buf_init(&file->text, FLOW_BUF_FILE);
    ask->file_list[ask->file_count++] = file;
    *out = file;
    return open_file(ask, file, entry, err) || flow_map_set_ptr(ask->files, path, file, err) ? -1 : 0;
}

static void trim(const char **text, size_t *len)
{
    while (*len > 0 && strchr(" \t\r\n", **text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && strchr(" \t\r\n", (*text)[*len - 1]))
        (*len)--;
}

static bool reads_like(const struct ask_file *file, uint32_t line, const char *quote, size_t len)
{
    const char *text = file->text.data + file->starts[line - 1];
    size_t text_len = file->starts[line] - file->starts[line - 1];
    trim(&text, &text_len);
    return text_len == len && memcmp(text, quote, len) == 0;
}

bool ask_file_has(const struct ask_file *file, const char *quote, uint32_t *line)
{
    size_t len = strlen(quote);
    trim(&quote, &len);
    for (uint32_t off = 0; len > 0 && off <= file->line_count + *line; off++) {
        const uint32_t near[] = {*line + off, *line > off ? *line - off : 0};
        for (size_t i = 0; i < 2; i++) {
            if (near[i] == 0 || near[i] > file->line_count || !reads_like(file, near[i], quote, len))
                continue;
            *line = near[i];
            return true;
        }
    }
    return false;
}

/*
 * Parts.
 */
struct part {
    struct ask_file *file;
    uint32_t from, to; /* lines */
};

struct code {
    struct ask *ask;
    struct part *parts;
    size_t count, cap;
    size_t bytes;
};

static uint32_t line_at(const struct ask_file *file, uint32_t byte)
{
    uint32_t low = 0, high = file->line_count;
    while (low + 1 < high) {
        uint32_t middle = low + (high - low) / 2;
        if (file->starts[middle] <= byte)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

// Whether lines are shown already by one part.
static bool is_shown(const struct code *code, const struct ask_file *file, uint32_t from, uint32_t to)
{
    for (size_t i = 0; i < code->count; i++)
        if (code->parts[i].file == file && code->parts[i].from <= from && code->parts[i].to >= to)
            return true;
    return false;
}

static int add(struct code *code, struct ask_file *file, uint32_t from, uint32_t to, struct flow_error *err)
{
    if (!file || file->held || file->line_count == 0)
        return 0;
    if (file->text.len <= WHOLE_MAX) {
        from = 1;
        to = file->line_count;
    }
    from = from < 1 ? 1 : from;
    to = to > file->line_count ? file->line_count : to;
    if (from > to || is_shown(code, file, from, to))
        return 0;
    size_t bytes = file->starts[to] - file->starts[from - 1];
    if (code->bytes + bytes > CODE_MAX)
        return 0;
    if (flow_grow(&code->parts, &code->cap, code->count + 1, sizeof *code->parts, err))
        return -1;
    code->parts[code->count++] = (struct part){file, from, to};
    code->bytes += bytes;
    return 0;
}

static int add_around(struct code *code, struct ask_file *file, uint32_t line, struct flow_error *err)
{
    return add(code, file, line > AROUND ? line - AROUND : 1, line + AROUND, err);
}

static int add_type(struct code *code, const struct own_type *type, struct flow_error *err)
{
    struct ask_file *file;
    if (!type || type->start_line == 0)
        return 0;
    uint32_t most = type->start_line + STRUCT_MAX, end = type->end_line < most ? type->end_line : most;
    if (ask_file_get(code->ask, type->file->path, &file, err))
        return -1;
    return add(code, file, type->start_line, end, err);
}

static int add_event(struct code *code, const struct own_event *event, struct flow_error *err)
{
    const struct own_function *function = event->function;
    struct ask_file *file;
    if (ask_file_get(code->ask, event->file->path, &file, err))
        return -1;
    if (!file || file->line_count == 0)
        return 0;
    if (function && function->file == event->file && function->end > function->start) {
        uint32_t from = line_at(file, function->start), to = line_at(file, function->end);
        if (to - from <= FUNCTION_MAX)
            return add(code, file, from, to, err);
    }
    return add_around(code, file, event->line, err);
}

// In the order of what matters most, since there is a limit.
static int collect(struct code *code, const struct ask_task *task, struct flow_error *err)
{
    struct ask_file *own;
    if (ask_file_get(code->ask, task->file, &own, err))
        return -1;
    for (size_t i = 0; i < task->count; i++) {
        const struct own_field *field = task->fields[i].field;
        if (add_type(code, field->owner, err) || add_around(code, own, task->fields[i].row->line, err))
            return -1;
    }
    for (size_t i = 0; i < task->count; i++)
        for (const struct own_event *event = task->fields[i].field->events; event; event = event->next)
            if (add_event(code, event, err))
                return -1;
    for (size_t i = 0; i < task->count; i++)
        if (add_type(code, task->fields[i].field->pointee, err))
            return -1;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct part *left = a, *right = b;
    int order = strcmp(left->file->path, right->file->path);
    return order ? order : left->from < right->from ? -1 : left->from > right->from;
}

// Parts that touch become one.
static void join(struct code *code)
{
    size_t kept = 0;
    qsort(code->parts, code->count, sizeof *code->parts, by_place);
    for (size_t i = 0; i < code->count; i++) {
        struct part *last = kept > 0 ? &code->parts[kept - 1] : NULL;
        const struct part part = code->parts[i];
        if (last && last->file == part.file && part.from <= last->to + 1)
            last->to = part.to > last->to ? part.to : last->to;
        else
            code->parts[kept++] = part;
    }
    code->count = kept;
}

static int print(const struct code *code, struct ask_task *task, struct flow_buf *out, struct flow_error *err)
{
    // Refuters are shown the same once more.
    free(task->shown);
    task->shown_count = 0;
    task->shown = calloc(code->count + 1, sizeof *task->shown);
    if (!task->shown)
        return flow_error_nomem(err);
    for (size_t i = 0; i < code->count; i++) {
        const struct part *part = &code->parts[i];
        const struct ask_file *file = part->file;
        if (i == 0 || file != code->parts[i - 1].file) {
            task->shown[task->shown_count++] = part->file;
            flow_buf_puts(out, "`");
            flow_str_show(out, file->path, strlen(file->path));
            flow_buf_puts(out, "`:\n\n");
        }
        const char *text = file->text.data + file->starts[part->from - 1];
        flow_prompt_fence(out, file->language ? flow_language_name(file->language) : "", text,
                          file->starts[part->to] - file->starts[part->from - 1], part->from);
        flow_buf_putc(out, '\n');
    }
    return flow_buf_check(out, "code", err);
}

int ask_code(struct ask *ask, struct ask_task *task, struct flow_buf *out, struct flow_error *err)
{
    struct code code = {.ask = ask};
    int result = collect(&code, task, err);
    if (result == 0 && code.count > 0)
        join(&code);
    if (result == 0)
        result = print(&code, task, out, err);
    free(code.parts);
    return result;
}
