// SPDX-License-Identifier: MIT
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/json.h"
#include "flow/base/time.h"
#include "flow/store/archive.h"
#include "folder.h"
#include "sql.h"

static const struct flow_id SOURCE = {"1111111111111111111111111111111111111111"};
static const struct flow_id TARGET = {"2222222222222222222222222222222222222222"};

struct fixture {
    void *folder;
    struct flow_buf path;
    struct flow_ledger *ledger;
    struct flow_error err;
    int64_t run;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f || folder_setup(&f->folder))
        return -1;
    flow_buf_init(&f->path, FLOW_BUF_LINE);
    folder_path(&f->folder, &f->path, "ledger.db");
    if (flow_ledger_open(&f->ledger, f->path.data, &f->err) ||
        flow_ledger_run(f->ledger, "port", "main", &f->run, &f->err))
        return -1;
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

static int64_t call(struct fixture *f, const char *unit, const char *key, const char *prompt,
                    const char *reply)
{
    static const char guide[] = "what all prompts begin with";
    struct flow_text texts[] = {{.data = guide, .len = strlen(guide)},
                                {.data = prompt, .len = strlen(prompt)}};
    int64_t id = 0;
    assert_ok(flow_ledger_texts_name(f->ledger, texts, 2, &f->err), &f->err);
    struct flow_call what = {.unit = unit,
                             .role = "review",
                             .lens = key,
                             .step = key,
                             .model = "m/x",
                             .texts = texts,
                             .text_count = 2,
                             .reserve_nano_usd = 100,
                             .reserve_tokens = 50};
    assert_ok(flow_id_of(&what.key, key, strlen(key), &f->err), &f->err);
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &id, &f->err), 0);
    struct flow_outcome outcome = {.status = "done",
                                   .text = reply,
                                   .len = strlen(reply),
                                   .extra = "{\"stop\":\"end\"}",
                                   .input = 10,
                                   .output = 5,
                                   .priced = true,
                                   .nano_usd = 7};
    assert_ok(flow_ledger_call_settle(f->ledger, id, &outcome, &f->err), &f->err);
    return id;
}

// A unit with two verdicts, one of them with a finding, in the state that `accept` leads to.
static void review(struct fixture *f, const char *unit, const char *prompt, const char *reply)
{
    static const char *const lenses[] = {"behaviour", "soundness"};
    struct flow_unit_state state = {
        .state = "reviewed", .source_id = SOURCE, .target_id = TARGET, .round = 1};
    const struct flow_finding_row finding = {.severity = "minor",
                                             .file = "target",
                                             .claim = "a claim that quotes",
                                             .evidence = "the evidence",
                                             .fate = "rejected"};
    assert_ok(flow_ledger_unit_set(f->ledger, f->run, unit, &state, &f->err), &f->err);
    assert_ok(flow_ledger_round_put(f->ledger, f->run, unit, 1, &SOURCE, &TARGET, &f->err), &f->err);
    for (size_t i = 0; i < 2; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s/%s", unit, lenses[i]);
        int64_t id = call(f, unit, key, prompt, reply);
        assert_ok(flow_ledger_verdict_put(f->ledger, f->run, unit, 1, lenses[i], id, true, &SOURCE, &TARGET,
                                          &finding, i == 0, &f->err),
                  &f->err);
    }
    assert_ok(flow_ledger_accept(f->ledger, f->run, unit, 1, &SOURCE, &TARGET, &f->err), &f->err);
}

struct lines {
    struct flow_buf text;
    size_t count, stop_at;
};

static int take_line(void *payload, const char *line, size_t len, struct flow_error *err)
{
    struct lines *lines = payload;
    struct flow_json *json = NULL;
    assert_int_equal(line[len - 1], '\n');
    assert_null(memchr(line, '\n', len - 1));
    assert_ok(flow_json_parse(&json, line, len, err), err);
    assert_non_null(flow_json_str(flow_json_get(json, "table")));
    flow_json_free(json);
    flow_buf_add(&lines->text, line, len);
    if (++lines->count == lines->stop_at)
        return flow_error_set(err, FLOW_E_ENV, "the reader went away");
    return 0;
}

static void export_all(struct fixture *f, struct lines *lines)
{
    *lines = (struct lines){0};
    flow_buf_init(&lines->text, FLOW_BUF_TEXT);
    assert_ok(flow_ledger_export(f->ledger, take_line, lines, &f->err), &f->err);
}

