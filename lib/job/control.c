// SPDX-License-Identifier: MIT
#include "flow/job/control.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "flow/config/budget.h"
#include "flow/job/status.h"
#include "flow/store/control.h"
#include "flow/store/query.h"

struct giving {
    struct flow_repo *repo;
    const struct flow_order *order;
    struct flow_ledger *ledger;
    int64_t run;
    const struct flow_status *status;
    struct flow_buf who;
    struct flow_buf *said;
};

// Who asks, as events and reasons tell it: user@host.
static void put_who(struct flow_buf *out)
{
    char host[FLOW_HOLDER_HOST] = "";
    const struct passwd *user = getpwuid(geteuid());
    if (gethostname(host, sizeof host - 1) != 0 || !*host)
        strcpy(host, "localhost");
    if (user)
        flow_buf_printf(out, "%s@%s", user->pw_name, host);
    else
        flow_buf_printf(out, "%ld@%s", (long)geteuid(), host);
}

static int set(struct giving *giving, const char *key, const char *value, const char *unit, const char *what,
               struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s, asked for by %s", what, giving->who.data);
    int result = flow_buf_check(&text, "event", err);
    if (result == 0)
        result = flow_ledger_control_set(giving->ledger, giving->run, key, value, unit, text.data, err);
    flow_buf_release(&text);
    return result;
}

static int give_pause(struct giving *giving, struct flow_error *err)
{
    if (set(giving, FLOW_CONTROL_PAUSE, giving->who.data, NULL, "pause", err))
        return -1;
    flow_buf_puts(giving->said, giving->status->live
                                    ? "it pauses: calls that are out are finished, and none is begun"
                                    : "nobody works on it; who begins to will find it paused");
    return 0;
}

static int give_continue(struct giving *giving, struct flow_error *err)
{
    if (set(giving, FLOW_CONTROL_PAUSE, NULL, NULL, "continue", err))
        return -1;
    flow_buf_puts(giving->said, giving->status->live
                                    ? "it goes on"
                                    : "it is not paused; run the tool again to go on with it");
    return 0;
}

static int give_stop(struct giving *giving, struct flow_error *err)
{
    if (!giving->status->live) {
        flow_buf_puts(giving->said, "nobody works on it");
        return 0;
    }
    if (set(giving, FLOW_CONTROL_STOP, giving->who.data, NULL, "stop", err))
        return -1;
    flow_buf_printf(giving->said, "process %ld on %s finishes the calls that are out, and ends",
                    giving->status->holder.process, giving->status->holder.host);
    return 0;
}

static int give_jobs(struct giving *giving, struct flow_error *err)
{
    struct flow_buf what;
    long number;
    if (flow_parse_long(giving->order->value, "jobs", 1, 4096, &number, NULL))
        return flow_error_set(err, FLOW_E_USAGE, "jobs: '%s' is no number from 1 to 4096",
                              giving->order->value);
    flow_buf_init(&what, FLOW_BUF_LINE);
    flow_buf_printf(&what, "jobs %ld", number);
    int result = flow_buf_check(&what, "jobs", err);
    if (result == 0)
        result = set(giving, FLOW_CONTROL_JOBS, what.data + strlen("jobs "), NULL, what.data, err);
    flow_buf_release(&what);
    flow_buf_printf(giving->said, "%ld agents work at once%s", number,
                    giving->status->live ? "" : " when somebody goes on with it");
    return result;
}

static int give_budget(struct giving *giving, struct flow_error *err)
{
    const char *value = giving->order->value;
    bool add = *value == '+';
    struct flow_budget change;
    struct flow_spending now = {0};
    struct flow_buf text;
    if (flow_budget_parse(value + add, "budget", &change, err))
        return -1;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "budget %s, asked for by %s", value, giving->who.data);
    int result = flow_buf_check(&text, "event", err);
    if (result == 0)
        result = flow_ledger_budget_change(giving->ledger, giving->run, &change, add, text.data, err);
    if (result == 0)
        result = flow_ledger_spending(giving->ledger, giving->run, &now, err);
    flow_buf_release(&text);
    if (result)
        return -1;
    const struct flow_budget *limit = &now.limit;
    flow_buf_puts(giving->said, "its budget is now ");
    if (limit->nano_usd >= 0)
        flow_buf_printf(giving->said, "$%.2f", (double)limit->nano_usd / 1e9);
    if (limit->tokens >= 0)
        flow_buf_printf(giving->said, "%s%lld tokens", limit->nano_usd >= 0 ? ", " : "",
                        (long long)limit->tokens);
    if (limit->calls >= 0)
        flow_buf_printf(giving->said, "%s%lld calls", limit->nano_usd >= 0 || limit->tokens >= 0 ? ", " : "",
                        (long long)limit->calls);
    return 0;
}

