// SPDX-License-Identifier: MIT
// Tables that were written before, and what a person changed in them.
#include <stdlib.h>
#include <string.h>

#include "flow/base/map.h"
#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "lifetimes_private.h"

static const char *const columns[] = {"file",   "struct",     "field",    "type", "class",
                                      "target", "confidence", "evidence", NULL};

enum { CELL_COUNT = 8 };

/* Where each column stands in a line; -1: not there. */
static int read_header(const struct flow_strv *cells, long *at, const char *origin, struct flow_error *err)
{
    for (size_t i = 0; columns[i]; i++)
        at[i] = flow_strv_find(cells, columns[i]);
    static const size_t needed[] = {0, 1, 2, 4};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
        if (at[needed[i]] < 0)
            return flow_error_set(err, FLOW_E_INVALID,
                                  "'%s' has no column '%s': a table of fields begins with a header line",
                                  origin, columns[needed[i]]);
    }
    return 0;
}

static int add_row(struct flow_lifetimes_table *table, const struct flow_strv *cells, const long *at,
                   struct flow_error *err)
{
    const char *texts[CELL_COUNT];
    for (size_t i = 0; i < CELL_COUNT; i++) {
        bool there = at[i] >= 0 && (size_t)at[i] < cells->count;
        texts[i] = flow_arena_str(&table->arena, there ? cells->items[at[i]] : "");
        if (!texts[i])
            return flow_error_nomem(err);
    }
    if (flow_grow(&table->rows, &table->cap, table->count + 1, sizeof *table->rows, err) != 0)
        return -1;
    table->rows[table->count++] = (struct flow_lifetime){.file = texts[0],
                                                         .strukt = texts[1],
                                                         .field = texts[2],
                                                         .type = texts[3],
                                                         .class_name = texts[4],
                                                         .target = texts[5],
                                                         .confidence = texts[6],
                                                         .evidence = texts[7],
                                                         .rule = ""};
    return 0;
}

static int read_line(struct flow_lifetimes_table *table, const char *line, size_t len, long *at,
                     size_t number, const char *origin, struct flow_error *err)
{
    struct flow_strv cells;
    flow_strv_init(&cells);
    int result = flow_tsv_split(&cells, line, len, err);
    if (result != 0)
        flow_error_wrap(err, "'%s' line %zu", origin, number);
    else if (number == 1)
        result = read_header(&cells, at, origin, err);
    else if (cells.count <= (size_t)at[4] || cells.count <= (size_t)at[2] || cells.count <= (size_t)at[1])
        result =
            flow_error_set(err, FLOW_E_INVALID, "'%s' line %zu has %zu of its cells: give all, or remove it",
                           origin, number, cells.count);
    else
        result = add_row(table, &cells, at, err);
    flow_strv_release(&cells);
    return result;
}

int flow_lifetimes_table_read(struct flow_lifetimes_table *out, const char *text, size_t len,
                              const char *origin, struct flow_error *err)
{
    *out = (struct flow_lifetimes_table){0};
    flow_arena_init(&out->arena);
    long at[CELL_COUNT] = {-1, -1, -1, -1, -1, -1, -1, -1};
    size_t number = 0;
    int result = 0;
    for (const char *line = text, *end = text + len; result == 0 && line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        size_t size = (size_t)(stop - line);
        if (size > 0 && line[size - 1] == '\r')
            size--;
        number++;
        if (size > 0 || number == 1)
            result = read_line(out, line, size, at, number, origin, err);
        line = newline ? newline + 1 : end;
    }
    if (result == 0 && number == 0)
        result = flow_error_set(err, FLOW_E_INVALID, "'%s' is empty", origin);
    if (result != 0)
        flow_lifetimes_table_release(out);
    return result;
}

void flow_lifetimes_table_release(struct flow_lifetimes_table *table)
{
    flow_arena_release(&table->arena);
    free(table->rows);
    *table = (struct flow_lifetimes_table){0};
    flow_arena_init(&table->arena);
}

// Evidence ends with the rule that decided, in brackets; NULL where there is none.
static const char *find_rule(const struct flow_lifetime *row, size_t *len)
{
    const char *open = strrchr(row->evidence, '['), *close = open ? strchr(open, ']') : NULL;
    *len = close ? (size_t)(close - open) - 1 : 0;
    return close ? open + 1 : NULL;
}

