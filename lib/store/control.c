// SPDX-License-Identifier: MIT
#include "flow/store/control.h"

#include <stddef.h>

#include "flow/base/time.h"
#include "ledger_private.h"

struct control_write {
    int64_t run;
    const char *key, *value, *unit, *text;
    const struct flow_budget *change;
    bool add;
};

static int add_event(struct flow_sql *sql, const struct control_write *w, struct flow_error *err)
{
    return flow_sql_run(sql, err,
                        "INSERT INTO event (run, at, kind, unit, text) VALUES (?, ?, 'control', ?, ?)",
                        "iitt", w->run, flow_time_wall_ms(), w->unit, w->text);
}

static int control_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct control_write *w = payload;
    int result = w->value ? flow_sql_run(sql, err,
                                         "INSERT OR REPLACE INTO control (run, key, value, changed)"
                                         " VALUES (?, ?, ?, ?)",
                                         "itti", w->run, w->key, w->value, flow_time_wall_ms())
                          : flow_sql_run(sql, err, "DELETE FROM control WHERE run = ? AND key = ?", "it",
                                         w->run, w->key);
    return result == 0 ? add_event(sql, w, err) : result;
}

int flow_ledger_control_set(struct flow_ledger *ledger, int64_t run, const char *key, const char *value,
                            const char *unit, const char *text, struct flow_error *err)
{
    struct control_write w = {.run = run, .key = key, .value = value, .unit = unit, .text = text};
    return flow_ledger_write(ledger, control_write, &w, err);
}

struct done_write {
    int64_t run;
    const struct flow_control *control;
};

static int done_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct done_write *w = payload;
    return flow_sql_run(sql, err,
                        "DELETE FROM control WHERE run = ? AND key = ? AND value = ? AND changed = ?", "itti",
                        w->run, w->control->key, w->control->value, w->control->changed);
}

int flow_ledger_control_done(struct flow_ledger *ledger, int64_t run, const struct flow_control *control,
                             struct flow_error *err)
{
    struct done_write w = {.run = run, .control = control};
    return flow_ledger_write(ledger, done_write, &w, err);
}

int flow_ledger_controls(struct flow_ledger *ledger, int64_t run, flow_ledger_control_fn fn, void *payload,
                         struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(
        sql, &row, err, "SELECT key, value, changed FROM control WHERE run = ? ORDER BY key", "i", run);
    while (result >= 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        struct flow_control control = {.key = flow_sql_text(row, 0),
                                       .value = flow_sql_text(row, 1),
                                       .changed = sqlite3_column_int64(row, 2)};
        if (fn(&control, payload) != 0)
            break;
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result < 0 ? -1 : 0;
}

// Whether the change would raise a limit that is not there.
static int raises_nothing(struct flow_sql *sql, const struct control_write *w, struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(sql, &row, err,
                      "SELECT (?2 >= 0 AND limit_nano IS NULL) OR (?3 >= 0 AND limit_tokens IS NULL)"
                      " OR (?4 >= 0 AND limit_calls IS NULL) FROM run WHERE id = ?1",
                      "iiii", w->run, w->change->nano_usd, w->change->tokens, w->change->calls) < 0)
        return -1;
    int result = flow_sql_step(sql, row, err);
    if (result > 0)
        result = sqlite3_column_int(row, 0);
    flow_sql_done(row);
    return result;
}

static int budget_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct control_write *w = payload;
    int nothing = w->add ? raises_nothing(sql, w, err) : 0;
    if (nothing < 0)
        return -1;
    if (nothing > 0)
        return flow_error_set(err, FLOW_E_REFUSED,
                              "the run has no such limit that could be raised: give it one without the '+'");
    if (flow_sql_run(sql, err,
                     "UPDATE run SET"
                     " limit_nano = iif(?2 < 0, limit_nano, ?2 + iif(?5, limit_nano, 0)),"
                     " limit_tokens = iif(?3 < 0, limit_tokens, ?3 + iif(?5, limit_tokens, 0)),"
                     " limit_calls = iif(?4 < 0, limit_calls, ?4 + iif(?5, limit_calls, 0)) WHERE id = ?1",
                     "iiiii", w->run, w->change->nano_usd, w->change->tokens, w->change->calls,
                     (int64_t)w->add) < 0)
        return -1;
    return add_event(sql, w, err);
}

int flow_ledger_budget_change(struct flow_ledger *ledger, int64_t run, const struct flow_budget *change,
                              bool add, const char *text, struct flow_error *err)
{
    struct control_write w = {.run = run, .text = text, .change = change, .add = add};
    return flow_ledger_write(ledger, budget_write, &w, err);
}
