/* SPDX-License-Identifier: MIT */
/*
 * git's configuration syntax, read from memory. libgit2 reads files only, follows [include] in them and does
 * not say on which line a setting stands; for text that came with a repository all three are wrong.
 */
#ifndef FLOW_CONFIG_PARSE_H
#define FLOW_CONFIG_PARSE_H

#include <stddef.h>

#include "flow/base/error.h"

/* One setting: key is section.key or section.sub.key, section and key in lower case. A key without "=" has
 * the value "true". Other than 0 ends the parse and is returned. */
typedef int (*flow_config_fn)(void *payload, const char *key, const char *value, unsigned line,
                              struct flow_error *err);

/* Calls fn for each setting of the text, in order. FLOW_E_INVALID names origin and line. */
int flow_config_parse(const char *text, size_t len, const char *origin, flow_config_fn fn, void *payload,
                      struct flow_error *err);

#endif
