// SPDX-License-Identifier: MIT
/*
 * Contracts that hold together: what the pass made is built, with the scaffold around it, and mended in
 * rounds until it compiles. Translations begin behind that.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/job/fix.h"
#include "port_private.h"

/* Value of the contracts' run: the commit that was last found to compile. */
#define COMPILES "compiles"

/*
 * The rounds.
 */

static int agreed_already(void *payload, const struct flow_fix_plan *plan, struct flow_error *err)
{
    (void)payload;
    (void)plan;
    (void)err;
    return 0;
}

static int ask_person(void *payload, const struct flow_brought *brought, bool changed, struct flow_error *err)
{
    const struct flow_port_hooks *hooks = &((struct port *)payload)->options->hooks;
    return hooks->approve(hooks->payload, brought, changed, err);
}

static void tell_round(void *payload, const struct flow_fix_round *round)
{
    struct port *port = payload;
    port_note(port, "contracts, round %u: %zu errors of the build before, %zu after: %s", round->round,
              round->before, round->after, round->state);
}

static void tell(void *payload, const char *text)
{
    port_note(payload, "contracts: %s", text);
}

static struct flow_fix_options rounds_of(struct port *port)
{
    const struct flow_port_options *options = port->options;
    return (struct flow_fix_options){
        .repo = port->repo,
        .config = port->config,
        .languages = port->languages,
        .name = options->name,
        .contracts = true,
        .build_only = true,
        .jobs = port->settings.jobs,
        .unconfined = options->unconfined,
        .stop = options->stop,
        .cut = options->cut,
        .hooks = {.plan = agreed_already,
                  .approve = options->hooks.approve ? ask_person : NULL,
                  .round = tell_round,
                  .note = tell,
                  .payload = port},
    };
}

int port_skeleton_check(struct port *port, struct flow_strv *destinations, struct flow_strv *commands,
                        struct flow_error *err)
{
    struct flow_fix_options options = rounds_of(port);
    struct flow_buf command, destination;
    flow_buf_init(&command, FLOW_BUF_LINE);
    flow_buf_init(&destination, FLOW_BUF_LINE);
    options.dry_run = port->options->dry_run;
    int result = flow_fix_check(&options, port->to, &command, &destination, err);
    flow_buf_puts(&command, " (on the contracts");
    flow_buf_puts(&command, options.unconfined ? ", outside of the sandbox)" : ")");
    if (result == 0)
        result = flow_buf_check(&command, "plan", err);
    if (result == 0)
        result = flow_strv_add(commands, command.data, err);
    if (result == 0 && destination.len > 0 && flow_strv_find(destinations, destination.data) < 0)
        result = flow_strv_add(destinations, destination.data, err);
    flow_buf_release(&destination);
    flow_buf_release(&command);
    return result;
}

int port_skeleton_approve(struct port *port, struct flow_error *err)
{
    struct flow_fix_options options = rounds_of(port);
    return flow_fix_approve(&options, &port->base, err);
}

static void say_left(struct port *port, const struct flow_fix_outcome *outcome)
{
    const struct flow_strv *left = &outcome->left;
    port_note(
        port,
        "the contracts do not compile, %zu errors are left%s%s%s%s: nothing is translated against them. "
        "Mend them on branch %s, or run again for more rounds",
        outcome->errors, left->count > 1 ? ", the first: " : "", left->count > 1 ? left->items[0] : "",
        left->count > 1 ? ": " : "", left->count > 1 ? left->items[1] : "",
        port->branch + strlen("refs/heads/"));
}

// 1: they do not compile.
static int mend(struct port *port, struct flow_error *err)
{
    struct flow_fix_options options = rounds_of(port);
    struct flow_fix_outcome outcome;
    struct flow_id tip;
    int result = flow_fix(&options, &outcome, err);
    if (result == 0 && !outcome.clean) {
        say_left(port, &outcome);
        result = 1;
    } else if (result == 0 && (flow_repo_ref(port->repo, port->branch, &tip, err) ||
                               flow_ledger_run_set(port->ledger, port->unit_run, COMPILES, tip.hex, err))) {
        result = -1;
    }
    flow_fix_outcome_release(&outcome);
    return result;
}

// 1: what stands there was found to compile before.
static int compiles(struct port *port, struct flow_error *err)
{
    struct flow_buf tip;
    flow_buf_init(&tip, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(port->ledger, port->unit_run, COMPILES, &tip, err);
    if (known == 1)
        known = strcmp(tip.data, port->tip.hex) == 0;
    flow_buf_release(&tip);
    return known;
}

/*
 * The pass.
 */

static void name_failures(struct port *port)
{
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        if (unit->selected && !port_is_settled(unit))
            port_note(port, "'%s' is translated without a contract: %s", unit->unit->id,
                      unit->state.reason ? unit->state.reason : "there is none");
    }
}

static int make_all(struct port *port, struct flow_error *err)
{
    if (port_save_reopened(port, err) || port_run(port, err))
        return -1;
    name_failures(port);
    if (!port->branch_exists)
        return 0;
    int known = compiles(port, err);
    if (known != 0)
        return known == 1 ? 0 : -1;
    int result = mend(port, err);
    // Rounds have moved the branch.
    return result ? result : port_reconcile(port, err);
}

static bool is_anything_new(const struct port *port)
{
    for (size_t i = 0; i < port->count; i++)
        if (port->other.units[i].selected)
            return true;
    return false;
}

int port_contracts_run(struct port *port, bool *hold, struct flow_error *err)
{
    *hold = false;
    if (!port->contracts || !is_anything_new(port))
        return 0;
    port_pass_swap(port);
    int result = make_all(port, err);
    port_pass_swap(port);
    *hold = result == 1;
    return result < 0 ? -1 : 0;
}
