/* SPDX-License-Identifier: MIT */
#include "cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if CELL_MAX_ROW > UINT16_MAX || CELL_MAX_COLUMN > UINT16_MAX
#error "a key has 16 bits for the row and 16 for the column"
#endif

int cell_parse_name(const char *name, size_t len, uint32_t *out) {
    uint32_t row = 0, column = 0;
    size_t i;

    for (i = 0; i < len && name[i] >= 'A' && name[i] <= 'Z'; i++) {
        column = column * 26 + (uint32_t)(name[i] - 'A' + 1);
        if (column > CELL_MAX_COLUMN)
            return -1;
    }
    if (i == 0 || i == len || name[i] == '0')
        return -1;
    for (; i < len; i++) {
        if (name[i] < '0' || name[i] > '9')
            return -1;
        row = row * 10 + (uint32_t)(name[i] - '0');
        if (row > CELL_MAX_ROW)
            return -1;
    }
    *out = CELL_KEY(row, column);
    return 0;
}

void cell_format_name(uint32_t key, char out[CELL_NAME_SIZE]) {
    unsigned column = CELL_COLUMN(key) - 1u;

    // There is no digit for zero: after Z comes AA.
    if (column < 26)
        snprintf(out, CELL_NAME_SIZE, "%c%u", (char)('A' + column), (unsigned)CELL_ROW(key));
    else
        snprintf(out, CELL_NAME_SIZE, "%c%c%u", (char)('A' + column / 26 - 1), (char)('A' + column % 26),
                 (unsigned)CELL_ROW(key));
}

/* The index of the first cell whose key is not below `key`. */
static size_t lower_bound(const struct sheet *sheet, uint32_t key) {
    size_t low = 0, high = sheet->count;

    while (low < high) {
        size_t middle = low + ((high - low) >> 1);

        if (sheet->cells[middle]->key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct cell *sheet_find(const struct sheet *sheet, uint32_t key) {
    size_t at = lower_bound(sheet, key);

    return at < sheet->count && sheet->cells[at]->key == key ? sheet->cells[at] : NULL;
}

/* The cell at `key`, which is made if need be. */
static struct cell *need_cell(struct sheet *sheet, uint32_t key) {
    size_t at = lower_bound(sheet, key);
    struct cell *cell;

    if (at < sheet->count && sheet->cells[at]->key == key)
        return sheet->cells[at];
    if (sheet->count == sheet->cap) {
        sheet->cap = sheet->cap > 0 ? sheet->cap * 2 : 16;
        sheet->cells = mem_resize(sheet->cells, sheet->cap, sizeof(*sheet->cells));
    }
    cell = mem_resize(NULL, 1, sizeof(*cell));
    *cell = (struct cell){.key = key};
    memmove(&sheet->cells[at + 1], &sheet->cells[at], (sheet->count - at) * sizeof(*sheet->cells));
    sheet->cells[at] = cell;
    sheet->count++;
    return cell;
}

/* Enters each reference in `expr`, which is part of the formula of `user`, in the list of its target. */
static void bind(struct sheet *sheet, struct expr *expr, struct cell *user) {
    if (expr->kind == EXPR_REF) {
        struct cell *target = need_cell(sheet, expr->as.ref.key);

        expr->as.ref.target = target;
        expr->as.ref.user = user;
        expr->as.ref.next_use = target->uses;
        target->uses = expr;
        user->waiting++;
    }
    for (size_t i = 0; i < expr->kid_count; i++)
        bind(sheet, expr->kids[i], user);
}

struct cell *sheet_set(struct sheet *sheet, uint32_t key, uint32_t line, struct expr *formula) {
    struct cell *cell = need_cell(sheet, key);

    cell->line = line;
    cell->formula = formula;
    bind(sheet, formula, cell);
    return cell;
}

size_t sheet_evaluate(struct sheet *sheet) {
    struct cell *ready = NULL, *cell;
    size_t faults = 0;

    for (size_t i = 0; i < sheet->count; i++) {
        if (sheet->cells[i]->waiting == 0) {
            sheet->cells[i]->next_ready = ready;
            ready = sheet->cells[i];
        }
    }
    while ((cell = ready) != NULL) {
        ready = cell->next_ready;
        if (cell->formula != NULL)
            expr_eval(cell->formula, &cell->value);
        for (const struct expr *use = cell->uses; use != NULL; use = use->as.ref.next_use) {
            struct cell *user = use->as.ref.user;

            if (--user->waiting == 0) {
                user->next_ready = ready;
                ready = user;
            }
        }
    }
    for (size_t i = 0; i < sheet->count; i++) {
        if (sheet->cells[i]->waiting > 0)
            value_set_fault(&sheet->cells[i]->value, FAULT_CYCLE);
        faults += sheet->cells[i]->value.kind == VALUE_FAULT;
    }
    return faults;
}

void sheet_release(struct sheet *sheet) {
    for (size_t i = 0; i < sheet->count; i++) {
        value_release(&sheet->cells[i]->value);
        expr_free(sheet->cells[i]->formula);
        free(sheet->cells[i]);
    }
    free(sheet->cells);
    pool_release(&sheet->strings);
    *sheet = (struct sheet){0};
}
