/* SPDX-License-Identifier: MIT */
/*
 * What a provider is to the rest of the layer: one struct of functions. The word before the '/' of a model's
 * name chooses it; `name` is what stands behind.
 */
#ifndef FLOW_MODEL_PROVIDER_H
#define FLOW_MODEL_PROVIDER_H

#include <stdbool.h>

#include "fault.h"
#include "flow/base/error.h"
#include "flow/model/model.h"

/* One try of one call. */
struct flow_attempt {
    struct flow_models *models;
    const struct flow_request *request;
    const char *name;
    struct flow_reply *reply;     /* initialised; filled as far as it came, also on failure */
    struct flow_fault *fault;     /* initialised; on failure its kind is set */
    void (*begun)(void *payload); /* called once when the answer begins, from any thread */
    void *payload;
};

struct flow_provider {
    const char *name;
    bool tools;        /* can have look-ups answered */
    bool caches;       /* keeps prefixes of requests */
    bool retries;      /* what fails may be asked again at once */
    unsigned parallel; /* calls at once by default, 0: no limit of its own */
    /* Whether a call could be made, as far as can be told without making one. */
    int (*check)(struct flow_models *models, const char *name, struct flow_error *err);
    int (*destination)(struct flow_models *models, const char *name, struct flow_buf *out,
                       struct flow_error *err);
    /* 0 and the reply; or -1 with fault->kind and a message. */
    int (*attempt)(struct flow_attempt *attempt, struct flow_error *err);
};

extern const struct flow_provider flow_provider_anthropic, flow_provider_openai, flow_provider_command,
    flow_provider_replay;

/* Whether the policy of this machine allows the model, and a call now: FLOW_E_REFUSED where it does not.
 * Where its requests go, and which program it is, its provider asks. */
int flow_provider_allowed(struct flow_models *models, const char *model, struct flow_error *err);

/* The provider of a model and its name there. FLOW_E_USAGE; for NULL or "" the message shows the ways to get
 * a model. */
int flow_provider_find(const char *model, const struct flow_provider **out, const char **name,
                       struct flow_error *err);

#endif
