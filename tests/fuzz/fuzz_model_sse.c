// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/buf.h"
#include "fuzz.h"
#include "sse.h"

#define EVENT_MAX 4096

static int keep(const char *name, const char *data, size_t len, void *payload)
{
    FUZZ_CHECK(len <= EVENT_MAX && data[len] == '\0');
    FUZZ_CHECK(strchr(name, '\n') == NULL);
    flow_buf_printf(payload, "%s\n%zu\n", name, len);
    flow_buf_add(payload, data, len);
    return 0;
}

static void feed(const char *text, size_t len, size_t piece, struct flow_buf *out)
{
    struct flow_sse sse;

    flow_sse_init(&sse, EVENT_MAX, keep, out);
    for (size_t at = 0; at < len; at += piece)
        if (flow_sse_feed(&sse, text + at, len - at < piece ? len - at : piece) != 0)
            break;
    flow_sse_release(&sse);
}

// The first byte says how large the pieces are: the same events come, however a stream is split.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_buf whole, split;

    if (size < 2)
        return 0;
    flow_buf_init(&whole, FLOW_BUF_FILE);
    flow_buf_init(&split, FLOW_BUF_FILE);
    feed((const char *)data + 1, size - 1, size, &whole);
    feed((const char *)data + 1, size - 1, (size_t)data[0] + 1, &split);
    FUZZ_CHECK(whole.len == split.len && memcmp(whole.data, split.data, whole.len) == 0);
    flow_buf_release(&whole);
    flow_buf_release(&split);
    return 0;
}
