// SPDX-License-Identifier: MIT
#include "flow/store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "flow/base/thread.h"
#include "flow/base/time.h"
#include "flow/config/git.h"
#include "ledger_private.h"

/* At most so many writes share one commit: bounds how long the first of them waits. */
#define GROUP_MAX 256

static int schema_make(struct flow_sql *sql, struct flow_error *err)
{
    for (size_t i = 0; flow_ledger_schema[i]; i++) {
        if (flow_sql_exec(sql, flow_ledger_schema[i], err) < 0)
            return -1;
    }
    return 0;
}

static int version_read(struct flow_sql *sql, struct flow_error *err)
{
    sqlite3_stmt *statement = NULL;
    int result = flow_sql_bind(sql, &statement, err, "PRAGMA user_version", "");
    if (result == 0 && (result = flow_sql_step(sql, statement, err)) > 0)
        result = sqlite3_column_int(statement, 0);
    flow_sql_done(statement);
    return result;
}

static int version_wrong(const struct flow_sql *sql, int version, struct flow_error *err)
{
    return flow_error_set(err, FLOW_E_ENV,
                          "%s was written by another version of flow (format %d, this one reads %d)",
                          sql->what, version, FLOW_LEDGER_VERSION);
}

// Two processes may open a new ledger at the same time: the version is looked at inside the transaction.
static int schema_check(struct flow_sql *sql, struct flow_error *err)
{
    if (flow_sql_exec(sql, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    int version = version_read(sql, err), result = version < 0 ? -1 : 0;
    if (version == 0)
        result = schema_make(sql, err);
    else if (version > 0 && version != FLOW_LEDGER_VERSION)
        result = version_wrong(sql, version, err);
    if (result < 0) {
        sqlite3_exec(sql->db, "ROLLBACK", NULL, NULL, NULL);
        return -1;
    }
    return flow_sql_exec(sql, "COMMIT", err);
}

static int savepoint(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "SAVEPOINT one", "");
}

static int savepoint_undo(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "ROLLBACK TO one", "");
}

static int savepoint_end(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "RELEASE one", "");
}

static int group_begin(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "BEGIN IMMEDIATE", "");
}

static int group_undo(struct flow_sql *sql, struct flow_error *err)
{
    return flow_sql_run(sql, err, "ROLLBACK", "");
}

// Each of them once, so that they are prepared: to undo must not take memory that is not there.
static int undo_prepare(struct flow_sql *sql, struct flow_error *err)
{
    return group_begin(sql, err) || savepoint(sql, err) || savepoint_undo(sql, err) ||
                   savepoint_end(sql, err) || group_undo(sql, err)
               ? -1
               : 0;
}

