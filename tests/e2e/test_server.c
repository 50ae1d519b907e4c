// SPDX-License-Identifier: MIT
// Calls against tests/e2e/server: what arrives, what is retried, what is given up.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define ANTHROPIC "anthropic/claude-sonnet-5-5"
#define OPENAI    "openai/some-model"

static const char *const both[] = {ANTHROPIC, OPENAI};

/* What a script makes of a call, the same over both protocols. */
struct expectation {
    const char *name;
    const char *reply; /* of the first request, as JSON; a second one gets "after" */
    const char *text;
    enum flow_call_failure failure;
    enum flow_reply_stop stop;
    unsigned attempts;
    const char *message; /* part of the error's */
};

static const struct expectation expectations[] = {
    {"plain", "{\"text\":\"hello\"}", "hello", FLOW_CALL_OK, FLOW_STOP_END, 1, NULL},
    {"split anywhere, also inside a character",
     "{\"text\":\"gr\\u00fc\\u00dfe \\u2713\\nend\",\"split\":1,\"crlf\":true}",
     "gr\xc3\xbc\xc3\x9f"
     "e \xe2\x9c\x93\nend",
     FLOW_CALL_OK, FLOW_STOP_END, 1, NULL},
    {"not streamed", "{\"text\":\"whole\",\"whole\":true}", "whole", FLOW_CALL_OK, FLOW_STOP_END, 1, NULL},
    {"signs of life first", "{\"text\":\"late\",\"keep_alives\":3}", "late", FLOW_CALL_OK, FLOW_STOP_END, 1,
     NULL},
    {"thinking is not text", "{\"thinking\":\"hmm\",\"text\":\"so\"}", "so", FLOW_CALL_OK, FLOW_STOP_END, 1,
     NULL},
    {"cut, then whole", "{\"text\":\"a longer text that is cut\",\"size\":4,\"cut\":5}", "after",
     FLOW_CALL_OK, FLOW_STOP_END, 2, NULL},
    {"empty answer, then whole", "{\"empty\":true}", "after", FLOW_CALL_OK, FLOW_STOP_END, 2, NULL},
    {"nonsense, then whole", "{\"raw\":\"data: {not json}\\n\\n\"}", "after", FLOW_CALL_OK, FLOW_STOP_END, 2,
     NULL},
    {"a page instead of an answer", "{\"raw\":\"<html>proxy</html>\"}", "after", FLOW_CALL_OK, FLOW_STOP_END,
     2, NULL},
    {"500 as a page", "{\"status\":500,\"body\":\"<html><b>oops</b></html>\"}", "after", FLOW_CALL_OK,
     FLOW_STOP_END, 2, NULL},
    {"503 with a wait", "{\"status\":503,\"headers\":{\"retry-after-ms\":\"20\"}}", "after", FLOW_CALL_OK,
     FLOW_STOP_END, 2, NULL},
    {"error in the middle",
     "{\"text\":\"a b c d e f\",\"size\":1,\"error_after\":4,\"error\":{\"type\":\"api_error\","
     "\"message\":\"broke\"}}",
     "after", FLOW_CALL_OK, FLOW_STOP_END, 2, NULL},
    {"429 is waited out", "{\"status\":429,\"headers\":{\"retry-after-ms\":\"30\"}}", "after", FLOW_CALL_OK,
     FLOW_STOP_END, 2, NULL},
    {"529 is waited out",
     "{\"status\":529,\"headers\":{\"retry-after-ms\":\"30\"},\"body\":{\"type\":\"error\","
     "\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}}",
     "after", FLOW_CALL_OK, FLOW_STOP_END, 2, NULL},
    {"spend limit",
     "{\"status\":429,\"body\":{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":"
     "\"enough\",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}}",
     "", FLOW_CALL_QUOTA, FLOW_STOP_UNKNOWN, 1, "enough"},
    {"no credit",
     "{\"status\":429,\"body\":{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"no money\"}}}", "",
     FLOW_CALL_QUOTA, FLOW_STOP_UNKNOWN, 1, "no money"},
    {"403", "{\"status\":403,\"body\":{\"error\":{\"message\":\"not for you\"}}}", "", FLOW_CALL_REFUSED,
     FLOW_STOP_UNKNOWN, 1, "HTTP 403: not for you"},
    {"413", "{\"status\":413,\"body\":\"too large\"}", "", FLOW_CALL_REFUSED, FLOW_STOP_UNKNOWN, 1,
     "too large"},
    {"a redirect is not followed", "{\"status\":307,\"headers\":{\"location\":\"/v1/messages\"}}", "",
     FLOW_CALL_REFUSED, FLOW_STOP_UNKNOWN, 1, "HTTP 307"},
    {"the server says no", "{\"status\":500,\"headers\":{\"x-should-retry\":\"false\"}}", "",
     FLOW_CALL_REFUSED, FLOW_STOP_UNKNOWN, 1, "HTTP 500"},
    {"a huge reply", "{\"huge\":52428800}", "", FLOW_CALL_REFUSED, FLOW_STOP_UNKNOWN, 1, "larger"},
};

