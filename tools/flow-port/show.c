// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/ui/ask.h"
#include "flow/ui/census.h"
#include "flow/ui/figure.h"
#include "flow/ui/table.h"
#include "shared.h"

static void add_usage(struct flow_usage *sum, const struct flow_usage *more)
{
    sum->input += more->input;
    sum->cache_read += more->cache_read;
    sum->cache_write += more->cache_write;
    sum->output += more->output;
}

static void put_dollars(struct flow_buf *out, uint64_t nano)
{
    flow_figure_usd(out, (int64_t)nano);
}

static void put_count(struct flow_buf *out, uint64_t count)
{
    flow_buf_printf(out, "%" PRIu64, count);
}

// Both ends, or one where they look the same.
static void put_range(struct flow_buf *out, void (*put)(struct flow_buf *, uint64_t), const char *between,
                      uint64_t low, uint64_t high)
{
    struct flow_buf end;
    size_t before = out->len;
    flow_buf_init(&end, FLOW_BUF_LINE);
    put(out, low);
    put(&end, high);
    if (strcmp(out->data + before, end.data) != 0)
        flow_buf_printf(out, "%s%s", between, end.data);
    flow_buf_release(&end);
}

static void put_cell(struct flow_buf *out, size_t width, void (*put)(struct flow_buf *, uint64_t),
                     uint64_t low, uint64_t high)
{
    struct flow_buf cell;
    flow_buf_init(&cell, FLOW_BUF_LINE);
    put_range(&cell, put, "-", low, high);
    flow_buf_printf(out, "%-*s ", (int)width, cell.data);
    flow_buf_release(&cell);
}

// What goes in anew, what comes from the cache, and what comes out, since they are priced apart.
static void put_usage(struct flow_buf *out, const struct flow_usage *low, const struct flow_usage *high)
{
    put_cell(out, 13, flow_figure_count, low->input + low->cache_write, high->input + high->cache_write);
    put_cell(out, 13, flow_figure_count, low->cache_read, high->cache_read);
    put_cell(out, 13, flow_figure_count, low->output, high->output);
}

static const char *no_price(enum flow_port_cost cost)
{
    return cost == FLOW_PORT_COST_PROGRAM ? "no price known (a program of yours)" : "no price known";
}

static void put_price(struct flow_buf *out, enum flow_port_cost cost, int64_t low, int64_t high)
{
    if (cost == FLOW_PORT_COST_KNOWN || high > 0)
        put_range(out, put_dollars, "-", (uint64_t)low, (uint64_t)high);
    if (cost != FLOW_PORT_COST_KNOWN)
        flow_buf_puts(out, high > 0 ? " beside what has no known price" : no_price(cost));
}

static bool one_model(const struct flow_port_plan *plan)
{
    for (size_t i = 0; i < plan->role_count; i++)
        if (!plan->roles[i].model || strcmp(plan->roles[i].model, plan->roles[0].model) != 0)
            return false;
    return true;
}

static void show_roles(const struct flow_port_plan *plan, struct flow_buf *out)
{
    struct flow_usage low = {0}, high = {0};
    size_t calls_low = 0, calls_high = 0;
    bool one = one_model(plan);
    flow_buf_printf(out, "  %-17s %-9s %-13s %-13s %-13s %s\n", "", "calls", "input", "cached", "output",
                    "price");
    for (size_t i = 0; i < plan->role_count; i++) {
        const struct flow_port_plan_role *role = &plan->roles[i];
        flow_buf_printf(out, "  %-17s ", role->role);
        put_cell(out, 9, put_count, role->calls_low, role->calls_high);
        put_usage(out, &role->low, &role->high);
        if (role->model)
            put_price(out, role->cost, role->nano_low, role->nano_high);
        if (!one)
            flow_buf_printf(out, "%s%s", role->model ? "  " : "", role->model ? role->model : "no model");
        flow_buf_putc(out, '\n');
        add_usage(&low, &role->low);
        add_usage(&high, &role->high);
        calls_low += role->calls_low;
        calls_high += role->calls_high;
    }
    flow_buf_puts(out, "  together          ");
    put_cell(out, 9, put_count, calls_low, calls_high);
    put_usage(out, &low, &high);
    put_price(out, plan->cost, plan->nano_low, plan->nano_high);
    flow_buf_putc(out, '\n');
    if (one)
        flow_buf_printf(out, "  model             %s\n", plan->roles[0].model);
    for (size_t i = 0; plan->assumptions[i]; i++)
        flow_buf_printf(out, "  %-17s %s\n", i ? "" : "assumed", plan->assumptions[i]);
}

