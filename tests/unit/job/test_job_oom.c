// SPDX-License-Identifier: MIT
// A small port, from its plan to the commit, and what is asked about it afterwards.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/job/analyze.h"
#include "flow/job/control.h"
#include "flow/job/init.h"
#include "flow/job/log.h"
#include "flow/job/port.h"
#include "flow/job/status.h"
#include "oom.h"
#include "scratch.h"
#include "unit.h"

/* Runs of a whole port, of which each takes some tenths of a second. */
#define TRIES 15

struct fixture {
    struct scratch scratch;
    struct flow_repo *repo;
    struct flow_languages *languages;
    struct flow_config *config;
    char name[20];
    unsigned runs;
    bool dry_run;
    const char *record;
};

static struct fixture fixture;

static int agree(void *payload, const struct flow_port_plan *plan, struct flow_error *err)
{
    (void)payload;
    (void)err;
    assert_int_equal(plan->unit_count, 1);
    return 0;
}

// A run that failed is continued by the next one, as a person would do it; one that is through is followed by
// another one.
static int port(void *payload, struct flow_error *err)
{
    struct fixture *f = payload;
    struct flow_job_census census;
    const struct flow_port_options options = {.repo = f->repo,
                                              .config = f->config,
                                              .languages = f->languages,
                                              .name = f->name,
                                              .jobs = 1,
                                              .dry_run = f->dry_run,
                                              .record = f->record,
                                              .hooks = {.plan = agree}};
    snprintf(f->name, sizeof f->name, "run%u", f->runs);
    int result = flow_port(&options, &census, err);
    // Memory that runs out ends the run. No unit fails of it, and none is said to be done that is not.
    assert_int_equal(census.failed + census.unreviewed + census.held, 0);
    if (result == 0 && !f->dry_run) {
        assert_int_equal(census.accepted, 1);
        f->runs++;
    }
    flow_job_census_release(&census);
    return result;
}

static void write_replies(void)
{
    scratch_run(
        &fixture.scratch, NULL, "%s",
        "mkdir replies\n"
        "printf '```rust\\n/* Copyright (c) 2020 Somebody. MIT licence. */\\n\\n"
        "pub fn util_add(a: i32, b: i32) -> i32 {\\n    a - b\\n}\\n```\\n"
        "```json\\n{\"symbols\": [{\"source\": \"util_add\", \"target\": \"util_add\"}]}\\n```\\n'"
        " >replies/translate\n"
        "printf '{\"verdict\": \"reject\", \"findings\": [{\"severity\": \"blocker\", \"file\": \"util.rs\","
        " \"source_line\": 1, \"target_line\": 1, \"claim\": \"it subtracts\","
        " \"evidence\": {\"source\": \"return a + b;\", \"target\": \"a - b\"}, \"fix\": \"add\"}]}\\n'"
        " >replies/review.behaviour.1.util.c\n"
        "printf '{\"edits\": [{\"find\": \"a - b\", \"replace\": \"a + b\"}],"
        " \"findings\": [{\"number\": 1, \"fate\": \"fixed\", \"reason\": \"\"}]}\\n' >replies/fix\n");
}

// The first run goes through a program and leaves a recording, which the others play.
static void make_recording(struct fixture *f)
{
    struct flow_error err = FLOW_ERROR_INIT;
    char model[400], tape[100];
    write_replies();
    snprintf(model, sizeof model, "command/%s/tests/cli/fake/model %s/replies", getenv("FLOW_SOURCE_DIR"),
             f->scratch.top);
    snprintf(tape, sizeof tape, "%s/tape", f->scratch.top);
    assert_ok(flow_config_set(f->config, "port.model", model, &err), &err);
    f->record = tape;
    assert_ok(port(f, &err), &err);
    f->record = NULL;
    snprintf(model, sizeof model, "replay/%s", tape);
    assert_ok(flow_config_set(f->config, "port.model", model, &err), &err);
    assert_ok(port(f, &err), &err);
}

