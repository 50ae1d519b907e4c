// SPDX-License-Identifier: MIT
// What other terminals leave in the ledger, what those who only look find there, and the lock that they ask
// about.
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/store/control.h"
#include "flow/store/query.h"
#include "folder.h"

struct ground {
    struct flow_buf path, dir;
    struct flow_ledger *ledger;
    struct flow_error err;
    int64_t run;
    struct flow_buf seen; // what a listing gave
};

static void open_ground(struct ground *g, void **state)
{
    *g = (struct ground){.err = FLOW_ERROR_INIT};
    flow_buf_init(&g->path, FLOW_BUF_LINE);
    flow_buf_init(&g->dir, FLOW_BUF_LINE);
    flow_buf_init(&g->seen, FLOW_BUF_TEXT);
    folder_path(state, &g->path, "ledger.db");
    flow_buf_puts(&g->dir, *state);
    assert_ok(flow_ledger_open(&g->ledger, g->path.data, &g->err), &g->err);
    assert_ok(flow_ledger_run(g->ledger, "port", "main", &g->run, &g->err), &g->err);
}

static void close_ground(struct ground *g)
{
    flow_ledger_free(g->ledger);
    flow_buf_release(&g->seen);
    flow_buf_release(&g->dir);
    flow_buf_release(&g->path);
}

static int note_control(const struct flow_control *control, void *payload)
{
    struct ground *g = payload;
    flow_buf_printf(&g->seen, "%s=%s ", control->key, control->value);
    return 0;
}

static int note_event(const struct flow_event_row *event, void *payload)
{
    struct ground *g = payload;
    flow_buf_printf(&g->seen, "%s:%s:%s ", event->kind, event->unit ? event->unit : "-", event->text);
    return 0;
}

static const char *controls(struct ground *g)
{
    flow_buf_clear(&g->seen);
    assert_ok(flow_ledger_controls(g->ledger, g->run, note_control, g, &g->err), &g->err);
    return g->seen.data;
}

static void controls_replace_each_other_and_leave_events(void **state)
{
    struct ground g;
    open_ground(&g, state);
    assert_ok(flow_ledger_control_set(g.ledger, g.run, "unit:a.c", "hold me", "a.c", "hold", &g.err), &g.err);
    assert_ok(flow_ledger_control_set(g.ledger, g.run, FLOW_CONTROL_PAUSE, "me", NULL, "pause", &g.err),
              &g.err);
    assert_ok(flow_ledger_control_set(g.ledger, g.run, "unit:a.c", "retry me", "a.c", "retry", &g.err),
              &g.err);
    assert_string_equal(controls(&g), "pause=me unit:a.c=retry me ");
    assert_ok(flow_ledger_control_set(g.ledger, g.run, FLOW_CONTROL_PAUSE, NULL, NULL, "continue", &g.err),
              &g.err);
    assert_string_equal(controls(&g), "unit:a.c=retry me ");
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_events(g.ledger, g.run, NULL, note_event, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data,
                        "control:a.c:hold control:-:pause control:a.c:retry control:-:continue ");
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_events(g.ledger, g.run, "a.c", note_event, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "control:a.c:hold control:a.c:retry ");
    close_ground(&g);
}

static int take_changed(const struct flow_control *control, void *payload)
{
    *(int64_t *)payload = control->changed;
    return 0;
}

static void what_was_asked_for_anew_is_not_taken_away(void **state)
{
    struct ground g;
    int64_t changed = 0;
    open_ground(&g, state);
    assert_ok(flow_ledger_control_set(g.ledger, g.run, "unit:a.c", "hold me", "a.c", "hold", &g.err), &g.err);
    assert_ok(flow_ledger_controls(g.ledger, g.run, take_changed, &changed, &g.err), &g.err);
    struct flow_control done = {.key = "unit:a.c", .value = "hold me", .changed = changed};
    assert_ok(flow_ledger_control_set(g.ledger, g.run, "unit:a.c", "retry me", "a.c", "retry", &g.err),
              &g.err);
    assert_ok(flow_ledger_control_done(g.ledger, g.run, &done, &g.err), &g.err);
    assert_string_equal(controls(&g), "unit:a.c=retry me ");
    assert_ok(flow_ledger_controls(g.ledger, g.run, take_changed, &done.changed, &g.err), &g.err);
    done.value = "retry me";
    assert_ok(flow_ledger_control_done(g.ledger, g.run, &done, &g.err), &g.err);
    assert_string_equal(controls(&g), "");
    close_ground(&g);
}

