// SPDX-License-Identifier: MIT
// Steps, carried out by a program as the model and a real ledger.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "flow/agent/agent.h"
#include "flow/base/file.h"
#include "folder.h"
#include "unit.h"

struct bench {
    struct flow_config *config;
    struct flow_models *models;
    struct flow_ledger *ledger;
    struct flow_agent_env env;
    atomic_bool drain;
    char model[600];
};

// The model is a shell script; it counts its calls in the file "calls".
static void open_bench(struct bench *bench, void **state, const char *script)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, text;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_LINE);
    *bench = (struct bench){0};
    atomic_init(&bench->drain, false);
    flow_buf_printf(&text, "#!/bin/sh\ncat >/dev/null\nprintf '%%s\\n' \"$FLOW_STEP\" >>'%s/calls'\n%s\n",
                    (char *)*state, script);
    folder_write(state, "model", text.data);
    assert_int_equal(chmod(folder_path(state, &path, "model"), 0755), 0);
    snprintf(bench->model, sizeof bench->model, "command/%s", path.data);
    assert_ok(flow_config_new(&bench->config, &err), &err);
    struct flow_models_options options = {.config = bench->config};
    assert_ok(flow_models_new(&bench->models, &options, &err), &err);
    assert_ok(flow_ledger_open(&bench->ledger, folder_path(state, &path, "ledger.db"), &err), &err);
    bench->env = (struct flow_agent_env){
        .ledger = bench->ledger, .models = bench->models, .drain = &bench->drain, .attempts = 2};
    assert_ok(flow_ledger_run(bench->ledger, "port", "main", &bench->env.run, &err), &err);
    flow_buf_release(&text);
    flow_buf_release(&path);
}

static void close_bench(struct bench *bench)
{
    flow_models_free(bench->models);
    flow_ledger_free(bench->ledger);
    flow_config_free(bench->config);
}

static size_t count_calls(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, text;
    size_t count = 0;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    if (flow_file_read(folder_path(state, &path, "calls"), &text, &err) == 0)
        for (size_t i = 0; i < text.len; i++)
            count += text.data[i] == '\n';
    flow_buf_release(&text);
    flow_buf_release(&path);
    return count;
}

// A reply fits when it is "good".
static int fit(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    (void)payload;
    (void)err;
    if (strncmp(answer->text, "good", 4) == 0)
        return 0;
    flow_buf_puts(why, "say good");
    return 1;
}

static int carry_out(struct bench *bench, struct flow_answer *answer, struct flow_error *err)
{
    static const struct flow_block user = {.text = "a question", .len = 10};
    struct flow_step step = {.unit = "a.c",
                             .role = "translate",
                             .round = 1,
                             .model = bench->model,
                             .user = &user,
                             .user_count = 1,
                             .max_tokens = 100};
    return flow_agent_step(&bench->env, &step, fit, NULL, answer, err);
}

