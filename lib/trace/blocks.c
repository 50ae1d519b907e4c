// SPDX-License-Identifier: MIT
#include "blocks.h"

#include <sys/mman.h>

#define MAX_BLOCKS ((size_t)2 << 20)
#define MAX_HOLDS  ((size_t)1 << 20)
#define PLACES     ((size_t)1 << 18) // lists of the table of places

static struct trace_block *blocks;
static struct trace_hold *holds;
static trace_index *places, root, free_block, free_hold;
static size_t blocks_used = 1, holds_used = 1;
static uint32_t random_state = 2463534242U;

// Address space only: pages come as they are touched.
static void *reserve(size_t count, size_t size)
{
    void *at =
        mmap(NULL, count * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? NULL : at;
}

bool trace_blocks_open(void)
{
    blocks = reserve(MAX_BLOCKS, sizeof *blocks);
    holds = reserve(MAX_HOLDS, sizeof *holds);
    places = reserve(PLACES, sizeof *places);
    return blocks && holds && places;
}

struct trace_block *trace_block_at(trace_index block)
{
    return &blocks[block];
}

struct trace_hold *trace_hold_at(trace_index hold)
{
    return &holds[hold];
}

/*
 * The tree is a treap: by start from left to right, by random priority from top to bottom.
 */

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void split(trace_index tree, uintptr_t start, trace_index *left, trace_index *right)
{
    while (tree) {
        struct trace_block *block = &blocks[tree];
        if (block->start < start) {
            *left = tree;
            left = &block->right;
            tree = *left;
        } else {
            *right = tree;
            right = &block->left;
            tree = *right;
        }
    }
    *left = *right = 0;
}

static trace_index merge(trace_index left, trace_index right)
{
    trace_index top = 0, *link = &top;
    while (left && right) {
        if (blocks[left].priority > blocks[right].priority) {
            *link = left;
            link = &blocks[left].right;
            left = *link;
        } else {
            *link = right;
            link = &blocks[right].left;
            right = *link;
        }
    }
    *link = left ? left : right;
    return top;
}

void trace_block_attach(trace_index index, uintptr_t start, size_t size)
{
    struct trace_block *block = &blocks[index];
    block->start = start;
    block->size = size;
    block->priority = next_random();
    trace_index *link = &root;
    while (*link && blocks[*link].priority >= block->priority)
        link = start < blocks[*link].start ? &blocks[*link].left : &blocks[*link].right;
    split(*link, start, &block->left, &block->right);
    *link = index;
}

void trace_block_detach(trace_index index)
{
    trace_index *link = &root;
    while (*link && *link != index)
        link = blocks[index].start < blocks[*link].start ? &blocks[*link].left : &blocks[*link].right;
    if (*link)
        *link = merge(blocks[index].left, blocks[index].right);
}

trace_index trace_block_add(uintptr_t start, size_t size)
{
    trace_index index = free_block;
    if (index)
        free_block = blocks[index].left;
    else if (blocks_used < MAX_BLOCKS)
        index = (trace_index)blocks_used++;
    else
        return 0;
    blocks[index] = (struct trace_block){0};
    trace_block_attach(index, start, size);
    return index;
}

trace_index trace_block_starting(uintptr_t start)
{
    trace_index at = root;
    while (at && blocks[at].start != start)
        at = start < blocks[at].start ? blocks[at].left : blocks[at].right;
    return at;
}

trace_index trace_block_around(uintptr_t address)
{
    trace_index at = root, best = 0;
    while (at) {
        bool before = blocks[at].start <= address;
        best = before ? at : best;
        at = before ? blocks[at].right : blocks[at].left;
    }
    // One of no bytes has an address all the same.
    return best && address - blocks[best].start < blocks[best].size + !blocks[best].size ? best : 0;
}

void trace_block_forget(trace_index block)
{
    trace_holds_forget(block);
    blocks[block].left = free_block;
    free_block = block;
}

/*
 * Holds.
 */

static trace_index *list_of(uintptr_t place)
{
    return &places[((place >> 3) * UINT64_C(0x9e3779b97f4a7c15)) >> 46];
}

static void put_place(trace_index index)
{
    trace_index *list = list_of(holds[index].place);
    holds[index].next_placed = *list;
    *list = index;
}

static void drop_place(trace_index index)
{
    trace_index *link = list_of(holds[index].place);
    while (*link && *link != index)
        link = &holds[*link].next_placed;
    if (*link)
        *link = holds[index].next_placed;
    holds[index].next_placed = 0;
}

trace_index trace_hold_of(uintptr_t place)
{
    trace_index at = *list_of(place);
    while (at && holds[at].place != place)
        at = holds[at].next_placed;
    return at;
}

trace_index trace_hold_add(trace_index block, uintptr_t place, uint32_t store, uint32_t generation)
{
    trace_index index = free_hold;
    if (index)
        free_hold = holds[index].next_placed;
    else if (holds_used < MAX_HOLDS)
        index = (trace_index)holds_used++;
    else
        return 0;
    struct trace_hold *hold = &holds[index];
    *hold = (struct trace_hold){.place = place, .store = store, .generation = generation, .block = block};
    hold->next_held = blocks[block].held;
    blocks[block].held = index;
    if (!place)
        return index;
    put_place(index);
    hold->holder = trace_block_around(place);
    if (hold->holder) {
        trace_index *first = &blocks[hold->holder].inside;
        hold->next_inside = *first;
        if (*first)
            holds[*first].last_inside = index;
        *first = index;
    }
    return index;
}

void trace_hold_end(trace_index index, enum trace_state state)
{
    struct trace_hold *hold = &holds[index];
    hold->state = state;
    if (hold->place)
        drop_place(index);
    if (hold->holder) {
        *(hold->last_inside ? &holds[hold->last_inside].next_inside : &blocks[hold->holder].inside) =
            hold->next_inside;
        if (hold->next_inside)
            holds[hold->next_inside].last_inside = hold->last_inside;
    }
    hold->place = 0;
    hold->holder = hold->next_inside = hold->last_inside = 0;
}

void trace_hold_move(trace_index index, uintptr_t place)
{
    drop_place(index);
    holds[index].place = place;
    put_place(index);
}

void trace_holds_forget(trace_index block)
{
    trace_index at = blocks[block].held;
    blocks[block].held = 0;
    while (at) {
        trace_index next = holds[at].next_held;
        trace_hold_end(at, TRACE_TAKEN);
        holds[at].next_placed = free_hold;
        free_hold = at;
        at = next;
    }
}