static void expect(const struct expectation *e, const char *model)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;
    char script[2048];

    snprintf(script, sizeof script,
             "{\"rules\":[{\"times\":1,\"reply\":%s},{\"reply\":{\"text\":\"after\"}}]}", e->reply);
    server_start(&server, script);
    models_start(&m, &server);
    call_text(&call, &m, model, "go");
    if (call.failure != e->failure || strcmp(call.reply.text, e->text) != 0 || call.reply.stop != e->stop ||
        call.attempts != e->attempts)
        fail_msg("%s, %s: failure %d, text '%s', stop %d, attempts %u, error '%s'", model, e->name,
                 call.failure, call.reply.text, call.reply.stop, call.attempts, call.err.message);
    assert_int_equal(call.rc == 0, e->failure == FLOW_CALL_OK);
    if (e->message != NULL && strstr(call.err.message, e->message) == NULL)
        fail_msg("%s, %s: error '%s'", model, e->name, call.err.message);
    call_release(&call);
    models_stop(&m);
    server_stop(&server);
}

static void test_expectations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof expectations / sizeof expectations[0]; i++)
        for (size_t k = 0; k < 2; k++)
            expect(&expectations[i], both[k]);
}

static void test_partial_text_is_kept(void **state)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(&server, "{\"rules\":[{\"reply\":{\"text\":\"abcdefghij\",\"size\":2,\"cut\":6}}]}");
    models_start(&m, &server);
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &m, both[k], "go");
        assert_int_equal(call.failure, FLOW_CALL_RETRY);
        assert_int_equal(call.attempts, 2);
        assert_memory_equal(call.reply.text, "abcdef", 6);
        // Both tries have cost something, and nobody has said how much.
        assert_true(call.reply.usage.output >= 4);
        assert_true(call.reply.usage.open);
        call_release(&call);
    }
    models_stop(&m);
    server_stop(&server);
}

static void limit_passes(const char *reply, void (*shorten)(struct flow_net_limits *), const char *message)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;
    char script[512];

    snprintf(script, sizeof script, "{\"rules\":[{\"reply\":%s}]}", reply);
    server_start(&server, script);
    models_start(&m, &server);
    m.models->limits.retries = 0;
    shorten(&m.models->limits.net);
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &m, both[k], "go");
        assert_int_equal(call.failure, FLOW_CALL_RETRY);
        assert_int_equal(call.err.code, FLOW_E_TIMEOUT);
        assert_non_null(strstr(call.err.message, message));
        call_release(&call);
    }
    models_stop(&m);
    server_stop(&server);
}

static void short_first_byte(struct flow_net_limits *limits)
{
    limits->first_byte = 0.2;
}

static void short_silence(struct flow_net_limits *limits)
{
    limits->silence = 0.2;
}

static void short_content(struct flow_net_limits *limits)
{
    limits->content = 0.4;
}

