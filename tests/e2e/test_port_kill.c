// SPDX-License-Identifier: MIT
/*
 * flow-port killed with SIGKILL at many random moments: the run that is let finish ends with the tree of an
 * undisturbed one, and no reply that was stored is asked for again. The moments come from FLOW_SEED, which is
 * printed.
 */
#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "folder.h"
#include "unit.h"

#define UNITS 6
#define KILLS 40

// What the model answers: a rejection in the first round of every second unit, so that fixes are killed as
// well.
static const char model[] =
    "#!/bin/sh\n"
    "cat >/dev/null\n"
    "n=${FLOW_UNIT#f}; n=${n%.c}\n"
    "case $FLOW_STEP in\n"
    "*/translate/*) printf '```rust\\npub fn f%s(a: i32) -> i32 {\\n    a.wrapping_sub(%s)\\n}\\n```\\n' $n "
    "$n\n"
    "    printf '```json\\n{\"symbols\":[{\"source\":\"f%s\",\"target\":\"f%s\"}]}\\n```\\n' $n $n;;\n"
    "*[024].c/review/behaviour/0/1/*)\n"
    "    printf "
    "'{\"verdict\":\"reject\",\"findings\":[{\"severity\":\"blocker\",\"file\":\"\",\"source_line\":1,'\n"
    "    printf '\"target_line\":1,\"claim\":\"c\",\"evidence\":{\"source\":\"return "
    "a\",\"target\":\"a.wrapping_sub\"},"
    "\"fix\":\"\"}]}';;\n"
    "*/review/*) printf '{\"verdict\":\"accept\",\"findings\":[]}';;\n"
    "*/fix/*) printf '{\"edits\":[{\"find\":\"wrapping_sub\",\"replace\":\"wrapping_add\"}],"
    "\"findings\":[{\"number\":1,\"fate\":\"fixed\"}]}';;\n"
    "esac\n";

// Runs a program in a folder, its standard error going to a file there.
static pid_t start(const char *const *argv, const char *folder)
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
    if (chdir(folder) == 0 && freopen("/dev/null", "w", stdout) && freopen("stderr", "w", stderr))
        execvp(argv[0], words.out);
    _exit(126);
}

static int end(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        assert_int_equal(errno, EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// Fails the test where a run ended otherwise than it should, with what it said.
static void check_status(void **state, int status, int want)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, text;
    if (status == want)
        return;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_file_read(folder_path(state, &path, "stderr"), &text, &err);
    print_message("%s", text.data);
    flow_buf_release(&text);
    flow_buf_release(&path);
    assert_int_equal(status, want);
}

static void shell(const char *folder, const char *script)
{
    const char *argv[] = {"sh", "-ec", script, NULL};
    if (end(start(argv, folder)) != 0)
        fail_msg("this failed: %s", script);
}

static pid_t start_port(void **state, const char *name)
{
    struct flow_buf program, words;
    flow_buf_init(&program, FLOW_BUF_LINE);
    flow_buf_init(&words, FLOW_BUF_LINE);
    flow_buf_printf(&program, "%s/flow-port", getenv("FLOW_BIN_DIR"));
    flow_buf_printf(&words, "command/%s/model", (char *)*state);
    const char *argv[] = {program.data, "--to",   "rust", "--model", words.data,
                          "--yes",      "--name", name,   "-j3",     NULL};
    pid_t pid = start(argv, *state);
    flow_buf_release(&words);
    flow_buf_release(&program);
    return pid;
}

static void make_repository(void **state)
{
    struct flow_buf text, path;
    char name[32];
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_init(&path, FLOW_BUF_LINE);
    for (int i = 0; i < UNITS; i++) {
        flow_buf_clear(&text);
        if (i >= 2)
            flow_buf_printf(&text, "#include \"f%d.h\"\n", i - 2);
        flow_buf_printf(&text, "#include \"f%d.h\"\n\nint f%d(int a)\n{\n    return a + %d;\n}\n", i, i, i);
        snprintf(name, sizeof name, "f%d.c", i);
        folder_write(state, name, text.data);
        flow_buf_clear(&text);
        flow_buf_printf(&text, "int f%d(int a);\n", i);
        snprintf(name, sizeof name, "f%d.h", i);
        folder_write(state, name, text.data);
    }
    folder_write(state, "model", model);
    assert_int_equal(chmod(folder_path(state, &path, "model"), 0755), 0);
    shell(*state, "git init -q; git config user.name T; git config user.email t@example.org; git add *.c *.h;"
                  "git commit -qm base");
    flow_buf_release(&path);
    flow_buf_release(&text);
}

// Sleeps a random time below `most` seconds.
static void pass_time(double most)
{
    double seconds = most * ((double)rand() / RAND_MAX);
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    while (nanosleep(&left, &left) != 0)
        assert_int_equal(errno, EINTR);
}

static void check_ledger(void **state)
{
    static const char *const empty[] = {
        "SELECT step FROM call WHERE status = 'done' GROUP BY run, key HAVING count(*) > 1",
        "SELECT id FROM call WHERE status = 'open'",
        "SELECT unit FROM unit_state WHERE state <> 'committed'",
        "SELECT id FROM run WHERE in_flight <> 0 OR reserved_tokens <> 0",
    };
    struct flow_buf path;
    sqlite3 *db = NULL;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_int_equal(sqlite3_open(folder_path(state, &path, ".git/flow/ledger.db"), &db), SQLITE_OK);
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        sqlite3_stmt *row = NULL;
        assert_int_equal(sqlite3_prepare_v2(db, empty[i], -1, &row, NULL), SQLITE_OK);
        if (sqlite3_step(row) != SQLITE_DONE)
            fail_msg("there is a row: %s: %s", empty[i], (const char *)sqlite3_column_text(row, 0));
        sqlite3_finalize(row);
    }
    sqlite3_close(db);
    flow_buf_release(&path);
}

static void test_killed_runs_end_as_undisturbed_ones(void **state)
{
    const char *seed = getenv("FLOW_SEED");
    unsigned number = seed ? (unsigned)strtoul(seed, NULL, 10) : (unsigned)time(NULL);
    srand(number);
    print_message("FLOW_SEED=%u\n", number);
    make_repository(state);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    check_status(state, end(start_port(state, "calm")), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    double whole = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    // The calls of all runs have equal keys; another ledger keeps the second run from finding the first one's
    // replies.
    shell(*state, "mv .git/flow calm");
    int kills = 0, status = 137;
    for (int i = 0; i < KILLS && status != 0; i++) {
        pid_t pid = start_port(state, "killed");
        pass_time(whole / 2);
        kill(pid, SIGKILL);
        status = end(pid);
        check_status(state, status, status == 0 ? 0 : 137);
        kills += status == 137;
    }
    if (status != 0)
        check_status(state, end(start_port(state, "killed")), 0);
    print_message("%d kills\n", kills);
    assert_true(kills > 0);
    shell(*state, "test $(git rev-parse flow/port/calm^{tree}) = $(git rev-parse flow/port/killed^{tree})");
    shell(*state, "test $(git log --format=%s HEAD..flow/port/killed | sort | uniq | wc -l) = "
                  "$(git log --format=%s HEAD..flow/port/killed | wc -l)");
    check_ledger(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_killed_runs_end_as_undisturbed_ones, folder_setup,
                                        folder_teardown),
    };
    unsetenv("FLOW_DATA_DIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
