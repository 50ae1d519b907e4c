// SPDX-License-Identifier: MIT
// bench_calls MODEL CALLS AT_ONCE: makes calls from that many threads and prints wall seconds, processor time
// a call, and the most memory that was resident. Where the server is comes from the environment, as for any
// tool.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "flow/base/thread.h"
#include "flow/base/time.h"
#include "flow/model/model.h"

/* A prompt of the size that a small unit has. */
static char prompt[8 << 10];

struct work {
    struct flow_models *models;
    const char *model;
};

static int call(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    const struct work *work = payload;
    const struct flow_block block = {.text = prompt, .len = sizeof prompt};
    const struct flow_turn turn = {.role = FLOW_ROLE_USER, .blocks = &block, .block_count = 1};
    const struct flow_request request = {
        .model = work->model, .turns = &turn, .turn_count = 1, .max_tokens = 1000};
    enum flow_call_failure failure;
    struct flow_reply reply;
    int rc;

    (void)worker;
    (void)item;
    rc = flow_models_call(work->models, &request, NULL, &reply, &failure, NULL, err);
    flow_reply_release(&reply);
    return rc;
}

static double cpu_seconds(const struct rusage *usage)
{
    return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv)
{
    struct flow_error err = FLOW_ERROR_INIT;
    struct flow_config *config = NULL;
    struct work work = {0};
    struct rusage usage;
    double start;

    if (argc != 4)
        return 2;
    memset(prompt, 'x', sizeof prompt);
    work.model = argv[1];
    if (flow_config_new(&config, &err) != 0 || flow_config_add_environment(config, &err) != 0 ||
        flow_models_new(&work.models, &(struct flow_models_options){.config = config}, &err) != 0)
        goto failed;
    start = flow_time_mono();
    if (flow_thread_each((unsigned)atoi(argv[3]), (size_t)atol(argv[2]), call, &work, &err) != 0)
        goto failed;
    getrusage(RUSAGE_SELF, &usage);
    printf("%.2f s, %.1f us of processor a call, %ld MB\n", flow_time_mono() - start,
           cpu_seconds(&usage) * 1e6 / atof(argv[2]), usage.ru_maxrss / 1024);
    flow_models_free(work.models);
    flow_config_free(config);
    return 0;
failed:
    fprintf(stderr, "bench_calls: %s\n", err.message);
    return 3;
}
