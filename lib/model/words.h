/* SPDX-License-Identifier: MIT */
/*
 * Words of a command line, split as a shell would: blanks part them, '…' and "…" and \ quote. Nothing is
 * expanded and no shell runs.
 */
#ifndef FLOW_MODEL_WORDS_H
#define FLOW_MODEL_WORDS_H

#include "flow/base/error.h"
#include "flow/base/vec.h"

/* Appends the words; FLOW_E_USAGE where a quote is not closed. */
int flow_words_split(const char *text, struct flow_strv *out, struct flow_error *err);

#endif
