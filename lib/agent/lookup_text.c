// SPDX-License-Identifier: MIT
#include "lookup.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "parse.h"

/* A longer line is shown, and searched, up to here. */
#define LINE_MAX_BYTES ((size_t)400)
/* Regular expressions and texts to search for are short. */
#define PATTERN_MAX    ((size_t)256)

// Adds one line as "number: text"; false once the answer is full.
static bool add_line(struct flow_buf *out, size_t *lines, const char *path, size_t number, const char *text,
                     size_t len)
{
    size_t shown = flow_str_first_line(text, len, LINE_MAX_BYTES), before = out->len;

    if (*lines == FLOW_LOOKUP_LINES)
        return false;
    if (path != NULL)
        flow_buf_printf(out, "%s:", path);
    flow_buf_printf(out, "%zu: ", number);
    flow_buf_add(out, text, shown);
    flow_buf_puts(out, len - shown > 1 ? "…\n" : "\n");
    if (out->len > FLOW_LOOKUP_BYTES) {
        flow_buf_truncate(out, before);
        return false;
    }
    ++*lines;
    return true;
}

static size_t line_end(const struct flow_buf *text, size_t at)
{
    const char *end = memchr(text->data + at, '\n', text->len - at);

    return end != NULL ? (size_t)(end - text->data) : text->len;
}

int flow_lookup_read(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                     struct flow_error *err)
{
    const char *path = flow_json_str(flow_json_get(input, "path"));
    int64_t first = flow_json_int(flow_json_get(input, "first"), 1);
    int64_t last = flow_json_int(flow_json_get(input, "last"), INT64_MAX);
    size_t lines = 0, number = 0;
    struct flow_buf text;
    int rc;

    if (path == NULL || first < 1 || last < first)
        return flow_lookup_wrong(out, "give a path, and lines from 1: first ≤ last");
    flow_buf_init(&text, FLOW_BUF_FILE);
    rc = flow_lookup_file(l, path, &text, out, err);
    for (size_t at = 0; rc == 0 && at < text.len && (int64_t)number < last;) {
        size_t end = line_end(&text, at);
        number++;
        if ((int64_t)number >= first && !add_line(out, &lines, NULL, number, text.data + at, end - at)) {
            flow_buf_printf(out, "(the file goes on: ask again from line %zu)\n", number);
            break;
        }
        at = end + 1;
    }
    if (rc == 0 && lines == 0)
        flow_buf_printf(out, "(the file has %zu lines)\n", number);
    flow_buf_release(&text);
    return rc;
}

/* What to look for in each line. */
struct pattern {
    const char *text;
    size_t len;
    regex_t regex;
    bool is_regex;
    struct flow_buf line; /* NUL-terminated, for regexec */
};

static bool line_matches(struct pattern *pattern, const char *line, size_t len)
{
    if (len > LINE_MAX_BYTES)
        len = LINE_MAX_BYTES;
    if (!pattern->is_regex)
        return flow_bytes_find(line, len, pattern->text, pattern->len) != NULL;
    flow_buf_clear(&pattern->line);
    flow_buf_add(&pattern->line, line, len);
    return regexec(&pattern->regex, pattern->line.data, 0, NULL, 0) == 0;
}

// 0 go on, 1 the answer is full.
static int search_file(const char *path, const struct flow_buf *text, struct pattern *pattern, size_t *lines,
                       struct flow_buf *out)
{
    size_t number = 0;

    for (size_t at = 0; at < text->len;) {
        size_t end = line_end(text, at);
        number++;
        if (line_matches(pattern, text->data + at, end - at) &&
            !add_line(out, lines, path, number, text->data + at, end - at))
            return 1;
        at = end + 1;
    }
    return 0;
}

static bool is_binary(const struct flow_buf *text)
{
    return memchr(text->data, '\0', text->len < 8000 ? text->len : 8000) != NULL;
}

