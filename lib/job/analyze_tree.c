// SPDX-License-Identifier: MIT
#include "analyze_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/vec.h"

// A path as it is sorted by its last component.
struct named {
    const char *path;
    size_t len;
    const char *base;
    size_t base_len;
    size_t index;
};

static struct named named_of(const char *path, size_t len, size_t index)
{
    size_t at = len;
    while (at > 0 && path[at - 1] != '/')
        at--;
    return (struct named){path, len, path + at, len - at, index};
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
}

static int by_base(const void *a, const void *b)
{
    const struct named *left = a, *right = b;
    int order = compare_bytes(left->base, left->base_len, right->base, right->base_len);
    return order != 0 ? order : left->index < right->index ? -1 : left->index > right->index;
}

// Adds a folder and those around it. Gives its index.
static int add_folder(struct tree *tree, const char *path, size_t len, size_t *out, struct flow_error *err)
{
    bool added;
    union flow_map_value *value = flow_map_ensure(tree->folder_map, path, len, &added);
    if (!value)
        return flow_error_nomem(err);
    if (!added) {
        *out = (size_t)value->num;
        return 0;
    }
    *out = tree->folder_count;
    value->num = (intptr_t)tree->folder_count;
    if (flow_grow(&tree->folders, &tree->folder_cap, tree->folder_count + 1, sizeof *tree->folders, err) != 0)
        return -1;
    tree->folders[tree->folder_count++] = (struct tree_folder){.path = path, .len = len};
    if (len == 0)
        return 0;
    size_t parent, end = len;
    do
        end--;
    while (end > 0 && path[end] != '/');
    return add_folder(tree, path, end, &parent, err);
}

static int list_folders(struct tree *tree, struct flow_error *err)
{
    const struct flow_snapshot *snapshot = tree->snapshot;
    for (size_t i = 0; i < snapshot->count; i++) {
        const char *path = snapshot->entries[i].path;
        if (add_folder(tree, path, flow_path_dir_len(path), &tree->folder_of[i], err) != 0)
            return -1;
        tree->folders[tree->folder_of[i]].count++;
    }
    size_t first = 0;
    for (size_t i = 0; i < tree->folder_count; i++) {
        tree->folders[i].first = first;
        first += tree->folders[i].count;
        tree->folders[i].count = 0;
    }
    for (size_t i = 0; i < snapshot->count; i++) {
        struct tree_folder *folder = &tree->folders[tree->folder_of[i]];
        tree->files[folder->first + folder->count++] = i;
    }
    return 0;
}

static void sort_by_base(struct named *names, size_t count, size_t *out)
{
    if (count > 0)
        qsort(names, count, sizeof *names, by_base);
    for (size_t i = 0; i < count; i++)
        out[i] = names[i].index;
}

static int list_bases(struct tree *tree, struct flow_error *err)
{
    size_t files = tree->snapshot->count, folders = tree->folder_count;
    struct named *names = calloc((files > folders ? files : folders) + 1, sizeof *names);
    tree->folders_by_base = calloc(folders + 1, sizeof *tree->folders_by_base);
    if (!names || !tree->folders_by_base) {
        free(names);
        return flow_error_nomem(err);
    }
    for (size_t i = 0; i < files; i++) {
        const char *path = tree->snapshot->entries[i].path;
        names[i] = named_of(path, strlen(path), i);
    }
    sort_by_base(names, files, tree->by_base);
    for (size_t i = 0; i < folders; i++)
        names[i] = named_of(tree->folders[i].path, tree->folders[i].len, i);
    sort_by_base(names, folders, tree->folders_by_base);
    free(names);
    return 0;
}

int tree_init(struct tree *tree, const struct flow_snapshot *snapshot, struct flow_error *err)
{
    *tree = (struct tree){.snapshot = snapshot};
    size_t count = snapshot->count + 1;
    tree->folder_map = flow_map_new();
    tree->folder_of = calloc(count, sizeof *tree->folder_of);
    tree->files = calloc(count, sizeof *tree->files);
    tree->by_base = calloc(count, sizeof *tree->by_base);
    int result;
    if (!tree->folder_map || !tree->folder_of || !tree->files || !tree->by_base)
        result = flow_error_nomem(err);
    else
        result = list_folders(tree, err) == 0 ? list_bases(tree, err) : -1;
    if (result != 0)
        tree_release(tree);
    return result;
}

