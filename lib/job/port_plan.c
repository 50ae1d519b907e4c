// SPDX-License-Identifier: MIT
/*
 * What a run will take, before it takes it. The low end: every unit accepted at first sight. The high end:
 * every unit repaired once for a gate, rejected once, fixed, and reviewed again.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

#define BYTES_A_TOKEN   3    /* of source text; see flow_request_tokens */
#define RULES_TOKENS    1500 /* role, rules and format of a prompt, beside guide and unit */
#define VERDICT_TOKENS  900
#define THINKING_TOKENS 2500 /* of models that count it as output, in a call of middle size */

struct estimate {
    struct flow_port_plan_role roles[4]; /* translate, two reviewers, fix */
    size_t count;
};

static void add(struct flow_port_plan_role *role, size_t low, size_t high, uint64_t input,
                uint64_t output_low, uint64_t output_high)
{
    role->calls_low += low;
    role->calls_high += high;
    role->input_low += low * input;
    role->input_high += high * input;
    role->output_low += low * output_low;
    role->output_high += high * output_high;
}

static void estimate_unit(const struct port *port, const struct port_unit *unit, struct estimate *out)
{
    uint64_t guide = port->guide.general.len / BYTES_A_TOKEN + RULES_TOKENS;
    uint64_t text = unit->unit->bytes / BYTES_A_TOKEN + 1;
    uint64_t imports = 600 * (uint64_t)unit->import_count;
    size_t pieces = port_pieces_count(port, unit->unit);
    uint64_t translated = text + text / 4;
    // A translator that works in pieces sees guide and imports with each.
    add(&out->roles[0], pieces, pieces, guide + imports + text / pieces, translated / pieces,
        translated / pieces + THINKING_TOKENS);
    for (size_t i = 0; i < PORT_LENSES; i++)
        add(&out->roles[1 + i], 1, 2, guide + imports + text + translated, VERDICT_TOKENS / 3,
            VERDICT_TOKENS + THINKING_TOKENS);
    add(&out->roles[3], 0, 1, guide + imports + text + translated, 0, text / 4 + VERDICT_TOKENS);
}

static int price(struct port *port, struct flow_port_plan_role *role, struct flow_error *err)
{
    struct flow_price row = {0};
    if (role->calls_high == 0 || !role->model)
        return 0;
    if (flow_models_price(port->models, role->model, role->input_high / role->calls_high, &row, err))
        return -1;
    role->priced = row.known;
    role->nano_low = (int64_t)role->input_low * row.input + (int64_t)role->output_low * row.output;
    role->nano_high = (int64_t)role->input_high * row.input + (int64_t)role->output_high * row.output;
    return 0;
}

static bool is_settled(const struct port_unit *unit)
{
    return strcmp(unit->state.state, "committed") == 0 || strcmp(unit->state.state, "held") == 0 ||
           strcmp(unit->state.state, "accepted") == 0;
}

static int add_destination(struct port *port, const char *model, struct flow_strv *list,
                           struct flow_error *err)
{
    struct flow_buf text;
    if (!model)
        return 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = flow_models_destination(port->models, model, &text, err);
    if (result == 0 && flow_strv_find(list, text.data) < 0)
        result = flow_strv_add(list, text.data, err);
    flow_buf_release(&text);
    return result;
}

static bool is_local(const char *model)
{
    return !model || flow_str_starts(model, "command/") || flow_str_starts(model, "replay/");
}

static int list_units(const struct port *port, struct flow_port_plan *plan, struct flow_port_plan_unit *units,
                      struct estimate *estimate)
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
        if (is_settled(unit))
            continue;
        plan->todo++;
        estimate_unit(port, unit, estimate);
    }
    return 0;
}

static void sum_up(struct flow_port_plan *plan, const struct estimate *estimate)
{
    plan->priced = true;
    plan->roles = estimate->roles;
    plan->role_count = sizeof estimate->roles / sizeof *estimate->roles;
    for (size_t i = 0; i < plan->role_count; i++) {
        const struct flow_port_plan_role *role = &estimate->roles[i];
        plan->nano_low += role->nano_low;
        plan->nano_high += role->nano_high;
        plan->tokens_low += role->input_low + role->output_low;
        plan->tokens_high += role->input_high + role->output_high;
        plan->priced = plan->priced && (role->priced || role->calls_high == 0);
    }
}

int port_plan(struct port *port, struct flow_error *err)
{
    const struct port_settings *s = &port->settings;
    struct flow_port_plan plan = {
        .branch = port->branch,
        .base = port->base.hex,
        .source = port->source.hex,
        .from = flow_language_name(port->from),
        .to = flow_language_name(port->to),
        .guide = port->guide.origin,
        .local = is_local(s->model) && is_local(s->reviewers[0]) && is_local(s->reviewers[1]),
        .notes = &port->notes,
        .jobs = s->jobs,
    };
    struct estimate estimate = {.roles = {{.role = "translate", .model = s->model},
                                          {.role = "review behaviour", .model = s->reviewers[0]},
                                          {.role = "review soundness", .model = s->reviewers[1]},
                                          {.role = "fix", .model = s->model}}};
    struct flow_spending spending = {0};
    struct flow_strv destinations = {0};
    struct flow_port_plan_unit *units = calloc(port->count + 1, sizeof *units);
    int result = units ? list_units(port, &plan, units, &estimate) : flow_error_nomem(err);
    for (size_t i = 0; i < sizeof estimate.roles / sizeof *estimate.roles && result == 0; i++)
        result = price(port, &estimate.roles[i], err);
    if (result == 0)
        result = add_destination(port, s->model, &destinations, err);
    for (size_t i = 0; i < PORT_LENSES && result == 0; i++)
        result = add_destination(port, s->reviewers[i], &destinations, err);
    if (result == 0)
        result = flow_ledger_spending(port->ledger, port->run, &spending, err);
    if (port->options->budget)
        spending.limit = *port->options->budget;
    if (result == 0) {
        sum_up(&plan, &estimate);
        plan.units = units;
        plan.destinations = &destinations;
        plan.spending = &spending;
        // Where nothing is left to do there is nothing to agree to.
        if (plan.todo > 0 || port->options->dry_run)
            result = port->options->hooks.plan(port->options->hooks.payload, &plan, err);
    }
    flow_strv_release(&destinations);
    free(units);
    return result;
}
