/* SPDX-License-Identifier: MIT */
/*
 * Small things about text: prefixes, numbers, UTF-8, globs, and the safe display of bytes from outside.
 */
#ifndef FLOW_BASE_STR_H
#define FLOW_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

bool flow_str_starts(const char *text, const char *prefix);
bool flow_str_ends(const char *text, const char *suffix);

/* Whether len bytes are well-formed UTF-8 (no surrogates, no overlong forms) without NUL. */
bool flow_utf8_valid(const char *text, size_t len);

/* The number of columns that text takes on a terminal: by the wide and the combining blocks of Unicode 15, a
 * byte that is not UTF-8 counted as 1, control characters as 0. */
size_t flow_utf8_width(const char *text);

/* A whole decimal number with nothing behind it, between min and max; "what" names it in the error. */
int flow_parse_long(const char *text, const char *what, long min, long max, long *out,
                    struct flow_error *err);

/* A glob over a whole path: '*' any run but '/', '**' any run ('**' and '/' at the start of a component: any
 * number of folders, also none), '?' one byte but '/', '[abc]', '[a-z]', '[!a]' a set, '\' takes the next
 * byte as it is. A pattern without '/' is held against the last component, as in .gitignore; a '/' in front
 * anchors one at the top. */
bool flow_glob_match(const char *pattern, const char *path);

/* Appends text so that it can be shown on one line of a terminal: backslash, control characters, those that
 * turn the direction of text, and bytes that are not UTF-8 as \\, \n, \t or \xHH. */
void flow_str_show(struct flow_buf *out, const char *text, size_t len);

/* The letters to insert, remove, replace or swap with their neighbour to make one word of the other; SIZE_MAX
 * where one has more than FLOW_SLIPS_LEN bytes: longer words are near to nothing. */
#define FLOW_SLIPS_LEN 31
size_t flow_str_slips(const char *a, const char *b);

/* The length of the first line of text without its end ("\n" or "\r\n"), at most `max` bytes, cut at a
 * character. */
size_t flow_str_first_line(const char *text, size_t len, size_t max);

#endif
