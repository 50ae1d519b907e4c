// SPDX-License-Identifier: MIT
#include "show.h"

#include "flow/base/time.h"
#include "flow/ui/table.h"

static void put_time(struct flow_table *table, int64_t wall_ms)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (wall_ms > 0)
        flow_time_iso(&text, wall_ms);
    flow_table_text(table, wall_ms > 0 ? text.data : NULL);
    flow_buf_release(&text);
}

static int finish(struct flow_table *table, int result, struct flow_error *err)
{
    if (flow_table_close(table, result ? NULL : err))
        result = -1;
    flow_table_free(table);
    return result;
}

static int put_call(const struct flow_call_row *call, void *payload)
{
    struct flow_table *table = payload;
    flow_table_text(table, call->unit);
    flow_table_int(table, call->id);
    flow_table_text(table, call->role);
    flow_table_text(table, call->lens);
    flow_table_text(table, call->step);
    flow_table_text(table, call->model);
    flow_table_text(table, call->status);
    flow_table_int(table, (int64_t)(call->input + call->cache_write));
    flow_table_int(table, (int64_t)call->cache_read);
    flow_table_int(table, (int64_t)call->output);
    flow_table_bool(table, call->estimated);
    if (call->priced)
        flow_table_decimal(table, (double)call->nano_usd / 1e9);
    else
        flow_table_none(table);
    flow_table_decimal(table, call->seconds);
    put_time(table, call->begun);
    flow_table_text(table, call->error);
    flow_table_row(table);
    return 0;
}

int show_calls(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err)
{
    static const struct flow_column columns[] = {
        {"unit", FLOW_COLUMN_TEXT, 0},       {"call", FLOW_COLUMN_INT, 0},
        {"role", FLOW_COLUMN_TEXT, 0},       {"lens", FLOW_COLUMN_TEXT, 0},
        {"step", FLOW_COLUMN_TEXT, 0},       {"model", FLOW_COLUMN_TEXT, 0},
        {"status", FLOW_COLUMN_TEXT, 0},     {"input", FLOW_COLUMN_INT, 0},
        {"cached", FLOW_COLUMN_INT, 0},      {"output", FLOW_COLUMN_INT, 0},
        {"estimated", FLOW_COLUMN_BOOL, 0},  {"usd", FLOW_COLUMN_DECIMAL, 6},
        {"seconds", FLOW_COLUMN_DECIMAL, 1}, {"begun", FLOW_COLUMN_TEXT, 0},
        {"error", FLOW_COLUMN_TEXT, 0},
    };
    struct flow_table *table = NULL;
    if (flow_table_open(&table, to, json, columns, sizeof columns / sizeof *columns, err))
        return -1;
    return finish(table, flow_ledger_calls(log->ledger, log->run, unit, false, put_call, table, err), err);
}

static int put_event(const struct flow_event_row *event, void *payload)
{
    struct flow_table *table = payload;
    flow_table_text(table, event->unit);
    put_time(table, event->at);
    flow_table_text(table, event->kind);
    flow_table_text(table, event->text);
    flow_table_row(table);
    return 0;
}

int show_events(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err)
{
    static const struct flow_column columns[] = {
        {"unit", FLOW_COLUMN_TEXT, 0},
        {"at", FLOW_COLUMN_TEXT, 0},
        {"kind", FLOW_COLUMN_TEXT, 0},
        {"text", FLOW_COLUMN_TEXT, 0},
    };
    struct flow_table *table = NULL;
    if (flow_table_open(&table, to, json, columns, sizeof columns / sizeof *columns, err))
        return -1;
    return finish(table, flow_ledger_events(log->ledger, log->run, unit, put_event, table, err), err);
}

static int put_finding(const char *unit, const struct flow_finding_row *finding, void *payload)
{
    struct flow_table *table = payload;
    flow_table_text(table, unit);
    flow_table_int(table, finding->round);
    flow_table_text(table, finding->lens);
    flow_table_text(table, finding->severity);
    flow_table_text(table, finding->file);
    flow_table_int(table, finding->source_line);
    flow_table_int(table, finding->target_line);
    flow_table_text(table, finding->fate);
    flow_table_text(table, finding->fate_reason);
    flow_table_text(table, finding->claim);
    flow_table_row(table);
    return 0;
}

int show_findings(const struct flow_log *log, const char *unit, bool json, FILE *to, struct flow_error *err)
{
    static const struct flow_column columns[] = {
        {"unit", FLOW_COLUMN_TEXT, 0},     {"round", FLOW_COLUMN_INT, 0}, {"lens", FLOW_COLUMN_TEXT, 0},
        {"severity", FLOW_COLUMN_TEXT, 0}, {"file", FLOW_COLUMN_TEXT, 0}, {"source", FLOW_COLUMN_INT, 0},
        {"target", FLOW_COLUMN_INT, 0},    {"fate", FLOW_COLUMN_TEXT, 0}, {"reason", FLOW_COLUMN_TEXT, 0},
        {"claim", FLOW_COLUMN_TEXT, 0},
    };
    struct flow_table *table = NULL;
    if (flow_table_open(&table, to, json, columns, sizeof columns / sizeof *columns, err))
        return -1;
    return finish(table, flow_ledger_unit_findings(log->ledger, log->run, unit, put_finding, table, err),
                  err);
}
