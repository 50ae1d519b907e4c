// SPDX-License-Identifier: MIT
/*
 * bench_agents LEDGER CALLS AT_ONCE: as many agents as AT_ONCE make calls with prompts of 100 KB that begin
 * with the same 80 KB, each stored in the ledger, and prints what it took. Where the server is comes from the
 * environment, as for any tool. floor_agents does the same work with nothing but libcurl and SQLite.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents.h"
#include "flow/agent/agent.h"
#include "flow/base/thread.h"
#include "flow/base/time.h"

struct work {
    struct flow_agent_env env;
    char *shared, *own;
};

static int call(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    const struct work *work = payload;
    struct flow_answer answer;
    char *own = malloc(AGENTS_OWN), name[32], step[64];
    if (!own)
        return flow_error_nomem(err);
    memcpy(own, work->own, AGENTS_OWN);
    agents_stamp(own, item);
    snprintf(name, sizeof name, "unit-%zu", item);
    snprintf(step, sizeof step, "%s/translate/-/0/1/0/0", name);
    const struct flow_block system = {.text = work->shared, .len = AGENTS_SHARED, .cache = true};
    const struct flow_block user = {.text = own, .len = AGENTS_OWN};
    const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = &user, .block_count = 1};
    const struct flow_request request = {
        .model = "anthropic/bench",
        .system = &system,
        .system_count = 1,
        .turns = &turn,
        .turn_count = 1,
        .max_tokens = 8192,
        .role = "translate",
        .unit = name,
        .step = step,
    };
    (void)worker;
    flow_answer_init(&answer);
    int result = flow_agent_call(&work->env, &request, NULL, 0, 1, &answer, err);
    flow_answer_release(&answer);
    free(own);
    return result;
}

int main(int argc, char **argv)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = NULL;
    struct work work = {0};
    if (argc != 4)
        return 2;
    // As the tools have it (lib/ui/tool.c).
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    size_t calls = strtoul(argv[2], NULL, 10);
    work.shared = agents_text(AGENTS_SHARED);
    work.own = agents_text(AGENTS_OWN);
    if (!work.shared || !work.own || flow_config_new(&config, &err) != 0 ||
        flow_config_add_environment(config, &err) != 0 ||
        flow_models_new(&work.env.models, &(struct flow_models_options){.config = config}, &err) != 0 ||
        flow_ledger_open(&work.env.ledger, argv[1], &err) != 0 ||
        flow_ledger_run(work.env.ledger, "port", "bench", &work.env.run, &err) != 0)
        goto failed;
    double start = flow_time_mono();
    if (flow_thread_each((unsigned)strtoul(argv[3], NULL, 10), calls, call, &work, &err) != 0)
        goto failed;
    agents_report(calls, flow_time_mono() - start);
    flow_ledger_free(work.env.ledger);
    flow_models_free(work.env.models);
    flow_config_free(config);
    free(work.shared);
    free(work.own);
    return 0;
failed:
    fprintf(stderr, "bench_agents: %s\n", err.message);
    return 3;
}
