// SPDX-License-Identifier: MIT
// Places whose limit changes while they are in use.
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/agent/agent.h"
#include "flow/base/file.h"
#include "folder.h"
#include "unit.h"

struct agent {
    struct flow_agent_env env;
    const char *unit;
    char model[600];
    atomic_bool hold;
    pthread_t thread;
    struct flow_answer answer;
    struct flow_error err;
    int result;
};

struct office {
    struct flow_config *config;
    struct flow_models *models;
    struct flow_ledger *ledger;
    struct flow_places *places;
    struct flow_buf folder;
    struct agent agents[2];
};

// The model says that it was called in the fifo <unit>.begun, and answers when <unit>.go is opened.
static void open_office(struct office *office, void **state, unsigned limit)
{
    static const char *const units[] = {"a.c", "b.c"};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, script;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&script, FLOW_BUF_LINE);
    *office = (struct office){0};
    flow_buf_init(&office->folder, FLOW_BUF_LINE);
    flow_buf_puts(&office->folder, *state);
    flow_buf_printf(&script,
                    "#!/bin/sh\ncat >/dev/null\ncd '%s'\necho >$FLOW_UNIT.begun\nread -r _ <$FLOW_UNIT.go\n"
                    "echo good\n",
                    office->folder.data);
    folder_write(state, "model", script.data);
    assert_int_equal(chmod(folder_path(state, &path, "model"), 0755), 0);
    assert_ok(flow_config_new(&office->config, &err), &err);
    struct flow_models_options options = {.config = office->config};
    assert_ok(flow_models_new(&office->models, &options, &err), &err);
    assert_ok(flow_places_new(&office->places, limit, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        struct agent *agent = &office->agents[i];
        snprintf(agent->model, sizeof agent->model, "command/%s/model", office->folder.data);
        agent->unit = units[i];
        atomic_init(&agent->hold, false);
        flow_answer_init(&agent->answer);
    }
    assert_ok(flow_ledger_open(&office->ledger, folder_path(state, &path, "ledger.db"), &err), &err);
    int64_t run;
    assert_ok(flow_ledger_run(office->ledger, "port", "main", &run, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        office->agents[i].env = (struct flow_agent_env){.ledger = office->ledger,
                                                        .models = office->models,
                                                        .run = run,
                                                        .places = office->places,
                                                        .hold = &office->agents[i].hold,
                                                        .attempts = 1};
        for (size_t k = 0; k < 2; k++) {
            flow_buf_clear(&script);
            flow_buf_printf(&script, "%s/%s.%s", office->folder.data, units[i], k ? "go" : "begun");
            assert_int_equal(mkfifo(script.data, 0600), 0);
        }
    }
    flow_buf_release(&script);
    flow_buf_release(&path);
}

static void close_office(struct office *office)
{
    for (size_t i = 0; i < 2; i++)
        flow_answer_release(&office->agents[i].answer);
    flow_models_free(office->models);
    flow_ledger_free(office->ledger);
    flow_places_free(office->places);
    flow_config_free(office->config);
    flow_buf_release(&office->folder);
}

static int fits(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    (void)payload;
    (void)answer;
    (void)why;
    (void)err;
    return 0;
}

static void *work(void *payload)
{
    static const struct flow_block user = {.text = "a question", .len = 10};
    struct agent *agent = payload;
    struct flow_step step = {.unit = agent->unit,
                             .role = "translate",
                             .round = 1,
                             .model = agent->model,
                             .user = &user,
                             .user_count = 1,
                             .max_tokens = 100};
    agent->err = (struct flow_error)FLOW_ERROR_INIT;
    agent->result = flow_agent_step(&agent->env, &step, fits, NULL, &agent->answer, &agent->err);
    return NULL;
}

static void begin(struct agent *agent)
{
    assert_int_equal(pthread_create(&agent->thread, NULL, work, agent), 0);
}

// Opening a fifo waits for its other end: this returns when the model was called.
static void see_begun(const struct office *office, const struct agent *agent)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s.begun", office->folder.data, agent->unit);
    FILE *fifo = fopen(path, "r");
    assert_non_null(fifo);
    assert_int_equal(fgetc(fifo), '\n');
    fclose(fifo);
}

static void finish(const struct office *office, struct agent *agent)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s.go", office->folder.data, agent->unit);
    FILE *fifo = fopen(path, "w");
    assert_non_null(fifo);
    fputs("go\n", fifo);
    fclose(fifo);
    pthread_join(agent->thread, NULL);
    assert_ok(agent->result, &agent->err);
}

static void test_a_higher_limit_lets_others_begin(void **state)
{
    struct office office;
    open_office(&office, state, 1);
    begin(&office.agents[0]);
    see_begun(&office, &office.agents[0]);
    begin(&office.agents[1]);
    flow_places_set(office.places, 2, false);
    see_begun(&office, &office.agents[1]);
    finish(&office, &office.agents[1]);
    finish(&office, &office.agents[0]);
    close_office(&office);
}

static void test_a_pause_holds_and_lets_go(void **state)
{
    struct office office;
    struct flow_spending spent = {0};
    struct flow_error err = FLOW_ERROR_INIT;
    open_office(&office, state, 0);
    flow_places_set(office.places, 0, true);
    begin(&office.agents[0]);
    begin(&office.agents[1]);
    // One that is not to begin anything at all does not wait for the end of the pause.
    atomic_store(&office.agents[1].hold, true);
    flow_places_set(office.places, 0, true);
    pthread_join(office.agents[1].thread, NULL);
    assert_int_equal(office.agents[1].result, -1);
    assert_int_equal(office.agents[1].err.code, FLOW_E_INTERRUPTED);
    assert_ok(flow_ledger_spending(office.ledger, office.agents[0].env.run, &spent, &err), &err);
    assert_int_equal(spent.calls + spent.in_flight, 0);
    flow_places_set(office.places, 0, false);
    see_begun(&office, &office.agents[0]);
    finish(&office, &office.agents[0]);
    close_office(&office);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_a_higher_limit_lets_others_begin),
        CASE(test_a_pause_holds_and_lets_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
