// SPDX-License-Identifier: MIT
#include "flow/agent/reply.h"
#include "fuzz.h"

#define FINDINGS 3

// A judgement rules on each finding, or says why it does not pass.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_judgement judgement;
    struct flow_buf text, why;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_FILE);
    flow_buf_add(&text, data, size);
    int result = flow_judgement_parse(&judgement, text.data, text.len, false, FINDINGS, &why, &err);
    FUZZ_CHECK(result >= 0 && (result == 0 || why.len > 0));
    if (result == 0) {
        FUZZ_CHECK(judgement.count == FINDINGS);
        for (size_t i = 0; i < judgement.count; i++)
            FUZZ_CHECK(judgement.items[i].reason &&
                       (judgement.items[i].upheld || *judgement.items[i].reason));
        flow_judgement_release(&judgement);
    }
    flow_buf_release(&why);
    flow_buf_release(&text);
    return 0;
}
