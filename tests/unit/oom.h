/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out: each allocation of a piece of code fails in turn.
 *
 * A test called tests/unit/<layer>/test_<what>_oom.c is linked with oom.c and with malloc, calloc, realloc,
 * strdup and strndup wrapped, so that whatever the layers of flow allocate can be made to fail; nothing else
 * is to be done for it. What shared libraries allocate themselves (libc, libgit2, SQLite, tree-sitter) does
 * not fail, unless the library takes an allocator and the test hands it oom_malloc, oom_realloc and free:
 *
 *     static int parse(void *payload, struct flow_error *err)
 *     {
 *         struct flow_json *document;
 *         if (flow_json_parse(&document, payload, strlen(payload), err))
 *             return -1;
 *         flow_json_free(document);
 *         return 0;
 *     }
 *
 *     static void test_parse(void **state)
 *     {
 *         char text[] = "[1, 2]";
 *         oom_each(parse, text);
 *     }
 *
 * Leaks on the way out are found by the asan preset, crashes by any.
 */
#ifndef FLOW_TESTS_OOM_H
#define FLOW_TESTS_OOM_H

#include <stddef.h>

#include "flow/base/error.h"

/* Does its work from the beginning, releases all that it got whether it succeeds or not, and returns the
 * result of what it tests. It asserts nothing that an allocation can make false. */
typedef int (*oom_body)(void *payload, struct flow_error *err);

/*
 * Runs body without a failure, which must succeed and allocate at least once; then with the first allocation
 * failing, the second, … and so on for all of them; then with all failing from the first on, from the second
 * on, …. Each run in which an allocation failed must return other than 0 with FLOW_E_NOMEM.
 */
void oom_each(oom_body body, void *payload);

/* As oom_each, for code that is right to go on without some of its memory: a run may also succeed. */
void oom_each_lenient(oom_body body, void *payload);

/* As oom_each_lenient, for what takes too long to be run for each of its allocations: `tries` of them, spread
 * over the run, and a last run without a failure. */
void oom_some(oom_body body, void *payload, long tries);

/* For libraries that take an allocator. */
void *oom_malloc(size_t size);
void *oom_realloc(void *old, size_t size);

#endif
