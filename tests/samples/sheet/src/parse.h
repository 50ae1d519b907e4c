/* SPDX-License-Identifier: MIT */
#ifndef PARSE_H
#define PARSE_H

#include <stdint.h>

#include "cell.h"
#include "lex.h"

/* How deep parentheses, calls and signs may nest. */
#ifndef PARSE_MAX_DEPTH
#define PARSE_MAX_DEPTH 64
#endif

/* The largest number of cells in one range. */
#ifndef PARSE_MAX_RANGE
#define PARSE_MAX_RANGE 1024
#endif

/*
 * Reads one line, such as `B2: = SUM(A1:A9) * 2  # twice`, and sets the cell that it names. Blank lines and
 * comments set nothing. Returns -1, with `out` filled and no cell changed, if the line is wrong.
 *
 *     line     = [ name ":" ( "=" formula | [ "-" ] number | string ) ] [ "#" comment ]
 *     formula  = comparison, by = < >, of joins, by &, of sums, by + -, of products, by * /, of units
 *     unit     = { "-" } ( number | string | name | call | "(" formula ")" )
 *     call     = function "(" argument { "," argument } ")"
 *     argument = formula | name ":" name
 */
int parse_line(struct sheet *sheet, const char *text, uint32_t line, struct complaint *out);

#endif
