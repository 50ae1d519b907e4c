// SPDX-License-Identifier: MIT
#include "flow/base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_check.h"
#include "utf8.h"

#define MAX_DEPTH 63

// How a character is written that cannot stand for itself in a string; the length, 0 where it can.
static size_t escape(char out[8], uint32_t point)
{
    static const char letters[0x60] = {
        ['"'] = '"', ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    if (point < sizeof letters && letters[point]) {
        out[0] = '\\';
        out[1] = letters[point];
        return 2;
    }
    return point < 0x20 ? (size_t)snprintf(out, 8, "\\u%04x", (unsigned)point) : 0;
}

static void write_string(struct flow_buf *out, const char *text, size_t len)
{
    size_t plain = 0;
    flow_buf_putc(out, '"');
    for (size_t i = 0; (i += flow_json_plain(text + i, len - i)) < len;) {
        char escaped[8];
        uint32_t point = 0;
        size_t size = flow_utf8_decode(text + i, len - i, &point);
        bool odd = size == 0 || point == 0;
        size_t used = odd ? 0 : escape(escaped, point);
        if (!odd && used == 0) {
            i += size;
            continue;
        }
        flow_buf_add(out, text + plain, i - plain);
        if (odd)
            flow_buf_printf(out, "\\\\x%02x", (unsigned)(unsigned char)text[i]);
        else
            flow_buf_add(out, escaped, used);
        plain = ++i;
    }
    flow_buf_add(out, text + plain, len - plain);
    flow_buf_putc(out, '"');
}

static void write_number(struct flow_buf *out, double number)
{
    char text[40];
    if (!isfinite(number)) {
        flow_buf_puts(out, "null");
        return;
    }
    // Seventeen digits always come back the same; fifteen do for most and read better.
    int len = snprintf(text, sizeof text, "%.15g", number);
    if (strtod(text, NULL) != number)
        len = snprintf(text, sizeof text, "%.17g", number);
    // The locale of the process may have its own decimal point, of one or more bytes.
    size_t digits = strspn(text, "-0123456789");
    flow_buf_add(out, text, digits);
    size_t point = strcspn(text + digits, "0123456789e");
    if (point > 0)
        flow_buf_putc(out, '.');
    digits += point;
    flow_buf_add(out, text + digits, (size_t)len - digits);
}

void flow_jsonw_init(struct flow_jsonw *writer, struct flow_buf *out)
{
    *writer = (struct flow_jsonw){.out = out};
}

// The comma before a value, unless it is the first of its container or stands behind its key.
static void separate(struct flow_jsonw *writer)
{
    uint64_t bit = UINT64_C(1) << writer->depth;
    if (!writer->after_key && writer->depth > 0 && (writer->comma & bit))
        flow_buf_putc(writer->out, ',');
    writer->comma |= bit;
    writer->after_key = false;
}

static void begin(struct flow_jsonw *writer, char c)
{
    separate(writer);
    flow_buf_putc(writer->out, c);
    if (writer->depth == MAX_DEPTH) {
        writer->out->failed = true;
        writer->out->full = true;
        return;
    }
    writer->depth++;
    writer->comma &= ~(UINT64_C(1) << writer->depth);
}

static void end(struct flow_jsonw *writer, char c)
{
    if (writer->depth > 0)
        writer->depth--;
    flow_buf_putc(writer->out, c);
}

void flow_jsonw_object(struct flow_jsonw *writer)
{
    begin(writer, '{');
}

void flow_jsonw_object_end(struct flow_jsonw *writer)
{
    end(writer, '}');
}

void flow_jsonw_array(struct flow_jsonw *writer)
{
    begin(writer, '[');
}

void flow_jsonw_array_end(struct flow_jsonw *writer)
{
    end(writer, ']');
}

void flow_jsonw_key(struct flow_jsonw *writer, const char *key)
{
    separate(writer);
    write_string(writer->out, key, strlen(key));
    flow_buf_putc(writer->out, ':');
    writer->after_key = true;
}

void flow_jsonw_str(struct flow_jsonw *writer, const char *text)
{
    if (text)
        flow_jsonw_strn(writer, text, strlen(text));
    else
        flow_jsonw_null(writer);
}

void flow_jsonw_strn(struct flow_jsonw *writer, const char *text, size_t len)
{
    separate(writer);
    write_string(writer->out, text, len);
}

void flow_jsonw_int(struct flow_jsonw *writer, int64_t number)
{
    separate(writer);
    flow_buf_printf(writer->out, "%" PRId64, number);
}

void flow_jsonw_num(struct flow_jsonw *writer, double number)
{
    separate(writer);
    write_number(writer->out, number);
}

void flow_jsonw_bool(struct flow_jsonw *writer, bool value)
{
    separate(writer);
    flow_buf_puts(writer->out, value ? "true" : "false");
}

void flow_jsonw_null(struct flow_jsonw *writer)
{
    separate(writer);
    flow_buf_puts(writer->out, "null");
}

void flow_jsonw_raw(struct flow_jsonw *writer, const char *json, size_t len)
{
    separate(writer);
    flow_buf_add(writer->out, json, len);
}

void flow_jsonw_member(struct flow_jsonw *writer, const char *key, const char *text)
{
    flow_jsonw_key(writer, key);
    flow_jsonw_str(writer, text);
}

// Not by the writer, as a document may be nested more deeply than that can be.
void flow_json_print(const struct flow_json *value, struct flow_buf *out)
{
    enum flow_json_type type = flow_json_type(value);
    switch (type) {
    case FLOW_JSON_NONE:
    case FLOW_JSON_NULL:
        flow_buf_puts(out, "null");
        return;
    case FLOW_JSON_BOOL:
        flow_buf_puts(out, flow_json_bool(value, false) ? "true" : "false");
        return;
    case FLOW_JSON_NUMBER:
        write_number(out, flow_json_num(value, 0));
        return;
    case FLOW_JSON_STRING:
        write_string(out, flow_json_str(value), strlen(flow_json_str(value)));
        return;
    case FLOW_JSON_ARRAY:
    case FLOW_JSON_OBJECT:
        break;
    }
    flow_buf_putc(out, type == FLOW_JSON_OBJECT ? '{' : '[');
    for (const struct flow_json *item = flow_json_first(value); item; item = flow_json_next(item)) {
        if (item != flow_json_first(value))
            flow_buf_putc(out, ',');
        if (type == FLOW_JSON_OBJECT) {
            write_string(out, flow_json_key(item), strlen(flow_json_key(item)));
            flow_buf_putc(out, ':');
        }
        flow_json_print(item, out);
    }
    flow_buf_putc(out, type == FLOW_JSON_OBJECT ? '}' : ']');
}
