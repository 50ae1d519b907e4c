// SPDX-License-Identifier: MIT
//
// The forms of diagnostics that are JSON, and clang's fix-its, which are made to be read by programs, too.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "reading.h"

// Macros inside of macros, from where they are used up to where they are written.
#define EXPANSIONS_MAX 64

static const char *copy(struct flow_reading *reading, const struct flow_json *value, struct flow_error *err)
{
    const char *text = flow_json_str(value);
    return flow_reading_str(reading, text ? text : "", text ? strlen(text) : 0, err);
}

static uint32_t get_number(const struct flow_json *object, const char *key)
{
    int64_t number = flow_json_int(flow_json_get(object, key), 0);
    return number > 0 && number <= UINT32_MAX ? (uint32_t)number : 0;
}

static int get_file(struct flow_reading *reading, const struct flow_json *object, const char *key,
                    const char **file, bool *outside, struct flow_error *err)
{
    const char *name = flow_json_str(flow_json_get(object, key));
    return name && *name ? flow_reading_file(reading, name, strlen(name), file, outside, err) : 0;
}

// rustc's span. Inside of a macro of somebody else, the place where it is used counts.
static int rust_place(struct flow_reading *reading, const struct flow_json *span, struct flow_position *place,
                      struct flow_error *err)
{
    for (int i = 0; i < EXPANSIONS_MAX; i++) {
        *place = (struct flow_position){
            .line = get_number(span, "line_start"),
            .column = get_number(span, "column_start"),
            .end_line = get_number(span, "line_end"),
            .end_column = get_number(span, "column_end"),
        };
        // Its end is behind the last character.
        if (place->end_column > 1 && (place->end_column > place->column || place->end_line > place->line))
            place->end_column--;
        if (get_file(reading, span, "file_name", &place->file, &place->outside, err))
            return -1;
        const struct flow_json *outer = flow_json_at(span, "expansion.span");
        if (!place->outside || flow_json_type(outer) != FLOW_JSON_OBJECT)
            break;
        span = outer;
    }
    return 0;
}

static int rust_labels(struct flow_reading *reading, const struct flow_json *spans, struct flow_error *err)
{
    bool placed = false;
    for (const struct flow_json *span = flow_json_first(spans); span; span = flow_json_next(span)) {
        struct flow_position place;
        bool primary = flow_json_bool(flow_json_get(span, "is_primary"), false);
        if (rust_place(reading, span, &place, err))
            return -1;
        if (primary && !placed) {
            reading->item.place = place;
            placed = true;
        }
        const struct flow_json *label = flow_json_get(span, "label");
        if (!flow_json_str(label))
            continue;
        struct flow_note note = {FLOW_SEVERITY_NOTE, place, copy(reading, label, err)};
        if (!note.message || flow_reading_note(reading, &note, err))
            return -1;
    }
    return 0;
}

// The spans of one child that have a replacement are one suggestion.
static int rust_suggestion(struct flow_reading *reading, const struct flow_json *child,
                           struct flow_error *err)
{
    bool begun = false;
    const struct flow_json *spans = flow_json_get(child, "spans");
    for (const struct flow_json *span = flow_json_first(spans); span; span = flow_json_next(span)) {
        const struct flow_json *text = flow_json_get(span, "suggested_replacement");
        const char *applicability = flow_json_str(flow_json_get(span, "suggestion_applicability"));
        int64_t start = flow_json_int(flow_json_get(span, "byte_start"), -1);
        int64_t end = flow_json_int(flow_json_get(span, "byte_end"), -1);
        if (!flow_json_str(text) || start < 0 || end < start)
            continue;
        const char *message = begun ? "" : copy(reading, flow_json_get(child, "message"), err);
        if (!message || (!begun && flow_reading_suggest(reading, message, true, err)))
            return -1;
        begun = true;
        if (!applicability || strcmp(applicability, "MachineApplicable") != 0)
            reading->suggestions[reading->suggestion_count - 1].machine = false;
        struct flow_replacement replacement = {
            .by_offset = true, .start = (size_t)start, .end = (size_t)end, .text = copy(reading, text, err)};
        if (!replacement.text ||
            get_file(reading, span, "file_name", &replacement.file, &replacement.outside, err) ||
            flow_reading_replace(reading, &replacement, err))
            return -1;
    }
    return 0;
}

