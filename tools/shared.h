/* SPDX-License-Identifier: MIT */
/*
 * What several tools do in one and the same way, with lower layers than flow/ui may use.
 */
#ifndef FLOW_TOOLS_SHARED_H
#define FLOW_TOOLS_SHARED_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/config/budget.h"
#include "flow/config/config.h"
#include "flow/job/approve.h"
#include "flow/repo/repo.h"
#include "flow/syntax/language.h"
#include "flow/ui/tool.h"

/* Where a tool works. */
struct shared_place {
    struct flow_repo *repo;
    struct flow_config *config;
    struct flow_languages *languages;
};

/* Closed by the caller in both cases. Settings that flow does not know are told on standard error. */
int shared_place_open(struct shared_place *place, const char *directory, struct flow_error *err);
void shared_place_close(struct shared_place *place);

/* Appends what a path that was typed is called in the repository: it counts from the folder where the tool
 * was called, or from `directory`, an option, where that is not NULL. One that begins with the top folder
 * counts from there; in a bare repository all do. A unit that is no file ("c-abi://" and a header) is called
 * what was typed. */
int shared_path(const struct flow_repo *repo, const char *directory, const char *typed, struct flow_buf *out,
                struct flow_error *err);
/* As flow_tool_ids, for operands that are paths: typed ones as above, those of records count from the top. */
int shared_ids(const struct flow_tool_context *context, const struct flow_repo *repo, const char *directory,
               const char *what, struct flow_strv *out, struct flow_strv *piped, struct flow_error *err);

/* A flow_approve_fn: shows what the repository brings and asks. The payload is not used. */
int shared_approve(void *payload, const struct flow_brought *brought, bool changed, struct flow_error *err);

/* Prints a plan on standard error, unless it is agreed to beforehand (yes) and nobody wants to read it
 * (quiet). Then asks the question, unless yes; a dry run has none: NULL. */
int shared_agree(const struct flow_buf *plan, bool quiet, bool yes, const char *question,
                 struct flow_error *err);

/* The budget that --budget names, else the setting: 1; 0 where there is none. */
int shared_budget(const char *option, const struct flow_config *config, const char *key,
                  struct flow_budget *out, struct flow_error *err);

/* For people: "$25.00, 300 calls", or "none". */
void shared_put_budget(const struct flow_budget *budget, struct flow_buf *out);

/* What is going to be asked for: the least and the most. */
struct shared_price {
    size_t calls[2];
    uint64_t tokens[2];
    int64_t nano_usd[2];
    bool known;                      /* what a token costs */
    const struct flow_budget *limit; /* what may be spent */
};
/* Appends lines of a plan: calls and tokens, price, budget. */
void shared_put_price(const struct shared_price *price, struct flow_buf *out);

/* Whether any of so many calls has a price, of which `unpriced` have none. What calls without a known price
 * cost is not nothing: of those that have one, the sum is told, else that it is unknown. */
bool shared_is_priced(int64_t calls, int64_t unpriced);
void shared_put_spent(int64_t nano_usd, int64_t calls, int64_t unpriced, struct flow_buf *out);

#endif
