// SPDX-License-Identifier: MIT
#include "fixed.h"

#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/repo/repo.h"

static const char mark[] = "changed by flow-fix";

struct fixed_reason fixed_reason(const char *commit)
{
    struct fixed_reason out;
    snprintf(out.text, sizeof out.text, "%s in commit %.12s, and not reviewed since", mark, commit);
    return out;
}

struct fixed_reason fixed_rejected(const char *commit, size_t findings)
{
    struct fixed_reason out;
    snprintf(out.text, sizeof out.text, "%s in commit %.12s, and rejected by reviewers for %zu findings",
             mark, commit, findings);
    return out;
}

bool fixed_is_reason(const char *reason)
{
    return reason && flow_str_starts(reason, mark);
}

bool fixed_is_commit(const char *message)
{
    struct flow_buf job;
    flow_buf_init(&job, FLOW_BUF_LINE);
    bool fixed = flow_trailer_get(message, "Flow-Job", 0, &job) == 1 && strcmp(job.data, "fix") == 0;
    flow_buf_release(&job);
    return fixed;
}
