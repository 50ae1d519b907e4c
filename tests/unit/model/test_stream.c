// SPDX-License-Identifier: MIT
// What servers were seen to send, beyond what tests/e2e/server sends: event by event.
#include <string.h>

#include "anthropic.h"
#include "openai.h"
#include "stream.h"
#include "unit.h"

#define CHUNK(delta) "{\"choices\":[{\"index\":0,\"delta\":" delta "}]}"
#define END(reason)  "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}", "[DONE]"

typedef void (*event_fn)(struct flow_stream *stream, const char *data, size_t len);

/* What a list of events makes. */
static const struct {
    event_fn event;
    const char *events[8];
    const char *text;
    enum flow_reply_stop stop;
    bool complete, nonsense;
    enum flow_fault_kind fault;
    const char *calls; /* "name(input)" joined */
} cases[] = {
    // Chat Completions
    {flow_openai_event, {CHUNK("{\"content\":\"a\"}"), END("stop")}, "a", FLOW_STOP_END, true, false, 0, ""},
    {flow_openai_event,
     {CHUNK("{\"content\":null}"), CHUNK("{\"content\":\"\"}"), END("stop")},
     "",
     FLOW_STOP_END,
     true,
     false,
     0,
     ""},
    {flow_openai_event,
     {CHUNK("{\"content\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}]}"),
      END("stop")},
     "ab",
     FLOW_STOP_END,
     true,
     false,
     0,
     ""},
    {flow_openai_event,
     {CHUNK("{\"reasoning\":\"hm\"}"), CHUNK("{\"reasoning_content\":\"hm\"}"), CHUNK("{\"content\":\"a\"}"),
      END("stop")},
     "a",
     FLOW_STOP_END,
     true,
     false,
     0,
     ""},
    {flow_openai_event,
     {CHUNK("{\"content\":\"a\"}"), "[DONE]"},
     "a",
     FLOW_STOP_UNKNOWN,
     false,
     false,
     0,
     ""},
    {flow_openai_event,
     {CHUNK("{\"content\":\"a\"}"), END("stop"), "{\"choices\":[],\"usage\":{\"prompt_tokens\":1}}"},
     "a",
     FLOW_STOP_END,
     true,
     false,
     0,
     ""},
    {flow_openai_event,
     {CHUNK("{\"content\":\"a\"}"), "{\"error\":{\"code\":502,\"message\":\"m\"}}"},
     "a",
     FLOW_STOP_UNKNOWN,
     false,
     false,
     FLOW_FAULT_RETRY,
     ""},
    {flow_openai_event, {"{\"choices\":"}, "", FLOW_STOP_UNKNOWN, false, true, 0, ""},
    {flow_openai_event,
     {"[]", "null", "{\"choices\":{}}", "{\"choices\":[5]}", END("stop")},
     "",
     FLOW_STOP_END,
     true,
     false,
     0,
     ""},
    // calls: whole in one piece, without index, with an object as input, with "stop" behind them
    {flow_openai_event,
     {CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":"
            "\"{}\"}}]}"),
      END("stop")},
     "",
     FLOW_STOP_TOOLS,
     true,
     false,
     0,
     "f({})"},
    {flow_openai_event,
     {CHUNK("{\"tool_calls\":[{\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":\"{\\\"a\\\"\"}}]}"),
      CHUNK("{\"tool_calls\":[{\"function\":{\"arguments\":\":1}\"}}]}"),
      CHUNK("{\"tool_calls\":[{\"id\":\"2\",\"function\":{\"name\":\"g\",\"arguments\":{\"b\":2}}}]}"),
      END("tool_calls")},
     "",
     FLOW_STOP_TOOLS,
     true,
     false,
     0,
     "f({\"a\":1})g({\"b\":2})"},
    {flow_openai_event,
     {CHUNK("{\"tool_calls\":[{\"index\":1,\"id\":\"2\",\"function\":{\"name\":\"g\"}},{\"index\":0,\"id\":"
            "\"1\","
            "\"function\":{\"name\":\"f\"}}]}"),
      CHUNK("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{}\"}},{\"index\":1,\"function\":{"
            "\"arguments\":\"{\\\"x\\\":[]}\"}}]}"),
      END("tool_calls")},
     "",
     FLOW_STOP_TOOLS,
     true,
     false,
     0,
     "g({\"x\":[]})f({})"},
    {flow_openai_event,
     {CHUNK("{\"tool_calls\":[{\"index\":0,\"id\":\"1\",\"function\":{\"name\":\"f\",\"arguments\":"
            "\"{\"}}]}"),
      END("length")},
     "",
     FLOW_STOP_LENGTH,
     true,
     false,
     0,
     ""},
    {flow_openai_event,
     {CHUNK("{\"refusal\":\"no\"}"), END("stop")},
     "",
     FLOW_STOP_REFUSAL,
     true,
     false,
     0,
     ""},
    // Messages API
    {flow_anthropic_event,
     {"{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":3}}}",
      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":"
      "\"a\"}}",
      "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":"
      "\"b\"}}",
      "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"citations_delta\","
      "\"citation\":{}}}",
      "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"stop_sequence\"}}",
      "{\"type\":\"message_stop\"}"},
     "ab",
     FLOW_STOP_END,
     true,
     false,
     0,
     ""},
    {flow_anthropic_event,
     {"{\"type\":\"content_block_delta\",\"index\":9,\"delta\":{\"type\":\"text_delta\",\"text\":"
      "\"b\"}}",
      "{\"type\":\"new_event\"}", "{\"type\":\"message_stop\"}"},
     "",
     FLOW_STOP_UNKNOWN,
     true,
     false,
     0,
     ""},
    {flow_anthropic_event,
     {"{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\","
      "\"id\":\"1\",\"name\":\"f\",\"input\":{}}}",
      "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}", "{\"type\":\"message_stop\"}"},
     "",
     FLOW_STOP_TOOLS,
     true,
     false,
     0,
     "f({})"},
    {flow_anthropic_event, {"{\"type\":\"content_block_start\"}"}, "", FLOW_STOP_UNKNOWN, false, true, 0, ""},
    {flow_anthropic_event,
     {"{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}"},
     "",
     FLOW_STOP_UNKNOWN,
     false,
     false,
     FLOW_FAULT_OVERLOAD,
     ""},
};