static void export_holds_every_table_and_its_texts(void **state)
{
    struct fixture *f = *state;
    static const char *const tables[] = {"run",   "run_value", "block",       "unit_state",
                                         "input", "call",      "reservation", "round",
                                         "event", "verdict",   "finding",     "control"};
    struct flow_id id;
    struct flow_sql sql;
    struct lines lines;
    review(f, "a.c", "translate \xff this\n", "a \"reply\"");
    assert_ok(flow_ledger_run_set(f->ledger, f->run, "base", "abc", &f->err), &f->err);
    assert_ok(flow_ledger_event(f->ledger, f->run, "note", "a.c", "something\thappened", &f->err), &f->err);
    assert_ok(flow_ledger_input_pin(f->ledger, f->run, "a.c", 0, "guide", "old", 3, &id, &f->err), &f->err);
    assert_ok(flow_sql_open(&sql, f->path.data, SQLITE_OPEN_READWRITE, "the ledger", &f->err), &f->err);
    assert_ok(flow_sql_exec(&sql, "INSERT INTO control VALUES (1, 'jobs', '4', 0)", &f->err), &f->err);
    flow_sql_close(&sql);
    export_all(f, &lines);
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char member[64];
        snprintf(member, sizeof member, "{\"table\":\"%s\",", tables[i]);
        if (!strstr(lines.text.data, member))
            fail_msg("no row of %s", tables[i]);
    }
    assert_non_null(strstr(lines.text.data, "\"data\":\"translate \\\\xff this\\n\""));
    assert_non_null(strstr(lines.text.data, "\"reply\":\"a \\\"reply\\\"\""));
    assert_non_null(strstr(lines.text.data, "\"claim\":\"a claim that quotes\""));
    flow_buf_release(&lines.text);
}

static void call_names_its_blocks_in_order(void **state)
{
    struct fixture *f = *state;
    struct lines lines;
    struct flow_id guide, prompt;
    char member[128];
    call(f, "a.c", "k", "the rest", "reply");
    assert_ok(flow_id_of(&guide, "what all prompts begin with", 27, &f->err), &f->err);
    assert_ok(flow_id_of(&prompt, "the rest", 8, &f->err), &f->err);
    export_all(f, &lines);
    snprintf(member, sizeof member, "\"blocks\":[\"%s\",\"%s\"]", guide.hex, prompt.hex);
    assert_non_null(strstr(lines.text.data, member));
    flow_buf_release(&lines.text);
}

static void reader_can_end_an_export(void **state)
{
    struct fixture *f = *state;
    struct lines lines = {.stop_at = 2};
    flow_buf_init(&lines.text, FLOW_BUF_TEXT);
    review(f, "a.c", "p", "r");
    assert_err(flow_ledger_export(f->ledger, take_line, &lines, &f->err), &f->err, FLOW_E_ENV);
    assert_int_equal(lines.count, 2);
    flow_buf_release(&lines.text);
    // The transaction that it read in is over: the connection can be used again.
    export_all(f, &lines);
    flow_buf_release(&lines.text);
}

static int64_t after_now(void)
{
    int64_t now = flow_time_wall_ms();
    while (flow_time_wall_ms() == now)
        usleep(500);
    return flow_time_wall_ms();
}

static bool file_holds(struct fixture *f, const char *text)
{
    static const char *const ends[] = {"", "-wal"};
    bool found = false;
    for (size_t i = 0; i < 2; i++) {
        struct flow_buf path, bytes;
        flow_buf_init(&path, FLOW_BUF_LINE);
        flow_buf_init(&bytes, FLOW_BUF_FILE);
        flow_buf_printf(&path, "%s%s", f->path.data, ends[i]);
        if (flow_path_exists(path.data))
            assert_ok(flow_file_read(path.data, &bytes, &f->err), &f->err);
        for (size_t at = 0; at + strlen(text) <= bytes.len; at++)
            found = found || memcmp(bytes.data + at, text, strlen(text)) == 0;
        flow_buf_release(&bytes);
        flow_buf_release(&path);
    }
    return found;
}

static void check_sound(struct fixture *f)
{
    static const char *const checks[] = {
        "SELECT count(*) FROM pragma_foreign_key_check",
        "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'"};
    for (size_t i = 0; i < 2; i++) {
        struct flow_sql sql;
        sqlite3_stmt *row = NULL;
        assert_ok(flow_sql_open(&sql, f->path.data, SQLITE_OPEN_READONLY, "the ledger", &f->err), &f->err);
        assert_ok(flow_sql_bind(&sql, &row, &f->err, checks[i], ""), &f->err);
        assert_int_equal(flow_sql_step(&sql, row, &f->err), 1);
        assert_int_equal(sqlite3_column_int(row, 0), 0);
        flow_sql_done(row);
        flow_sql_close(&sql);
    }
}

