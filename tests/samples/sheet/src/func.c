/* SPDX-License-Identifier: MIT */
#include "func.h"

#include <string.h>

#include "num.h"
#include "text.h"

static void call_sum(const struct value *args, size_t count, struct value *out) {
    enum num_status status = NUM_OK;
    int64_t sum = 0;

    for (size_t i = 0; i < count && status == NUM_OK; i++) {
        int64_t number;

        status = value_to_number(&args[i], &number) == 0 ? num_add(sum, number, &sum) : NUM_MALFORMED;
    }
    value_set_result(out, status, sum);
}

static void call_count(const struct value *args, size_t count, struct value *out) {
    int64_t seen = 0;

    for (size_t i = 0; i < count; i++)
        seen += args[i].kind == VALUE_NUMBER;
    value_set_number(out, seen * NUM_SCALE);
}

/* The argument that comes first (`sign` 1) or last (-1) in order, blanks left out. */
static void pick(const struct value *args, size_t count, int sign, struct value *out) {
    const struct value *best = NULL;

    for (size_t i = 0; i < count; i++) {
        if (args[i].kind != VALUE_BLANK && (best == NULL || sign * value_compare(&args[i], best) < 0))
            best = &args[i];
    }
    if (best != NULL)
        value_copy(out, best);
}

static void call_min(const struct value *args, size_t count, struct value *out) { pick(args, count, 1, out); }

static void call_max(const struct value *args, size_t count, struct value *out) {
    pick(args, count, -1, out);
}

static void call_if(const struct value *args, size_t count, struct value *out) {
    int64_t test = 0;

    if (args[0].kind == VALUE_FAULT)
        value_copy(out, &args[0]);
    else if (value_to_number(&args[0], &test) != 0)
        value_set_fault(out, FAULT_TYPE);
    else if (test != 0)
        value_copy(out, &args[1]);
    else if (count > 2)
        value_copy(out, &args[2]);
}

static void call_iserr(const struct value *args, size_t count, struct value *out) {
    (void)count;
    value_set_number(out, args[0].kind == VALUE_FAULT ? NUM_SCALE : 0);
}

/* Sixteen bits of a hash, such as clerks put beside a name to show up typing errors. */
static void call_hash(const struct value *args, size_t count, struct value *out) {
    struct buf text = BUF_INIT(VALUE_MAX_TEXT);
    uint32_t hash;

    (void)count;
    value_show(&args[0], &text);
    hash = pool_hash(text.data, text.len);
    value_set_number(out, (uint16_t)(hash ^ hash >> 16) * NUM_SCALE);
    buf_release(&text);
}

static const struct func functions[] = {
    {"COUNT", 1, FUNC_ANY, 1, call_count},
    {"HASH", 1, 1, 0, call_hash},
    {"IF", 2, 3, 1, call_if},
    {"ISERR", 1, 1, 1, call_iserr},
    {"MAX", 1, FUNC_ANY, 0, call_max},
    {"MIN", 1, FUNC_ANY, 0, call_min},
    {"SUM", 1, FUNC_ANY, 0, call_sum},
};

const struct func *func_find(const char *name, size_t len) {
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strncmp(functions[i].name, name, len) == 0 && functions[i].name[len] == '\0')
            return &functions[i];
    }
    return NULL;
}

void func_call(const struct func *func, const struct value *args, size_t count, struct value *out) {
    for (size_t i = 0; i < count && !func->takes_faults; i++) {
        if (args[i].kind == VALUE_FAULT) {
            value_copy(out, &args[i]);
            return;
        }
    }
    value_release(out);
    func->body(args, count, out);
}
