/* SPDX-License-Identifier: MIT */
/*
 * Records of the suite: tab-separated lines with a header line. Tab, newline, backslash and bytes that are
 * not UTF-8 are written \t, \n, \\, \xHH and read back the same way.
 */
#ifndef FLOW_BASE_TSV_H
#define FLOW_BASE_TSV_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"

/* Appends one cell, escaped. */
void flow_tsv_escape(struct flow_buf *out, const char *text, size_t len);
/* Turns an escaped cell back into bytes. FLOW_E_INVALID for an unknown escape, a cut one, or \x00. */
int flow_tsv_unescape(struct flow_buf *out, const char *cell, size_t len, struct flow_error *err);

/* Splits one line (without its end) into unescaped cells, appended to cells. */
int flow_tsv_split(struct flow_strv *cells, const char *line, size_t len, struct flow_error *err);

/* The ids of a record stream: column one of each line of text, unescaped, without empty lines and without a
 * header line (a first line whose first cell is "unit", "path", "file" or "branch"). Where the first line is
 * a JSON object, all are, and the id is the string that each begins with. */
int flow_tsv_ids(struct flow_strv *ids, const char *text, size_t len, struct flow_error *err);

#endif
