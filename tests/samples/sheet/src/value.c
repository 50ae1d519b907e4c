/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <stdlib.h>
#include <string.h>

static const char *const fault_names[] = {
    [FAULT_CYCLE] = "#CYCLE!", [FAULT_ZERO] = "#ZERO!", [FAULT_RANGE] = "#RANGE!",
    [FAULT_LONG] = "#LONG!",   [FAULT_TYPE] = "#TYPE!",
};

void value_release(struct value *v) {
    if (v->kind == VALUE_TEXT)
        free(v->as.text);
    v->kind = VALUE_BLANK;
}

void value_set_number(struct value *v, int64_t number) {
    value_release(v);
    v->kind = VALUE_NUMBER;
    v->as.number = number;
}

void value_set_fault(struct value *v, enum value_fault fault) {
    value_release(v);
    v->kind = VALUE_FAULT;
    v->as.fault = fault;
}

void value_take_text(struct value *v, char *text) {
    value_release(v);
    v->kind = VALUE_TEXT;
    v->as.text = text;
}

void value_set_text(struct value *v, const char *text) {
    size_t size = strlen(text) + 1;

    value_take_text(v, memcpy(mem_resize(NULL, size, 1), text, size));
}

void value_set_result(struct value *v, enum num_status status, int64_t number) {
    if (status == NUM_OK)
        value_set_number(v, number);
    else if (status == NUM_BY_ZERO)
        value_set_fault(v, FAULT_ZERO);
    else
        value_set_fault(v, status == NUM_OVERFLOW ? FAULT_RANGE : FAULT_TYPE);
}

void value_copy(struct value *out, const struct value *from) {
    if (from->kind == VALUE_TEXT) {
        value_set_text(out, from->as.text);
    } else {
        value_release(out);
        *out = *from;
    }
}

int value_to_number(const struct value *v, int64_t *out) {
    if (v->kind != VALUE_NUMBER && v->kind != VALUE_BLANK)
        return -1;
    *out = v->kind == VALUE_NUMBER ? v->as.number : 0;
    return 0;
}

int value_compare(const struct value *a, const struct value *b) {
    int64_t x = 0, y = 0;

    if (a->kind == VALUE_TEXT || b->kind == VALUE_TEXT) {
        if (a->kind == VALUE_NUMBER || b->kind == VALUE_NUMBER)
            return a->kind == VALUE_NUMBER ? -1 : 1;
        return strcmp(a->kind == VALUE_TEXT ? a->as.text : "", b->kind == VALUE_TEXT ? b->as.text : "");
    }
    value_to_number(a, &x);
    value_to_number(b, &y);
    return (x > y) - (x < y);
}

int value_show(const struct value *v, struct buf *out) {
    char digits[NUM_TEXT_SIZE];
    const char *text = "";

    if (v->kind == VALUE_NUMBER) {
        num_format(v->as.number, digits);
        text = digits;
    } else if (v->kind == VALUE_TEXT) {
        text = v->as.text;
    } else if (v->kind == VALUE_FAULT) {
        text = fault_names[v->as.fault];
    }
    return buf_append(out, text, strlen(text));
}