// A unit that was never begun is not in the ledger yet: then its file is in the source.
static int check_unit(struct giving *giving, const char *unit, struct flow_error *err)
{
    struct flow_unit_state state = {0};
    struct flow_id commit = {{0}}, blob;
    struct flow_buf source;
    int known = flow_ledger_unit_get(giving->ledger, giving->run, unit, &state, err);
    bool committed = known == 1 && strcmp(state.state, "committed") == 0;
    flow_unit_state_release(&state);
    if (known < 0)
        return -1;
    if (committed)
        return flow_error_set(err, FLOW_E_REFUSED,
                              "'%s' is committed already; 'flow-port --fresh' translates it anew", unit);
    if (known == 1)
        return 0;
    flow_buf_init(&source, FLOW_BUF_LINE);
    int found = flow_ledger_run_get(giving->ledger, giving->run, "source", &source, err);
    if (found == 1 && source.len < sizeof commit.hex)
        memcpy(commit.hex, source.data, source.len + 1);
    flow_buf_release(&source);
    if (found < 0)
        return -1;
    struct flow_error own = FLOW_ERROR_INIT;
    if (found == 1 && flow_repo_find_blob(giving->repo, &commit, unit, &blob, &own) == 0)
        return 0;
    if (own.code == FLOW_E_NOMEM)
        return flow_error_nomem(err);
    return flow_error_set(err, FLOW_E_NOT_FOUND, "run '%s' has no unit '%s'", giving->status->name, unit);
}

static int give_units(struct giving *giving, struct flow_error *err)
{
    const struct flow_order *order = giving->order;
    const char *verb = order->kind == FLOW_ORDER_HOLD ? "hold" : "retry";
    struct flow_buf key, value;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_printf(&value, "%s %s", verb, giving->who.data);
    int result = flow_buf_check(&value, "who asks", err);
    for (size_t i = 0; i < order->unit_count && result == 0; i++)
        result = check_unit(giving, order->units[i], err);
    for (size_t i = 0; i < order->unit_count && result == 0; i++) {
        flow_buf_clear(&key);
        flow_buf_printf(&key, "%s%s", FLOW_CONTROL_UNIT, order->units[i]);
        result = flow_buf_check(&key, "unit", err);
        if (result == 0)
            result = set(giving, key.data, value.data, order->units[i], verb, err);
    }
    flow_buf_release(&value);
    flow_buf_release(&key);
    flow_buf_puts(giving->said,
                  giving->status->live ? "asked for" : "done as soon as somebody goes on with it");
    return result;
}

static int give(struct giving *giving, struct flow_error *err)
{
    static int (*const kinds[])(struct giving *, struct flow_error *) = {
        [FLOW_ORDER_PAUSE] = give_pause,   [FLOW_ORDER_CONTINUE] = give_continue,
        [FLOW_ORDER_STOP] = give_stop,     [FLOW_ORDER_HOLD] = give_units,
        [FLOW_ORDER_RETRY] = give_units,   [FLOW_ORDER_JOBS] = give_jobs,
        [FLOW_ORDER_BUDGET] = give_budget,
    };
    put_who(&giving->who);
    flow_buf_printf(giving->said, "run '%s': ", giving->status->name);
    if (flow_ledger_run(giving->ledger, giving->status->job, giving->status->name, &giving->run, err) ||
        flow_buf_check(&giving->who, "who asks", err) || kinds[giving->order->kind](giving, err))
        return -1;
    return flow_buf_check(giving->said, "message", err);
}

static int cannot_choose(const struct flow_status_list *runs, struct flow_error *err)
{
    struct flow_buf names;
    flow_buf_init(&names, FLOW_BUF_LINE);
    for (size_t i = 0; i < runs->count; i++)
        flow_buf_printf(&names, "%s--name %s/%s", i ? " or " : "", runs->items[i].job, runs->items[i].name);
    flow_error_set(err, FLOW_E_USAGE, "there are several runs: say which one with %s", names.data);
    flow_buf_release(&names);
    return -1;
}

// The run that is meant. Units are held and tried anew by a port alone.
static int choose(const struct flow_status_list *runs, const struct flow_order *order,
                  const struct flow_status **out, struct flow_error *err)
{
    bool units = order->kind == FLOW_ORDER_HOLD || order->kind == FLOW_ORDER_RETRY;
    size_t ports = 0;
    if (runs->count == 0)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "nothing was run here yet");
    *out = &runs->items[0];
    if (runs->count == 1)
        return 0;
    for (size_t i = 0; i < runs->count; i++) {
        if (strcmp(runs->items[i].job, "port") != 0)
            continue;
        *out = &runs->items[i];
        ports++;
    }
    return units && ports == 1 ? 0 : cannot_choose(runs, err);
}

int flow_control_give(struct flow_repo *repo, const struct flow_order *order, struct flow_buf *said,
                      struct flow_error *err)
{
    struct flow_status_list runs;
    struct flow_buf path;
    struct giving giving = {.repo = repo, .order = order, .said = said};
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&giving.who, FLOW_BUF_LINE);
    int result = flow_status_read(&runs, repo, order->run, err);
    if (result == 0)
        result = choose(&runs, order, &giving.status, err);
    if (result == 0)
        result = flow_repo_state_dir(repo, &path, err);
    if (result == 0) {
        flow_buf_puts(&path, "ledger.db");
        result = flow_buf_check(&path, "path of the ledger", err);
    }
    if (result == 0)
        result = flow_ledger_open(&giving.ledger, path.data, err);
    if (result == 0)
        result = give(&giving, err);
    flow_ledger_free(giving.ledger);
    flow_status_release(&runs);
    flow_buf_release(&giving.who);
    flow_buf_release(&path);
    return result;
}
