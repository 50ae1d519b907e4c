// SPDX-License-Identifier: MIT
#include "cgroup.h"

#include <stdio.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

// "200000 100000" are two processors, "max 100000" are all.
static unsigned apply_quota(const char *path, unsigned cores)
{
    long quota = 0;
    long period = 0;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (flow_file_read(path, &text, NULL) == 0 && sscanf(text.data, "%ld %ld", &quota, &period) == 2 &&
        quota > 0 && period > 0) {
        long allowed = quota / period + (quota % period > 0 ? 1 : 0);
        if (allowed < (long)cores)
            cores = (unsigned)allowed;
    }
    flow_buf_release(&text);
    return cores;
}

// The path behind "0::" in text, which has a line for each hierarchy; NULL where there is no version 2.
static const char *own_group(const char *text)
{
    for (const char *line = text; *line; line += *line ? 1 : 0) {
        if (flow_str_starts(line, "0::/"))
            return line + strlen("0::");
        line += strcspn(line, "\n");
    }
    return NULL;
}

unsigned flow_cgroup_cores(const char *self, const char *root, unsigned cores)
{
    struct flow_buf text;
    struct flow_buf path;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_init(&path, FLOW_BUF_LINE);
    const char *group = flow_file_read(self, &text, NULL) == 0 ? own_group(text.data) : NULL;
    size_t len = group ? strcspn(group, "\n") : 0;
    // Up to the root, whose name is empty.
    for (;;) {
        while (len > 0 && group[len - 1] == '/')
            len--;
        flow_buf_clear(&path);
        flow_buf_printf(&path, "%s%.*s/cpu.max", root, (int)len, len > 0 ? group : "");
        if (!path.failed)
            cores = apply_quota(path.data, cores);
        if (len == 0)
            break;
        while (len > 0 && group[len - 1] != '/')
            len--;
    }
    flow_buf_release(&text);
    flow_buf_release(&path);
    return cores;
}
