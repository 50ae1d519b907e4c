/* SPDX-License-Identifier: MIT */
#ifndef TEXT_H
#define TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Status with which the program ends when memory is used up. */
#define TEXT_EXIT_STATUS 5

/* Resizes `old` (or NULL) to `count` items of `size` bytes. Ends the program when there is no memory. */
void *mem_resize(void *old, size_t count, size_t size);

/* A string that grows, up to a limit. `data` is NULL or ends in a NUL that `len` does not count. */
struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
};

#define BUF_INIT(limit) ((struct buf){NULL, 0, 0, (limit)})

/* Appends `n` bytes. Returns -1, and changes nothing, if the buffer would pass its limit. */
int buf_append(struct buf *buf, const char *bytes, size_t n);

/* Makes the buffer an empty string, in the storage that it has. */
void buf_clear(struct buf *buf);

/* Hands the storage over: the caller frees the string, which is never NULL. The buffer is as at first. */
char *buf_detach(struct buf *buf);

void buf_release(struct buf *buf);

#define POOL_BUCKETS 64 /* a power of two */

/*
 * Strings, each kept once. The pool owns them: what pool_intern() returns is borrowed, stays where it is, and
 * is valid until pool_release(). A pool that is all zero is empty.
 */
struct pool {
    struct pool_entry *buckets[POOL_BUCKETS];
    size_t count;
};

/* FNV-1a, modulo 2^32. */
uint32_t pool_hash(const char *bytes, size_t len);

/* The pool's own copy of `len` bytes, which hold no NUL. */
const char *pool_intern(struct pool *pool, const char *bytes, size_t len);

void pool_release(struct pool *pool);

#endif
