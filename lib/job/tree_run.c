// SPDX-License-Identifier: MIT
#include "tree_run.h"

#include <stdlib.h>

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

int tree_run(const struct tree_command *command, struct flow_buf *out, struct flow_buf *talk,
             struct flow_sandbox_result *result, struct flow_error *err)
{
    const char *argv[] = {"/bin/sh", "-c", command->text, NULL};
    const char *write[] = {command->tree, NULL};
    const char **read = ended(command->read, err);
    const char **env = read ? ended(command->env, err) : NULL;
    const struct flow_sandbox sandbox = {
        .argv = argv,
        .dir = command->dir,
        .read = read,
        .write = write,
        .env = env,
        .unconfined = command->unconfined,
        .limits = flow_limits_default,
        .cancel = command->cancel,
        .out = out,
        .err = talk,
    };
    *result = (struct flow_sandbox_result){0};
    int status = env ? flow_sandbox_run(&sandbox, result, err) : -1;
    free(env);
    free(read);
    return status;
}
