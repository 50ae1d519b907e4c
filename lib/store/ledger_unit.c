// SPDX-License-Identifier: MIT
/*
 * Units, the blocks that everything is made of, and the inputs that are pinned for a unit.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/time.h"
#include "ledger_private.h"

void flow_unit_state_release(struct flow_unit_state *state)
{
    free(state->reason);
    state->reason = NULL;
}

static void id_copy(struct flow_id *id, const char *text)
{
    size_t len = strlen(text);
    if (len >= FLOW_ID_SIZE)
        len = FLOW_ID_SIZE - 1;
    memcpy(id->hex, text, len);
    id->hex[len] = '\0';
}

// Columns: state, source_id, target_id, commit_id, round, generation, reason. The reason is borrowed from the
// row.
static void state_read(sqlite3_stmt *row, int column, struct flow_unit_state *out)
{
    *out = (struct flow_unit_state){.round = (unsigned)sqlite3_column_int64(row, column + 4),
                                    .generation = (unsigned)sqlite3_column_int64(row, column + 5)};
    const char *name = flow_sql_text(row, column);
    size_t len = strlen(name);
    memcpy(out->state, name, len < sizeof out->state ? len : sizeof out->state - 1);
    id_copy(&out->source_id, flow_sql_text(row, column + 1));
    id_copy(&out->target_id, flow_sql_text(row, column + 2));
    id_copy(&out->commit, flow_sql_text(row, column + 3));
}

int flow_ledger_unit_get(struct flow_ledger *ledger, int64_t run, const char *unit,
                         struct flow_unit_state *out, struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(sql, &row, err,
                               "SELECT state, source_id, target_id, commit_id, round, generation, reason"
                               " FROM unit_state WHERE run = ? AND unit = ?",
                               "it", run, unit);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        state_read(row, 0, out);
        const char *reason = (const char *)sqlite3_column_text(row, 6);
        if (reason && !(out->reason = strdup(reason)))
            result = flow_error_nomem(err);
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result;
}

int flow_ledger_units(struct flow_ledger *ledger, int64_t run, flow_ledger_unit_fn fn, void *payload,
                      struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result =
        flow_sql_bind(sql, &row, err,
                      "SELECT unit, state, source_id, target_id, commit_id, round, generation, reason"
                      " FROM unit_state WHERE run = ? ORDER BY unit",
                      "i", run);
    while (result >= 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        struct flow_unit_state state;
        state_read(row, 1, &state);
        const char *reason = (const char *)sqlite3_column_text(row, 7);
        if (reason && !(state.reason = strdup(reason)))
            result = flow_error_nomem(err);
        else if (fn(flow_sql_text(row, 0), &state, payload) != 0)
            result = -2;
        flow_unit_state_release(&state);
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result == -1 ? -1 : 0;
}

struct unit_write {
    int64_t run;
    const char *unit;
    const struct flow_unit_state *state;
};

static int unit_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct unit_write *w = payload;
    const struct flow_unit_state *s = w->state;
    return flow_sql_run(
        sql, err,
        "INSERT INTO unit_state"
        " (run, unit, state, source_id, target_id, commit_id, round, generation, reason, changed)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        " ON CONFLICT (run, unit) DO UPDATE SET state = ?3, source_id = ?4, target_id = ?5,"
        " commit_id = ?6, round = ?7, generation = ?8, reason = ?9, changed = ?10",
        "itttttiiti", w->run, w->unit, s->state, s->source_id.hex, s->target_id.hex, s->commit.hex,
        (int64_t)s->round, (int64_t)s->generation, s->reason, flow_time_wall_ms());
}

int flow_ledger_unit_set(struct flow_ledger *ledger, int64_t run, const char *unit,
                         const struct flow_unit_state *state, struct flow_error *err)
{
    struct unit_write w = {.run = run, .unit = unit, .state = state};
    return flow_ledger_write(ledger, unit_write, &w, err);
}

/*
 * Blocks and inputs.
 */

int flow_ledger_block_find(struct flow_sql *sql, const char *hash, int64_t *row, struct flow_error *err)
{
    sqlite3_stmt *found = NULL;
    if (flow_sql_bind(sql, &found, err, "SELECT id FROM block WHERE hash = ?", "t", hash) < 0)
        return -1;
    int result = flow_sql_step(sql, found, err);
    if (result > 0)
        *row = sqlite3_column_int64(found, 0);
    flow_sql_done(found);
    return result;
}

