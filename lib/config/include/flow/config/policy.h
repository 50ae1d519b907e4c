/* SPDX-License-Identifier: MIT */
/*
 * What the administrator of a machine allows: /etc/flow/policy, in git-config syntax, one section [policy].
 *
 *   models    globs of models that may be called ("anthropic/claude-*"); list
 *   hosts     globs of hosts that a request may be sent to, without their port; list
 *   programs  absolute paths (globs) of programs that may be `command` models; list
 *   calls     false: no model is called (a recording may be played)
 *   budget    the most that one run may spend, as --budget takes it
 *   jobs      the most agents at once
 *   time      how long one process may begin calls: 90s, 30m, 8h, 2d
 *   sandbox   true: builds and tests run inside the sandbox or not at all
 *
 * A list that is not there allows all; but where there are hosts and no programs, no program may be a model,
 * since nobody knows where it sends what it is given. Of a rule that is given twice the stricter value
 * counts; lists add up. Any other key, and a value that does not fit, is an error: a rule that is misspelt
 * would be no rule. Nothing overrides a policy: each place that a rule is about reads it for itself (the
 * models, the ledger, the places of agents), so that no option, setting or caller is in between.
 *
 * The file belongs to root and nobody else can write it or its folder, or nothing runs at all. Where there is
 * none, nothing is restricted.
 */
#ifndef FLOW_CONFIG_POLICY_H
#define FLOW_CONFIG_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "flow/base/arena.h"
#include "flow/base/error.h"
#include "flow/config/budget.h"

struct flow_policy_rule {
    const char *key; /* "models" */
    const char *value;
    unsigned line;
};

struct flow_policy {
    struct flow_arena arena;
    const char *path;
    struct flow_policy_rule *rules; /* as they stand in the file; count 0: nothing is restricted */
    size_t count, cap;
    /* what they come to */
    bool no_calls, sandbox;
    unsigned jobs; /* 0: no limit */
    long seconds;  /* 0: no limit */
    struct flow_budget budget;
};

/* The policy of this machine. Filled, and to be released, where it returns 0. FLOW_E_REFUSED for a file that
 * somebody else could have written, FLOW_E_INVALID with the line for one that says what is no rule. */
int flow_policy_load(struct flow_policy *out, struct flow_error *err);
/* The same from a file at another path that belongs to `owner`. */
int flow_policy_read(struct flow_policy *out, const char *path, uid_t owner, struct flow_error *err);
void flow_policy_release(struct flow_policy *policy);

/* 0 where it is allowed; FLOW_E_REFUSED with the line that does not allow it. `model` is "provider/model",
 * `host` a name or address without port, `program` an absolute path. */
int flow_policy_model(const struct flow_policy *policy, const char *model, struct flow_error *err);
int flow_policy_host(const struct flow_policy *policy, const char *host, struct flow_error *err);
int flow_policy_program(const struct flow_policy *policy, const char *program, struct flow_error *err);

/* Lowers a number of agents (0: any number) to what the policy of this machine allows. */
int flow_policy_jobs(unsigned *jobs, struct flow_error *err);

/* Whether the policy has a rule of that name; its first one, or NULL. */
const struct flow_policy_rule *flow_policy_rule(const struct flow_policy *policy, const char *key);

#endif
