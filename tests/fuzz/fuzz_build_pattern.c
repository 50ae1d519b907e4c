// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/buf.h"
#include "fuzz.h"
#include "pattern.h"

// A pattern in the first line, lines to hold against it in the others. An expression of the user's own may be
// as slow as he likes: what is in braces is left out.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_pattern pattern;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_add(&text, data, size);
    char *line = memchr(text.data, '\n', text.len);
    const char *end = text.data + text.len;
    if (line && !memchr(text.data, '{', (size_t)(line - text.data)) && line - text.data < 200) {
        *line++ = '\0';
        int result = flow_pattern_compile(&pattern, text.data, &err);
        FUZZ_CHECK(result == 0 || err.code == FLOW_E_INVALID);
        while (result == 0 && line < end) {
            struct flow_match match;
            const char *newline = memchr(line, '\n', (size_t)(end - line));
            size_t len = newline ? (size_t)(newline - line) : (size_t)(end - line);
            int fits = flow_pattern_match(&pattern, &match, line, len, &err);
            for (int i = 0; fits == 1 && i < FLOW_PART_COUNT; i++)
                FUZZ_CHECK(!match.at[i] || (match.at[i] >= line && match.at[i] + match.len[i] <= line + len));
            line += len + 1;
        }
        if (result == 0)
            flow_pattern_release(&pattern);
    }
    flow_buf_release(&text);
    return 0;
}
