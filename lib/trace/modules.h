/* SPDX-License-Identifier: MIT */
/*
 * The program and the libraries that a process has loaded.
 */
#ifndef FLOW_TRACE_MODULES_H
#define FLOW_TRACE_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "trace_file.h"

/* Known so far. The list only grows, and may be read at any time. */
const struct flow_trace_module *trace_modules(uint32_t *count);
bool trace_is_in_module(uintptr_t address);
/* Whether an address is of the program itself, or of this library. */
bool trace_is_in_program(uintptr_t address);
bool trace_is_own(uintptr_t address);
/* Looks again. Takes the loader's lock, under which other threads may allocate: not to be called with a lock
 * that allocating takes. */
void trace_modules_refresh(void);
/* In a child, where a thread that was looking is gone. */
void trace_modules_forked(void);

#endif
