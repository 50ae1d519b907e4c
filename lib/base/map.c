// SPDX-License-Identifier: MIT
#include "flow/base/map.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

// Without this uthash would exit the process when memory runs out; with it, an entry that could not be added
// has no table.
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "siphash.h"

struct entry {
    UT_hash_handle hh;
    union flow_map_value value;
    char key[];
};

// Keys come from repositories and models, so that the hash has a secret: with uthash's own, keys could be
// made that all fall into one bucket.
struct flow_map {
    struct entry *head;
    uint64_t secret[2];
};

struct flow_map *flow_map_new(void)
{
    struct flow_map *map = calloc(1, sizeof *map);
    // Where there is no randomness yet, the map still works.
    if (map && getrandom(map->secret, sizeof map->secret, GRND_NONBLOCK) < 0)
        map->secret[0] = (uint64_t)(uintptr_t)map;
    return map;
}

void flow_map_free(struct flow_map *map)
{
    if (!map)
        return;
    struct entry *entry = map->head;
    HASH_CLEAR(hh, map->head);
    while (entry) {
        struct entry *next = entry->hh.next;
        free(entry);
        entry = next;
    }
    free(map);
}

size_t flow_map_count(const struct flow_map *map)
{
    return HASH_COUNT(map->head);
}

static unsigned hash(const struct flow_map *map, const char *key, size_t len)
{
    return (unsigned)flow_siphash(map->secret, key, len);
}

static struct entry *find(const struct flow_map *map, const char *key, size_t len, unsigned hashed)
{
    struct entry *entry = NULL;
    if (len < UINT_MAX)
        HASH_FIND_BYHASHVALUE(hh, map->head, key, (unsigned)len, hashed, entry);
    return entry;
}

union flow_map_value *flow_map_getn(const struct flow_map *map, const char *key, size_t len)
{
    struct entry *entry = find(map, key, len, hash(map, key, len));
    return entry ? &entry->value : NULL;
}

union flow_map_value *flow_map_get(const struct flow_map *map, const char *key)
{
    return flow_map_getn(map, key, strlen(key));
}

union flow_map_value *flow_map_ensure(struct flow_map *map, const char *key, size_t len, bool *added)
{
    unsigned hashed = hash(map, key, len);
    struct entry *entry = find(map, key, len, hashed);
    if (added)
        *added = !entry;
    if (entry)
        return &entry->value;
    if (len >= UINT_MAX)
        return NULL;
    entry = calloc(1, sizeof *entry + len + 1);
    if (!entry)
        return NULL;
    memcpy(entry->key, key, len);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, map->head, entry->key, (unsigned)len, hashed, entry);
    if (!entry->hh.tbl) {
        free(entry);
        return NULL;
    }
    return &entry->value;
}

int flow_map_set_ptr(struct flow_map *map, const char *key, void *ptr, struct flow_error *err)
{
    union flow_map_value *value = flow_map_ensure(map, key, strlen(key), NULL);
    if (!value)
        return flow_error_nomem(err);
    value->ptr = ptr;
    return 0;
}

int flow_map_set_num(struct flow_map *map, const char *key, intptr_t num, struct flow_error *err)
{
    union flow_map_value *value = flow_map_ensure(map, key, strlen(key), NULL);
    if (!value)
        return flow_error_nomem(err);
    value->num = num;
    return 0;
}

void flow_map_remove(struct flow_map *map, const char *key)
{
    size_t len = strlen(key);
    struct entry *entry = find(map, key, len, hash(map, key, len));
    if (!entry)
        return;
    HASH_DEL(map->head, entry);
    free(entry);
}

int flow_map_each(const struct flow_map *map, flow_map_fn fn, void *payload)
{
    for (struct entry *entry = map->head; entry; entry = entry->hh.next) {
        int result = fn(entry->key, &entry->value, payload);
        if (result)
            return result;
    }
    return 0;
}
