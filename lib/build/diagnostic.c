// SPDX-License-Identifier: MIT
#include "flow/build/diagnostic.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "plain.h"
#include "reading.h"
#include "rules.h"

// How many lines below the first one belong to a diagnostic, at most.
#define LINES_MAX 60

void flow_diagnostics_init(struct flow_diagnostics *list)
{
    *list = (struct flow_diagnostics){.count = 0};
    flow_arena_init(&list->arena);
}

void flow_diagnostics_release(struct flow_diagnostics *list)
{
    flow_arena_release(&list->arena);
    free(list->items);
    *list = (struct flow_diagnostics){.count = 0};
}

const char *flow_severity_name(enum flow_severity severity)
{
    static const char *const names[] = {"error", "warning", "note"};
    return names[severity];
}

static int compare_strings(const char *a, const char *b)
{
    if (!a || !b)
        return (a != NULL) - (b != NULL);
    return strcmp(a, b);
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int compare_items(const void *a, const void *b)
{
    const struct flow_diagnostic *left = a, *right = b;
    int order = compare_strings(left->place.file, right->place.file);
    if (order == 0)
        order = compare_numbers(left->place.line, right->place.line);
    if (order == 0)
        order = compare_numbers(left->place.column, right->place.column);
    if (order == 0)
        order = (int)left->severity - (int)right->severity;
    if (order == 0)
        order = compare_strings(left->code, right->code);
    return order == 0 ? compare_strings(left->message, right->message) : order;
}

// Sorts, takes equal ones together and counts.
static void tidy(struct flow_diagnostics *list)
{
    size_t count = 0;
    if (list->count > 0)
        qsort(list->items, list->count, sizeof *list->items, compare_items);
    list->errors = list->warnings = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct flow_diagnostic *item = &list->items[i];
        if (count > 0 && compare_items(&list->items[count - 1], item) == 0) {
            list->items[count - 1].times += item->times;
            continue;
        }
        list->errors += item->severity == FLOW_SEVERITY_ERROR;
        list->warnings += item->severity == FLOW_SEVERITY_WARNING;
        list->items[count++] = *item;
    }
    list->count = count;
}

// A reading of lines.
struct lines {
    struct flow_reading reading;
    const struct flow_build_rules *rules;
    const char *at, *end; // what is still to be read
    bool on_note;         // the last that began was a note
    bool fixes;           // the line above was a fix-it of the same
    bool collecting;      // lines still belong to the diagnostic above
    unsigned collected;
};

static size_t line_length(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return newline ? (size_t)(newline - at) : (size_t)(end - at);
}

