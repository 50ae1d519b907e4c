// SPDX-License-Identifier: MIT
#include "flow/agent/agent.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"
#include "flow/base/json.h"
#include "flow/config/policy.h"

/* How late a call that waits for money notices that another process raised the budget. */
#define BUDGET_LOOK_SECONDS 1.0

struct flow_places {
    pthread_mutex_t mutex;
    pthread_cond_t freed;
    unsigned limit, taken;
    unsigned most; /* that the policy of this machine allows; 0: any number */
    bool paused;
};

static unsigned allowed(const struct flow_places *places, unsigned limit)
{
    return places->most > 0 && (limit == 0 || limit > places->most) ? places->most : limit;
}

int flow_places_new(struct flow_places **out, unsigned limit, struct flow_error *err)
{
    struct flow_places *places = calloc(1, sizeof *places);
    if (!places)
        return flow_error_nomem(err);
    if (flow_policy_jobs(&places->most, err)) {
        free(places);
        return -1;
    }
    pthread_mutex_init(&places->mutex, NULL);
    pthread_cond_init(&places->freed, NULL);
    places->limit = allowed(places, limit);
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

void flow_places_set(struct flow_places *places, unsigned limit, bool paused)
{
    pthread_mutex_lock(&places->mutex);
    places->limit = allowed(places, limit);
    places->paused = paused;
    pthread_cond_broadcast(&places->freed);
    pthread_mutex_unlock(&places->mutex);
}

static bool draining(const struct flow_agent_env *env)
{
    return (env->drain && atomic_load(env->drain)) || (env->stop && atomic_load(env->stop) != 0) ||
           (env->hold && atomic_load(env->hold));
}

static bool is_full(const struct flow_places *places)
{
    return places->paused || (places->limit > 0 && places->taken >= places->limit);
}

// Who is not to begin anything does not wait for a place to do so.
static void place_take(const struct flow_agent_env *env)
{
    struct flow_places *places = env->places;
    if (!places)
        return;
    pthread_mutex_lock(&places->mutex);
    while (is_full(places) && !draining(env))
        pthread_cond_wait(&places->freed, &places->mutex);
    places->taken++;
    pthread_mutex_unlock(&places->mutex);
}

static void place_give(struct flow_places *places)
{
    if (!places)
        return;
    pthread_mutex_lock(&places->mutex);
    places->taken--;
    pthread_cond_signal(&places->freed);
    pthread_mutex_unlock(&places->mutex);
}

/* One call on its way, and what is reserved for the try of it that is out. */
struct sending {
    const struct flow_agent_env *env;
    const struct flow_request *request;
    struct flow_call call;
    int64_t number; /* 0: nothing is reserved */
    bool overdrawn; /* nothing was, since the unit has taken all that it may */
};

// The most that one try can cost: every input token at the dearest input price, and all the output it may
// make.
static int upper_bound(struct sending *s, struct flow_error *err)
{
    uint64_t input = flow_request_tokens_most(s->request);
    struct flow_price price;
    if (flow_models_price(s->env->models, s->request->model, input, &price, err))
        return -1;
    int64_t dearest = price.input;
    if (price.cache_write > dearest)
        dearest = price.cache_write;
    if (price.cache_read > dearest)
        dearest = price.cache_read;
    s->call.reserve_tokens = (int64_t)input + s->request->max_tokens;
    s->call.reserve_nano_usd =
        price.known ? (int64_t)input * dearest + (int64_t)s->request->max_tokens * price.output : 0;
    return 0;
}

static int reserve(struct sending *s, struct flow_error *err)
{
    const struct flow_agent_env *env = s->env;
    for (;;) {
        if (draining(env))
            return flow_error_set(err, FLOW_E_INTERRUPTED,
                                  "interrupted before '%s': run it again to continue", s->request->step);
        int result = flow_ledger_call_begin(env->ledger, env->run, &s->call, &s->number, err);
        s->overdrawn = result == 2;
        if (result != 1)
            return result == 0 ? 0 : -1;
        flow_ledger_wait(env->ledger, BUDGET_LOOK_SECONDS);
    }
}

static const char *outcome_status(enum flow_call_failure failure, const struct flow_usage *usage)
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
        return usage->open ? "cut" : "failed";
    }
}

// What counts as used. What was cut off counts in full (see agent.h).
static int count_usage(const struct sending *s, const struct flow_usage *known, struct flow_outcome *out,
                       struct flow_error *err)
{
    struct flow_usage usage = *known;
    struct flow_price price = {0};
    bool nothing_said =
        usage.open && (usage.estimated || usage.input + usage.cache_read + usage.cache_write == 0);
    if (nothing_said)
        usage = (struct flow_usage){.output = (uint64_t)s->call.reserve_tokens, .estimated = true};
    else if (usage.open && usage.output < s->request->max_tokens)
        usage.output = s->request->max_tokens;
    int result = flow_models_price(s->env->models, s->request->model,
                                   usage.input + usage.cache_read + usage.cache_write, &price, err);
    out->input = usage.input;
    out->cache_read = usage.cache_read;
    out->cache_write = usage.cache_write;
    out->output = usage.output;
    out->estimated = usage.estimated || usage.open;
    out->priced = price.known;
    if (price.known)
        out->nano_usd = nothing_said ? s->call.reserve_nano_usd : flow_price_cost(&price, &usage);
    return result;
}

