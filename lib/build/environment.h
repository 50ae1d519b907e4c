/* SPDX-License-Identifier: MIT */
/*
 * The environment of a command: what is on the list, and nothing else.
 */
#ifndef FLOW_BUILD_ENVIRONMENT_H
#define FLOW_BUILD_ENVIRONMENT_H

#include "flow/build/sandbox.h"
#include "words.h"

/* Appends the variables that `sandbox` leaves, and the mark. */
void flow_environment(struct flow_words *out, const struct flow_sandbox *sandbox, const char *mark);

#endif
