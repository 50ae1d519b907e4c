/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pool_entry {
    struct pool_entry *next;
    uint32_t hash;
    char text[];
};

void *mem_resize(void *old, size_t count, size_t size) {
    void *block = count > 0 && size <= SIZE_MAX / count ? realloc(old, count * size) : NULL;

    if (block == NULL) {
        fputs("sheet: out of memory\n", stderr);
        exit(TEXT_EXIT_STATUS);
    }
    return block;
}

int buf_append(struct buf *buf, const char *bytes, size_t n) {
    size_t cap = buf->cap > 0 ? buf->cap : 16;

    if (n > buf->max - buf->len)
        return -1;
    while (cap < buf->len + n + 1)
        cap *= 2;
    if (cap != buf->cap) {
        buf->data = mem_resize(buf->data, cap, 1);
        buf->cap = cap;
    }
    memcpy(buf->data + buf->len, bytes, n);
    buf->len += n;
    buf->data[buf->len] = '\0';
    return 0;
}

void buf_clear(struct buf *buf) {
    buf->len = 0;
    buf_append(buf, "", 0);
}

char *buf_detach(struct buf *buf) {
    char *data;

    if (buf->data == NULL)
        buf_clear(buf);
    data = buf->data;
    *buf = BUF_INIT(buf->max);
    return data;
}

void buf_release(struct buf *buf) {
    free(buf->data);
    *buf = BUF_INIT(buf->max);
}

uint32_t pool_hash(const char *bytes, size_t len) {
    uint32_t hash = UINT32_C(2166136261);

    for (size_t i = 0; i < len; i++) {
        hash ^= (unsigned char)bytes[i];
        hash *= UINT32_C(16777619);
    }
    return hash;
}

const char *pool_intern(struct pool *pool, const char *bytes, size_t len) {
    uint32_t hash = pool_hash(bytes, len);
    struct pool_entry **bucket = &pool->buckets[hash & (POOL_BUCKETS - 1)];
    struct pool_entry *entry;

    for (entry = *bucket; entry != NULL; entry = entry->next) {
        if (entry->hash == hash && strncmp(entry->text, bytes, len) == 0 && entry->text[len] == '\0')
            return entry->text;
    }
    entry = mem_resize(NULL, sizeof(*entry) + len + 1, 1);
    entry->next = *bucket;
    entry->hash = hash;
    memcpy(entry->text, bytes, len);
    entry->text[len] = '\0';
    *bucket = entry;
    pool->count++;
    return entry->text;
}

void pool_release(struct pool *pool) {
    for (size_t i = 0; i < POOL_BUCKETS; i++) {
        struct pool_entry *entry = pool->buckets[i];

        while (entry != NULL) {
            struct pool_entry *next = entry->next;

            free(entry);
            entry = next;
        }
    }
    *pool = (struct pool){.count = 0};
}
