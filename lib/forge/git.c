// SPDX-License-Identifier: MIT
#include "flow/forge/git.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/proc.h"
#include "flow/base/str.h"
#include "flow/base/vec.h"

#define SECONDS 600.0

extern char **environ;

// What would make it look at another repository than the one in its folder, what is set below, and keys that
// are none of its business.
static bool is_left_out(const struct flow_git *git, const char *variable)
{
    static const char *const names[] = {"GIT_DIR=",        "GIT_WORK_TREE=", "GIT_INDEX_FILE=",
                                        "GIT_COMMON_DIR=", "GIT_NAMESPACE=", "GIT_TERMINAL_PROMPT="};
    static const char key[] = "_API_KEY";
    size_t len = strcspn(variable, "=");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (flow_str_starts(variable, names[i]))
            return true;
    for (size_t i = 0; git->extra && git->extra[i]; i++)
        if (strncmp(git->extra[i], variable, len + 1) == 0)
            return true;
    return len >= sizeof key - 1 && strncmp(variable + len - (sizeof key - 1), key, sizeof key - 1) == 0;
}

static int make_environment(const struct flow_git *git, bool own_ssh, struct flow_strv *out,
                            struct flow_error *err)
{
    for (char **variable = environ; *variable; variable++)
        if (!is_left_out(git, *variable) && flow_strv_add(out, *variable, err))
            return -1;
    // A question to a terminal that this process may not read from would stop it for good.
    if (flow_strv_add(out, "GIT_TERMINAL_PROMPT=0", err) ||
        (!own_ssh && flow_strv_add(out, "GIT_SSH_COMMAND=ssh -oBatchMode=yes", err)))
        return -1;
    for (size_t i = 0; git->extra && git->extra[i]; i++)
        if (flow_strv_add(out, git->extra[i], err))
            return -1;
    return 0;
}

static int run(const struct flow_git *git, bool own_ssh, int *status, struct flow_error *err)
{
    struct flow_strv words, env;
    struct flow_proc_result result;
    flow_strv_init(&words);
    flow_strv_init(&env);
    int rc = flow_strv_add(&words, "git", err);
    for (size_t i = 0; rc == 0 && git->words[i]; i++)
        rc = flow_strv_add(&words, git->words[i], err);
    if (rc == 0)
        rc = make_environment(git, own_ssh, &env, err);
    if (rc == 0 && (flow_grow(&words.items, &words.cap, words.count + 1, sizeof *words.items, err) ||
                    flow_grow(&env.items, &env.cap, env.count + 1, sizeof *env.items, err)))
        rc = -1;
    if (rc == 0) {
        words.items[words.count] = NULL;
        env.items[env.count] = NULL;
        const struct flow_proc proc = {
            .argv = (const char *const *)words.items,
            .env = (const char *const *)env.items,
            .dir = git->folder,
            .input = git->input,
            .input_len = git->input ? strlen(git->input) : 0,
            .timeout = SECONDS,
            .cancel = git->cancel,
            .out = git->out,
            .err = git->err,
        };
        rc = flow_proc_run(&proc, &result, err);
    }
    if (rc == 0)
        *status = result.status;
    else
        flow_error_wrap(err, "git %s", git->words[0]);
    flow_strv_release(&words);
    flow_strv_release(&env);
    return rc;
}

// Whether the user says how to run ssh: then that is not replaced.
static int says_ssh(const struct flow_git *git, bool *out, struct flow_error *err)
{
    const char *const words[] = {"config", "--get", "core.sshCommand", NULL};
    const struct flow_git question = {.folder = git->folder, .words = words, .cancel = git->cancel};
    int status = 0;
    for (char **variable = environ; *variable; variable++)
        if (flow_str_starts(*variable, "GIT_SSH=") || flow_str_starts(*variable, "GIT_SSH_COMMAND=")) {
            *out = true;
            return 0;
        }
    if (run(&question, true, &status, err))
        return -1;
    *out = status == 0;
    return 0;
}

int flow_git_run(const struct flow_git *git, int *status, struct flow_error *err)
{
    bool own_ssh = true;
    if (git->network && says_ssh(git, &own_ssh, err))
        return -1;
    return run(git, own_ssh, status, err);
}
