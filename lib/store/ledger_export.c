// SPDX-License-Identifier: MIT
/*
 * The ledger as JSON lines.
 */
#include <string.h>

#include "flow/base/json.h"
#include "flow/store/archive.h"
#include "ledger_private.h"

/* Each table with what a reader of one file needs: blocks go by their hash, not by a row number. A column
 * named "blocks" is JSON already. */
static const struct table {
    const char *name, *rows;
} tables[] = {
    {"run", "SELECT * FROM run ORDER BY id"},
    {"run_value", "SELECT * FROM run_value ORDER BY run, key"},
    {"block", "SELECT hash, data FROM block ORDER BY id"},
    {"unit_state", "SELECT * FROM unit_state ORDER BY run, unit"},
    {"input", "SELECT run, unit, generation, name, hash AS block FROM input"
              " JOIN block ON block.id = input.block ORDER BY run, unit, generation, name"},
    {"reservation", "SELECT * FROM reservation ORDER BY id"},
    {"call", "SELECT call.*, (SELECT json_group_array(hash) FROM"
             " (SELECT hash FROM call_block JOIN block ON block.id = call_block.block"
             "  WHERE call_block.call = call.id ORDER BY position)) AS blocks FROM call ORDER BY id"},
    {"round", "SELECT * FROM round ORDER BY run, unit, round"},
    {"verdict", "SELECT * FROM verdict ORDER BY run, unit, round, lens"},
    {"finding", "SELECT * FROM finding ORDER BY id"},
    {"control", "SELECT * FROM control ORDER BY run, key"},
    {"event", "SELECT * FROM event ORDER BY id"},
};

static void put_value(struct flow_jsonw *writer, sqlite3_stmt *row, int column)
{
    const char *name = sqlite3_column_name(row, column);
    int type = sqlite3_column_type(row, column);
    if (type == SQLITE_NULL)
        return;
    flow_jsonw_key(writer, name);
    if (type == SQLITE_INTEGER) {
        flow_jsonw_int(writer, sqlite3_column_int64(row, column));
    } else if (type == SQLITE_FLOAT) {
        flow_jsonw_num(writer, sqlite3_column_double(row, column));
    } else {
        // The length is asked for behind the value: asking may turn it.
        const void *text = sqlite3_column_blob(row, column);
        size_t len = (size_t)sqlite3_column_bytes(row, column);
        if (strcmp(name, "blocks") == 0)
            flow_jsonw_raw(writer, text, len);
        else
            flow_jsonw_strn(writer, text ? text : "", len);
    }
}

static int put_row(const struct table *table, sqlite3_stmt *row, struct flow_buf *line,
                   struct flow_error *err)
{
    struct flow_jsonw writer;
    flow_buf_clear(line);
    flow_jsonw_init(&writer, line);
    flow_jsonw_object(&writer);
    flow_jsonw_member(&writer, "table", table->name);
    for (int i = 0; i < sqlite3_column_count(row); i++)
        put_value(&writer, row, i);
    flow_jsonw_object_end(&writer);
    flow_buf_putc(line, '\n');
    return flow_buf_check(line, "a row of the ledger", err);
}

static int export_table(struct flow_sql *sql, const struct table *table, struct flow_buf *line,
                        flow_archive_fn fn, void *payload, struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(sql, &row, err, table->rows, "");
    while (result >= 0 && (result = flow_sql_step(sql, row, err)) > 0) {
        result = put_row(table, row, line, err);
        if (result == 0)
            result = fn(payload, line->data, line->len, err);
        if (result != 0)
            break;
    }
    flow_sql_done(row);
    return result;
}

static int moment_begin(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "BEGIN", "");
}

static int moment_end(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "ROLLBACK", "");
}

int flow_ledger_export(struct flow_ledger *ledger, flow_archive_fn fn, void *payload, struct flow_error *err)
{
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    struct flow_buf line;
    if (!sql)
        return -1;
    // One transaction sees one moment, whoever writes meanwhile.
    // Its end is prepared before it begins: it must not take memory that is not there.
    int result = moment_begin(sql, err) || moment_end(sql, err) || moment_begin(sql, err) ? -1 : 0;
    flow_buf_init(&line, FLOW_BUF_FILE * 2);
    for (size_t i = 0; i < sizeof tables / sizeof *tables && result == 0; i++)
        result = export_table(sql, &tables[i], &line, fn, payload, err);
    flow_buf_release(&line);
    if (!sqlite3_get_autocommit(sql->db))
        moment_end(sql, NULL);
    flow_ledger_reader_done(ledger, sql);
    return result;
}
