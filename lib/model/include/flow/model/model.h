/* SPDX-License-Identifier: MIT */
/*
 * Calling models: providers behind one interface, one network thread, one adaptive bucket for each provider
 * and model.
 *
 * A model is named "provider/model": anthropic/…, openai/…, command/PROGRAM WORDS…, replay/PATH.
 * flow_models_call blocks its thread until the reply is there; hundreds of threads may call at once.
 * Throttling is handled inside: it is never returned as a failure while the caller has not cancelled. Nor is
 * an outage: where no connection comes about to a server that has answered before, calls wait for it, for
 * model.patience seconds. What is
 * returned is a reply, or one of few failures (enum flow_call_failure).
 */
#ifndef FLOW_MODEL_MODEL_H
#define FLOW_MODEL_MODEL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/config/config.h"
#include "flow/model/request.h"

struct flow_models;

/* A model's bucket begins to hold all of its calls for `seconds`, since the server throttles, is overloaded
 * or cannot be reached (`reason`). Called by the thread whose call met that. */
typedef void (*flow_models_held_fn)(void *payload, const char *model, const char *reason, double seconds);

struct flow_models_options {
    const struct flow_config *config; /* endpoints, keys' places, limits; must outlive it */
    const char *record;               /* write a recording to this file; NULL: none */
    const atomic_bool *cancel; /* true: calls in flight are cut and return FLOW_E_INTERRUPTED; may be NULL */
    flow_models_held_fn held;  /* may be NULL */
    void *payload;             /* of it */
};

int flow_models_new(struct flow_models **out, const struct flow_models_options *options,
                    struct flow_error *err);
void flow_models_free(struct flow_models *models);

/* Checks a model's name, endpoint and key without calling it, so that a run fails before it begins. The
 * message for "no model configured" shows the ways to get one. */
int flow_models_check(struct flow_models *models, const char *model, struct flow_error *err);
/* Where prompts for it go: "api.anthropic.com", "program 'claude'", "recording 'x'". Appended to out. */
int flow_models_destination(struct flow_models *models, const char *model, struct flow_buf *out,
                            struct flow_error *err);
/* Whether it can answer look-ups (tools), and how many calls at once it should get at most by default (0: no
 * limit of its own). */
bool flow_models_has_tools(const struct flow_models *models, const char *model);
/* Whether its server keeps prefixes of requests (flow_block.cache). */
bool flow_models_caches(const struct flow_models *models, const char *model);
unsigned flow_models_parallel(const struct flow_models *models, const char *model);

enum flow_call_failure {
    FLOW_CALL_OK,
    FLOW_CALL_RETRY,   /* cut, stalled, nonsense on the wire, 5xx: its own retries are used up; may be tried
                          anew */
    FLOW_CALL_REFUSED, /* 4xx that will not change by itself: key, permission, unknown model; or no
                          connection, after all retries. With FLOW_E_TOO_BIG: this request or its reply is
                          too long */
    FLOW_CALL_QUOTA,   /* spend limit or credit: stop the run */
    FLOW_CALL_CANCELLED,
    FLOW_CALL_UNPAID /* it was to be tried again, and its payer would not */
};

/* Who pays for a call. A try whose answer began and was cut off costs money, and so does the next one:
 * `again` is asked in between, with the reply as far as it came and the reason why it ended. 0: try again,
 * with usage counted from nothing. -1: the call ends with err. */
struct flow_payer {
    int (*again)(void *payload, const struct flow_reply *lost, const struct flow_error *why,
                 struct flow_error *err);
    void *payload;
};

/* One call, whole: waits for a place in the bucket, sends, streams, retries what should be retried. On
 * failure `out` holds the partial text and the usage known so far. Without a payer (NULL), usage is that of
 * all tries together. `attempts` (may be NULL) counts requests that left. Where all went well but the
 * recording could not be written: -1, *failure is FLOW_CALL_OK, and the reply is whole. */
int flow_models_call(struct flow_models *models, const struct flow_request *request,
                     const struct flow_payer *payer, struct flow_reply *out, enum flow_call_failure *failure,
                     unsigned *attempts, struct flow_error *err);

/* What the buckets do, for progress and status: calls in flight, waiting, and until when a bucket is stopped
 * (wall ms, 0: not). */
struct flow_models_load {
    unsigned in_flight, waiting, places;
    int64_t stopped_until_ms;
    char reason[120];
};
void flow_models_load(struct flow_models *models, struct flow_models_load *out);

/*
 * Prices, in nano-dollars (10^-9 USD), so that sums are exact.
 */
struct flow_price {
    /* per token */
    int64_t input, cache_read, cache_write, cache_write_1h, output;
    int64_t batch; /* thousandths of these that are paid for in a batch */
    bool known;
    char date[16]; /* of the table's row */
};
/* The price row of a model for a prompt of `tokens` input tokens; known is false where there is none: what it
 * costs is then not known, never nothing. So it is with programs of the user's (command/…) that no row is
 * for; only a recording (replay/…) costs nothing. */
int flow_models_price(struct flow_models *models, const char *model, uint64_t tokens, struct flow_price *out,
                      struct flow_error *err);
int64_t flow_price_cost(const struct flow_price *price, const struct flow_usage *usage);

#endif