static void test_limits(void **state)
{
    (void)state;
    limit_passes("{\"text\":\"x\",\"delay\":60}", short_first_byte, "no answer within");
    limit_passes("{\"text\":\"abcd\",\"size\":1,\"stall\":4}", short_silence, "stopped coming");
    limit_passes("{\"text\":\"abcd\",\"size\":1,\"stall\":4,\"alive\":0.05}", short_content, "signs of life");
}

static void test_key_is_never_shown(void **state)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(&server, "{}");
    models_start(&m, &server);
    // The server repeats a wrong key in its message.
    setenv("ANTHROPIC_API_KEY", "sk-wrong-secret", 1);
    setenv("OPENAI_API_KEY", "sk-wrong-secret", 1);
    for (size_t k = 0; k < 2; k++) {
        call_text(&call, &m, both[k], "go");
        assert_int_equal(call.failure, FLOW_CALL_REFUSED);
        assert_non_null(strstr(call.err.message, "HTTP 401"));
        assert_non_null(strstr(call.err.message, "[key]"));
        assert_null(strstr(call.err.message, "secret"));
        call_release(&call);
    }
    models_stop(&m);
    server_stop(&server);
}

/* A look-up asked for, answered, and the conversation ended. */
static void converse(struct test_models *m, const char *model)
{
    static const char prompt[] = "look";
    const struct flow_block block = {.text = prompt, .len = strlen(prompt), .cache = true};
    const struct flow_tool_spec tool = {
        .name = "read",
        .description = "reads lines",
        .schema = "{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}"};
    struct flow_turn turns[3] = {{.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1}};
    struct flow_request request = {
        .model = model, .turns = turns, .turn_count = 1, .tools = &tool, .tool_count = 1, .max_tokens = 100};
    struct flow_tool_result results[2];
    struct test_call first, second;

    call_request(&first, m, &request);
    assert_ok(first.rc, &first.err);
    assert_int_equal(first.reply.stop, FLOW_STOP_TOOLS);
    assert_int_equal(first.reply.call_count, 2);
    assert_string_equal(first.reply.calls[0].name, "read");
    assert_string_equal(first.reply.calls[0].input, "{\"path\": \"a.c\"}");
    assert_string_equal(first.reply.calls[1].input, "{}");
    assert_string_not_equal(first.reply.calls[0].id, first.reply.calls[1].id);
    for (size_t i = 0; i < 2; i++)
        results[i] = (struct flow_tool_result){
            .id = first.reply.calls[i].id, .text = "FOUND", .len = 5, .is_error = i == 1};
    turns[1] = (struct flow_turn){.role = FLOW_ROLE_ASSISTANT, .raw = first.reply.raw};
    turns[2] = (struct flow_turn){.role = FLOW_ROLE_USER, .results = results, .result_count = 2};
    request.turn_count = 3;
    call_request(&second, m, &request);
    assert_ok(second.rc, &second.err);
    assert_string_equal(second.reply.text, "done");
    call_release(&second);
    // Without the provider's own content the turn is told by its parts.
    turns[1] = (struct flow_turn){.role = FLOW_ROLE_ASSISTANT, .calls = first.reply.calls, .call_count = 2};
    call_request(&second, m, &request);
    assert_ok(second.rc, &second.err);
    call_release(&second);
    call_release(&first);
}

static void test_tools(void **state)
{
    struct test_server server;
    struct test_models m;

    (void)state;
    server_start(&server,
                 "{\"rules\":[{\"match\":\"FOUND\",\"reply\":{\"text\":\"done\"}},"
                 "{\"reply\":{\"thinking\":\"let me see\",\"text\":\"I look\",\"no_ids\":true,\"size\":3,"
                 "\"blocks\":[{\"type\":\"redacted_thinking\",\"data\":\"x\"}],"
                 "\"tools\":[{\"name\":\"read\",\"input\":{\"path\":\"a.c\"}},"
                 "{\"name\":\"read\",\"input\":{}}]}}]}");
    models_start(&m, &server);
    converse(&m, ANTHROPIC);
    converse(&m, OPENAI);
    models_stop(&m);
    server_stop(&server);
}