static int setup(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct fixture *f = &fixture;
    char path[100];
    scratch_init(&f->scratch);
    scratch_run(&f->scratch, NULL, "%s",
                "git init -q r && cd r && mkdir src\n"
                "printf '/* Copyright (c) 2020 Somebody. MIT licence. */\\n"
                "int util_add(int a, int b);\\n' >src/util.h\n"
                "printf '/* Copyright (c) 2020 Somebody. MIT licence. */\\n#include \"util.h\"\\n\\n"
                "int util_add(int a, int b)\\n{\\n    return a + b;\\n}\\n' >src/util.c\n"
                "git add -A && git commit -qm first\n");
    snprintf(path, sizeof path, "%s/r", f->scratch.top);
    assert_ok(flow_repo_open(&f->repo, path, &err), &err);
    assert_ok(flow_languages_load(&f->languages, &err), &err);
    assert_ok(flow_config_new(&f->config, &err), &err);
    assert_ok(flow_config_set(f->config, "port.to", "rust", &err), &err);
    assert_ok(flow_config_set(f->config, "port.unit-budget", "1000calls", &err), &err);
    make_recording(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    flow_config_free(fixture.config);
    flow_languages_free(fixture.languages);
    flow_repo_free(fixture.repo);
    scratch_release(&fixture.scratch);
    return 0;
}

static void test_run(void **state)
{
    oom_some(port, *state, TRIES);
}

static void test_plan(void **state)
{
    fixture.dry_run = true;
    oom_some(port, *state, TRIES);
    fixture.dry_run = false;
}

// A layer is there with all that it is made of, or the analysis fails.
static int layers(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    const struct flow_analyze_options options = {.revision = "HEAD", .workers = 1};
    struct flow_analysis *analysis;
    int result = flow_analyze(&analysis, f->repo, f->languages, &options, err);
    if (result == 0) {
        assert_int_equal(analysis->unit_count, 2);
        assert_string_equal(analysis->units[1].id, "c-abi://src/util.h");
        assert_int_equal(analysis->units[1].import_count, 1);
        flow_analysis_free(analysis);
    }
    return result;
}

static void test_layers(void **state)
{
    scratch_run(&fixture.scratch, NULL, "git -C r config flow.port.c-abi util.h");
    oom_some(layers, *state, 200);
    scratch_run(&fixture.scratch, NULL, "git -C r config --unset flow.port.c-abi");
}

static int status(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    struct flow_status_list list;
    int result = flow_status_read(&list, f->repo, "run0", err);
    if (result == 0) {
        assert_int_equal(list.count, 1);
        assert_int_equal(list.items[0].accepted, 1);
        assert_int_equal(list.items[0].phase, FLOW_STATUS_DONE);
    }
    flow_status_release(&list);
    return result;
}

static void test_status(void **state)
{
    oom_each_lenient(status, *state);
}

static int count_call(void *payload, const struct flow_call_row *call)
{
    (void)call;
    ++*(int *)payload;
    return 0;
}

static int read_log(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    struct flow_log_origin origin;
    struct flow_log log;
    int calls = 0;
    const struct flow_log_reader reader = {.call = count_call, .payload = &calls};
    int result = flow_log_open(&log, f->repo, "run0", err);
    if (result == 0) {
        result = flow_log_unit(&log, "src/util.c", &reader, err);
        flow_log_close(&log);
    }
    // Translated, judged by two, mended, judged by two.
    if (result == 0)
        assert_int_equal(calls, 6);
    if (result)
        return result;
    result = flow_log_line(&origin, f->repo, "run0", "rust/src/util.rs", 3, err);
    if (result == 0) {
        assert_true(origin.by_flow);
        assert_string_equal(origin.unit, "src/util.c");
        assert_true(origin.call > 0);
    }
    flow_log_origin_release(&origin);
    return result;
}

static void test_log(void **state)
{
    oom_each_lenient(read_log, *state);
}

static int give(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    const struct flow_order orders[] = {
        {.kind = FLOW_ORDER_PAUSE, .run = "run0"},
        {.kind = FLOW_ORDER_CONTINUE, .run = "run0"},
        {.kind = FLOW_ORDER_JOBS, .run = "run0", .value = "3"},
        {.kind = FLOW_ORDER_BUDGET, .run = "run0", .value = "9calls"},
    };
    struct flow_buf said;
    int result = 0;
    flow_buf_init(&said, FLOW_BUF_TEXT);
    for (size_t i = 0; i < sizeof orders / sizeof *orders && result == 0; i++)
        result = flow_control_give(f->repo, &orders[i], &said, err);
    if (result == 0)
        result = flow_buf_check(&said, "what was said", err);
    flow_buf_release(&said);
    return result;
}

static void test_orders(void **state)
{
    oom_each_lenient(give, *state);
}

static int initialise(void *payload, struct flow_error *err)
{
    const struct fixture *f = payload;
    struct flow_init *init = NULL;
    int result = flow_init_look(&init, f->repo, f->languages, err);
    if (result == 0) {
        assert_string_equal(flow_language_name(init->from), "c");
        flow_init_free(init);
    }
    return result;
}

static void test_init(void **state)
{
    oom_each_lenient(initialise, *state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),    cmocka_unit_test(test_plan), cmocka_unit_test(test_layers),
        cmocka_unit_test(test_status), cmocka_unit_test(test_log),  cmocka_unit_test(test_orders),
        cmocka_unit_test(test_init),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
