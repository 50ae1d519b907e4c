/* SPDX-License-Identifier: MIT */
/*
 * What other terminals ask of a run as a whole, read by the process that works on it (port_control.c,
 * watch.c): one look at the controls, which is a query of a small table. SQLite's data_version would change
 * with every write of our own.
 */
#ifndef FLOW_JOB_PRIVATE_ORDERS_H
#define FLOW_JOB_PRIVATE_ORDERS_H

#include <stdbool.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/store/control.h"

struct orders {
    struct flow_arena arena;
    struct flow_control *items;
    size_t count, cap;
};

/* Released also where it fails. */
int orders_read(struct orders *out, struct flow_ledger *ledger, int64_t run, struct flow_error *err);
void orders_release(struct orders *orders);
/* NULL where nobody asked for that. */
const struct flow_control *orders_find(const struct orders *orders, const char *key);

/* Takes away what is over as a process begins: what stopped an earlier one and, where this one was told how
 * many agents there are to be (`jobs`), the number that others asked for before. */
int orders_begin(const struct orders *orders, struct flow_ledger *ledger, int64_t run, bool jobs,
                 struct flow_error *err);

/* How many agents are to work at once, as far as the policy of this machine allows; 0: nobody said. */
unsigned orders_jobs(const struct orders *orders);
/* For people: who paused the run `name` and when, and how it goes on. */
void orders_put_pause(const struct flow_control *pause, const char *name, struct flow_buf *out);
/* Why a run ends that was told to. */
void orders_set_stop(const char *who, struct flow_error *err);

#endif
