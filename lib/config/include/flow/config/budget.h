/* SPDX-License-Identifier: MIT */
/*
 * Budgets as people write them: 25usd, 2Mtok, 300calls; several with commas between them. Numbers may have a
 * fraction and a k or M behind them.
 */
#ifndef FLOW_CONFIG_BUDGET_H
#define FLOW_CONFIG_BUDGET_H

#include <stdint.h>

#include "flow/base/error.h"

/* Below 0: no limit. */
struct flow_budget {
    int64_t nano_usd, tokens, calls;
};

/* What is not named is not limited. FLOW_E_USAGE for anything else; `what` ("--budget") names it in the
 * error. */
int flow_budget_parse(const char *text, const char *what, struct flow_budget *out, struct flow_error *err);

/* Lowers each limit of budget to that of other where that is the stricter one. */
void flow_budget_least(struct flow_budget *budget, const struct flow_budget *other);

#endif