static void test_step_pays_once(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    flow_answer_init(&answer);
    open_bench(&bench, state, "echo good");
    assert_ok(carry_out(&bench, &answer, &err), &err);
    assert_false(answer.stored);
    int64_t call = answer.call;
    assert_int_equal(carry_out(&bench, &answer, &err), 0);
    assert_true(answer.stored);
    assert_int_equal(answer.call, call);
    assert_int_equal(count_calls(state), 1);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void test_step_answers_what_does_not_fit(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    flow_answer_init(&answer);
    open_bench(&bench, state, "case $FLOW_STEP in */0/2) echo good;; *) echo bad;; esac");
    assert_int_equal(carry_out(&bench, &answer, &err), 0);
    assert_int_equal(count_calls(state), 3);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void test_step_gives_up_after_its_attempts(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    flow_answer_init(&answer);
    open_bench(&bench, state, "echo bad");
    assert_int_equal(carry_out(&bench, &answer, &err), 1);
    assert_int_equal(err.code, FLOW_E_INVALID);
    assert_non_null(strstr(err.message, "say good"));
    // Two attempts of one reply and two complaints each; the same step again is answered by the ledger.
    assert_int_equal(count_calls(state), 6);
    assert_int_equal(carry_out(&bench, &answer, &err), 1);
    assert_int_equal(count_calls(state), 6);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void test_step_goes_on_after_a_failure(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    flow_answer_init(&answer);
    open_bench(&bench, state, "case $FLOW_STEP in */0/0) exit 7;; *) echo good;; esac");
    assert_int_equal(carry_out(&bench, &answer, &err), 0);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void test_drain_begins_nothing(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    flow_answer_init(&answer);
    open_bench(&bench, state, "echo good");
    atomic_store(&bench.drain, true);
    assert_err(carry_out(&bench, &answer, &err), &err, FLOW_E_INTERRUPTED);
    assert_int_equal(count_calls(state), 0);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void test_budget_stops_before_the_call(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    const struct flow_budget limit = {.nano_usd = -1, .tokens = -1, .calls = 1};
    flow_answer_init(&answer);
    open_bench(&bench, state, "echo bad");
    assert_ok(flow_ledger_budget_set(bench.ledger, bench.env.run, &limit, &err), &err);
    assert_err(carry_out(&bench, &answer, &err), &err, FLOW_E_BUDGET);
    assert_int_equal(count_calls(state), 1);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void test_allowance_ends_the_step_and_not_the_run(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    const struct flow_allowance allowance = {.limit = {.nano_usd = -1, .tokens = -1, .calls = 2},
                                             .name = "n"};
    flow_answer_init(&answer);
    open_bench(&bench, state, "echo bad");
    bench.env.allowance = &allowance;
    assert_int_equal(carry_out(&bench, &answer, &err), 1);
    assert_int_equal(err.code, FLOW_E_BUDGET);
    assert_int_equal(count_calls(state), 2);
    flow_answer_release(&answer);
    close_bench(&bench);
}

static void spending_of(struct bench *bench, struct flow_spending *out)
{
    struct flow_error err = FLOW_ERROR_INIT;
    assert_ok(flow_ledger_spending(bench->ledger, bench->env.run, out, &err), &err);
}

static void test_what_is_cut_off_counts_in_full(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct bench bench;
    struct flow_answer answer;
    struct flow_spending spending;
    flow_answer_init(&answer);
    open_bench(&bench, state, "case $FLOW_STEP in */0/0) exec sleep 60;; *) echo good;; esac");
    assert_ok(flow_config_set(bench.config, "model.command.timeout", "1", &err), &err);
    flow_models_free(bench.models);
    assert_ok(flow_models_new(&bench.models, &(struct flow_models_options){.config = bench.config}, &err),
              &err);
    bench.env.models = bench.models;
    assert_ok(carry_out(&bench, &answer, &err), &err);
    spending_of(&bench, &spending);
    assert_int_equal(spending.calls, 2);
    assert_int_equal(spending.reserved_tokens, 0);
    // The first one at a token a byte and all that it might have written, the second one as it was.
    assert_in_range(spending.spent_tokens, 10 + 100 + 1, 10 + 100 + 1 + 200);
    flow_answer_release(&answer);
    close_bench(&bench);
}

struct asker {
    struct bench *bench;
    const char *unit;
    struct flow_answer answer;
    struct flow_error err;
    int result;
};

static void *ask(void *payload)
{
    struct asker *asker = payload;
    static const struct flow_block user = {.text = "a question", .len = 10};
    struct flow_step step = {.unit = asker->unit,
                             .role = "translate",
                             .model = asker->bench->model,
                             .vote = (unsigned)asker->unit[0],
                             .user = &user,
                             .user_count = 1,
                             .max_tokens = 1000};
    asker->result = flow_agent_step(&asker->bench->env, &step, fit, NULL, &asker->answer, &asker->err);
    return NULL;
}

static void ask_all(struct asker *askers, size_t count, struct bench *bench, void (*meanwhile)(void **),
                    void **state)
{
    static const char *const units[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    pthread_t threads[8];
    for (size_t i = 0; i < count; i++) {
        askers[i] = (struct asker){.bench = bench, .unit = units[i]};
        flow_answer_init(&askers[i].answer);
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &askers[i]), 0);
    }
    if (meanwhile)
        meanwhile(state);
    for (size_t i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        flow_answer_release(&askers[i].answer);
    }
}

// The limit of the run, set by another process: its own connection to the same file.
static void set_budget_elsewhere(void **state, int64_t tokens)
{
    struct flow_error err = FLOW_ERROR_INIT;
    const struct flow_budget limit = {.nano_usd = -1, .tokens = tokens, .calls = -1};
    struct flow_ledger *other = NULL;
    struct flow_buf path;
    int64_t run;
    flow_buf_init(&path, FLOW_BUF_LINE);
    assert_ok(flow_ledger_open(&other, folder_path(state, &path, "ledger.db"), &err), &err);
    assert_ok(flow_ledger_run(other, "port", "main", &run, &err), &err);
    assert_ok(flow_ledger_budget_set(other, run, &limit, &err), &err);
    flow_ledger_free(other);
    flow_buf_release(&path);
}

static void raise_budget(void **state)
{
    while (count_calls(state) == 0)
        usleep(1000);
    set_budget_elsewhere(state, 100000);
}

static void test_a_budget_raised_elsewhere_lets_those_go_on_that_wait(void **state)
{
    struct bench bench;
    struct asker askers[2];
    // The first call ends only when the second one is out, for which there is no room at first.
    open_bench(&bench, state,
               "until [ \"$(wc -l <\"${0%model}calls\")\" = 2 ]; do sleep 0.01; done; echo good");
    set_budget_elsewhere(state, 1500);
    ask_all(askers, 2, &bench, raise_budget, state);
    for (size_t i = 0; i < 2; i++)
        assert_ok(askers[i].result, &askers[i].err);
    close_bench(&bench);
}

static void test_a_small_rest_is_used_one_after_the_other(void **state)
{
    struct bench bench;
    struct asker askers[8];
    struct flow_spending spending;
    size_t done = 0;
    open_bench(&bench, state, "echo good");
    // Each reserves more than a thousand and takes some twenty: all fit, but not at once.
    set_budget_elsewhere(state, 1400);
    ask_all(askers, 8, &bench, NULL, state);
    for (size_t i = 0; i < 8; i++)
        done += askers[i].result == 0;
    assert_int_equal(done, 8);
    spending_of(&bench, &spending);
    assert_int_equal(spending.in_flight, 0);
    assert_true(spending.spent_tokens <= 1400);
    close_bench(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_step_pays_once, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_step_answers_what_does_not_fit, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_step_gives_up_after_its_attempts, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_step_goes_on_after_a_failure, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_drain_begins_nothing, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_budget_stops_before_the_call, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_allowance_ends_the_step_and_not_the_run, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(test_what_is_cut_off_counts_in_full, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_a_budget_raised_elsewhere_lets_those_go_on_that_wait,
                                        folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_a_small_rest_is_used_one_after_the_other, folder_setup,
                                        folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
