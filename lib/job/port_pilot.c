// SPDX-License-Identifier: MIT
/*
 * The pilot: a few units go ahead of the rest, and what they took narrows what the rest will.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "port_private.h"

int port_pilot_begin(struct port *port, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = flow_ledger_run_get(port->ledger, port->run, PORT_PILOT_KEY, &text, err) < 0 ? -1 : 0;
    if (text.len == 0 && port->todo > PORT_PILOT_FROM)
        port->pilot = PORT_PILOT;
    flow_buf_release(&text);
    return result;
}

struct taken {
    double dollars, tokens;
};

static int add_taken(const struct flow_cost_row *row, void *payload)
{
    struct taken *taken = payload;
    // Those are made of all units by now, and compare with nothing that is left.
    if (strcmp(row->role, "contract") == 0)
        return 0;
    taken->dollars += (double)row->nano_usd;
    taken->tokens += (double)(row->input + row->cache_read + row->cache_write + row->output);
    return 0;
}

/* How units compare with the low end of what was expected of them. */
struct comparison {
    size_t count;
    double sum, squares;          /* of each unit's own ratio */
    struct taken taken, expected; /* of all together */
};

// By dollars where there are any, else by tokens.
static double measure(const struct taken *taken, bool dollars)
{
    return dollars ? taken->dollars : taken->tokens;
}

static int compare_unit(struct port *port, const struct port_unit *unit, struct comparison *out,
                        struct flow_error *err)
{
    struct port_estimate expected;
    struct taken taken = {0};
    if (port_estimate(port, &unit, 1, true, &expected, err) ||
        flow_ledger_costs(port->ledger, port->run, unit->unit->id, add_taken, &taken, err))
        return -1;
    bool dollars = expected.nano_low > 0;
    double low = dollars ? (double)expected.nano_low : (double)expected.tokens_low;
    double ratio = low > 0 ? measure(&taken, dollars) / low : 0;
    out->count++;
    out->sum += ratio;
    out->squares += ratio * ratio;
    out->taken.dollars += taken.dollars;
    out->taken.tokens += taken.tokens;
    return 0;
}

// How much the mean of so few may be off: twice its standard error as a share of it, a fifth at least, and at
// most as much again as the mean.
static double uncertainty(const struct comparison *c)
{
    double n = (double)c->count, mean = c->sum / n;
    if (c->count < 2 || mean <= 0)
        return 1;
    double variance = (c->squares - n * mean * mean) / (n - 1);
    double share = 2 * sqrt(variance > 0 ? variance / n : 0) / mean;
    return share < 0.2 ? 0.2 : share > 1 ? 1 : share;
}

static void extrapolate(const struct comparison *c, double expected, double taken, double rest, double *low,
                        double *high)
{
    double centre = expected > 0 ? rest * taken / expected : 0, off = 1 + uncertainty(c);
    *low = centre / off;
    *high = centre * off;
}

// Units of the port in a phase.
static size_t in_phase(struct port *port, enum port_phase phase, const struct port_unit **out)
{
    size_t count = 0;
    for (size_t i = 0; i < port->count; i++)
        if (port->units[i].phase == phase)
            out[count++] = &port->units[i];
    return count;
}

static int compare(struct port *port, const struct port_unit *const *done, size_t count,
                   struct comparison *out, struct flow_error *err)
{
    // All together they have filled the caches, each by itself has not.
    struct port_estimate together;
    if (port_estimate(port, done, count, false, &together, err))
        return -1;
    out->expected.dollars = (double)together.nano_low;
    out->expected.tokens = (double)together.tokens_low;
    for (size_t i = 0; i < count; i++)
        if (compare_unit(port, done[i], out, err))
            return -1;
    return 0;
}

static int look(struct port *port, const struct port_unit **units, struct flow_port_pilot *out,
                struct flow_error *err)
{
    struct comparison c = {0};
    struct port_estimate rest;
    double low, high;
    out->done = in_phase(port, PORT_SETTLED, units);
    if (compare(port, units, out->done, &c, err))
        return -1;
    out->rest = in_phase(port, PORT_WAITING, units);
    if (port_estimate(port, units, out->rest, true, &rest, err) ||
        flow_ledger_spending(port->ledger, port->run, &out->spending, err))
        return -1;
    extrapolate(&c, c.expected.dollars, c.taken.dollars, (double)rest.nano_low, &low, &high);
    out->nano_low = (int64_t)low;
    out->nano_high = (int64_t)high;
    extrapolate(&c, c.expected.tokens, c.taken.tokens, (double)rest.tokens_low, &low, &high);
    out->tokens_low = (uint64_t)low;
    out->tokens_high = (uint64_t)high;
    out->cost = rest.cost;
    out->agreed_nano = port->agreed_nano;
    return 0;
}

int port_pilot_judge(struct port *port, struct flow_error *err)
{
    const struct flow_port_hooks *hooks = &port->options->hooks;
    struct flow_port_pilot pilot = {0};
    const struct port_unit **units = calloc(port->count + 1, sizeof *units);
    int result = units ? look(port, units, &pilot, err) : flow_error_nomem(err);
    free(units);
    if (result == 0 && hooks->pilot) {
        pthread_mutex_lock(&port->hook_mutex);
        result = hooks->pilot(hooks->payload, &pilot, err);
        pthread_mutex_unlock(&port->hook_mutex);
    }
    return result ? result : flow_ledger_run_set(port->ledger, port->run, PORT_PILOT_KEY, "judged", err);
}
