/* SPDX-License-Identifier: MIT */
/*
 * A set of strings in order of first appearance, each with a number, a count and the line where it was first
 * seen. Made to be emptied and filled again for each file.
 */
#ifndef FLOW_SYNTAX_STRINGS_H
#define FLOW_SYNTAX_STRINGS_H

#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"

struct string_entry {
    const char *text; /* borrowed, not NUL-terminated */
    uint32_t len, hash;
    uint32_t count, line;
};

struct strings {
    struct string_entry *items;
    size_t count, cap;
    uint32_t *slots; /* index + 1, 0: free */
    size_t slot_count;
};

void strings_init(struct strings *strings);
void strings_release(struct strings *strings);
void strings_clear(struct strings *strings);
/* Counts text, which must outlive the set; gives its number. */
int strings_add(struct strings *strings, const char *text, size_t len, uint32_t line, uint32_t *number,
                struct flow_error *err);

#endif
