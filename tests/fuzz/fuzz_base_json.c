// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/json.h"
#include "fuzz.h"

// What was read can be written and read again, and is then written the same.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_json *document;
    if (flow_json_parse(&document, (const char *)data, size, &err)) {
        FUZZ_CHECK(err.code == FLOW_E_INVALID && err.message[0]);
        return 0;
    }
    struct flow_buf first;
    struct flow_buf second;
    flow_buf_init(&first, FLOW_BUF_FILE);
    flow_buf_init(&second, FLOW_BUF_FILE);
    flow_json_print(document, &first);
    flow_json_free(document);
    FUZZ_CHECK(flow_json_parse(&document, first.data, first.len, &err) == 0);
    flow_json_print(document, &second);
    FUZZ_CHECK(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    flow_json_free(document);
    flow_buf_release(&first);
    flow_buf_release(&second);
    return 0;
}