static void show_spending(const struct flow_spending *spending, struct flow_buf *out)
{
    if (spending->calls > 0) {
        flow_buf_printf(out, "  spent so far      %" PRId64 " calls, ", spending->calls);
        flow_figure_count(out, (uint64_t)spending->spent_tokens);
        flow_buf_puts(out, " tokens, dollars: ");
        shared_put_spent(spending->spent_nano_usd, spending->calls, spending->unpriced_calls, out);
        flow_buf_putc(out, '\n');
    }
    flow_buf_puts(out, "  budget            ");
    shared_put_budget(&spending->limit, out);
    flow_buf_putc(out, '\n');
}

void show_plan(const struct flow_port_plan *plan, struct flow_buf *out)
{
    flow_buf_printf(out, "port from %s to %s: %zu of %zu units, %u agents at once\n", plan->from, plan->to,
                    plan->todo, plan->unit_count, plan->jobs);
    flow_buf_printf(out, "  branch            %s, from %.12s\n", plan->branch + strlen("refs/heads/"),
                    plan->base);
    if (strcmp(plan->base, plan->source) != 0)
        flow_buf_printf(out, "  source            %.12s\n", plan->source);
    flow_buf_printf(out, "  guide             %s\n", plan->guide);
    flow_buf_puts(out, "  source text goes  ");
    for (size_t i = 0; i < plan->destinations->count; i++)
        flow_buf_printf(out, "%sto %s", i ? ", " : "", plan->destinations->items[i]);
    flow_buf_puts(out, plan->destinations->count ? "\n" : "nowhere: no model is set\n");
    flow_buf_puts(out, "  commands          ");
    for (size_t i = 0; i < plan->commands->count; i++)
        flow_buf_printf(out, "%s%s", i ? "; " : "", plan->commands->items[i]);
    flow_buf_puts(out, plan->commands->count ? "\n" : "none\n");
    show_roles(plan, out);
    show_spending(plan->spending, out);
    for (size_t i = 0; i < plan->notes->count; i++)
        flow_buf_printf(out, "  note: %s\n", plan->notes->items[i]);
    if (plan->agreed)
        flow_buf_puts(out, "  this was agreed to before\n");
    else if (plan->changed)
        flow_buf_printf(out, "  this is not what was agreed to before: %s\n", plan->changed);
}

static bool has_budget(const struct flow_budget *limit)
{
    return limit->nano_usd >= 0 || limit->tokens >= 0 || limit->calls >= 0;
}

int agree_to_plan(const struct flow_port_plan *plan, bool yes, struct flow_error *err)
{
    struct flow_buf question;
    bool limited = has_budget(&plan->spending->limit);
    if (plan->agreed)
        return 0;
    if (yes && plan->nano_high > 0 && !limited)
        return flow_error_set(err, FLOW_E_REFUSED, "--yes needs --budget here, since the model costs money");
    if (yes)
        return 0;
    flow_buf_init(&question, FLOW_BUF_LINE);
    flow_buf_puts(&question, "Begin");
    if (!limited && plan->nano_high > 0) {
        flow_buf_puts(&question, ", with a budget of ");
        flow_figure_usd(&question, plan->spending->spent_nano_usd + plan->nano_high);
    }
    flow_buf_putc(&question, '?');
    int result = flow_ask(question.data, "--yes, with --budget where the model costs money", err);
    flow_buf_release(&question);
    return result;
}

// What the rest is expected to take, in dollars where they are known.
static void put_rest(struct flow_buf *out, const struct flow_port_pilot *pilot)
{
    if (pilot->nano_high > 0)
        put_range(out, put_dollars, " to ", (uint64_t)pilot->nano_low, (uint64_t)pilot->nano_high);
    if (pilot->nano_high > 0 && pilot->cost == FLOW_PORT_COST_KNOWN)
        return;
    flow_buf_puts(out, pilot->nano_high > 0 ? " and " : "");
    put_range(out, flow_figure_count, " to ", pilot->tokens_low, pilot->tokens_high);
    flow_buf_puts(out, " tokens");
}

