// SPDX-License-Identifier: MIT
#include "tree_run.h"

#include <stdlib.h>

#include "flow/config/policy.h"

#define MIB ((uint64_t)1 << 20)

// The list with a NULL at its end, as the sandbox wants it.
static const char **ended(const struct flow_strv *list, struct flow_error *err)
{
    const char **out = calloc(list->count + 1, sizeof *out);
    if (!out)
        flow_error_nomem(err);
    for (size_t i = 0; out && i < list->count; i++)
        out[i] = list->items[i];
    return out;
}

static int run(const struct tree_command *command, const struct flow_strv *reads,
               const struct flow_strv *writes, struct flow_buf *out, struct flow_buf *talk,
               struct flow_sandbox_result *result, struct flow_error *err)
{
    const char *argv[] = {"/bin/sh", "-c", command->text, NULL};
    const char **read = ended(reads, err);
    const char **write = read ? ended(writes, err) : NULL;
    const char **env = write ? ended(command->env, err) : NULL;
    const struct flow_sandbox sandbox = {
        .argv = argv,
        .dir = command->dir,
        .read = read,
        .write = write,
        .env = env,
        .network = command->fetches != NULL,
        .unconfined = command->unconfined,
        .limits = command->limits,
        .cancel = command->cancel,
        .out = out,
        .err = talk,
    };
    *result = (struct flow_sandbox_result){0};
    int status = env ? flow_sandbox_run(&sandbox, result, err) : -1;
    free(env);
    free(write);
    free(read);
    return status;
}

int tree_run(const struct tree_command *command, struct flow_buf *out, struct flow_buf *talk,
             struct flow_sandbox_result *result, struct flow_error *err)
{
    struct flow_strv read, write, unused;
    flow_strv_init(&read);
    flow_strv_init(&write);
    flow_strv_init(&unused);
    int status = flow_strv_add(&write, command->tree, err);
    if (status == 0 && command->fetches)
        status = flow_build_toolchain(command->fetches, true, &read, &write, &unused, err);
    if (status == 0)
        status = run(command, command->fetches ? &read : command->read, &write, out, talk, result, err);
    flow_strv_release(&unused);
    flow_strv_release(&write);
    flow_strv_release(&read);
    return status;
}

int tree_limits_read(const struct flow_config *config, struct flow_limits *out, struct flow_error *err)
{
    const struct flow_limits *own = &flow_limits_default;
    long seconds, memory, processes, disk;
    if (flow_config_int(config, "sandbox.seconds", 1, 1000000, (long)own->seconds, &seconds, err) ||
        flow_config_int(config, "sandbox.memory", 1, 1 << 30, (long)(own->memory / MIB), &memory, err) ||
        flow_config_int(config, "sandbox.processes", 1, 1 << 22, own->processes, &processes, err) ||
        flow_config_int(config, "sandbox.disk", 1, 1 << 30, (long)(own->disk / MIB), &disk, err))
        return -1;
    *out = (struct flow_limits){.seconds = (double)seconds,
                                .memory = (uint64_t)memory * MIB,
                                .processes = (unsigned)processes,
                                .disk = (uint64_t)disk * MIB};
    return 0;
}

int tree_check_sandbox(bool unconfined, struct flow_error *err)
{
    struct flow_policy policy;
    if (!unconfined)
        return flow_sandbox_check(err);
    if (flow_policy_load(&policy, err))
        return -1;
    int result = policy.sandbox ? flow_error_set(err, FLOW_E_REFUSED,
                                                 "the policy of this machine (%s) does not allow to build "
                                                 "outside of the sandbox",
                                                 policy.path)
                                : 0;
    flow_policy_release(&policy);
    return result;
}
