// SPDX-License-Identifier: MIT
/*
 * A port of 50 units over the Messages API: what flow-port says that it took is what the server counted, and
 * most of what goes in comes from the server's cache. And one whose answers break off: what was cut counts in
 * full, and no more than the budget is spent.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "flow/base/json.h"
#include "folder.h"
#include "harness.h"

#define UNITS     50
#define FUNCTIONS 45 /* a unit: some four kilobytes, as source files have */

static void write_source(struct flow_buf *out, int unit)
{
    flow_buf_printf(out, "/* Numbers of table %d. Copyright (c) 2020 Somebody. MIT licence. */\n", unit);
    for (int i = 0; i < FUNCTIONS; i++)
        flow_buf_printf(out, "\nint f%d_%d(int value, int other)\n{\n    return value + other * %d;\n}\n",
                        unit, i, i + 1);
}

static void write_translation(struct flow_buf *out, int unit, const char *operation)
{
    flow_buf_printf(out, "```rust\n/* Numbers of table %d. Copyright (c) 2020 Somebody. MIT licence. */\n",
                    unit);
    for (int i = 0; i < FUNCTIONS; i++)
        flow_buf_printf(
            out,
            "\npub fn f%d_%d(value: i32, other: i32) -> i32 {\n    value.%s(other.wrapping_mul(%d))\n}\n",
            unit, i, i == 0 ? operation : "wrapping_add", i + 1);
    flow_buf_puts(out, "```\n```json\n{\"symbols\": [");
    for (int i = 0; i < FUNCTIONS; i++)
        flow_buf_printf(out, "%s{\"source\": \"f%d_%d\", \"target\": \"f%d_%d\"}", i ? ", " : "", unit, i,
                        unit, i);
    flow_buf_puts(out, "], \"conditions\": []}\n```\n");
}

static void add_rule(struct flow_jsonw *w, const char *match, int times, const char *text)
{
    flow_jsonw_object(w);
    flow_jsonw_member(w, "match", match);
    if (times > 0) {
        flow_jsonw_key(w, "times");
        flow_jsonw_int(w, times);
    }
    flow_jsonw_key(w, "reply");
    flow_jsonw_object(w);
    flow_jsonw_member(w, "text", text);
    // Long enough for others to be asked before an answer begins.
    flow_jsonw_key(w, "delay");
    flow_jsonw_num(w, 0.02);
    flow_jsonw_object_end(w);
    flow_jsonw_object_end(w);
}

// Every fifth unit is wrong at first: one of its reviewers rejects it, and it is mended.
static void add_rules(struct flow_jsonw *w, int unit)
{
    char match[64], text[600];
    struct flow_buf translation;
    bool wrong = unit % 5 == 0;
    flow_buf_init(&translation, FLOW_BUF_TEXT);
    write_translation(&translation, unit, wrong ? "wrapping_sub" : "wrapping_add");
    snprintf(match, sizeof match, "Unit `f%d.c` becomes", unit);
    add_rule(w, match, 0, translation.data);
    if (wrong) {
        snprintf(match, sizeof match, "`f%d.c` becomes", unit);
        add_rule(w, match, 0,
                 "{\"edits\": [{\"find\": \"value.wrapping_sub\", \"replace\": \"value.wrapping_add\"}],"
                 " \"findings\": [{\"number\": 1, \"fate\": \"fixed\", \"reason\": \"\"}]}");
        snprintf(
            text, sizeof text,
            "{\"verdict\": \"reject\", \"findings\": [{\"severity\": \"blocker\", \"file\": \"f%d.rs\","
            " \"source_line\": 5, \"target_line\": 4, \"claim\": \"it subtracts\", \"evidence\": {\"source\":"
            " \"    return value + other * 1;\", \"target\": \"    "
            "value.wrapping_sub(other.wrapping_mul(1))\"},"
            " \"fix\": \"add\"}]}",
            unit);
        snprintf(match, sizeof match, "`f%d.c` became", unit);
        add_rule(w, match, 1, text);
    }
    flow_buf_release(&translation);
}

static void make_script(struct flow_buf *out, const char *first)
{
    struct flow_jsonw w;
    flow_jsonw_init(&w, out);
    flow_jsonw_object(&w);
    flow_jsonw_key(&w, "rules");
    flow_jsonw_array(&w);
    if (first)
        flow_jsonw_raw(&w, first, strlen(first));
    for (int i = 0; i < UNITS; i++)
        add_rules(&w, i);
    add_rule(&w, "` became `", 0, "{\"verdict\": \"accept\", \"findings\": []}");
    flow_jsonw_array_end(&w);
    flow_jsonw_object_end(&w);
    assert_false(out->failed);
}

