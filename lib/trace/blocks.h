/* SPDX-License-Identifier: MIT */
/*
 * The blocks of the heap that are alive, and which fields hold which of them. Nothing here locks, and nothing
 * allocates by malloc. Items are named by numbers; 0 is none.
 */
#ifndef FLOW_TRACE_BLOCKS_H
#define FLOW_TRACE_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t trace_index;

struct trace_block {
    uintptr_t start;
    size_t size;
    trace_index left, right; /* of the tree of all blocks, by start; left also of the list of free ones */
    uint32_t priority;
    trace_index held;   /* the holds on it, newest first */
    trace_index inside; /* the holds whose field stands in it */
};

enum trace_state { TRACE_HOLDS, TRACE_TAKEN, TRACE_OUTLIVED };

/* A pointer to the begin of a block that a watched field was given. */
struct trace_hold {
    uintptr_t place; /* of the field; 0: not known */
    uint32_t store;
    uint32_t generation; /* of the process that stored: a child inherits the holds of its parent */
    enum trace_state state;
    trace_index block, holder; /* what it points to, and the block that the field stands in or 0 */
    trace_index next_held;
    trace_index next_inside, last_inside; /* in the list of its holder */
    trace_index next_placed;              /* in the table of places, or in the list of free ones */
};

/* Makes room. false: there is none, and nothing below may be called. */
bool trace_blocks_open(void);

struct trace_block *trace_block_at(trace_index block);
struct trace_hold *trace_hold_at(trace_index hold);

/* 0: there is no room for one more. */
trace_index trace_block_add(uintptr_t start, size_t size);
/* The block that begins there, or that has an address in it. */
trace_index trace_block_starting(uintptr_t start);
trace_index trace_block_around(uintptr_t address);
/* Takes a block out of the tree, and puts it back with another place and size. */
void trace_block_detach(trace_index index);
void trace_block_attach(trace_index index, uintptr_t start, size_t size);
/* Forgets a detached block and the holds on it. Those inside of it must be gone. */
void trace_block_forget(trace_index block);

/* 0: there is no room for one more. */
trace_index trace_hold_add(trace_index block, uintptr_t place, uint32_t store, uint32_t generation);
/* The hold of the field at a place. */
trace_index trace_hold_of(uintptr_t place);
/* The field holds it no more: nothing leads from its place or its holder to it. */
void trace_hold_end(trace_index index, enum trace_state state);
/* The field moved with its holder. */
void trace_hold_move(trace_index index, uintptr_t place);
/* Forgets the holds on a block. */
void trace_holds_forget(trace_index block);

#endif
