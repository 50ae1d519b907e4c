// SPDX-License-Identifier: MIT
// Every error that the two protocols document, and what other servers were seen to send.
#include <string.h>

#include "fault.h"
#include "unit.h"

#define R FLOW_FAULT_RETRY
#define T FLOW_FAULT_THROTTLE
#define O FLOW_FAULT_OVERLOAD
#define X FLOW_FAULT_REFUSED
#define Q FLOW_FAULT_QUOTA

/* An error of the Messages API, and one of Chat Completions. */
#define A(type)                                                                                              \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"m\"},\"request_id\":\"r\"}"
#define AC(type, code)                                                                                       \
    "{\"type\":\"error\",\"error\":{\"type\":\"" type                                                        \
    "\",\"message\":\"m\",\"details\":{\"error_code\":\"" code "\"}}}"
#define C(type, code) "{\"error\":{\"message\":\"m\",\"type\":" type ",\"param\":null,\"code\":" code "}}"

static const struct {
    long status;
    const char *body, *should_retry;
    enum flow_fault_kind kind;
    const char *message;
} cases[] = {
    {400, A("invalid_request_error"), NULL, X, "m"},
    {401, A("authentication_error"), NULL, X, "m"},
    {402, A("billing_error"), NULL, Q, "m"},
    {403, A("permission_error"), NULL, X, "m"},
    {404, A("not_found_error"), NULL, X, "m"},
    {408, "", NULL, R, ""},
    {409, A("conflict_error"), NULL, R, "m"},
    {413, A("request_too_large"), NULL, X, "m"},
    {422, "", NULL, X, ""},
    {429, A("rate_limit_error"), NULL, T, "m"},
    {429, AC("rate_limit_error", "enforced_spend_limit_reached"), NULL, Q, "m"},
    {429, AC("rate_limit_error", "contract_spend_limit_reached"), NULL, Q, "m"},
    {429, AC("rate_limit_error", "ramp_limit_exceeded"), NULL, T, "m"},
    {500, A("api_error"), NULL, R, "m"},
    {503, "", NULL, R, ""},
    {504, A("timeout_error"), NULL, R, "m"},
    {529, A("overloaded_error"), NULL, O, "m"},
    {529, "", NULL, O, ""},
    /* the word behind a status that says less */
    {500, A("overloaded_error"), NULL, O, "m"},
    /* Chat Completions */
    {401, C("\"invalid_request_error\"", "\"invalid_api_key\""), NULL, X, "m"},
    {429, C("\"requests\"", "\"rate_limit_exceeded\""), NULL, T, "m"},
    {429, C("\"insufficient_quota\"", "\"insufficient_quota\""), NULL, Q, "m"},
    {429, C("null", "\"credit_balance_exhausted\""), NULL, Q, "m"},
    {429, C("\"credit_balance_exhausted\"", "null"), NULL, Q, "m"},
    {503, C("null", "\"slow_down\""), NULL, T, "m"},
    {429, C("\"slow_down\"", "null"), NULL, T, "m"},
    {500, C("\"server_error\"", "null"), NULL, R, "m"},
    /* vLLM: a class as type, a number as code; its older form at the top */
    {400, C("\"BadRequestError\"", "400"), NULL, X, "m"},
    {400, "{\"object\":\"error\",\"message\":\"too long\",\"type\":\"BadRequestError\",\"code\":400}", NULL,
     X, "too long"},
    /* OpenRouter */
    {402, C("null", "402"), NULL, Q, "m"},
    {403, C("null", "403"), NULL, X, "m"},
    {502, C("null", "502"), NULL, R, "m"},
    /* Ollama, and what stands in front of servers */
    {404, "{\"error\":\"model 'x' not found\"}", NULL, X, "model 'x' not found"},
    {502, "<html>\n<h1>Bad Gateway</h1>", NULL, R, "<html>"},
    {500, "plain\ttext\x01", NULL, R, "plain\\ttext\\x01"},
    {400, "{\"error\":{\"message\":5}}", NULL, X, "{\"error\":{\"message\":5}}"},
    {302, "", NULL, X, ""},
    /* the header wins */
    {500, A("api_error"), "false", X, "m"},
    {400, A("invalid_request_error"), "true", R, "m"},
    {429, A("rate_limit_error"), "true", T, "m"},
    {429, A("rate_limit_error"), "false", X, "m"},
    {429, AC("rate_limit_error", "enforced_spend_limit_reached"), "true", Q, "m"},
    {500, A("api_error"), "perhaps", R, "m"},
};

