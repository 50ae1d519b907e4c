/* SPDX-License-Identifier: MIT */
#ifndef LEX_H
#define LEX_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "text.h"

/* The longest line, in bytes. */
#define LEX_MAX_LINE 4096

/* Tokens that are not a single byte; that byte is the token otherwise. TOKEN_BAD follows a complaint. */
enum { TOKEN_END = 256, TOKEN_BAD, TOKEN_NUMBER, TOKEN_STRING, TOKEN_NAME };

/* What is wrong with a line, and in which column, counted in bytes from 1. No column, no complaint. */
struct complaint {
    uint32_t column;
    char message[64];
};

/* Cuts a line into tokens; looks at one of them. */
struct lexer {
    const char *line;
    const char *start; /* of the token */
    size_t len;        /* of the token */
    int token;
    int64_t number;    /* of a TOKEN_NUMBER */
    struct buf string; /* of a TOKEN_STRING, without quotes and escapes */
    struct complaint *complaint;
};

/*
 * Reads a line without its end into `line`, whose limit is LEX_MAX_LINE. Returns 0 if there is none.
 * `complaint` is empty, or says why the line is no text.
 */
int lex_read_line(FILE *in, struct buf *line, struct complaint *complaint);

/* Begins at the first token of `line`. What is wrong goes to `complaint`, which is emptied. */
void lex_init(struct lexer *lex, const char *line, struct complaint *complaint);

void lex_release(struct lexer *lex);

/* Goes on to the next token. There is none after TOKEN_END and TOKEN_BAD. */
void lex_advance(struct lexer *lex);

/* Goes on if the token is `token`; complains and returns -1 if it is not, or if the next one is bad. */
int lex_expect(struct lexer *lex, int token);

/* The byte that comes next after the token and any blanks: NUL at the end. */
char lex_peek(const struct lexer *lex);

/* Complains of what begins at `where`. Of several complaints about a line, the first is kept. */
void lex_complain(struct lexer *lex, const char *where, const char *format, ...);

/* Complains of the token itself: it cannot stand here. */
void lex_reject(struct lexer *lex);

#endif
