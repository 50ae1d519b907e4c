// SPDX-License-Identifier: MIT
/*
 * Review rounds, verdicts, findings, acceptance. The rules stand in the schema's triggers.
 */
#include "flow/base/time.h"
#include "flow/store/query.h"
#include "ledger_private.h"

struct review_write {
    int64_t run, call;
    const char *unit, *lens;
    unsigned round;
    bool accept;
    const struct flow_id *source_id, *target_id;
    const struct flow_finding_row *findings;
    size_t count;
};

static int round_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct review_write *w = payload;
    // The same round on the same bytes is a run that continues; on other bytes it is refused by round_stays.
    return flow_sql_run(
        sql, err,
        "INSERT INTO round (run, unit, round, source_id, target_id) VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO UPDATE SET source_id = ?4 WHERE source_id <> ?4 OR target_id <> ?5",
        "ititt", w->run, w->unit, (int64_t)w->round, w->source_id->hex, w->target_id->hex);
}

int flow_ledger_round_put(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned round,
                          const struct flow_id *source_id, const struct flow_id *target_id,
                          struct flow_error *err)
{
    struct review_write w = {
        .run = run, .unit = unit, .round = round, .source_id = source_id, .target_id = target_id};
    return flow_ledger_write(ledger, round_write, &w, err);
}

static int finding_write(struct flow_sql *sql, const struct review_write *w, const struct flow_finding_row *f,
                         struct flow_error *err)
{
    return flow_sql_run(
        sql, err,
        "INSERT INTO finding (run, unit, round, lens, severity, file, source_line, target_line, claim,"
        " evidence, fix, fate, fate_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "ititttiittttt", w->run, w->unit, (int64_t)w->round, w->lens, f->severity, f->file,
        (int64_t)f->source_line, (int64_t)f->target_line, f->claim, f->evidence, f->fix,
        f->fate ? f->fate : "open", f->fate_reason);
}

// 1 where this very verdict is stored already: a run that continues says it again. Another one in its place
// is not overwritten.
static int verdict_known(struct flow_sql *sql, const struct review_write *w, struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    if (flow_sql_bind(sql, &row, err,
                      "SELECT call = ?5 AND accept = ?6 AND source_id = ?7 AND target_id = ?8 FROM verdict"
                      " WHERE run = ?1 AND unit = ?2 AND round = ?3 AND lens = ?4",
                      "ititiitt", w->run, w->unit, (int64_t)w->round, w->lens, w->call, (int64_t)w->accept,
                      w->source_id->hex, w->target_id->hex) < 0)
        return -1;
    int result = flow_sql_step(sql, row, err);
    if (result == 1 && !sqlite3_column_int(row, 0))
        result = flow_error_set(err, FLOW_E_CONFLICT, "round %u of '%s' has another verdict on %s already",
                                w->round, w->unit, w->lens);
    flow_sql_done(row);
    return result;
}

static int verdict_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct review_write *w = payload;
    int known = verdict_known(sql, w, err);
    if (known != 0)
        return known < 0 ? -1 : 0;
    if (flow_sql_run(sql, err,
                     "INSERT INTO verdict (run, unit, round, lens, call, accept, source_id, target_id)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     "ititiitt", w->run, w->unit, (int64_t)w->round, w->lens, w->call, (int64_t)w->accept,
                     w->source_id->hex, w->target_id->hex) < 0)
        return -1;
    for (size_t i = 0; i < w->count; i++) {
        if (finding_write(sql, w, &w->findings[i], err) < 0)
            return -1;
    }
    return 0;
}

int flow_ledger_verdict_put(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned round,
                            const char *lens, int64_t call, bool accept, const struct flow_id *source_id,
                            const struct flow_id *target_id, const struct flow_finding_row *findings,
                            size_t count, struct flow_error *err)
{
    struct review_write w = {
        .run = run,
        .call = call,
        .unit = unit,
        .lens = lens,
        .round = round,
        .accept = accept,
        .source_id = source_id,
        .target_id = target_id,
        .findings = findings,
        .count = count,
    };
    return flow_ledger_write(ledger, verdict_write, &w, err);
}

