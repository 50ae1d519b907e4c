/* SPDX-License-Identifier: MIT */
#include "lex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "num.h"
#include "value.h"

#define BLANKS " \t"
#define MAX_SHOWN 20 /* bytes of a token in a message */

int lex_read_line(FILE *in, struct buf *line, struct complaint *complaint) {
    int byte;

    buf_clear(line);
    complaint->column = 0;
    while ((byte = getc(in)) != EOF && byte != '\n') {
        char c = (char)byte;

        if (complaint->column > 0)
            continue; // over the rest of the line
        if (c == '\0' || buf_append(line, &c, 1) != 0) {
            complaint->column = (uint32_t)line->len + 1;
            snprintf(complaint->message, sizeof(complaint->message),
                     c == '\0' ? "NUL byte" : "line too long");
        }
    }
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->data[--line->len] = '\0';
    return byte != EOF || line->len > 0 || complaint->column > 0;
}

void lex_init(struct lexer *lex, const char *line, struct complaint *complaint) {
    *lex = (struct lexer){
        .line = line, .start = line, .string = BUF_INIT(VALUE_MAX_TEXT), .complaint = complaint};
    complaint->column = 0;
    lex_advance(lex);
}

void lex_release(struct lexer *lex) { buf_release(&lex->string); }

void lex_complain(struct lexer *lex, const char *where, const char *format, ...) {
    va_list args;

    if (lex->complaint->column == 0) {
        lex->complaint->column = (uint32_t)(where - lex->line) + 1;
        va_start(args, format);
        vsnprintf(lex->complaint->message, sizeof(lex->complaint->message), format, args);
        va_end(args);
    }
    lex->token = TOKEN_BAD;
}

/* What `byte` stands for after a backslash: NUL for NUL, -1 for what is no escape. */
static int unescape(char byte) {
    switch (byte) {
    case 'n':
        return '\n';
    case 't':
        return '\t';
    case '"':
    case '\\':
    case '\0':
        return byte;
    default:
        return -1;
    }
}

static void scan_string(struct lexer *lex) {
    const char *at = lex->start + 1;

    lex->token = TOKEN_STRING;
    for (buf_clear(&lex->string); lex->token != TOKEN_BAD && *at != '"'; at++) {
        int code = *at == '\\' ? unescape(*++at) : (unsigned char)*at;
        char byte = (char)code;

        if (code == '\0')
            lex_complain(lex, lex->start, "string without closing quote");
        else if (code < 0)
            lex_complain(lex, at - 1, "unknown escape");
        else if (buf_append(&lex->string, &byte, 1) != 0)
            lex_complain(lex, lex->start, "string of more than %d bytes", VALUE_MAX_TEXT);
    }
    if (lex->token != TOKEN_BAD)
        lex->len = (size_t)(at + 1 - lex->start);
}

static void scan_number(struct lexer *lex) {
    static const char *const messages[] = {
        [NUM_OVERFLOW] = "number too large",
        [NUM_MALFORMED] = "malformed number",
        [NUM_TOO_FINE] = "number with too many decimals",
    };
    const char *end = lex->start;
    enum num_status status = num_parse(lex->start, &end, &lex->number);

    lex->token = TOKEN_NUMBER;
    lex->len = (size_t)(end - lex->start);
    if (status != NUM_OK)
        lex_complain(lex, lex->start, "%s", messages[status]);
}

void lex_advance(struct lexer *lex) {
    int first;

    if (lex->token == TOKEN_BAD)
        return;
    lex->start += lex->len;
    lex->start += strspn(lex->start, BLANKS);
    first = (unsigned char)*lex->start;
    if (first == '\0' || first == '#') {
        lex->token = TOKEN_END;
        lex->len = 0;
    } else if (first == '"') {
        scan_string(lex);
    } else if (isdigit(first)) {
        scan_number(lex);
    } else {
        lex->token = first;
        lex->len = 1;
        if (isalpha(first)) {
            lex->token = TOKEN_NAME;
            while (isalnum((unsigned char)lex->start[lex->len]))
                lex->len++;
        }
    }
}

int lex_expect(struct lexer *lex, int token) {
    if (lex->token != token)
        lex_reject(lex);
    lex_advance(lex);
    return lex->token == TOKEN_BAD ? -1 : 0;
}

char lex_peek(const struct lexer *lex) {
    return lex->start[lex->len + strspn(lex->start + lex->len, BLANKS)];
}

void lex_reject(struct lexer *lex) {
    if (lex->token == TOKEN_END)
        lex_complain(lex, lex->start, "unexpected end of line");
    else if (lex->token < TOKEN_END && !isprint(lex->token))
        lex_complain(lex, lex->start, "unexpected byte 0x%02X", (unsigned)lex->token);
    else
        lex_complain(lex, lex->start, "unexpected '%.*s'", lex->len < MAX_SHOWN ? (int)lex->len : MAX_SHOWN,
                     lex->start);
}
