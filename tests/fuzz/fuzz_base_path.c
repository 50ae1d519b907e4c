// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "fuzz.h"

// The first line is a pattern, the rest a path. A path that is confined is its own normal form, and all that
// is shown of it is one line of UTF-8.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf out;
    char *text = malloc(size + 1);
    FUZZ_CHECK(text);
    memcpy(text, data, size);
    text[size] = '\0';
    char *path = strchr(text, '\n');
    if (path)
        *path++ = '\0';
    else
        path = text;
    flow_buf_init(&out, FLOW_BUF_TEXT);
    flow_glob_match(text, path);
    if (flow_path_confined(path, &err) == 0) {
        flow_path_join(&out, "", path);
        FUZZ_CHECK(strcmp(out.data, path) == 0);
        flow_path_join(&out, "/tree", path);
        FUZZ_CHECK(flow_str_starts(out.data, "/tree/"));
    } else {
        FUZZ_CHECK(err.code == FLOW_E_INVALID);
        FUZZ_CHECK(flow_utf8_valid(err.message, strlen(err.message)));
    }
    flow_path_join(&out, text, path);
    FUZZ_CHECK(text[0] == '/' || out.data[0] != '/');
    flow_buf_clear(&out);
    flow_str_show(&out, text, size);
    FUZZ_CHECK(flow_utf8_valid(out.data, out.len) && !memchr(out.data, '\n', out.len));
    FUZZ_CHECK(flow_str_first_line(text, size, 10) <= 10);
    flow_utf8_width(text);
    flow_buf_release(&out);
    free(text);
    return 0;
}
