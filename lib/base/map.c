// SPDX-License-Identifier: MIT
#include "flow/base/map.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

// Without this uthash would exit the process when memory runs out; with it, an entry that could not be added
// has no table.
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

struct entry {
    UT_hash_handle hh;
    union flow_map_value value;
    char key[];
};

struct flow_map {
    struct entry *head;
};

struct flow_map *flow_map_new(void)
{
    return calloc(1, sizeof(struct flow_map));
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

static struct entry *find(const struct flow_map *map, const char *key, size_t len)
{
    struct entry *entry = NULL;
    if (len <= UINT_MAX)
        HASH_FIND(hh, map->head, key, (unsigned)len, entry);
    return entry;
}

union flow_map_value *flow_map_getn(const struct flow_map *map, const char *key, size_t len)
{
    struct entry *entry = find(map, key, len);
    return entry ? &entry->value : NULL;
}

union flow_map_value *flow_map_get(const struct flow_map *map, const char *key)
{
    return flow_map_getn(map, key, strlen(key));
}

union flow_map_value *flow_map_ensure(struct flow_map *map, const char *key, size_t len, bool *added)
{
    struct entry *entry = find(map, key, len);
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
    HASH_ADD_KEYPTR(hh, map->head, entry->key, (unsigned)len, entry);
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
    struct entry *entry = find(map, key, strlen(key));
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
