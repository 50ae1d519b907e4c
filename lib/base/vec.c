// SPDX-License-Identifier: MIT
#include "flow/base/vec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 8

int flow_grow(void *items, size_t *cap, size_t want, size_t size, struct flow_error *err)
{
    if (want <= *cap)
        return 0;
    size_t grown = *cap > SIZE_MAX / 2 ? want : *cap * 2;
    if (grown < want)
        grown = want;
    if (grown < FIRST_CAP)
        grown = FIRST_CAP;
    if (grown > SIZE_MAX / size)
        return flow_error_nomem(err);
    // By memcpy, since the caller's pointer has a type of its own.
    void *old;
    memcpy(&old, items, sizeof old);
    void *data = realloc(old, grown * size);
    if (!data)
        return flow_error_nomem(err);
    memcpy(items, &data, sizeof data);
    *cap = grown;
    return 0;
}

void flow_strv_init(struct flow_strv *list)
{
    *list = (struct flow_strv){0};
}

void flow_strv_release(struct flow_strv *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    flow_strv_init(list);
}

int flow_strv_add(struct flow_strv *list, const char *text, struct flow_error *err)
{
    return flow_strv_addn(list, text, strlen(text), err);
}

int flow_strv_addn(struct flow_strv *list, const char *text, size_t len, struct flow_error *err)
{
    if (flow_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, err))
        return -1;
    char *copy = len < SIZE_MAX ? malloc(len + 1) : NULL;
    if (!copy)
        return flow_error_nomem(err);
    memcpy(copy, text, len);
    copy[len] = '\0';
    list->items[list->count++] = copy;
    return 0;
}

static int compare_strings(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;
    return strcmp(*left, *right);
}

void flow_strv_sort(struct flow_strv *list)
{
    if (list->count > 1)
        qsort(list->items, list->count, sizeof *list->items, compare_strings);
}

long flow_strv_find(const struct flow_strv *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0)
            return (long)i;
    }
    return -1;
}
