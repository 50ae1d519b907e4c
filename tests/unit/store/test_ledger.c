// SPDX-License-Identifier: MIT
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/thread.h"
#include "flow/store/ledger.h"

struct fixture {
    char dir[64], path[96];
    struct flow_ledger *ledger;
    struct flow_error err;
    int64_t run;
};

static const struct flow_id SOURCE = {"1111111111111111111111111111111111111111"};
static const struct flow_id TARGET = {"2222222222222222222222222222222222222222"};
static const struct flow_id EDITED = {"3333333333333333333333333333333333333333"};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->dir, "/tmp/flow-ledger-XXXXXX");
    if (!mkdtemp(f->dir))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/ledger.db", f->dir);
    if (flow_ledger_open(&f->ledger, f->path, &f->err) != 0 ||
        flow_ledger_run(f->ledger, "port", "main", &f->run, &f->err) != 0)
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    flow_ledger_free(f->ledger);
    flow_dir_remove(f->dir, NULL);
    free(f);
    return 0;
}

static void reopen(struct fixture *f)
{
    flow_ledger_free(f->ledger);
    f->ledger = NULL;
    assert_ok(flow_ledger_open(&f->ledger, f->path, &f->err), &f->err);
}

static int begin(struct fixture *f, const char *key_text, int64_t nano, int64_t *call)
{
    struct flow_text text = {.data = "prompt", .len = 6};
    assert_ok(flow_ledger_texts_name(f->ledger, &text, 1, &f->err), &f->err);
    struct flow_call what = {
        .unit = "a.c", .role = "review", .lens = "behaviour", .step = key_text, .model = "m/x"};
    what.texts = &text;
    what.text_count = 1;
    what.reserve_nano_usd = nano;
    what.reserve_tokens = 100;
    assert_ok(flow_id_of(&what.key, key_text, strlen(key_text), &f->err), &f->err);
    return flow_ledger_call_begin(f->ledger, f->run, &what, call, &f->err);
}

static void settle(struct fixture *f, int64_t call, const char *text, int64_t nano)
{
    struct flow_outcome outcome = {.status = "done",
                                   .text = text,
                                   .len = strlen(text),
                                   .input = 10,
                                   .output = 5,
                                   .priced = true,
                                   .nano_usd = nano};
    assert_ok(flow_ledger_call_settle(f->ledger, call, &outcome, &f->err), &f->err);
}

static int64_t finished_call(struct fixture *f, const char *key_text)
{
    int64_t call = 0;
    assert_int_equal(begin(f, key_text, 1000, &call), 0);
    settle(f, call, "reply", 10);
    return call;
}

static void put_unit(struct fixture *f, const char *state_name)
{
    struct flow_unit_state state = {.source_id = SOURCE, .target_id = TARGET, .round = 1};
    strcpy(state.state, state_name);
    assert_ok(flow_ledger_unit_set(f->ledger, f->run, "a.c", &state, &f->err), &f->err);
}

static int verdict(struct fixture *f, unsigned round, const char *lens, int64_t call, bool accept,
                   const struct flow_id *target)
{
    return flow_ledger_verdict_put(f->ledger, f->run, "a.c", round, lens, call, accept, &SOURCE, target, NULL,
                                   0, &f->err);
}

static void reply_is_found_by_key_in_another_process(void **state)
{
    struct fixture *f = *state;
    int64_t call = finished_call(f, "k1");
    reopen(f);
    struct flow_id key;
    assert_ok(flow_id_of(&key, "k1", 2, &f->err), &f->err);
    struct flow_stored stored;
    assert_int_equal(flow_ledger_call_find(f->ledger, &key, &stored, &f->err), 1);
    assert_int_equal(stored.call, call);
    assert_string_equal(stored.text, "reply");
    assert_int_equal(stored.nano_usd, 10);
    flow_stored_release(&stored);
    assert_ok(flow_id_of(&key, "other", 5, &f->err), &f->err);
    assert_int_equal(flow_ledger_call_find(f->ledger, &key, &stored, &f->err), 0);
}

