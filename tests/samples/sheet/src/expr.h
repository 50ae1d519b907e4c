/* SPDX-License-Identifier: MIT */
#ifndef EXPR_H
#define EXPR_H

#include <stddef.h>
#include <stdint.h>

#include "cell.h"
#include "func.h"
#include "value.h"

struct cell; /* cell.h includes this header, too */

enum expr_kind { EXPR_NUMBER, EXPR_TEXT, EXPR_REF, EXPR_CALL, EXPR_BINARY };

/*
 * A node of a formula. It owns its kids. A reference is, once its formula stands in a cell, a link in the
 * list of all references to `target`, which begins at target->uses; `user` is the cell whose formula it is
 * part of.
 */
struct expr {
    enum expr_kind kind;
    union {
        int64_t number;
        const char *text; /* borrowed from the pool of the sheet */
        const struct func *func;
        char op; /* one of + - * / & = < >, between two kids */
        struct {
            uint32_t key;
            struct cell *target;
            struct cell *user;
            struct expr *next_use;
        } ref;
    } as;
    struct expr **kids;
    size_t kid_count;
};

struct expr *expr_new(enum expr_kind kind);

/* Frees the node and all below it. Takes NULL. */
void expr_free(struct expr *expr);

/* Adds `kid` as the last one; `parent` owns it from now on. */
void expr_add(struct expr *parent, struct expr *kid);

/* Computes `out`. Every target must have its value. */
void expr_eval(const struct expr *expr, struct value *out);

#endif