void show_pilot(const struct flow_port_pilot *pilot, struct flow_buf *out)
{
    int64_t limit = pilot->spending.limit.nano_usd, spent = pilot->spending.spent_nano_usd;
    flow_buf_printf(out, "after the pilot of %zu units: the other %zu will take ", pilot->done, pilot->rest);
    put_rest(out, pilot);
    flow_buf_puts(out, "; spent so far: ");
    shared_put_spent(spent, pilot->spending.calls, pilot->spending.unpriced_calls, out);
    if (limit >= 0) {
        flow_buf_puts(out, " of ");
        flow_figure_usd(out, limit);
    }
}

// Nobody is there who could say yes to more than was agreed to.
static int check_pilot(const struct flow_port_pilot *pilot, struct flow_error *err)
{
    struct flow_buf text;
    int64_t least = pilot->spending.spent_nano_usd + pilot->nano_low;
    if (pilot->spending.limit.nano_usd < 0 || least <= pilot->spending.limit.nano_usd ||
        least <= pilot->agreed_nano)
        return 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    show_pilot(pilot, &text);
    flow_error_set(err, FLOW_E_BUDGET,
                   "%s, which is not enough; run the same command with a larger --budget to continue",
                   text.data);
    flow_buf_release(&text);
    return -1;
}

int agree_to_pilot(const struct flow_port_pilot *pilot, bool yes, struct flow_error *err)
{
    struct flow_buf question;
    if (yes || !flow_ask_possible())
        return check_pilot(pilot, err);
    flow_buf_init(&question, FLOW_BUF_LINE);
    flow_buf_printf(&question, "Go on with %zu units for ", pilot->rest);
    put_rest(&question, pilot);
    flow_buf_putc(&question, '?');
    int result = flow_ask(question.data, "--yes", err);
    flow_buf_release(&question);
    if (result && err && err->code == FLOW_E_REFUSED)
        flow_error_set(err, FLOW_E_REFUSED,
                       "not agreed to: what the pilot did is kept; run it again to go on");
    return result;
}

int show_units(const struct flow_port_plan *plan, FILE *to, bool json, struct flow_error *err)
{
    static const struct flow_column columns[] = {
        {"unit", FLOW_COLUMN_TEXT, 0}, {"state", FLOW_COLUMN_TEXT, 0}, {"tier", FLOW_COLUMN_INT, 0},
        {"lines", FLOW_COLUMN_INT, 0}, {"pieces", FLOW_COLUMN_INT, 0}, {"target", FLOW_COLUMN_TEXT, 0},
        {"note", FLOW_COLUMN_TEXT, 0},
    };
    struct flow_table *table = NULL;
    if (flow_table_open(&table, to, json, columns, sizeof columns / sizeof *columns, err))
        return -1;
    for (size_t i = 0; i < plan->unit_count; i++) {
        const struct flow_port_plan_unit *unit = &plan->units[i];
        flow_table_text(table, unit->unit);
        flow_table_text(table, unit->state);
        flow_table_int(table, unit->tier);
        flow_table_int(table, unit->lines);
        flow_table_int(table, (int64_t)unit->pieces);
        flow_table_text(table, unit->target);
        flow_table_text(table, unit->note);
        flow_table_row(table);
    }
    int result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}

void show_progress(const struct flow_port_progress *progress, const char *name, struct flow_progress *line)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "port '%s': %zu of %zu %s", name, progress->accepted, progress->units,
                    progress->contracts ? "contracts" : "accepted");
    if (progress->failed > 0)
        flow_buf_printf(&text, ", %zu failed", progress->failed);
    if (progress->held > 0)
        flow_buf_printf(&text, ", %zu held", progress->held);
    flow_buf_printf(&text, ", %zu at work, %zu waiting; %u calls out, ", progress->running, progress->waiting,
                    progress->load.in_flight);
    flow_figure_count(&text, (uint64_t)progress->spending.spent_tokens);
    flow_buf_puts(&text, " tokens, cost ");
    shared_put_spent(progress->spending.spent_nano_usd, progress->spending.calls,
                     progress->spending.unpriced_calls, &text);
    if (progress->left >= 0) {
        flow_buf_puts(&text, ", about ");
        flow_time_human(&text, progress->left);
        flow_buf_puts(&text, " left");
    }
    if (progress->load.stopped_until_ms > 0)
        flow_buf_printf(&text, " (waiting: %s)", progress->load.reason);
    flow_progress_status(line, "%s", text.data);
    flow_buf_release(&text);
}

static void count(struct flow_census *out, const char *label, size_t number, const char *detail)
{
    if (number > 0)
        flow_census_count(out, label, (int64_t)number, detail);
}

