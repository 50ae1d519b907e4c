/* SPDX-License-Identifier: MIT */
#ifndef CELL_H
#define CELL_H

#include <stddef.h>
#include <stdint.h>

#include "expr.h"
#include "text.h"
#include "value.h"

/* Support for --trace: a cell remembers its source. */
#ifndef SHEET_TRACE
#define SHEET_TRACE 1
#endif

struct expr; /* expr.h includes this header, too */

#define CELL_MAX_ROW 9999
#define CELL_MAX_COLUMN 702 /* ZZ */
#define CELL_NAME_SIZE 8

/* Where a cell is: row and column, counted from 1, in one number that sorts by row first. */
#define CELL_KEY(row, column) ((uint32_t)(row) << 16 | (uint32_t)(column))
#define CELL_ROW(key) ((uint16_t)((key) >> 16))
#define CELL_COLUMN(key) ((uint16_t)(key))

struct cell {
    uint32_t key;
    uint32_t line;           /* where it is set, or 0 for a blank cell that formulas refer to */
    struct expr *formula;    /* owned; NULL if blank */
    struct expr *uses;       /* first of the references to this cell; they belong to other cells' formulas */
    size_t waiting;          /* references in `formula` whose targets have no value yet */
    struct cell *next_ready; /* while queued for evaluation */
    struct value value;
#if SHEET_TRACE
    const char *source; /* borrowed from the pool */
#endif
};

/* The cells, ordered by key. Each stays where it is until sheet_release(). All zero is an empty sheet. */
struct sheet {
    struct cell **cells;
    size_t count;
    size_t cap;
    struct pool strings;
};

/* Reads `len` bytes such as `AB12`. Returns -1 if they do not name a cell. */
int cell_parse_name(const char *name, size_t len, uint32_t *out);

void cell_format_name(uint32_t key, char out[CELL_NAME_SIZE]);

/* The cell at `key`, or NULL. */
struct cell *sheet_find(const struct sheet *sheet, uint32_t key);

/* Sets a cell that is not set yet. Takes the formula over and enters its references in their targets. */
struct cell *sheet_set(struct sheet *sheet, uint32_t key, uint32_t line, struct expr *formula);

/*
 * Gives each cell its value, each after those that it refers to. A cell on a cycle, or after one, becomes
 * FAULT_CYCLE. To be called once, when all cells are set. Returns the number of set cells that are faults.
 */
size_t sheet_evaluate(struct sheet *sheet);

void sheet_release(struct sheet *sheet);

#endif