/* Replies that must not count as success, and whose calls must not be run. */
static void test_stops(void **state)
{
    static const struct {
        const char *model, *match, *detail;
        enum flow_reply_stop stop;
    } cases[] = {
        {ANTHROPIC, "LENGTH-A", "max_tokens", FLOW_STOP_LENGTH},
        {ANTHROPIC, "WINDOW", "model_context_window_exceeded", FLOW_STOP_LENGTH},
        {ANTHROPIC, "REFUSAL-A", "cyber: will not", FLOW_STOP_REFUSAL},
        {ANTHROPIC, "PAUSE", "pause_turn", FLOW_STOP_UNKNOWN},
        {OPENAI, "LENGTH-O", "length", FLOW_STOP_LENGTH},
        {OPENAI, "REFUSAL-O", "I will not", FLOW_STOP_REFUSAL},
        {OPENAI, "FILTER", "content_filter", FLOW_STOP_REFUSAL},
        {OPENAI, "ODD", "insomnia", FLOW_STOP_UNKNOWN},
    };
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(
        &server,
        "{\"rules\":["
        "{\"match\":\"LENGTH-A\",\"reply\":{\"tools\":[{\"name\":\"f\",\"input\":{\"a\":1}}],\"stop\":\"max_"
        "tokens\"}},"
        "{\"match\":\"WINDOW\",\"reply\":{\"text\":\"x\",\"stop\":\"model_context_window_exceeded\"}},"
        "{\"match\":\"REFUSAL-A\",\"reply\":{\"text\":\"x\",\"stop\":\"refusal\",\"stop_details\":"
        "{\"type\":\"refusal\",\"category\":\"cyber\",\"explanation\":\"will not\"}}},"
        "{\"match\":\"PAUSE\",\"reply\":{\"text\":\"x\",\"stop\":\"pause_turn\"}},"
        "{\"match\":\"LENGTH-O\",\"reply\":{\"tools\":[{\"name\":\"f\",\"input\":{\"a\":1}}],\"stop\":"
        "\"length\"}},"
        "{\"match\":\"REFUSAL-O\",\"reply\":{\"refusal\":\"I will not\",\"stop\":\"stop\"}},"
        "{\"match\":\"FILTER\",\"reply\":{\"text\":\"x\",\"stop\":\"content_filter\"}},"
        "{\"match\":\"ODD\",\"reply\":{\"text\":\"x\",\"stop\":\"insomnia\"}}]}");
    models_start(&m, &server);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        call_text(&call, &m, cases[i].model, cases[i].match);
        assert_ok(call.rc, &call.err);
        assert_int_equal(call.reply.stop, cases[i].stop);
        assert_string_equal(call.reply.stop_detail, cases[i].detail);
        assert_int_equal(call.reply.call_count, 0);
        call_release(&call);
    }
    models_stop(&m);
    server_stop(&server);
}

/* Every field that a model family knows or refuses; the server answers 400 to a wrong one. */
static void test_fields_by_model(void **state)
{
    static const char *const names[] = {
        "anthropic/claude-fable-5-2",  "anthropic/claude-opus-5-5",  "anthropic/claude-sonnet-5-5",
        "anthropic/claude-haiku-5-5",  "anthropic/claude-opus-4-8",  "anthropic/claude-opus-4-6",
        "anthropic/claude-sonnet-4-6", "anthropic/claude-haiku-4-5", "openai/some-model",
    };
    static const char *const schemas[] = {
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"required\":[\"a\"],"
        "\"additionalProperties\":false}",
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}},\"additionalProperties\":false}",
    };
    const struct flow_block system[6] = {{"a", 1, true}, {"b", 1, true}, {"c", 1, true},
                                         {"d", 1, true}, {"", 0, false}, {"e", 1, true}};
    const struct flow_block user[2] = {{"f", 1, true}, {"g", 1, false}};
    const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = user, .block_count = 2};
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(&server, "{}");
    models_start(&m, &server);
    for (size_t i = 0; i < sizeof names / sizeof names[0] * 2; i++) {
        call_request(&call, &m,
                     &(struct flow_request){.model = names[i / 2],
                                            .effort = "high",
                                            .system = system,
                                            .system_count = 6,
                                            .turns = &turn,
                                            .turn_count = 1,
                                            .schema = schemas[i % 2],
                                            .max_tokens = 100});
        assert_ok(call.rc, &call.err);
        assert_int_equal(call.attempts, 1);
        call_release(&call);
    }
    models_stop(&m);
    server_stop(&server);
}

