// SPDX-License-Identifier: MIT
/*
 * Taking old texts out of the ledger.
 *
 * On a connection of its own: without foreign keys, since SQLite would look through all calls for each block
 * that goes, and with the free pages overwritten. What refers to what is minded here, and by the tests.
 */
#include <string.h>
#include <sys/stat.h>

#include "flow/store/archive.h"
#include "ledger_private.h"

// Calls that lose their texts, and blocks that may have lost their last user.
static const char lists[] = "CREATE TEMP TABLE old_call (id INTEGER PRIMARY KEY);"
                            "CREATE TEMP TABLE old_block (id INTEGER PRIMARY KEY);";

static const struct step {
    const char *statement;
    size_t count; /* offset of what counts its rows in struct flow_purged; SIZE_MAX: nothing does */
} steps[] = {
    // A unit that was worked on since keeps all it has: its next steps find their replies.
    {"INSERT INTO old_call SELECT id FROM call"
     " WHERE settled < ?1 AND (reply IS NOT NULL OR extra IS NOT NULL OR error IS NOT NULL"
     "  OR EXISTS (SELECT 1 FROM call_block WHERE call = id))"
     " AND NOT EXISTS (SELECT 1 FROM unit_state u"
     "  WHERE u.run = call.run AND u.unit = call.unit AND u.changed >= ?1)",
     offsetof(struct flow_purged, calls)},
    {"INSERT OR IGNORE INTO old_block SELECT block FROM call_block WHERE call IN old_call", SIZE_MAX},
    {"DELETE FROM call_block WHERE call IN old_call", SIZE_MAX},
    {"UPDATE call SET reply = NULL, extra = NULL, error = NULL WHERE id IN old_call", SIZE_MAX},
    {"UPDATE finding SET claim = '', evidence = '', fix = NULL, fate_reason = NULL WHERE id IN"
     " (SELECT f.id FROM verdict v JOIN finding f USING (run, unit, round, lens)"
     "  WHERE v.call IN old_call AND f.claim <> '')",
     offsetof(struct flow_purged, findings)},
    // The generation before the last is what a changed unit is updated from.
    {"INSERT OR IGNORE INTO old_block SELECT i.block FROM input i JOIN unit_state u USING (run, unit)"
     " WHERE u.changed < ?1 AND i.generation + 1 < u.generation",
     SIZE_MAX},
    {"DELETE FROM input WHERE EXISTS (SELECT 1 FROM unit_state u WHERE u.run = input.run"
     " AND u.unit = input.unit AND u.changed < ?1 AND input.generation + 1 < u.generation)",
     SIZE_MAX},
    {"DELETE FROM block WHERE id IN old_block AND id NOT IN (SELECT block FROM call_block)"
     " AND id NOT IN (SELECT block FROM input)",
     offsetof(struct flow_purged, blocks)},
    {"DELETE FROM event WHERE at < ?1", offsetof(struct flow_purged, events)},
};

static int count_kept(struct flow_sql *sql, int64_t before, int64_t *out, struct flow_error *err)
{
    sqlite3_stmt *row = NULL;
    int result = flow_sql_bind(
        sql, &row, err, "SELECT count(*) FROM call WHERE settled < ?1 AND reply IS NOT NULL", "i", before);
    if (result == 0 && (result = flow_sql_step(sql, row, err)) > 0)
        *out = sqlite3_column_int64(row, 0);
    flow_sql_done(row);
    return result < 0 ? -1 : 0;
}

static int take_out(struct flow_sql *sql, int64_t before, struct flow_purged *out, struct flow_error *err)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        const char *statement = steps[i].statement;
        if (flow_sql_run(sql, err, statement, strstr(statement, "?1") ? "i" : "", before) < 0)
            return -1;
        if (steps[i].count != SIZE_MAX) {
            int64_t changes = sqlite3_changes64(sql->db);
            memcpy((char *)out + steps[i].count, &changes, sizeof changes);
        }
    }
    return count_kept(sql, before, &out->kept, err);
}

// The database with what SQLite keeps beside it (log), in bytes.
static int64_t file_bytes(const char *path, const char *log)
{
    struct stat st;
    int64_t sum = stat(path, &st) == 0 ? st.st_size : 0;
    return sum + (stat(log, &st) == 0 ? st.st_size : 0);
}

static int purge(const struct flow_ledger *ledger, int64_t before, struct flow_purged *out,
                 struct flow_error *err)
{
    struct flow_sql sql;
    if (flow_sql_open(&sql, ledger->path, SQLITE_OPEN_READWRITE, ledger->what, err) < 0)
        return -1;
    int result = flow_sql_exec(&sql, "PRAGMA secure_delete = ON", err) || flow_sql_exec(&sql, lists, err) ||
                         flow_sql_exec(&sql, "BEGIN IMMEDIATE", err)
                     ? -1
                     : 0;
    if (result == 0)
        result = take_out(&sql, before, out, err);
    if (result == 0)
        result = flow_sql_exec(&sql, "COMMIT", err);
    // The log holds what was taken out until it is folded into the file.
    if (result == 0 && flow_sql_exec(&sql, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", err) < 0)
        result = flow_error_wrap(err, "the texts are out, but the file was not shrunk");
    flow_sql_close(&sql);
    return result;
}

int flow_ledger_purge(struct flow_ledger *ledger, int64_t before, struct flow_purged *out,
                      struct flow_error *err)
{
    struct flow_buf log;
    *out = (struct flow_purged){0};
    flow_buf_init(&log, FLOW_BUF_LINE);
    flow_buf_printf(&log, "%s-wal", ledger->path);
    int result = flow_buf_check(&log, "the path of the ledger's log", err);
    if (result == 0) {
        int64_t bytes = file_bytes(ledger->path, log.data);
        result = purge(ledger, before, out, err);
        out->bytes = bytes - file_bytes(ledger->path, log.data);
    }
    flow_buf_release(&log);
    return result;
}
