/* SPDX-License-Identifier: MIT */
#ifndef VALUE_H
#define VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "num.h"
#include "text.h"

/* The longest text that a cell may hold, in bytes. */
#ifndef VALUE_MAX_TEXT
#define VALUE_MAX_TEXT 1024
#endif

enum value_kind { VALUE_BLANK, VALUE_NUMBER, VALUE_TEXT, VALUE_FAULT };

/* What went wrong in a cell. A fault is a value: it travels to the cells that use it. */
enum value_fault { FAULT_CYCLE, FAULT_ZERO, FAULT_RANGE, FAULT_LONG, FAULT_TYPE };

/* What a cell comes to. A text is owned by its value. The setters release what `v` held before. */
struct value {
    enum value_kind kind;
    union {
        int64_t number;
        char *text;
        enum value_fault fault;
    } as;
};

#define VALUE_INIT ((struct value){VALUE_BLANK, {0}})

/* Makes the value blank. */
void value_release(struct value *v);

void value_set_number(struct value *v, int64_t number);
void value_set_fault(struct value *v, enum value_fault fault);

/* Sets the number, or the fault that belongs to `status`. */
void value_set_result(struct value *v, enum num_status status, int64_t number);

/* Takes the text over; it came from malloc(). */
void value_take_text(struct value *v, char *text);

/* Sets a copy of the text. */
void value_set_text(struct value *v, const char *text);

/* Makes `out` a copy of `from`, which is another value, with a text of its own. */
void value_copy(struct value *out, const struct value *from);

/* The value as a number: blank is 0. Returns -1 for text and faults. */
int value_to_number(const struct value *v, int64_t *out);

/* Below, equal to or above 0. Blank equals 0 and the empty text; numbers come before texts. No faults. */
int value_compare(const struct value *a, const struct value *b);

/* Appends what a reader should see. Returns -1 if `out` has no room. */
int value_show(const struct value *v, struct buf *out);

#endif