void tree_release(struct tree *tree)
{
    flow_map_free(tree->folder_map);
    free(tree->folders);
    free(tree->folder_of);
    free(tree->files);
    free(tree->by_base);
    free(tree->folders_by_base);
    *tree = (struct tree){0};
}

size_t tree_file(const struct tree *tree, const char *path)
{
    const struct flow_entry *entry = flow_snapshot_find(tree->snapshot, path);
    return entry ? (size_t)(entry - tree->snapshot->entries) : SIZE_MAX;
}

size_t tree_folder(const struct tree *tree, const char *path, size_t len)
{
    const union flow_map_value *value = flow_map_getn(tree->folder_map, path, len);
    return value ? (size_t)value->num : SIZE_MAX;
}

static struct named file_named(const struct tree *tree, size_t at)
{
    const char *path = tree->snapshot->entries[tree->by_base[at]].path;
    return named_of(path, strlen(path), tree->by_base[at]);
}

static struct named folder_named(const struct tree *tree, size_t at)
{
    const struct tree_folder *folder = &tree->folders[tree->folders_by_base[at]];
    return named_of(folder->path, folder->len, tree->folders_by_base[at]);
}

typedef struct named (*named_fn)(const struct tree *tree, size_t at);

// The first of `count` sorted paths whose last component is not before base.
static size_t first_named(const struct tree *tree, named_fn get, size_t count, const char *base,
                          size_t base_len)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        struct named named = get(tree, middle);
        if (compare_bytes(named.base, named.base_len, base, base_len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// How many leading folders two paths share.
static size_t shared_folders(const char *a, size_t a_len, const char *b)
{
    size_t shared = 0;
    for (size_t i = 0; i < a_len && b[i] && a[i] == b[i]; i++)
        shared += a[i] == '/';
    return shared;
}

static size_t find_ending(const struct tree *tree, named_fn get, size_t count, const char *suffix,
                          const char *near)
{
    struct named wanted = named_of(suffix, strlen(suffix), 0);
    size_t best = SIZE_MAX, best_shared = 0;
    bool tie = false;
    if (wanted.base_len == 0)
        return SIZE_MAX;
    for (size_t i = first_named(tree, get, count, wanted.base, wanted.base_len); i < count; i++) {
        struct named named = get(tree, i);
        if (compare_bytes(named.base, named.base_len, wanted.base, wanted.base_len) != 0)
            break;
        size_t before = named.len - wanted.len;
        if (named.len < wanted.len || memcmp(named.path + before, suffix, wanted.len) != 0 ||
            (before > 0 && named.path[before - 1] != '/'))
            continue;
        size_t shared = shared_folders(named.path, named.len, near);
        if (best == SIZE_MAX || shared > best_shared) {
            best = named.index;
            best_shared = shared;
            tie = false;
        } else if (shared == best_shared) {
            tie = true;
        }
    }
    return tie ? SIZE_MAX : best;
}

size_t tree_file_ending(const struct tree *tree, const char *suffix, const char *near)
{
    return find_ending(tree, file_named, tree->snapshot->count, suffix, near);
}

size_t tree_folder_ending(const struct tree *tree, const char *suffix, const char *near)
{
    return find_ending(tree, folder_named, tree->folder_count, suffix, near);
}

int tree_each_named(const struct tree *tree, const char *base, tree_fn fn, void *payload,
                    struct flow_error *err)
{
    size_t count = tree->snapshot->count, len = strlen(base);
    int result = 0;
    for (size_t i = first_named(tree, file_named, count, base, len); result == 0 && i < count; i++) {
        struct named named = file_named(tree, i);
        if (compare_bytes(named.base, named.base_len, base, len) != 0)
            break;
        result = fn(named.index, payload, err);
    }
    return result;
}
