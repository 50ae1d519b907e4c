// SPDX-License-Identifier: MIT
#include <string.h>
#include <time.h>

#include "bucket.h"
#include "models.h"
#include "provider.h"

/* Waits between tries, doubled each time, less up to a quarter by chance: seconds. */
#define BACKOFF     0.5
#define BACKOFF_MAX 30.0
/* How long a sleeper does not look whether it has been cancelled: seconds. */
#define NAP         0.1

/* One call on its way through its tries. */
struct call {
    struct flow_models *models;
    const struct flow_provider *provider;
    const char *name;
    const struct flow_request *request;
    const struct flow_payer *payer; /* may be NULL */
    struct flow_bucket *bucket;
    struct flow_prefixes prefixes;
    struct flow_usage lost; /* of tries that were cut off */
    unsigned attempts, failures;
};

static bool cancelled(const struct flow_models *models)
{
    return models->cancel != NULL && atomic_load(models->cancel);
}

static void nap(const struct flow_models *models, double seconds)
{
    while (seconds > 0 && !cancelled(models)) {
        double now = seconds < NAP ? seconds : NAP;
        nanosleep(&(struct timespec){.tv_nsec = (long)(now * 1e9)}, NULL);
        seconds -= now;
    }
}

static double backoff(unsigned failures)
{
    double wait = BACKOFF * (double)(1u << (failures < 10 ? failures : 10));

    return (wait > BACKOFF_MAX ? BACKOFF_MAX : wait) * (1 - flow_jitter() / 4);
}

static void begun(void *payload)
{
    flow_place_begun(payload);
}

static bool used_anything(const struct flow_usage *usage)
{
    return usage->open || flow_usage_tokens(usage) > 0;
}

static void add_usage(struct flow_usage *sum, const struct flow_usage *more)
{
    sum->input += more->input;
    sum->cache_read += more->cache_read;
    sum->cache_write += more->cache_write;
    sum->cache_write_1h += more->cache_write_1h;
    sum->output += more->output;
    sum->batch = sum->batch || more->batch;
    sum->estimated = sum->estimated || more->estimated;
    sum->open = sum->open || more->open;
}

static int try_once(struct call *call, struct flow_reply *out, struct flow_fault *fault,
                    struct flow_error *err)
{
    struct flow_attempt attempt = {
        .models = call->models, .request = call->request, .name = call->name, .reply = out, .fault = fault};
    struct flow_place place;
    struct flow_hold hold;
    int rc;

    if (flow_bucket_take(call->bucket, &call->prefixes, call->models->cancel, &place, err) != 0) {
        fault->kind = cancelled(call->models) ? FLOW_FAULT_CANCELLED : FLOW_FAULT_REFUSED;
        return -1;
    }
    attempt.begun = begun;
    attempt.payload = &place;
    // Here and not before: the wait for the place may have been long.
    rc = flow_provider_allowed(call->models, call->request->model, err);
    if (rc != 0) {
        fault->kind = FLOW_FAULT_REFUSED;
    } else {
        call->attempts++;
        rc = call->provider->attempt(&attempt, err);
        flow_models_redact(call->models, out, fault, err);
    }
    if (flow_place_give(&place, fault, &hold) && call->models->held != NULL)
        call->models->held(call->models->payload, call->request->model, hold.reason, hold.seconds);
    return rc;
}

// Whether to try again, after the wait that is due. A throttle waits in the bucket, with everybody else; what
// was throttled after its answer had begun has cost something and counts as a failure.
static bool again(struct call *call, const struct flow_fault *fault, const struct flow_reply *reply)
{
    bool throttle = fault->kind == FLOW_FAULT_THROTTLE || fault->kind == FLOW_FAULT_OVERLOAD;

    // It waits in the bucket, with everybody else; nothing has left, so nothing was paid.
    if (fault->kind == FLOW_FAULT_OUTAGE)
        return !cancelled(call->models) && flow_bucket_outage(call->bucket) < call->models->limits.patience;
    if (cancelled(call->models) || (!throttle && fault->kind != FLOW_FAULT_RETRY))
        return false;
    if (throttle && !used_anything(&reply->usage))
        return true;
    if (!call->provider->retries || call->failures >= (unsigned)call->models->limits.retries)
        return false;
    if (!throttle)
        nap(call->models, fault->wait >= 0 ? fault->wait : backoff(call->failures));
    call->failures++;
    return true;
}

static enum flow_call_failure failure_of(const struct flow_models *models, const struct flow_fault *fault)
{
    if (cancelled(models))
        return FLOW_CALL_CANCELLED;
    switch (fault->kind) {
    case FLOW_FAULT_NONE:
        return FLOW_CALL_OK;
    case FLOW_FAULT_QUOTA:
        return FLOW_CALL_QUOTA;
    case FLOW_FAULT_REFUSED:
        return FLOW_CALL_REFUSED;
    case FLOW_FAULT_CANCELLED:
        return FLOW_CALL_CANCELLED;
    default:
        return fault->unreachable ? FLOW_CALL_REFUSED : FLOW_CALL_RETRY;
    }
}

// Settles what the try that failed has cost; see struct flow_payer.
static int pay(struct call *call, const struct flow_reply *reply, struct flow_error *err)
{
    struct flow_error why = *err;

    if (!used_anything(&reply->usage))
        return 0;
    if (call->payer != NULL)
        return call->payer->again(call->payer->payload, reply, &why, err);
    add_usage(&call->lost, &reply->usage);
    return 0;
}

static int run(struct call *call, struct flow_reply *out, enum flow_call_failure *failure,
               struct flow_error *err)
{
    struct flow_fault fault;
    struct flow_error own = FLOW_ERROR_INIT;
    int rc;

    for (;;) {
        bool more;
        flow_fault_init(&fault);
        rc = try_once(call, out, &fault, &own);
        *failure = rc == 0 ? FLOW_CALL_OK : failure_of(call->models, &fault);
        more = rc != 0 && again(call, &fault, out);
        flow_fault_release(&fault);
        if (!more)
            break;
        rc = pay(call, out, &own);
        flow_reply_release(out);
        flow_reply_init(out);
        if (rc != 0) {
            *failure = FLOW_CALL_UNPAID;
            break;
        }
    }
    add_usage(&out->usage, &call->lost);
    if (rc != 0 && *failure == FLOW_CALL_CANCELLED)
        return flow_error_set(err, FLOW_E_INTERRUPTED, "interrupted");
    if (rc != 0 && err != NULL)
        *err = own;
    return rc;
}

int flow_models_call(struct flow_models *models, const struct flow_request *request,
                     const struct flow_payer *payer, struct flow_reply *out, enum flow_call_failure *failure,
                     unsigned *attempts, struct flow_error *err)
{
    struct call call = {.models = models, .request = request, .payer = payer};
    int rc = -1;

    *failure = FLOW_CALL_REFUSED;
    flow_reply_init(out);
    if (out->text == NULL)
        return flow_error_nomem(err);
    if (flow_provider_find(request->model, &call.provider, &call.name, err) != 0 ||
        flow_models_bucket(models, request->model, &call.bucket, err) != 0)
        goto done;
    if (call.provider->caches)
        flow_request_prefixes(request, &call.prefixes);
    rc = run(&call, out, failure, err);
    if (rc == 0 && models->recorder != NULL)
        rc = flow_recorder_add(models->recorder, request, out, err);
done:
    if (attempts != NULL)
        *attempts = call.attempts;
    return rc;
}
