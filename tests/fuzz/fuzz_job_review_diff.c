// SPDX-License-Identifier: MIT
#include <string.h>

#include "fuzz.h"
#include "review_diff.h"

// A diff is read or refused; each file is a part of it, and its hunks are parts of that. What is made of
// nothing can be taken back to nothing.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = size > 0 ? (const char *)data : "";
    struct flow_error err = FLOW_ERROR_INIT;
    struct diff diff;
    if (diff_parse(&diff, text, size, &err) != 0) {
        FUZZ_CHECK(err.code == FLOW_E_INVALID);
        return 0;
    }
    FUZZ_CHECK(diff.count > 0);
    for (size_t i = 0; i < diff.count; i++) {
        const struct diff_file *file = &diff.files[i];
        struct flow_buf before, after;
        flow_buf_init(&before, FLOW_BUF_FILE);
        flow_buf_init(&after, FLOW_BUF_FILE);
        FUZZ_CHECK(file->path && file->text >= text && file->text + file->len <= text + size);
        for (size_t k = 0; k < file->count; k++)
            FUZZ_CHECK(file->hunks[k].text >= file->text &&
                       file->hunks[k].text + file->hunks[k].len <= file->text + file->len);
        diff_apply(file, true, text, size, &before);
        if (diff_apply(file, false, "", 0, &after) == 0 && !memchr(file->text, '\\', file->len)) {
            flow_buf_clear(&before);
            FUZZ_CHECK(diff_apply(file, true, after.data, after.len, &before) == 0 && before.len == 0);
        }
        flow_buf_release(&after);
        flow_buf_release(&before);
    }
    diff_release(&diff);
    return 0;
}
