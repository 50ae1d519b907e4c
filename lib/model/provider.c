// SPDX-License-Identifier: MIT
#include "provider.h"

#include <string.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "models.h"

static const struct flow_provider *const providers[] = {&flow_provider_anthropic, &flow_provider_openai,
                                                        &flow_provider_command, &flow_provider_replay};

static int no_model(struct flow_error *err)
{
    return flow_error_set(
        err, FLOW_E_ENV,
        "no model is configured; there are three ways to get one: a key and a model's name "
        "(ANTHROPIC_API_KEY=… with --model anthropic/claude-sonnet-5-5, or OPENAI_API_KEY=… with "
        "--model openai/gpt-6.1-terra); a server of your own that speaks OpenAI's protocol "
        "(OPENAI_BASE_URL=http://localhost:11434/v1 with --model openai/NAME); or a program that answers on "
        "its standard output (--model 'command/claude -p')");
}

int flow_provider_find(const char *model, const struct flow_provider **out, const char **name,
                       struct flow_error *err)
{
    const char *slash;

    if (model == NULL || *model == '\0')
        return no_model(err);
    slash = strchr(model, '/');
    for (size_t i = 0; slash != NULL && slash[1] != '\0' && i < sizeof providers / sizeof providers[0]; i++) {
        size_t len = strlen(providers[i]->name);
        if ((size_t)(slash - model) == len && memcmp(model, providers[i]->name, len) == 0) {
            *out = providers[i];
            *name = slash + 1;
            return 0;
        }
    }
    return flow_error_set(err, FLOW_E_USAGE,
                          "'%s' is not the name of a model: anthropic/NAME, openai/NAME, command/PROGRAM or "
                          "replay/FILE",
                          model);
}

// A limit in dollars means nothing for a model whose price nobody knows.
static int price_allowed(struct flow_models *models, const char *model, struct flow_error *err)
{
    const struct flow_budget *budget = &models->policy.budget;
    struct flow_price price = {0};

    if (budget->nano_usd < 0 || budget->tokens >= 0 || budget->calls >= 0 ||
        flow_str_starts(model, "replay/"))
        return 0;
    if (flow_models_price(models, model, 0, &price, err) != 0)
        return -1;
    if (price.known)
        return 0;
    return flow_error_set(
        err, FLOW_E_REFUSED,
        "the policy of this machine ('%s' line %u) limits a run in dollars, and the price of "
        "'%s' is not known: ask for a limit in tokens or calls beside it",
        models->policy.path, flow_policy_rule(&models->policy, "budget")->line, model);
}

int flow_provider_allowed(struct flow_models *models, const char *model, struct flow_error *err)
{
    const struct flow_policy *policy = &models->policy;

    if (policy->seconds > 0 && flow_time_mono() - models->started > (double)policy->seconds)
        return flow_error_set(err, FLOW_E_REFUSED,
                              "the time that the policy of this machine ('%s' line %u) allows one process is "
                              "over: run it again to continue",
                              policy->path, flow_policy_rule(policy, "time")->line);
    if (flow_policy_model(policy, model, err) != 0)
        return -1;
    return price_allowed(models, model, err);
}

int flow_models_check(struct flow_models *models, const char *model, struct flow_error *err)
{
    const struct flow_provider *provider;
    const char *name;

    if (flow_provider_find(model, &provider, &name, err) != 0 ||
        flow_provider_allowed(models, model, err) != 0)
        return -1;
    return provider->check(models, name, err);
}

int flow_models_destination(struct flow_models *models, const char *model, struct flow_buf *out,
                            struct flow_error *err)
{
    const struct flow_provider *provider;
    const char *name;

    if (flow_provider_find(model, &provider, &name, err) != 0)
        return -1;
    return provider->destination(models, name, out, err);
}

bool flow_models_has_tools(const struct flow_models *models, const char *model)
{
    const struct flow_provider *provider;
    const char *name;

    (void)models;
    return flow_provider_find(model, &provider, &name, NULL) == 0 && provider->tools;
}

bool flow_models_caches(const struct flow_models *models, const char *model)
{
    const struct flow_provider *provider;
    const char *name;

    (void)models;
    return flow_provider_find(model, &provider, &name, NULL) == 0 && provider->caches;
}

unsigned flow_models_parallel(const struct flow_models *models, const char *model)
{
    const struct flow_provider *provider;
    const char *name;

    (void)models;
    return flow_provider_find(model, &provider, &name, NULL) == 0 ? provider->parallel : 0;
}
