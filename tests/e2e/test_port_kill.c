// SPDX-License-Identifier: MIT
/*
 * flow-port and its children killed with SIGKILL at many random moments: the run that is let finish ends with
 * the tree of an undisturbed one, the ledger is sound after each, and no reply that was stored is asked for
 * again. The full measure takes longer than ctest lets a test run, so it is run directly, and where syncing
 * costs nothing, so that kills do not all come while a disk is waited for:
 *
 *     TMPDIR=/dev/shm FLOW_FAULT_UNITS=200 FLOW_FAULT_KILLS=200 FLOW_BIN_DIR=$PWD/build/dev/bin \
 *         FLOW_MODEL_SERVER=$PWD/build/dev/tests/bench/model_server build/dev/tests/e2e/e2e_port_kill
 *
 * FLOW_SEED, which each run prints, repeats its moments.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/time.h"
#include "folder.h"
#include "porting.h"

#define UNITS 40
#define KILLS 25

// Kills one run again and again until it is through, or there were enough kills; the number of kills.
static unsigned kill_run(void **state, const char *name, double whole, unsigned most)
{
    unsigned kills = 0;
    int status = 137;
    while (kills < most && status != 0) {
        pid_t pid = porting_start(state, NULL, name);
        porting_sleep(whole / 8 * porting_random());
        kill(pid, SIGKILL);
        status = porting_end(pid);
        porting_status(state, status, status == 0 ? 0 : 137);
        kills += status == 137;
        porting_check_ledger(state);
    }
    if (status != 0)
        porting_run(state, NULL, name, 0);
    return kills;
}

static void test_killed_runs_end_as_undisturbed_ones(void **state)
{
    unsigned units = porting_number("FLOW_FAULT_UNITS", UNITS),
             wanted = porting_number("FLOW_FAULT_KILLS", KILLS);
    struct test_server server;
    struct test_stats stats;
    char name[32];
    porting_repository(state, units);
    porting_server(state, &server, (const char *[]){"--reject", "3", "--delay", "20", NULL});
    double before = flow_time_mono();
    porting_run(state, NULL, "calm", 0);
    double whole = flow_time_mono() - before;
    porting_check_whole(state, "calm", units);
    server_stats(&server, &stats);
    long requests = stats.requests;
    unsigned kills = 0, runs = 0;
    while (kills < wanted) {
        // The calls of all runs have equal keys; a new ledger keeps a run from finding the replies of others.
        porting_shell(state, "rm -rf .git/flow");
        snprintf(name, sizeof name, "killed-%u", runs++);
        kills += kill_run(state, name, whole, wanted - kills);
        porting_check_whole(state, name, units);
        server_stats(&server, &stats);
        // Each request that leaves has its row.
        assert_in_range(stats.requests - requests, 1, porting_count(state, "SELECT count(*) FROM call"));
        requests = stats.requests;
        char script[200];
        snprintf(script, sizeof script,
                 "test $(git rev-parse flow/port/calm^{tree}) = $(git rev-parse flow/port/%s^{tree})", name);
        porting_shell(state, script);
    }
    print_message("%u kills over %u runs of %u units\n", kills, runs, units);
    server_stop(&server);
}

// A model of a program each, to have children to kill.
static const char program[] =
    "#!/bin/sh\n"
    "cat >/dev/null\n"
    "sleep 0.05\n"
    "n=${FLOW_UNIT#f}; n=${n%.c}\n"
    "case $FLOW_STEP in\n"
    "*/translate/*) printf '```rust\\npub fn f%s(a: i32) -> i32 {\\n    a.wrapping_add(%s)\\n}\\n```\\n' $n "
    "$n\n"
    "    printf '```json\\n{\"symbols\":[{\"source\":\"f%s\",\"target\":\"f%s\"}]}\\n```\\n' $n $n;;\n"
    "*/review/*) printf '{\"verdict\":\"accept\",\"findings\":[]}';;\n"
    "esac\n";

// Kills one of the children that the process has right now; whether there was one.
static bool kill_a_child(void **state, pid_t parent)
{
    char script[200];
    snprintf(script, sizeof script, "cat /proc/%d/task/*/children >children 2>errors || :", (int)parent);
    porting_shell(state, script);
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf list, path;
    pid_t children[64];
    size_t count = 0;
    flow_buf_init(&list, FLOW_BUF_TEXT);
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_file_read(folder_path(state, &path, "children"), &list, &err);
    char *end;
    for (char *at = list.data; count < 64 && (children[count] = (pid_t)strtol(at, &end, 10)) > 0; at = end)
        count++;
    flow_buf_release(&path);
    flow_buf_release(&list);
    if (count == 0)
        return false;
    kill(children[(size_t)(porting_random() * (double)count) % count], SIGKILL);
    return true;
}

static void test_killed_children_are_asked_anew(void **state)
{
    unsigned units = porting_number("FLOW_FAULT_UNITS", UNITS) / 2, kills = 0;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    porting_repository(state, units);
    folder_write(state, "model", program);
    assert_int_equal(chmod(folder_path(state, &path, "model"), 0755), 0);
    char model[300];
    snprintf(model, sizeof model, "command/%s/model", (char *)*state);
    setenv("FLOW_TEST_MODEL", model, 1);
    setenv("FLOW_TEST_JOBS", "4", 1);
    pid_t pid = porting_start(state, NULL, "children");
    siginfo_t ended = {0};
    while (kills < units / 4 && waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0) {
        // Longer than a call takes: three in a row on one step would rightly fail it.
        porting_sleep(0.15 + 0.3 * porting_random());
        kills += kill_a_child(state, pid);
    }
    porting_status(state, porting_end(pid), 0);
    unsetenv("FLOW_TEST_MODEL");
    unsetenv("FLOW_TEST_JOBS");
    print_message("%u children killed\n", kills);
    porting_check_whole(state, "children", units);
    assert_true(kills > 0);
    flow_buf_release(&path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_killed_runs_end_as_undisturbed_ones, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(test_killed_children_are_asked_anew, folder_setup, folder_teardown),
    };
    unsetenv("FLOW_DATA_DIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
