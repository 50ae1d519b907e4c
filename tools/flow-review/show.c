// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/ui/census.h"
#include "flow/ui/figure.h"
#include "flow/ui/table.h"
#include "shared.h"

static const struct flow_column columns[] = {
    {"file", FLOW_COLUMN_TEXT, 0},     {"line", FLOW_COLUMN_INT, 0}, {"side", FLOW_COLUMN_TEXT, 0},
    {"severity", FLOW_COLUMN_TEXT, 0}, {"by", FLOW_COLUMN_TEXT, 0},  {"claim", FLOW_COLUMN_TEXT, 0},
    {"evidence", FLOW_COLUMN_TEXT, 0}, {"fix", FLOW_COLUMN_TEXT, 0}, {"dismissed", FLOW_COLUMN_TEXT, 0},
};
#define COLUMNS       (sizeof columns / sizeof *columns)
#define COLUMNS_TABLE (COLUMNS - 1) /* without what was dismissed */

void show_plan(const struct flow_review_plan *plan, struct flow_buf *out)
{
    flow_buf_puts(out, "review of ");
    flow_str_show(out, plan->what, strlen(plan->what));
    flow_buf_printf(out, ": %zu files\n  reviewers         ", plan->files);
    flow_str_show(out, plan->reviewers[0], strlen(plan->reviewers[0]));
    if (strcmp(plan->reviewers[0], plan->reviewers[1]) != 0) {
        flow_buf_puts(out, " and ");
        flow_str_show(out, plan->reviewers[1], strlen(plan->reviewers[1]));
    }
    flow_buf_printf(out, "\n  source text goes  to %s\n", plan->destination);
    const struct shared_price price = {.calls = {plan->calls_low, plan->calls_high},
                                       .tokens = {plan->tokens_low, plan->tokens_high},
                                       .nano_usd = {plan->nano_low, plan->nano_high},
                                       .known = plan->priced,
                                       .limit = plan->limit};
    shared_put_price(&price, out);
}

// As a diff would have it.
static void put_evidence(const struct flow_review_finding *finding, struct flow_buf *out)
{
    if (*finding->before)
        flow_buf_printf(out, "-%s", finding->before);
    if (*finding->after)
        flow_buf_printf(out, "%s+%s", *finding->before ? "\n" : "", finding->after);
}

static void put_finding(const struct flow_review_finding *finding, struct flow_table *table, bool json)
{
    struct flow_buf evidence;
    uint32_t line = finding->line ? finding->line : finding->was;
    flow_buf_init(&evidence, FLOW_BUF_TEXT);
    put_evidence(finding, &evidence);
    flow_table_text(table, finding->file);
    if (line > 0)
        flow_table_int(table, line);
    else
        flow_table_none(table);
    flow_table_text(table, finding->line || !finding->was ? "after" : "before");
    flow_table_text(table, finding->severity);
    flow_table_text(table, finding->by);
    flow_table_text(table, finding->claim);
    flow_table_text(table, evidence.data);
    flow_table_text(table, finding->fix);
    if (json)
        flow_table_text(table, finding->dismissed);
    flow_table_row(table);
    flow_buf_release(&evidence);
}

int show_findings(const struct flow_review_outcome *outcome, bool json, struct flow_error *err)
{
    struct flow_table *table = NULL;
    if (flow_table_open(&table, stdout, json, columns, json ? COLUMNS : COLUMNS_TABLE, err))
        return -1;
    for (size_t i = 0; i < outcome->count; i++)
        if (json || !outcome->findings[i].dismissed)
            put_finding(&outcome->findings[i], table, json);
    int result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}

static const char *verdict(const struct flow_review_outcome *outcome)
{
    if (outcome->accepts[0] == outcome->accepts[1])
        return outcome->accepts[0] ? "both accept" : "both reject";
    return outcome->judged ? "they disagree, and a judge decided" : "they disagree";
}

int show_census(const struct flow_review_outcome *outcome, FILE *to, struct flow_error *err)
{
    struct flow_census out;
    struct flow_buf cost, calls;
    flow_census_init(&out);
    flow_buf_init(&cost, FLOW_BUF_LINE);
    flow_buf_init(&calls, FLOW_BUF_LINE);
    if (outcome->unpriced_calls > 0 && outcome->unpriced_calls == outcome->calls)
        flow_buf_puts(&cost, "unknown");
    else
        flow_buf_printf(&cost, "$%.4f", (double)outcome->nano_usd / 1e9);
    flow_buf_printf(&calls, "%" PRId64 " calls", outcome->calls);
    flow_census_count(&out, "findings", (int64_t)outcome->reported, verdict(outcome));
    if (outcome->count > outcome->reported)
        flow_census_count(&out, "dismissed", (int64_t)(outcome->count - outcome->reported),
                          "--json shows them");
    flow_census_figure(&out, "cost", cost.data, calls.data);
    for (size_t i = 0; i + 1 < outcome->left_out.count; i += 2)
        flow_census_left_out(&out, outcome->left_out.items[i], outcome->left_out.items[i + 1]);
    int result = flow_census_print(&out, "review", to, err);
    flow_buf_release(&calls);
    flow_buf_release(&cost);
    flow_census_release(&out);
    return result;
}