static void purge_takes_words_and_leaves_proof_and_money(void **state)
{
    struct fixture *f = *state;
    struct flow_spending before, after;
    struct flow_unit_state unit;
    struct flow_purged purged;
    review(f, "a.c", "an old prompt", "an old reply");
    assert_ok(flow_ledger_event(f->ledger, f->run, "note", NULL, "an old event", &f->err), &f->err);
    assert_true(file_holds(f, "an old reply"));
    assert_ok(flow_ledger_spending(f->ledger, f->run, &before, &f->err), &f->err);
    assert_ok(flow_ledger_purge(f->ledger, after_now(), &purged, &f->err), &f->err);
    assert_int_equal(purged.calls, 2);
    assert_int_equal(purged.blocks, 2);
    assert_int_equal(purged.findings, 1);
    assert_int_equal(purged.events, 1);
    assert_int_equal(purged.kept, 0);
    assert_false(file_holds(f, "an old prompt"));
    assert_false(file_holds(f, "an old reply"));
    assert_false(file_holds(f, "an old event"));
    assert_false(file_holds(f, "a claim that quotes"));
    assert_ok(flow_ledger_spending(f->ledger, f->run, &after, &f->err), &f->err);
    assert_memory_equal(&before, &after, sizeof before);
    assert_int_equal(after.spent_nano_usd, 14);
    // Its verdicts still stand behind it: what goes on from accepted goes on.
    assert_int_equal(flow_ledger_unit_get(f->ledger, f->run, "a.c", &unit, &f->err), 1);
    assert_string_equal(unit.state, "accepted");
    strcpy(unit.state, "committed");
    assert_ok(flow_ledger_unit_set(f->ledger, f->run, "a.c", &unit, &f->err), &f->err);
    flow_unit_state_release(&unit);
    check_sound(f);
}

static void purged_call_is_no_reply(void **state)
{
    struct fixture *f = *state;
    struct flow_stored stored;
    struct flow_purged purged;
    struct flow_id key;
    call(f, "a.c", "k", "p", "");
    assert_ok(flow_id_of(&key, "k", 1, &f->err), &f->err);
    assert_int_equal(flow_ledger_call_find(f->ledger, &key, &stored, &f->err), 1);
    flow_stored_release(&stored);
    assert_ok(flow_ledger_purge(f->ledger, after_now(), &purged, &f->err), &f->err);
    assert_int_equal(flow_ledger_call_find(f->ledger, &key, &stored, &f->err), 0);
    call(f, "a.c", "k", "p", "again");
    assert_int_equal(flow_ledger_call_find(f->ledger, &key, &stored, &f->err), 1);
    assert_string_equal(stored.text, "again");
    flow_stored_release(&stored);
}

static void purge_spares_what_is_newer_or_in_work(void **state)
{
    struct fixture *f = *state;
    struct flow_purged purged;
    struct flow_unit_state state_of_b = {.state = "drafted", .source_id = SOURCE, .target_id = TARGET};
    call(f, "a.c", "old", "a prompt of a", "a reply of a");
    call(f, "b.c", "work", "a prompt of b", "a reply of b");
    int64_t before = after_now();
    after_now();
    assert_ok(flow_ledger_unit_set(f->ledger, f->run, "b.c", &state_of_b, &f->err), &f->err);
    call(f, "a.c", "new", "a new prompt", "a new reply");
    assert_ok(flow_ledger_event(f->ledger, f->run, "note", NULL, "a new event", &f->err), &f->err);
    assert_ok(flow_ledger_purge(f->ledger, before, &purged, &f->err), &f->err);
    assert_int_equal(purged.calls, 1);
    assert_int_equal(purged.blocks, 1); // the guide is used by the calls that stay
    assert_int_equal(purged.kept, 1);
    assert_false(file_holds(f, "a reply of a"));
    assert_true(file_holds(f, "a prompt of b"));
    assert_true(file_holds(f, "a reply of b"));
    assert_true(file_holds(f, "a new reply"));
    assert_true(file_holds(f, "a new event"));
    assert_true(file_holds(f, "what all prompts begin with"));
    check_sound(f);
    assert_ok(flow_ledger_purge(f->ledger, before, &purged, &f->err), &f->err);
    assert_int_equal(purged.calls, 0);
    assert_int_equal(purged.blocks, 0);
}

static void purge_keeps_what_a_unit_is_updated_from(void **state)
{
    struct fixture *f = *state;
    struct flow_unit_state unit = {
        .state = "ready", .source_id = SOURCE, .target_id = TARGET, .generation = 2};
    static const char *const texts[] = {"of generation nought", "of generation one", "of generation two"};
    struct flow_purged purged;
    struct flow_id id;
    for (unsigned i = 0; i < 3; i++)
        assert_ok(flow_ledger_input_pin(f->ledger, f->run, "a.c", i, "source.0", texts[i], strlen(texts[i]),
                                        &id, &f->err),
                  &f->err);
    assert_ok(flow_ledger_unit_set(f->ledger, f->run, "a.c", &unit, &f->err), &f->err);
    assert_ok(flow_ledger_purge(f->ledger, after_now(), &purged, &f->err), &f->err);
    assert_int_equal(purged.blocks, 1);
    assert_false(file_holds(f, texts[0]));
    assert_true(file_holds(f, texts[1]));
    assert_true(file_holds(f, texts[2]));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(export_holds_every_table_and_its_texts),
        CASE(call_names_its_blocks_in_order),
        CASE(reader_can_end_an_export),
        CASE(purge_takes_words_and_leaves_proof_and_money),
        CASE(purged_call_is_no_reply),
        CASE(purge_spares_what_is_newer_or_in_work),
        CASE(purge_keeps_what_a_unit_is_updated_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