static int rust_children(struct flow_reading *reading, const struct flow_json *children,
                         struct flow_error *err)
{
    for (const struct flow_json *child = flow_json_first(children); child; child = flow_json_next(child)) {
        struct flow_note note = {.severity = FLOW_SEVERITY_NOTE,
                                 .message = copy(reading, flow_json_get(child, "message"), err)};
        const struct flow_json *span = flow_json_first(flow_json_get(child, "spans"));
        if (!note.message || (span && rust_place(reading, span, &note.place, err)) ||
            flow_reading_note(reading, &note, err) || rust_suggestion(reading, child, err))
            return -1;
    }
    return 0;
}

// rustc ends with sentences that count, which are diagnostics of no place and no code.
static bool rust_counts(const char *level, const char *message, const struct flow_json *spans)
{
    return strcmp(level, "failure-note") == 0 ||
           (flow_json_count(spans) == 0 &&
            (flow_str_starts(message, "aborting due to ") || flow_str_ends(message, " emitted")));
}

static int read_rust(struct flow_reading *reading, const struct flow_json *value, struct flow_error *err)
{
    const char *level = flow_json_str(flow_json_get(value, "level"));
    const char *message = flow_json_str(flow_json_get(value, "message"));
    const struct flow_json *spans = flow_json_get(value, "spans");
    const char *rendered = flow_json_str(flow_json_get(value, "rendered"));
    if (!level || !message || rust_counts(level, message, spans))
        return 1;
    if (flow_reading_begin(reading, flow_severity_of(level, strlen(level)), err))
        return -1;
    reading->item.message = copy(reading, flow_json_get(value, "message"), err);
    const struct flow_json *code = flow_json_at(value, "code.code");
    if (flow_json_str(code) && !(reading->item.code = copy(reading, code, err)))
        return -1;
    if (!reading->item.message || rust_labels(reading, spans, err) ||
        rust_children(reading, flow_json_get(value, "children"), err))
        return -1;
    flow_buf_puts(&reading->text, rendered ? rendered : message);
    return flow_reading_end(reading, err) ? -1 : 1;
}

static uint32_t gcc_column(const struct flow_json *point)
{
    uint32_t column = get_number(point, "byte-column");
    return column > 0 ? column : get_number(point, "column");
}

static int gcc_place(struct flow_reading *reading, const struct flow_json *value, struct flow_position *place,
                     struct flow_error *err)
{
    const struct flow_json *location = flow_json_first(flow_json_get(value, "locations"));
    const struct flow_json *caret = flow_json_get(location, "caret");
    const struct flow_json *finish = flow_json_get(location, "finish");
    *place = (struct flow_position){
        .line = get_number(caret, "line"),
        .column = gcc_column(caret),
        .end_line = get_number(finish, "line"),
        .end_column = gcc_column(finish),
    };
    return get_file(reading, caret, "file", &place->file, &place->outside, err);
}

// gcc's fix-its are proposals: among them guesses at names that it does not go on with.
static int gcc_fixits(struct flow_reading *reading, const struct flow_json *fixits, struct flow_error *err)
{
    if (flow_json_count(fixits) == 0)
        return 0;
    if (flow_reading_suggest(reading, "", false, err))
        return -1;
    for (const struct flow_json *fix = flow_json_first(fixits); fix; fix = flow_json_next(fix)) {
        const struct flow_json *start = flow_json_get(fix, "start"), *next = flow_json_get(fix, "next");
        struct flow_replacement replacement = {
            .line = get_number(start, "line"),
            .column = gcc_column(start),
            .end_line = get_number(next, "line"),
            .end_column = gcc_column(next),
            .text = copy(reading, flow_json_get(fix, "string"), err),
        };
        if (!replacement.text ||
            get_file(reading, start, "file", &replacement.file, &replacement.outside, err) ||
            flow_reading_replace(reading, &replacement, err))
            return -1;
    }
    return 0;
}

static int gcc_children(struct flow_reading *reading, const struct flow_json *children,
                        struct flow_error *err)
{
    for (const struct flow_json *child = flow_json_first(children); child; child = flow_json_next(child)) {
        struct flow_note note = {.severity = FLOW_SEVERITY_NOTE,
                                 .message = copy(reading, flow_json_get(child, "message"), err)};
        if (!note.message || gcc_place(reading, child, &note.place, err) ||
            flow_reading_note(reading, &note, err))
            return -1;
    }
    return 0;
}

