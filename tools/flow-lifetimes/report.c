// SPDX-License-Identifier: MIT
#include "report.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "flow/ui/term.h"

static const struct flow_column row_columns[] = {
    {.name = "file"},  {.name = "struct"}, {.name = "field"},      {.name = "type"},
    {.name = "class"}, {.name = "target"}, {.name = "confidence"}, {.name = "evidence"},
};
static const struct flow_column fact_columns[] = {
    {.name = "file"}, {.name = "line", .type = FLOW_COLUMN_INT}, {.name = "what"}, {.name = "text"}};
static const struct flow_column change_columns[] = {
    {.name = "file"},   {.name = "struct"}, {.name = "field"},      {.name = "type"},
    {.name = "before"}, {.name = "now"},    {.name = "confidence"}, {.name = "evidence"},
};

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof *(columns)

enum flow_table_form report_form(FILE *to)
{
    return isatty(fileno(to)) ? FLOW_TABLE_ALIGNED : FLOW_TABLE_TSV;
}

static int finish(struct flow_table *table, struct flow_error *err)
{
    int result = flow_table_close(table, err);
    flow_table_free(table);
    return result;
}

int report_rows(const struct flow_lifetimes *lifetimes, enum flow_table_form form, FILE *to,
                struct flow_error *err)
{
    struct flow_table *table;
    if (flow_table_new(&table, to, form, form == FLOW_TABLE_ALIGNED ? flow_term_width(fileno(to)) : 0,
                       COLUMNS(row_columns), err) != 0)
        return -1;
    for (size_t i = 0; i < lifetimes->count; i++) {
        const struct flow_lifetime *row = &lifetimes->rows[i];
        flow_table_text(table, row->file);
        flow_table_text(table, row->strukt);
        flow_table_text(table, row->field);
        flow_table_text(table, row->type);
        flow_table_text(table, row->class_name);
        flow_table_text(table, row->target);
        flow_table_text(table, row->confidence);
        flow_table_text(table, row->evidence);
        flow_table_row(table);
    }
    return finish(table, err);
}

static void add_fact(void *payload, const char *what, const char *file, uint32_t line, const char *text)
{
    struct flow_table *table = payload;
    flow_table_text(table, file);
    flow_table_int(table, line);
    flow_table_text(table, what);
    flow_table_text(table, text);
    flow_table_row(table);
}

// Whether "FILE:STRUCT.FIELD" means a row.
static bool is_meant(const struct flow_lifetime *row, const char *what)
{
    size_t file = strlen(row->file), name = strlen(row->strukt);
    return strncmp(what, row->file, file) == 0 && what[file] == ':' &&
           strncmp(what + file + 1, row->strukt, name) == 0 && what[file + 1 + name] == '.' &&
           strcmp(what + file + 1 + name + 1, row->field) == 0;
}

int report_explain(const struct flow_lifetimes *lifetimes, const char *what, bool json, FILE *to,
                   struct flow_error *err)
{
    struct flow_table *table;
    size_t found = 0;
    if (flow_table_open(&table, to, json, COLUMNS(fact_columns), err) != 0)
        return -1;
    for (size_t i = 0; i < lifetimes->count; i++) {
        const struct flow_lifetime *row = &lifetimes->rows[i];
        if (!is_meant(row, what))
            continue;
        found++;
        add_fact(table, "declared as", row->file, row->line, row->type);
        flow_lifetimes_explain(lifetimes, i, add_fact, table);
        if (flow_lifetime_by_model(row))
            add_fact(table, "a model was asked", row->file, row->line, row->evidence);
        char verdict[256];
        snprintf(verdict, sizeof verdict, "%s, %s, by %s", row->class_name, row->confidence,
                 *row->rule ? row->rule : "a person");
        add_fact(table, "class", row->file, row->line, verdict);
    }
    int result = finish(table, err);
    if (result == 0 && found == 0)
        return flow_error_set(err, FLOW_E_NOT_FOUND,
                              "no row '%s': give FILE:STRUCT.FIELD as the first three columns name them",
                              what);
    return result;
}

static void add_change(void *payload, const struct flow_lifetime *before, const struct flow_lifetime *now)
{
    struct flow_table *table = payload;
    const struct flow_lifetime *row = now ? now : before;
    flow_table_text(table, row->file);
    flow_table_text(table, row->strukt);
    flow_table_text(table, row->field);
    flow_table_text(table, row->type);
    flow_table_text(table, before ? before->class_name : NULL);
    flow_table_text(table, now ? now->class_name : NULL);
    flow_table_text(table, row->confidence);
    flow_table_text(table, row->evidence);
    flow_table_row(table);
}

int report_diff(const struct flow_lifetimes *lifetimes, const struct flow_lifetimes_table *old, bool json,
                FILE *to, struct flow_error *err)
{
    struct flow_table *table;
    if (flow_table_open(&table, to, json, COLUMNS(change_columns), err) != 0)
        return -1;
    int result = flow_lifetimes_compare(lifetimes, old, add_change, table, err);
    if (result != 0) {
        flow_table_free(table);
        return -1;
    }
    return finish(table, err);
}

void report_census(const struct flow_lifetimes *lifetimes, FILE *to)
{
    static const char *const names[] = {"high", "medium", "low", "person", "model"};
    size_t counts[5] = {0};
    for (size_t i = 0; i < lifetimes->count; i++) {
        for (size_t k = 0; k < 5; k++)
            counts[k] += strcmp(lifetimes->rows[i].confidence, names[k]) == 0;
    }
    fprintf(to, "lifetimes: %zu fields: %zu high, %zu medium, %zu low, %zu by a person", lifetimes->count,
            counts[0], counts[1], counts[2], counts[3]);
    if (counts[4] > 0)
        fprintf(to, ", %zu by a model", counts[4]);
    fputc('\n', to);
    if (lifetimes->repeated > 0)
        fprintf(to, "  %zu are declared again under another condition, and share the row of the first\n",
                lifetimes->repeated);
}

void report_traced(const struct flow_lifetimes *lifetimes, const struct flow_lifetimes_traced *traced,
                   FILE *to)
{
    size_t counts[FLOW_TRACED_REFUTED + 1] = {0};
    for (size_t i = 0; i < lifetimes->count; i++)
        counts[lifetimes->rows[i].traced]++;
    fprintf(to,
            "traced: %zu rows confirmed, %zu refuted, %zu seen and not decided, %zu not executed: %zu places "
            "watched in %zu process%s\n",
            counts[FLOW_TRACED_CONFIRMED], counts[FLOW_TRACED_REFUTED], counts[FLOW_TRACED_OPEN],
            counts[FLOW_TRACED_UNSEEN], traced->hooks, traced->processes, traced->processes == 1 ? "" : "es");
    if (traced->status != 0)
        fprintf(to, "  the tests ended with status %d; what they executed until then counts\n",
                traced->status);
    if (traced->lost > 0)
        fprintf(to, "  there was no room to note %" PRIu64 " of what happened\n", traced->lost);
}
