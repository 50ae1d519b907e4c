/* SPDX-License-Identifier: MIT */
/*
 * What looks like a secret: the rules of secrets.conf, which says what they mean.
 */
#ifndef FLOW_AGENT_SECRETS_H
#define FLOW_AGENT_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"

struct flow_secrets;

/* Reads the rules; `text` is a configuration, `origin` names it in errors (FLOW_E_INVALID). */
int flow_secrets_new(struct flow_secrets **out, const char *text, size_t len, const char *origin,
                     struct flow_error *err);
void flow_secrets_free(struct flow_secrets *secrets);

struct flow_secret {
    const char *what; /* "a private key"; lives as long as the rules */
    uint32_t line;    /* 0: the path alone says it */
};
/* Whether a file looks like it holds one; the first that is found. Thread-safe. */
bool flow_secrets_find(const struct flow_secrets *secrets, const char *path, const char *data, size_t len,
                       struct flow_secret *out);

#endif
