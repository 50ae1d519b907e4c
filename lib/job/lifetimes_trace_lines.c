// SPDX-License-Identifier: MIT
/*
 * Addresses to functions and lines, by addr2line: once for each program, in the sandbox, since the program
 * and so what it says of itself is the repository's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/build/sandbox.h"
#include "lifetimes_trace.h"

#define MARK "flow-module "

void trace_line_key(char key[TRACE_KEY], size_t module, uint64_t address)
{
    snprintf(key, TRACE_KEY, "%zu %" PRIx64, module, address);
}

// Writes the addresses of a module, one a line; *count: how many.
static int write_addresses(struct trace *trace, size_t module, const char *path, size_t *count,
                           struct flow_error *err)
{
    struct flow_buf text;
    int result = 0;
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < trace->count && result == 0; i++) {
        const struct trace_note *note = trace->items[i];
        for (size_t k = 0; k < note->depth && result == 0; k++) {
            char key[TRACE_KEY];
            trace_line_key(key, module, note->stack[k].address);
            if (note->stack[k].module != module || flow_map_get(trace->lines, key))
                continue;
            flow_buf_printf(&text, "0x%" PRIx64 "\n", note->stack[k].address);
            result = flow_map_set_ptr(trace->lines, key, NULL, err);
            (*count)++;
        }
    }
    if (result == 0)
        result = flow_buf_check(&text, "addresses", err);
    if (result == 0)
        result = flow_file_write(path, text.data, text.len, 0666, err);
    flow_buf_release(&text);
    return result;
}

static int write_script(struct trace *trace, struct flow_buf *script, size_t *count, struct flow_error *err)
{
    // A program that the tests took away again has no lines.
    flow_buf_puts(script, "command -v addr2line >&2 || exit\n");
    for (size_t i = 0; i < trace->modules.count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/addresses.%zu", trace->notes.data, i);
        if (write_addresses(trace, i, path, count, err) != 0)
            return -1;
        flow_buf_printf(script, "echo '" MARK "%zu'\naddr2line -a -f -i -e '%s' <'%s' || :\n", i,
                        trace->modules.items[i], path);
    }
    return flow_buf_check(script, "script", err);
}

// The path in the repository of what a compiler called a file; NULL where it is none of it.
static const char *path_in(struct trace *trace, const char *path, size_t len)
{
    struct flow_buf given, whole;
    const char *copy = NULL;
    flow_buf_init(&given, FLOW_BUF_LINE);
    flow_buf_init(&whole, FLOW_BUF_LINE);
    flow_buf_add(&given, path, len);
    flow_buf_puts(&given, "");
    flow_path_join(&whole, "/", given.failed ? "" : given.data);
    if (!whole.failed && flow_str_starts(whole.data, trace->dir.data) && whole.data[trace->dir.len] == '/')
        copy = flow_arena_str(&trace->model->arena, whole.data + trace->dir.len + 1);
    flow_buf_release(&whole);
    flow_buf_release(&given);
    return copy;
}

struct reader {
    struct trace *trace;
    union flow_map_value *value; // of the address that is being told; NULL: of none that was asked for
    struct trace_line *last;
    size_t module;
    const char *function; // waits for its line
    size_t function_len;
};

static int add_line(struct reader *reader, const char *text, size_t len, struct flow_error *err)
{
    struct trace *trace = reader->trace;
    const char *colon = NULL;
    for (const char *at = text; (at = memchr(at, ':', len - (size_t)(at - text))) != NULL; at++)
        colon = at;
    const char *path = colon ? path_in(trace, text, (size_t)(colon - text)) : NULL;
    if (!reader->value || !path)
        return 0;
    struct trace_line *line = flow_arena_alloc(&trace->model->arena, sizeof *line);
    // "f.part.0" is what a compiler makes of f.
    const char *dot = memchr(reader->function, '.', reader->function_len);
    size_t name = dot ? (size_t)(dot - reader->function) : reader->function_len;
    const char *function = line ? flow_arena_strn(&trace->model->arena, reader->function, name) : NULL;
    if (!function)
        return flow_error_nomem(err);
    *line = (struct trace_line){
        .function = function, .path = path, .line = (uint32_t)strtoul(colon + 1, NULL, 10)};
    *(reader->last ? &reader->last->outer : (struct trace_line **)&reader->value->ptr) = line;
    reader->last = line;
    return 0;
}

static int read_line(struct reader *reader, const char *text, size_t len, struct flow_error *err)
{
    if (len > strlen(MARK) && memcmp(text, MARK, strlen(MARK)) == 0) {
        reader->module = strtoul(text + strlen(MARK), NULL, 10);
        reader->function = NULL;
        return 0;
    }
    if (!reader->function && len > 2 && memcmp(text, "0x", 2) == 0) {
        char key[TRACE_KEY];
        trace_line_key(key, reader->module, strtoull(text + 2, NULL, 16));
        reader->value = flow_map_get(reader->trace->lines, key);
        // Told twice: the first time holds.
        if (reader->value && reader->value->ptr)
            reader->value = NULL;
        reader->last = NULL;
        return 0;
    }
    if (!reader->function) {
        reader->function = text;
        reader->function_len = len;
        return 0;
    }
    int result = add_line(reader, text, len, err);
    reader->function = NULL;
    return result;
}

static int read_lines(struct trace *trace, const struct flow_buf *text, struct flow_error *err)
{
    struct reader reader = {.trace = trace};
    for (size_t at = 0; at < text->len;) {
        const char *start = text->data + at, *newline = memchr(start, '\n', text->len - at);
        size_t len = newline ? (size_t)(newline - start) : text->len - at;
        if (read_line(&reader, start, len, err) != 0)
            return -1;
        at += len + 1;
    }
    return 0;
}

static int is_known(const char *key, union flow_map_value *value, void *payload)
{
    (void)key;
    *(bool *)payload = *(bool *)payload || value->ptr;
    return 0;
}

int trace_find_lines(struct trace *trace, struct flow_error *err)
{
    struct flow_buf script, out, talk;
    struct flow_sandbox_result ended;
    size_t count = 0;
    bool known = false;
    flow_buf_init(&script, FLOW_BUF_TEXT);
    flow_buf_init(&out, FLOW_BUF_FILE);
    flow_buf_init(&talk, FLOW_BUF_TEXT);
    int result = write_script(trace, &script, &count, err);
    if (result == 0 && count > 0)
        result = trace_run(trace, script.data, &out, &talk, &ended, err);
    if (result == 0 && count > 0 && ended.status != 0)
        result = flow_error_set(
            err, FLOW_E_ENV, "addr2line ended with status %d: it is a part of binutils, and has to be there",
            ended.status);
    if (result == 0)
        result = read_lines(trace, &out, err);
    if (result == 0)
        flow_map_each(trace->lines, is_known, &known);
    if (result == 0 && count > 0 && !known)
        result = flow_error_set(err, FLOW_E_ENV,
                                "the tests' programs do not say which lines they were made of: let "
                                "build.command take CC from the environment or compile with -g, and "
                                "test.command leave its programs there");
    flow_buf_release(&talk);
    flow_buf_release(&out);
    flow_buf_release(&script);
    return result;
}
