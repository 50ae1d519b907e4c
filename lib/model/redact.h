/* SPDX-License-Identifier: MIT */
/*
 * Keys are taken out of whatever came from outside, before anybody stores or shows it: servers repeat them in
 * errors, programs in their output.
 */
#ifndef FLOW_MODEL_REDACT_H
#define FLOW_MODEL_REDACT_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/model/request.h"

/* Puts "[key]" in the place of each of the secrets in a NUL-terminated text that may hold other NULs; returns
 * its new length. A part counts as the whole where it is its first 16 characters or more, so that a text
 * which was cut shows no more than that; a secret of less than 8 is a word like others, and stays. */
size_t flow_redact(const struct flow_strv *secrets, char *text, size_t len);

/* The same for all that an attempt brought. err may be NULL. */
void flow_redact_attempt(const struct flow_strv *secrets, struct flow_reply *reply, struct flow_fault *fault,
                         struct flow_error *err);

/* Adds what the environment holds under a name, where the name says that it is a secret or `always` is set.
 */
int flow_redact_variable(struct flow_strv *secrets, const char *name, bool always, struct flow_error *err);

#endif