static int open_writer(struct flow_ledger *ledger, struct flow_error *err)
{
    // Made by us first, so that it, and SQLite's files beside it, have this mode from the beginning.
    int fd = open(ledger->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return flow_error_errno(err, errno, "cannot open %s", ledger->what);
    close(fd);
    if (flow_sql_open(&ledger->writer, ledger->path, SQLITE_OPEN_READWRITE, ledger->what, err) < 0)
        return -1;
    if (flow_sql_exec(&ledger->writer,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON",
                      err) < 0)
        return -1;
    return schema_check(&ledger->writer, err) || undo_prepare(&ledger->writer, err) ? -1 : 0;
}

// False where its transaction is gone, or must go: SQLite may have ended it inside a statement (a full disk,
// no memory), and what cannot be undone alone is undone with all.
static bool run_one(struct flow_sql *sql, struct flow_ledger_write *write)
{
    write->result = savepoint(sql, write->err);
    if (write->result < 0)
        return !sqlite3_get_autocommit(sql->db);
    write->result = write->fn(sql, write->payload, write->err);
    if (sqlite3_get_autocommit(sql->db) || (write->result < 0 && savepoint_undo(sql, NULL) < 0))
        return false;
    struct flow_error *err = write->result < 0 ? NULL : write->err;
    if (savepoint_end(sql, err) == 0)
        return true;
    write->result = -1;
    return false;
}

static void fail_all(struct flow_ledger_write *group, const struct flow_error *err)
{
    for (struct flow_ledger_write *write = group; write; write = write->next) {
        write->result = -1;
        if (write->err)
            *write->err = *err;
    }
}

static void run_group(struct flow_ledger *ledger, struct flow_ledger_write *group)
{
    struct flow_sql *sql = &ledger->writer;
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_ledger_write *write = group;
    if (group_begin(sql, &err) < 0) {
        fail_all(group, &err);
        return;
    }
    while (write && run_one(sql, write))
        write = write->next;
    if (write) {
        flow_error_set(&err, FLOW_E_ENV, "cannot write %s: the transaction was rolled back", ledger->what);
        if (write->result < 0 && write->err)
            err = *write->err;
    } else if (flow_sql_run(sql, &err, "COMMIT", "") == 0) {
        return;
    }
    if (!sqlite3_get_autocommit(sql->db))
        group_undo(sql, NULL);
    fail_all(group, &err);
}

static void *writer_main(void *payload)
{
    struct flow_ledger *ledger = payload;
    pthread_mutex_lock(&ledger->lock);
    for (;;) {
        while (!ledger->head && !ledger->closing)
            pthread_cond_wait(&ledger->work, &ledger->lock);
        if (!ledger->head)
            break;
        struct flow_ledger_write *group = ledger->head, *last = group;
        for (unsigned n = 1; n < GROUP_MAX && last->next; n++)
            last = last->next;
        ledger->head = last->next;
        if (!ledger->head)
            ledger->tail = NULL;
        last->next = NULL;
        pthread_mutex_unlock(&ledger->lock);
        run_group(ledger, group);
        while (group) {
            // Once it is marked, its owner may return and its memory is gone.
            struct flow_ledger_write *next = group->next;
            sem_post(&group->finished);
            group = next;
        }
        pthread_mutex_lock(&ledger->lock);
    }
    pthread_mutex_unlock(&ledger->lock);
    return NULL;
}

int flow_ledger_write(struct flow_ledger *ledger, flow_ledger_write_fn fn, void *payload,
                      struct flow_error *err)
{
    struct flow_ledger_write write = {.fn = fn, .payload = payload, .err = err};
    if (!ledger->thread_started)
        return flow_error_set(err, FLOW_E_INTERNAL, "%s was opened for reading only", ledger->what);
    sem_init(&write.finished, 0, 0);
    pthread_mutex_lock(&ledger->lock);
    if (ledger->tail)
        ledger->tail->next = &write;
    else
        ledger->head = &write;
    ledger->tail = &write;
    pthread_cond_signal(&ledger->work);
    pthread_mutex_unlock(&ledger->lock);
    while (sem_wait(&write.finished) != 0)
        continue; // a signal came
    sem_destroy(&write.finished);
    return write.result;
}

// Without writer and thread.
static struct flow_ledger *ledger_new(const char *path, struct flow_error *err)
{
    struct flow_ledger *ledger = calloc(1, sizeof *ledger);
    if (!ledger) {
        flow_error_nomem(err);
        return NULL;
    }
    // Each block is hashed: libgit2 reads hundreds of certificates whenever it is started.
    if (flow_git_hold(err)) {
        free(ledger);
        return NULL;
    }
    pthread_mutex_init(&ledger->lock, NULL);
    pthread_mutex_init(&ledger->known_lock, NULL);
    pthread_cond_init(&ledger->work, NULL);
    pthread_cond_init(&ledger->reader_free, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&ledger->settled, &monotonic);
    pthread_condattr_destroy(&monotonic);

    struct flow_buf what;
    flow_buf_init(&what, FLOW_BUF_LINE);
    flow_buf_printf(&what, "the ledger '%s'", path);
    ledger->what = flow_buf_detach(&what);
    flow_buf_release(&what);
    ledger->path = strdup(path);
    // Who only looks is shown the limits that hold, too.
    if (!ledger->path || !ledger->what)
        flow_error_nomem(err);
    else if (flow_policy_load(&ledger->policy, err) == 0)
        return ledger;
    flow_ledger_free(ledger);
    return NULL;
}

int flow_ledger_open(struct flow_ledger **out, const char *path, struct flow_error *err)
{
    struct flow_ledger *ledger = ledger_new(path, err);
    if (!ledger)
        return -1;
    int result = open_writer(ledger, err);
    if (result == 0)
        result = flow_thread_start(&ledger->thread, FLOW_THREAD_AGENT_STACK, writer_main, ledger, err);
    ledger->thread_started = result == 0;
    if (result < 0)
        flow_ledger_free(ledger);
    else
        *out = ledger;
    return result;
}

int flow_ledger_look(struct flow_ledger **out, const char *path, struct flow_error *err)
{
    if (access(path, F_OK) != 0)
        return flow_error_errno(err, errno, "cannot open the ledger '%s'", path);
    struct flow_ledger *ledger = ledger_new(path, err);
    if (!ledger)
        return -1;
    struct flow_sql *sql = flow_ledger_reader(ledger, err);
    int result = sql ? version_read(sql, err) : -1;
    flow_ledger_reader_done(ledger, sql);
    if (result == 0) // its maker is not done yet
        result = flow_error_set(err, FLOW_E_NOT_FOUND, "%s is empty", ledger->what);
    else if (result > 0 && result != FLOW_LEDGER_VERSION)
        result = version_wrong(sql, result, err);
    if (result < 0) {
        flow_ledger_free(ledger);
        return -1;
    }
    *out = ledger;
    return 0;
}

void flow_ledger_free(struct flow_ledger *ledger)
{
    if (!ledger)
        return;
    if (ledger->thread_started) {
        pthread_mutex_lock(&ledger->lock);
        ledger->closing = true;
        pthread_cond_signal(&ledger->work);
        pthread_mutex_unlock(&ledger->lock);
        pthread_join(ledger->thread, NULL);
    }
    for (size_t i = 0; i < FLOW_LEDGER_READERS; i++) {
        if (ledger->reader_open[i])
            flow_sql_close(&ledger->readers[i]);
    }
    flow_sql_close(&ledger->writer);
    for (size_t i = 0; i < FLOW_LEDGER_KNOWN; i++)
        free(ledger->known[i].data);
    pthread_mutex_destroy(&ledger->known_lock);
    pthread_cond_destroy(&ledger->settled);
    pthread_cond_destroy(&ledger->reader_free);
    pthread_cond_destroy(&ledger->work);
    pthread_mutex_destroy(&ledger->lock);
    flow_policy_release(&ledger->policy);
    free(ledger->path);
    free(ledger->what);
    free(ledger);
    flow_git_drop();
}

static size_t reader_take(struct flow_ledger *ledger)
{
    size_t at = FLOW_LEDGER_READERS;
    pthread_mutex_lock(&ledger->lock);
    while (at == FLOW_LEDGER_READERS) {
        for (at = 0; at < FLOW_LEDGER_READERS && ledger->reader_busy[at]; at++)
            ;
        if (at == FLOW_LEDGER_READERS)
            pthread_cond_wait(&ledger->reader_free, &ledger->lock);
    }
    ledger->reader_busy[at] = true;
    pthread_mutex_unlock(&ledger->lock);
    return at;
}

struct flow_sql *flow_ledger_reader(struct flow_ledger *ledger, struct flow_error *err)
{
    size_t at = reader_take(ledger);
    struct flow_sql *sql = &ledger->readers[at];
    if (ledger->reader_open[at])
        return sql;
    if (flow_sql_open(sql, ledger->path, SQLITE_OPEN_READONLY, ledger->what, err) < 0) {
        flow_ledger_reader_done(ledger, sql);
        return NULL;
    }
    ledger->reader_open[at] = true;
    return sql;
}

void flow_ledger_reader_done(struct flow_ledger *ledger, struct flow_sql *sql)
{
    if (!sql)
        return;
    pthread_mutex_lock(&ledger->lock);
    ledger->reader_busy[sql - ledger->readers] = false;
    pthread_cond_signal(&ledger->reader_free);
    pthread_mutex_unlock(&ledger->lock);
}

void flow_ledger_wait(struct flow_ledger *ledger, double seconds)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    double whole = (double)until.tv_nsec / 1e9 + seconds;
    until.tv_sec += (time_t)whole;
    until.tv_nsec = (long)((whole - (double)(time_t)whole) * 1e9);
    pthread_mutex_lock(&ledger->lock);
    uint64_t seen = ledger->settle_count;
    while (seen == ledger->settle_count) {
        if (pthread_cond_timedwait(&ledger->settled, &ledger->lock, &until) == ETIMEDOUT)
            break;
    }
    pthread_mutex_unlock(&ledger->lock);
}
