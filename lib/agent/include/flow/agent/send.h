/* SPDX-License-Identifier: MIT */
/*
 * What may leave the machine. A file is held back, whole, where a pattern of send.exclude matches its path,
 * or where it looks like it holds a secret (secrets.conf) and no person has decided otherwise. Everything
 * that puts text of a repository into a prompt asks here first: sources, imports, contracts, guides, tables,
 * look-ups.
 *
 * send.exclude is a list of globs to which every level adds; none takes back what another one says, so that a
 * committed file can protect more and never less. A decision about a secret is an approval (flow/config/
 * approval.h) of exactly these bytes: a file that changes is held back again.
 */
#ifndef FLOW_AGENT_SEND_H
#define FLOW_AGENT_SEND_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/config/config.h"

struct flow_send;

/* state_dir is where approvals are, with '/' at its end; copied. Reads the installed rules for secrets, or
 * $FLOW_DATA_DIR's. */
int flow_send_new(struct flow_send **out, const struct flow_config *config, const char *state_dir,
                  struct flow_error *err);
void flow_send_free(struct flow_send *send);

/* Whether a file of that path and content may be sent: 0; or 1 with the reason, and what can be done,
 * appended to `why` (may be NULL); -1 failure. Thread-safe. The same question is answered from memory. */
int flow_send_check(struct flow_send *send, const char *path, const void *data, size_t len,
                    struct flow_buf *why, struct flow_error *err);
/* Records that a person wants it sent as it is; 1 where send.exclude forbids it all the same. */
int flow_send_allow(struct flow_send *send, const char *path, const void *data, size_t len,
                    struct flow_buf *why, struct flow_error *err);

/* Calls fn for each file that was held back so far, in the order in which that was found out. */
typedef void (*flow_send_fn)(void *payload, const char *path, const char *why);
void flow_send_held(struct flow_send *send, flow_send_fn fn, void *payload);

#endif