static void open_call_is_no_reply(void **state)
{
    struct fixture *f = *state;
    int64_t call;
    assert_int_equal(begin(f, "k1", 1000, &call), 0);
    struct flow_id key;
    assert_ok(flow_id_of(&key, "k1", 2, &f->err), &f->err);
    struct flow_stored stored;
    assert_int_equal(flow_ledger_call_find(f->ledger, &key, &stored, &f->err), 0);
}

static void budget_is_reserved_before_a_call(void **state)
{
    struct fixture *f = *state;
    struct flow_budget limit = {.nano_usd = 2500, .tokens = -1, .calls = -1};
    assert_ok(flow_ledger_budget_set(f->ledger, f->run, &limit, &f->err), &f->err);
    int64_t a, b, c;
    assert_int_equal(begin(f, "a", 1000, &a), 0);
    assert_int_equal(begin(f, "b", 1000, &b), 0);
    assert_int_equal(begin(f, "c", 1000, &c), 1); // others are out: wait
    settle(f, a, "x", 400);
    assert_int_equal(begin(f, "c", 1000, &c), 0); // what was not used is free again
    settle(f, b, "x", 1000);
    settle(f, c, "x", 1000);
    assert_err(begin(f, "d", 1000, &c), &f->err, FLOW_E_BUDGET);
    assert_non_null(strstr(f->err.message, "larger --budget"));
    reopen(f);
    assert_err(begin(f, "d", 1000, &c), &f->err, FLOW_E_BUDGET); // not a fresh one in a new process
    struct flow_spending spending;
    assert_ok(flow_ledger_spending(f->ledger, f->run, &spending, &f->err), &f->err);
    assert_int_equal(spending.spent_nano_usd, 2400);
    assert_int_equal(spending.reserved_nano_usd, 0);
    assert_int_equal(spending.in_flight, 0);
    assert_int_equal(spending.calls, 3);
    assert_int_equal(spending.input, 30);
}

// Calls of one process, as many as the budget has room for; 0 where it ended since that was used up.
static int spend_all(struct fixture *f, int process)
{
    char key[32];
    int64_t call;
    flow_ledger_free(f->ledger);
    if (flow_ledger_open(&f->ledger, f->path, &f->err) != 0)
        return 1;
    for (int i = 0;; i++) {
        snprintf(key, sizeof key, "%d.%d", process, i);
        int result = begin(f, key, 1000, &call);
        if (result < 0)
            return f->err.code == FLOW_E_BUDGET ? 0 : 2;
        if (result == 0)
            settle(f, call, "x", 300);
        else
            flow_ledger_wait(f->ledger, 0.001);
    }
}

