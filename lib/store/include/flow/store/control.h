/* SPDX-License-Identifier: MIT */
/*
 * Controls: how another terminal reaches the process that works on a run.
 *
 * A control is a key and a value of a run, in the ledger, and so outlives both processes. The holder of the
 * run's lock reads them some times a second, carries them out, and takes away those that are done; one that
 * finds no holder waits for the next. Each leaves an event that says who asked for what.
 *
 *     pause        who        nothing new is begun while it stands there
 *     stop         who        the holder drains; taken away by the next holder as it begins
 *     jobs         a number   how many agents work at once, until a holder is told another number
 *     unit:UNIT    "hold WHO" or "retry WHO"; taken away once it is done
 */
#ifndef FLOW_STORE_CONTROL_H
#define FLOW_STORE_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/store/ledger.h"

#define FLOW_CONTROL_PAUSE "pause"
#define FLOW_CONTROL_STOP  "stop"
#define FLOW_CONTROL_JOBS  "jobs"
#define FLOW_CONTROL_UNIT  "unit:"

struct flow_control {
    const char *key, *value;
    int64_t changed; /* wall ms */
};

/* Sets a control, or takes it away (value NULL), and adds the event "control" about `unit` (may be NULL) with
 * `text`, in one transaction. */
int flow_ledger_control_set(struct flow_ledger *ledger, int64_t run, const char *key, const char *value,
                            const char *unit, const char *text, struct flow_error *err);
/* Takes a control away that was carried out, unless it was set anew since it was read. */
int flow_ledger_control_done(struct flow_ledger *ledger, int64_t run, const struct flow_control *control,
                             struct flow_error *err);

/* Calls fn for each control of a run, in order of keys, until it returns other than 0. */
typedef int (*flow_ledger_control_fn)(const struct flow_control *control, void *payload);
int flow_ledger_controls(struct flow_ledger *ledger, int64_t run, flow_ledger_control_fn fn, void *payload,
                         struct flow_error *err);

/* Changes the budget of a run in one transaction with its event: what `change` limits (0 or more) is set, or
 * with `add` raised by that much; what it leaves open stays as it is. FLOW_E_REFUSED where something is to be
 * raised that has no limit. Calls that wait for the budget see it when they next ask. */
int flow_ledger_budget_change(struct flow_ledger *ledger, int64_t run, const struct flow_budget *change,
                              bool add, const char *text, struct flow_error *err);

#endif
