// SPDX-License-Identifier: MIT
#include "flow/store/query.h"

#include <string.h>

#include "ledger_private.h"

// Each listing: a reader, a statement, its rows one by one.
struct listing {
    struct flow_ledger *ledger;
    struct flow_sql *sql;
    sqlite3_stmt *row;
    struct flow_error *err;
    int result;
};

static struct listing begin(struct flow_ledger *ledger, struct flow_error *err)
{
    struct listing list = {.ledger = ledger, .err = err};
    list.sql = flow_ledger_reader(ledger, err);
    list.result = list.sql ? 0 : -1;
    return list;
}

static bool next(struct listing *list)
{
    if (list->result >= 0)
        list->result = flow_sql_step(list->sql, list->row, list->err);
    return list->result > 0;
}

static int end(struct listing *list)
{
    flow_sql_done(list->row);
    flow_ledger_reader_done(list->ledger, list->sql);
    return list->result < 0 ? -1 : 0;
}

static const char *text_or_null(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

bool flow_run_is_called(const struct flow_run_row *run, const char *name)
{
    size_t job = strlen(run->job);
    return strcmp(run->name, name) == 0 ||
           (strncmp(name, run->job, job) == 0 && name[job] == '/' && strcmp(name + job + 1, run->name) == 0);
}

int flow_ledger_runs(struct flow_ledger *ledger, flow_ledger_run_fn fn, void *payload, struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    if (list.result == 0)
        list.result =
            flow_sql_bind(list.sql, &list.row, err,
                          "SELECT id, job, name, created, calls + in_flight > 0"
                          " OR EXISTS (SELECT 1 FROM run_value v WHERE v.run = run.id)"
                          " OR EXISTS (SELECT 1 FROM event e WHERE e.run = run.id) FROM run ORDER BY id",
                          "");
    while (next(&list)) {
        struct flow_run_row run = {.id = sqlite3_column_int64(list.row, 0),
                                   .job = flow_sql_text(list.row, 1),
                                   .name = flow_sql_text(list.row, 2),
                                   .created = sqlite3_column_int64(list.row, 3),
                                   .begun = sqlite3_column_int(list.row, 4) != 0};
        if (fn(&run, payload) != 0)
            break;
    }
    return end(&list);
}

int flow_ledger_census(struct flow_ledger *ledger, int64_t run, flow_ledger_census_fn fn, void *payload,
                       struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    // A draft on its way to its reviewers carries no reason.
    if (list.result == 0)
        list.result =
            flow_sql_bind(list.sql, &list.row, err,
                          "SELECT iif(state = 'gated' AND reason IS NOT NULL, 'unreviewed', state) AS name,"
                          " count(*) FROM unit_state WHERE run = ? GROUP BY name ORDER BY name",
                          "i", run);
    while (next(&list)) {
        if (fn(flow_sql_text(list.row, 0), sqlite3_column_int64(list.row, 1), payload) != 0)
            break;
    }
    return end(&list);
}

int flow_ledger_rate(struct flow_ledger *ledger, int64_t run, int64_t since_ms, struct flow_rate *out,
                     struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    if (list.result == 0)
        list.result = flow_sql_bind(list.sql, &list.row, err,
                                    "SELECT count(*), ifnull(sum(nano), 0) FROM call"
                                    " WHERE run = ? AND settled > ?",
                                    "ii", run, since_ms);
    if (next(&list))
        *out = (struct flow_rate){.calls = sqlite3_column_int64(list.row, 0),
                                  .nano_usd = sqlite3_column_int64(list.row, 1)};
    return end(&list);
}

static void call_read(sqlite3_stmt *row, struct flow_call_row *out)
{
    *out = (struct flow_call_row){
        .id = sqlite3_column_int64(row, 0),
        .unit = flow_sql_text(row, 1),
        .role = flow_sql_text(row, 2),
        .lens = flow_sql_text(row, 3),
        .step = flow_sql_text(row, 4),
        .model = flow_sql_text(row, 5),
        .status = flow_sql_text(row, 6),
        .input = (uint64_t)sqlite3_column_int64(row, 7),
        .cache_read = (uint64_t)sqlite3_column_int64(row, 8),
        .cache_write = (uint64_t)sqlite3_column_int64(row, 9),
        .output = (uint64_t)sqlite3_column_int64(row, 10),
        .estimated = sqlite3_column_int(row, 11) != 0,
        .priced = sqlite3_column_int(row, 12) != 0,
        .nano_usd = sqlite3_column_int64(row, 13),
        .request_id = text_or_null(row, 14),
        .reported_model = text_or_null(row, 15),
        .error = text_or_null(row, 16),
        .seconds = sqlite3_column_double(row, 17),
        .begun = sqlite3_column_int64(row, 18),
        .settled = sqlite3_column_int64(row, 19),
        .reply = sqlite3_column_blob(row, 20),
        .reply_len = (size_t)sqlite3_column_bytes(row, 20),
        .extra = text_or_null(row, 21),
    };
}

int flow_ledger_calls(struct flow_ledger *ledger, int64_t run, const char *unit, bool with_reply,
                      flow_ledger_call_fn fn, void *payload, struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    // Of one unit through its index, of all in the order of the table; one statement would get one plan.
#define CALL_COLUMNS                                                                                         \
    "SELECT id, unit, role, lens, step, model, status, input, cache_read, cache_write, output, estimated,"   \
    " priced, nano, request_id, reported_model, error, seconds, begun, ifnull(settled, 0),"                  \
    " iif(?1, reply, NULL), iif(?1, extra, NULL) FROM call"
    if (list.result == 0 && unit)
        list.result =
            flow_sql_bind(list.sql, &list.row, err, CALL_COLUMNS " WHERE run = ?2 AND unit = ?3 ORDER BY id",
                          "iit", (int64_t)with_reply, run, unit);
    else if (list.result == 0)
        list.result = flow_sql_bind(list.sql, &list.row, err, CALL_COLUMNS " WHERE run = ?2 ORDER BY id",
                                    "ii", (int64_t)with_reply, run);
#undef CALL_COLUMNS
    while (next(&list)) {
        struct flow_call_row call;
        call_read(list.row, &call);
        if (fn(&call, payload) != 0)
            break;
    }
    return end(&list);
}

int flow_ledger_call_prompt(struct flow_ledger *ledger, int64_t call, flow_ledger_block_fn fn, void *payload,
                            struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    if (list.result == 0)
        list.result = flow_sql_bind(list.sql, &list.row, err,
                                    "SELECT hash, data FROM call_block JOIN block ON block.id = block"
                                    " WHERE call = ? ORDER BY position",
                                    "i", call);
    while (next(&list)) {
        if (fn(flow_sql_text(list.row, 0), sqlite3_column_blob(list.row, 1),
               (size_t)sqlite3_column_bytes(list.row, 1), payload) != 0)
            break;
    }
    return end(&list);
}

int flow_ledger_verdicts(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_verdict_fn fn,
                         void *payload, struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    if (list.result == 0)
        list.result = flow_sql_bind(list.sql, &list.row, err,
                                    "SELECT lens, round, call, accept, source_id, target_id FROM verdict"
                                    " WHERE run = ? AND unit = ? ORDER BY round, call",
                                    "it", run, unit);
    while (next(&list)) {
        struct flow_verdict_row verdict = {.lens = flow_sql_text(list.row, 0),
                                           .round = (unsigned)sqlite3_column_int64(list.row, 1),
                                           .call = sqlite3_column_int64(list.row, 2),
                                           .accept = sqlite3_column_int(list.row, 3) != 0,
                                           .source_id = flow_sql_text(list.row, 4),
                                           .target_id = flow_sql_text(list.row, 5)};
        if (fn(&verdict, payload) != 0)
            break;
    }
    return end(&list);
}

int flow_ledger_events(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_event_fn fn,
                       void *payload, struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    if (list.result == 0)
        list.result = flow_sql_bind(list.sql, &list.row, err,
                                    "SELECT at, kind, text, unit FROM event WHERE run = ?1"
                                    " AND (?2 IS NULL OR unit = ?2) ORDER BY id",
                                    "it", run, unit);
    while (next(&list)) {
        struct flow_event_row event = {.at = sqlite3_column_int64(list.row, 0),
                                       .kind = flow_sql_text(list.row, 1),
                                       .text = flow_sql_text(list.row, 2),
                                       .unit = text_or_null(list.row, 3)};
        if (fn(&event, payload) != 0)
            break;
    }
    return end(&list);
}

int flow_ledger_accepted_as(struct flow_ledger *ledger, int64_t run, const struct flow_id *text,
                            struct flow_buf *unit, unsigned *generation, struct flow_error *err)
{
    struct listing list = begin(ledger, err);
    int found = 0;
    if (list.result == 0)
        list.result =
            flow_sql_bind(list.sql, &list.row, err,
                          "SELECT unit, generation FROM input WHERE run = ? AND name GLOB 'accepted*'"
                          " AND block = (SELECT id FROM block WHERE hash = ?)"
                          " ORDER BY generation DESC LIMIT 1",
                          "it", run, text->hex);
    if (next(&list)) {
        found = 1;
        flow_buf_puts(unit, flow_sql_text(list.row, 0));
        *generation = (unsigned)sqlite3_column_int64(list.row, 1);
        list.result = flow_buf_check(unit, "a unit", err);
    }
    return end(&list) < 0 ? -1 : found;
}
