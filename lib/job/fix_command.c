// SPDX-License-Identifier: MIT
/*
 * A command of the project, run in the sandbox where it can write its tree and nothing else.
 */
#include "fix_private.h"
#include "tree_run.h"

int fix_run(struct fix *fix, struct fix_command *command, int *status, struct flow_error *err)
{
    struct flow_sandbox_result result;
    const struct tree_command run = {
        .text = command->text,
        .tree = command->tree,
        .dir = command->dir,
        .read = &fix->read,
        .env = &fix->env,
        .fetches = command->fetches,
        .limits = fix->limits,
        .unconfined = fix->options->unconfined,
        .cancel = fix->options->cut,
    };
    if (tree_run(&run, command->out, command->err, &result, err))
        return -1;
    *status = result.status;
    command->limit = flow_limit_name(result.limit);
    if (command->limit && !command->may_end)
        return flow_error_set(err, FLOW_E_ENV,
                              "the %s was ended for what it took: it passed the limit on %s (sandbox.*)",
                              command->what, command->limit);
    return 0;
}
