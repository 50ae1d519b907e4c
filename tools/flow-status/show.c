// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/json.h"
#include "flow/base/str.h"
#include "flow/base/time.h"
#include "flow/ui/census.h"
#include "flow/ui/figure.h"
#include "flow/ui/table.h"
#include "shared.h"

// What the phase means, and what to do about it.
static void put_phase(const struct flow_status *status, struct flow_buf *out)
{
    flow_buf_puts(out, flow_status_word(status->phase));
    if (status->phase == FLOW_STATUS_PAUSED)
        flow_buf_printf(out, " by %s: 'flow-status continue' lets it go on", status->why);
    else if (*status->why)
        flow_buf_printf(out, ": %s", status->why);
    if (status->phase == FLOW_STATUS_CRASHED)
        flow_buf_puts(out, ": its process is gone without a word; run it again to continue");
    if (status->throttled_until_ms > 0 && status->phase == FLOW_STATUS_THROTTLED) {
        flow_buf_puts(out, ", until ");
        flow_time_iso(out, status->throttled_until_ms);
    }
}

static void add_count(struct flow_census *census, const char *label, int64_t count, const char *detail)
{
    if (count > 0)
        flow_census_count(census, label, count, detail);
}

static void add_units(const struct flow_status *status, struct flow_census *out)
{
    char of[40];
    // A job that has no units, such as optimize, or not yet.
    if (status->units == 0)
        return;
    snprintf(of, sizeof of, "of %" PRId64, status->units);
    flow_census_count(out, "accepted", status->accepted, of);
    add_count(out, "at work", status->at_work, NULL);
    add_count(out, "pending", status->pending, NULL);
    add_count(out, "stale", status->stale,
              "their source changed since they were accepted, or --restale took them");
    add_count(out, "unreviewed", status->unreviewed, "translated, without two verdicts");
    add_count(out, "failed", status->failed, "flow-log tells why; flow-status retry");
    add_count(out, "held", status->held, "flow-status retry lets them go on");
    add_count(out, "skipped", status->skipped, NULL);
}

