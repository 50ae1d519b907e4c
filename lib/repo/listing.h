/* SPDX-License-Identifier: MIT */
/* Making a snapshot: entries are added in any order, then sorted and sealed. */
#ifndef FLOW_REPO_LISTING_H
#define FLOW_REPO_LISTING_H

#include <stddef.h>

#include <git2.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/repo/repo.h"

struct flow_listing {
    struct flow_snapshot snapshot; /* first: what callers hold is its address */
    struct flow_arena arena;
    size_t cap;
};

struct flow_listing *flow_listing_new(void);

/* Adds an entry, whose path is copied, and hands it out to be filled in; NULL on failure. */
struct flow_entry *flow_listing_add(struct flow_listing *listing, const char *path, enum flow_entry_kind kind,
                                    const git_oid *oid, struct flow_error *err);

/* Sorts. FLOW_E_INVALID where a path stands there twice. */
int flow_listing_seal(struct flow_listing *listing, struct flow_error *err);

#endif
