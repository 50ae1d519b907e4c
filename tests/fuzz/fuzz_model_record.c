// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/json.h"
#include "fuzz.h"
#include "record.h"

// A row of a recording, whatever it holds, is a reply that can be used and let go, or it is refused.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_json *row = NULL;
    struct flow_reply reply;
    if (flow_json_parse(&row, size > 0 ? (const char *)data : "", size, &err))
        return 0;
    flow_reply_init(&reply);
    if (flow_record_reply(row, &reply, &err) == 0) {
        FUZZ_CHECK(reply.text && strlen(reply.text) == reply.len);
        for (size_t i = 0; i < reply.call_count; i++)
            FUZZ_CHECK(reply.calls[i].id && reply.calls[i].name && reply.calls[i].input);
    } else {
        FUZZ_CHECK(err.code == FLOW_E_INVALID);
    }
    flow_reply_release(&reply);
    flow_json_free(row);
    return 0;
}
