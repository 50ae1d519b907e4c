// SPDX-License-Identifier: MIT
// Neither the store's own memory that runs out nor SQLite's leaves half a write, a transaction that nobody
// ends, or a row that is taken for an empty one.
#include <malloc.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/store/archive.h"
#include "flow/store/control.h"
#include "flow/store/index.h"
#include "flow/store/query.h"
#include "folder.h"
#include "oom.h"
#include "unit.h"

static const struct flow_id SOURCE = {"1111111111111111111111111111111111111111"};
static const struct flow_id TARGET = {"2222222222222222222222222222222222222222"};

static const char UNIT[] = "src/a-unit-with-a-name-of-some-length.c";

struct fixture {
    void *folder;
    struct flow_buf path;
    struct flow_ledger *ledger;
    int64_t run, call;
    unsigned round;
    char large[9000];
};

static int setup(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct fixture *f = calloc(1, sizeof *f);
    if (!f || folder_setup(&f->folder))
        return -1;
    memset(f->large, 'x', sizeof f->large);
    flow_buf_init(&f->path, FLOW_BUF_LINE);
    folder_path(&f->folder, &f->path, "ledger.db");
    assert_ok(flow_ledger_open(&f->ledger, f->path.data, &err), &err);
    assert_ok(flow_ledger_run(f->ledger, "port", "main", &f->run, &err), &err);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    flow_ledger_free(f->ledger);
    flow_buf_release(&f->path);
    folder_teardown(&f->folder);
    free(f);
    return 0;
}

// Whether SQLite's own memory runs out as well. It asks for it thousands of times where it opens a file.
static bool sql_too;

static int size_of(void *memory)
{
    return (int)malloc_usable_size(memory);
}

static int round_up(int size)
{
    return (size + 15) & ~15;
}

// aligned_alloc is not wrapped.
static void *sql_malloc(int size)
{
    return sql_too ? oom_malloc((size_t)size) : aligned_alloc(16, (size_t)size);
}

static void *sql_realloc(void *old, int size)
{
    if (sql_too)
        return oom_realloc(old, (size_t)size);
    void *memory = sql_malloc(size);
    if (memory)
        memcpy(memory, old, (size_t)(size < size_of(old) ? size : size_of(old)));
    if (memory)
        free(old);
    return memory;
}

static int begin_memory(void *data)
{
    (void)data;
    return SQLITE_OK;
}

static void end_memory(void *data)
{
    (void)data;
}

static int open_and_look(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    struct flow_ledger *ledger = NULL;
    struct flow_run_lock *lock = NULL;
    struct flow_run_holder holder;
    int64_t run;
    int result = flow_ledger_open(&ledger, f->path.data, err);
    if (result == 0)
        result = flow_ledger_run(ledger, "port", "main", &run, err);
    flow_ledger_free(ledger);
    ledger = NULL;
    if (result == 0)
        result = flow_ledger_look(&ledger, f->path.data, err);
    flow_ledger_free(ledger);
    if (result == 0)
        result = flow_run_lock(&lock, f->folder, "port.main", false, NULL, err);
    if (result == 0) {
        flow_run_lock_note(lock, "at work");
        result = flow_run_holder(&holder, f->folder, "port.main", err) == 1 ? 0 : -1;
    }
    flow_run_unlock(lock);
    return result;
}

static void test_opening(void **state)
{
    oom_each(open_and_look, *state);
}

static int count(void *payload)
{
    ++*(int *)payload;
    return 0;
}

static int count_run(const struct flow_run_row *row, void *payload)
{
    assert_string_equal(row->name, "main");
    return count(payload);
}

static int count_unit(const char *unit, const struct flow_unit_state *state, void *payload)
{
    assert_string_equal(unit, UNIT);
    assert_string_equal(state->reason, "a reason");
    return count(payload);
}

static int count_call(const struct flow_call_row *row, void *payload)
{
    assert_string_equal(row->unit, UNIT);
    assert_string_equal(row->role, "review");
    assert_string_equal(row->extra, "{\"stop\":\"end\"}");
    assert_int_equal(row->reply_len, 5);
    assert_memory_equal(row->reply, "reply", 5);
    return count(payload);
}

static int count_block(const char *hash, const void *data, size_t len, void *payload)
{
    assert_int_equal(strlen(hash), 40);
    assert_non_null(data);
    assert_true(len > 0);
    return count(payload);
}

static int count_verdict(const struct flow_verdict_row *row, void *payload)
{
    assert_string_equal(row->source_id, SOURCE.hex);
    assert_true(*row->lens != '\0');
    return count(payload);
}

static int count_finding(const struct flow_finding_row *row, void *payload)
{
    assert_string_equal(row->claim, "off by one");
    assert_string_equal(row->evidence, "i <= n");
    assert_string_equal(row->fate, "open");
    return count(payload);
}

static int count_unit_finding(const char *unit, const struct flow_finding_row *row, void *payload)
{
    assert_string_equal(unit, UNIT);
    return count_finding(row, payload);
}

