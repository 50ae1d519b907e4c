// SPDX-License-Identifier: MIT
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/tsv.h"
#include "flow/ui/tool.h"

static int read_records(const char *what, struct flow_strv *out, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    size_t before = out->count;
    int result = flow_file_read("-", &text, err);
    if (result == 0)
        result = flow_tsv_ids(out, text.data, text.len, err);
    flow_buf_release(&text);
    if (result == 0 && out->count == before)
        result = flow_error_set(err, FLOW_E_USAGE, "standard input names no %s", what);
    return result;
}

int flow_tool_ids(const struct flow_tool_context *context, const char *what, struct flow_strv *out,
                  struct flow_strv *piped, struct flow_error *err)
{
    int result = 0;
    for (size_t i = 0; i < context->operand_count && result == 0; i++)
        result = strcmp(context->operands[i], "-") == 0 ? read_records(what, piped, err)
                                                        : flow_strv_add(out, context->operands[i], err);
    return result;
}
