// SPDX-License-Identifier: MIT
#include "flow/base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

bool flow_str_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool flow_str_ends(const char *text, const char *suffix)
{
    size_t len = strlen(text);
    size_t tail = strlen(suffix);
    return tail <= len && memcmp(text + len - tail, suffix, tail) == 0;
}

int flow_parse_long(const char *text, const char *what, long min, long max, long *out, struct flow_error *err)
{
    // strtol would take white space and a plus sign.
    const char *digits = text[0] == '-' ? text + 1 : text;
    if (digits[0] == '\0' || digits[strspn(digits, "0123456789")] != '\0')
        return flow_error_set(err, FLOW_E_INVALID, "%s '%s' is not a whole number", what, text);
    errno = 0;
    long number = strtol(text, NULL, 10);
    if (errno == ERANGE || number < min || number > max)
        return flow_error_set(err, FLOW_E_INVALID, "%s '%s' is not between %ld and %ld", what, text, min,
                              max);
    *out = number;
    return 0;
}

void flow_str_show(struct flow_buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        char piece[FLOW_UTF8_SHOWN];
        size_t taken;
        size_t size = flow_utf8_show(piece, text + i, len - i, &taken);
        flow_buf_add(out, piece, size);
        i += taken;
    }
}

size_t flow_str_first_line(const char *text, size_t len, size_t max)
{
    const char *end = memchr(text, '\n', len);
    size_t line = end ? (size_t)(end - text) : len;
    if (end && line > 0 && text[line - 1] == '\r')
        line--;
    if (line <= max)
        return line;
    size_t cut = 0;
    while (cut < max) {
        uint32_t point;
        size_t size = flow_utf8_decode(text + cut, line - cut, &point);
        if (size == 0)
            size = 1;
        if (cut + size > max)
            break;
        cut += size;
    }
    return cut;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

size_t flow_str_slips(const char *a, const char *b)
{
    size_t rows[3][FLOW_SLIPS_LEN + 1];
    size_t *before = rows[0], *last = rows[1], *now = rows[2];
    size_t columns = strlen(b);
    if (columns > FLOW_SLIPS_LEN || strlen(a) > FLOW_SLIPS_LEN)
        return SIZE_MAX;
    for (size_t j = 0; j <= columns; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        now[0] = i;
        for (size_t j = 1; j <= columns; j++) {
            now[j] = smallest(last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[columns];
}
