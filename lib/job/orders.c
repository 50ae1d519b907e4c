// SPDX-License-Identifier: MIT
#include "orders.h"

#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/base/vec.h"
#include "flow/config/policy.h"

struct reading {
    struct orders *orders;
    struct flow_error *err;
    int result;
};

static int keep(const struct flow_control *control, void *payload)
{
    struct reading *reading = payload;
    struct orders *orders = reading->orders;
    reading->result =
        flow_grow(&orders->items, &orders->cap, orders->count + 1, sizeof *orders->items, reading->err);
    if (reading->result)
        return 1;
    struct flow_control copy = {.key = flow_arena_str(&orders->arena, control->key),
                                .value = flow_arena_str(&orders->arena, control->value),
                                .changed = control->changed};
    if (!copy.key || !copy.value) {
        reading->result = flow_error_nomem(reading->err);
        return 1;
    }
    orders->items[orders->count++] = copy;
    return 0;
}

int orders_read(struct orders *out, struct flow_ledger *ledger, int64_t run, struct flow_error *err)
{
    struct reading reading = {.orders = out, .err = err};
    *out = (struct orders){0};
    flow_arena_init(&out->arena);
    int result = flow_ledger_controls(ledger, run, keep, &reading, err);
    return result ? result : reading.result;
}

void orders_release(struct orders *orders)
{
    flow_arena_release(&orders->arena);
    free(orders->items);
}

const struct flow_control *orders_find(const struct orders *orders, const char *key)
{
    for (size_t i = 0; i < orders->count; i++)
        if (strcmp(orders->items[i].key, key) == 0)
            return &orders->items[i];
    return NULL;
}

int orders_begin(const struct orders *orders, struct flow_ledger *ledger, int64_t run, bool jobs,
                 struct flow_error *err)
{
    const struct flow_control *over[] = {orders_find(orders, FLOW_CONTROL_STOP),
                                         jobs ? orders_find(orders, FLOW_CONTROL_JOBS) : NULL};
    for (size_t i = 0; i < 2; i++)
        if (over[i] && flow_ledger_control_done(ledger, run, over[i], err))
            return -1;
    return 0;
}

unsigned orders_jobs(const struct orders *orders)
{
    const struct flow_control *jobs = orders_find(orders, FLOW_CONTROL_JOBS);
    long number = 0;
    unsigned agents;
    if (!jobs || flow_parse_long(jobs->value, "jobs", 1, 4096, &number, NULL))
        return 0;
    agents = (unsigned)number;
    // Whoever asks, the policy of this machine has the last word; where it cannot be read, the places know
    // it.
    (void)!flow_policy_jobs(&agents, NULL);
    return agents;
}

void orders_put_pause(const struct flow_control *pause, const char *name, struct flow_buf *out)
{
    flow_buf_printf(out, "paused by %s at ", pause->value);
    flow_time_iso(out, pause->changed);
    flow_buf_printf(out, ": 'flow-status continue %s' lets it go on", name);
}

void orders_set_stop(const char *who, struct flow_error *err)
{
    flow_error_set(err, FLOW_E_INTERRUPTED, "stopped by %s: run it again to continue", who);
}
