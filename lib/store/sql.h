/* SPDX-License-Identifier: MIT */
/*
 * A thin cover over SQLite: connections with cached statements, typed binding, errors in our form.
 */
#ifndef FLOW_STORE_SQL_H
#define FLOW_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

/* Statements are cached under the address of their text, which therefore must be a string literal. */
#define FLOW_SQL_CACHE 96

struct flow_sql {
    sqlite3 *db;
    const char *what; /* names the database in errors: "the ledger '…'" */
    struct {
        const char *text;
        sqlite3_stmt *statement;
    } cache[FLOW_SQL_CACHE];
    size_t cached;
};

/* Opens `path` with SQLite's flags. `what` is borrowed. Waits up to a minute for other processes. */
int flow_sql_open(struct flow_sql *sql, const char *path, int flags, const char *what,
                  struct flow_error *err);
void flow_sql_close(struct flow_sql *sql);

/* Runs statements without results. */
int flow_sql_exec(struct flow_sql *sql, const char *statements, struct flow_error *err);

/*
 * A statement from the cache with its parameters bound; reset it with flow_sql_done. `types` has one letter
 * for each parameter: i  int64_t          d  double t  const char *     text, NULL binds NULL b  const void
 * *, size_t     blob Bound memory must outlive the statement's use.
 */
int flow_sql_bind(struct flow_sql *sql, sqlite3_stmt **out, struct flow_error *err, const char *text,
                  const char *types, ...);
/* 1: a row is there, 0: no more, -1: failure. */
int flow_sql_step(struct flow_sql *sql, sqlite3_stmt *statement, struct flow_error *err);
void flow_sql_done(sqlite3_stmt *statement);
/* Bind, step to the end, reset: for statements without results. */
int flow_sql_run(struct flow_sql *sql, struct flow_error *err, const char *text, const char *types, ...);

/* Fills err from the connection's last error and returns -1. Text that a trigger raised is kept as it is; a
 * full disk, a read-only file and a damaged database each have their own message. */
int flow_sql_error(struct flow_sql *sql, struct flow_error *err);

/* Column `column` as text, never NULL. Valid until the next step. */
const char *flow_sql_text(sqlite3_stmt *statement, int column);

#endif