static void a_budget_is_set_and_raised_in_part(void **state)
{
    struct ground g;
    struct flow_spending now;
    struct flow_budget change = {.nano_usd = 100, .tokens = -1, .calls = -1};
    open_ground(&g, state);
    assert_err(flow_ledger_budget_change(g.ledger, g.run, &change, true, "more", &g.err), &g.err,
               FLOW_E_REFUSED);
    assert_ok(flow_ledger_budget_change(g.ledger, g.run, &change, false, "some", &g.err), &g.err);
    change = (struct flow_budget){.nano_usd = -1, .tokens = 7, .calls = -1};
    assert_ok(flow_ledger_budget_change(g.ledger, g.run, &change, false, "tokens", &g.err), &g.err);
    change = (struct flow_budget){.nano_usd = 5, .tokens = -1, .calls = -1};
    assert_ok(flow_ledger_budget_change(g.ledger, g.run, &change, true, "more", &g.err), &g.err);
    assert_ok(flow_ledger_spending(g.ledger, g.run, &now, &g.err), &g.err);
    assert_int_equal(now.limit.nano_usd, 105);
    assert_int_equal(now.limit.tokens, 7);
    assert_int_equal(now.limit.calls, -1);
    // What was refused left nothing behind.
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_events(g.ledger, g.run, NULL, note_event, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "control:-:some control:-:tokens control:-:more ");
    close_ground(&g);
}

static int note_run(const struct flow_run_row *run, void *payload)
{
    struct ground *g = payload;
    flow_buf_printf(&g->seen, "%s/%s%s ", run->job, run->name,
                    flow_run_is_called(run, "port/main") && flow_run_is_called(run, "main") ? "!" : "");
    return 0;
}

static int note_state(const char *state, int64_t count, void *payload)
{
    struct ground *g = payload;
    flow_buf_printf(&g->seen, "%s=%lld ", state, (long long)count);
    return 0;
}

static void put_unit(struct ground *g, const char *unit, const char *state, char *reason)
{
    struct flow_unit_state row = {.reason = reason};
    strcpy(row.state, state);
    assert_ok(flow_ledger_unit_set(g->ledger, g->run, unit, &row, &g->err), &g->err);
}

static void who_looks_sees_runs_and_census_and_writes_nothing(void **state)
{
    struct ground g;
    struct flow_ledger *look = NULL;
    int64_t other;
    char reason[] = "a reviewer gave no verdict";
    open_ground(&g, state);
    assert_ok(flow_ledger_run(g.ledger, "fix", "main", &other, &g.err), &g.err);
    put_unit(&g, "a.c", "gated", reason);
    put_unit(&g, "b.c", "gated", NULL);
    put_unit(&g, "c.c", "failed", reason);
    put_unit(&g, "d.c", "failed", reason);
    assert_ok(flow_ledger_look(&look, g.path.data, &g.err), &g.err);
    assert_ok(flow_ledger_runs(look, note_run, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "port/main! fix/main ");
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_census(look, g.run, note_state, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "failed=2 gated=1 unreviewed=1 ");
    assert_err(flow_ledger_event(look, g.run, "note", NULL, "no", &g.err), &g.err, FLOW_E_INTERNAL);
    // What is written meanwhile is seen.
    put_unit(&g, "d.c", "held", reason);
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_census(look, g.run, note_state, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "failed=1 gated=1 held=1 unreviewed=1 ");
    flow_ledger_free(look);
    close_ground(&g);
}

static void where_there_is_no_ledger_none_is_made(void **state)
{
    struct flow_buf path;
    struct flow_ledger *look = NULL;
    struct flow_error err = FLOW_ERROR_INIT;
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "ledger.db");
    assert_err(flow_ledger_look(&look, path.data, &err), &err, FLOW_E_NOT_FOUND);
    assert_false(flow_path_exists(path.data));
    folder_write(state, "ledger.db", "");
    assert_err(flow_ledger_look(&look, path.data, &err), &err, FLOW_E_NOT_FOUND);
    flow_buf_release(&path);
}

static int64_t make_call(struct ground *g, const char *unit, const char *reply)
{
    struct flow_text text = {.data = "prompt", .len = 6};
    int64_t call = 0;
    assert_ok(flow_ledger_texts_name(g->ledger, &text, 1, &g->err), &g->err);
    struct flow_call what = {.unit = unit,
                             .role = "translate",
                             .lens = "",
                             .step = unit,
                             .model = "m/x",
                             .texts = &text,
                             .text_count = 1};
    assert_ok(flow_id_of(&what.key, unit, strlen(unit), &g->err), &g->err);
    assert_ok(flow_ledger_call_begin(g->ledger, g->run, &what, &call, &g->err), &g->err);
    struct flow_outcome outcome = {.status = "done",
                                   .text = reply,
                                   .len = strlen(reply),
                                   .extra = "{}",
                                   .output = 5,
                                   .priced = true,
                                   .nano_usd = 10};
    if (reply[0])
        assert_ok(flow_ledger_call_settle(g->ledger, call, &outcome, &g->err), &g->err);
    return call;
}

static int note_call(const struct flow_call_row *call, void *payload)
{
    struct ground *g = payload;
    flow_buf_printf(&g->seen, "%s:%s:%.*s:%s ", call->unit, call->status, (int)call->reply_len,
                    call->reply ? call->reply : "", call->extra ? call->extra : "-");
    return 0;
}

static int note_block(const char *hash, const void *data, size_t len, void *payload)
{
    struct ground *g = payload;
    flow_buf_printf(&g->seen, "%zu:", strlen(hash));
    flow_buf_add(&g->seen, data, len);
    return 0;
}

