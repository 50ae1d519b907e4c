// SPDX-License-Identifier: MIT
#include "analyze_markers.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"

#define MAX_MARKER ((size_t)1 << 20) /* bytes of a marker file that is read */

struct reading {
    struct markers *markers;
    const struct marker *marker;
    size_t index;
    const struct tree *tree;
    struct flow_repo *repo;
    struct flow_buf text, path;
};

// The name that a marker file gives, in the arena; NULL where it gives none.
static const char *read_name(struct reading *reading, const struct flow_entry *entry)
{
    const struct marker *marker = reading->marker;
    regmatch_t groups[2];
    flow_buf_clear(&reading->text);
    // A marker that cannot be read names nothing; the imports that need it are then left unresolved.
    if (!marker->has_name || entry->kind != FLOW_ENTRY_FILE || entry->size > MAX_MARKER ||
        flow_snapshot_read(reading->repo, reading->tree->snapshot, entry, &reading->text, NULL) != 0 ||
        regexec(&marker->name, reading->text.data, 2, groups, 0) != 0 || groups[1].rm_so < 0)
        return NULL;
    char *name = flow_arena_strn(&reading->markers->arena, reading->text.data + groups[1].rm_so,
                                 (size_t)(groups[1].rm_eo - groups[1].rm_so));
    for (char *c = name; c && *c && marker->from; c++)
        *c = *c == marker->from ? marker->to : *c;
    return name;
}

static int set_once(struct flow_map *map, const char *key, size_t len, char *value, struct flow_error *err)
{
    bool added;
    union flow_map_value *slot = flow_map_ensure(map, key, len, &added);
    if (!slot)
        return flow_error_nomem(err);
    if (added)
        slot->ptr = value;
    return 0;
}

static int read_marker(size_t index, void *payload, struct flow_error *err)
{
    struct reading *reading = payload;
    struct markers *markers = reading->markers;
    const struct flow_entry *entry = &reading->tree->snapshot->entries[index];
    char *folder = flow_arena_strn(&markers->arena, entry->path, flow_path_dir_len(entry->path));
    if (!folder)
        return flow_error_nomem(err);
    flow_path_join(&reading->path, folder, reading->marker->source);
    // A project whose source folder is not there keeps its files beside the marker.
    bool has_source = tree_folder(reading->tree, reading->path.data, reading->path.len) != SIZE_MAX;
    char *source =
        has_source ? flow_arena_strn(&markers->arena, reading->path.data, reading->path.len) : folder;
    if (!source)
        return flow_error_nomem(err);
    if (set_once(markers->by_folder[reading->index], folder, strlen(folder), source, err) != 0)
        return -1;
    const char *name = read_name(reading, entry);
    return name ? set_once(markers->by_name[reading->index], name, strlen(name), source, err) : 0;
}

int markers_init(struct markers *markers, const struct import_rules *rules, const struct tree *tree,
                 struct flow_repo *repo, struct flow_error *err)
{
    *markers = (struct markers){.count = rules->marker_count};
    flow_arena_init(&markers->arena);
    struct reading reading = {.markers = markers, .tree = tree, .repo = repo};
    flow_buf_init(&reading.text, MAX_MARKER);
    flow_buf_init(&reading.path, FLOW_BUF_LINE);
    markers->by_folder = calloc(markers->count + 1, sizeof(struct flow_map *));
    markers->by_name = calloc(markers->count + 1, sizeof(struct flow_map *));
    int result = markers->by_folder && markers->by_name ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < markers->count; i++) {
        markers->by_folder[i] = flow_map_new();
        markers->by_name[i] = flow_map_new();
        reading.marker = &rules->markers[i];
        reading.index = i;
        if (markers->by_folder[i] && markers->by_name[i])
            result = tree_each_named(tree, rules->markers[i].file, read_marker, &reading, err);
        else
            result = flow_error_nomem(err);
    }
    flow_buf_release(&reading.text);
    flow_buf_release(&reading.path);
    if (result != 0)
        markers_release(markers);
    return result;
}

void markers_release(struct markers *markers)
{
    for (size_t i = 0; i < markers->count; i++) {
        flow_map_free(markers->by_folder ? markers->by_folder[i] : NULL);
        flow_map_free(markers->by_name ? markers->by_name[i] : NULL);
    }
    free(markers->by_folder);
    free(markers->by_name);
    flow_arena_release(&markers->arena);
    *markers = (struct markers){0};
}

const char *markers_around(const struct markers *markers, size_t marker, const char *folder, size_t len)
{
    for (;;) {
        const union flow_map_value *found = flow_map_getn(markers->by_folder[marker], folder, len);
        if (found)
            return found->ptr;
        if (len == 0)
            return NULL;
        while (len > 0 && folder[len - 1] != '/')
            len--;
        if (len > 0)
            len--;
    }
}

const char *markers_named(const struct markers *markers, size_t marker, const char *path, size_t *len)
{
    for (*len = strlen(path); *len > 0;) {
        const union flow_map_value *found = flow_map_getn(markers->by_name[marker], path, *len);
        if (found)
            return found->ptr;
        while (*len > 0 && path[*len - 1] != '/')
            --*len;
        if (*len > 0)
            --*len;
    }
    return NULL;
}
