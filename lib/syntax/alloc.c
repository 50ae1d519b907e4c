// SPDX-License-Identifier: MIT
#include "alloc.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <tree_sitter/api.h>

/* Stands in front of each block, as large as the strictest alignment. */
union mark {
    uintptr_t value;
    max_align_t align;
};

// A value that depends on the address: bytes that were copied from one block to another do not pass.
static uintptr_t mark_of(const union mark *mark)
{
    return (uintptr_t)mark ^ (uintptr_t)0x5bd1e995c2b2ae35;
}

static bool is_marked(const union mark *mark)
{
    return mark->value == mark_of(mark);
}

// tree-sitter does not look whether it got memory, and by itself would end the process too.
static void *mark_block(union mark *mark)
{
    if (!mark)
        abort();
    mark->value = mark_of(mark);
    return mark + 1;
}

static void *guarded_malloc(size_t size)
{
    return mark_block(size <= SIZE_MAX - sizeof(union mark) ? malloc(size + sizeof(union mark)) : NULL);
}

static void *guarded_calloc(size_t count, size_t size)
{
    if (size > 0 && count > (SIZE_MAX - sizeof(union mark)) / size)
        abort();
    return mark_block(calloc(1, count * size + sizeof(union mark)));
}

static void *guarded_realloc(void *block, size_t size)
{
    if (!block)
        return guarded_malloc(size);
    union mark *mark = (union mark *)block - 1;
    if (!is_marked(mark) || size > SIZE_MAX - sizeof(union mark))
        abort();
    mark->value = 0;
    return mark_block(realloc(mark, size + sizeof(union mark)));
}

static void guarded_free(void *block)
{
    if (!block)
        return;
    union mark *mark = (union mark *)block - 1;
    if (!is_marked(mark))
        return;
    mark->value = 0;
    free(mark);
}

static void set_allocator(void)
{
    ts_set_allocator(guarded_malloc, guarded_calloc, guarded_realloc, guarded_free);
}

void alloc_guard(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_allocator);
}
