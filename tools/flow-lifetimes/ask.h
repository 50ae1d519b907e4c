/* SPDX-License-Identifier: MIT */
/*
 * The part of flow-lifetimes that asks a model.
 */
#ifndef FLOW_LIFETIMES_ASK_H
#define FLOW_LIFETIMES_ASK_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/job/lifetimes_ask.h"
#include "flow/ui/tool.h"

struct ask_args {
    bool wanted, dry_run, yes;
    const char *model, *budget;
    long votes;
};

/* Whether the options say that a model is to be asked: 1 or 0; FLOW_E_USAGE for those that only make sense
 * then. */
int ask_is_wanted(const struct ask_args *args, struct flow_error *err);

/* Shows what is to be asked, asks whether it may, and asks the model about the open rows of lifetimes. */
int ask_model(const struct ask_args *args, long jobs, bool quiet, const char *revision,
              struct flow_repo *repo, struct flow_lifetimes *lifetimes,
              const struct flow_tool_context *context, struct flow_lifetimes_asked *out,
              struct flow_error *err);

/* What came of it, for people. */
int ask_census(const struct flow_lifetimes_asked *asked, FILE *to, struct flow_error *err);

#endif
