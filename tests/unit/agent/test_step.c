// SPDX-License-Identifier: MIT
// Steps, carried out by a program as the model and a real ledger.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_step_pays_once, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_step_answers_what_does_not_fit, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_step_gives_up_after_its_attempts, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_step_goes_on_after_a_failure, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_drain_begins_nothing, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_budget_stops_before_the_call, folder_setup, folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