static void processes_share_one_budget_to_its_rest(void **state)
{
    struct fixture *f = *state;
    pid_t children[4];
    struct flow_budget limit = {.nano_usd = 20000, .tokens = -1, .calls = -1};
    struct flow_spending spending;
    assert_ok(flow_ledger_budget_set(f->ledger, f->run, &limit, &f->err), &f->err);
    // SQLite's connections are not carried over a fork.
    flow_ledger_free(f->ledger);
    f->ledger = NULL;
    for (int i = 0; i < 4; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(spend_all(f, i));
    }
    for (int i = 0; i < 4; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_ok(flow_ledger_open(&f->ledger, f->path, &f->err), &f->err);
    assert_ok(flow_ledger_spending(f->ledger, f->run, &spending, &f->err), &f->err);
    assert_int_equal(spending.in_flight, 0);
    // Never above the limit, and no call more would have fitted.
    assert_in_range(spending.spent_nano_usd, 19001, 20000);
}

static int note_cost(const struct flow_cost_row *row, void *payload)
{
    char *text = payload;
    sprintf(text + strlen(text), "%s/%s %lld %lld %lld %lld\n", row->role, row->lens, (long long)row->calls,
            (long long)row->nano_usd, (long long)row->unpriced_calls, (long long)row->cut_calls);
    return 0;
}

static void costs_tell_what_is_not_known(void **state)
{
    struct fixture *f = *state;
    struct flow_outcome unpriced = {.status = "done", .text = "x", .len = 1, .input = 7};
    char text[500] = "";
    int64_t call;
    finished_call(f, "a");
    assert_int_equal(begin(f, "b", 0, &call), 0);
    assert_ok(flow_ledger_call_settle(f->ledger, call, &unpriced, &f->err), &f->err);
    assert_int_equal(begin(f, "c", 700, &call), 0);
    assert_int_equal(begin(f, "d", 0, &call), 0); // of a model without a price: it was not free
    size_t count;
    assert_ok(flow_ledger_recover(f->ledger, f->run, &count, &f->err), &f->err);
    assert_ok(flow_ledger_costs(f->ledger, f->run, NULL, note_cost, text, &f->err), &f->err);
    assert_string_equal(text, "review/behaviour 4 710 2 2\n");
}

static void token_and_call_budgets_hold_too(void **state)
{
    struct fixture *f = *state;
    int64_t call;
    struct flow_budget limit = {.nano_usd = -1, .tokens = 99, .calls = -1};
    assert_ok(flow_ledger_budget_set(f->ledger, f->run, &limit, &f->err), &f->err);
    assert_err(begin(f, "a", 0, &call), &f->err, FLOW_E_BUDGET);
    limit = (struct flow_budget){.nano_usd = -1, .tokens = -1, .calls = 1};
    assert_ok(flow_ledger_budget_set(f->ledger, f->run, &limit, &f->err), &f->err);
    finished_call(f, "a");
    assert_err(begin(f, "b", 0, &call), &f->err, FLOW_E_BUDGET);
}

static void a_unit_has_an_allowance_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct flow_allowance allowance = {.limit = {.nano_usd = -1, .tokens = -1, .calls = 2}, .name = "n"};
    struct flow_call what = {
        .unit = "a.c", .role = "review", .step = "s", .model = "m", .allowance = &allowance};
    struct flow_budget taken;
    int64_t call;
    // Calls count while they are out, tokens and money when they are settled.
    assert_int_equal(begin(f, "a", 500, &call), 0);
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), 0);
    settle(f, call, "x", 40000000);
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), 2);
    assert_int_equal(f->err.code, FLOW_E_BUDGET);
    assert_non_null(strstr(f->err.message, "took 2 calls, n allows 2"));
    assert_ok(flow_ledger_taken(f->ledger, f->run, "a.c", &taken, &f->err), &f->err);
    assert_int_equal(taken.calls, 2);
    assert_int_equal(taken.tokens, 15);
    assert_int_equal(taken.nano_usd, 40000000);
    allowance.limit = (struct flow_budget){.nano_usd = -1, .tokens = 15, .calls = -1};
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), 2);
    assert_non_null(strstr(f->err.message, "took 15 tokens, n allows 15"));
    allowance.limit = (struct flow_budget){.nano_usd = 40000000, .tokens = -1, .calls = -1};
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), 2);
    assert_non_null(strstr(f->err.message, "took $0.0400, n allows $0.0400"));
    // Another unit has its own, and what was taken before does not count.
    what.unit = "b.c";
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), 0);
    what.unit = "a.c";
    allowance.before = taken;
    assert_int_equal(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), 0);
}

static void settling_passes_the_budget(void **state)
{
    struct fixture *f = *state;
    struct flow_budget limit = {.nano_usd = 1000, .tokens = -1, .calls = -1};
    assert_ok(flow_ledger_budget_set(f->ledger, f->run, &limit, &f->err), &f->err);
    int64_t call;
    assert_int_equal(begin(f, "a", 1000, &call), 0);
    settle(f, call, "dearer than thought", 5000);
    struct flow_spending spending;
    assert_ok(flow_ledger_spending(f->ledger, f->run, &spending, &f->err), &f->err);
    assert_int_equal(spending.spent_nano_usd, 5000);
}

