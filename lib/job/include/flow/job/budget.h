/* SPDX-License-Identifier: MIT */
/*
 * Budgets as people write them: 25usd, 2Mtok, 300calls; several with commas between them. Numbers may have a
 * fraction and a k or M behind them.
 */
#ifndef FLOW_JOB_BUDGET_H
#define FLOW_JOB_BUDGET_H

#include "flow/base/error.h"
#include "flow/store/ledger.h"

/* What is not named is not limited. FLOW_E_USAGE for anything else; `what` ("--budget") names it in the
 * error. */
int flow_budget_parse(const char *text, const char *what, struct flow_budget *out, struct flow_error *err);

#endif
