// SPDX-License-Identifier: MIT
// What asking works with: ledger and lock, models, prompts.
#include <stdio.h>

#include "flow/base/file.h"
#include "flow/config/policy.h"
#include "holder.h"
#include "lifetimes_ask.h"

static const char *const templates[ASK_PROMPTS] = {"lifetimes-ask", "lifetimes-refute"};

static int open_ledger(struct ask *ask, struct flow_error *err)
{
    struct flow_buf path;
    size_t recovered;
    bool dry = ask->options->dry_run;
    if (flow_repo_state_dir(ask->options->repo, &ask->state_dir, err))
        return -1;
    if (!dry &&
        flow_run_lock(&ask->lock, ask->state_dir.data, "lifetimes." ASK_RUN, false, ask->options->stop, err))
        return -1;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_path_join(&path, ask->state_dir.data, "ledger.db");
    int result = flow_buf_check(&path, "path of the ledger", err);
    if (result == 0)
        result = flow_ledger_open(&ask->ledger, path.data, err);
    if (result == 0)
        result = flow_ledger_run(ask->ledger, "lifetimes", ASK_RUN, &ask->env.run, err);
    if (result == 0 && !dry)
        result = flow_ledger_recover(ask->ledger, ask->env.run, &recovered, err);
    flow_buf_release(&path);
    return result;
}

static void on_held(void *payload, const char *model, const char *reason, double seconds)
{
    const struct ask *ask = payload;
    holder_note_wait(ask->ledger, ask->env.run, model, reason, seconds);
}

static int open_models(struct ask *ask, struct flow_error *err)
{
    const struct flow_config *config = ask->options->config;
    const struct flow_models_options options = {
        .config = config, .cancel = ask->options->cut, .held = on_held, .payload = ask};
    const char *model = flow_config_str(config, "port.model", flow_config_str(config, "model.default", NULL));
    ask->names[0] = flow_config_str(config, "lifetimes.model", model);
    ask->names[1] = flow_config_str(config, "lifetimes.refuter-model", ask->names[0]);
    ask->effort = flow_config_str(config, "lifetimes.effort", NULL);
    if (flow_models_new(&ask->models, &options, err))
        return -1;
    for (size_t i = 0; i < ASK_PROMPTS; i++)
        if (flow_models_check(ask->models, ask->names[i], err))
            return -1;
    ask->jobs = ask->options->jobs ? ask->options->jobs : flow_models_parallel(ask->models, ask->names[0]);
    if (ask->jobs == 0)
        ask->jobs = 16;
    return flow_policy_jobs(&ask->jobs, err) || flow_places_new(&ask->places, ask->jobs, err) ||
                   flow_send_new(&ask->send, config, ask->state_dir.data, err)
               ? -1
               : 0;
}

// Of a repository without a commit, flow's own.
static int open_templates(struct ask *ask, struct flow_error *err)
{
    const char *revision = ask->options->revision ? ask->options->revision : "HEAD";
    struct flow_repo *repo = ask->options->repo;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_id commit;
    bool there = flow_repo_resolve(repo, revision, &commit, &own) == 0;
    for (size_t i = 0; i < ASK_PROMPTS; i++) {
        int from = flow_template_read(there ? repo : NULL, there ? &commit : NULL, templates[i],
                                      &ask->templates[i], err);
        if (from < 0)
            return -1;
        ask->own[i] = from == 1;
    }
    return 0;
}

int ask_approve(const struct ask *ask, struct flow_error *err)
{
    const struct flow_lifetimes_hooks *hooks = &ask->options->hooks;
    struct flow_brought brought[ASK_PROMPTS];
    char paths[ASK_PROMPTS][100];
    size_t count = 0;
    for (size_t i = 0; i < ASK_PROMPTS; i++) {
        if (!ask->own[i])
            continue;
        snprintf(paths[count], sizeof paths[count], ".flow/prompts/%s.md", templates[i]);
        brought[count] = (struct flow_brought){
            .what = paths[count], .text = ask->templates[i].data, .len = ask->templates[i].len};
        count++;
    }
    return flow_approve(ask->state_dir.data, brought, count, hooks->approve, hooks->payload, err);
}

int ask_open(struct ask *ask, struct flow_error *err)
{
    return open_ledger(ask, err) || open_models(ask, err) || open_templates(ask, err) ? -1 : 0;
}
