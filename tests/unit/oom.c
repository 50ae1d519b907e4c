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

// Not every test is linked with tree-sitter.
struct TSParser;
struct TSLanguage;
struct TSTree;
#define WEAK __attribute__((weak))
bool __real_ts_parser_set_language(struct TSParser *parser, const struct TSLanguage *language) WEAK;
struct TSTree *__real_ts_parser_parse_string_encoding(struct TSParser *parser, const struct TSTree *old,
                                                      const char *text, uint32_t len, int encoding) WEAK;
bool __wrap_ts_parser_set_language(struct TSParser *parser, const struct TSLanguage *language);
struct TSTree *__wrap_ts_parser_parse_string_encoding(struct TSParser *parser, const struct TSTree *old,
                                                      const char *text, uint32_t len, int encoding);
void __wrap_ts_set_allocator(void *(*make)(size_t), void *(*make_zeroed)(size_t, size_t),
                             void *(*grow)(void *, size_t), void (*end)(void *));

#define NEVER LONG_MAX

// Several threads may allocate at once.
static atomic_long seen;
static atomic_long fail_from = NEVER; // counted from 0
static atomic_long fail_until = NEVER;

static _Thread_local bool spared;

static bool fails(void)
{
    if (spared)
        return false;
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

// tree-sitter does not survive a failed allocation: it keeps the allocator of libc, which does not fail, and
// the scanners of grammars, which are linked like our own code, are spared while it calls them.
bool __wrap_ts_parser_set_language(struct TSParser *parser, const struct TSLanguage *language)
{
    spared = true;
    bool done = __real_ts_parser_set_language(parser, language);
    spared = false;
    return done;
}

struct TSTree *__wrap_ts_parser_parse_string_encoding(struct TSParser *parser, const struct TSTree *old,
                                                      const char *text, uint32_t len, int encoding)
{
    spared = true;
    struct TSTree *tree = __real_ts_parser_parse_string_encoding(parser, old, text, len, encoding);
    spared = false;
    return tree;
}

void __wrap_ts_set_allocator(void *(*make)(size_t), void *(*make_zeroed)(size_t, size_t),
                             void *(*grow)(void *, size_t), void (*end)(void *))
{
    (void)make;
    (void)make_zeroed;
    (void)grow;
    (void)end;
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

void oom_some(oom_body body, void *payload, long tries)
{
    long count = run(body, payload, NEVER, NEVER, true);
    for (long i = 0; i < tries; i++) {
        long from = count / tries * i + i % (count / tries + 1);
        run(body, payload, from, from + 1, true);
        run(body, payload, from, NEVER, true);
    }
    run(body, payload, NEVER, NEVER, true);
}

void oom_each(oom_body body, void *payload)
{
    each(body, payload, false);
}

void oom_each_lenient(oom_body body, void *payload)
{
    each(body, payload, true);
}
