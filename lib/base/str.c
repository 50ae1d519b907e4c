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
