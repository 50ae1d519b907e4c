/* SPDX-License-Identifier: MIT */
/* Blob ids of files of the work tree that git's index does not know. */
#ifndef FLOW_REPO_REHASH_H
#define FLOW_REPO_REHASH_H

#include <stddef.h>

#include "flow/base/error.h"
#include "flow/repo/repo.h"
#include "listing.h"

/* Sets the ids of the entries with these numbers from their content, on all cores. An entry that has an id
 * already (of git's index) keeps it where only an external filter could tell the new one. */
int flow_listing_hash(struct flow_listing *listing, struct flow_repo *repo, const size_t *numbers,
                      size_t count, struct flow_error *err);

#endif
