// SPDX-License-Identifier: MIT
//
// clang's -fdiagnostics-parseable-fixits: fix-it:"file.c":{12:15-12:15}:";"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "reading.h"

// Appends the C string that begins at `at`, which is a quotation mark; returns what follows it, NULL where it
// does not end.
static const char *read_string(struct flow_buf *out, const char *at, const char *end)
{
    if (at >= end || *at != '"')
        return NULL;
    for (at++; at < end && *at != '"'; at++) {
        if (*at != '\\') {
            flow_buf_putc(out, *at);
            continue;
        }
        if (++at == end)
            return NULL;
        unsigned value = 0;
        int digits = 0;
        while (digits < 3 && at + digits < end && at[digits] >= '0' && at[digits] <= '7')
            value = value * 8 + (unsigned)(at[digits++] - '0');
        if (digits > 0)
            at += digits - 1;
        flow_buf_putc(out, digits > 0 ? (char)value : *at == 'n' ? '\n' : *at == 't' ? '\t' : *at);
    }
    return at < end ? at + 1 : NULL;
}

// Whether the message above is a guess at a name: clang goes on as if it were right, which it need not be.
static bool is_guess(const struct flow_diagnostic *item)
{
    return item->message && strstr(item->message, "did you mean ");
}

static int add(struct flow_reading *reading, const struct flow_buf *file, const struct flow_buf *text,
               const unsigned place[4], struct flow_error *err)
{
    struct flow_replacement replacement = {
        .line = place[0], .column = place[1], .end_line = place[2], .end_column = place[3]};
    replacement.text = flow_reading_str(reading, text->data, text->len, err);
    if (!replacement.text ||
        flow_reading_file(reading, file->data, file->len, &replacement.file, &replacement.outside, err))
        return -1;
    return flow_reading_replace(reading, &replacement, err);
}

int flow_reading_fixit(struct flow_reading *reading, const char *line, size_t len, bool on_note,
                       bool *continues, struct flow_error *err)
{
    static const char start[] = "fix-it:";
    const char *end = line + len;
    bool goes_on = *continues;
    *continues = false;
    if (len < sizeof start || strncmp(line, start, sizeof start - 1) != 0)
        return 0;
    struct flow_buf file, text, place;
    flow_buf_init(&file, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&place, FLOW_BUF_LINE);
    int result = 1;
    unsigned numbers[4];
    const char *at = read_string(&file, line + sizeof start - 1, end);
    const char *colon = at ? memchr(at, '}', (size_t)(end - at)) : NULL;
    if (colon)
        flow_buf_add(&place, at, (size_t)(colon - at) + 1);
    bool nomem = (file.failed && !file.full) || (place.failed && !place.full);
    if (!nomem && colon && reading->open && colon + 2 < end &&
        sscanf(place.data, ":{%9u:%9u-%9u:%9u}", &numbers[0], &numbers[1], &numbers[2], &numbers[3]) == 4 &&
        read_string(&text, colon + 2, end)) {
        *continues = true;
        if (!goes_on && flow_reading_suggest(reading, "", !on_note && !is_guess(&reading->item), err))
            result = -1;
        else if (add(reading, &file, &text, numbers, err))
            result = -1;
    }
    if (nomem || (text.failed && !text.full))
        result = flow_error_nomem(err);
    flow_buf_release(&place);
    flow_buf_release(&text);
    flow_buf_release(&file);
    return result;
}
