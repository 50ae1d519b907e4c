// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/tsv.h"
#include "fuzz.h"

// Any bytes but NUL come back from their escaped form, which is one cell of one line.
static void check_round(const char *text, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf cell;
    struct flow_buf back;
    flow_buf_init(&cell, FLOW_BUF_FILE);
    flow_buf_init(&back, FLOW_BUF_FILE);
    flow_tsv_escape(&cell, text, size);
    FUZZ_CHECK(!memchr(cell.data, '\t', cell.len) && !memchr(cell.data, '\n', cell.len));
    int failed = flow_tsv_unescape(&back, cell.data, cell.len, &err);
    FUZZ_CHECK((failed != 0) == (memchr(text, '\0', size) != NULL));
    FUZZ_CHECK(failed || (back.len == size && memcmp(back.data, text, size) == 0));
    flow_buf_release(&cell);
    flow_buf_release(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_strv list;
    check_round(text, size);
    flow_strv_init(&list);
    if (flow_tsv_ids(&list, text, size, &err) == 0) {
        for (size_t i = 0; i < list.count; i++)
            FUZZ_CHECK(list.items[i][0] != '\0');
    }
    flow_strv_release(&list);
    if (flow_tsv_split(&list, text, size, &err) == 0)
        FUZZ_CHECK(list.count > 0);
    flow_strv_release(&list);
    return 0;
}
