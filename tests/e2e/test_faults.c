// SPDX-License-Identifier: MIT
/*
 * flow-port where something else is broken: the server, the disk, the ledger, the clock, the terminal. Each
 * run ends with the status that is documented and says why; nothing is lost, and the next run goes on from
 * there.
 *
 *     FLOW_FAULT_UNITS=200 ctest --test-dir build/dev -R e2e.faults     for the full measure
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "folder.h"
#include "porting.h"

#define UNITS 16

static unsigned units(void)
{
    return porting_number("FLOW_FAULT_UNITS", UNITS);
}

// What the run left is whole, and going on asks for nothing that was stored.
static void check_goes_on(void **state, struct test_server *server, const char *name)
{
    struct test_stats before, after;
    porting_check_ledger(state);
    long done = porting_count(state, "SELECT count(*) FROM call WHERE status = 'done'");
    server_stats(server, &before);
    porting_run(state, NULL, name, 0);
    porting_check_whole(state, name, units());
    server_stats(server, &after);
    long wanted = porting_count(state, "SELECT count(*) FROM call WHERE status = 'done'");
    assert_int_equal(after.requests - before.requests, wanted - done);
}

static void wait_for_requests(const struct test_server *server, long least)
{
    struct test_stats stats;
    for (int i = 0; i < 200; i++) {
        server_stats(server, &stats);
        if (stats.requests >= least)
            return;
        porting_sleep(0.05);
    }
    fail_msg("there were only %ld requests", stats.requests);
}

/*
 * The server.
 */

static void test_a_third_of_the_answers_goes_wrong(void **state)
{
    struct test_server server;
    char seed[32];
    snprintf(seed, sizeof seed, "%u", (unsigned)(porting_random() * 1e6));
    porting_repository(state, units());
    // A stalled answer is given up after a second.
    porting_shell(state, "git config flow.model.content-timeout 1");
    porting_server(
        state, &server,
        (const char *[]){"--faults", "30", "--seed", seed, "--reject", "5", "--delay", "10", NULL});
    porting_run(state, NULL, "torn", 0);
    porting_check_whole(state, "torn", units());
    assert_int_equal(porting_count(state, "SELECT count(*) FROM unit_state WHERE state = 'failed'"), 0);
    assert_true(porting_count(state, "SELECT count(*) FROM event WHERE kind = 'wait'"
                                     " AND text LIKE 'calls of anthropic/% wait % s: throttled: %'") > 0);
    server_stop(&server);
}

static void test_server_goes_away_for_a_while(void **state)
{
    struct test_server server;
    struct test_stats stats;
    char port[16];
    porting_repository(state, units());
    porting_shell(state, "git config flow.model.retries 1");
    porting_server(state, &server, (const char *[]){"--delay", "100", NULL});
    pid_t pid = porting_start(state, NULL, "outage");
    wait_for_requests(&server, 12);
    server_stats(&server, &stats);
    snprintf(port, sizeof port, "%d", server.port);
    server_stop(&server);
    // Longer than the retries of one call last.
    porting_sleep(4);
    porting_server(state, &server, (const char *[]){"--port", port, NULL});
    porting_status(state, porting_end(pid), 0);
    porting_check_whole(state, "outage", units());
    assert_true(porting_count(state, "SELECT count(*) FROM event WHERE kind = 'wait'"
                                     " AND text LIKE '%: no connection, tried again by itself: %'") > 0);
    assert_true(stats.requests < 3 * (long)units());
    server_stop(&server);
}

static void test_server_that_was_never_there(void **state)
{
    porting_repository(state, units());
    porting_shell(state, "git config flow.model.retries 1");
    setenv("ANTHROPIC_BASE_URL", "http://127.0.0.1:1", 1);
    setenv("ANTHROPIC_API_KEY", TEST_KEY, 1);
    porting_run(state, NULL, "nobody", 3);
    porting_said(state, "is the server up");
}

/*
 * The disk.
 */

static void test_files_may_not_grow(void **state)
{
    struct test_server server;
    porting_repository(state, units());
    porting_server(state, &server, (const char *[]){"--delay", "20", NULL});
    // In blocks of 512 bytes. Without the trap the shell's child would die of a signal instead.
    porting_run(state, "trap '' XFSZ; ulimit -f 700; exec", "full", 3);
    porting_said(state, "ulimit -f");
    check_goes_on(state, &server, "full");
    server_stop(&server);
}

// Puts a small disk where the state is kept; false where nobody may.
static bool mount_state(void **state, const char *options)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, ".git/flow");
    mkdir(path.data, 0755);
    bool mounted = mount("flow-test", path.data, "tmpfs", 0, options) == 0;
    flow_buf_release(&path);
    return mounted;
}

static void remount(void **state, unsigned long flags, const char *options)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_int_equal(
        mount("flow-test", folder_path(state, &path, ".git/flow"), "tmpfs", MS_REMOUNT | flags, options), 0);
    flow_buf_release(&path);
}

static int unmount_and_remove(void **state)
{
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    umount2(folder_path(state, &path, ".git/flow"), MNT_DETACH);
    flow_buf_release(&path);
    return folder_teardown(state);
}

