/* SPDX-License-Identifier: MIT */
/*
 * Look-ups: what an agent may ask about a snapshot while it works.
 *
 *   read        lines of a file
 *   search      lines that hold a text, or match a POSIX extended regular expression, in files that match a
 * glob definition  where a name is declared, with its signature references  which files mention a name list
 * what stands in a folder
 *
 * All are read-only and depend on nothing but the call, the snapshot and what may be sent, so that the same
 * conversation comes about again from stored replies. Paths are looked up in the snapshot and nowhere else.
 * Every answer is bounded, and says so where it left something out.
 */
#ifndef FLOW_AGENT_LOOKUP_H
#define FLOW_AGENT_LOOKUP_H

#include "flow/agent/agent.h"
#include "flow/agent/send.h"
#include "flow/base/error.h"
#include "flow/repo/repo.h"
#include "flow/store/index.h"
#include "flow/syntax/language.h"

/* What one answer holds at most. */
#define FLOW_LOOKUP_LINES ((size_t)400)
#define FLOW_LOOKUP_BYTES ((size_t)32 << 10)

struct flow_lookups;

struct flow_lookups_options {
    struct flow_repo *repo;
    const struct flow_snapshot *snapshot;
    const struct flow_languages *languages;
    struct flow_index *index; /* facts come from it where it has them; NULL: files are parsed */
    struct flow_send *send;   /* what it holds back is neither shown nor mentioned, but in lists of files */
};

/* What the options point to must outlive it. */
int flow_lookups_new(struct flow_lookups **out, const struct flow_lookups_options *options,
                     struct flow_error *err);
void flow_lookups_free(struct flow_lookups *lookups);

/* The look-ups for a struct flow_step, as long as `lookups` lives. May be used by many agents at once. */
const struct flow_agent_tools *flow_lookups_tools(const struct flow_lookups *lookups);

#endif