static void what_died_in_flight_counts_in_full(void **state)
{
    struct fixture *f = *state;
    int64_t call;
    assert_int_equal(begin(f, "a", 700, &call), 0);
    reopen(f);
    size_t count = 0;
    assert_ok(flow_ledger_recover(f->ledger, f->run, &count, &f->err), &f->err);
    assert_int_equal(count, 1);
    struct flow_spending spending;
    assert_ok(flow_ledger_spending(f->ledger, f->run, &spending, &f->err), &f->err);
    assert_int_equal(spending.spent_nano_usd, 700);
    assert_int_equal(spending.spent_tokens, 100);
    assert_int_equal(spending.in_flight, 0);
    assert_ok(flow_ledger_recover(f->ledger, f->run, &count, &f->err), &f->err);
    assert_int_equal(count, 0);
}

static void settled_call_does_not_change(void **state)
{
    struct fixture *f = *state;
    int64_t call = finished_call(f, "a");
    struct flow_outcome outcome = {.status = "failed", .text = "", .nano_usd = 99};
    assert_err(flow_ledger_call_settle(f->ledger, call, &outcome, &f->err), &f->err, FLOW_E_REFUSED);
}

static void accepted_needs_both_verdicts_on_these_bytes(void **state)
{
    struct fixture *f = *state;
    struct flow_unit_state early = {.state = "accepted", .source_id = SOURCE, .target_id = TARGET};
    assert_err(flow_ledger_unit_set(f->ledger, f->run, "a.c", &early, &f->err), &f->err, FLOW_E_REFUSED);
    put_unit(f, "reviewed");
    assert_err(flow_ledger_accept(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err,
               FLOW_E_REFUSED);
    assert_ok(flow_ledger_round_put(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err);
    int64_t one = finished_call(f, "one"), two = finished_call(f, "two");
    assert_ok(verdict(f, 1, "behaviour", one, true, &TARGET), &f->err);
    assert_err(flow_ledger_accept(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err,
               FLOW_E_REFUSED);
    assert_int_not_equal(verdict(f, 1, "soundness", one, true, &TARGET), 0); // the same call twice
    assert_int_not_equal(verdict(f, 1, "soundness", two, true, &EDITED), 0); // other bytes
    assert_ok(verdict(f, 1, "soundness", two, true, &TARGET), &f->err);
    assert_err(flow_ledger_accept(f->ledger, f->run, "a.c", 1, &SOURCE, &EDITED, &f->err), &f->err,
               FLOW_E_REFUSED);
    assert_ok(flow_ledger_accept(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err);
}

static void rejecting_verdict_and_older_round_do_not_count(void **state)
{
    struct fixture *f = *state;
    put_unit(f, "reviewed");
    assert_ok(flow_ledger_round_put(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err);
    assert_ok(verdict(f, 1, "behaviour", finished_call(f, "1b"), true, &TARGET), &f->err);
    assert_ok(verdict(f, 1, "soundness", finished_call(f, "1s"), true, &TARGET), &f->err);
    assert_ok(flow_ledger_round_put(f->ledger, f->run, "a.c", 2, &SOURCE, &TARGET, &f->err), &f->err);
    assert_err(flow_ledger_accept(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err,
               FLOW_E_REFUSED);
    assert_ok(verdict(f, 2, "behaviour", finished_call(f, "2b"), true, &TARGET), &f->err);
    assert_ok(verdict(f, 2, "soundness", finished_call(f, "2s"), false, &TARGET), &f->err);
    assert_err(flow_ledger_accept(f->ledger, f->run, "a.c", 2, &SOURCE, &TARGET, &f->err), &f->err,
               FLOW_E_REFUSED);
}

static void edit_voids_acceptance(void **state)
{
    struct fixture *f = *state;
    put_unit(f, "reviewed");
    assert_ok(flow_ledger_round_put(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err);
    assert_ok(verdict(f, 1, "behaviour", finished_call(f, "b"), true, &TARGET), &f->err);
    assert_ok(verdict(f, 1, "soundness", finished_call(f, "s"), true, &TARGET), &f->err);
    assert_ok(flow_ledger_accept(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err);
    struct flow_unit_state edited = {
        .state = "committed", .source_id = SOURCE, .target_id = EDITED, .round = 1};
    assert_err(flow_ledger_unit_set(f->ledger, f->run, "a.c", &edited, &f->err), &f->err, FLOW_E_REFUSED);
    put_unit(f, "committed");
    struct flow_unit_state now;
    assert_int_equal(flow_ledger_unit_get(f->ledger, f->run, "a.c", &now, &f->err), 1);
    assert_string_equal(now.state, "committed");
    flow_unit_state_release(&now);
}

static int count_findings(const struct flow_finding_row *finding, void *payload)
{
    struct flow_finding_row *last = payload;
    last->id = finding->id;
    last->round++;
    if (finding->round == 1 && !strcmp(finding->lens, "behaviour") && !strcmp(finding->claim, "off by one"))
        last->source_line = finding->source_line;
    return 0;
}

static void findings_come_with_their_verdict_and_are_stored_once(void **state)
{
    struct fixture *f = *state;
    assert_ok(flow_ledger_round_put(f->ledger, f->run, "a.c", 1, &SOURCE, &TARGET, &f->err), &f->err);
    int64_t call = finished_call(f, "b");
    struct flow_finding_row finding = {
        .severity = "major", .file = "a.c", .source_line = 7, .claim = "off by one", .evidence = "i <= n"};
    for (int again = 0; again < 2; again++)
        assert_ok(flow_ledger_verdict_put(f->ledger, f->run, "a.c", 1, "behaviour", call, false, &SOURCE,
                                          &TARGET, &finding, 1, &f->err),
                  &f->err);
    struct flow_finding_row seen = {0};
    assert_ok(flow_ledger_findings(f->ledger, f->run, "a.c", count_findings, &seen, &f->err), &f->err);
    assert_int_equal(seen.round, 1);
    assert_int_equal(seen.source_line, 7);
    assert_ok(flow_ledger_finding_fate(f->ledger, seen.id, "rejected", "it is not", &f->err), &f->err);
}

static void inputs_are_pinned_once(void **state)
{
    struct fixture *f = *state;
    struct flow_id first, second, read;
    assert_ok(flow_ledger_input_pin(f->ledger, f->run, "a.c", 0, "guide", "old", 3, &first, &f->err),
              &f->err);
    assert_ok(flow_ledger_input_pin(f->ledger, f->run, "a.c", 0, "guide", "new", 3, &second, &f->err),
              &f->err);
    assert_string_equal(first.hex, second.hex);
    assert_ok(flow_ledger_input_pin(f->ledger, f->run, "a.c", 1, "guide", "new", 3, &second, &f->err),
              &f->err);
    assert_string_not_equal(first.hex, second.hex);
    assert_int_equal(flow_ledger_input_get(f->ledger, f->run, "a.c", 0, "guide", &read, &f->err), 1);
    assert_string_equal(read.hex, first.hex);
    assert_int_equal(flow_ledger_input_get(f->ledger, f->run, "b.c", 0, "guide", &read, &f->err), 0);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    assert_ok(flow_ledger_block_get(f->ledger, &first, &text, &f->err), &f->err);
    assert_string_equal(text.data, "old");
    flow_buf_release(&text);
}

struct crowd {
    struct fixture *f;
    int refused;
    pthread_mutex_t lock;
};

static int crowd_call(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct crowd *crowd = payload;
    (void)worker;
    char step[32];
    snprintf(step, sizeof step, "step %zu", item);
    struct flow_call what = {.unit = "u", .role = "translate", .step = step, .model = "m/x"};
    what.reserve_nano_usd = 10;
    if (flow_id_of(&what.key, step, strlen(step), err) < 0)
        return -1;
    int64_t call;
    int result;
    while ((result = flow_ledger_call_begin(crowd->f->ledger, crowd->f->run, &what, &call, err)) == 1)
        flow_ledger_wait(crowd->f->ledger, 0.05);
    if (result < 0) {
        pthread_mutex_lock(&crowd->lock);
        crowd->refused++;
        pthread_mutex_unlock(&crowd->lock);
        return err->code == FLOW_E_BUDGET ? 0 : -1;
    }
    struct flow_outcome outcome = {.status = "done", .text = "", .priced = true, .nano_usd = 10};
    return flow_ledger_call_settle(crowd->f->ledger, call, &outcome, err);
}

static void crowd_never_passes_the_budget(void **state)
{
    struct fixture *f = *state;
    struct flow_budget limit = {.nano_usd = 1000, .tokens = -1, .calls = -1};
    assert_ok(flow_ledger_budget_set(f->ledger, f->run, &limit, &f->err), &f->err);
    struct crowd crowd = {.f = f, .lock = PTHREAD_MUTEX_INITIALIZER};
    assert_ok(flow_thread_each(16, 150, crowd_call, &crowd, &f->err), &f->err);
    struct flow_spending spending;
    assert_ok(flow_ledger_spending(f->ledger, f->run, &spending, &f->err), &f->err);
    assert_int_equal(spending.spent_nano_usd, 1000); // all of it, and not more
    assert_int_equal(crowd.refused, 50);
}

static void file_is_private_and_foreign_files_are_refused(void **state)
{
    struct fixture *f = *state;
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    char other[96];
    snprintf(other, sizeof other, "%s/other.db", f->dir);
    assert_ok(flow_file_write(other, "this is not a database, it is a text\n", 37, 0600, &f->err), &f->err);
    struct flow_ledger *ledger = NULL;
    assert_err(flow_ledger_open(&ledger, other, &f->err), &f->err, FLOW_E_ENV);
    assert_non_null(strstr(f->err.message, "damaged or not a database"));
    snprintf(other, sizeof other, "%s/missing/ledger.db", f->dir);
    assert_err(flow_ledger_open(&ledger, other, &f->err), &f->err, FLOW_E_NOT_FOUND);
}

static void lock_has_one_holder(void **state)
{
    struct fixture *f = *state;
    struct flow_run_lock *first = NULL, *second = NULL;
    assert_ok(flow_run_lock(&first, f->dir, "port/main", false, NULL, &f->err), &f->err);
    assert_err(flow_run_lock(&second, f->dir, "port/main", false, NULL, &f->err), &f->err, FLOW_E_REFUSED);
    assert_non_null(strstr(f->err.message, "held by process"));
    assert_ok(flow_run_lock(&second, f->dir, "port/other", false, NULL, &f->err), &f->err);
    flow_run_unlock(second);
    flow_run_unlock(first);
    assert_ok(flow_run_lock(&first, f->dir, "port/main", false, NULL, &f->err), &f->err);
    flow_run_unlock(first);
}

static void values_and_units_of_runs_are_apart(void **state)
{
    struct fixture *f = *state;
    int64_t other, again;
    assert_ok(flow_ledger_run(f->ledger, "port", "other", &other, &f->err), &f->err);
    assert_ok(flow_ledger_run(f->ledger, "port", "main", &again, &f->err), &f->err);
    assert_int_equal(again, f->run);
    assert_int_not_equal(other, f->run);
    assert_ok(flow_ledger_run_set(f->ledger, f->run, "base", "abc", &f->err), &f->err);
    struct flow_buf value;
    flow_buf_init(&value, FLOW_BUF_LINE);
    assert_int_equal(flow_ledger_run_get(f->ledger, other, "base", &value, &f->err), 0);
    assert_int_equal(flow_ledger_run_get(f->ledger, f->run, "base", &value, &f->err), 1);
    assert_string_equal(value.data, "abc");
    flow_buf_release(&value);
    put_unit(f, "ready");
    struct flow_unit_state unit;
    assert_int_equal(flow_ledger_unit_get(f->ledger, other, "a.c", &unit, &f->err), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void begin_with(struct fixture *f, struct flow_text *texts, size_t count, const char *key)
{
    struct flow_call what = {.unit = "a.c",
                             .role = "review",
                             .lens = "",
                             .step = key,
                             .model = "m/x",
                             .texts = texts,
                             .text_count = count};
    int64_t call;
    assert_ok(flow_id_of(&what.key, key, strlen(key), &f->err), &f->err);
    assert_ok(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), &f->err);
}

static void check_block(struct fixture *f, const struct flow_text *text)
{
    struct flow_buf out;
    struct flow_id id;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    assert_ok(flow_id_of(&id, text->data, text->len, &f->err), &f->err);
    assert_string_equal(text->id.hex, id.hex);
    assert_ok(flow_ledger_block_get(f->ledger, &text->id, &out, &f->err), &f->err);
    assert_int_equal(out.len, text->len);
    assert_memory_equal(out.data, text->data, text->len);
    flow_buf_release(&out);
}

static void test_texts_are_named_and_stored_once(void **state)
{
    struct fixture *f = *state;
    enum { LARGE = 9000 };
    static char large[LARGE], other[LARGE];
    memset(large, 'x', sizeof large);
    memset(other, 'x', sizeof other);
    other[LARGE - 1] = 'y';
    for (int round = 0; round < 3; round++) {
        struct flow_text texts[] = {
            {.data = large, .len = LARGE}, {.data = "small", .len = 5}, {.data = other, .len = LARGE}};
        assert_ok(flow_ledger_texts_name(f->ledger, texts, 3, &f->err), &f->err);
        // What came twice is known; small ones are not worth it.
        assert_int_equal(texts[0].known, round == 2);
        assert_false(texts[1].known);
        begin_with(f, texts, 3, "three");
        for (int i = 0; i < 3; i++)
            check_block(f, &texts[i]);
    }
    for (int other_one = 0; other_one < 20; other_one++) {
        struct flow_text text = {.data = large, .len = LARGE};
        large[0] = (char)('a' + other_one);
        for (int round = 0; round < 2; round++) {
            assert_ok(flow_ledger_texts_name(f->ledger, &text, 1, &f->err), &f->err);
            begin_with(f, &text, 1, "one");
            check_block(f, &text);
        }
    }
}

static void test_texts_of_a_refused_call_are_not_stored(void **state)
{
    struct fixture *f = *state;
    struct flow_text text = {.data = "never sent", .len = 10};
    struct flow_call what = {.unit = "a.c",
                             .role = "review",
                             .lens = "",
                             .step = "s",
                             .model = "m/x",
                             .texts = &text,
                             .text_count = 1};
    struct flow_buf out;
    int64_t call;
    assert_ok(flow_ledger_budget_set(f->ledger, f->run,
                                     &(struct flow_budget){.nano_usd = -1, .tokens = -1, .calls = 0},
                                     &f->err),
              &f->err);
    assert_ok(flow_ledger_texts_name(f->ledger, &text, 1, &f->err), &f->err);
    assert_err(flow_ledger_call_begin(f->ledger, f->run, &what, &call, &f->err), &f->err, FLOW_E_BUDGET);
    flow_buf_init(&out, FLOW_BUF_TEXT);
    assert_err(flow_ledger_block_get(f->ledger, &text.id, &out, &f->err), &f->err, FLOW_E_NOT_FOUND);
    flow_buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_texts_are_named_and_stored_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts_of_a_refused_call_are_not_stored, setup, teardown),
        CASE(reply_is_found_by_key_in_another_process),
        CASE(open_call_is_no_reply),
        CASE(budget_is_reserved_before_a_call),
        CASE(processes_share_one_budget_to_its_rest),
        CASE(costs_tell_what_is_not_known),
        CASE(token_and_call_budgets_hold_too),
        CASE(a_unit_has_an_allowance_of_its_own),
        CASE(settling_passes_the_budget),
        CASE(what_died_in_flight_counts_in_full),
        CASE(settled_call_does_not_change),
        CASE(accepted_needs_both_verdicts_on_these_bytes),
        CASE(rejecting_verdict_and_older_round_do_not_count),
        CASE(edit_voids_acceptance),
        CASE(findings_come_with_their_verdict_and_are_stored_once),
        CASE(inputs_are_pinned_once),
        CASE(crowd_never_passes_the_budget),
        CASE(file_is_private_and_foreign_files_are_refused),
        CASE(lock_has_one_holder),
        CASE(values_and_units_of_runs_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
