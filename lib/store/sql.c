// SPDX-License-Identifier: MIT
#include "sql.h"

#include <stdarg.h>
#include <string.h>

#define BUSY_MS 60000

int flow_sql_error(struct flow_sql *sql, struct flow_error *err)
{
    int code = sql->db ? sqlite3_extended_errcode(sql->db) : SQLITE_NOMEM;
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return flow_error_nomem(err);
    case SQLITE_FULL:
        return flow_error_set(err, FLOW_E_ENV,
                              "cannot write %s: the disk is full; free some room and run again", sql->what);
    case SQLITE_IOERR:
        return flow_error_set(
            err, FLOW_E_ENV,
            "cannot read or write %s: %s (SQLite's %d): is the disk damaged, or the size of files "
            "limited (ulimit -f)?",
            sql->what, sqlite3_errmsg(sql->db), code);
    case SQLITE_READONLY:
        return flow_error_set(err, FLOW_E_ENV, "cannot write %s: it is read-only", sql->what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return flow_error_set(err, FLOW_E_ENV, "cannot read %s: it is damaged or not a database", sql->what);
    case SQLITE_CANTOPEN:
        return flow_error_set(err, FLOW_E_ENV, "cannot open %s: no such folder, or no permission", sql->what);
    case SQLITE_BUSY:
        return flow_error_set(err, FLOW_E_TIMEOUT, "cannot write %s: another process held it for a minute",
                              sql->what);
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_TRIGGER)
            return flow_error_set(err, FLOW_E_REFUSED, "%s", sqlite3_errmsg(sql->db));
        return flow_error_set(err, FLOW_E_INTERNAL, "%s refused a row: %s", sql->what,
                              sqlite3_errmsg(sql->db));
    default:
        return flow_error_set(err, FLOW_E_ENV, "%s: %s", sql->what, sqlite3_errmsg(sql->db));
    }
}

int flow_sql_open(struct flow_sql *sql, const char *path, int flags, const char *what, struct flow_error *err)
{
    *sql = (struct flow_sql){.what = what};
    if (sqlite3_open_v2(path, &sql->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        flow_sql_error(sql, err);
        flow_sql_close(sql);
        return -1;
    }
    sqlite3_extended_result_codes(sql->db, 1);
    sqlite3_busy_timeout(sql->db, BUSY_MS);
    return 0;
}

void flow_sql_close(struct flow_sql *sql)
{
    for (size_t i = 0; i < sql->cached; i++)
        sqlite3_finalize(sql->cache[i].statement);
    sql->cached = 0;
    sqlite3_close(sql->db);
    sql->db = NULL;
}

int flow_sql_exec(struct flow_sql *sql, const char *statements, struct flow_error *err)
{
    if (sqlite3_exec(sql->db, statements, NULL, NULL, NULL) != SQLITE_OK)
        return flow_sql_error(sql, err);
    return 0;
}

static int prepare(struct flow_sql *sql, sqlite3_stmt **out, const char *text, struct flow_error *err)
{
    for (size_t i = 0; i < sql->cached; i++) {
        if (sql->cache[i].text == text) {
            *out = sql->cache[i].statement;
            return 0;
        }
    }
    if (sql->cached == FLOW_SQL_CACHE)
        return flow_error_set(err, FLOW_E_INTERNAL, "too many kinds of statements for %s", sql->what);
    if (sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) != SQLITE_OK)
        return flow_sql_error(sql, err);
    sql->cache[sql->cached].text = text;
    sql->cache[sql->cached++].statement = *out;
    return 0;
}

static int bind_all(struct flow_sql *sql, sqlite3_stmt *statement, const char *types, va_list args,
                    struct flow_error *err)
{
    int status = SQLITE_OK;
    for (int at = 1; *types && status == SQLITE_OK; types++, at++) {
        if (*types == 'i') {
            status = sqlite3_bind_int64(statement, at, va_arg(args, int64_t));
        } else if (*types == 'd') {
            status = sqlite3_bind_double(statement, at, va_arg(args, double));
        } else if (*types == 't') {
            status = sqlite3_bind_text(statement, at, va_arg(args, const char *), -1, SQLITE_STATIC);
        } else {
            const void *data = va_arg(args, const void *);
            size_t len = va_arg(args, size_t);
            // A NULL pointer would bind NULL: an empty blob is something else.
            status = sqlite3_bind_blob64(statement, at, data ? data : "", len, SQLITE_STATIC);
        }
    }
    return status == SQLITE_OK ? 0 : flow_sql_error(sql, err);
}

static int bind_list(struct flow_sql *sql, sqlite3_stmt **out, const char *text, const char *types,
                     va_list args, struct flow_error *err)
{
    if (prepare(sql, out, text, err) < 0)
        return -1;
    if (bind_all(sql, *out, types, args, err) < 0) {
        flow_sql_done(*out);
        return -1;
    }
    return 0;
}

int flow_sql_bind(struct flow_sql *sql, sqlite3_stmt **out, struct flow_error *err, const char *text,
                  const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int result = bind_list(sql, out, text, types, args, err);
    va_end(args);
    return result;
}

int flow_sql_step(struct flow_sql *sql, sqlite3_stmt *statement, struct flow_error *err)
{
    int status = sqlite3_step(statement);
    if (status == SQLITE_ROW)
        return 1;
    return status == SQLITE_DONE ? 0 : flow_sql_error(sql, err);
}

void flow_sql_done(sqlite3_stmt *statement)
{
    if (statement) {
        sqlite3_reset(statement);
        sqlite3_clear_bindings(statement);
    }
}

int flow_sql_run(struct flow_sql *sql, struct flow_error *err, const char *text, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list args;
    va_start(args, types);
    int result = bind_list(sql, &statement, text, types, args, err);
    va_end(args);
    if (result < 0)
        return -1;
    while ((result = flow_sql_step(sql, statement, err)) > 0)
        ;
    flow_sql_done(statement);
    return result;
}

const char *flow_sql_text(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}
