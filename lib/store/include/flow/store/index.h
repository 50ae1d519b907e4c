/* SPDX-License-Identifier: MIT */
/*
 * The index: what was computed from content and can be computed again. One SQLite file that may be deleted at
 * any time; one that is corrupt, or of another schema, is deleted and made anew without a word.
 *
 * Values are opaque bytes under a key that says all that they depend on, so that nothing in it can go stale.
 * Writes are gathered and written in groups, without waiting for the disk: a crash loses work, not truth. A
 * struct flow_index may be used by several threads at once, the file by several processes.
 */
#ifndef FLOW_STORE_INDEX_H
#define FLOW_STORE_INDEX_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/config/id.h"

struct flow_index;

/* Opens, or makes, the index at path. FLOW_E_ENV where the folder cannot be written. */
int flow_index_open(struct flow_index **out, const char *path, struct flow_error *err);
/* Writes what is pending; what cannot be written is lost, and computed again next time. */
void flow_index_free(struct flow_index *index);

/*
 * What a key stands for. A kind names the value's meaning ("facts", "tree"), id the content that it was made
 * from, and version everything else that went into it (language, grammar, queries, settings).
 */
struct flow_index_key {
    const char *kind;
    const struct flow_id *id;
    const struct flow_id *version;
};

/* Appends the value and returns 1, or 0 where there is none; -1 on failure. */
int flow_index_get(struct flow_index *index, const struct flow_index_key *key, struct flow_buf *out,
                   struct flow_error *err);
/* Keeps a copy of len bytes; replaces what the key had. */
int flow_index_put(struct flow_index *index, const struct flow_index_key *key, const void *data, size_t len,
                   struct flow_error *err);
/* Writes what is pending. */
int flow_index_flush(struct flow_index *index, struct flow_error *err);

#endif
