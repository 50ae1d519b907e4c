// SPDX-License-Identifier: MIT
/*
 * A command of the project, run in the sandbox where it can write its tree and nothing else.
 */
#include "fix_private.h"
#include "flow/base/str.h"
#include "flow/build/sandbox.h"

#define MIB ((uint64_t)1 << 20)

// The list with a NULL at its end, as the sandbox wants it.
static const char **ended(struct fix *fix, const struct flow_strv *list, struct flow_error *err)
{
    const char **out = flow_arena_alloc(&fix->arena, (list->count + 1) * sizeof *out);
    if (!out)
        flow_error_nomem(err);
    for (size_t i = 0; out && i < list->count; i++)
        out[i] = list->items[i];
    return out;
}

int fix_limits_read(struct fix *fix, struct flow_error *err)
{
    const struct flow_limits *own = &flow_limits_default;
    long seconds, memory, processes, disk;
    if (flow_config_int(fix->config, "sandbox.seconds", 1, 1000000, (long)own->seconds, &seconds, err) ||
        flow_config_int(fix->config, "sandbox.memory", 1, 1 << 30, (long)(own->memory / MIB), &memory, err) ||
        flow_config_int(fix->config, "sandbox.processes", 1, 1 << 22, own->processes, &processes, err) ||
        flow_config_int(fix->config, "sandbox.disk", 1, 1 << 30, (long)(own->disk / MIB), &disk, err))
        return -1;
    fix->limits = (struct flow_limits){.seconds = (double)seconds,
                                       .memory = (uint64_t)memory * MIB,
                                       .processes = (unsigned)processes,
                                       .disk = (uint64_t)disk * MIB};
    return 0;
}

// The folders that the command may write, and with `read` those that it may read. Caches are filled by the
// fetch step, and read by all others.
static const char **open_folders(struct fix *fix, const struct fix_command *command, const char ***read,
                                 struct flow_error *err)
{
    struct flow_strv *write = &fix->fetch_write;
    if (!command->fetches) {
        const char **out = flow_arena_alloc(&fix->arena, 2 * sizeof *out);
        *read = ended(fix, &fix->read, err);
        if (!out)
            flow_error_nomem(err);
        else
            out[0] = command->tree;
        return *read ? out : NULL;
    }
    struct flow_strv unused;
    flow_strv_init(&unused);
    int result = flow_strv_add(write, command->tree, err);
    if (result == 0)
        result = flow_build_toolchain(fix->rules, true, &fix->fetch_read, write, &unused, err);
    flow_strv_release(&unused);
    *read = result == 0 ? ended(fix, &fix->fetch_read, err) : NULL;
    return *read ? ended(fix, write, err) : NULL;
}

int fix_run(struct fix *fix, struct fix_command *command, int *status, struct flow_error *err)
{
    const char *argv[] = {"/bin/sh", "-c", command->text, NULL};
    const char **read;
    const char **write = open_folders(fix, command, &read, err);
    const char **env = write ? ended(fix, &fix->env, err) : NULL;
    struct flow_sandbox_result result = {0};
    if (!env)
        return -1;
    const struct flow_sandbox sandbox = {
        .argv = argv,
        .dir = command->dir,
        .read = read,
        .write = write,
        .env = env,
        .network = command->fetches,
        .unconfined = fix->options->unconfined,
        .limits = fix->limits,
        .cancel = fix->options->cut,
        .out = command->out,
        .err = command->err,
    };
    if (flow_sandbox_run(&sandbox, &result, err))
        return -1;
    *status = result.status;
    command->limit = flow_limit_name(result.limit);
    if (command->limit && !command->may_end)
        return flow_error_set(err, FLOW_E_ENV,
                              "the %s was ended for what it took: it passed the limit on %s (sandbox.*)",
                              command->what, command->limit);
    return 0;
}
