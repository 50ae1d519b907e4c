// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/agent/reply.h"
#include "fuzz.h"

static const char file[] = "int f(int a)\n{\n    return a + 1;\n}\n\nint g(void)\n{\n    return f(1);\n}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_fix fix;
    struct flow_buf text, why, out;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_FILE);
    flow_buf_init(&out, FLOW_BUF_FILE);
    flow_buf_add(&text, data, size);
    int result = flow_fix_parse(&fix, text.data, text.len, false, 1, &why, &err);
    FUZZ_CHECK(result >= 0 && (result == 0 || why.len > 0));
    if (result == 0) {
        FUZZ_CHECK(fix.fate_count == 1 && fix.fates[0].finding == 1);
        int applied = flow_edits_apply(&out, file, sizeof file - 1, fix.edits, fix.edit_count, &why, &err);
        // The length is what it was, less what was found, more what replaces it.
        size_t want = sizeof file - 1;
        for (size_t i = 0; applied == 0 && i < fix.edit_count; i++)
            want += strlen(fix.edits[i].replace) - strlen(fix.edits[i].find);
        FUZZ_CHECK(applied == 1 ? why.len > 0 : out.len == want);
        flow_fix_release(&fix);
    }
    flow_buf_release(&out);
    flow_buf_release(&why);
    flow_buf_release(&text);
    return 0;
}
