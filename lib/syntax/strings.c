// SPDX-License-Identifier: MIT
#include "strings.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"

#define SLOTS_FIRST 1024

void strings_init(struct strings *strings)
{
    *strings = (struct strings){0};
}

void strings_release(struct strings *strings)
{
    free(strings->items);
    free(strings->slots);
    strings_init(strings);
}

void strings_clear(struct strings *strings)
{
    strings->count = 0;
    if (strings->slots)
        memset(strings->slots, 0, strings->slot_count * sizeof *strings->slots);
}

// FNV-1a: names are short.
static uint32_t hash_of(const char *text, size_t len)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

static int grow_slots(struct strings *strings, struct flow_error *err)
{
    size_t count = strings->slot_count ? strings->slot_count * 2 : SLOTS_FIRST;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return flow_error_nomem(err);
    for (size_t i = 0; i < strings->count; i++) {
        size_t at = strings->items[i].hash & (count - 1);
        while (slots[at])
            at = (at + 1) & (count - 1);
        slots[at] = (uint32_t)i + 1;
    }
    free(strings->slots);
    strings->slots = slots;
    strings->slot_count = count;
    return 0;
}

int strings_add(struct strings *strings, const char *text, size_t len, uint32_t line, uint32_t *number,
                struct flow_error *err)
{
    if (strings->count * 2 >= strings->slot_count && grow_slots(strings, err) != 0)
        return -1;
    uint32_t hash = hash_of(text, len);
    size_t at = hash & (strings->slot_count - 1);
    for (; strings->slots[at]; at = (at + 1) & (strings->slot_count - 1)) {
        struct string_entry *entry = &strings->items[strings->slots[at] - 1];
        if (entry->hash == hash && entry->len == len && memcmp(entry->text, text, len) == 0) {
            entry->count++;
            *number = strings->slots[at] - 1;
            return 0;
        }
    }
    if (flow_grow(&strings->items, &strings->cap, strings->count + 1, sizeof *strings->items, err) != 0)
        return -1;
    *number = (uint32_t)strings->count;
    strings->items[strings->count++] = (struct string_entry){text, (uint32_t)len, hash, 1, line};
    strings->slots[at] = (uint32_t)strings->count;
    return 0;
}