static void test_disk_is_full(void **state)
{
    struct test_server server;
    porting_repository(state, units());
    if (!mount_state(state, "size=600k"))
        skip();
    porting_server(state, &server, (const char *[]){"--delay", "20", NULL});
    porting_run(state, NULL, "full", 3);
    porting_said(state, "the disk is full");
    remount(state, 0, "size=100m");
    check_goes_on(state, &server, "full");
    server_stop(&server);
}

static void test_ledger_is_read_only(void **state)
{
    struct test_server server;
    struct test_stats stats;
    porting_repository(state, units());
    if (!mount_state(state, "size=100m"))
        skip();
    porting_server(state, &server, (const char *[]){NULL});
    pid_t pid = porting_start(state, NULL, "fixed");
    // Once something was asked, there is a ledger to be protected.
    wait_for_requests(&server, 1);
    kill(pid, SIGKILL);
    porting_end(pid);
    remount(state, MS_RDONLY, "");
    server_stats(&server, &stats);
    long before = stats.requests;
    porting_run(state, NULL, "fixed", 3);
    porting_said(state, "ead-only");
    server_stats(&server, &stats);
    assert_int_equal(stats.requests, before);
    remount(state, 0, "");
    check_goes_on(state, &server, "fixed");
    server_stop(&server);
}

/*
 * The clock.
 */

static void test_clock_jumps(void **state)
{
#ifdef __SANITIZE_ADDRESS__
    // Its runtime has to come first.
    (void)state;
    skip();
#else
    struct test_server server;
    porting_repository(state, units());
    porting_server(state, &server, (const char *[]){"--delay", "20", NULL});
    // Nothing waits for a time of day: that would be days.
    porting_run(state, "exec env LD_PRELOAD=\"$FLOW_CLOCK\"", "jumpy", 0);
    porting_check_whole(state, "jumpy", units());
    server_stop(&server);
#endif
}

/*
 * Signals.
 */

static void drain(void **state, int number)
{
    struct test_server server;
    porting_repository(state, units());
    porting_server(state, &server, (const char *[]){"--delay", "400", NULL});
    pid_t pid = porting_start(state, NULL, "asked");
    wait_for_requests(&server, 3);
    kill(pid, number);
    porting_status(state, porting_end(pid), 130);
    porting_said(state, "interrupted");
    // What was out came in and is stored.
    assert_int_equal(porting_count(state, "SELECT count(*) FROM call WHERE status <> 'done'"), 0);
    assert_true(porting_count(state, "SELECT count(*) FROM call") >= 3);
    check_goes_on(state, &server, "asked");
    server_stop(&server);
}

static void test_int_drains(void **state)
{
    drain(state, SIGINT);
}

static void test_term_drains(void **state)
{
    drain(state, SIGTERM);
}

static void test_hup_drains(void **state)
{
    drain(state, SIGHUP);
}

static void test_second_int_stops_at_once(void **state)
{
    struct test_server server;
    porting_repository(state, units());
    porting_server(state, &server, (const char *[]){"--delay", "60000", NULL});
    pid_t pid = porting_start(state, NULL, "now");
    // The first of a new prefix goes ahead of all others.
    wait_for_requests(&server, 1);
    kill(pid, SIGINT);
    porting_sleep(0.3);
    kill(pid, SIGINT);
    porting_status(state, porting_end(pid), 130);
    // Who waits the minute for the answer has none that was cut.
    assert_int_equal(porting_count(state, "SELECT count(*) FROM call WHERE status = 'open'"), 0);
    assert_true(porting_count(state, "SELECT count(*) FROM call WHERE status = 'cut'") >= 1);
    server_stop(&server);
    porting_server(state, &server, (const char *[]){NULL});
    check_goes_on(state, &server, "now");
    server_stop(&server);
}

/*
 * Standard output.
 */

static void test_nobody_reads_the_output(void **state)
{
    struct test_server server;
    porting_repository(state, units());
    porting_server(state, &server, (const char *[]){NULL});
    porting_run(state, "exec >&-; exec", "closed", 3);
    porting_said(state, "standard output");
    porting_check_whole(state, "closed", units());
    check_goes_on(state, &server, "closed");
    server_stop(&server);
}

static void test_output_is_full(void **state)
{
    struct test_server server;
    porting_repository(state, units());
    porting_server(state, &server, (const char *[]){NULL});
    porting_run(state, "exec >/dev/full; exec", "full-output", 3);
    porting_said(state, "standard output");
    porting_check_whole(state, "full-output", units());
    server_stop(&server);
}

#define CASE(name)  cmocka_unit_test_setup_teardown(test_##name, folder_setup, folder_teardown)
#define MOUNT(name) cmocka_unit_test_setup_teardown(test_##name, folder_setup, unmount_and_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_third_of_the_answers_goes_wrong),
        CASE(server_goes_away_for_a_while),
        CASE(server_that_was_never_there),
        CASE(files_may_not_grow),
        MOUNT(disk_is_full),
        MOUNT(ledger_is_read_only),
        CASE(clock_jumps),
        CASE(int_drains),
        CASE(term_drains),
        CASE(hup_drains),
        CASE(second_int_stops_at_once),
        CASE(nobody_reads_the_output),
        CASE(output_is_full),
    };
    unsetenv("FLOW_DATA_DIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
