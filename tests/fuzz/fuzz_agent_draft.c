// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/agent/reply.h"
#include "fuzz.h"

// What the parser lets through keeps the promises of its header; what it refuses has a reason.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_draft draft;
    struct flow_buf text, why;
    // Replies end with a NUL byte that does not count.
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_FILE);
    flow_buf_add(&text, data, size);
    int result = flow_draft_parse(&draft, text.data, text.len, false, &why, &err);
    FUZZ_CHECK(result >= 0);
    if (result == 0) {
        FUZZ_CHECK(draft.text >= text.data && draft.text + draft.len <= text.data + text.len);
        FUZZ_CHECK(draft.len > 0 && !memchr(draft.text, '\0', draft.len));
        for (size_t i = 0; i < draft.symbol_count; i++)
            FUZZ_CHECK(*draft.symbols[i].source && (*draft.symbols[i].target || draft.symbols[i].reason));
        flow_draft_release(&draft);
    } else {
        FUZZ_CHECK(why.len > 0);
    }
    flow_buf_release(&why);
    flow_buf_release(&text);
    return 0;
}