static int count_event(const struct flow_event_row *row, void *payload)
{
    assert_string_equal(row->text, "text");
    assert_string_equal(row->unit, UNIT);
    return count(payload);
}

static int count_control(const struct flow_control *row, void *payload)
{
    assert_string_equal(row->key, "pause");
    assert_string_equal(row->value, "who");
    return count(payload);
}

static int count_cost(const struct flow_cost_row *row, void *payload)
{
    assert_string_equal(row->role, "review");
    assert_string_equal(row->model, "m/x");
    return count(payload);
}

static int count_census(const char *name, int64_t number, void *payload)
{
    assert_string_equal(name, "reviewed");
    assert_int_equal(number, 1);
    return count(payload);
}

static int count_line(void *payload, const char *line, size_t len, struct flow_error *err)
{
    (void)err;
    assert_int_equal(line[len - 1], '\n');
    assert_int_equal(strncmp(line, "{\"table\":", 9), 0);
    return count(payload);
}

static int begin_call(struct fixture *f, struct flow_text *texts, size_t text_count, int64_t *call,
                      struct flow_error *err)
{
    static const struct flow_allowance allowance = {.limit = {.nano_usd = -1, .tokens = -1, .calls = 100000},
                                                    .name = "n"};
    struct flow_call what = {.unit = UNIT,
                             .role = "review",
                             .lens = "behaviour",
                             .step = "step",
                             .model = "m/x",
                             .key = TARGET,
                             .texts = texts,
                             .text_count = text_count,
                             .reserve_nano_usd = 100,
                             .reserve_tokens = 50,
                             .allowance = &allowance};
    return flow_ledger_call_begin(f->ledger, f->run, &what, call, err);
}

// One call from its prompt to its reply.
static int call(struct fixture *f, struct flow_error *err)
{
    struct flow_text texts[] = {{.data = f->large, .len = sizeof f->large}, {.data = "small", .len = 5}};
    struct flow_outcome outcome = {.status = "done",
                                   .text = "reply",
                                   .len = 5,
                                   .extra = "{\"stop\":\"end\"}",
                                   .input = 10,
                                   .output = 5,
                                   .priced = true,
                                   .nano_usd = 7};
    struct flow_stored stored;
    int64_t number;
    if (flow_ledger_texts_name(f->ledger, texts, 2, err) || begin_call(f, texts, 2, &number, err) ||
        flow_ledger_call_settle(f->ledger, number, &outcome, err))
        return -1;
    f->call = number;
    int found = flow_ledger_call_find(f->ledger, &TARGET, &stored, err);
    if (found == 1) {
        assert_string_equal(stored.text, "reply");
        assert_string_equal(stored.extra, "{\"stop\":\"end\"}");
        flow_stored_release(&stored);
    }
    return found == 1 ? 0 : -1;
}

static int work(void *payload, struct flow_error *err)
{
    struct fixture *f = payload;
    char reason[] = "a reason";
    struct flow_unit_state state = {
        .state = "reviewed", .source_id = SOURCE, .target_id = TARGET, .reason = reason};
    const struct flow_budget limit = {.nano_usd = -1, .tokens = -1, .calls = 1000000};
    struct flow_finding_row finding = {
        .severity = "major", .file = "a.c", .source_line = 7, .claim = "off by one", .evidence = "i <= n"};
    struct flow_id id;
    size_t recovered;
    f->round++;
    return flow_ledger_run_set(f->ledger, f->run, "key", "value", err) ||
                   flow_ledger_budget_set(f->ledger, f->run, &limit, err) ||
                   flow_ledger_budget_change(f->ledger, f->run, &limit, true, "text", err) ||
                   flow_ledger_unit_set(f->ledger, f->run, UNIT, &state, err) ||
                   flow_ledger_input_pin(f->ledger, f->run, UNIT, 0, "guide", "text", 4, &id, err) ||
                   call(f, err) || call(f, err) ||
                   flow_ledger_round_put(f->ledger, f->run, UNIT, f->round, &SOURCE, &TARGET, err) ||
                   flow_ledger_verdict_put(f->ledger, f->run, UNIT, f->round, "behaviour", f->call, false,
                                           &SOURCE, &TARGET, &finding, 1, err) ||
                   flow_ledger_event(f->ledger, f->run, "kind", UNIT, "text", err) ||
                   flow_ledger_control_set(f->ledger, f->run, "pause", "who", UNIT, "text", err) ||
                   flow_ledger_recover(f->ledger, f->run, &recovered, err)
               ? -1
               : 0;
}

static void test_writing(void **state)
{
    sql_too = true;
    // A text that is not remembered is hashed again next time, and SQLite can do without some of its caches.
    oom_each_lenient(work, *state);
    sql_too = false;
}

