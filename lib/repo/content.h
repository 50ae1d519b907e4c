/* SPDX-License-Identifier: MIT */
/* The content of one file of a work tree, as git would store it. */
#ifndef FLOW_REPO_CONTENT_H
#define FLOW_REPO_CONTENT_H

#include <stdbool.h>

#include <git2.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/repo/repo.h"

/* Appends the bytes of the file or link at path below top as they are. 1; 0 where it is no longer there or no
 * longer of that kind; -1. */
int flow_content_raw(const char *top, const char *path, enum flow_entry_kind kind, struct flow_buf *out,
                     struct flow_error *err);

/* Replaces the bytes of a file by what git's own filters (line ends, ident) make of them. 1 where there was
 * something to do, 0 where not, -1. */
int flow_content_filter(git_repository *handle, const char *path, struct flow_buf *content,
                        struct flow_error *err);

/* Whether git's attributes name an external filter for path. */
bool flow_content_has_driver(git_repository *handle, const char *path);

#endif