static int search_all(struct flow_lookups *l, const char *glob, struct pattern *pattern, struct flow_buf *out,
                      struct flow_error *err)
{
    const struct flow_snapshot *snapshot = l->options.snapshot;
    size_t lines = 0;
    struct flow_buf text;
    int rc = 0;

    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; rc == 0 && i < snapshot->count; i++) {
        const struct flow_entry *entry = &snapshot->entries[i];
        if (entry->kind != FLOW_ENTRY_FILE || entry->size > FLOW_LOOKUP_FILE_MAX ||
            (glob != NULL && !flow_glob_match(glob, entry->path)))
            continue;
        flow_buf_clear(&text);
        int held = flow_lookup_entry(l, entry, &text, err);
        if (held < 0)
            rc = -1;
        else if (held == 0 && !is_binary(&text))
            rc = search_file(entry->path, &text, pattern, &lines, out);
    }
    if (rc == 1)
        flow_buf_puts(out, "(there are more: narrow the search with a glob)\n");
    if (rc >= 0 && lines == 0)
        flow_buf_puts(out, "(no line matches)\n");
    flow_buf_release(&text);
    return rc < 0 ? -1 : 0;
}

/*
 * glibc's matcher takes time that grows with the expression and the line; repeats inside repeats and back
 * references are what makes it explode, so they are refused, and lines are cut.
 */
static bool is_harmless(const char *text)
{
    int repeats = 0;

    for (; *text != '\0'; text++) {
        if (*text == '\\' && text[1] >= '1' && text[1] <= '9')
            return false;
        if (*text == '\\' && text[1] != '\0')
            text++;
        else if (*text == '{')
            return false;
        else if (*text == '*' || *text == '+')
            repeats++;
    }
    return repeats <= 8;
}

int flow_lookup_search(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                       struct flow_error *err)
{
    const char *text = flow_json_str(flow_json_get(input, "text"));
    const char *regex = flow_json_str(flow_json_get(input, "regex"));
    const char *glob = flow_json_str(flow_json_get(input, "glob"));
    const char *wanted = text != NULL ? text : regex;
    struct pattern pattern = {.text = text};
    int rc;

    if ((text != NULL) == (regex != NULL) || *wanted == '\0' || strlen(wanted) > PATTERN_MAX ||
        strchr(wanted, '\n') != NULL)
        return flow_lookup_wrong(out, "give either a text or a regex, of one line");
    if (regex != NULL) {
        if (!is_harmless(regex) || regcomp(&pattern.regex, regex, REG_EXTENDED | REG_NOSUB) != 0)
            return flow_lookup_wrong(out, "the regex is not one that is taken: POSIX extended syntax without "
                                          "back references and without {n}");
        pattern.is_regex = true;
    }
    pattern.len = text != NULL ? strlen(text) : 0;
    flow_buf_init(&pattern.line, LINE_MAX_BYTES);
    rc = search_all(l, glob, &pattern, out, err);
    flow_buf_release(&pattern.line);
    if (pattern.is_regex)
        regfree(&pattern.regex);
    return rc;
}

// Adds what stands directly in a folder: the part of each path behind it, folders once and with a '/'.
int flow_lookup_list(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                     struct flow_error *err)
{
    const struct flow_snapshot *snapshot = l->options.snapshot;
    const char *path = flow_json_str(flow_json_get(input, "path")), *last = "";
    size_t len, lines = 0, last_len = 0;

    (void)err;
    len = path != NULL ? strlen(path) : 0;
    while (len > 0 && path[len - 1] == '/')
        len--;
    if (len == 1 && path[0] == '.')
        len = 0;
    for (size_t i = 0; i < snapshot->count; i++) {
        const char *rest = snapshot->entries[i].path;
        if (len > 0 && (strncmp(rest, path, len) != 0 || rest[len] != '/'))
            continue;
        rest += len > 0 ? len + 1 : 0;
        size_t name = strcspn(rest, "/"), shown = name + (rest[name] == '/');
        if (shown == last_len && memcmp(rest, last, shown) == 0)
            continue;
        if (lines++ == FLOW_LOOKUP_LINES || out->len + shown + 1 > FLOW_LOOKUP_BYTES) {
            flow_buf_puts(out, "(there are more)\n");
            return 0;
        }
        flow_str_show(out, rest, shown);
        flow_buf_putc(out, '\n');
        last = rest;
        last_len = shown;
    }
    return lines > 0 ? 0 : flow_lookup_wrong(out, "there is no such folder");
}
