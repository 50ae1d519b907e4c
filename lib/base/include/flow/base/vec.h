/* SPDX-License-Identifier: MIT */
/*
 * Growing arrays. An array is three members of the structure that owns it (items, count, cap), typed, and
 * grown by flow_grow; no macro hides the loop over it.
 */
#ifndef FLOW_BASE_VEC_H
#define FLOW_BASE_VEC_H

#include <stddef.h>

#include "flow/base/error.h"

/* Makes room for `want` items of `size` bytes in *items, whose capacity is *cap items; grows by doubling,
 * never shrinks. `items` is the address of the typed pointer: flow_grow(&v->items, &v->cap, v->count + 1,
 * sizeof *v->items, err). */
int flow_grow(void *items, size_t *cap, size_t want, size_t size, struct flow_error *err)
    __attribute__((warn_unused_result));

/* A list of owned strings. */
struct flow_strv {
    char **items;
    size_t count;
    size_t cap;
};

void flow_strv_init(struct flow_strv *list);
void flow_strv_release(struct flow_strv *list);
int flow_strv_add(struct flow_strv *list, const char *text, struct flow_error *err)
    __attribute__((warn_unused_result));
int flow_strv_addn(struct flow_strv *list, const char *text, size_t len, struct flow_error *err)
    __attribute__((warn_unused_result));
/* Ordered by bytes. */
void flow_strv_sort(struct flow_strv *list);
/* Index of text, or -1. */
long flow_strv_find(const struct flow_strv *list, const char *text);

#endif