// gcc prints nothing else then: the line that it would have printed is made here.
static void put_text(struct flow_reading *reading)
{
    const struct flow_diagnostic *item = &reading->item;
    if (item->place.file)
        flow_buf_printf(&reading->text, "%s:%u:%u: ", item->place.file, item->place.line, item->place.column);
    flow_buf_printf(&reading->text, "%s: %s", flow_severity_name(item->severity), item->message);
    if (item->code)
        flow_buf_printf(&reading->text, " [%s]", item->code);
    flow_buf_putc(&reading->text, '\n');
}

static int read_gcc(struct flow_reading *reading, const struct flow_json *value, struct flow_error *err)
{
    const char *kind = flow_json_str(flow_json_get(value, "kind"));
    const struct flow_json *message = flow_json_get(value, "message");
    const struct flow_json *option = flow_json_get(value, "option");
    if (!kind || !flow_json_str(message))
        return 0;
    if (flow_reading_begin(reading, flow_severity_of(kind, strlen(kind)), err))
        return -1;
    reading->item.message = copy(reading, message, err);
    if (flow_json_str(option) && !(reading->item.code = copy(reading, option, err)))
        return -1;
    if (!reading->item.message || gcc_place(reading, value, &reading->item.place, err) ||
        gcc_children(reading, flow_json_get(value, "children"), err) ||
        gcc_fixits(reading, flow_json_get(value, "fixits"), err))
        return -1;
    put_text(reading);
    return flow_reading_end(reading, err);
}

// Lines and columns from 0, the end behind the last character.
static int read_pyright(struct flow_reading *reading, const struct flow_json *value, struct flow_error *err)
{
    const char *severity = flow_json_str(flow_json_get(value, "severity"));
    const struct flow_json *message = flow_json_get(value, "message");
    const struct flow_json *rule = flow_json_get(value, "rule");
    const struct flow_json *start = flow_json_at(value, "range.start"),
                           *end = flow_json_at(value, "range.end");
    if (!severity || !flow_json_str(message))
        return 0;
    if (flow_reading_begin(reading, flow_severity_of(severity, strlen(severity)), err))
        return -1;
    struct flow_diagnostic *item = &reading->item;
    item->message = copy(reading, message, err);
    if (flow_json_str(rule) && !(item->code = copy(reading, rule, err)))
        return -1;
    if (start)
        item->place = (struct flow_position){
            .line = get_number(start, "line") + 1,
            .column = get_number(start, "character") + 1,
            .end_line = get_number(end, "line") + 1,
            .end_column = get_number(end, "character"),
        };
    if (!item->message || get_file(reading, value, "file", &item->place.file, &item->place.outside, err))
        return -1;
    put_text(reading);
    return flow_reading_end(reading, err);
}

static int read_each(struct flow_reading *reading, const struct flow_json *array,
                     int (*read)(struct flow_reading *, const struct flow_json *, struct flow_error *),
                     struct flow_error *err)
{
    for (const struct flow_json *item = flow_json_first(array); item; item = flow_json_next(item)) {
        if (read(reading, item, err) < 0)
            return -1;
    }
    return 1;
}

int flow_reading_json(struct flow_reading *reading, const struct flow_json *value, struct flow_error *err)
{
    if (flow_json_type(value) == FLOW_JSON_ARRAY)
        return flow_json_count(value) == 0 || flow_json_get(flow_json_first(value), "locations")
                   ? read_each(reading, value, read_gcc, err)
                   : 0;
    const char *reason = flow_json_str(flow_json_get(value, "reason"));
    if (reason)
        return strcmp(reason, "compiler-message") == 0
                   ? read_rust(reading, flow_json_get(value, "message"), err)
                   : 1;
    if (flow_json_get(value, "spans") && flow_json_get(value, "level"))
        return read_rust(reading, value, err);
    if (flow_json_get(value, "generalDiagnostics"))
        return read_each(reading, flow_json_get(value, "generalDiagnostics"), read_pyright, err);
    return 0;
}
