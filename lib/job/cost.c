// SPDX-License-Identifier: MIT
#include "cost.h"

#include <inttypes.h>

struct cost {
    int64_t nano, calls, unpriced;
    uint64_t tokens;
};

static int add_cost(const struct flow_cost_row *row, void *payload)
{
    struct cost *cost = payload;
    cost->nano += row->nano_usd;
    cost->calls += row->calls;
    cost->unpriced += row->unpriced_calls;
    cost->tokens += row->input + row->cache_read + row->cache_write + row->output;
    return 0;
}

int cost_put(struct flow_ledger *ledger, int64_t run, const char *unit, struct flow_buf *out,
             struct flow_error *err)
{
    struct cost cost = {0};
    if (flow_ledger_costs(ledger, run, unit, add_cost, &cost, err))
        return -1;
    if (cost.unpriced == 0)
        flow_buf_printf(out, "$%.4f, ", (double)cost.nano / 1e9);
    else
        flow_buf_puts(out, "unknown in dollars, ");
    flow_buf_printf(out, "%" PRId64 " calls, %" PRIu64 " tokens", cost.calls, cost.tokens);
    return 0;
}
