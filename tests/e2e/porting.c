// SPDX-License-Identifier: MIT
#include "porting.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/time.h"
#include "folder.h"

unsigned porting_number(const char *name, unsigned fallback)
{
    const char *text = getenv(name);
    return text && *text ? (unsigned)strtoul(text, NULL, 10) : fallback;
}

static void write_unit(void **state, unsigned i, struct flow_buf *text)
{
    char name[32];
    flow_buf_clear(text);
    if (i >= 10)
        flow_buf_printf(text, "#include \"f%u.h\"\n", i - 10);
    flow_buf_printf(text, "#include \"f%u.h\"\n\nint f%u(int a)\n{\n    return a + %u;\n}\n", i, i, i);
    snprintf(name, sizeof name, "f%u.c", i);
    folder_write(state, name, text->data);
    flow_buf_clear(text);
    flow_buf_printf(text, "int f%u(int a);\n", i);
    snprintf(name, sizeof name, "f%u.h", i);
    folder_write(state, name, text->data);
}

void porting_repository(void **state, unsigned units)
{
    struct flow_buf text, script;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&script, FLOW_BUF_TEXT);
    for (unsigned i = 0; i < units; i++) {
        write_unit(state, i, &text);
        flow_buf_printf(
            &script,
            "unit\tf%u.c\nitem\t%u\tf%u\tpub fn f%u(a: i32) -> i32 {\\n    a.wrapping_add(%u)\\n}\\n\t"
            "{\\\"source\\\":\\\"f%u\\\",\\\"target\\\":\\\"f%u\\\"}\n",
            i, i < 10 ? 3 : 4, i, i, i, i, i);
    }
    folder_write(state, "script", script.data);
    porting_shell(state,
                  "git init -q; git config user.name T; git config user.email t@example.org; git add *.c *.h;"
                  "git commit -qm base");
    flow_buf_release(&script);
    flow_buf_release(&text);
}

void porting_server(void **state, struct test_server *server, const char *const *words)
{
    const char *argv[24];
    struct flow_buf script;
    char url[64];
    size_t count = 0;
    flow_buf_init(&script, FLOW_BUF_LINE);
    argv[count++] = getenv("FLOW_MODEL_SERVER");
    argv[count++] = "--script";
    argv[count++] = folder_path(state, &script, "script");
    while (*words && count < 23)
        argv[count++] = *words++;
    argv[count] = NULL;
    server_spawn(server, argv, "");
    snprintf(url, sizeof url, "http://127.0.0.1:%d", server->port);
    setenv("ANTHROPIC_BASE_URL", url, 1);
    setenv("ANTHROPIC_API_KEY", TEST_KEY, 1);
    flow_buf_release(&script);
}

// Runs a program in a folder, its standard error going to the file `talk` there.
static pid_t start(const char *const *argv, const char *folder, const char *talk)
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    // execvp promises not to write to the strings.
    union {
        const char *const *in;
        char *const *out;
    } words = {.in = argv};
    if (chdir(folder) == 0 && freopen("/dev/null", "w", stdout) && freopen(talk, "w", stderr))
        execvp(argv[0], words.out);
    _exit(126);
}

int porting_end(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void read_stderr(void **state, struct flow_buf *out)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_file_read(folder_path(state, &path, "stderr"), out, &err);
    flow_buf_release(&path);
}

// As much of the end as cmocka prints.
static const char *tail_of(const struct flow_buf *text)
{
    return text->len > 600 ? text->data + text->len - 600 : text->data;
}

void porting_status(void **state, int status, int want)
{
    struct flow_buf text;
    if (status == want)
        return;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    read_stderr(state, &text);
    print_message("%s", tail_of(&text));
    flow_buf_release(&text);
    assert_int_equal(status, want);
}

void porting_said(void **state, const char *text)
{
    struct flow_buf said;
    flow_buf_init(&said, FLOW_BUF_TEXT);
    read_stderr(state, &said);
    if (!strstr(said.data, text))
        fail_msg("'%s' is not in: %s", text, tail_of(&said));
    flow_buf_release(&said);
}

void porting_shell(void **state, const char *script)
{
    const char *argv[] = {"sh", "-ec", script, NULL};
    if (porting_end(start(argv, *state, "stderr.shell")) != 0)
        fail_msg("this failed: %s", script);
}

pid_t porting_start(void **state, const char *shell, const char *name)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(
        &text,
        "%s \"$FLOW_BIN_DIR/flow-port\" --to rust --model \"${FLOW_TEST_MODEL:-anthropic/bench}\" --yes "
        "--budget 900Mtok --name %s -j \"${FLOW_TEST_JOBS:-16}\"",
        shell ? shell : "exec", name);
    const char *argv[] = {"sh", "-c", text.data, NULL};
    pid_t pid = start(argv, *state, "stderr");
    flow_buf_release(&text);
    return pid;
}

