// SPDX-License-Identifier: MIT
#include "flow/base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "flow/base/map.h"
#include "json_check.h"

// Up to so many members are compared each with each before a map pays.
#define FEW_MEMBERS 16

// Above this, whole numbers are no longer exact in a double.
#define MAX_EXACT   9007199254740992.0

// A struct flow_json is a cJSON under another name.
static const cJSON *node(const struct flow_json *value)
{
    return (const cJSON *)value;
}

static const struct flow_json *wrap(const cJSON *item)
{
    return (const struct flow_json *)item;
}

static int duplicate(const cJSON *item, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_INVALID, "key '%s' occurs twice in one JSON object", item->string);
}

static int check_few_keys(const cJSON *object, struct flow_error *err)
{
    for (const cJSON *item = object->child; item; item = item->next) {
        for (const cJSON *other = object->child; other != item; other = other->next) {
            if (strcmp(item->string, other->string) == 0)
                return duplicate(item, err);
        }
    }
    return 0;
}

static int check_many_keys(const cJSON *object, struct flow_error *err)
{
    int result = -1;
    struct flow_map *seen = flow_map_new();
    if (!seen)
        return flow_error_nomem(err);
    for (const cJSON *item = object->child; item; item = item->next) {
        bool added = false;
        if (!flow_map_ensure(seen, item->string, strlen(item->string), &added)) {
            flow_error_nomem(err);
            goto done;
        }
        if (!added) {
            duplicate(item, err);
            goto done;
        }
    }
    result = 0;
done:
    flow_map_free(seen);
    return result;
}

// What only the tree shows. Recursion is bounded by FLOW_JSON_DEPTH.
static int check_tree(const cJSON *item, struct flow_error *err)
{
    if (cJSON_IsNumber(item) && !isfinite(item->valuedouble))
        return flow_error_set(err, FLOW_E_INVALID, "a number in the JSON text is too large");
    size_t count = 0;
    for (const cJSON *child = item->child; child; child = child->next) {
        if (check_tree(child, err))
            return -1;
        count++;
    }
    if (!cJSON_IsObject(item))
        return 0;
    return count <= FEW_MEMBERS ? check_few_keys(item, err) : check_many_keys(item, err);
}

int flow_json_parse(struct flow_json **out, const char *text, size_t len, struct flow_error *err)
{
    size_t at;
    const char *fault = flow_json_fault(text, len, &at);
    if (fault)
        return flow_error_set(err, FLOW_E_INVALID, "not JSON at byte %zu: %s", at, fault);
    // What passed the check is parsed by cJSON unless memory runs out.
    cJSON *tree = cJSON_ParseWithLength(text, len);
    if (!tree)
        return flow_error_nomem(err);
    if (check_tree(tree, err)) {
        cJSON_Delete(tree);
        return -1;
    }
    *out = (struct flow_json *)tree;
    return 0;
}

void flow_json_free(struct flow_json *document)
{
    cJSON_Delete((cJSON *)document);
}

enum flow_json_type flow_json_type(const struct flow_json *value)
{
    if (!value)
        return FLOW_JSON_NONE;
    switch (node(value)->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return FLOW_JSON_BOOL;
    case cJSON_Number:
        return FLOW_JSON_NUMBER;
    case cJSON_String:
        return FLOW_JSON_STRING;
    case cJSON_Array:
        return FLOW_JSON_ARRAY;
    case cJSON_Object:
        return FLOW_JSON_OBJECT;
    default:
        return FLOW_JSON_NULL;
    }
}

static const struct flow_json *get(const struct flow_json *object, const char *key, size_t len)
{
    if (flow_json_type(object) != FLOW_JSON_OBJECT)
        return NULL;
    for (const cJSON *item = node(object)->child; item; item = item->next) {
        if (strncmp(item->string, key, len) == 0 && item->string[len] == '\0')
            return wrap(item);
    }
    return NULL;
}

const struct flow_json *flow_json_get(const struct flow_json *object, const char *key)
{
    return get(object, key, strlen(key));
}

const struct flow_json *flow_json_at(const struct flow_json *value, const char *path)
{
    for (;;) {
        size_t len = strcspn(path, ".");
        value = get(value, path, len);
        if (!value || path[len] == '\0')
            return value;
        path += len + 1;
    }
}

const struct flow_json *flow_json_first(const struct flow_json *container)
{
    return container ? wrap(node(container)->child) : NULL;
}

const struct flow_json *flow_json_next(const struct flow_json *item)
{
    return item ? wrap(node(item)->next) : NULL;
}

size_t flow_json_count(const struct flow_json *array)
{
    size_t count = 0;
    for (const struct flow_json *item = flow_json_first(array); item; item = flow_json_next(item))
        count++;
    return count;
}

const char *flow_json_key(const struct flow_json *item)
{
    return item ? node(item)->string : NULL;
}

const char *flow_json_str(const struct flow_json *value)
{
    return flow_json_type(value) == FLOW_JSON_STRING ? node(value)->valuestring : NULL;
}

int64_t flow_json_int(const struct flow_json *value, int64_t fallback)
{
    if (flow_json_type(value) != FLOW_JSON_NUMBER)
        return fallback;
    double number = node(value)->valuedouble;
    if (number < -MAX_EXACT || number > MAX_EXACT || (double)(int64_t)number != number)
        return fallback;
    return (int64_t)number;
}

double flow_json_num(const struct flow_json *value, double fallback)
{
    return flow_json_type(value) == FLOW_JSON_NUMBER ? node(value)->valuedouble : fallback;
}

bool flow_json_bool(const struct flow_json *value, bool fallback)
{
    return flow_json_type(value) == FLOW_JSON_BOOL ? cJSON_IsTrue(node(value)) : fallback;
}
