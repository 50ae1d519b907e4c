// SPDX-License-Identifier: MIT
#include "flow/agent/agent.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "flow/base/json.h"

struct flow_places {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    unsigned limit, taken;
};

int flow_places_new(struct flow_places **out, unsigned limit, struct flow_error *err)
{
    struct flow_places *places = calloc(1, sizeof *places);
    if (!places)
        return flow_error_nomem(err);
    pthread_mutex_init(&places->mutex, NULL);
    pthread_cond_init(&places->freed, NULL);
    places->limit = limit;
    *out = places;
    return 0;
}

void flow_places_free(struct flow_places *places)
{
    if (!places)
        return;
    pthread_cond_destroy(&places->freed);
    pthread_mutex_destroy(&places->mutex);
    free(places);
}

static void place_take(struct flow_places *places)
{
    if (!places || places->limit == 0)
        return;
    pthread_mutex_lock(&places->mutex);
    while (places->taken >= places->limit)
        pthread_cond_wait(&places->freed, &places->mutex);
    places->taken++;
    pthread_mutex_unlock(&places->mutex);
}

static void place_give(struct flow_places *places)
{
    if (!places || places->limit == 0)
        return;
    pthread_mutex_lock(&places->mutex);
    places->taken--;
    pthread_cond_signal(&places->freed);
    pthread_mutex_unlock(&places->mutex);
}

static bool draining(const struct flow_agent_env *env)
{
    return (env->drain && atomic_load(env->drain)) || (env->stop && atomic_load(env->stop) != 0);
}

// The prompt's texts, each stored once whoever uses it.
static int store_blocks(struct flow_ledger *ledger, const struct flow_request *request, struct flow_id **out,
                        size_t *count, struct flow_error *err)
{
    size_t total = request->system_count;
    for (size_t i = 0; i < request->turn_count; i++)
        total += request->turns[i].block_count + request->turns[i].result_count;
    struct flow_id *ids = calloc(total + 1, sizeof *ids);
    if (!ids)
        return flow_error_nomem(err);
    size_t n = 0;
    int result = 0;
    for (size_t i = 0; i < request->system_count && !result; i++)
        result =
            flow_ledger_block_put(ledger, request->system[i].text, request->system[i].len, &ids[n++], err);
    for (size_t t = 0; t < request->turn_count; t++) {
        const struct flow_turn *turn = &request->turns[t];
        for (size_t i = 0; i < turn->block_count && !result; i++)
            result = flow_ledger_block_put(ledger, turn->blocks[i].text, turn->blocks[i].len, &ids[n++], err);
        for (size_t i = 0; i < turn->result_count && !result; i++)
            result =
                flow_ledger_block_put(ledger, turn->results[i].text, turn->results[i].len, &ids[n++], err);
    }
    if (result) {
        free(ids);
        return result;
    }
    *out = ids;
    *count = n;
    return 0;
}

// The most that the call can cost: every input token at the dearest input price, and all the output it may
// make.
static int upper_bound(const struct flow_agent_env *env, const struct flow_request *request,
                       struct flow_call *call, struct flow_error *err)
{
    uint64_t input = flow_request_tokens(request);
    struct flow_price price;
    if (flow_models_price(env->models, request->model, input, &price, err))
        return -1;
    int64_t dearest = price.input;
    if (price.cache_write > dearest)
        dearest = price.cache_write;
    call->reserve_tokens = (int64_t)input + request->max_tokens;
    call->reserve_nano_usd =
        price.known ? (int64_t)input * dearest + (int64_t)request->max_tokens * price.output : 0;
    return 0;
}

static int reserve(const struct flow_agent_env *env, const struct flow_request *request, const char *lens,
                   const struct flow_id *key, int64_t *number, struct flow_error *err)
{
    struct flow_call call = {.unit = request->unit,
                             .role = request->role,
                             .lens = lens ? lens : "",
                             .step = request->step,
                             .model = request->model,
                             .key = *key};
    struct flow_id *blocks = NULL;
    if (upper_bound(env, request, &call, err) ||
        store_blocks(env->ledger, request, &blocks, &call.block_count, err))
        return -1;
    call.blocks = blocks;
    int result;
    for (;;) {
        if (draining(env)) {
            result = flow_error_set(err, FLOW_E_INTERRUPTED,
                                    "interrupted before '%s': run it again to continue", request->step);
            break;
        }
        result = flow_ledger_call_begin(env->ledger, env->run, &call, number, err);
        if (result != 1)
            break;
        flow_ledger_wait(env->ledger, 1.0);
    }
    free(blocks);
    return result;
}

