// SPDX-License-Identifier: MIT
#include "oom.h"

#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

// The linker gives what --wrap=malloc renames these names, which only the implementation may choose
// otherwise.
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

#define NEVER LONG_MAX

// Several threads may allocate at once.
static atomic_long seen;
static atomic_long fail_from = NEVER; // counted from 0
static atomic_long fail_until = NEVER;

static bool fails(void)
{
    long number = atomic_fetch_add(&seen, 1);
    return number >= atomic_load(&fail_from) && number < atomic_load(&fail_until);
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return fails() ? NULL : __real_strndup(text, len);
}

void *oom_malloc(size_t size)
{
    return malloc(size);
}

void *oom_realloc(void *old, size_t size)
{
    return realloc(old, size);
}

// One run, in which the allocations from `from` up to `until` fail; returns how many were asked for.
static long run(oom_body body, void *payload, long from, long until, bool lenient)
{
    struct flow_error err = FLOW_ERROR_INIT;
    atomic_store(&seen, 0);
    atomic_store(&fail_until, until);
    atomic_store(&fail_from, from);
    int result = body(payload, &err);
    atomic_store(&fail_from, NEVER);
    long count = atomic_load(&seen);
    bool met = count > from;
    if (result != 0 && !met)
        fail_msg("with enough memory: %s", err.message);
    if (result == 0 && met && !lenient)
        fail_msg("the failure of allocation %ld of %ld was not reported", from + 1, count);
    if (result != 0 && err.code != FLOW_E_NOMEM)
        fail_msg("the failure of allocation %ld was reported as code %d: %s", from + 1, err.code,
                 err.message);
    return count;
}

static void each(oom_body body, void *payload, bool lenient)
{
    assert_true(run(body, payload, NEVER, NEVER, lenient) > 0);
    // A failure may cut a run short, so that only a run itself tells whether it was long enough.
    for (long from = 0; run(body, payload, from, from + 1, lenient) > from; from++)
        continue;
    for (long from = 0; run(body, payload, from, NEVER, lenient) > from; from++)
        continue;
}

void oom_each(oom_body body, void *payload)
{
    each(body, payload, false);
}

void oom_each_lenient(oom_body body, void *payload)
{
    each(body, payload, true);
}
