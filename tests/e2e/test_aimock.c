// SPDX-License-Identifier: MIT
// Calls against a server that other people wrote: aimock, over both protocols. See tests/package.json.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness.h"

#define ANTHROPIC "anthropic/claude-sonnet-5-5"
#define OPENAI    "openai/some-model"

static const char *const both[] = {ANTHROPIC, OPENAI};

static struct test_server server;
static struct test_models models;

/* A server for each test: its fixtures count their requests. */
static int start(void **state)
{
    char program[4096], fixtures[4096];
    const char *source = getenv("FLOW_SOURCE_DIR");

    (void)state;
    snprintf(program, sizeof program, "%s/tests/node_modules/.bin/llmock", source);
    snprintf(fixtures, sizeof fixtures, "%s/tests/e2e/aimock", source);
    setenv("AIMOCK_API_KEYS", TEST_KEY, 1);
    server_spawn(&server,
                 (const char *const[]){"node", program, "-p", "0", "-h", "127.0.0.1", "-f", fixtures,
                                       "--strict", "--validate-on-load", "--log-level", "info", NULL},
                 "listening on http://127.0.0.1:");
    models_start(&models, &server);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    models_stop(&models);
    server_stop(&server);
    return 0;
}

static void expect(const char *prompt, const char *text, enum flow_reply_stop stop_reason, unsigned attempts)
{
    struct test_call call;

    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &models, both[k], prompt);
        assert_ok(call.rc, &call.err);
        assert_string_equal(call.reply.text, text);
        assert_int_equal(call.reply.stop, stop_reason);
        assert_int_equal(call.attempts, attempts);
        call_release(&call);
    }
}

static void test_plain(void **state)
{
    (void)state;
    expect("hello", "catch-all", FLOW_STOP_END, 1);
}

static void test_slow_first_byte(void **state)
{
    (void)state;
    expect("SLOW", "slow", FLOW_STOP_END, 1);
}

static void test_slow_first_byte_passes_the_limit(void **state)
{
    struct test_call call;

    (void)state;
    models.models->limits.net.first_byte = 0.3;
    models.models->limits.retries = 0;
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &models, both[k], "SLOW");
        assert_int_equal(call.failure, FLOW_CALL_RETRY);
        assert_int_equal(call.err.code, FLOW_E_TIMEOUT);
        call_release(&call);
    }
}

static void test_refusal_and_length(void **state)
{
    struct test_call call;

    (void)state;
    call_text(&call, &models, ANTHROPIC, "REFUSE");
    assert_ok(call.rc, &call.err);
    assert_int_equal(call.reply.stop, FLOW_STOP_REFUSAL);
    call_release(&call);
    expect("LONG", "half", FLOW_STOP_LENGTH, 1);
}

/* Its sequences count over both protocols, so that each gets a server of its own. */
static void throttled(const char *model, const char *prompt, const char *text)
{
    struct test_call call;

    call_text(&call, &models, model, prompt);
    assert_ok(call.rc, &call.err);
    assert_string_equal(call.reply.text, text);
    assert_int_equal(call.attempts, 2);
    call_release(&call);
}

static void test_429_anthropic(void **state)
{
    (void)state;
    throttled(ANTHROPIC, "RATE", "after the wait");
}

static void test_429_openai(void **state)
{
    (void)state;
    throttled(OPENAI, "RATE", "after the wait");
}

static void test_529_anthropic(void **state)
{
    (void)state;
    throttled(ANTHROPIC, "BUSY", "after the rush");
}

static void test_529_openai(void **state)
{
    (void)state;
    throttled(OPENAI, "BUSY", "after the rush");
}

static void test_504_is_retried_and_given_up(void **state)
{
    struct test_call call;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &models, both[k], "LATE");
        assert_int_equal(call.failure, FLOW_CALL_RETRY);
        assert_int_equal(call.attempts, 2);
        assert_non_null(strstr(call.err.message, "HTTP 504: took too long"));
        call_release(&call);
    }
}

static void test_cut(void **state)
{
    struct test_call call;

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &models, both[k], "CUT");
        assert_int_equal(call.failure, FLOW_CALL_RETRY);
        assert_int_equal(call.attempts, 2);
        assert_true(call.reply.len > 0);
        assert_memory_equal(call.reply.text, "a text that is longer than",
                            call.reply.len < 26 ? call.reply.len : 26);
        call_release(&call);
    }
}

static void test_401(void **state)
{
    struct test_call call;

    (void)state;
    // Keys are read at the first call.
    setenv("ANTHROPIC_API_KEY", "sk-not-the-key", 1);
    setenv("OPENAI_API_KEY", "sk-not-the-key", 1);
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &models, both[k], "hello");
        assert_int_equal(call.failure, FLOW_CALL_REFUSED);
        assert_int_equal(call.attempts, 1);
        assert_non_null(strstr(call.err.message, "HTTP 401"));
        assert_null(strstr(call.err.message, "sk-not-the-key"));
        call_release(&call);
    }
}

static void test_tools(void **state)
{
    const struct flow_block block = {.text = "TOOL", .len = 4};
    const struct flow_tool_spec tool = {
        .name = "read", .description = "reads", .schema = "{\"type\":\"object\"}"};

    (void)state;
    for (size_t k = 0; k < 2; k++) {
        struct flow_turn turns[3] = {{.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1}};
        struct flow_request request = {.model = both[k],
                                       .turns = turns,
                                       .turn_count = 1,
                                       .tools = &tool,
                                       .tool_count = 1,
                                       .max_tokens = 50};
        struct flow_tool_result result;
        struct test_call first, second;
        call_request(&first, &models, &request);
        assert_ok(first.rc, &first.err);
        assert_int_equal(first.reply.stop, FLOW_STOP_TOOLS);
        assert_int_equal(first.reply.call_count, 1);
        assert_string_equal(first.reply.calls[0].name, "read");
        assert_non_null(strstr(first.reply.calls[0].input, "a.c"));
        result = (struct flow_tool_result){.id = first.reply.calls[0].id, .text = "int x;", .len = 6};
        turns[1] = (struct flow_turn){.role = FLOW_ROLE_ASSISTANT, .raw = first.reply.raw};
        turns[2] = (struct flow_turn){.role = FLOW_ROLE_USER, .results = &result, .result_count = 1};
        request.turn_count = 3;
        call_request(&second, &models, &request);
        assert_ok(second.rc, &second.err);
        assert_string_equal(second.reply.text, "done");
        call_release(&first);
        call_release(&second);
    }
}

/* Whether the packages of tests/package.json are installed, and Node.js is as new as they want it. */
static bool can_run(void)
{
    char installed[4096];

    snprintf(installed, sizeof installed, "%s/tests/node_modules/.bin/llmock", getenv("FLOW_SOURCE_DIR"));
    return access(installed, R_OK) == 0 &&
           system("node -e 'const [a, b] = process.versions.node.split(\".\").map(Number);"
                  "process.exit(a > 20 || (a == 20 && b >= 15) ? 0 : 1)'") == 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_plain),
        TEST(test_slow_first_byte),
        TEST(test_slow_first_byte_passes_the_limit),
        TEST(test_refusal_and_length),
        TEST(test_429_anthropic),
        TEST(test_429_openai),
        TEST(test_529_anthropic),
        TEST(test_529_openai),
        TEST(test_504_is_retried_and_given_up),
        TEST(test_cut),
        TEST(test_401),
        TEST(test_tools),
    };

    // 77 is how ctest knows a test that was skipped.
    if (!can_run())
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
