// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "anthropic.h"
#include "bucket.h"
#include "conversation.h"
#include "endpoint.h"
#include "flow/model/model.h"
#include "folder.h"
#include "oom.h"
#include "openai.h"
#include "price.h"
#include "record.h"
#include "replay.h"
#include "sse.h"
#include "unit.h"
#include "words.h"

static const struct flow_block block = {"text", 4, true};
static const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1};
static const struct flow_request request = {.model = "anthropic/m",
                                            .system = &block,
                                            .system_count = 1,
                                            .turns = &turn,
                                            .turn_count = 1,
                                            .schema = "{\"type\":\"object\"}",
                                            .max_tokens = 5,
                                            .step = "s",
                                            .source_id = "1"};

/* As many as the request could have. */
static const struct flow_text texts[8];

static int write_requests(void *payload, struct flow_error *err)
{
    struct flow_buf out;
    int rc;

    (void)payload;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_request_canonical(&request, texts, &out);
    flow_anthropic_body(&request, "m", &out);
    flow_openai_body(&request, "m", true, &out);
    flow_conversation_write(&request, &out);
    rc = flow_buf_check(&out, "request", err);
    flow_buf_release(&out);
    return rc;
}

static void test_requests(void **state)
{
    (void)state;
    // A schema that cannot be looked at is sent without "strict".
    oom_each_lenient(write_requests, NULL);
}

static int make_key(void *payload, struct flow_error *err)
{
    struct flow_text *list;
    struct flow_id id;
    size_t count;
    int rc;

    (void)payload;
    if (flow_request_texts(&request, &list, &count, err) != 0)
        return -1;
    rc = flow_request_key(&request, list, 0, 0, &id, err);
    free(list);
    return rc;
}

static void test_key(void **state)
{
    (void)state;
    oom_each(make_key, NULL);
}

static int count_event(const char *name, const char *data, size_t len, void *payload)
{
    (void)name;
    (void)data;
    (void)len;
    ++*(int *)payload;
    return 0;
}

static int feed(void *payload, struct flow_error *err)
{
    static const char text[] = "event: a\ndata: one\ndata: two\n\nevent: b\ndata: three\n\n";
    struct flow_sse sse;
    int events = 0, rc;

    (void)payload;
    flow_sse_init(&sse, 1000, count_event, &events);
    rc = flow_sse_feed(&sse, text, strlen(text));
    flow_sse_release(&sse);
    return rc == 0 && events == 2 ? 0 : flow_error_nomem(err);
}

static void test_sse(void **state)
{
    (void)state;
    // A name that is lost does no harm: the data says it again.
    oom_each_lenient(feed, NULL);
}

static const char *const messages[] = {
    "{\"type\":\"message_start\",\"message\":{\"model\":\"m\",\"usage\":{\"input_tokens\":3}}}",
    "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"hello\"}}",
    ("{\"type\":\"content_block_start\",\"index\":1,\"content_block\":{\"type\":\"tool_use\",\"id\":\"1\","
     "\"name\":\"f\"}}"),
    "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}",
    "{\"type\":\"message_stop\"}",
};

// A stream that lost something says so, in one way or the other; a reply that is whole is whole.
static int read_stream(void *payload, struct flow_error *err)
{
    struct flow_stream stream;
    struct flow_reply reply;
    int rc;

    (void)payload;
    flow_stream_init(&stream);
    flow_reply_init(&reply);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        flow_anthropic_event(&stream, messages[i], strlen(messages[i]));
    rc = flow_stream_reply(&stream, &request, &reply, err);
    if (rc == 0 && (stream.nomem || stream.nonsense || !flow_stream_calls_valid(&stream)))
        rc = flow_error_nomem(err);
    if (rc == 0 &&
        (strcmp(reply.text, "hello") != 0 || reply.call_count != 1 || strcmp(reply.calls[0].name, "f") != 0))
        fail_msg("text '%s', %zu calls", reply.text, reply.call_count);
    flow_reply_release(&reply);
    flow_stream_release(&stream);
    return rc;
}

