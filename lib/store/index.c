// SPDX-License-Identifier: MIT
#include "flow/store/index.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "flow/base/vec.h"

/* Raised when the tables change: an index of another number is made anew. */
#define SCHEMA_VERSION 1

/* Pending values are written when there are this many, or this many bytes of them. */
#define PENDING_COUNT  512
#define PENDING_BYTES  ((size_t)8 << 20)

/* A file that has grown larger than this is thrown away when it is opened. */
#define MAX_FILE       ((off_t)2 << 30)

/* How long a write waits for other processes. */
#define BUSY_MS        5000

struct pending {
    char *kind;
    struct flow_id id, version;
    void *data;
    size_t len;
};

struct flow_index {
    char *path;
    sqlite3 *db;
    sqlite3_stmt *get, *put;
    struct pending *pending;
    size_t pending_count, pending_cap, pending_bytes;
    pthread_mutex_t mutex;
};

static void drop_pending(struct flow_index *index)
{
    for (size_t i = 0; i < index->pending_count; i++) {
        free(index->pending[i].kind);
        free(index->pending[i].data);
    }
    index->pending_count = 0;
    index->pending_bytes = 0;
}

static void close_db(struct flow_index *index)
{
    sqlite3_finalize(index->get);
    sqlite3_finalize(index->put);
    sqlite3_close(index->db);
    index->get = index->put = NULL;
    index->db = NULL;
}

static void delete_files(const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    struct flow_buf file;
    flow_buf_init(&file, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        flow_buf_clear(&file);
        flow_buf_printf(&file, "%s%s", path, endings[i]);
        unlink(file.data);
    }
    flow_buf_release(&file);
}

static int schema_version(sqlite3 *db, int *out)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "PRAGMA user_version", -1, &statement, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *out = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