static void calls_are_listed_with_and_without_their_texts(void **state)
{
    struct ground g;
    struct flow_rate rate = {0};
    open_ground(&g, state);
    int64_t first = make_call(&g, "a.c", "one");
    make_call(&g, "b.c", "two");
    make_call(&g, "c.c", "");
    assert_ok(flow_ledger_calls(g.ledger, g.run, NULL, false, note_call, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "a.c:done::- b.c:done::- c.c:open::- ");
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_calls(g.ledger, g.run, "b.c", true, note_call, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "b.c:done:two:{} ");
    flow_buf_clear(&g.seen);
    assert_ok(flow_ledger_call_prompt(g.ledger, first, note_block, &g, &g.err), &g.err);
    assert_string_equal(g.seen.data, "40:prompt");
    assert_ok(flow_ledger_rate(g.ledger, g.run, 0, &rate, &g.err), &g.err);
    assert_int_equal(rate.calls, 2);
    assert_int_equal(rate.nano_usd, 20);
    assert_ok(flow_ledger_rate(g.ledger, g.run, INT64_MAX, &rate, &g.err), &g.err);
    assert_int_equal(rate.calls, 0);
    close_ground(&g);
}

static void a_text_leads_to_the_unit_that_was_accepted_with_it(void **state)
{
    struct ground g;
    struct flow_id id;
    unsigned generation = 0;
    open_ground(&g, state);
    assert_ok(flow_ledger_input_pin(g.ledger, g.run, "a.c", 0, "accepted", "old", 3, &id, &g.err), &g.err);
    assert_ok(flow_ledger_input_pin(g.ledger, g.run, "a.c", 1, "accepted", "new", 3, &id, &g.err), &g.err);
    assert_int_equal(flow_ledger_accepted_as(g.ledger, g.run, &id, &g.seen, &generation, &g.err), 1);
    assert_string_equal(g.seen.data, "a.c");
    assert_int_equal(generation, 1);
    // The same text as anything else does not count.
    assert_ok(flow_ledger_input_pin(g.ledger, g.run, "b.c", 0, "guide", "text", 4, &id, &g.err), &g.err);
    assert_int_equal(flow_ledger_accepted_as(g.ledger, g.run, &id, &g.seen, &generation, &g.err), 0);
    close_ground(&g);
}

static void the_holder_is_known_and_what_it_says(void **state)
{
    const char *dir = *state;
    struct flow_run_holder holder;
    struct flow_run_lock *lock = NULL, *second = NULL;
    struct flow_error err = FLOW_ERROR_INIT;
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 0);
    assert_ok(flow_run_lock(&lock, dir, "port.main", false, NULL, &err), &err);
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 1);
    assert_int_equal(holder.process, getpid());
    assert_true(strlen(holder.host) > 0);
    assert_int_equal(strlen(holder.since), strlen("2026-11-22T10:15:00Z"));
    assert_string_equal(holder.note, "");
    flow_run_lock_note(lock, "a long note");
    flow_run_lock_note(lock, "short");
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 1);
    assert_string_equal(holder.note, "short");
    // Who asked did not take the lock, nor gave it away.
    assert_err(flow_run_lock(&second, dir, "port.main", false, NULL, &err), &err, FLOW_E_REFUSED);
    assert_non_null(strstr(err.message, holder.host));
    assert_non_null(strstr(err.message, holder.since));
    flow_run_unlock(lock);
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 0);
}

// Holds the lock, says so, and waits to be killed.
static void hold_and_wait(const char *dir, int said)
{
    struct flow_run_lock *lock = NULL;
    if (flow_run_lock(&lock, dir, "port.main", false, NULL, NULL) == 0)
        (void)!write(said, "x", 1);
    for (;;)
        pause();
}

static void the_lock_of_a_dead_holder_is_taken_over(void **state)
{
    const char *dir = *state;
    struct flow_run_holder holder;
    struct flow_run_lock *lock = NULL;
    struct flow_error err = FLOW_ERROR_INIT;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0)
        hold_and_wait(dir, ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 1);
    assert_int_equal(holder.process, child);
    assert_err(flow_run_lock(&lock, dir, "port.main", false, NULL, &err), &err, FLOW_E_REFUSED);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 0);
    assert_ok(flow_run_lock(&lock, dir, "port.main", false, NULL, &err), &err);
    assert_int_equal(flow_run_holder(&holder, dir, "port.main", &err), 1);
    assert_int_equal(holder.process, getpid());
    flow_run_unlock(lock);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        CASE(controls_replace_each_other_and_leave_events),
        CASE(what_was_asked_for_anew_is_not_taken_away),
        CASE(a_budget_is_set_and_raised_in_part),
        CASE(who_looks_sees_runs_and_census_and_writes_nothing),
        CASE(where_there_is_no_ledger_none_is_made),
        CASE(calls_are_listed_with_and_without_their_texts),
        CASE(a_text_leads_to_the_unit_that_was_accepted_with_it),
        CASE(the_holder_is_known_and_what_it_says),
        CASE(the_lock_of_a_dead_holder_is_taken_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
