/* SPDX-License-Identifier: MIT */
/*
 * The output of records: one list of columns, three forms.
 *
 *   TSV      a header line and a line a row: what a pipe gets
 *   aligned  columns for people: what a terminal gets
 *   JSON     one object a line, with the column names as keys and typed values: what --json gets
 *
 * Text is escaped alike in all of them (flow/base/tsv.h), so that a name is written and read back the same
 * way whatever it holds; in JSON the escaped text stands in a string. Cells are given in the order of the
 * columns, and flow_table_row ends a row. Failures are kept and reported by flow_table_close, so that nothing
 * has to be checked in between. Not thread-safe.
 */
#ifndef FLOW_UI_TABLE_H
#define FLOW_UI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "flow/base/error.h"

enum flow_column_type {
    FLOW_COLUMN_TEXT,
    FLOW_COLUMN_INT,
    FLOW_COLUMN_DECIMAL, /* a number with a fixed count of digits behind the point */
    FLOW_COLUMN_BOOL,    /* yes and no; true and false in JSON */
};

struct flow_column {
    const char *name; /* lower case, one word */
    enum flow_column_type type;
    unsigned digits; /* of a DECIMAL, at most 9 */
};

enum flow_table_form { FLOW_TABLE_TSV, FLOW_TABLE_ALIGNED, FLOW_TABLE_JSON };

struct flow_table;

/* The form for `to`: JSON where asked for, aligned on a terminal, TSV otherwise. The columns are borrowed
 * until flow_table_free. */
int flow_table_open(struct flow_table **out, FILE *to, bool json, const struct flow_column *columns,
                    size_t count, struct flow_error *err);

/* As flow_table_open with the form given. The aligned form cuts its widest text column, marked "…", until a
 * line fits `width` columns, the first one last of all; where that does not suffice it leaves out columns
 * from the right, marked "…" behind the names. width 0: never. It holds back the first rows (at most 1000) to
 * find the widths. */
int flow_table_new(struct flow_table **out, FILE *to, enum flow_table_form form, unsigned width,
                   const struct flow_column *columns, size_t count, struct flow_error *err);
void flow_table_free(struct flow_table *table);

/* One cell. NULL text is an empty cell, and null in JSON; flow_table_none is that for any type. */
void flow_table_text(struct flow_table *table, const char *text);
void flow_table_textn(struct flow_table *table, const char *text, size_t len);
void flow_table_int(struct flow_table *table, int64_t number);
void flow_table_decimal(struct flow_table *table, double number);
void flow_table_bool(struct flow_table *table, bool value);
void flow_table_none(struct flow_table *table);

/* Ends the row. TSV and JSON write it at once, through the buffer of the stream. */
void flow_table_row(struct flow_table *table);

/* Writes what is held back. The first failure of any call: FLOW_E_NOMEM, or FLOW_E_INTERNAL where cells did
 * not match the columns. Whether the stream took it all is for its owner to check; flow_tool_main does so for
 * stdout. */
int flow_table_close(struct flow_table *table, struct flow_error *err);

#endif
