// SPDX-License-Identifier: MIT
#define _GNU_SOURCE // environ
#include "environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What decides about language, terminal and the way to programs, and holds no secret. HOME and TMPDIR are set
// apart.
static const char *const passed[] = {"PATH", "LANG", "TZ", "USER", "LOGNAME", "SHELL", "TERM", "HOME"};

static void pass(struct flow_words *out, const char *name)
{
    const char *value = getenv(name);
    if (value)
        flow_words_addf(out, "%s=%s", name, value);
}

// Whether an entry of `env` sets or passes the variable: it goes before the list above.
static bool is_named(const char *const *env, const char *name)
{
    size_t len = strlen(name);
    for (; env && *env; env++) {
        if (strncmp(*env, name, len) == 0 && ((*env)[len] == '=' || (*env)[len] == '\0'))
            return true;
    }
    return false;
}

static void pass_locale(struct flow_words *out)
{
    for (char **variable = environ; *variable; variable++) {
        if (strncmp(*variable, "LC_", 3) == 0)
            flow_words_add(out, *variable);
    }
}

void flow_environment(struct flow_words *out, const struct flow_sandbox *sandbox, const char *mark)
{
    for (size_t i = 0; i < sizeof passed / sizeof *passed; i++) {
        if (!is_named(sandbox->env, passed[i]))
            pass(out, passed[i]);
    }
    pass_locale(out);
    if (!is_named(sandbox->env, "TMPDIR") && sandbox->unconfined)
        pass(out, "TMPDIR");
    else if (!is_named(sandbox->env, "TMPDIR"))
        flow_words_add(out, "TMPDIR=/tmp");
    for (const char *const *env = sandbox->env; env && *env; env++) {
        if (strchr(*env, '='))
            flow_words_add(out, *env);
        else
            pass(out, *env);
    }
    flow_words_add(out, mark);
}