static void test_other_name_of_the_limit_is_learnt(void **state)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(&server, "{\"limit_field\":\"max_completion_tokens\"}");
    models_start(&m, &server);
    call_text(&call, &m, OPENAI, "go");
    assert_ok(call.rc, &call.err);
    assert_int_equal(call.attempts, 2);
    call_release(&call);
    call_text(&call, &m, OPENAI, "go");
    assert_int_equal(call.attempts, 1);
    call_release(&call);
    models_stop(&m);
    server_stop(&server);
}

static void test_usage(void **state)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(
        &server,
        "{\"rules\":[{\"match\":\"A\",\"reply\":{\"text\":\"x\",\"usage\":{\"input_tokens\":7,"
        "\"cache_read_input_tokens\":null,\"cache_creation_input_tokens\":5,\"output_tokens\":9}}},"
        "{\"match\":\"O\",\"reply\":{\"text\":\"x\",\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9,"
        "\"prompt_tokens_details\":{\"cached_tokens\":8,\"cache_write_tokens\":5}}}},"
        "{\"match\":\"none\",\"reply\":{\"text\":\"twelve bytes\",\"no_usage\":true}}]}");
    models_start(&m, &server);
    call_text(&call, &m, ANTHROPIC, "A");
    assert_int_equal(call.reply.usage.input, 7);
    assert_int_equal(call.reply.usage.cache_read, 0);
    assert_int_equal(call.reply.usage.cache_write, 5);
    assert_int_equal(call.reply.usage.output, 9);
    assert_string_equal(call.reply.model, "claude-sonnet-5-5");
    assert_string_equal(call.reply.request_id, "req_1");
    call_release(&call);
    call_text(&call, &m, OPENAI, "O");
    assert_int_equal(call.reply.usage.input, 7);
    assert_int_equal(call.reply.usage.cache_read, 8);
    assert_int_equal(call.reply.usage.cache_write, 5);
    assert_false(call.reply.usage.estimated);
    call_release(&call);
    call_text(&call, &m, OPENAI, "none");
    assert_true(call.reply.usage.estimated);
    assert_true(call.reply.usage.input > 0 && call.reply.usage.output > 0);
    call_release(&call);
    models_stop(&m);
    server_stop(&server);
}

/*
 * Many at once.
 */
#define CROWD 300

struct member {
    pthread_t thread;
    struct test_models *m;
    const struct flow_request *request;
    struct test_call call;
};

static void *take_part(void *payload)
{
    struct member *member = payload;

    call_request(&member->call, member->m, member->request);
    return NULL;
}