struct fate_write {
    int64_t finding;
    const char *fate, *reason;
};

static int fate_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct fate_write *w = payload;
    return flow_sql_run(sql, err, "UPDATE finding SET fate = ?, fate_reason = ? WHERE id = ?", "tti", w->fate,
                        w->reason, w->finding);
}

int flow_ledger_finding_fate(struct flow_ledger *ledger, int64_t finding, const char *fate,
                             const char *reason, struct flow_error *err)
{
    struct fate_write w = {.finding = finding, .fate = fate, .reason = reason};
    return flow_ledger_write(ledger, fate_write, &w, err);
}

static void finding_read(sqlite3_stmt *row, struct flow_finding_row *out)
{
    *out = (struct flow_finding_row){
        .id = sqlite3_column_int64(row, 0),
        .severity = flow_sql_text(row, 1),
        .file = flow_sql_text(row, 2),
        .source_line = (uint32_t)sqlite3_column_int64(row, 3),
        .target_line = (uint32_t)sqlite3_column_int64(row, 4),
        .claim = flow_sql_text(row, 5),
        .evidence = flow_sql_text(row, 6),
        .fix = (const char *)sqlite3_column_text(row, 7),
        .fate = flow_sql_text(row, 8),
        .fate_reason = (const char *)sqlite3_column_text(row, 9),
        .lens = flow_sql_text(row, 10),
        .round = (unsigned)sqlite3_column_int64(row, 11),
    };
}

int flow_ledger_unit_findings(struct flow_ledger *ledger, int64_t run, const char *unit,
                              flow_ledger_unit_finding_fn fn, void *payload, struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    if (!sql)
        return -1;
    sqlite3_stmt *row = NULL;
    int result =
        flow_sql_bind(sql, &row, err,
                      "SELECT id, severity, file, source_line, target_line, claim, evidence, fix, fate,"
                      " fate_reason, lens, round, unit FROM finding WHERE run = ?1"
                      " AND (?2 IS NULL OR unit = ?2) ORDER BY unit, round, id",
                      "it", run, unit);
    while (result >= 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        struct flow_finding_row finding;
        finding_read(row, &finding);
        if (fn(flow_sql_text(row, 12), &finding, payload) != 0)
            break;
    }
    flow_sql_done(row);
    flow_ledger_reader_done(ledger, sql);
    return result < 0 ? -1 : 0;
}

struct finding_listing {
    flow_ledger_finding_fn fn;
    void *payload;
};

static int drop_unit(const char *unit, const struct flow_finding_row *finding, void *payload)
{
    const struct finding_listing *listing = payload;
    (void)unit;
    return listing->fn(finding, listing->payload);
}

int flow_ledger_findings(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_finding_fn fn,
                         void *payload, struct flow_error *err)
{
    struct finding_listing listing = {fn, payload};
    return flow_ledger_unit_findings(ledger, run, unit, drop_unit, &listing, err);
}

static int accept_write(struct flow_sql *sql, void *payload, struct flow_error *err)
{
    const struct review_write *w = payload;
    if (flow_sql_run(sql, err,
                     "UPDATE unit_state SET state = 'accepted', round = ?, source_id = ?, target_id = ?, "
                     "reason = NULL,"
                     " changed = ? WHERE run = ? AND unit = ?",
                     "ittiit", (int64_t)w->round, w->source_id->hex, w->target_id->hex, flow_time_wall_ms(),
                     w->run, w->unit) < 0)
        return -1;
    if (sqlite3_changes(sql->db) != 1)
        return flow_error_set(err, FLOW_E_INTERNAL, "the ledger has no unit '%s' to accept", w->unit);
    return 0;
}

int flow_ledger_accept(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned round,
                       const struct flow_id *source_id, const struct flow_id *target_id,
                       struct flow_error *err)
{
    struct review_write w = {
        .run = run, .unit = unit, .round = round, .source_id = source_id, .target_id = target_id};
    return flow_ledger_write(ledger, accept_write, &w, err);
}