static const char *outcome_status(enum flow_call_failure failure)
{
    switch (failure) {
    case FLOW_CALL_OK:
        return "done";
    case FLOW_CALL_REFUSED:
    case FLOW_CALL_QUOTA:
        return "refused";
    case FLOW_CALL_CANCELLED:
        return "cut";
    default:
        return "failed";
    }
}

static int settle(const struct flow_agent_env *env, const struct flow_request *request, int64_t number,
                  const struct flow_reply *reply, enum flow_call_failure failure, const char *message,
                  struct flow_error *err)
{
    struct flow_buf extra;
    flow_buf_init(&extra, FLOW_BUF_FILE);
    flow_answer_encode(reply, &extra);
    struct flow_price price = {0};
    int result = flow_models_price(env->models, request->model,
                                   reply->usage.input + reply->usage.cache_read + reply->usage.cache_write,
                                   &price, err);
    struct flow_outcome outcome = {
        .status = outcome_status(failure),
        .text = reply->text,
        .len = reply->len,
        .extra = extra.failed ? NULL : extra.data,
        .input = reply->usage.input,
        .cache_read = reply->usage.cache_read,
        .cache_write = reply->usage.cache_write,
        .output = reply->usage.output,
        .estimated = reply->usage.estimated,
        .priced = price.known,
        .nano_usd = price.known ? flow_price_cost(&price, &reply->usage) : 0,
        .request_id = reply->request_id,
        .reported_model = reply->model,
        .error = failure == FLOW_CALL_OK ? NULL : message,
        .seconds = reply->seconds,
    };
    if (flow_ledger_call_settle(env->ledger, number, &outcome, result ? NULL : err))
        result = -1;
    flow_buf_release(&extra);
    return result;
}

static int failed(enum flow_call_failure failure, struct flow_error *err)
{
    switch (failure) {
    case FLOW_CALL_QUOTA:
        err->code = FLOW_E_BUDGET;
        return -1;
    case FLOW_CALL_CANCELLED:
        err->code = FLOW_E_INTERRUPTED;
        return -1;
    case FLOW_CALL_REFUSED:
        // A request that is too large concerns this step; a key or a model that is refused concerns them all.
        return err->code == FLOW_E_TOO_BIG ? 1 : -1;
    default:
        return 1;
    }
}

static int send_request(const struct flow_agent_env *env, const struct flow_request *request,
                        const char *lens, const struct flow_id *key, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    int64_t number = 0;
    struct flow_reply reply = {0};
    enum flow_call_failure failure = FLOW_CALL_OK;
    place_take(env->places);
    int result = reserve(env, request, lens, key, &number, err);
    if (result == 0) {
        int called = flow_models_call(env->models, request, &reply, &failure, NULL, &own);
        result = settle(env, request, number, &reply, failure, own.message, err);
        // The reply came and is stored, but the recording that was asked for could not be written.
        if (result == 0 && called != 0 && failure == FLOW_CALL_OK) {
            if (err)
                *err = own;
            result = -1;
        }
    }
    place_give(env->places);
    flow_reply_release(&reply);
    if (result || failure == FLOW_CALL_OK)
        return result;
    if (err)
        *err = own;
    return failed(failure, err ? err : &own);
}

int flow_agent_call(const struct flow_agent_env *env, const struct flow_request *request, const char *lens,
                    unsigned attempt, unsigned vote, struct flow_answer *out, struct flow_error *err)
{
    struct flow_id key;
    struct flow_stored stored = {0};
    if (flow_request_key(request, attempt, vote, &key, err))
        return -1;
    int found = flow_ledger_call_find(env->ledger, &key, &stored, err);
    bool paid = found == 1;
    if (found == 0) {
        int result = send_request(env, request, lens, &key, err);
        if (result)
            return result;
        found = flow_ledger_call_find(env->ledger, &key, &stored, err);
        if (found == 0)
            return flow_error_set(err, FLOW_E_INTERNAL, "the reply to '%s' is not in the ledger",
                                  request->step);
    }
    if (found < 0)
        return -1;
    int result = flow_answer_decode(out, &stored, err);
    out->stored = paid;
    flow_stored_release(&stored);
    return result;
}
