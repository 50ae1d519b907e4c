// SPDX-License-Identifier: MIT
#include "flow/base/tsv.h"

#include <stdint.h>
#include <string.h>

#include "flow/base/json.h"
#include "utf8.h"

void flow_tsv_escape(struct flow_buf *out, const char *text, size_t len)
{
    size_t plain = 0;
    for (size_t i = 0; i < len;) {
        uint32_t point = 0;
        size_t size = flow_utf8_decode(text + i, len - i, &point);
        bool escaped = size == 0 || point == 0 || point == '\t' || point == '\n' || point == '\\';
        if (!escaped) {
            i += size;
            continue;
        }
        flow_buf_add(out, text + plain, i - plain);
        if (text[i] == '\t')
            flow_buf_puts(out, "\\t");
        else if (text[i] == '\n')
            flow_buf_puts(out, "\\n");
        else if (text[i] == '\\')
            flow_buf_puts(out, "\\\\");
        else
            flow_buf_printf(out, "\\x%02x", (unsigned)(unsigned char)text[i]);
        plain = ++i;
    }
    flow_buf_add(out, text + plain, len - plain);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// The byte that the escape at cell (behind its backslash) stands for, and its length; -1 where it is none.
static int escaped_byte(const char *cell, size_t len, size_t *size)
{
    *size = 1;
    if (len == 0)
        return -1;
    switch (cell[0]) {
    case 't':
        return '\t';
    case 'n':
        return '\n';
    case '\\':
        return '\\';
    case 'x':
        *size = 3;
        if (len < 3 || hex_digit(cell[1]) < 0 || hex_digit(cell[2]) < 0)
            return -1;
        return hex_digit(cell[1]) << 4 | hex_digit(cell[2]);
    default:
        return -1;
    }
}

int flow_tsv_unescape(struct flow_buf *out, const char *cell, size_t len, struct flow_error *err)
{
    for (size_t i = 0; i < len;) {
        const char *stop = memchr(cell + i, '\\', len - i);
        size_t plain = stop ? (size_t)(stop - (cell + i)) : len - i;
        if (memchr(cell + i, '\0', plain))
            return flow_error_set(err, FLOW_E_INVALID, "record '%.*s' holds a NUL byte",
                                  (int)(len < 200 ? len : 200), cell);
        flow_buf_add(out, cell + i, plain);
        i += plain;
        if (!stop)
            break;
        size_t size;
        int byte = escaped_byte(cell + i + 1, len - i - 1, &size);
        if (byte <= 0)
            return flow_error_set(err, FLOW_E_INVALID, "record '%.*s' has a wrong escape at byte %zu",
                                  (int)(len < 200 ? len : 200), cell, i);
        flow_buf_putc(out, (char)byte);
        i += 1 + size;
    }
    return flow_buf_check(out, "record", err);
}

static int add_cell(struct flow_strv *cells, struct flow_buf *bytes, const char *cell, size_t len,
                    struct flow_error *err)
{
    flow_buf_clear(bytes);
    if (flow_tsv_unescape(bytes, cell, len, err))
        return -1;
    return flow_strv_addn(cells, bytes->data, bytes->len, err);
}

int flow_tsv_split(struct flow_strv *cells, const char *line, size_t len, struct flow_error *err)
{
    int result = 0;
    struct flow_buf bytes;
    // A cell is never longer than what it was written as.
    flow_buf_init(&bytes, len);
    for (size_t at = 0; result == 0 && at <= len;) {
        const char *tab = at < len ? memchr(line + at, '\t', len - at) : NULL;
        size_t size = tab ? (size_t)(tab - (line + at)) : len - at;
        result = add_cell(cells, &bytes, line + at, size, err);
        at += size + 1;
    }
    flow_buf_release(&bytes);
    return result;
}

static bool is_header(const char *cell, size_t len)
{
    static const char *const names[] = {"unit", "path", "file", "branch"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (len == strlen(names[i]) && memcmp(cell, names[i], len) == 0)
            return true;
    }
    return false;
}

// The text of the first member of a record written as JSON; NULL where the line is none.
static const char *json_id(struct flow_json **document, const char *line, size_t len)
{
    *document = NULL;
    if (len == 0 || line[0] != '{' || flow_json_parse(document, line, len, NULL))
        return NULL;
    return flow_json_str(flow_json_first(*document));
}

static int add_json(struct flow_strv *ids, struct flow_buf *bytes, const char *line, size_t len,
                    struct flow_error *err)
{
    struct flow_json *document;
    const char *id = json_id(&document, line, len);
    int result =
        id ? add_cell(ids, bytes, id, strlen(id), err)
           : flow_error_set(err, FLOW_E_INVALID, "record '%.*s' is not an object that begins with a name",
                            (int)(len < 200 ? len : 200), line);
    flow_json_free(document);
    return result;
}

static bool begins_as_json(const char *text, size_t len)
{
    struct flow_json *document;
    const char *end = memchr(text, '\n', len);
    bool is_json = json_id(&document, text, end ? (size_t)(end - text) : len) != NULL;
    flow_json_free(document);
    return is_json;
}

int flow_tsv_ids(struct flow_strv *ids, const char *text, size_t len, struct flow_error *err)
{
    int result = 0;
    struct flow_buf bytes;
    flow_buf_init(&bytes, len);
    bool json = begins_as_json(text, len);
    for (size_t at = 0; result == 0 && at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t line = end ? (size_t)(end - (text + at)) : len - at;
        const char *tab = memchr(text + at, '\t', line);
        size_t cell = tab ? (size_t)(tab - (text + at)) : line;
        if (json && line > 0)
            result = add_json(ids, &bytes, text + at, line, err);
        else if (cell > 0 && !(at == 0 && is_header(text, cell)))
            result = add_cell(ids, &bytes, text + at, cell, err);
        at += line + 1;
    }
    flow_buf_release(&bytes);
    return result;
}