static void join_calls(const struct flow_reply *reply, struct flow_buf *out)
{
    flow_buf_clear(out);
    for (size_t i = 0; i < reply->call_count; i++)
        flow_buf_printf(out, "%s(%s)", reply->calls[i].name, reply->calls[i].input);
}

static void test_events(void **state)
{
    const struct flow_request request = {.model = "m"};
    struct flow_buf calls;

    (void)state;
    flow_buf_init(&calls, FLOW_BUF_LINE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct flow_stream stream;
        struct flow_reply reply;
        flow_stream_init(&stream);
        flow_reply_init(&reply);
        for (size_t k = 0; k < 8 && cases[i].events[k] != NULL; k++)
            cases[i].event(&stream, cases[i].events[k], strlen(cases[i].events[k]));
        assert_int_equal(flow_stream_reply(&stream, &request, &reply, NULL), 0);
        join_calls(&reply, &calls);
        if (strcmp(reply.text, cases[i].text) != 0 || reply.stop != cases[i].stop ||
            stream.complete != cases[i].complete || stream.nonsense != cases[i].nonsense ||
            stream.fault.kind != cases[i].fault || strcmp(calls.data, cases[i].calls) != 0)
            fail_msg("case %zu: text '%s', stop %d, complete %d, nonsense %d, fault %d, calls '%s'", i,
                     reply.text, reply.stop, stream.complete, stream.nonsense, stream.fault.kind, calls.data);
        flow_reply_release(&reply);
        flow_stream_release(&stream);
    }
    flow_buf_release(&calls);
}

