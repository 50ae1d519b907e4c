/* SPDX-License-Identifier: MIT */
/* The text of a commit. */
#ifndef FLOW_REPO_MESSAGE_H
#define FLOW_REPO_MESSAGE_H

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/repo/repo.h"

/* Appends subject, body and trailers, an empty line between them. FLOW_E_INVALID for an empty or broken
 * subject, and for a trailer whose key or value would not be read back as it is. */
int flow_message_format(const struct flow_commit *commit, struct flow_buf *out, struct flow_error *err);

#endif
