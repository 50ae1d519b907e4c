/* SPDX-License-Identifier: MIT */
/*
 * Memory that is freed all at once: for the many small strings and records of one file or one tree. Not
 * thread-safe; give each worker its own.
 */
#ifndef FLOW_BASE_ARENA_H
#define FLOW_BASE_ARENA_H

#include <stddef.h>

struct flow_arena {
    struct flow_arena_block *head;
    size_t used; /* bytes handed out since _init or _clear */
};

void flow_arena_init(struct flow_arena *arena);
void flow_arena_release(struct flow_arena *arena);
/* Forgets everything handed out but keeps one block for reuse. */
void flow_arena_clear(struct flow_arena *arena);

/* Zeroed memory aligned for any type, or NULL when there is none left. */
void *flow_arena_alloc(struct flow_arena *arena, size_t size);
/* A NUL-terminated copy of len bytes of text, or NULL. */
char *flow_arena_strn(struct flow_arena *arena, const char *text, size_t len);
char *flow_arena_str(struct flow_arena *arena, const char *text);

#endif