static void test_http(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct flow_retry_headers headers = {.should_retry = cases[i].should_retry};
        struct flow_fault fault;
        flow_fault_init(&fault);
        flow_fault_http(&fault, cases[i].status, cases[i].body, strlen(cases[i].body), &headers, 0);
        if (fault.kind != cases[i].kind || strcmp(fault.message.data, cases[i].message) != 0)
            fail_msg("case %zu (%ld): kind %d, message '%s'", i, cases[i].status, fault.kind,
                     fault.message.data);
        assert_true(fault.wait < 0);
        flow_fault_release(&fault);
    }
}

static const struct {
    const char *event;
    enum flow_fault_kind kind;
} events[] = {
    {A("overloaded_error"), O},
    {A("api_error"), R},
    {A("rate_limit_error"), T},
    {A("invalid_request_error"), X},
    {A("something_new"), R},
    {"{\"error\":{\"code\":429,\"message\":\"m\"}}", T},
    {"{\"error\":{\"code\":402,\"message\":\"m\"}}", Q},
    {"{\"error\":{\"code\":502,\"message\":\"m\"},\"choices\":[]}", R},
    {"{\"error\":\"broke\"}", R},
};

static void test_inside_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        struct flow_json *document;
        struct flow_fault fault;
        flow_fault_init(&fault);
        assert_int_equal(flow_json_parse(&document, events[i].event, strlen(events[i].event), NULL), 0);
        assert_true(flow_fault_present(document));
        flow_fault_stream(&fault, document);
        if (fault.kind != events[i].kind)
            fail_msg("case %zu: kind %d", i, fault.kind);
        flow_json_free(document);
        flow_fault_release(&fault);
    }
}

static void test_no_fault(void **state)
{
    static const char *const texts[] = {"{}", "{\"error\":null}", "{\"object\":\"chat.completion\"}", "[]"};

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct flow_json *document;
        assert_int_equal(flow_json_parse(&document, texts[i], strlen(texts[i]), NULL), 0);
        assert_false(flow_fault_present(document));
        flow_json_free(document);
    }
}

static void test_requests_that_are_too_long(void **state)
{
    static const struct {
        long status;
        const char *body;
        bool too_big;
    } bodies[] = {
        {413, "", true},
        {413, A("request_too_large"), true},
        {400, C("\"invalid_request_error\"", "\"context_length_exceeded\""), true},
        {400, C("\"invalid_request_error\"", "null"), false},
        {400, "", false},
    };
    const struct flow_retry_headers headers = {0};

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct flow_fault fault;
        flow_fault_init(&fault);
        flow_fault_http(&fault, bodies[i].status, bodies[i].body, strlen(bodies[i].body), &headers, 0);
        assert_int_equal(fault.too_big, bodies[i].too_big);
        assert_int_equal(fault.kind, X);
        flow_fault_release(&fault);
    }
}

static void test_param(void **state)
{
    static const char body[] = "{\"error\":{\"message\":\"m\",\"param\":\"max_tokens\"}}";
    const struct flow_retry_headers headers = {0};
    struct flow_fault fault;

    (void)state;
    flow_fault_init(&fault);
    flow_fault_http(&fault, 400, body, strlen(body), &headers, 0);
    assert_string_equal(fault.param, "max_tokens");
    flow_fault_release(&fault);
}

/* 2026-11-22T10:00:00Z */
#define NOW INT64_C(1795341600000)

static const struct {
    const char *retry_after, *retry_after_ms;
    double wait;
} waits[] = {
    {NULL, NULL, -1},
    {"2", NULL, 2},
    {"0", NULL, 0},
    {"1.5", NULL, 1.5},
    {"2", "250", 0.25},
    {NULL, "1500", 1.5},
    {"Sun, 22 Nov 2026 10:00:30 GMT", NULL, 30},
    {"Sun, 22 Nov 2026 09:00:00 GMT", NULL, 0},
    {"86400", NULL, FLOW_RETRY_AFTER_MAX},
    {"Mon, 23 Nov 2026 10:00:30 GMT", NULL, FLOW_RETRY_AFTER_MAX},
    {"1e400", NULL, -1},
    {"-5", NULL, -1},
    {"soon", NULL, -1},
    {"", "", -1},
    {"3 ", NULL, -1},
};

static void test_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        const struct flow_retry_headers headers = {.retry_after = waits[i].retry_after,
                                                   .retry_after_ms = waits[i].retry_after_ms};
        double wait = flow_retry_wait(&headers, NOW);
        if (waits[i].wait < 0 ? wait >= 0 : wait < waits[i].wait - 1e-6 || wait > waits[i].wait + 1e-6)
            fail_msg("case %zu: %f", i, wait);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_http),
        cmocka_unit_test(test_inside_an_answer),
        cmocka_unit_test(test_no_fault),
        cmocka_unit_test(test_param),
        cmocka_unit_test(test_requests_that_are_too_long),
        cmocka_unit_test(test_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
