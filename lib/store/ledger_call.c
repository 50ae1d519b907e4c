// SPDX-License-Identifier: MIT
/*
 * Calls: reserved before they leave, settled when their answer is here, found again by their key.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/time.h"
#include "ledger_private.h"

struct begin_write {
    struct flow_ledger *ledger;
    const struct flow_policy *policy;
    int64_t run;
    const struct flow_call *call;
    int64_t *out;
};

static int in_flight(struct flow_sql *sql, int64_t run, struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(sql, &row, err, "SELECT in_flight > 0 FROM run WHERE id = ?", "i", run) < 0)
        return -1;
    int result = flow_sql_step(sql, row, err);
    if (result > 0)
        result = sqlite3_column_int(row, 0);
    flow_sql_done(row);
    return result;
}

// Cents do where there are dollars.
static void put_money(struct flow_buf *out, int64_t nano)
{
    flow_buf_printf(out, "$%.*f", nano >= 1000000000 || nano <= 0 ? 2 : 4, (double)nano / 1e9);
}

// Which limit the call would have passed: what of it is spent and left, and what the call may take.
static void explain(sqlite3_stmt *row, const struct flow_call *call, struct flow_buf *out)
{
    int64_t limits[3], spent[3];
    for (int i = 0; i < 3; i++) {
        limits[i] = sqlite3_column_type(row, i) == SQLITE_NULL ? INT64_MAX : sqlite3_column_int64(row, i);
        spent[i] = sqlite3_column_int64(row, 3 + i);
    }
    if (limits[0] < spent[0] + call->reserve_nano_usd) {
        put_money(out, spent[0]);
        flow_buf_puts(out, " of ");
        put_money(out, limits[0]);
        flow_buf_puts(out, " are spent, ");
        put_money(out, limits[0] > spent[0] ? limits[0] - spent[0] : 0);
        flow_buf_puts(out, " are left, and the next call can take ");
        put_money(out, call->reserve_nano_usd);
    } else if (limits[1] < spent[1] + call->reserve_tokens) {
        flow_buf_printf(out, "%lld of %lld tokens are spent, %lld are left, and the next call can take %lld",
                        (long long)spent[1], (long long)limits[1],
                        (long long)(limits[1] > spent[1] ? limits[1] - spent[1] : 0),
                        (long long)call->reserve_tokens);
    } else {
        flow_buf_printf(out, "%lld of %lld calls were made", (long long)spent[2], (long long)limits[2]);
    }
}

static int refuse(struct flow_sql *sql, const struct begin_write *w, bool by_policy, struct flow_error *err)
{
    if (by_policy)
        return flow_error_set(
            err, FLOW_E_BUDGET,
            "what the policy of this machine ('%s' line %u) allows one run to spend is used up: "
            "no --budget goes beyond it",
            w->policy->path, flow_policy_rule(w->policy, "budget")->line);
    struct flow_buf why;
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(sql, &row, err,
                      "SELECT limit_nano, limit_tokens, limit_calls, spent_nano, spent_tokens, calls FROM run"
                      " WHERE id = ?",
                      "i", w->run) < 0)
        return -1;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int result = flow_sql_step(sql, row, err);
    if (result > 0) {
        explain(row, w->call, &why);
        flow_error_set(
            err, FLOW_E_BUDGET,
            "the budget of this run is used up: %s; run the same command with a larger --budget to "
            "continue",
            why.data);
    }
    flow_sql_done(row);
    flow_buf_release(&why);
    return -1;
}

// Whether a reservation would pass what the policy allows: 1 or 0, -1 on failure. Not a trigger's work, since
// the policy is not in the ledger: what stands there could be changed.
static int passes_policy(struct flow_sql *sql, const struct begin_write *w, struct flow_error *err)
{
    const struct flow_budget *limit = &w->policy->budget;
    sqlite3_stmt *row = NULL;
    if (limit->nano_usd < 0 && limit->tokens < 0 && limit->calls < 0)
        return 0;
    if (flow_sql_bind(sql, &row, err,
                      "SELECT (?2 >= 0 AND ?2 < spent_nano + reserved_nano + ?3)"
                      " OR (?4 >= 0 AND ?4 < spent_tokens + reserved_tokens + ?5)"
                      " OR (?6 >= 0 AND ?6 < calls + in_flight + 1) FROM run WHERE id = ?1",
                      "iiiiii", w->run, limit->nano_usd, w->call->reserve_nano_usd, limit->tokens,
                      w->call->reserve_tokens, limit->calls) < 0)
        return -1;
    int result = flow_sql_step(sql, row, err);
    if (result > 0)
        result = sqlite3_column_int(row, 0);
    flow_sql_done(row);
    return result;
}

// 0 reserved, 1 wait, -1 failure or nothing left.
static int reserve(struct flow_sql *sql, const struct begin_write *w, struct flow_error *err)
{
    struct flow_error refused = FLOW_ERROR_INIT;
    int by_policy = passes_policy(sql, w, err);
    if (by_policy < 0)
        return -1;
    if (by_policy == 0 &&
        flow_sql_run(sql, &refused, "INSERT INTO reservation (run, nano, tokens) VALUES (?, ?, ?)", "iii",
                     w->run, w->call->reserve_nano_usd, w->call->reserve_tokens) == 0)
        return 0;
    if (by_policy == 0 && refused.code != FLOW_E_REFUSED) {
        if (err)
            *err = refused;
        return -1;
    }
    int others = in_flight(sql, w->run, err);
    if (others != 0)
        return others;
    return refuse(sql, w, by_policy == 1, err);
}

static int call_texts(struct flow_sql *sql, const struct begin_write *w, int64_t call, struct flow_error *err)
{
    const struct flow_call *what = w->call;
    for (size_t i = 0; i < what->text_count; i++) {
        int64_t block;
        if (flow_ledger_text_row(w->ledger, sql, &what->texts[i], &block, err) ||
            flow_sql_run(sql, err, "INSERT INTO call_block (call, position, block) VALUES (?, ?, ?)", "iii",
                         call, (int64_t)i, block) < 0)
            return -1;
    }
    return 0;
}

static int taken_read(struct flow_sql *sql, int64_t run, const char *unit, struct flow_budget *out,
                      struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(
            sql, &row, err,
            "SELECT ifnull(sum(nano), 0), ifnull(sum(input + cache_read + cache_write + output), 0),"
            " count(*) FROM call WHERE run = ? AND unit = ?",
            "it", run, unit) < 0)
        return -1;
    int result = flow_sql_step(sql, row, err);
    if (result > 0)
        *out = (struct flow_budget){.nano_usd = sqlite3_column_int64(row, 0),
                                    .tokens = sqlite3_column_int64(row, 1),
                                    .calls = sqlite3_column_int64(row, 2)};
    flow_sql_done(row);
    return result < 0 ? -1 : 0;
}

int flow_ledger_taken(struct flow_ledger *ledger, int64_t run, const char *unit, struct flow_budget *out,
                      struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    int result = taken_read(sql, run, unit, out, err);
    flow_ledger_reader_done(ledger, sql);
    return result;
}

// What a unit took against what it may, and how to go on.
static int overdrawn(const struct flow_call *call, const struct flow_budget *taken, struct flow_error *err)
{
    const struct flow_allowance *allowance = call->allowance;
    const struct flow_budget *limit = &allowance->limit;
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_LINE);
    if (limit->calls >= 0 && taken->calls >= limit->calls) {
        flow_buf_printf(&why, "took %lld calls, %s allows %lld", (long long)taken->calls, allowance->name,
                        (long long)limit->calls);
    } else if (limit->tokens >= 0 && taken->tokens >= limit->tokens) {
        flow_buf_printf(&why, "took %lld tokens, %s allows %lld", (long long)taken->tokens, allowance->name,
                        (long long)limit->tokens);
    } else {
        flow_buf_puts(&why, "took ");
        put_money(&why, taken->nano_usd);
        flow_buf_printf(&why, ", %s allows ", allowance->name);
        put_money(&why, limit->nano_usd);
    }
    int result = flow_buf_check(&why, "what a unit took", err);
    if (result == 0)
        flow_error_set(
            err, FLOW_E_BUDGET,
            "%s: see what it went on with ('flow-log %s'); it goes on with a larger one, or begins anew "
            "with 'flow-status retry %s'",
            why.data, call->unit, call->unit);
    flow_buf_release(&why);
    return result < 0 ? -1 : 2;
}

// 0, or 2 where the unit has nothing left.
static int look_at_allowance(struct flow_sql *sql, const struct begin_write *w, struct flow_error *err)
{
    const struct flow_allowance *allowance = w->call->allowance;
    struct flow_budget taken;
    if (!allowance)
        return 0;
    if (taken_read(sql, w->run, w->call->unit, &taken, err) < 0)
        return -1;
    taken.nano_usd -= allowance->before.nano_usd;
    taken.tokens -= allowance->before.tokens;
    taken.calls -= allowance->before.calls;
    const struct flow_budget *limit = &allowance->limit;
    bool left = (limit->nano_usd < 0 || taken.nano_usd < limit->nano_usd) &&
                (limit->tokens < 0 || taken.tokens < limit->tokens) &&
                (limit->calls < 0 || taken.calls < limit->calls);
    return left ? 0 : overdrawn(w->call, &taken, err);
}

static int call_begin(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct begin_write *w = payload;
    const struct flow_call *c = w->call;
    int result = look_at_allowance(sql, w, err);
    if (result == 0)
        result = reserve(sql, w, err);
    if (result != 0)
        return result;
    int64_t id = sqlite3_last_insert_rowid(sql->db);
    if (flow_sql_run(sql, err,
                     "INSERT INTO call (id, run, unit, role, lens, step, model, key, status, begun)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?)",
                     "iitttttti", id, w->run, c->unit, c->role, c->lens ? c->lens : "", c->step, c->model,
                     c->key.hex, flow_time_wall_ms()) < 0)
        return -1;
    *w->out = id;
    return call_texts(sql, w, id, err);
}

int flow_ledger_call_begin(struct flow_ledger *ledger, int64_t run, const struct flow_call *call,
                           int64_t *out, struct flow_error *err)
{
    struct begin_write w = {
        .ledger = ledger, .policy = &ledger->policy, .run = run, .call = call, .out = out};
    return flow_ledger_write(ledger, call_begin, &w, err);
}

struct settle_write {
    int64_t call;
    const struct flow_outcome *outcome;
};

static int call_settle(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct settle_write *w = payload;
    const struct flow_outcome *o = w->outcome;
    if (flow_sql_run(
            sql, err,
            "UPDATE call SET status = ?, reply = ?, extra = ?, input = ?, cache_read = ?, cache_write = ?,"
            " output = ?, estimated = ?, priced = ?, nano = ?, request_id = ?, reported_model = ?, error = ?,"
            " seconds = ?, settled = ? WHERE id = ?",
            "tbtiiiiiiitttdii", o->status, (const void *)o->text, o->len, o->extra, (int64_t)o->input,
            (int64_t)o->cache_read, (int64_t)o->cache_write, (int64_t)o->output, (int64_t)o->estimated,
            (int64_t)o->priced, o->nano_usd, o->request_id, o->reported_model, o->error, o->seconds,
            flow_time_wall_ms(), w->call) < 0)
        return -1;
    if (sqlite3_changes(sql->db) != 1)
        return flow_error_set(err, FLOW_E_INTERNAL, "the ledger has no call %lld", (long long)w->call);
    return 0;
}

int flow_ledger_call_settle(struct flow_ledger *ledger, int64_t call, const struct flow_outcome *outcome,
                            struct flow_error *err)
{
    struct settle_write w = {.call = call, .outcome = outcome};
    int result = flow_ledger_write(ledger, call_settle, &w, err);
    pthread_mutex_lock(&ledger->lock);
    ledger->settle_count++;
    pthread_cond_broadcast(&ledger->settled);
    pthread_mutex_unlock(&ledger->lock);
    return result;
}

void flow_stored_release(struct flow_stored *stored)
{
    free(stored->text);
    free(stored->extra);
    *stored = (struct flow_stored){0};
}

static int stored_read(sqlite3_stmt *row, struct flow_stored *out, struct flow_error *err)
{
    *out = (struct flow_stored){
        .call = sqlite3_column_int64(row, 0),
        .len = (size_t)sqlite3_column_bytes(row, 1),
        .input = (uint64_t)sqlite3_column_int64(row, 3),
        .cache_read = (uint64_t)sqlite3_column_int64(row, 4),
        .cache_write = (uint64_t)sqlite3_column_int64(row, 5),
        .output = (uint64_t)sqlite3_column_int64(row, 6),
        .nano_usd = sqlite3_column_int64(row, 7),
    };
    out->text = malloc(out->len + 1);
    if (!out->text)
        return flow_error_nomem(err);
    if (out->len)
        memcpy(out->text, sqlite3_column_blob(row, 1), out->len);
    out->text[out->len] = '\0';
    const char *extra = (const char *)sqlite3_column_text(row, 2);
    if (extra && !(out->extra = strdup(extra))) {
        flow_stored_release(out);
        return flow_error_nomem(err);
    }
    return 1;
}

int flow_ledger_call_find(struct flow_ledger *ledger, const struct flow_id *key, struct flow_stored *out,
                          struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result =
        flow_sql_bind(sql, &row, err,
                      "SELECT id, reply, extra, input, cache_read, cache_write, output, nano FROM call"
                      " WHERE key = ? AND status = 'done' AND reply IS NOT NULL ORDER BY id LIMIT 1",
                      "t", key->hex);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0)
        result = stored_read(row, out, err);
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result;
}

struct recover_write {
    int64_t run;
    size_t *count;
};

static int recover(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct recover_write *w = payload;
    // What was in flight may have been answered and billed: it counts in full, tokens as output, the dearest
    // kind.
    if (flow_sql_run(
            sql, err,
            "UPDATE call SET status = 'cut', error = 'the process ended before the reply came', settled = ?2,"
            " output = (SELECT tokens FROM reservation r WHERE r.id = call.id), estimated = 1,"
            " nano = (SELECT nano FROM reservation r WHERE r.id = call.id),"
            " priced = (SELECT nano > 0 FROM reservation r WHERE r.id = call.id)"
            " WHERE run = ?1 AND status = 'open'",
            "ii", w->run, flow_time_wall_ms()) < 0)
        return -1;
    *w->count = (size_t)sqlite3_changes(sql->db);
    return 0;
}

int flow_ledger_recover(struct flow_ledger *ledger, int64_t run, size_t *count, struct flow_error *err)
{
    struct recover_write w = {.run = run, .count = count};
    return flow_ledger_write(ledger, recover, &w, err);
}