static void test_input_of_a_call_must_be_an_object(void **state)
{
    static const struct {
        const char *arguments;
        bool valid;
    } inputs[] = {{"", true}, {"{}", true}, {"{\\\"a\\\":", false}, {"[]", false}, {"x", false}};

    (void)state;
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct flow_stream stream;
        struct flow_buf event;
        flow_buf_init(&event, FLOW_BUF_LINE);
        flow_stream_init(&stream);
        flow_buf_printf(
            &event,
            CHUNK("{\"tool_calls\":[{\"index\":0,\"function\":{\"name\":\"f\",\"arguments\":\"%s\"}}]}"),
            inputs[i].arguments);
        flow_openai_event(&stream, event.data, event.len);
        assert_int_equal(flow_stream_calls_valid(&stream), inputs[i].valid);
        flow_stream_release(&stream);
        flow_buf_release(&event);
    }
}

static void test_more_parts_than_any_answer_has(void **state)
{
    struct flow_stream stream;
    struct flow_buf event;

    (void)state;
    flow_buf_init(&event, FLOW_BUF_LINE);
    flow_stream_init(&stream);
    for (int i = 0; i < 5000; i++) {
        flow_buf_clear(&event);
        flow_buf_printf(
            &event, "{\"type\":\"content_block_start\",\"index\":%d,\"content_block\":{\"type\":\"text\"}}",
            i);
        flow_anthropic_event(&stream, event.data, event.len);
    }
    assert_true(stream.nonsense);
    assert_true(stream.count < 5000);
    flow_stream_release(&stream);
    flow_buf_release(&event);
}

static void test_unknown_blocks_are_kept_for_the_next_turn(void **state)
{
    static const char *const events[] = {
        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":"
        "\"\"}}",
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":"
        "\"s\"}}",
        "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"new\",\"x\":[1]}}",
        "{\"type\":\"content_block_start\",\"index\":2,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}",
    };
    struct flow_stream stream;
    struct flow_buf raw;

    (void)state;
    flow_buf_init(&raw, FLOW_BUF_LINE);
    flow_stream_init(&stream);
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        flow_anthropic_event(&stream, events[i], strlen(events[i]));
    flow_anthropic_raw(&stream, &raw);
    // An empty text block would be refused.
    assert_string_equal(raw.data, "[{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"s\"},"
                                  "{\"type\":\"new\",\"x\":[1]}]");
    flow_stream_release(&stream);
    flow_buf_release(&raw);
}

static void test_strict_schemas(void **state)
{
    static const struct {
        const char *schema;
        bool strict;
    } schemas[] = {
        {"{\"type\":\"string\"}", true},
        {"{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":[\"a\"],\"additionalProperties\":"
         "false}",
         true},
        {"{\"type\":\"object\",\"properties\":{\"a\":{}},\"additionalProperties\":false}", false},
        {"{\"type\":\"object\",\"properties\":{\"a\":{}},\"required\":[\"a\"]}", false},
        {"{\"type\":\"array\",\"items\":{\"type\":\"object\",\"properties\":{\"a\":{}}}}", false},
        {"{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"}},\"required\":[\"type\"],"
         "\"additionalProperties\":false}",
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof schemas / sizeof schemas[0]; i++) {
        struct flow_json *document;
        assert_int_equal(flow_json_parse(&document, schemas[i].schema, strlen(schemas[i].schema), NULL), 0);
        assert_int_equal(flow_openai_strict(document), schemas[i].strict);
        flow_json_free(document);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_input_of_a_call_must_be_an_object),
        cmocka_unit_test(test_more_parts_than_any_answer_has),
        cmocka_unit_test(test_unknown_blocks_are_kept_for_the_next_turn),
        cmocka_unit_test(test_strict_schemas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
