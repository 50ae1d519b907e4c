// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "flow/base/file.h"
#include "folder.h"
#include "record.h"
#include "replay.h"
#include "unit.h"

static const char rows[] =
    "{\"step\":\"a/translate\",\"source\":\"1\",\"text\":\"first\",\"stop\":\"end\"}\n"
    "\n"
    "{\"step\":\"b/translate\",\"source\":\"1\",\"text\":\"other\",\"stop\":\"length\"}\n"
    "{\"step\":\"a/translate\",\"source\":\"1\",\"text\":\"second\"}\n"
    "{\"step\":\"a/translate\",\"source\":\"2\",\"text\":\"third\"}";

static struct flow_recording *open_rows(void **state, const char *text, struct flow_error *err)
{
    struct flow_recording *recording = NULL;
    struct flow_buf path;

    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_write(state, "tape", text);
    if (flow_recording_open(&recording, folder_path(state, &path, "tape"), err) != 0)
        recording = NULL;
    flow_buf_release(&path);
    return recording;
}

static int next(struct flow_recording *recording, const char *step, const char *source,
                struct flow_reply *out, struct flow_error *err)
{
    flow_reply_init(out);
    return flow_recording_next(
        recording, &(struct flow_request){.model = "m", .step = step, .source_id = source}, out, err);
}

static void expect(struct flow_recording *recording, const char *step, const char *source, const char *text)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_reply reply;

    assert_ok(next(recording, step, source, &reply, &err), &err);
    assert_string_equal(reply.text, text);
    flow_reply_release(&reply);
}

static void expect_none(struct flow_recording *recording, const char *step, const char *source,
                        const char *message)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_reply reply;

    assert_err(next(recording, step, source, &reply, &err), &err, FLOW_E_NOT_FOUND);
    assert_non_null(strstr(err.message, step));
    assert_non_null(strstr(err.message, message));
    flow_reply_release(&reply);
}

static void test_rows_by_step_and_source_in_their_order(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_recording *recording = open_rows(state, rows, &err);

    assert_non_null(recording);
    expect(recording, "a/translate", "2", "third");
    expect(recording, "a/translate", "1", "first");
    expect(recording, "b/translate", "1", "other");
    expect(recording, "a/translate", "1", "second");
    expect_none(recording, "a/translate", "1", "no further reply");
    expect_none(recording, "a/translate", "3", "the source changed");
    expect_none(recording, "c/translate", "1", "no reply for step");
    flow_recording_free(recording);
}

static void test_recordings_that_are_none(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{\"step\":\"a\",\"text\":\"x\"}\nnot json\n", "line 2"},
        {"{\"step\":\"a\",\"text\":\"x\"}\n{\"step\":\"a\",\"te", "line 2"},
    };
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_recording *recording;
    struct flow_reply reply;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_null(open_rows(state, cases[i].text, &err));
        assert_non_null(strstr(err.message, cases[i].message));
    }
    assert_int_not_equal(flow_recording_open(&recording, "/nowhere/tape", &err), 0);
    assert_int_equal(err.code, FLOW_E_NOT_FOUND);
    recording =
        open_rows(state, "{\"step\":\"a\",\"calls\":[{\"id\":1}],\"text\":\"x\"}\n{\"step\":\"b\"}\n", &err);
    assert_non_null(recording);
    assert_err(next(recording, "a", NULL, &reply, &err), &err, FLOW_E_INVALID);
    flow_reply_release(&reply);
    assert_err(next(recording, "b", NULL, &reply, &err), &err, FLOW_E_INVALID);
    flow_reply_release(&reply);
    flow_recording_free(recording);
}

static void write_tape(const char *path, const struct flow_request *request)
{
    char text[] = "line\n\"quoted\" \xc3\xbc", id[] = "7", name[] = "read", input[] = "{\"path\":\"x\"}",
         detail[] = "tool_use";
    struct flow_tool_call call = {.id = id, .name = name, .input = input};
    const struct flow_reply reply = {
        .text = text,
        .len = strlen(text),
        .calls = &call,
        .call_count = 1,
        .stop = FLOW_STOP_TOOLS,
        .stop_detail = detail,
        .usage = {.input = 1, .cache_read = 2, .cache_write = 3, .output = 4, .estimated = true}};
    struct flow_recorder *recorder;
    struct flow_error err = FLOW_ERROR_INIT;

    assert_ok(flow_recorder_new(&recorder, path, &err), &err);
    assert_ok(flow_recorder_add(recorder, request, &reply, &err), &err);
    flow_recorder_free(recorder);
}

static void test_what_is_recorded_comes_back(void **state)
{
    const struct flow_request request = {
        .model = "anthropic/m", .step = "s", .source_id = "1", .role = "r", .unit = "u"};
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_recording *recording;
    struct flow_reply reply;
    struct flow_buf path;
    struct stat st;

    flow_buf_init(&path, FLOW_BUF_LINE);
    folder_path(state, &path, "tape");
    // A second recorder goes on where the first one ended.
    write_tape(path.data, &request);
    write_tape(path.data, &request);
    assert_int_equal(stat(path.data, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_ok(flow_recording_open(&recording, path.data, &err), &err);
    for (int i = 0; i < 2; i++) {
        assert_ok(next(recording, "s", "1", &reply, &err), &err);
        assert_string_equal(reply.text, "line\n\"quoted\" \xc3\xbc");
        assert_int_equal(reply.stop, FLOW_STOP_TOOLS);
        assert_string_equal(reply.stop_detail, "tool_use");
        assert_int_equal(reply.call_count, 1);
        assert_string_equal(reply.calls[0].input, "{\"path\":\"x\"}");
        assert_int_equal(reply.usage.input, 1);
        assert_int_equal(reply.usage.cache_read, 2);
        assert_int_equal(reply.usage.cache_write, 3);
        assert_int_equal(reply.usage.output, 4);
        assert_true(reply.usage.estimated);
        flow_reply_release(&reply);
    }
    expect_none(recording, "s", "1", "no further reply");
    flow_recording_free(recording);
    flow_buf_release(&path);
}

static void test_a_recording_that_cannot_be_written(void **state)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_recorder *recorder;

    (void)state;
    assert_err(flow_recorder_new(&recorder, "/nowhere/tape", &err), &err, FLOW_E_NOT_FOUND);
    assert_non_null(strstr(err.message, "/nowhere/tape"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_setup, folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows_by_step_and_source_in_their_order),
        TEST(test_recordings_that_are_none),
        TEST(test_what_is_recorded_comes_back),
        TEST(test_a_recording_that_cannot_be_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