static int read_one(struct fixture *f, struct flow_error *err)
{
    struct flow_unit_state unit;
    struct flow_stored stored;
    struct flow_buf text;
    struct flow_id id = {{0}};
    unsigned generation;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_ledger_unit_get(f->ledger, f->run, UNIT, &unit, err);
    if (result == 1) {
        assert_string_equal(unit.state, "reviewed");
        assert_string_equal(unit.source_id.hex, SOURCE.hex);
        assert_string_equal(unit.reason, "a reason");
        flow_unit_state_release(&unit);
        result = flow_ledger_run_get(f->ledger, f->run, "key", &text, err);
    }
    if (result == 1) {
        assert_string_equal(text.data, "value");
        result = flow_ledger_input_get(f->ledger, f->run, UNIT, 0, "guide", &id, err);
    }
    flow_buf_clear(&text);
    if (result == 1)
        result = flow_ledger_block_get(f->ledger, &id, &text, err) == 0 ? 1 : -1;
    if (result == 1) {
        assert_string_equal(text.data, "text");
        result = flow_ledger_call_find(f->ledger, &TARGET, &stored, err);
    }
    if (result == 1) {
        assert_string_equal(stored.text, "reply");
        assert_non_null(stored.extra);
        flow_stored_release(&stored);
        result = flow_ledger_accepted_as(f->ledger, f->run, &id, &text, &generation, err) == 0 ? 1 : -1;
    }
    flow_buf_release(&text);
    return result == 1 ? 0 : -1;
}

static int read_lists(struct fixture *f, struct flow_error *err)
{
    struct flow_ledger *ledger = f->ledger;
    struct flow_spending spending;
    struct flow_budget taken;
    struct flow_rate rate;
    int seen = 0;
    if (flow_ledger_runs(ledger, count_run, &seen, err) ||
        flow_ledger_census(ledger, f->run, count_census, &seen, err) ||
        flow_ledger_units(ledger, f->run, count_unit, &seen, err) ||
        flow_ledger_calls(ledger, f->run, NULL, true, count_call, &seen, err) ||
        flow_ledger_calls(ledger, f->run, UNIT, true, count_call, &seen, err) ||
        flow_ledger_call_prompt(ledger, f->call, count_block, &seen, err) ||
        flow_ledger_verdicts(ledger, f->run, UNIT, count_verdict, &seen, err) ||
        flow_ledger_findings(ledger, f->run, UNIT, count_finding, &seen, err) ||
        flow_ledger_unit_findings(ledger, f->run, NULL, count_unit_finding, &seen, err) ||
        flow_ledger_costs(ledger, f->run, UNIT, count_cost, &seen, err) ||
        flow_ledger_controls(ledger, f->run, count_control, &seen, err) ||
        flow_ledger_events(ledger, f->run, UNIT, count_event, &seen, err) ||
        flow_ledger_rate(ledger, f->run, 0, &rate, err) ||
        flow_ledger_taken(ledger, f->run, UNIT, &taken, err) ||
        flow_ledger_spending(ledger, f->run, &spending, err))
        return -1;
    // Each of the twelve lists has a row.
    assert_true(seen >= 12);
    assert_int_equal(taken.calls, 2);
    assert_int_equal(rate.calls, 2);
    assert_int_equal(spending.calls, 2);
    return 0;
}

static int export(struct fixture *f, struct flow_error *err)
{
    int lines = 0;
    if (flow_ledger_export(f->ledger, count_line, &lines, err))
        return -1;
    assert_true(lines > 10);
    return 0;
}

static int read_all(void *payload, struct flow_error *err)
{
    struct fixture *f = payload;
    return read_one(f, err) || read_lists(f, err) || export(f, err) ? -1 : 0;
}

static void test_reading(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(work(*state, &err), &err);
    oom_each(read_all, *state);
    sql_too = true;
    oom_each_lenient(read_all, *state);
    sql_too = false;
}

static int purge(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    struct flow_purged purged;
    return flow_ledger_purge(f->ledger, 1, &purged, err);
}

static void test_purging(void **state)
{
    oom_each(purge, *state);
}

static int use_index(void *payload, struct flow_error *err)
{
    struct flow_index *index = NULL;
    struct flow_buf value;
    const struct flow_index_key key = {"facts", &SOURCE, &TARGET};
    flow_buf_init(&value, FLOW_BUF_TEXT);
    int result = flow_index_open(&index, payload, err);
    if (result == 0)
        result = flow_index_put(index, &key, "value", 5, err);
    // From what is pending, and from the file.
    if (result == 0)
        result = flow_index_get(index, &key, &value, err) < 0 ? -1 : 0;
    if (result == 0)
        result = flow_index_flush(index, err);
    flow_buf_clear(&value);
    if (result == 0)
        result = flow_index_get(index, &key, &value, err) == 1 ? 0 : -1;
    if (result == 0)
        assert_string_equal(value.data, "value");
    flow_buf_release(&value);
    flow_index_free(index);
    return result;
}

static void test_index(void **state)
{
    struct fixture *f = *state;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(&f->folder, &path, "index.db");
    oom_each(use_index, path.data);
    flow_buf_release(&path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    static sqlite3_mem_methods methods = {sql_malloc, free,         sql_realloc, size_of,
                                          round_up,   begin_memory, end_memory,  NULL};
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) != SQLITE_OK)
        return 1;

    const struct CMUnitTest tests[] = {
        CASE(test_opening), CASE(test_writing), CASE(test_reading), CASE(test_purging), CASE(test_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
