// SPDX-License-Identifier: MIT
#include <string.h>

#include "anthropic.h"
#include "flow/base/json.h"
#include "fuzz.h"
#include "openai.h"
#include "stream.h"

static void feed_lines(struct flow_stream *stream, const char *text, size_t len, int messages)
{
    struct flow_buf line;

    flow_buf_init(&line, FLOW_BUF_TEXT);
    for (size_t at = 0; at < len && !stream->nonsense;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t one = end != NULL ? (size_t)(end - text) - at : len - at;
        flow_buf_clear(&line);
        flow_buf_add(&line, text + at, one);
        (messages ? flow_anthropic_event : flow_openai_event)(stream, line.data, line.len);
        at += one + 1;
    }
    flow_buf_release(&line);
}

// The first byte chooses the dialect, each line is an event. What is given to the next turn must be JSON.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct flow_request request = {.model = "m"};
    struct flow_json *document = NULL;
    struct flow_stream stream;
    struct flow_reply reply;
    struct flow_buf raw;

    if (size < 1)
        return 0;
    flow_stream_init(&stream);
    flow_reply_init(&reply);
    flow_buf_init(&raw, FLOW_BUF_FILE);
    feed_lines(&stream, (const char *)data + 1, size - 1, data[0] & 1);
    FUZZ_CHECK(flow_stream_reply(&stream, &request, &reply, NULL) == 0);
    FUZZ_CHECK(reply.text[reply.len] == '\0');
    FUZZ_CHECK(reply.call_count == 0 || reply.stop == FLOW_STOP_TOOLS);
    if (flow_stream_calls_valid(&stream)) {
        (data[0] & 1 ? flow_anthropic_raw : flow_openai_raw)(&stream, &raw);
        FUZZ_CHECK(flow_json_parse(&document, raw.data, raw.len, NULL) == 0);
    }
    flow_json_free(document);
    flow_buf_release(&raw);
    flow_reply_release(&reply);
    flow_stream_release(&stream);
    return 0;
}
