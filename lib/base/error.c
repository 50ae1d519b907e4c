// SPDX-License-Identifier: MIT
#include "flow/base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "utf8.h"

// Room for a message and the context that is put before it, before either is escaped.
#define RAW_SIZE (2 * sizeof(((struct flow_error *)NULL)->message))

#define ELLIPSIS "…"

__attribute__((format(printf, 3, 0))) static size_t format_at(char *raw, size_t at, const char *format,
                                                              va_list args)
{
    int len = vsnprintf(raw + at, RAW_SIZE - at, format, args);
    if (len < 0)
        return at;
    return (size_t)len < RAW_SIZE - at ? at + (size_t)len : RAW_SIZE - 1;
}

// Copies raw into the message, each piece (a character or an escape) whole or not at all. A backslash stays
// as it is, so that a message that is wrapped is not escaped twice.
static void set_message(struct flow_error *err, const char *raw, size_t len)
{
    size_t room = sizeof err->message - sizeof ELLIPSIS;
    size_t used = 0;
    size_t i = 0;
    while (i < len) {
        char piece[FLOW_UTF8_SHOWN];
        size_t taken;
        size_t size;
        if (raw[i] == '\\') {
            piece[0] = '\\';
            taken = size = 1;
        } else {
            size = flow_utf8_show(piece, raw + i, len - i, &taken);
        }
        if (used + size > room)
            break;
        memcpy(err->message + used, piece, size);
        used += size;
        i += taken;
    }
    if (i < len || len == RAW_SIZE - 1) {
        memcpy(err->message + used, ELLIPSIS, sizeof ELLIPSIS - 1);
        used += sizeof ELLIPSIS - 1;
    }
    err->message[used] = '\0';
}

int flow_error_set(struct flow_error *err, enum flow_code code, const char *format, ...)
{
    if (!err)
        return -1;
    char raw[RAW_SIZE];
    va_list args;
    va_start(args, format);
    size_t len = format_at(raw, 0, format, args);
    va_end(args);
    err->code = code;
    set_message(err, raw, len);
    return -1;
}

static enum flow_code code_of_errno(int errnum)
{
    switch (errnum) {
    case ENOMEM:
        return FLOW_E_NOMEM;
    case ENOENT:
    case ENOTDIR:
        return FLOW_E_NOT_FOUND;
    default:
        return FLOW_E_ENV;
    }
}

int flow_error_errno(struct flow_error *err, int errnum, const char *format, ...)
{
    if (!err)
        return -1;
    char raw[RAW_SIZE];
    va_list args;
    va_start(args, format);
    size_t len = format_at(raw, 0, format, args);
    va_end(args);
    char reason[128];
    if (strerror_r(errnum, reason, sizeof reason) != 0)
        snprintf(reason, sizeof reason, "error %d", errnum);
    int more = snprintf(raw + len, RAW_SIZE - len, ": %s", reason);
    len = (size_t)more < RAW_SIZE - len ? len + (size_t)more : RAW_SIZE - 1;
    err->code = code_of_errno(errnum);
    set_message(err, raw, len);
    return -1;
}

int flow_error_nomem(struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_NOMEM, "out of memory");
}

int flow_error_wrap(struct flow_error *err, const char *format, ...)
{
    if (!err)
        return -1;
    char raw[RAW_SIZE];
    va_list args;
    va_start(args, format);
    size_t len = format_at(raw, 0, format, args);
    va_end(args);
    int more = snprintf(raw + len, RAW_SIZE - len, ": %s", err->message);
    len = (size_t)more < RAW_SIZE - len ? len + (size_t)more : RAW_SIZE - 1;
    set_message(err, raw, len);
    return -1;
}

int flow_error_status(enum flow_code code)
{
    switch (code) {
    case FLOW_OK:
        return 0;
    case FLOW_E_USAGE:
        return 2;
    case FLOW_E_ENV:
    case FLOW_E_NOT_FOUND:
    case FLOW_E_INVALID:
    case FLOW_E_TOO_BIG:
    case FLOW_E_TIMEOUT:
    case FLOW_E_CONFLICT:
        return 3;
    case FLOW_E_NOMEM:
    case FLOW_E_INTERNAL:
        return 4;
    case FLOW_E_REFUSED:
        return 5;
    case FLOW_E_BUDGET:
        return 6;
    case FLOW_E_INTERRUPTED:
        return 130;
    }
    return 4;
}
