// SPDX-License-Identifier: MIT
// Keys of the maps of the model. They are made for each name that is looked up, which is most of the work.
#include <string.h>

#include "lifetimes_private.h"

static void add(struct own_key *key, const char *at, size_t len)
{
    if (len > sizeof key->at - key->len)
        len = sizeof key->at - key->len;
    memcpy(key->at + key->len, at, len);
    key->len += len;
}

void own_key_of(struct own_key *out, const struct own_model *model, const struct own_file *file,
                struct own_text outer, struct own_text name)
{
    size_t number = (size_t)(file - model->files);
    out->len = 0;
    add(out, (const char *)&number, sizeof number);
    add(out, outer.at, outer.len);
    if (outer.len > 0 && name.len > 0)
        add(out, ".", 1);
    add(out, name.at, name.len);
}

void *own_map_get(const struct flow_map *map, const struct own_key *key)
{
    const union flow_map_value *value = flow_map_getn(map, key->at, key->len);
    return value ? value->ptr : NULL;
}

void *own_map_named(const struct flow_map *map, struct own_text name)
{
    const union flow_map_value *value = flow_map_getn(map, name.at, name.len);
    return value ? value->ptr : NULL;
}

int own_map_set(struct flow_map *map, const struct own_key *key, void *value, struct flow_error *err)
{
    union flow_map_value *place = flow_map_ensure(map, key->at, key->len, NULL);
    if (!place)
        return flow_error_nomem(err);
    place->ptr = value;
    return 0;
}
