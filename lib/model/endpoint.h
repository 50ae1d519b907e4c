/* SPDX-License-Identifier: MIT */
/*
 * Where a server is and what opens it. Keys come from the environment or from a file with mode 0600 that the
 * user's own configuration names; they are kept in memory only, and are taken out of every text that came
 * from outside (redact.h).
 *
 *   model.<provider>.url        else $ANTHROPIC_BASE_URL, $OPENAI_BASE_URL, else the vendor's
 *   model.<provider>.key-file   where $ANTHROPIC_API_KEY, $OPENAI_API_KEY is not set
 *   model.anthropic.auth        "x-api-key" (default) or "bearer"
 *   model.anthropic.version     default 2026-10-21
 */
#ifndef FLOW_MODEL_ENDPOINT_H
#define FLOW_MODEL_ENDPOINT_H

#include <stdbool.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/config/policy.h"

struct flow_endpoint {
    char *url;      /* without a '/' at its end */
    char *key;      /* NULL: none, and no header is sent */
    char *key_from; /* where the key came from, or could come from, for people */
    char *version;
    bool bearer;
    bool vendor; /* the vendor's own server */
};

/* Reads it; that there is no key is no error yet. FLOW_E_ENV for what cannot be read. */
int flow_endpoint_read(struct flow_endpoint *out, const char *provider, const struct flow_config *config,
                       struct flow_error *err);
/* Whether it can be called: FLOW_E_ENV says that the vendor wants a key, and how to give it. */
int flow_endpoint_ready(const struct flow_endpoint *endpoint, const char *provider, struct flow_error *err);
void flow_endpoint_release(struct flow_endpoint *endpoint);
/* Appends host and port. */
void flow_endpoint_host(const struct flow_endpoint *endpoint, struct flow_buf *out);
/* Adds the keys of all vendors that the environment holds, whichever is used. */
int flow_endpoint_keys(struct flow_strv *out, struct flow_error *err);

/* A setting that a committed file may not make. NULL where it is unset. FLOW_E_REFUSED where one did. */
int flow_model_setting(const struct flow_config *config, const char *key, const char **out,
                       struct flow_error *err);

#endif