static uint32_t number(const struct flow_match *match, enum flow_part part)
{
    char digits[12] = "";
    if (!match->at[part] || match->len[part] >= sizeof digits)
        return 0;
    memcpy(digits, match->at[part], match->len[part]);
    unsigned long value = strtoul(digits, NULL, 10);
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

// Whether the line is white space and marks that point at something in the line above.
static bool is_marks(const char *line, size_t len)
{
    size_t marks = 0;
    for (size_t i = 0; i < len; i++) {
        if (line[i] != ' ' && line[i] != '\t' && !strchr("^~|", line[i]))
            return false;
        marks += line[i] == '^';
    }
    return marks > 0;
}

static int set_place(struct lines *lines, struct flow_position *place, const struct flow_match *match,
                     struct flow_error *err)
{
    place->line = number(match, FLOW_PART_LINE);
    place->column = number(match, FLOW_PART_COLUMN);
    if (!match->at[FLOW_PART_FILE])
        return 0;
    return flow_reading_file(&lines->reading, match->at[FLOW_PART_FILE], match->len[FLOW_PART_FILE],
                             &place->file, &place->outside, err);
}

static int copy_part(struct lines *lines, const char **out, const struct flow_match *match,
                     enum flow_part part, struct flow_error *err)
{
    if (!match->at[part])
        return 0;
    size_t len = match->len[part];
    while (len > 0 && (match->at[part][len - 1] == ' ' || match->at[part][len - 1] == '\t'))
        len--;
    *out = flow_reading_str(&lines->reading, match->at[part], len, err);
    return *out ? 0 : -1;
}

static int begin_note(struct lines *lines, const struct flow_match *match, struct flow_error *err)
{
    struct flow_note note = {.severity = FLOW_SEVERITY_NOTE, .message = ""};
    if (set_place(lines, &note.place, match, err) ||
        copy_part(lines, &note.message, match, FLOW_PART_MESSAGE, err))
        return -1;
    lines->on_note = true;
    return flow_reading_note(&lines->reading, &note, err);
}

static int begin_item(struct lines *lines, const struct flow_match *match, struct flow_error *err)
{
    struct flow_reading *reading = &lines->reading;
    enum flow_severity severity = FLOW_SEVERITY_ERROR;
    if (match->at[FLOW_PART_SEVERITY])
        severity = flow_severity_of(match->at[FLOW_PART_SEVERITY], match->len[FLOW_PART_SEVERITY]);
    if (severity == FLOW_SEVERITY_NOTE && reading->open)
        return begin_note(lines, match, err);
    lines->on_note = false;
    lines->collected = 0;
    if (flow_reading_begin(reading, severity, err) || set_place(lines, &reading->item.place, match, err) ||
        copy_part(lines, &reading->item.code, match, FLOW_PART_CODE, err))
        return -1;
    return copy_part(lines, &reading->item.message, match, FLOW_PART_MESSAGE, err);
}

// Fills in what the diagnostic above, or the note above, does not have.
static int add_more(struct lines *lines, const struct flow_match *match, struct flow_error *err)
{
    struct flow_reading *reading = &lines->reading;
    struct flow_diagnostic *item = &reading->item;
    if (lines->on_note) {
        struct flow_note *note = &reading->notes[reading->note_count - 1];
        return note->place.file ? 0 : set_place(lines, &note->place, match, err);
    }
    if (match->at[FLOW_PART_FILE] && !item->place.file && set_place(lines, &item->place, match, err))
        return -1;
    if (!item->code && copy_part(lines, &item->code, match, FLOW_PART_CODE, err))
        return -1;
    return item->message ? 0 : copy_part(lines, &item->message, match, FLOW_PART_MESSAGE, err);
}

static int enter(struct lines *lines, enum flow_line kind, const struct flow_match *match,
                 struct flow_error *err)
{
    struct flow_strv *folders = &lines->reading.folders;
    if (kind == FLOW_LINE_LEAVE) {
        if (folders->count > 0)
            free(folders->items[--folders->count]);
        return 0;
    }
    struct flow_buf name, whole;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&whole, FLOW_BUF_LINE);
    if (match->at[FLOW_PART_FILE])
        flow_buf_add(&name, match->at[FLOW_PART_FILE], match->len[FLOW_PART_FILE]);
    bool absolute = name.len > 0 && name.data[0] == '/';
    flow_path_join(&whole, absolute ? name.data : lines->reading.root, absolute ? "" : name.data);
    int result = flow_buf_check(&name, "path", err);
    if (result == 0)
        result = flow_buf_check(&whole, "path", err);
    if (result == 0)
        result = flow_strv_add(folders, whole.data, err);
    flow_buf_release(&whole);
    flow_buf_release(&name);
    return result;
}

// A line that fits a pattern: 1; 0 where the diagnostic above may still want it.
static int take_match(struct lines *lines, enum flow_line kind, const struct flow_match *match,
                      struct flow_error *err)
{
    bool open = lines->reading.open;
    switch (kind) {
    case FLOW_LINE_ENTER:
    case FLOW_LINE_LEAVE:
        lines->collecting = false;
        return enter(lines, kind, match, err) ? -1 : 1;
    case FLOW_LINE_NOTE:
        if (!open)
            return 0;
        lines->collecting = true;
        return begin_note(lines, match, err);
    case FLOW_LINE_PATTERN:
        lines->collecting = true;
        return begin_item(lines, match, err);
    case FLOW_LINE_MORE:
        return open && lines->collecting ? add_more(lines, match, err) : 0;
    default:
        lines->collecting = false;
        return 1;
    }
}

// Whether a line that fits nothing is a part of the diagnostic above: what is indented, an excerpt with line
// numbers or marks below, and the line that the marks on the next line point at.
static bool belongs(const struct lines *lines, const char *line, size_t len, const char *next)
{
    if (len == 0)
        return false;
    size_t digits = 0;
    while (digits < len && isdigit((unsigned char)line[digits]))
        digits++;
    size_t blanks = digits;
    while (blanks < len && line[blanks] == ' ')
        blanks++;
    bool numbered = digits > 0 && blanks > digits && blanks < len && line[blanks] == '|';
    if (line[0] == ' ' || line[0] == '\t' || line[0] == '|' || numbered || flow_str_starts(line, "..."))
        return true;
    return next < lines->end && is_marks(next, line_length(next, lines->end));
}

