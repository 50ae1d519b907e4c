/* SPDX-License-Identifier: MIT */
/*
 * How commits and units tell that flow-fix wrote them: what it writes, flow-port and flow-log read.
 */
#ifndef FLOW_JOB_FIXED_H
#define FLOW_JOB_FIXED_H

#include <stdbool.h>
#include <stddef.h>

/* Why a unit has no verdicts: "changed by flow-fix in commit …". */
struct fixed_reason {
    char text[120];
};
struct fixed_reason fixed_reason(const char *commit);
/* The same of one that reviewers have read since, and rejected. */
struct fixed_reason fixed_rejected(const char *commit, size_t findings);
/* Whether a reason is one of these; NULL is none. */
bool fixed_is_reason(const char *reason);
/* Whether a commit is one of flow-fix, by its message. */
bool fixed_is_commit(const char *message);

#endif
