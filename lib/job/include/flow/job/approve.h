/* SPDX-License-Identifier: MIT */
/*
 * What a repository brings along and wants used: prompts and passes below .flow/, commands of .flow/config.
 * Each is used only after a person has seen and accepted exactly it, once for a repository
 * (flow/config/approval.h); a changed one is asked about again. Every job that uses such a thing calls
 * flow_approve first. Files that are held back since they look like they hold a secret (flow/agent/send.h)
 * are decided about in the same way.
 */
#ifndef FLOW_JOB_APPROVE_H
#define FLOW_JOB_APPROVE_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/repo/repo.h"

struct flow_brought {
    const char
        *what; /* the path of a file, or the key of a setting: ".flow/prompts/fix.md", "build.command" */
    const char *text;
    size_t len;
    const char *why; /* a file that is held back: the reason. NULL: something that wants to be used */
};

/* Shows it and asks. 0: accepted; else the call ends with err. `changed`: another text of that name was
 * accepted before. */
typedef int (*flow_approve_fn)(void *payload, const struct flow_brought *brought, bool changed,
                               struct flow_error *err);

/* Asks about each that nobody has accepted yet and records what was. ask may be NULL: nobody can be asked.
 * What is not accepted is FLOW_E_REFUSED, with the command that shows it and asks. state_dir ends with '/'.
 */
int flow_approve(const char *state_dir, const struct flow_brought *brought, size_t count, flow_approve_fn ask,
                 void *payload, struct flow_error *err);

struct flow_approve_options {
    struct flow_repo *repo;
    const struct flow_config *config; /* of the repository */
    const char *at;                   /* revision whose files are meant */
    const struct flow_strv *names; /* of struct flow_brought, or paths of files that are held back; empty: all
                                      that the repository brings */
    flow_approve_fn ask;
    /* Called for each that was accepted, now or before. May be NULL. */
    void (*accepted)(void *payload, const char *what, bool before);
    void *payload;
};

/* Finds what the options name and asks about it. FLOW_E_NOT_FOUND for a name that stands for nothing;
 * FLOW_E_REFUSED for what was not accepted, and for a file that send.exclude keeps here. */
int flow_approve_all(const struct flow_approve_options *options, struct flow_error *err);

#endif