// Where the tool says no column but marks it, as javac does: the mark stands below it.
static void take_mark(struct lines *lines, const char *line, size_t len)
{
    struct flow_diagnostic *item = &lines->reading.item;
    const char *mark = memchr(line, '^', len);
    if (item->place.line > 0 && item->place.column == 0 && mark && is_marks(line, len) && !lines->on_note &&
        !memchr(line, '|', len))
        item->place.column = (uint32_t)(mark - line) + 1;
}

static void collect(struct lines *lines, const char *line, size_t len)
{
    if (lines->collected++ >= LINES_MAX)
        return;
    flow_buf_add(&lines->reading.text, line, len);
    flow_buf_putc(&lines->reading.text, '\n');
}

static int read_line(struct lines *lines, const char *line, size_t len, const char *next,
                     struct flow_error *err)
{
    enum flow_line kind;
    struct flow_match match;
    size_t kept = len > 0 && line[len - 1] == '\r' ? len - 1 : len;
    int fix = flow_reading_fixit(&lines->reading, line, kept, lines->on_note, &lines->fixes, err);
    if (fix != 0)
        return fix < 0 ? -1 : 0;
    int matched = flow_build_rules_match(lines->rules, line, kept, &kind, &match, err);
    if (matched > 0)
        matched = take_match(lines, kind, &match, err);
    else if (matched == 0 && lines->collecting && !belongs(lines, line, kept, next))
        lines->collecting = false;
    if (matched < 0)
        return -1;
    if (lines->reading.open && lines->collecting && matched == 0) {
        take_mark(lines, line, kept);
        collect(lines, line, kept);
    }
    return 0;
}

// JSON that begins in this line and ends in it, or, where nothing else stands in it, in the next line that is
// only its end. Returns what follows it; NULL where it is no JSON of a kind that we know; *result < 0 out of
// memory.
static const char *read_json(struct lines *lines, size_t len, int *result, struct flow_error *err)
{
    struct flow_json *value;
    const char *line = lines->at;
    const char *end = line + len;
    if (len == 0 || (line[0] != '{' && line[0] != '['))
        return NULL;
    if (len == 1) {
        const char closing[] = {'\n', line[0] == '{' ? '}' : ']', '\0'};
        for (end++; end < lines->end && *end != closing[1];) {
            end += line_length(end, lines->end);
            end += end < lines->end;
        }
        if (end >= lines->end)
            return NULL;
        end++;
    }
    struct flow_error why = FLOW_ERROR_INIT;
    if (flow_json_parse(&value, line, (size_t)(end - line), &why)) {
        *result = why.code == FLOW_E_NOMEM ? flow_error_nomem(err) : 0;
        return NULL;
    }
    *result = flow_reading_json(&lines->reading, value, err);
    flow_json_free(value);
    lines->collecting = false;
    return *result > 0 ? end : NULL;
}

static int read_lines(struct lines *lines, struct flow_error *err)
{
    while (lines->at < lines->end) {
        size_t len = line_length(lines->at, lines->end);
        const char *line = lines->at;
        int result = 0;
        const char *after = read_json(lines, len, &result, err);
        if (result < 0)
            return -1;
        if (after) {
            lines->at = after + line_length(after, lines->end);
        } else {
            lines->at = line + len;
            const char *next = lines->at < lines->end ? lines->at + 1 : lines->at;
            if (read_line(lines, line, len, next, err))
                return -1;
        }
        lines->at += lines->at < lines->end;
    }
    return flow_reading_end(&lines->reading, err);
}

int flow_diagnostics_read(struct flow_diagnostics *list, const struct flow_build_rules *rules,
                          const char *root, const char *text, size_t len, struct flow_error *err)
{
    struct flow_buf plain;
    flow_buf_init(&plain, len + 1);
    flow_plain(&plain, text, len);
    struct lines lines = {.rules = rules, .at = plain.data, .end = plain.data + plain.len};
    flow_reading_init(&lines.reading, list, root);
    int result = flow_buf_check(&plain, "output", err);
    if (result == 0)
        result = read_lines(&lines, err);
    flow_reading_release(&lines.reading);
    flow_buf_release(&plain);
    tidy(list);
    return result;
}
