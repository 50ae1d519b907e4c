/* SPDX-License-Identifier: MIT */
#include "expr.h"

#include <stdlib.h>

#include "num.h"
#include "text.h"

struct expr *expr_new(enum expr_kind kind) {
    struct expr *expr = mem_resize(NULL, 1, sizeof(*expr));

    *expr = (struct expr){.kind = kind};
    return expr;
}

void expr_free(struct expr *expr) {
    if (expr == NULL)
        return;
    for (size_t i = 0; i < expr->kid_count; i++)
        expr_free(expr->kids[i]);
    free(expr->kids);
    free(expr);
}

void expr_add(struct expr *parent, struct expr *kid) {
    size_t count = parent->kid_count;

    // The storage is a power of two, and full when the count is one (or 0): the lowest bit set is the only
    // one.
    if ((count & (count - 1)) == 0)
        parent->kids = mem_resize(parent->kids, count > 0 ? count * 2 : 1, sizeof(*parent->kids));
    parent->kids[parent->kid_count++] = kid;
}

static void eval_call(const struct expr *expr, struct value *out) {
    struct value *args = mem_resize(NULL, expr->kid_count, sizeof(*args));

    for (size_t i = 0; i < expr->kid_count; i++) {
        args[i] = VALUE_INIT;
        expr_eval(expr->kids[i], &args[i]);
    }
    func_call(expr->as.func, args, expr->kid_count, out);
    for (size_t i = 0; i < expr->kid_count; i++)
        value_release(&args[i]);
    free(args);
}

static void join(const struct value *left, const struct value *right, struct value *out) {
    struct buf text = BUF_INIT(VALUE_MAX_TEXT);

    if (value_show(left, &text) == 0 && value_show(right, &text) == 0)
        value_take_text(out, buf_detach(&text));
    else
        value_set_fault(out, FAULT_LONG);
    buf_release(&text);
}

static void apply(char op, const struct value *left, const struct value *right, struct value *out) {
    int order;
    int64_t a, b, result = 0;
    enum num_status status = NUM_OK;

    if (left->kind == VALUE_FAULT || right->kind == VALUE_FAULT) {
        value_copy(out, left->kind == VALUE_FAULT ? left : right);
    } else if (op == '&') {
        join(left, right, out);
    } else if (op == '=' || op == '<' || op == '>') {
        order = value_compare(left, right);
        value_set_number(out, (op == '=' ? order == 0 : op == '<' ? order < 0 : order > 0) * NUM_SCALE);
    } else if (value_to_number(left, &a) != 0 || value_to_number(right, &b) != 0) {
        value_set_fault(out, FAULT_TYPE);
    } else {
        if (op == '*')
            status = num_mul(a, b, &result);
        else if (op == '/')
            status = num_div(a, b, &result);
        else
            status = num_add(a, op == '-' ? -b : b, &result);
        value_set_result(out, status, result);
    }
}

void expr_eval(const struct expr *expr, struct value *out) {
    struct value left = VALUE_INIT, right = VALUE_INIT;

    switch (expr->kind) {
    case EXPR_NUMBER:
        value_set_number(out, expr->as.number);
        break;
    case EXPR_TEXT:
        value_set_text(out, expr->as.text);
        break;
    case EXPR_REF:
        value_copy(out, &expr->as.ref.target->value);
        break;
    case EXPR_CALL:
        eval_call(expr, out);
        break;
    case EXPR_BINARY:
        expr_eval(expr->kids[0], &left);
        expr_eval(expr->kids[1], &right);
        apply(expr->as.op, &left, &right, out);
        break;
    }
    value_release(&left);
    value_release(&right);
}
