/* SPDX-License-Identifier: MIT */
/*
 * Patterns of lines: vim's errorformat, reduced. A pattern is the whole line, in which stand for
 *
 *     %f  a file        %l  a line number    %c  a column number
 *     %t  error, fatal error, warning, note, info, help, hint (and the like)
 *     %n  a code        %m  the message      %*  anything
 *     %%  one '%'
 *
 * A blank stands for one or more blanks or tabs; all else for itself. A POSIX extended regular expression in
 * braces behind a place says what may stand there instead of the usual: %m{undefined reference to .*}.
 */
#ifndef FLOW_BUILD_PATTERN_H
#define FLOW_BUILD_PATTERN_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"

/* The places, as indices. */
enum flow_part {
    FLOW_PART_FILE,
    FLOW_PART_LINE,
    FLOW_PART_COLUMN,
    FLOW_PART_SEVERITY,
    FLOW_PART_CODE,
    FLOW_PART_MESSAGE,
    FLOW_PART_COUNT
};

struct flow_pattern {
    regex_t regex;
    int group[FLOW_PART_COUNT]; /* 0: it has no such place */
};

/* What a line has at the places; NULL where the pattern has none. Points into the line. */
struct flow_match {
    const char *at[FLOW_PART_COUNT];
    size_t len[FLOW_PART_COUNT];
};

/* FLOW_E_INVALID names the pattern and what is wrong. */
int flow_pattern_compile(struct flow_pattern *out, const char *text, struct flow_error *err);
void flow_pattern_release(struct flow_pattern *pattern);

/* 1 and *out where the line fits, 0 where not, -1 out of memory. Of a line, so much is looked at that no
 * pattern takes long. */
int flow_pattern_match(const struct flow_pattern *pattern, struct flow_match *out, const char *line,
                       size_t len, struct flow_error *err);

#endif
