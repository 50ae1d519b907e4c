// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/ui/census.h"
#include "flow/ui/table.h"

static void put_tokens(struct flow_buf *out, uint64_t tokens)
{
    if (tokens >= 1000000)
        flow_buf_printf(out, "%.1fM", (double)tokens / 1e6);
    else if (tokens >= 1000)
        flow_buf_printf(out, "%.0fk", (double)tokens / 1e3);
    else
        flow_buf_printf(out, "%" PRIu64, tokens);
}

static void put_money(struct flow_buf *out, int64_t nano)
{
    flow_buf_printf(out, "$%.2f", (double)nano / 1e9);
}

static void put_range(struct flow_buf *out, void (*put)(struct flow_buf *, uint64_t), uint64_t low,
                      uint64_t high)
{
    put(out, low);
    if (high != low) {
        flow_buf_puts(out, " to ");
        put(out, high);
    }
}

static void put_dollars(struct flow_buf *out, uint64_t nano)
{
    put_money(out, (int64_t)nano);
}

static void show_role(const struct flow_port_plan_role *role, struct flow_buf *out)
{
    flow_buf_printf(out, "  %-18s", role->role);
    flow_buf_printf(out, "%zu", role->calls_low);
    if (role->calls_high != role->calls_low)
        flow_buf_printf(out, " to %zu", role->calls_high);
    flow_buf_puts(out, " calls, ");
    put_range(out, put_tokens, role->input_low + role->output_low, role->input_high + role->output_high);
    flow_buf_puts(out, " tokens");
    if (role->priced) {
        flow_buf_puts(out, ", ");
        put_range(out, put_dollars, (uint64_t)role->nano_low, (uint64_t)role->nano_high);
    }
    flow_buf_printf(out, "  %s\n", role->model ? role->model : "(no model)");
}

static void show_spending(const struct flow_spending *spending, struct flow_buf *out)
{
    const struct flow_budget *limit = &spending->limit;
    if (spending->calls > 0) {
        flow_buf_printf(out, "  spent so far      %" PRId64 " calls, ", spending->calls);
        put_tokens(out, (uint64_t)spending->spent_tokens);
        flow_buf_puts(out, " tokens, ");
        put_money(out, spending->spent_nano_usd);
        flow_buf_putc(out, '\n');
    }
    flow_buf_puts(out, "  budget            ");
    if (limit->nano_usd >= 0)
        put_money(out, limit->nano_usd);
    if (limit->tokens >= 0) {
        flow_buf_puts(out, limit->nano_usd >= 0 ? ", " : "");
        put_tokens(out, (uint64_t)limit->tokens);
        flow_buf_puts(out, " tokens");
    }
    if (limit->calls >= 0)
        flow_buf_printf(out, "%s%" PRId64 " calls", limit->nano_usd >= 0 || limit->tokens >= 0 ? ", " : "",
                        limit->calls);
    if (limit->nano_usd < 0 && limit->tokens < 0 && limit->calls < 0)
        flow_buf_puts(out, "none");
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
    for (size_t i = 0; i < plan->role_count; i++)
        show_role(&plan->roles[i], out);
    flow_buf_puts(out, "  together          ");
    put_range(out, put_tokens, plan->tokens_low, plan->tokens_high);
    flow_buf_puts(out, " tokens, ");
    if (plan->priced)
        put_range(out, put_dollars, (uint64_t)plan->nano_low, (uint64_t)plan->nano_high);
    else
        flow_buf_puts(out, plan->local ? "no price that flow knows" : "price unknown");
    flow_buf_putc(out, '\n');
    show_spending(plan->spending, out);
    for (size_t i = 0; i < plan->notes->count; i++)
        flow_buf_printf(out, "  note: %s\n", plan->notes->items[i]);
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
    flow_buf_printf(&text, "port '%s': %zu of %zu accepted", name, progress->accepted, progress->units);
    if (progress->failed > 0)
        flow_buf_printf(&text, ", %zu failed", progress->failed);
    if (progress->held > 0)
        flow_buf_printf(&text, ", %zu held", progress->held);
    flow_buf_printf(&text, ", %zu at work, %zu waiting; %u calls out, ", progress->running, progress->waiting,
                    progress->load.in_flight);
    put_tokens(&text, (uint64_t)progress->spending.spent_tokens);
    flow_buf_puts(&text, " tokens, ");
    put_money(&text, progress->spending.spent_nano_usd);
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

static void add_cost(const struct flow_spending *spending, struct flow_census *out)
{
    struct flow_buf value, detail;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    put_money(&value, spending->spent_nano_usd);
    if (spending->limit.nano_usd >= 0) {
        flow_buf_puts(&detail, "of ");
        put_money(&detail, spending->limit.nano_usd);
        flow_buf_puts(&detail, "; ");
    }
    flow_buf_printf(&detail, "%" PRId64 " calls, ", spending->calls);
    put_tokens(&detail, (uint64_t)spending->spent_tokens);
    flow_buf_puts(&detail, " tokens");
    if (spending->unpriced_calls > 0)
        flow_buf_printf(&detail, "; the price of %" PRId64 " calls is not known", spending->unpriced_calls);
    flow_census_figure(out, "cost", value.data, detail.data);
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
