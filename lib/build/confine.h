/* SPDX-License-Identifier: MIT */
/*
 * The words that make bubblewrap confine a command.
 */
#ifndef FLOW_BUILD_CONFINE_H
#define FLOW_BUILD_CONFINE_H

#include "flow/base/error.h"
#include "flow/build/sandbox.h"
#include "words.h"

/* Appends "bwrap" and its options, without the "--" behind them. home may be NULL; empty is
 * the path of an empty file, which stands for files that are hidden (/dev/null could not be opened there, and
 * git does not run without being able to read its settings). FLOW_E_REFUSED where a
 * named path is a credential, FLOW_E_NOT_FOUND where a folder that is to be written does not exist. */
int flow_confine(struct flow_words *out, const struct flow_sandbox *sandbox, const char *home,
                 const char *empty, struct flow_error *err);

#endif