static int settle(struct sending *s, const struct flow_reply *reply, enum flow_call_failure failure,
                  const char *message, struct flow_error *err)
{
    struct flow_buf extra;
    flow_buf_init(&extra, FLOW_BUF_FILE);
    flow_answer_encode(reply, &extra);
    struct flow_outcome outcome = {
        .status = outcome_status(failure, &reply->usage),
        .text = reply->text,
        .len = reply->len,
        .extra = extra.failed ? NULL : extra.data,
        .request_id = reply->request_id,
        .reported_model = reply->model,
        .error = failure == FLOW_CALL_OK ? NULL : message,
        .seconds = reply->seconds,
    };
    int result = count_usage(s, &reply->usage, &outcome, err);
    if (flow_ledger_call_settle(s->env->ledger, s->number, &outcome, result ? NULL : err))
        result = -1;
    s->number = 0;
    flow_buf_release(&extra);
    return result;
}

// A try that was cut off has its own row, with what came of the reply; the next one is reserved like any
// other.
static int pay_again(void *payload, const struct flow_reply *lost, const struct flow_error *why,
                     struct flow_error *err)
{
    struct sending *s = payload;
    return settle(s, lost, FLOW_CALL_RETRY, why->message, err) || reserve(s, err) ? -1 : 0;
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
    case FLOW_CALL_UNPAID:
        return -1;
    default:
        return 1;
    }
}

// Reserves, sends and settles. *own is why the call failed, where *failure says that it did.
static int carry_out(struct sending *s, enum flow_call_failure *failure, struct flow_error *own,
                     struct flow_error *err)
{
    const struct flow_payer payer = {.again = pay_again, .payload = s};
    struct flow_reply reply = {0};
    int result = reserve(s, err);
    if (result)
        return result;
    int called = flow_models_call(s->env->models, s->request, &payer, &reply, failure, NULL, own);
    if (s->number)
        result = settle(s, &reply, *failure, own->message, err);
    // The reply came and is stored, but the recording that was asked for could not be written.
    if (result == 0 && called != 0 && *failure == FLOW_CALL_OK) {
        if (err)
            *err = *own;
        result = -1;
    }
    flow_reply_release(&reply);
    return result;
}

static int send_request(const struct flow_agent_env *env, const struct flow_request *request,
                        const char *lens, const struct flow_id *key, const struct flow_text *texts,
                        size_t count, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    enum flow_call_failure failure = FLOW_CALL_OK;
    struct sending s = {.env = env,
                        .request = request,
                        .call = {.unit = request->unit,
                                 .role = request->role,
                                 .lens = lens ? lens : "",
                                 .step = request->step,
                                 .model = request->model,
                                 .key = *key,
                                 .allowance = env->allowance,
                                 .texts = texts,
                                 .text_count = count}};
    place_take(env);
    int result = upper_bound(&s, err);
    if (result == 0)
        result = carry_out(&s, &failure, &own, err);
    place_give(env->places);
    if (result || failure == FLOW_CALL_OK)
        return s.overdrawn ? 1 : result;
    if (err)
        *err = own;
    return s.overdrawn ? 1 : failed(failure, err ? err : &own);
}

// Finds the reply under the key of the request, which it makes where it is not there yet.
static int find_or_send(const struct flow_agent_env *env, const struct flow_request *request,
                        const char *lens, const struct flow_id *key, const struct flow_text *texts,
                        size_t count, struct flow_answer *out, struct flow_error *err)
{
    struct flow_stored stored = {0};
    int found = flow_ledger_call_find(env->ledger, key, &stored, err);
    bool paid = found == 1;
    if (found == 0) {
        int result = send_request(env, request, lens, key, texts, count, err);
        if (result)
            return result;
        found = flow_ledger_call_find(env->ledger, key, &stored, err);
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

int flow_agent_call(const struct flow_agent_env *env, const struct flow_request *request, const char *lens,
                    unsigned attempt, unsigned vote, struct flow_answer *out, struct flow_error *err)
{
    struct flow_text *texts = NULL;
    struct flow_id key;
    size_t count = 0;
    int result = flow_request_texts(request, &texts, &count, err);
    if (result == 0)
        result = flow_ledger_texts_name(env->ledger, texts, count, err);
    if (result == 0)
        result = flow_request_key(request, texts, attempt, vote, &key, err);
    if (result == 0)
        result = find_or_send(env, request, lens, &key, texts, count, out, err);
    free(texts);
    return result;
}