bool flow_lifetime_by_model(const struct flow_lifetime *row)
{
    size_t len;
    const char *rule = find_rule(row, &len);
    return rule && flow_str_starts(rule, FLOW_LIFETIME_MODEL);
}

bool flow_lifetime_edited(const struct flow_lifetime *row)
{
    size_t len, model = strlen(FLOW_LIFETIME_MODEL);
    if (strcmp(row->confidence, "person") == 0)
        return true;
    const char *rule = find_rule(row, &len);
    if (!rule)
        return false;
    // A model gives any class, which stands behind its name.
    if (flow_lifetime_by_model(row))
        return strlen(row->class_name) != len - model ||
               memcmp(row->class_name, rule + model, len - model) != 0;
    // A rule gives one class: another one is a person's.
    const char *class_name = own_rule_class(rule, len);
    return class_name && strcmp(class_name, row->class_name) != 0;
}

/*
 * Rows by what names them.
 */
struct row_map {
    struct flow_map *map;
    struct flow_buf key; /* used again for each look-up */
};

static int set_key(struct row_map *rows, const struct flow_lifetime *row, struct flow_error *err)
{
    flow_buf_clear(&rows->key);
    flow_buf_printf(&rows->key, "%s\t%s\t%s", row->file, row->strukt, row->field);
    return flow_buf_check(&rows->key, "name of a row", err);
}

static int row_map_init(struct row_map *out, struct flow_lifetime *rows, size_t count, struct flow_error *err)
{
    flow_buf_init(&out->key, FLOW_BUF_TEXT);
    out->map = flow_map_new();
    int result = out->map ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = set_key(out, &rows[i], err);
        if (result == 0)
            result = flow_map_set_ptr(out->map, out->key.data, &rows[i], err);
    }
    return result;
}

static void row_map_release(struct row_map *rows)
{
    flow_buf_release(&rows->key);
    flow_map_free(rows->map);
}

/* NULL in *out where there is none. */
static int row_map_get(struct row_map *rows, const struct flow_lifetime *row, struct flow_lifetime **out,
                       struct flow_error *err)
{
    if (set_key(rows, row, err) != 0)
        return -1;
    const union flow_map_value *value = flow_map_get(rows->map, rows->key.data);
    *out = value ? value->ptr : NULL;
    return 0;
}

static void take_over(struct flow_lifetime *row, const struct flow_lifetime *edited)
{
    row->class_name = edited->class_name;
    row->target = edited->target;
    row->evidence = edited->evidence;
    row->confidence = "person";
    row->rule = "";
}

int flow_lifetimes_keep(struct flow_lifetimes *lifetimes, const struct flow_lifetimes_table *old,
                        flow_lifetimes_row_fn gone, void *payload, struct flow_error *err)
{
    struct row_map rows;
    int result = row_map_init(&rows, lifetimes->rows, lifetimes->count, err);
    for (size_t i = 0; result == 0 && i < old->count; i++) {
        struct flow_lifetime *row;
        if (!flow_lifetime_edited(&old->rows[i]))
            continue;
        result = row_map_get(&rows, &old->rows[i], &row, err);
        if (result == 0 && row)
            take_over(row, &old->rows[i]);
        else if (result == 0 && gone)
            gone(payload, &old->rows[i]);
    }
    row_map_release(&rows);
    return result;
}

int flow_lifetimes_compare(const struct flow_lifetimes *lifetimes, const struct flow_lifetimes_table *old,
                           flow_lifetimes_change_fn fn, void *payload, struct flow_error *err)
{
    struct row_map before, now;
    struct flow_lifetime *other;
    int result = row_map_init(&before, old->rows, old->count, err);
    if (row_map_init(&now, lifetimes->rows, lifetimes->count, result == 0 ? err : NULL) != 0)
        result = -1;
    for (size_t i = 0; result == 0 && i < lifetimes->count; i++) {
        const struct flow_lifetime *row = &lifetimes->rows[i];
        result = row_map_get(&before, row, &other, err);
        if (result == 0 && (!other || strcmp(other->class_name, row->class_name) != 0 ||
                            strcmp(other->type, row->type) != 0))
            fn(payload, other, row);
    }
    for (size_t i = 0; result == 0 && i < old->count; i++) {
        result = row_map_get(&now, &old->rows[i], &other, err);
        if (result == 0 && !other)
            fn(payload, &old->rows[i], NULL);
    }
    row_map_release(&before);
    row_map_release(&now);
    return result;
}
