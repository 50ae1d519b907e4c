/* SPDX-License-Identifier: MIT */
/*
 * Control of a run from any terminal: what is asked for stands in the ledger, where the process that works on
 * the run finds it within a second, or the next one finds it as it begins. Who asked for what, and when, is
 * kept as an event.
 */
#ifndef FLOW_JOB_CONTROL_H
#define FLOW_JOB_CONTROL_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/repo/repo.h"

enum flow_order_kind {
    FLOW_ORDER_PAUSE, /* begin no call until told to continue; calls that are out are finished */
    FLOW_ORDER_CONTINUE,
    FLOW_ORDER_STOP,  /* drain and end, as with a signal */
    FLOW_ORDER_HOLD,  /* put units aside, each before its next call */
    FLOW_ORDER_RETRY, /* work again on units that failed or are held */
    FLOW_ORDER_JOBS,
    FLOW_ORDER_BUDGET,
};

struct flow_order {
    enum flow_order_kind kind;
    const char
        *run; /* its name, or job/name; NULL: the only one there is; of hold and retry: the only port */
    char *const *units; /* of hold and retry */
    size_t unit_count;
    const char *value; /* of jobs: a number; of budget: 50usd sets, +10usd raises */
};

/* Leaves the order in the ledger, and appends a line to `said` that tells what will come of it.
 * FLOW_E_NOT_FOUND for a run or a unit that is not there, FLOW_E_USAGE for a wrong value or where there are
 * several runs that may be meant, FLOW_E_REFUSED for a unit that is committed. */
int flow_control_give(struct flow_repo *repo, const struct flow_order *order, struct flow_buf *said,
                      struct flow_error *err);

#endif