static int shell(void **state, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int shell(void **state, const char *format, ...)
{
    struct flow_buf command;
    va_list args;
    flow_buf_init(&command, FLOW_BUF_LINE);
    flow_buf_printf(&command, "cd '%s' && ", (char *)*state);
    va_start(args, format);
    flow_buf_vprintf(&command, format, args);
    va_end(args);
    int status = system(command.data);
    flow_buf_release(&command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static void make_repository(void **state, const struct test_server *server)
{
    struct flow_buf text;
    char name[32];
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (int i = 0; i < UNITS; i++) {
        flow_buf_clear(&text);
        write_source(&text, i);
        snprintf(name, sizeof name, "f%d.c", i);
        folder_write(state, name, text.data);
    }
    flow_buf_release(&text);
    assert_int_equal(shell(state,
                           "git init -q && git config user.name T && git config user.email t@example.org &&"
                           " git config flow.model.anthropic.url http://127.0.0.1:%d &&"
                           " git config flow.model.retries 4 && git add f*.c && git commit -qm base",
                           server->port),
                     0);
}

// The numbers of one row.
static void query(void **state, const char *sql, long *out, int count)
{
    struct flow_buf path;
    sqlite3 *db = NULL;
    sqlite3_stmt *row = NULL;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_int_equal(sqlite3_open(folder_path(state, &path, ".git/flow/ledger.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    for (int i = 0; i < count; i++)
        out[i] = (long)sqlite3_column_int64(row, i);
    sqlite3_finalize(row);
    sqlite3_close(db);
    flow_buf_release(&path);
}

static int port(void **state, const char *options)
{
    return shell(state,
                 "ANTHROPIC_API_KEY=%s '%s/flow-port' --to rust --model anthropic/claude-sonnet-5-5 --yes %s"
                 " >records 2>talk || { status=$?; cat talk; exit $status; }",
                 TEST_KEY, getenv("FLOW_BIN_DIR"), options);
}

static void begin(void **state, struct test_server *server, const char *first)
{
    struct flow_buf script;
    flow_buf_init(&script, FLOW_BUF_TEXT);
    make_script(&script, first);
    server_start(server, script.data);
    flow_buf_release(&script);
    make_repository(state, server);
}

static void test_most_input_comes_from_the_cache(void **state)
{
    struct test_server server;
    struct test_stats stats;
    long sums[5];
    begin(state, &server, NULL);
    assert_int_equal(port(state, "-j 50 --budget 100usd"), 0);
    server_stats(&server, &stats);
    query(state, "SELECT sum(input), sum(cache_read), sum(cache_write), sum(output), count(*) FROM call",
          sums, 5);
    assert_int_equal(sums[0], stats.input);
    assert_int_equal(sums[1], stats.cache_read);
    assert_int_equal(sums[2], stats.cache_write);
    assert_int_equal(sums[3], stats.output);
    assert_int_equal(sums[4], stats.requests);
    assert_int_equal(stats.requests, UNITS * 3 + UNITS / 5 * 3);
    double share = (double)stats.cache_read / (double)(stats.input + stats.cache_read + stats.cache_write);
    print_message("%ld calls, %.1f %% of the input from the cache\n", stats.requests, 100 * share);
    // Guide and rules were written once, however many calls were out, and each unit by one of its two
    // reviewers.
    assert_true(share > 0.65);
    query(state,
          "SELECT sum(role = 'translate'), sum(role = 'fix'), sum(role = 'review') FROM call WHERE "
          "cache_write > 0",
          sums, 3);
    assert_int_equal(sums[0], 1);
    assert_int_equal(sums[1], 1);
    assert_int_equal(sums[2], UNITS + UNITS / 5);
    // And it is said, by role.
    assert_int_equal(shell(state, "cat talk; test $(grep -c ' %% of the input from the cache' talk) = 4"), 0);
    // What is spent is what these tokens cost.
    query(
        state,
        "SELECT spent_nano = input * 2000 + cache_read * 100 + cache_write * 2500 + output * 10000, in_flight"
        " FROM run WHERE job = 'port'",
        sums, 2);
    assert_int_equal(sums[0], 1);
    assert_int_equal(sums[1], 0);
    server_stop(&server);
}

static void test_what_breaks_off_counts_in_full(void **state)
{
    struct test_server server;
    struct test_stats stats;
    long sums[5];
    // Each of the first ten answers breaks off after its first words.
    begin(state, &server,
          "{\"match\":\"Unit `f\",\"times\":10,\"reply\":{\"text\":\"```rust\",\"size\":2,\"cut\":5}}");
    assert_int_equal(port(state, "-j 10 --budget 100usd f0.c f1.c f2.c f3.c"), 0);
    server_stats(&server, &stats);
    query(state,
          "SELECT count(*), sum(status = 'cut'), sum(status = 'done'), sum(status = 'cut' AND reply = '') "
          "FROM call",
          sums, 4);
    assert_int_equal(sums[0], stats.requests);
    assert_int_equal(sums[1], 10);
    assert_int_equal(sums[2], stats.requests - 10);
    assert_int_equal(sums[3], 0);
    // Input as the server said before it broke off; output as much as there might have been.
    query(state,
          "SELECT min(output), max(output), min(input + cache_read + cache_write) FROM call WHERE status = "
          "'cut'",
          sums, 3);
    assert_in_range(sums[0], 8192, 64000);
    assert_int_equal(sums[0], sums[1]);
    assert_true(sums[2] > 1000);
    // The cut answers are in the census, and nothing is reserved any more.
    assert_int_equal(shell(state, "grep -q '10 of them cut off' talk"), 0);
    query(state, "SELECT in_flight, reserved_nano FROM run WHERE job = 'port'", sums, 2);
    assert_int_equal(sums[0], 0);
    assert_int_equal(sums[1], 0);
    server_stop(&server);
}

static void test_answers_that_break_off_do_not_pass_the_budget(void **state)
{
    struct test_server server;
    long sums[2];
    begin(state, &server, "{\"match\":\"Unit `f\",\"reply\":{\"text\":\"```rust\",\"size\":2,\"cut\":5}}");
    assert_int_equal(port(state, "-j 10 --budget 1usd 2>/dev/null"), 6);
    query(state, "SELECT spent_nano, calls FROM run WHERE job = 'port'", sums, 2);
    // Less than the next one could have cost was left, and not a cent more was spent than there was.
    assert_in_range(sums[0], 800000000, 1000000000);
    assert_true(sums[1] > 5);
    server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_most_input_comes_from_the_cache, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_what_breaks_off_counts_in_full, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_answers_that_break_off_do_not_pass_the_budget, folder_setup,
                                        folder_teardown),
    };
    unsetenv("FLOW_DATA_DIR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
