// SPDX-License-Identifier: MIT
/*
 * Runs: their values, their budget, what they have spent, their events.
 */
#include "flow/base/time.h"
#include "ledger_private.h"

struct run_write {
    int64_t run;
    const char *first, *second, *third;
    const struct flow_budget *limit;
    int64_t *out;
};

static int run_make(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    struct run_write *w = payload;
    if (flow_sql_run(sql, err, "INSERT INTO run (job, name, created) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                     "tti", w->first, w->second, flow_time_wall_ms()) < 0)
        return -1;
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(sql, &row, err, "SELECT id FROM run WHERE job = ? AND name = ?", "tt", w->first,
                      w->second) < 0)
        return -1;
    int found = flow_sql_step(sql, row, err);
    if (found > 0)
        *w->out = sqlite3_column_int64(row, 0);
    flow_sql_done(row);
    return found < 0 ? -1 : 0;
}

int flow_ledger_run(struct flow_ledger *ledger, const char *job, const char *name, int64_t *run,
                    struct flow_error *err)
{
    struct run_write w = {.first = job, .second = name, .out = run};
    return flow_ledger_write(ledger, run_make, &w, err);
}

static int run_set(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    struct run_write *w = payload;
    return flow_sql_run(sql, err, "INSERT OR REPLACE INTO run_value (run, key, value) VALUES (?, ?, ?)",
                        "itt", w->run, w->first, w->second);
}

int flow_ledger_run_set(struct flow_ledger *ledger, int64_t run, const char *key, const char *value,
                        struct flow_error *err)
{
    struct run_write w = {.run = run, .first = key, .second = value};
    return flow_ledger_write(ledger, run_set, &w, err);
}

int flow_ledger_run_get(struct flow_ledger *ledger, int64_t run, const char *key, struct flow_buf *out,
                        struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(sql, &row, err, "SELECT value FROM run_value WHERE run = ? AND key = ?", "it",
                               run, key);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        flow_buf_add(out, flow_sql_text(row, 0), (size_t)sqlite3_column_bytes(row, 0));
        if (flow_buf_check(out, "a value of the run", err) < 0)
            result = -1;
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result;
}

static int budget_set(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    struct run_write *w = payload;
    return flow_sql_run(
        sql, err,
        "UPDATE run SET limit_nano = iif(?2 < 0, NULL, ?2), limit_tokens = iif(?3 < 0, NULL, ?3),"
        " limit_calls = iif(?4 < 0, NULL, ?4) WHERE id = ?1",
        "iiii", w->run, w->limit->nano_usd, w->limit->tokens, w->limit->calls);
}

int flow_ledger_budget_set(struct flow_ledger *ledger, int64_t run, const struct flow_budget *limit,
                           struct flow_error *err)
{
    struct run_write w = {.run = run, .limit = limit};
    return flow_ledger_write(ledger, budget_set, &w, err);
}

static void spending_read(sqlite3_stmt *row, struct flow_spending *out)
{
    int64_t *const signed_members[] = {
        &out->limit.nano_usd, &out->limit.tokens,   &out->limit.calls,       &out->spent_nano_usd,
        &out->spent_tokens,   &out->calls,          &out->reserved_nano_usd, &out->reserved_tokens,
        &out->in_flight,      &out->unpriced_calls,
    };
    uint64_t *const counts[] = {&out->input, &out->cache_read, &out->cache_write, &out->output};
    int column = 0;
    for (size_t i = 0; i < sizeof signed_members / sizeof *signed_members; i++)
        *signed_members[i] = sqlite3_column_int64(row, column++);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        *counts[i] = (uint64_t)sqlite3_column_int64(row, column++);
}

int flow_ledger_spending(struct flow_ledger *ledger, int64_t run, struct flow_spending *out,
                         struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result =
        flow_sql_bind(sql, &row, err,
                      "SELECT ifnull(limit_nano, -1), ifnull(limit_tokens, -1), ifnull(limit_calls, -1),"
                      " spent_nano, spent_tokens, calls, reserved_nano, reserved_tokens, in_flight, unpriced,"
                      " input, cache_read, cache_write, output FROM run WHERE id = ?",
                      "i", run);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        spending_read(row, out);
        flow_budget_least(&out->limit, &ledger->policy.budget);
    } else if (result == 0)
        result = flow_error_set(err, FLOW_E_INTERNAL, "the ledger has no run %lld", (long long)run);
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result < 0 ? -1 : 0;
}

static int event_add(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    struct run_write *w = payload;
    return flow_sql_run(sql, err, "INSERT INTO event (run, at, kind, unit, text) VALUES (?, ?, ?, ?, ?)",
                        "iittt", w->run, flow_time_wall_ms(), w->first, w->second, w->third);
}

int flow_ledger_event(struct flow_ledger *ledger, int64_t run, const char *kind, const char *unit,
                      const char *text, struct flow_error *err)
{
    struct run_write w = {.run = run, .first = kind, .second = unit, .third = text};
    return flow_ledger_write(ledger, event_add, &w, err);
}

int flow_ledger_costs(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_cost_fn fn,
                      void *payload, struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(
        sql, &row, err,
        "SELECT role, model, count(*), sum(nano), sum(input), sum(cache_read), sum(cache_write),"
        " sum(output), lens, sum(NOT priced), sum(status = 'cut') FROM call"
        " WHERE run = ?1 AND (?2 IS NULL OR unit = ?2) AND status <> 'open'"
        " GROUP BY role, lens, model ORDER BY role, lens, model",
        "it", run, unit);
    while (result >= 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        struct flow_cost_row cost = {
            .role = flow_sql_text(row, 0),
            .model = flow_sql_text(row, 1),
            .calls = sqlite3_column_int64(row, 2),
            .nano_usd = sqlite3_column_int64(row, 3),
            .input = (uint64_t)sqlite3_column_int64(row, 4),
            .cache_read = (uint64_t)sqlite3_column_int64(row, 5),
            .cache_write = (uint64_t)sqlite3_column_int64(row, 6),
            .output = (uint64_t)sqlite3_column_int64(row, 7),
            .lens = flow_sql_text(row, 8),
            .unpriced_calls = sqlite3_column_int64(row, 9),
            .cut_calls = sqlite3_column_int64(row, 10),
        };
        if (fn(&cost, payload) != 0)
            break;
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result < 0 ? -1 : 0;
}
