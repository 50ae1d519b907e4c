/* SPDX-License-Identifier: MIT */
/* What the look-ups share: one function each, and what they read. */
#ifndef FLOW_AGENT_PRIVATE_LOOKUP_H
#define FLOW_AGENT_PRIVATE_LOOKUP_H

#include <pthread.h>

#include "flow/agent/lookup.h"
#include "flow/base/arena.h"
#include "flow/base/json.h"
#include "flow/base/map.h"

/* Larger files are not read. */
#define FLOW_LOOKUP_FILE_MAX ((uint64_t)8 << 20)

/* One place where a name is declared or mentioned. */
struct flow_lookup_place {
    const struct flow_entry *entry;
    const char *kind; /* of the declaration; NULL: a mention */
    const char *container;
    uint32_t line, end_line;
    uint32_t count; /* of a mention: how often in the file */
    struct flow_lookup_place *next;
};

struct flow_lookups {
    struct flow_lookups_options options;
    struct flow_agent_tools tools;
    pthread_mutex_t lock;
    bool ready; /* names are known: made at the first look-up that needs them, under the lock */
    struct flow_arena arena;
    struct flow_map *names; /* name → struct flow_lookup_place, first declarations, then mentions, by path */
};

/* Each: 0 and the answer; 1: the call was wrong, and the answer says how; -1 failure. */
int flow_lookup_read(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                     struct flow_error *err);
int flow_lookup_search(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                       struct flow_error *err);
int flow_lookup_definition(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                           struct flow_error *err);
int flow_lookup_references(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                           struct flow_error *err);
int flow_lookup_list(struct flow_lookups *l, const struct flow_json *input, struct flow_buf *out,
                     struct flow_error *err);

/* Reads a file of the snapshot that may be sent: 0; 1 where it is held back, with nothing in `text`. */
int flow_lookup_entry(struct flow_lookups *l, const struct flow_entry *entry, struct flow_buf *text,
                      struct flow_error *err);
/* Reads a file of the snapshot by a path from outside; 1 with the reason in `out` where there is none. */
int flow_lookup_file(struct flow_lookups *l, const char *path, struct flow_buf *text, struct flow_buf *out,
                     struct flow_error *err);
/* Appends the reason; returns 1. */
int flow_lookup_wrong(struct flow_buf *out, const char *reason);

#endif