void porting_run(void **state, const char *shell, const char *name, int status)
{
    porting_status(state, porting_end(porting_start(state, shell, name)), status);
}

static sqlite3 *open_ledger(void **state)
{
    struct flow_buf path;
    sqlite3 *db = NULL;
    flow_buf_init(&path, FLOW_BUF_LINE);
    // Where it was killed before it made one, there is nothing to look at.
    if (sqlite3_open_v2(folder_path(state, &path, ".git/flow/ledger.db"), &db, SQLITE_OPEN_READWRITE, NULL) !=
        SQLITE_OK) {
        sqlite3_close(db);
        db = NULL;
    }
    flow_buf_release(&path);
    return db;
}

// The first row of a query, or "" where it has none.
static void first_row(sqlite3 *db, const char *sql, char *out, size_t size)
{
    sqlite3_stmt *row = NULL;
    *out = '\0';
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    if (sqlite3_step(row) == SQLITE_ROW)
        snprintf(out, size, "%s", (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
}

long porting_count(void **state, const char *sql)
{
    char text[64];
    sqlite3 *db = open_ledger(state);
    assert_non_null(db);
    first_row(db, sql, text, sizeof text);
    sqlite3_close(db);
    return strtol(text, NULL, 10);
}

static void check_empty(sqlite3 *db, const char *const *queries, size_t count)
{
    char text[200];
    for (size_t i = 0; i < count; i++) {
        first_row(db, queries[i], text, sizeof text);
        if (*text)
            fail_msg("there is a row: %s: %s", queries[i], text);
    }
}

void porting_check_ledger(void **state)
{
    static const char *const empty[] = {
        "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
        "SELECT \"table\" FROM pragma_foreign_key_check",
        "SELECT step FROM call WHERE status = 'done' GROUP BY run, key HAVING count(*) > 1",
        "SELECT b.step FROM call a JOIN call b ON a.run = b.run AND a.key = b.key AND b.id > a.id"
        " WHERE a.status = 'done'",
        "SELECT name FROM run r WHERE in_flight <> (SELECT count(*) FROM call WHERE run = r.id AND status = "
        "'open')"
        " OR calls <> (SELECT count(*) FROM call WHERE run = r.id AND status <> 'open')"
        " OR spent_tokens <> (SELECT ifnull(sum(input + cache_read + cache_write + output), 0) FROM call"
        "  WHERE run = r.id AND status <> 'open')"
        " OR reserved_tokens <> (SELECT ifnull(sum(tokens), 0) FROM reservation WHERE run = r.id AND open)",
        "SELECT unit FROM unit_state u WHERE state IN ('accepted', 'committed') AND 2 <>"
        " (SELECT count(DISTINCT call) FROM verdict v WHERE v.run = u.run AND v.unit = u.unit AND v.round = "
        "u.round"
        "  AND accept AND v.source_id = u.source_id AND v.target_id = u.target_id)",
    };
    char version[16] = "0";
    sqlite3 *db = open_ledger(state);
    if (db)
        first_row(db, "PRAGMA user_version", version, sizeof version);
    if (strcmp(version, "0") != 0)
        check_empty(db, empty, sizeof empty / sizeof *empty);
    sqlite3_close(db);
}

void porting_check_whole(void **state, const char *name, unsigned units)
{
    char sql[300];
    porting_check_ledger(state);
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM unit_state JOIN run ON run.id = run WHERE name = '%s' AND state = 'committed'",
        name);
    assert_int_equal(porting_count(state, sql), units);
    assert_int_equal(porting_count(state, "SELECT count(*) FROM call WHERE status = 'open'"), 0);
    snprintf(sql, sizeof sql,
             "test $(git log --format=%%s HEAD..flow/port/%s | sort | uniq | wc -l) = %u\n"
             "test $(git log --format=%%s HEAD..flow/port/%s | wc -l) = %u",
             name, units, name, units);
    porting_shell(state, sql);
}

void porting_sleep(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0)
        assert_int_equal(errno, EINTR);
}

double porting_random(void)
{
    static bool seeded;
    if (!seeded) {
        unsigned seed = porting_number("FLOW_SEED", (unsigned)time(NULL));
        srand(seed);
        print_message("FLOW_SEED=%u\n", seed);
        seeded = true;
    }
    return (double)rand() / RAND_MAX;
}
