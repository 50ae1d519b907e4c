/* SPDX-License-Identifier: MIT */
/*
 * What a reader makes of a fixture, as text, against the file beside it that says what it should be
 * (fixtures/<tool>/<fixture>.want). FLOW_UPDATE=1 writes these files anew: look at every line of the change.
 */
#ifndef FLOW_TESTS_GOLDEN_H
#define FLOW_TESTS_GOLDEN_H

#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"
#include "unit.h"

/* The path of a file of the fixtures, in out. */
static inline const char *golden_path(struct flow_buf *out, const char *name, const char *suffix)
{
    flow_buf_clear(out);
    flow_buf_printf(out, "%s/tests/unit/build/fixtures/%s%s", getenv("FLOW_SOURCE_DIR"), name, suffix);
    return out->data;
}

static inline void golden_read(struct flow_buf *text, const char *name)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_clear(text);
    assert_ok(flow_file_read(golden_path(&path, name, ""), text, &err), &err);
    flow_buf_release(&path);
}

static inline void golden_check(const struct flow_buf *got, const char *name)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_buf path, want;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&want, FLOW_BUF_TEXT);
    golden_path(&path, name, ".want");
    if (getenv("FLOW_UPDATE"))
        assert_ok(flow_file_write(path.data, got->data, got->len, 0666, &err), &err);
    assert_ok(flow_file_read(path.data, &want, &err), &err);
    if (strcmp(got->data, want.data) != 0)
        fail_msg("%s is not as wanted, but:\n%s", name, got->data);
    flow_buf_release(&want);
    flow_buf_release(&path);
}

/* One line of text for people. */
static inline void golden_put(struct flow_buf *out, const char *text)
{
    if (text)
        flow_str_show(out, text, strlen(text));
    else
        flow_buf_puts(out, "-");
}

#endif
