/* SPDX-License-Identifier: MIT */
/*
 * What a person has seen and accepted. Commands, prompts and passes that come from a committed file are used
 * only after that; the acceptance holds for exactly these bytes in exactly this role, so that a changed
 * command is asked about again, and a command accepted for the sandboxed build is not thereby accepted for
 * fetching with network.
 *
 * Kept in <state dir>/approved, mode 0600, one line each: the hash, a tab, what it was; empty lines mean
 * nothing. Only ever added to.
 */
#ifndef FLOW_CONFIG_APPROVAL_H
#define FLOW_CONFIG_APPROVAL_H

#include <stddef.h>

#include "flow/base/error.h"

/* Whether the len bytes of data were accepted as `what` ("build.command", ".flow/prompts/review.md"): 1 or 0,
 * -1 on failure. A file that others than its owner can write is refused with FLOW_E_REFUSED. state_dir ends
 * with '/'. */
int flow_approval_check(const char *state_dir, const char *what, const void *data, size_t len,
                        struct flow_error *err);

/* Whether some bytes were ever accepted as `what`: 1 or 0, -1 on failure as above. */
int flow_approval_earlier(const char *state_dir, const char *what, struct flow_error *err);

/* Records that they were; durable when it returns 0. */
int flow_approval_record(const char *state_dir, const char *what, const void *data, size_t len,
                         struct flow_error *err);

#endif
