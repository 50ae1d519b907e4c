/* SPDX-License-Identifier: MIT */
#ifndef FUNC_H
#define FUNC_H

#include <stddef.h>
#include <stdint.h>

#include "value.h"

#define FUNC_ANY SIZE_MAX /* as `most`: no limit */

/* Computes `out`, which is blank when the body is called, from `count` borrowed arguments. */
typedef void (*func_body)(const struct value *args, size_t count, struct value *out);

/* A built-in function, to be called with `least` to `most` arguments. */
struct func {
    const char *name;
    size_t least;
    size_t most;
    int takes_faults; /* else a fault among the arguments is the result, and the body is not called */
    func_body body;
};

/* The function whose name is the `len` bytes at `name`, or NULL. */
const struct func *func_find(const char *name, size_t len);

/* Calls `func` and puts the result in `out`. The arguments stay the caller's. */
void func_call(const struct func *func, const struct value *args, size_t count, struct value *out);

#endif