static void add_money(const struct flow_status *status, struct flow_census *out)
{
    const struct flow_spending *s = &status->spending;
    struct flow_buf value, detail;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    shared_put_spent(s->spent_nano_usd, s->calls, s->unpriced_calls, &value);
    if (s->limit.nano_usd >= 0) {
        flow_buf_puts(&detail, "of ");
        flow_figure_usd(&detail, s->limit.nano_usd);
        flow_buf_puts(&detail, "; ");
        flow_figure_usd(&detail, s->limit.nano_usd - s->spent_nano_usd - s->reserved_nano_usd);
        flow_buf_puts(&detail, " left");
    }
    if (s->reserved_nano_usd > 0) {
        flow_buf_puts(&detail, detail.len ? "; " : "");
        flow_figure_usd(&detail, s->reserved_nano_usd);
        flow_buf_puts(&detail, " reserved");
    }
    if (status->nano_per_hour > 0) {
        flow_buf_puts(&detail, detail.len ? "; " : "");
        flow_figure_usd(&detail, status->nano_per_hour);
        flow_buf_puts(&detail, " an hour by the last minutes");
    }
    if (s->unpriced_calls > 0 && shared_is_priced(s->calls, s->unpriced_calls))
        flow_buf_printf(&detail, "%sthe price of %" PRId64 " calls is not known", detail.len ? "; " : "",
                        s->unpriced_calls);
    flow_census_figure(out, "spent", value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

static void add_calls(const struct flow_status *status, struct flow_census *out)
{
    const struct flow_spending *s = &status->spending;
    struct flow_buf value, detail;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    flow_buf_printf(&detail, "%" PRId64 " out", status->live ? s->in_flight : 0);
    if (status->queued > 0)
        flow_buf_printf(&detail, ", %u wait for the provider", status->queued);
    if (s->limit.calls >= 0)
        flow_buf_printf(&detail, "; of %" PRId64, s->limit.calls);
    if (status->calls_per_minute > 0)
        flow_buf_printf(&detail, "; %.1f a minute", status->calls_per_minute);
    flow_census_count(out, "calls", s->calls, detail.data);
    flow_figure_count(&value, (uint64_t)s->spent_tokens);
    flow_buf_clear(&detail);
    if (s->limit.tokens >= 0) {
        flow_buf_puts(&detail, "of ");
        flow_figure_count(&detail, (uint64_t)s->limit.tokens);
        flow_buf_puts(&detail, "; ");
    }
    uint64_t input = s->input + s->cache_read + s->cache_write;
    if (input > 0)
        flow_buf_printf(&detail, "%.0f %% of the input from the cache",
                        100.0 * (double)s->cache_read / (double)input);
    flow_census_figure(out, "tokens", value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

static void add_process(const struct flow_status *status, struct flow_census *out)
{
    struct flow_buf value, detail;
    char number[16];
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    if (status->live) {
        flow_buf_printf(&value, "%ld", status->holder.process);
        flow_buf_printf(&detail, "on %s since %s", status->holder.host, status->holder.since);
        flow_census_figure(out, "process", value.data, detail.data);
        snprintf(number, sizeof number, "%u", status->jobs);
        flow_census_figure(out, "agents", number, NULL);
    } else if (status->ended_ms > 0) {
        flow_time_iso(&value, status->ended_ms);
        flow_buf_printf(&detail, "with status %d", status->exit_status);
        flow_census_figure(out, "ended", value.data, detail.data);
    }
    if (status->left >= 0) {
        flow_buf_clear(&value);
        flow_time_human(&value, status->left);
        flow_census_figure(out, "time left", value.data, "about");
    }
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

int show_details(const struct flow_status *status, FILE *to, struct flow_error *err)
{
    struct flow_census out;
    struct flow_buf title;
    flow_census_init(&out);
    flow_buf_init(&title, FLOW_BUF_LINE);
    flow_buf_printf(&title, "%s '%s': ", status->job, status->name);
    struct flow_buf phase;
    flow_buf_init(&phase, FLOW_BUF_LINE);
    put_phase(status, &phase);
    flow_str_show(&title, phase.data, phase.len);
    flow_buf_release(&phase);
    add_process(status, &out);
    add_units(status, &out);
    add_money(status, &out);
    add_calls(status, &out);
    for (size_t i = 0; i < status->asked_count; i++)
        flow_census_figure(&out, "asked for", "", status->asked[i]);
    int result = flow_census_print(&out, title.data, to, err);
    flow_buf_release(&title);
    flow_census_release(&out);
    return result;
}

int show_table(const struct flow_status_list *list, FILE *to, struct flow_error *err)
{
    static const struct flow_column columns[] = {
        {"run", FLOW_COLUMN_TEXT, 0},  {"job", FLOW_COLUMN_TEXT, 0},     {"state", FLOW_COLUMN_TEXT, 0},
        {"units", FLOW_COLUMN_INT, 0}, {"accepted", FLOW_COLUMN_INT, 0}, {"failed", FLOW_COLUMN_INT, 0},
        {"held", FLOW_COLUMN_INT, 0},  {"usd", FLOW_COLUMN_DECIMAL, 2},  {"budget", FLOW_COLUMN_DECIMAL, 2},
        {"calls", FLOW_COLUMN_INT, 0}, {"out", FLOW_COLUMN_INT, 0},      {"process", FLOW_COLUMN_INT, 0},
        {"why", FLOW_COLUMN_TEXT, 0},
    };
    struct flow_table *table = NULL;
    if (flow_table_open(&table, to, false, columns, sizeof columns / sizeof *columns, err))
        return -1;
    for (size_t i = 0; i < list->count; i++) {
        const struct flow_status *status = &list->items[i];
        flow_table_text(table, status->name);
        flow_table_text(table, status->job);
        flow_table_text(table, flow_status_word(status->phase));
        const int64_t counts[] = {status->units, status->accepted, status->failed, status->held};
        for (size_t j = 0; j < sizeof counts / sizeof *counts; j++)
            if (status->units > 0)
                flow_table_int(table, counts[j]);
            else
                flow_table_none(table);
        if (shared_is_priced(status->spending.calls, status->spending.unpriced_calls))
            flow_table_decimal(table, (double)status->spending.spent_nano_usd / 1e9);
        else
            flow_table_none(table);
        if (status->spending.limit.nano_usd >= 0)
            flow_table_decimal(table, (double)status->spending.limit.nano_usd / 1e9);
        else
            flow_table_none(table);
        flow_table_int(table, status->spending.calls);
        flow_table_int(table, status->live ? status->spending.in_flight : 0);
        if (status->live)
            flow_table_int(table, status->holder.process);
        else
            flow_table_none(table);
        flow_table_text(table, status->why);
        flow_table_row(table);
    }
    int result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}

static void put_number(struct flow_jsonw *json, const char *key, int64_t number)
{
    flow_jsonw_key(json, key);
    flow_jsonw_int(json, number);
}

// A limit or a time that is not there is null.
static void put_some(struct flow_jsonw *json, const char *key, bool there, double number)
{
    flow_jsonw_key(json, key);
    if (there)
        flow_jsonw_num(json, number);
    else
        flow_jsonw_null(json);
}

static void put_some_time(struct flow_jsonw *json, const char *key, int64_t wall_ms)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    if (wall_ms > 0)
        flow_time_iso(&text, wall_ms);
    flow_jsonw_member(json, key, wall_ms > 0 ? text.data : NULL);
    flow_buf_release(&text);
}

static void put_units(struct flow_jsonw *json, const struct flow_status *status)
{
    flow_jsonw_key(json, "units");
    flow_jsonw_object(json);
    put_number(json, "all", status->units);
    put_number(json, "accepted", status->accepted);
    put_number(json, "at-work", status->at_work);
    put_number(json, "pending", status->pending);
    put_number(json, "stale", status->stale);
    put_number(json, "unreviewed", status->unreviewed);
    put_number(json, "failed", status->failed);
    put_number(json, "held", status->held);
    put_number(json, "skipped", status->skipped);
    flow_jsonw_object_end(json);
}

static void put_spending(struct flow_jsonw *json, const struct flow_status *status)
{
    const struct flow_spending *s = &status->spending;
    const struct flow_budget *limit = &s->limit;
    flow_jsonw_key(json, "usd");
    flow_jsonw_object(json);
    put_some(json, "spent", shared_is_priced(s->calls, s->unpriced_calls), (double)s->spent_nano_usd / 1e9);
    put_some(json, "reserved", true, (double)s->reserved_nano_usd / 1e9);
    put_some(json, "limit", limit->nano_usd >= 0, (double)limit->nano_usd / 1e9);
    put_some(json, "left", limit->nano_usd >= 0,
             (double)(limit->nano_usd - s->spent_nano_usd - s->reserved_nano_usd) / 1e9);
    put_some(json, "per-hour", shared_is_priced(s->calls, s->unpriced_calls),
             (double)status->nano_per_hour / 1e9);
    put_number(json, "unpriced-calls", s->unpriced_calls);
    flow_jsonw_object_end(json);
    flow_jsonw_key(json, "tokens");
    flow_jsonw_object(json);
    put_number(json, "spent", s->spent_tokens);
    put_number(json, "reserved", s->reserved_tokens);
    put_some(json, "limit", limit->tokens >= 0, (double)limit->tokens);
    put_number(json, "input", (int64_t)s->input);
    put_number(json, "cache-read", (int64_t)s->cache_read);
    put_number(json, "cache-write", (int64_t)s->cache_write);
    put_number(json, "output", (int64_t)s->output);
    flow_jsonw_object_end(json);
    flow_jsonw_key(json, "calls");
    flow_jsonw_object(json);
    put_number(json, "settled", s->calls);
    put_number(json, "out", status->live ? s->in_flight : 0);
    put_number(json, "queued", status->queued);
    put_some(json, "limit", limit->calls >= 0, (double)limit->calls);
    put_some(json, "per-minute", true, status->calls_per_minute);
    flow_jsonw_object_end(json);
}

static void put_process(struct flow_jsonw *json, const struct flow_status *status)
{
    flow_jsonw_key(json, "process");
    if (!status->live) {
        flow_jsonw_null(json);
        return;
    }
    flow_jsonw_object(json);
    put_number(json, "id", status->holder.process);
    flow_jsonw_member(json, "host", status->holder.host);
    flow_jsonw_member(json, "since", status->holder.since);
    put_number(json, "agents", status->jobs);
    flow_jsonw_object_end(json);
}

int show_json(const struct flow_status_list *list, FILE *to, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_jsonw json;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; i < list->count; i++) {
        const struct flow_status *status = &list->items[i];
        flow_jsonw_init(&json, &text);
        flow_jsonw_object(&json);
        flow_jsonw_member(&json, "run", status->name);
        flow_jsonw_member(&json, "job", status->job);
        flow_jsonw_member(&json, "state", flow_status_word(status->phase));
        flow_jsonw_member(&json, "why", *status->why ? status->why : NULL);
        put_process(&json, status);
        put_some_time(&json, "throttled-until", status->throttled_until_ms);
        put_some_time(&json, "ended", status->ended_ms);
        put_some(&json, "exit-status", status->exit_status >= 0, status->exit_status);
        put_some(&json, "seconds-left", status->left >= 0, status->left);
        put_units(&json, status);
        put_spending(&json, status);
        flow_jsonw_key(&json, "asked");
        flow_jsonw_array(&json);
        for (size_t k = 0; k < status->asked_count; k++)
            flow_jsonw_str(&json, status->asked[k]);
        flow_jsonw_array_end(&json);
        flow_jsonw_object_end(&json);
        flow_buf_putc(&text, '\n');
    }
    int result = flow_buf_check(&text, "status", err);
    if (result == 0)
        fputs(text.data, to);
    flow_buf_release(&text);
    return result;
}

void show_line(const struct flow_status *status, struct flow_buf *out)
{
    flow_buf_printf(out, "%s '%s': %s", status->job, status->name, flow_status_word(status->phase));
    if (status->units > 0)
        flow_buf_printf(out, ", %" PRId64 " of %" PRId64 " accepted", status->accepted, status->units);
    if (status->failed > 0)
        flow_buf_printf(out, ", %" PRId64 " failed", status->failed);
    if (status->held > 0)
        flow_buf_printf(out, ", %" PRId64 " held", status->held);
    flow_buf_printf(out, ", %" PRId64 " calls out, ", status->live ? status->spending.in_flight : 0);
    shared_put_spent(status->spending.spent_nano_usd, status->spending.calls, status->spending.unpriced_calls,
                     out);
    if (status->left >= 0) {
        flow_buf_puts(out, ", about ");
        flow_time_human(out, status->left);
        flow_buf_puts(out, " left");
    }
}