int flow_ledger_block_new(struct flow_sql *sql, const void *data, size_t len, const struct flow_id *id,
                          int64_t *row, struct flow_error *err)
{
    if (flow_sql_run(sql, err, "INSERT INTO block (hash, data) VALUES (?, ?)", "tb", id->hex, data, len) < 0)
        return -1;
    *row = sqlite3_last_insert_rowid(sql->db);
    return 0;
}

int flow_ledger_block_row(struct flow_sql *sql, const void *data, size_t len, const struct flow_id *id,
                          int64_t *row, struct flow_error *err)
{
    int found = flow_ledger_block_find(sql, id->hex, row, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return flow_ledger_block_new(sql, data, len, id, row, err);
}

struct input_write {
    int64_t run;
    const char *unit, *name;
    unsigned generation;
    const void *data;
    size_t len;
    struct flow_id *id; /* of data on entry, of what is pinned on return */
};

static int block_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct input_write *w = payload;
    int64_t row;
    return flow_ledger_block_row(sql, w->data, w->len, w->id, &row, err);
}

int flow_ledger_block_put(struct flow_ledger *ledger, const void *data, size_t len, struct flow_id *out,
                          struct flow_error *err)
{
    if (flow_id_of(out, data, len, err) < 0)
        return -1;
    struct input_write w = {.data = data, .len = len, .id = out};
    return flow_ledger_write(ledger, block_write, &w, err);
}

int flow_ledger_block_get(struct flow_ledger *ledger, const struct flow_id *id, struct flow_buf *out,
                          struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(sql, &row, err, "SELECT data FROM block WHERE hash = ?", "t", id->hex);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        flow_buf_add(out, sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0));
        result = flow_buf_check(out, "a block of the ledger", err);
    } else if (result == 0) {
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "the ledger has no block %s", id->hex);
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result;
}

static int pinned_find(struct flow_sql *sql, const struct input_write *w, struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(sql, &row, err,
                      "SELECT hash FROM input JOIN block ON block.id = block"
                      " WHERE run = ? AND unit = ? AND generation = ? AND name = ?",
                      "itit", w->run, w->unit, (int64_t)w->generation, w->name) < 0)
        return -1;
    int result = flow_sql_step(sql, row, err);
    if (result > 0)
        id_copy(w->id, flow_sql_text(row, 0));
    flow_sql_done(row);
    return result;
}

static int input_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct input_write *w = payload;
    struct flow_id own = *w->id;
    int found = pinned_find(sql, w, err);
    if (found != 0)
        return found < 0 ? -1 : 0;
    int64_t block;
    if (flow_ledger_block_row(sql, w->data, w->len, &own, &block, err) < 0)
        return -1;
    return flow_sql_run(sql, err,
                        "INSERT INTO input (run, unit, generation, name, block) VALUES (?, ?, ?, ?, ?)",
                        "ititi", w->run, w->unit, (int64_t)w->generation, w->name, block);
}

int flow_ledger_input_pin(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned generation,
                          const char *name, const void *data, size_t len, struct flow_id *out,
                          struct flow_error *err)
{
    if (flow_id_of(out, data, len, err) < 0)
        return -1;
    struct input_write w = {.run = run,
                            .unit = unit,
                            .generation = generation,
                            .name = name,
                            .data = data,
                            .len = len,
                            .id = out};
    return flow_ledger_write(ledger, input_write, &w, err);
}

int flow_ledger_input_get(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned generation,
                          const char *name, struct flow_id *out, struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    struct input_write w = {.run = run, .unit = unit, .generation = generation, .name = name, .id = out};
    int result = pinned_find(sql, &w, err);
    flow_ledger_reader_done(ledger, sql);
    return result;
}

int flow_ledger_accepted(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned generation,
                         struct flow_id *out, struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(sql, &row, err,
                               "SELECT hash FROM input JOIN block ON block.id = input.block WHERE run = ?"
                               " AND unit = ? AND generation = ? AND (name = 'accepted' OR name GLOB"
                               " 'accepted.*') ORDER BY name DESC LIMIT 1",
                               "iti", run, unit, (int64_t)generation);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0)
        id_copy(out, flow_sql_text(row, 0));
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result;
}
