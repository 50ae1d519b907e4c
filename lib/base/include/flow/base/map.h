/* SPDX-License-Identifier: MIT */
/*
 * A map from byte strings to pointers or numbers. Opaque: _new and _free. Keys are copied, values are
 * borrowed.
 */
#ifndef FLOW_BASE_MAP_H
#define FLOW_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"

struct flow_map;

union flow_map_value {
    void *ptr;
    intptr_t num;
};

struct flow_map *flow_map_new(void);
void flow_map_free(struct flow_map *map);
size_t flow_map_count(const struct flow_map *map);

/* The value of key, or NULL where there is none; valid until the next change of the map. */
union flow_map_value *flow_map_get(const struct flow_map *map, const char *key);
union flow_map_value *flow_map_getn(const struct flow_map *map, const char *key, size_t len);

/* Sets the value of key, new or not. */
int flow_map_set_ptr(struct flow_map *map, const char *key, void *ptr, struct flow_error *err);
int flow_map_set_num(struct flow_map *map, const char *key, intptr_t num, struct flow_error *err);

/* The value of key, made with zero where it is new (*added says so). NULL: out of memory. */
union flow_map_value *flow_map_ensure(struct flow_map *map, const char *key, size_t len, bool *added);

void flow_map_remove(struct flow_map *map, const char *key);

/* Calls fn for each entry in order of insertion until it returns other than 0; returns that. */
typedef int (*flow_map_fn)(const char *key, union flow_map_value *value, void *payload);
int flow_map_each(const struct flow_map *map, flow_map_fn fn, void *payload);

#endif
