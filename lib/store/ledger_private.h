/* SPDX-License-Identifier: MIT */
/*
 * What the files of the ledger share: the writer thread, the pool of readers.
 */
#ifndef FLOW_STORE_LEDGER_PRIVATE_H
#define FLOW_STORE_LEDGER_PRIVATE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/config/policy.h"
#include "flow/store/ledger.h"
#include "sql.h"

/* Version of the schema, in SQLite's user_version. */
#define FLOW_LEDGER_VERSION      1
#define FLOW_LEDGER_VERSION_TEXT "1"

/* Connections for reading that are kept; further readers wait for one. */
#define FLOW_LEDGER_READERS      8

/* One write: called on the writer's connection inside a savepoint, which is undone where it returns below 0.
 * What it returns is what flow_ledger_write returns. */
typedef int (*flow_ledger_write_fn)(struct flow_sql *sql, void *payload, struct flow_error *err);

struct flow_ledger_write {
    flow_ledger_write_fn fn;
    void *payload;
    struct flow_error *err;
    int result;
    sem_t finished; /* its owner alone is woken, and has to wait for no lock then */
    struct flow_ledger_write *next;
};

/* A large text that is stored, kept because it is likely to come again (ledger_text.c). */
#define FLOW_LEDGER_KNOWN 16
struct flow_ledger_known {
    char *data;
    size_t len;
    struct flow_id id;
    uint64_t used; /* when last */
};

struct flow_ledger {
    char *path, *what;
    struct flow_policy policy; /* its budget holds beside that of each run */
    struct flow_sql writer;

    pthread_mutex_t lock; /* everything below */
    pthread_cond_t work;  /* for the writer: the queue is not empty, or closing */
    struct flow_ledger_write *head, *tail;
    bool closing, thread_started;
    pthread_t thread;

    pthread_cond_t reader_free;
    struct flow_sql readers[FLOW_LEDGER_READERS];
    bool reader_open[FLOW_LEDGER_READERS], reader_busy[FLOW_LEDGER_READERS];

    pthread_cond_t settled; /* some call has settled */
    uint64_t settle_count;

    pthread_mutex_t known_lock;
    struct flow_ledger_known known[FLOW_LEDGER_KNOWN];
    uint64_t known_uses;
};

/* Ends with NULL. */
extern const char *const flow_ledger_schema[];

/* Runs fn on the writer thread and returns when it is durable. */
int flow_ledger_write(struct flow_ledger *ledger, flow_ledger_write_fn fn, void *payload,
                      struct flow_error *err);

/* A connection for reading; give it back. NULL on failure. */
struct flow_sql *flow_ledger_reader(struct flow_ledger *ledger, struct flow_error *err);
void flow_ledger_reader_done(struct flow_ledger *ledger, struct flow_sql *sql);

/* The row number of a block: 1, or 0 where there is none. */
int flow_ledger_block_find(struct flow_sql *sql, const char *hash, int64_t *row, struct flow_error *err);
/* Stores a block that is not there. */
int flow_ledger_block_new(struct flow_sql *sql, const void *data, size_t len, const struct flow_id *id,
                          int64_t *row, struct flow_error *err);
/* The row number of a block, stored now where it is new. */
int flow_ledger_block_row(struct flow_sql *sql, const void *data, size_t len, const struct flow_id *id,
                          int64_t *row, struct flow_error *err);

/* The row number of a text, stored now where it is new. */
int flow_ledger_text_row(struct flow_ledger *ledger, struct flow_sql *sql, const struct flow_text *text,
                         int64_t *row, struct flow_error *err);

#endif
