// SPDX-License-Identifier: MIT
/*
 * What a run will do and take, before it does.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

static bool is_settled(const struct port_unit *unit)
{
    return port_is_settled(unit) || strcmp(unit->state.state, "accepted") == 0;
}

static const char *const *models_of(const struct port *port, size_t at)
{
    return at == 0 ? &port->settings.model : &port->settings.reviewers[at - 1];
}

static int add_once(struct flow_strv *list, const struct flow_buf *text, struct flow_error *err)
{
    if (flow_buf_check(text, "plan", err))
        return -1;
    return flow_strv_find(list, text->data) < 0 ? flow_strv_add(list, text->data, err) : 0;
}

static int add_model(struct port *port, const char *model, struct flow_strv *destinations,
                     struct flow_strv *commands, struct flow_error *err)
{
    struct flow_buf text;
    if (!model)
        return 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = flow_models_destination(port->models, model, &text, err);
    if (result == 0)
        result = add_once(destinations, &text, err);
    if (result == 0 && flow_str_starts(model, "command/")) {
        flow_buf_clear(&text);
        flow_str_show(&text, model + strlen("command/"), strlen(model) - strlen("command/"));
        flow_buf_puts(&text, " (for each call)");
        result = add_once(commands, &text, err);
    }
    flow_buf_release(&text);
    return result;
}

static int add_formatter(struct port *port, struct flow_strv *commands, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int installed = flow_target_formatter(port->to, port->config, &text, err);
    int result = installed < 0 ? -1 : 0;
    if (result == 0 && text.len > 0) {
        flow_buf_puts(&text, installed ? " (on each file)" : " (not installed: files stay as written)");
        result = add_once(commands, &text, err);
    }
    flow_buf_release(&text);
    return result;
}

// What is to be done: all that takes part, and of that what is still open.
static int list_units(struct port *port, struct flow_port_plan *plan, struct flow_port_plan_unit *units,
                      const struct port_unit **open, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        if (!unit->selected)
            continue;
        units[plan->unit_count++] = (struct flow_port_plan_unit){
            .unit = unit->unit->id,
            .target = unit->place->path,
            .note = unit->place->note,
            .state = *unit->state.state ? unit->state.state : "new",
            .tier = unit->unit->tier,
            .lines = unit->unit->lines,
            .pieces = port_pieces_count(port, unit->unit),
        };
        if (!is_settled(unit))
            open[plan->todo++] = unit;
    }
    plan->units = units;
    if (port_estimate(port, open, plan->todo, false, &port->estimate, err) ||
        (port->contracts && port_estimate_contracts(port, &port->estimate, err)))
        return -1;
    plan->roles = port->estimate.roles;
    plan->role_count = PORT_ROLES - !port->contracts;
    plan->nano_low = port->estimate.nano_low;
    plan->nano_high = port->estimate.nano_high;
    plan->tokens_low = port->estimate.tokens_low;
    plan->tokens_high = port->estimate.tokens_high;
    plan->cost = port->estimate.cost;
    return 0;
}

// Dollars do not limit a model whose price nobody knows.
static int check_limits(const struct flow_port_plan *plan, struct flow_error *err)
{
    const struct flow_budget *limit = &plan->spending->limit;
    if (plan->cost != FLOW_PORT_COST_UNKNOWN || limit->tokens >= 0 || limit->calls >= 0)
        return 0;
    const char *model = "";
    for (size_t i = 0; i < plan->role_count; i++)
        if (plan->roles[i].cost == FLOW_PORT_COST_UNKNOWN && plan->roles[i].model)
            model = plan->roles[i].model;
    return flow_error_set(
        err, FLOW_E_REFUSED,
        "what '%s' costs is not known: give a budget in tokens or calls (--budget 20Mtok), or its "
        "price in a file that the setting model.prices names",
        model);
}

static int show(struct port *port, struct flow_port_plan *plan, struct flow_error *err)
{
    const struct flow_port_options *options = port->options;
    // Where nothing is left to do there is nothing to agree to.
    if (plan->todo == 0 && !options->dry_run)
        return 0;
    if (!options->dry_run && (check_limits(plan, err) || port_agree_look(port, plan, err)))
        return -1;
    return options->hooks.plan(options->hooks.payload, plan, err);
}

int port_plan(struct port *port, struct flow_error *err)
{
    struct flow_port_plan plan = {
        .branch = port->branch,
        .base = port->base.hex,
        .source = port->source.hex,
        .from = flow_language_name(port->from),
        .to = flow_language_name(port->to),
        .guide = port->guide.origin,
        .assumptions = port_assumptions + !port->contracts,
        .notes = &port->notes,
        .jobs = port->settings.jobs,
    };
    struct flow_spending spending = {0};
    struct flow_strv destinations = {0}, commands = {0};
    struct flow_port_plan_unit *units = calloc(port->count + 1, sizeof *units);
    const struct port_unit **open = calloc(port->count + 1, sizeof *open);
    int result = units && open ? list_units(port, &plan, units, open, err) : flow_error_nomem(err);
    for (size_t i = 0; i <= REVIEW_LENSES && result == 0; i++)
        result = add_model(port, *models_of(port, i), &destinations, &commands, err);
    if (result == 0)
        result = add_formatter(port, &commands, err);
    if (result == 0 && port->contracts)
        result = port_skeleton_check(port, &destinations, &commands, err);
    if (result == 0)
        result = flow_ledger_spending(port->ledger, port->run, &spending, err);
    if (port->options->budget)
        spending.limit = *port->options->budget;
    if (result == 0) {
        plan.destinations = &destinations;
        plan.commands = &commands;
        plan.spending = &spending;
        result = show(port, &plan, err);
    }
    flow_strv_release(&commands);
    flow_strv_release(&destinations);
    free(open);
    free(units);
    return result;
}