static void put_unknown(struct flow_buf *out, int64_t calls, int64_t unpriced)
{
    if (unpriced > 0 && unpriced < calls)
        flow_buf_printf(out, "; the price of %" PRId64 " calls is not known", unpriced);
}

static void add_cost(const struct flow_spending *spending, struct flow_census *out)
{
    struct flow_buf value, detail;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    shared_put_spent(spending->spent_nano_usd, spending->calls, spending->unpriced_calls, &value);
    if (spending->limit.nano_usd >= 0) {
        flow_buf_puts(&detail, "of ");
        flow_figure_usd(&detail, spending->limit.nano_usd);
        flow_buf_puts(&detail, "; ");
    }
    flow_buf_printf(&detail, "%" PRId64 " calls, ", spending->calls);
    flow_figure_count(&detail, (uint64_t)spending->spent_tokens);
    flow_buf_puts(&detail, " tokens");
    put_unknown(&detail, spending->calls, spending->unpriced_calls);
    flow_census_figure(out, "cost", value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

// What a role has taken against what was expected of it.
static void add_role(const struct flow_job_role *role, struct flow_census *out)
{
    struct flow_buf value, detail;
    uint64_t input = role->input + role->cache_read + role->cache_write;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    if (role->calls > 0)
        shared_put_spent(role->nano_usd, role->calls, role->unpriced_calls, &value);
    else
        flow_buf_putc(&value, '-');
    if (role->expected && role->nano_high > 0) {
        put_range(&detail, put_dollars, " to ", (uint64_t)role->nano_low, (uint64_t)role->nano_high);
        flow_buf_puts(&detail, " expected; ");
    }
    flow_buf_printf(&detail, "%" PRId64 " calls", role->calls);
    if (role->expected) {
        flow_buf_puts(&detail, " (");
        put_range(&detail, put_count, " to ", (uint64_t)role->calls_low, (uint64_t)role->calls_high);
        flow_buf_puts(&detail, ")");
    }
    flow_buf_puts(&detail, ", ");
    flow_figure_count(&detail, input + role->output);
    flow_buf_puts(&detail, " tokens");
    if (role->expected) {
        flow_buf_puts(&detail, " (");
        put_range(&detail, flow_figure_count, " to ", role->tokens_low, role->tokens_high);
        flow_buf_puts(&detail, ")");
    }
    if (role->cache_read + role->cache_write > 0)
        flow_buf_printf(&detail, ", %.0f %% of the input from the cache",
                        100 * (double)role->cache_read / (double)input);
    put_unknown(&detail, role->calls, role->unpriced_calls);
    if (role->cut_calls > 0)
        flow_buf_printf(&detail, "; %" PRId64 " of them cut off, which count in full", role->cut_calls);
    flow_census_figure(out, role->name, value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

int show_census(const struct flow_job_census *census, const char *name, FILE *to, struct flow_error *err)
{
    struct flow_census out;
    struct flow_buf title;
    flow_census_init(&out);
    flow_buf_init(&title, FLOW_BUF_LINE);
    flow_buf_printf(&title, "port '%s'", name);
    flow_census_count(&out, "accepted", (int64_t)census->accepted, "with two verdicts, and committed");
    count(&out, "unreviewed", census->unreviewed, "translated, without two verdicts");
    count(&out, "failed", census->failed, "to try them anew, name them behind --fresh");
    count(&out, "held", census->held, NULL);
    count(&out, "pending", census->pending, "run again to continue");
    count(&out, "skipped", census->skipped, "files that take no part");
    flow_census_count(&out, "holes", (int64_t)census->holes, NULL);
    add_cost(&census->spending, &out);
    for (size_t i = 0; i < census->role_count; i++)
        add_role(&census->roles[i], &out);
    for (size_t i = 0; i < census->left_out_count; i++) {
        struct flow_buf why;
        flow_buf_init(&why, FLOW_BUF_LINE);
        flow_buf_printf(&why, "%s%s%s", *census->left_out[i].state ? census->left_out[i].state : "new",
                        *census->left_out[i].why ? ": " : "", census->left_out[i].why);
        flow_census_left_out(&out, census->left_out[i].what, why.data);
        flow_buf_release(&why);
    }
    int result = flow_census_print(&out, title.data, to, err);
    flow_buf_release(&title);
    flow_census_release(&out);
    return result;
}
