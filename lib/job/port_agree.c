// SPDX-License-Identifier: MIT
/*
 * What a person agreed to, and whether a plan is still that. Kept in the ledger: what the plan was made of,
 * one line a thing; the units, each with its generation, since to translate one anew is more work; and the
 * dollars.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

/* Keys of the run's values. */
#define PLAN      "agreed.plan"
#define UNITS     "agreed.units"
#define NANO      "agreed.nano"

/* The caches have to be filled again by a process that continues: so much dearer is not news. */
#define TOLERANCE 10 /* percent */

static void put_line(struct flow_buf *out, const char *name, const char *value)
{
    flow_buf_printf(out, "%s ", name);
    flow_str_show(out, value ? value : "-", strlen(value ? value : "-"));
    flow_buf_putc(out, '\n');
}

// The first word of a line names the thing to a person whom it is said that it changed.
static int describe(struct port *port, const struct flow_port_plan *plan, struct flow_error *err)
{
    const struct port_settings *s = &port->settings;
    struct flow_buf *out = &port->agreement;
    flow_buf_clear(out);
    put_line(out, "languages", plan->from);
    put_line(out, "languages", plan->to);
    put_line(out, "source", plan->source);
    put_line(out, "model", s->model);
    put_line(out, "effort", s->effort);
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        put_line(out, "reviewer", s->reviewers[i]);
    flow_buf_printf(out, "rounds %u\nattempts %u\n", s->rounds, s->attempts);
    for (size_t i = 0; i < plan->destinations->count; i++)
        put_line(out, "destination", plan->destinations->items[i]);
    for (size_t i = 0; i < plan->commands->count; i++)
        put_line(out, "command", plan->commands->items[i]);
    flow_buf_add(out, port->recipe.data, port->recipe.len);
    return flow_buf_check(out, "plan", err);
}

static int put_unit(struct port *port, const struct port_unit *unit, struct flow_error *err)
{
    struct flow_buf *out = &port->agreed_units;
    flow_buf_printf(out, "%u ", unit->state.generation + unit->reopened);
    flow_str_show(out, unit->unit->id, strlen(unit->unit->id));
    flow_buf_putc(out, '\n');
    return flow_buf_check(out, "plan", err);
}

// The lines of text as keys.
static int read_lines(const struct flow_buf *text, struct flow_map *out, struct flow_error *err)
{
    for (const char *at = text->data, *end = at + text->len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        if (!flow_map_ensure(out, at, len, NULL))
            return flow_error_nomem(err);
        at += len + 1;
    }
    return 0;
}

// Units of the plan that are not among those agreed to are added to them; how many there were.
static int add_units(struct port *port, struct flow_map *agreed, size_t *more, struct flow_error *err)
{
    struct flow_buf *all = &port->agreed_units;
    *more = 0;
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        size_t before = all->len;
        if (!unit->selected || port_is_settled(unit))
            continue;
        if (put_unit(port, unit, err))
            return -1;
        if (flow_map_getn(agreed, all->data + before, all->len - before - 1))
            flow_buf_truncate(all, before);
        else
            ++*more;
    }
    return 0;
}

// The value, or nothing where there is none.
static int get(struct port *port, const char *key, struct flow_buf *out, struct flow_error *err)
{
    flow_buf_clear(out);
    return flow_ledger_run_get(port->ledger, port->run, key, out, err) < 0 ? -1 : 0;
}

static int load_units(struct port *port, struct flow_map *agreed, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf text;
    struct flow_id id = {0};
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = get(port, UNITS, &text, err);
    if (result == 0 && text.len > 0) {
        snprintf(id.hex, sizeof id.hex, "%s", text.data);
        // Where the list was purged, all units are new to the plan.
        if (flow_ledger_block_get(port->ledger, &id, &port->agreed_units, &own) &&
            own.code != FLOW_E_NOT_FOUND)
            result = flow_error_set(err, own.code, "%s", own.message);
    }
    flow_buf_release(&text);
    return result ? result : read_lines(&port->agreed_units, agreed, err);
}

// The name of the first line of `now` that `before` does not have in its place; NULL where they are equal.
static const char *difference(struct port *port, const struct flow_buf *before, const struct flow_buf *now)
{
    size_t at = 0, line = 0;
    if (before->len == now->len && memcmp(before->data, now->data, now->len) == 0)
        return NULL;
    for (; at < before->len && at < now->len && before->data[at] == now->data[at]; at++)
        if (now->data[at] == '\n')
            line = at + 1;
    const char *from = line < now->len ? now->data + line : before->data + line;
    return flow_arena_strn(&port->arena, from, strcspn(from, " \n"));
}