// Makes the tables where the file is new. SQLITE_SCHEMA where it is of another version.
static int make_schema(sqlite3 *db)
{
    int version = 0;
    int rc = schema_version(db, &version);
    if (rc != SQLITE_OK || version == SCHEMA_VERSION)
        return rc;
    if (version != 0)
        return SQLITE_SCHEMA;
    rc = sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    // Another process may have made them while this one waited.
    rc = schema_version(db, &version);
    if (rc == SQLITE_OK && version == 0) {
        char sql[400];
        sqlite3_snprintf(sizeof sql, sql,
                         "CREATE TABLE entry (kind TEXT NOT NULL, id TEXT NOT NULL, version TEXT NOT NULL,"
                         " data BLOB NOT NULL, PRIMARY KEY (id, kind, version)) STRICT;"
                         "PRAGMA user_version = %d",
                         SCHEMA_VERSION);
        rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    }
    int end = sqlite3_exec(db, rc == SQLITE_OK ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
    return rc == SQLITE_OK ? end : rc;
}

static int open_db(struct flow_index *index)
{
    int rc = sqlite3_open_v2(index->path, &index->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_busy_timeout(index->db, BUSY_MS);
    rc = sqlite3_exec(index->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = make_schema(index->db);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(index->db,
                                "SELECT data FROM entry WHERE id = ?1 AND kind = ?2 AND version = ?3", -1,
                                SQLITE_PREPARE_PERSISTENT, &index->get, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v3(
            index->db, "INSERT OR REPLACE INTO entry (id, kind, version, data) VALUES (?1, ?2, ?3, ?4)", -1,
            SQLITE_PREPARE_PERSISTENT, &index->put, NULL);
    return rc;
}

static bool is_damage(int rc)
{
    rc &= 0xFF;
    return rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB || rc == SQLITE_SCHEMA || rc == SQLITE_ERROR;
}

static int fail(struct flow_index *index, int rc, struct flow_error *err)
{
    const char *why = index->db ? sqlite3_errmsg(index->db) : sqlite3_errstr(rc);
    if ((rc & 0xFF) == SQLITE_NOMEM)
        return flow_error_nomem(err);
    return flow_error_set(err, FLOW_E_ENV, "cannot use the index '%s': %s", index->path, why);
}

// Throws a damaged file away and begins an empty one.
static int reset_db(struct flow_index *index)
{
    close_db(index);
    delete_files(index->path);
    return open_db(index);
}

int flow_index_open(struct flow_index **out, const char *path, struct flow_error *err)
{
    struct flow_index *index = calloc(1, sizeof *index);
    if (!index)
        return flow_error_nomem(err);
    pthread_mutex_init(&index->mutex, NULL);
    index->path = strdup(path);
    if (!index->path) {
        flow_index_free(index);
        return flow_error_nomem(err);
    }
    struct stat st;
    if (stat(path, &st) == 0 && st.st_size > MAX_FILE)
        delete_files(path);
    int rc = open_db(index);
    if (is_damage(rc))
        rc = reset_db(index);
    if (rc != SQLITE_OK) {
        fail(index, rc, err);
        flow_index_free(index);
        return -1;
    }
    *out = index;
    return 0;
}

static void bind_key(sqlite3_stmt *statement, const char *kind, const char *id, const char *version)
{
    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, kind, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, version, -1, SQLITE_STATIC);
}

static int put_pending(struct flow_index *index)
{
    int rc = sqlite3_exec(index->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return rc;
    for (size_t i = 0; rc == SQLITE_OK && i < index->pending_count; i++) {
        const struct pending *row = &index->pending[i];
        bind_key(index->put, row->kind, row->id.hex, row->version.hex);
        rc = sqlite3_bind_blob64(index->put, 4, row->len ? row->data : "", row->len, SQLITE_STATIC);
        if (rc == SQLITE_OK)
            rc = sqlite3_step(index->put);
        rc = rc == SQLITE_DONE ? SQLITE_OK : rc;
        sqlite3_reset(index->put);
        sqlite3_clear_bindings(index->put);
    }
    int end = sqlite3_exec(index->db, rc == SQLITE_OK ? "COMMIT" : "ROLLBACK", NULL, NULL, NULL);
    return rc == SQLITE_OK ? end : rc;
}

// Writes what is pending; the mutex is held. A damaged file is made anew, once.
static int write_pending(struct flow_index *index, struct flow_error *err)
{
    if (index->pending_count == 0)
        return 0;
    int rc = put_pending(index);
    if (is_damage(rc)) {
        rc = reset_db(index);
        if (rc == SQLITE_OK)
            rc = put_pending(index);
    }
    drop_pending(index);
    return rc == SQLITE_OK ? 0 : fail(index, rc, err);
}

void flow_index_free(struct flow_index *index)
{
    if (!index)
        return;
    if (index->db)
        write_pending(index, NULL);
    drop_pending(index);
    close_db(index);
    pthread_mutex_destroy(&index->mutex);
    free(index->pending);
    free(index->path);
    free(index);
}

// What was put but not yet written. The latest one of a key counts.
static const struct pending *find_pending(const struct flow_index *index, const struct flow_index_key *key)
{
    for (size_t i = index->pending_count; i > 0; i--) {
        const struct pending *row = &index->pending[i - 1];
        if (strcmp(row->id.hex, key->id->hex) == 0 && strcmp(row->kind, key->kind) == 0 &&
            strcmp(row->version.hex, key->version->hex) == 0)
            return row;
    }
    return NULL;
}

static int read_db(struct flow_index *index, const struct flow_index_key *key, struct flow_buf *out,
                   struct flow_error *err)
{
    bind_key(index->get, key->kind, key->id->hex, key->version->hex);
    int rc = sqlite3_step(index->get);
    if (rc == SQLITE_ROW)
        flow_buf_add(out, sqlite3_column_blob(index->get, 0), (size_t)sqlite3_column_bytes(index->get, 0));
    sqlite3_reset(index->get);
    sqlite3_clear_bindings(index->get);
    if (rc == SQLITE_ROW)
        return flow_buf_check(out, "value in the index", err) == 0 ? 1 : -1;
    if (is_damage(rc))
        rc = reset_db(index) == SQLITE_OK ? SQLITE_DONE : rc;
    return rc == SQLITE_DONE ? 0 : fail(index, rc, err);
}

int flow_index_get(struct flow_index *index, const struct flow_index_key *key, struct flow_buf *out,
                   struct flow_error *err)
{
    int result;
    pthread_mutex_lock(&index->mutex);
    const struct pending *row = find_pending(index, key);
    if (row) {
        flow_buf_add(out, row->data, row->len);
        result = flow_buf_check(out, "value in the index", err) == 0 ? 1 : -1;
    } else {
        result = index->db && index->get ? read_db(index, key, out, err) : 0;
    }
    pthread_mutex_unlock(&index->mutex);
    return result;
}

// Copies a value to the end of the list; the mutex is held.
static int add_pending(struct flow_index *index, const struct flow_index_key *key, const void *data,
                       size_t len, struct flow_error *err)
{
    if (flow_grow(&index->pending, &index->pending_cap, index->pending_count + 1, sizeof *index->pending,
                  err) != 0)
        return -1;
    struct pending row = {.kind = strdup(key->kind), .data = malloc(len ? len : 1), .len = len};
    if (!row.kind || !row.data) {
        free(row.kind);
        free(row.data);
        return flow_error_nomem(err);
    }
    row.id = *key->id;
    row.version = *key->version;
    memcpy(row.data, data, len);
    index->pending[index->pending_count++] = row;
    index->pending_bytes += len;
    return 0;
}

int flow_index_put(struct flow_index *index, const struct flow_index_key *key, const void *data, size_t len,
                   struct flow_error *err)
{
    pthread_mutex_lock(&index->mutex);
    int result = add_pending(index, key, data, len, err);
    if (result == 0 && (index->pending_count >= PENDING_COUNT || index->pending_bytes >= PENDING_BYTES))
        result = write_pending(index, err);
    pthread_mutex_unlock(&index->mutex);
    return result;
}

int flow_index_flush(struct flow_index *index, struct flow_error *err)
{
    pthread_mutex_lock(&index->mutex);
    int result = write_pending(index, err);
    pthread_mutex_unlock(&index->mutex);
    return result;
}
