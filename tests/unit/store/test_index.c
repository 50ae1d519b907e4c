// SPDX-License-Identifier: MIT
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "flow/base/file.h"
#include "flow/base/thread.h"
#include "flow/config/git.h"
#include "flow/store/index.h"
#include "folder.h"
#include "unit.h"

static struct flow_id id_of(const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id id;
    assert_ok(flow_id_of(&id, text, strlen(text), &err), &err);
    return id;
}

static struct flow_index *open_index(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_index *index;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_ok(flow_index_open(&index, folder_path(state, &path, "index.db"), &err), &err);
    flow_buf_release(&path);
    return index;
}

static void put(struct flow_index *index, const char *kind, const char *id, const char *version,
                const char *value)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id blob = id_of(id), hash = id_of(version);
    const struct flow_index_key key = {kind, &blob, &hash};
    assert_ok(flow_index_put(index, &key, value, strlen(value), &err), &err);
}

// NULL: there is none.
static void expect(struct flow_index *index, const char *kind, const char *id, const char *version,
                   const char *value)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_id blob = id_of(id), hash = id_of(version);
    const struct flow_index_key key = {kind, &blob, &hash};
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    int found = flow_index_get(index, &key, &out, &err);
    if (found < 0)
        fail_msg("%s", err.message);
    assert_int_equal(found, value != NULL);
    assert_string_equal(out.data, value ? value : "");
    flow_buf_release(&out);
}

static void test_put_and_get(void **state)
{
    struct flow_index *index = open_index(state);
    expect(index, "facts", "a", "1", NULL);
    put(index, "facts", "a", "1", "one");
    // Found before and after it is written.
    expect(index, "facts", "a", "1", "one");
    assert_int_equal(flow_index_flush(index, NULL), 0);
    expect(index, "facts", "a", "1", "one");
    // All parts of the key count.
    expect(index, "tree", "a", "1", NULL);
    expect(index, "facts", "b", "1", NULL);
    expect(index, "facts", "a", "2", NULL);
    put(index, "facts", "a", "1", "two");
    expect(index, "facts", "a", "1", "two");
    assert_int_equal(flow_index_flush(index, NULL), 0);
    expect(index, "facts", "a", "1", "two");
    put(index, "facts", "empty", "1", "");
    expect(index, "facts", "empty", "1", "");
    flow_index_free(index);
    // The next process finds it.
    index = open_index(state);
    expect(index, "facts", "a", "1", "two");
    expect(index, "facts", "empty", "1", "");
    flow_index_free(index);
}

static void test_any_bytes(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_index *index = open_index(state);
    struct flow_id id = id_of("x");
    const struct flow_index_key key = {"facts", &id, &id};
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    assert_ok(flow_index_put(index, &key, bytes, sizeof bytes, &err), &err);
    flow_index_free(index);
    index = open_index(state);
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    assert_int_equal(flow_index_get(index, &key, &out, &err), 1);
    assert_int_equal(out.len, sizeof bytes);
    assert_memory_equal(out.data, bytes, sizeof bytes);
    flow_buf_release(&out);
    flow_index_free(index);
}

// More than one group of writes.
static void test_many(void **state)
{
    struct flow_index *index = open_index(state);
    char name[32];
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "%d", i);
        put(index, "facts", name, "1", name);
    }
    for (int i = 0; i < 3000; i += 7) {
        snprintf(name, sizeof name, "%d", i);
        expect(index, "facts", name, "1", name);
    }
    flow_index_free(index);
}

static void test_not_a_database(void **state)
{
    folder_write(state, "index.db",
                 "this is no database, but long enough to be looked at as if it were one\n");
    struct flow_index *index = open_index(state);
    expect(index, "facts", "a", "1", NULL);
    put(index, "facts", "a", "1", "one");
    flow_index_free(index);
    index = open_index(state);
    expect(index, "facts", "a", "1", "one");
    flow_index_free(index);
}

static void run_sql(void **state, const char *sql)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(folder_path(state, &path, "index.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    flow_buf_release(&path);
}

static void test_other_schema(void **state)
{
    run_sql(state, "CREATE TABLE entry (something TEXT); PRAGMA user_version = 77");
    struct flow_index *index = open_index(state);
    put(index, "facts", "a", "1", "one");
    flow_index_free(index);
    index = open_index(state);
    expect(index, "facts", "a", "1", "one");
    flow_index_free(index);
}

// The version is right but the table is not there.
static void test_lost_table(void **state)
{
    struct flow_index *index = open_index(state);
    put(index, "facts", "a", "1", "one");
    flow_index_free(index);
    run_sql(state, "DROP TABLE entry");
    index = open_index(state);
    expect(index, "facts", "a", "1", NULL);
    put(index, "facts", "a", "1", "two");
    flow_index_free(index);
    index = open_index(state);
    expect(index, "facts", "a", "1", "two");
    flow_index_free(index);
}

// Pages that are overwritten are noticed when they are read; the index then begins anew.
static void test_overwritten_pages(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_index *index = open_index(state);
    char name[32];
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "%d", i);
        put(index, "facts", name, "1", "some text that takes a bit of room in a page of the file");
    }
    flow_index_free(index);
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "index.db");
    FILE *file = fopen(path.data, "r+b");
    assert_non_null(file);
    fseek(file, 4096, SEEK_SET);
    for (int i = 0; i < 40 * 4096; i++)
        putc(0xA5, file);
    fclose(file);
    flow_buf_release(&path);
    index = open_index(state);
    struct flow_id id = id_of("1");
    const struct flow_index_key key = {"facts", &id, &id};
    struct flow_buf out;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    assert_int_equal(flow_index_get(index, &key, &out, &err), 0);
    flow_buf_release(&out);
    put(index, "facts", "new", "1", "value");
    flow_index_free(index);
    index = open_index(state);
    expect(index, "facts", "new", "1", "value");
    flow_index_free(index);
}

static void test_no_folder(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_index *index;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_err(flow_index_open(&index, folder_path(state, &path, "no/such/index.db"), &err), &err,
               FLOW_E_ENV);
    flow_buf_release(&path);
}

static int put_one(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    char name[32];
    struct flow_id id, version;
    (void)worker;
    snprintf(name, sizeof name, "%zu", item);
    if (flow_id_of(&id, name, strlen(name), err) != 0 || flow_id_of(&version, "1", 1, err) != 0)
        return -1;
    const struct flow_index_key key = {"facts", &id, &version};
    return flow_index_put(payload, &key, name, strlen(name), err);
}

static void test_threads(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_index *index = open_index(state), *other = open_index(state);
    assert_ok(flow_thread_each(4, 2000, put_one, index, &err), &err);
    assert_ok(flow_index_flush(index, &err), &err);
    // As another process would see it.
    for (size_t i = 0; i < 2000; i += 13) {
        char name[32];
        snprintf(name, sizeof name, "%zu", i);
        expect(other, "facts", name, "1", name);
    }
    flow_index_free(index);
    flow_index_free(other);
}

// Ids come from libgit2, which is slow to start.
static int hold_git(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    (void)state;
    return flow_git_hold(&err);
}

static int drop_git(void **state)
{
    (void)state;
    flow_git_drop();
    return 0;
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_put_and_get),       IN_FOLDER(test_any_bytes),    IN_FOLDER(test_many),
        IN_FOLDER(test_not_a_database),    IN_FOLDER(test_other_schema), IN_FOLDER(test_lost_table),
        IN_FOLDER(test_overwritten_pages), IN_FOLDER(test_no_folder),    IN_FOLDER(test_threads),
    };
    return cmocka_run_group_tests(tests, hold_git, drop_git);
}