static void test_stream(void **state)
{
    (void)state;
    oom_each_lenient(read_stream, NULL);
}

static int split(void *payload, struct flow_error *err)
{
    struct flow_strv words;
    int rc;

    (void)payload;
    flow_strv_init(&words);
    rc = flow_words_split("claude -p 'a b'", &words, err);
    flow_strv_release(&words);
    return rc;
}

static void test_words(void **state)
{
    (void)state;
    oom_each(split, NULL);
}

static int read_prices(void *payload, struct flow_error *err)
{
    struct flow_prices *prices;

    if (flow_prices_read(&prices, payload, err) != 0)
        return -1;
    flow_prices_free(prices);
    return 0;
}

static void test_prices(void **state)
{
    struct flow_buf path;

    folder_write(state, "prices",
                 "[price \"a\"]\n\tinput = 1\n\toutput = 2\n\tdate = d\n[price \"a >5\"]\n"
                 "\tinput = 1\n\toutput = 2\n");
    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "prices");
    oom_each(read_prices, path.data);
    flow_buf_release(&path);
}

static int record_and_replay(void *payload, struct flow_error *err)
{
    char text[] = "text";
    const struct flow_reply reply = {.text = text, .len = 4, .stop = FLOW_STOP_END};
    struct flow_recorder *recorder = NULL;
    struct flow_recording *recording = NULL;
    struct flow_reply back;
    int rc = -1;

    flow_reply_init(&back);
    remove(payload);
    if (flow_recorder_new(&recorder, payload, err) != 0 ||
        flow_recorder_add(recorder, &request, &reply, err) != 0 ||
        flow_recording_open(&recording, payload, err) != 0 ||
        flow_recording_next(recording, &request, &back, err) != 0)
        goto done;
    assert_string_equal(back.text, "text");
    rc = 0;
done:
    flow_reply_release(&back);
    flow_recorder_free(recorder);
    flow_recording_free(recording);
    return rc;
}

static void test_recordings(void **state)
{
    struct flow_buf path;

    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "tape");
    oom_each_lenient(record_and_replay, path.data);
    flow_buf_release(&path);
}

static int read_endpoint(void *payload, struct flow_error *err)
{
    struct flow_endpoint endpoint;

    if (flow_endpoint_read(&endpoint, "anthropic", payload, err) != 0)
        return -1;
    flow_endpoint_release(&endpoint);
    return 0;
}

/* A whole set of models, with a call to a recording. */
static int call_models(void *payload, struct flow_error *err)
{
    struct flow_models *models = NULL;
    struct flow_price price;
    struct flow_reply reply;
    enum flow_call_failure failure;
    int rc = -1;

    flow_reply_init(&reply);
    if (flow_models_new(&models, &(struct flow_models_options){.config = payload}, err) != 0 ||
        flow_models_check(models, "anthropic/m", err) != 0 ||
        flow_models_price(models, "anthropic/claude-opus-5", 10, &price, err) != 0)
        goto done;
    flow_reply_release(&reply);
    rc = flow_models_call(models,
                          &(struct flow_request){.model = "command/true", .turns = &turn, .turn_count = 1},
                          NULL, &reply, &failure, NULL, err);
    // true prints nothing, which is no reply: all that matters here is that nothing is lost on the way.
    if (rc != 0 && err->code == FLOW_E_INVALID)
        rc = 0;
done:
    flow_reply_release(&reply);
    flow_models_free(models);
    return rc;
}

static void test_models(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config;

    (void)state;
    setenv("ANTHROPIC_API_KEY", "sk-1", 1);
    assert_ok(flow_config_new(&config, &err), &err);
    assert_ok(flow_config_set(config, "model.anthropic.url", "http://localhost", &err), &err);
    oom_each(read_endpoint, config);
    oom_each_lenient(call_models, config);
    flow_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_sse),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_prices, folder_setup, folder_teardown),
        cmocka_unit_test_setup_teardown(test_recordings, folder_setup, folder_teardown),
        cmocka_unit_test(test_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
