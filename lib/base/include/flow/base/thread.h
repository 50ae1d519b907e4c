/* SPDX-License-Identifier: MIT */
/*
 * Threads: one loop over work shared by all cores, and many small agents.
 */
#ifndef FLOW_BASE_THREAD_H
#define FLOW_BASE_THREAD_H

#include <pthread.h>
#include <stddef.h>

#include "flow/base/error.h"

/* The processors that this process may use (affinity and cgroup quota counted), at least 1. */
unsigned flow_thread_cores(void);

/* Calls fn(payload, worker, item) for each item of 0 … items-1 from `workers` threads (0: one for each core;
 * never more than items), of which the caller is worker 0; items are taken in order, each once. A failure (fn
 * returns other than 0) stops the taking of further items; that of the lowest item is returned. fn gets its
 * own err. */
typedef int (*flow_each_fn)(void *payload, unsigned worker, size_t item, struct flow_error *err);
int flow_thread_each(unsigned workers, size_t items, flow_each_fn fn, void *payload, struct flow_error *err);

/* Starts a thread with a stack of `stack` bytes (at least 64 KiB), all signals blocked in it. */
int flow_thread_start(pthread_t *out, size_t stack, void *(*fn)(void *), void *payload,
                      struct flow_error *err);

/* Enough for a straight-line agent with libgit2, SQLite and a prompt on the heap, also where a sanitizer
 * takes half of it. Only what is touched takes memory. */
#define FLOW_THREAD_AGENT_STACK ((size_t)1 << 20)

#endif