static const char *changed_text(struct port *port, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static const char *changed_text(struct port *port, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return flow_arena_str(&port->arena, text);
}

// Dollars that the run may come to, by the plan and by a budget that is as good as a yes to it.
static int64_t dollars(const struct port *port, const struct flow_port_plan *plan)
{
    const struct flow_budget *given = port->options->budget;
    int64_t planned = plan->spending->spent_nano_usd + plan->nano_high;
    return given && given->nano_usd > planned ? given->nano_usd : planned;
}

static int compare(struct port *port, struct flow_port_plan *plan, const struct flow_buf *before, size_t more,
                   struct flow_error *err)
{
    const struct flow_budget *given = port->options->budget;
    const char *name = difference(port, before, &port->agreement);
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = get(port, NANO, &text, err);
    int64_t agreed = strtoll(text.data, NULL, 10);
    int64_t planned = plan->spending->spent_nano_usd + plan->nano_high;
    flow_buf_release(&text);
    if (result)
        return result;
    port->agreed_nano = agreed;
    if (given && given->nano_usd > agreed)
        agreed = given->nano_usd;
    if (name)
        plan->changed = changed_text(port, "'%s' is not what it was", name);
    else if (more > 0)
        plan->changed = changed_text(port, "units that were not part of it: %zu", more);
    else if (planned > agreed + agreed / 100 * TOLERANCE)
        plan->changed = changed_text(port, "it can come to $%.2f by now, and $%.2f were agreed to",
                                     (double)planned / 1e9, (double)agreed / 1e9);
    else
        port->agreed = plan->agreed = true;
    if (!plan->agreed && !plan->changed)
        return flow_error_nomem(err);
    return 0;
}

int port_agree_look(struct port *port, struct flow_port_plan *plan, struct flow_error *err)
{
    struct flow_map *units = flow_map_new();
    struct flow_buf before;
    size_t more = 0;
    flow_buf_init(&before, FLOW_BUF_TEXT);
    int result = units ? 0 : flow_error_nomem(err);
    if (result == 0)
        result = describe(port, plan, err) || get(port, PLAN, &before, err) || load_units(port, units, err) ||
                         add_units(port, units, &more, err)
                     ? -1
                     : 0;
    if (result == 0 && before.len > 0)
        result = compare(port, plan, &before, more, err);
    if (!port->agreed)
        port->agreed_nano = dollars(port, plan);
    flow_buf_release(&before);
    flow_map_free(units);
    return result;
}

static int set_number(struct port *port, const char *key, int64_t number, struct flow_error *err)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)number);
    return flow_ledger_run_set(port->ledger, port->run, key, text, err);
}

// A plain yes is a yes to the upper end, and to no more than that.
static int set_budget(struct port *port, struct flow_error *err)
{
    struct flow_spending spending;
    if (port->estimate.nano_high == 0)
        return 0;
    if (flow_ledger_spending(port->ledger, port->run, &spending, err))
        return -1;
    if (spending.limit.nano_usd >= 0 || spending.limit.tokens >= 0 || spending.limit.calls >= 0)
        return 0;
    spending.limit.nano_usd = spending.spent_nano_usd + port->estimate.nano_high;
    return flow_ledger_budget_set(port->ledger, port->run, &spending.limit, err);
}

static int expect(struct port *port, struct flow_error *err)
{
    struct flow_job_role roles[PORT_ROLES];
    for (size_t i = 0; i < PORT_ROLES; i++) {
        const struct flow_port_plan_role *role = &port->estimate.roles[i];
        roles[i] = (struct flow_job_role){
            .name = role->role,
            .calls_low = (int64_t)role->calls_low,
            .calls_high = (int64_t)role->calls_high,
            .nano_low = role->nano_low,
            .nano_high = role->nano_high,
            .tokens_low = flow_usage_tokens(&role->low),
            .tokens_high = flow_usage_tokens(&role->high),
        };
    }
    return flow_job_expect(port->ledger, port->run, roles, PORT_ROLES - !port->contracts, err);
}

int port_agree_save(struct port *port, struct flow_error *err)
{
    struct flow_id units;
    // Nothing was asked where there was nothing to do.
    if (port->agreed || port->agreement.len == 0)
        return 0;
    if (flow_ledger_block_put(port->ledger, port->agreed_units.data, port->agreed_units.len, &units, err) ||
        set_budget(port, err) || expect(port, err) ||
        flow_ledger_run_set(port->ledger, port->run, UNITS, units.hex, err) ||
        set_number(port, NANO, port->agreed_nano, err) ||
        flow_ledger_run_set(port->ledger, port->run, PORT_PILOT_KEY, "", err))
        return -1;
    // Last, since it is what is looked for first: a crash before it asks again.
    return flow_ledger_run_set(port->ledger, port->run, PLAN, port->agreement.data, err);
}