static void crowd(struct member *members, size_t count, struct test_models *m,
                  const struct flow_request *request)
{
    for (size_t i = 0; i < count; i++) {
        members[i] = (struct member){.m = m, .request = request};
        assert_int_equal(pthread_create(&members[i].thread, NULL, take_part, &members[i]), 0);
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(members[i].thread, NULL);
}

static void test_hundreds_at_once(void **state)
{
    static struct member members[CROWD];
    const struct flow_block block = {"go", 2, false};
    const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1};
    struct test_server server;
    struct test_models m;
    struct test_stats stats;

    (void)state;
    // Throttled now and then on the way.
    server_start(&server, "{\"rules\":[{\"times\":20,\"reply\":{\"text\":\"yes\",\"delay\":0.02}},"
                          "{\"times\":8,\"reply\":{\"status\":429,\"headers\":{\"retry-after-ms\":\"30\"}}},"
                          "{\"reply\":{\"text\":\"yes\",\"delay\":0.02}}]}");
    models_start(&m, &server);
    crowd(members, CROWD, &m,
          &(struct flow_request){.model = ANTHROPIC, .turns = &turn, .turn_count = 1, .max_tokens = 100});
    for (size_t i = 0; i < CROWD; i++) {
        assert_ok(members[i].call.rc, &members[i].call.err);
        assert_string_equal(members[i].call.reply.text, "yes");
        call_release(&members[i].call);
    }
    server_stats(&server, &stats);
    assert_int_equal(stats.requests, CROWD + 8);
    models_stop(&m);
    server_stop(&server);
}

static void test_first_of_a_prefix_goes_ahead(void **state)
{
    static struct member members[12];
    static char guide[8000];
    const struct flow_block system = {guide, sizeof guide, true}, block = {"go", 2, false};
    const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1};
    size_t writers = 0, readers = 0;
    struct test_server server;
    struct test_models m;

    (void)state;
    memset(guide, 'g', sizeof guide);
    server_start(&server, "{\"rules\":[{\"reply\":{\"text\":\"yes\",\"delay\":0.05}}]}");
    models_start(&m, &server);
    crowd(members, 12, &m,
          &(struct flow_request){.model = ANTHROPIC,
                                 .system = &system,
                                 .system_count = 1,
                                 .turns = &turn,
                                 .turn_count = 1,
                                 .max_tokens = 100});
    for (size_t i = 0; i < 12; i++) {
        assert_ok(members[i].call.rc, &members[i].call.err);
        writers += members[i].call.reply.usage.cache_write > 0;
        readers += members[i].call.reply.usage.cache_read == 2000;
        call_release(&members[i].call);
    }
    assert_int_equal(writers, 1);
    assert_int_equal(readers, 11);
    models_stop(&m);
    server_stop(&server);
}

static void *call_it_off(void *payload)
{
    struct test_models *m = payload;
    struct flow_models_load load = {0};

    // As soon as the call is out.
    while (load.in_flight == 0)
        flow_models_load(m->models, &load);
    atomic_store(&m->cancel, true);
    return NULL;
}

static void test_cancel(void **state)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;
    pthread_t thread;

    (void)state;
    server_start(&server, "{\"rules\":[{\"reply\":{\"text\":\"x\",\"delay\":60}}]}");
    models_start(&m, &server);
    assert_int_equal(pthread_create(&thread, NULL, call_it_off, &m), 0);
    call_text(&call, &m, ANTHROPIC, "go");
    pthread_join(thread, NULL);
    assert_int_equal(call.failure, FLOW_CALL_CANCELLED);
    assert_int_equal(call.err.code, FLOW_E_INTERRUPTED);
    call_release(&call);
    models_stop(&m);
    server_stop(&server);
}

static void test_nobody_listens(void **state)
{
    struct test_server server;
    struct test_models m;
    struct test_call call;

    (void)state;
    server_start(&server, "{}");
    models_start(&m, &server);
    server_stop(&server);
    call_text(&call, &m, ANTHROPIC, "go");
    assert_int_equal(call.failure, FLOW_CALL_REFUSED);
    assert_int_equal(call.attempts, 2);
    assert_int_equal(call.reply.usage.input, 0);
    call_release(&call);
    models_stop(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expectations),
        cmocka_unit_test(test_partial_text_is_kept),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_key_is_never_shown),
        cmocka_unit_test(test_tools),
        cmocka_unit_test(test_stops),
        cmocka_unit_test(test_fields_by_model),
        cmocka_unit_test(test_other_name_of_the_limit_is_learnt),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_hundreds_at_once),
        cmocka_unit_test(test_first_of_a_prefix_goes_ahead),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_nobody_listens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
