/* SPDX-License-Identifier: MIT */
/* The state behind struct flow_models, shared by the files of this layer. */
#ifndef FLOW_MODEL_MODELS_H
#define FLOW_MODEL_MODELS_H

#include <pthread.h>
#include <stdatomic.h>

#include "bucket.h"
#include "endpoint.h"
#include "fault.h"
#include "flow/base/map.h"
#include "flow/base/vec.h"
#include "flow/config/policy.h"
#include "flow/model/model.h"
#include "net.h"
#include "price.h"
#include "record.h"
#include "replay.h"

/* A server as it is used: read once, and what its answers have taught. */
struct flow_server {
    struct flow_endpoint endpoint;
    bool ready;
    atomic_bool answered; /* it was there once: where it is not now, it will be again */
    atomic_uint quirks;
};

struct flow_limits {
    struct flow_net_limits net;
    long retries;           /* of one call, throttles not counted */
    double patience;        /* with a server that was there and is not any more */
    double command_seconds; /* for the whole run of a command model */
};

/* Memory of request bodies that have left, for the next ones: to get it from the system and to clear it costs
 * more than to fill it. So many are kept, and of what size. */
#define FLOW_BODIES     16
#define FLOW_BODY_BYTES ((size_t)512 << 10)

struct flow_models {
    const struct flow_config *config;
    const atomic_bool *cancel;
    flow_models_held_fn held; /* may be NULL */
    void *payload;            /* of it */
    struct flow_limits limits;
    struct flow_policy policy;
    double started;       /* by the monotonic clock: what the policy's time counts from */
    pthread_mutex_t lock; /* of what follows; what a pointer in it points to is made once and stays */
    struct flow_net *net;
    struct flow_server anthropic, openai;
    struct flow_strv secrets;    /* what must not come back from outside: keys and named variables */
    struct flow_map *buckets;    /* model → struct flow_bucket */
    struct flow_map *recordings; /* path → struct flow_recording */
    struct flow_prices *prices;
    struct flow_recorder *recorder; /* NULL: none */
    struct flow_buf bodies[FLOW_BODIES];
    size_t body_count;
};

/* Each makes at first use what it returns; valid as long as models. */
int flow_models_net(struct flow_models *models, struct flow_net **out, struct flow_error *err);
int flow_models_server(struct flow_models *models, const char *provider, struct flow_server **out,
                       struct flow_error *err);
/* An empty buffer for the body of a request; to be given back, where it is initialised again. */
void flow_models_body_take(struct flow_models *models, struct flow_buf *out);
void flow_models_body_give(struct flow_models *models, struct flow_buf *body);
/* Takes the secrets out of what an attempt brought. */
void flow_models_redact(struct flow_models *models, struct flow_reply *reply, struct flow_fault *fault,
                        struct flow_error *err);
int flow_models_bucket(struct flow_models *models, const char *model, struct flow_bucket **out,
                       struct flow_error *err);
int flow_models_recording(struct flow_models *models, const char *path, struct flow_recording **out,
                          struct flow_error *err);

#endif
