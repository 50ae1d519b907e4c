// SPDX-License-Identifier: MIT
#include "flow/base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_FIRST ((size_t)4 << 10)
#define BLOCK_LAST  ((size_t)1 << 20)

struct flow_arena_block {
    struct flow_arena_block *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) char data[];
};

void flow_arena_init(struct flow_arena *arena)
{
    *arena = (struct flow_arena){0};
}

static void free_blocks(struct flow_arena_block *block)
{
    while (block) {
        struct flow_arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void flow_arena_release(struct flow_arena *arena)
{
    free_blocks(arena->head);
    flow_arena_init(arena);
}

void flow_arena_clear(struct flow_arena *arena)
{
    struct flow_arena_block *keep = arena->head;
    arena->used = 0;
    if (!keep)
        return;
    free_blocks(keep->next);
    keep->next = NULL;
    memset(keep->data, 0, keep->used);
    keep->used = 0;
}

static struct flow_arena_block *block_new(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct flow_arena_block))
        return NULL;
    struct flow_arena_block *block = calloc(1, sizeof *block + size);
    if (block)
        block->size = size;
    return block;
}

// A block with room for size. What is larger than the usual block gets one of its own behind the head, so
// that the room left in the head is not lost.
static struct flow_arena_block *block_with_room(struct flow_arena *arena, size_t size)
{
    struct flow_arena_block *head = arena->head;
    if (head && size <= head->size - head->used)
        return head;
    size_t usual = head ? head->size * 2 : BLOCK_FIRST;
    if (usual > BLOCK_LAST)
        usual = BLOCK_LAST;
    struct flow_arena_block *block = block_new(size > usual ? size : usual);
    if (!block)
        return NULL;
    if (head && size > usual) {
        block->next = head->next;
        head->next = block;
    } else {
        block->next = head;
        arena->head = block;
    }
    return block;
}

void *flow_arena_alloc(struct flow_arena *arena, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    if (size > SIZE_MAX - align)
        return NULL;
    size_t rounded = (size + align - 1) / align * align;
    if (rounded == 0)
        rounded = align;
    struct flow_arena_block *block = block_with_room(arena, rounded);
    if (!block)
        return NULL;
    void *at = block->data + block->used;
    block->used += rounded;
    arena->used += size;
    return at;
}

char *flow_arena_strn(struct flow_arena *arena, const char *text, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *copy = flow_arena_alloc(arena, len + 1);
    if (copy)
        memcpy(copy, text, len);
    return copy;
}

char *flow_arena_str(struct flow_arena *arena, const char *text)
{
    return flow_arena_strn(arena, text, strlen(text));
}
