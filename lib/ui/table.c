// SPDX-License-Identifier: MIT
#include "flow/ui/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/base/buf.h"
#include "flow/base/json.h"
#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "flow/base/vec.h"
#include "flow/ui/term.h"
#include "text.h"

#define HOLD_ROWS 1000
#define GAP       2  // blanks between columns
#define CUT_MIN   8  // a text column is never cut below this
#define KEY_MIN   24 // nor the first one, which says what the row is about, while there is another one

struct flow_table {
    FILE *to;
    enum flow_table_form form;
    unsigned width;
    bool bold;
    const struct flow_column *columns;
    size_t count;
    size_t shown; // the first of them, as many as the width has room for (aligned)

    size_t cell;          // cells that the row has so far
    struct flow_buf line; // what the row is put together in (TSV, JSON)
    struct flow_jsonw json;
    struct flow_strv held; // cells of rows held back (aligned)
    size_t *widths;        // of the columns, once they are known
    bool streaming;        // the names of the columns are out, and rows go out at once
    struct flow_error failure;
};

static bool ok(const struct flow_table *table)
{
    return table->failure.code == FLOW_OK;
}

int flow_table_new(struct flow_table **out, FILE *to, enum flow_table_form form, unsigned width,
                   const struct flow_column *columns, size_t count, struct flow_error *err)
{
    struct flow_table *table = calloc(1, sizeof *table);
    if (!table)
        return flow_error_nomem(err);
    table->widths = calloc(count, sizeof *table->widths);
    if (!table->widths) {
        free(table);
        return flow_error_nomem(err);
    }
    table->to = to;
    table->form = form;
    table->width = width;
    table->columns = columns;
    table->count = count;
    flow_buf_init(&table->line, FLOW_BUF_FILE);
    flow_strv_init(&table->held);
    *out = table;
    return 0;
}

int flow_table_open(struct flow_table **out, FILE *to, bool json, const struct flow_column *columns,
                    size_t count, struct flow_error *err)
{
    int fd = fileno(to);
    if (json)
        return flow_table_new(out, to, FLOW_TABLE_JSON, 0, columns, count, err);
    if (!isatty(fd))
        return flow_table_new(out, to, FLOW_TABLE_TSV, 0, columns, count, err);
    if (flow_table_new(out, to, FLOW_TABLE_ALIGNED, flow_term_width(fd), columns, count, err) != 0)
        return -1;
    (*out)->bold = flow_term_color(fd);
    return 0;
}

void flow_table_free(struct flow_table *table)
{
    if (!table)
        return;
    flow_buf_release(&table->line);
    flow_strv_release(&table->held);
    free(table->widths);
    free(table);
}

// Whether the next cell may be of this type; the row begins with the first one.
static bool begin_cell(struct flow_table *table, enum flow_column_type type, bool any)
{
    if (!ok(table))
        return false;
    if (table->cell == table->count || (!any && table->columns[table->cell].type != type)) {
        flow_error_set(&table->failure, FLOW_E_INTERNAL, "cell %zu does not fit the columns of its table",
                       table->cell + 1);
        return false;
    }
    if (table->form == FLOW_TABLE_JSON) {
        if (table->cell == 0) {
            flow_jsonw_init(&table->json, &table->line);
            flow_jsonw_object(&table->json);
        }
        flow_jsonw_key(&table->json, table->columns[table->cell].name);
    } else if (table->form == FLOW_TABLE_TSV && table->cell > 0) {
        flow_buf_putc(&table->line, '\t');
    }
    table->cell++;
    return true;
}

// A cell whose characters are the same in all forms.
static void put_plain(struct flow_table *table, const char *text)
{
    if (table->form == FLOW_TABLE_ALIGNED)
        (void)!flow_strv_add(&table->held, text, &table->failure);
    else if (table->form == FLOW_TABLE_JSON)
        flow_jsonw_raw(&table->json, text, strlen(text));
    else
        flow_buf_puts(&table->line, text);
}

void flow_table_none(struct flow_table *table)
{
    if (!begin_cell(table, FLOW_COLUMN_TEXT, true))
        return;
    if (table->form == FLOW_TABLE_JSON)
        flow_jsonw_null(&table->json);
    else
        put_plain(table, "");
}

void flow_table_text(struct flow_table *table, const char *text)
{
    if (text)
        flow_table_textn(table, text, strlen(text));
    else
        flow_table_none(table);
}

void flow_table_textn(struct flow_table *table, const char *text, size_t len)
{
    if (!begin_cell(table, FLOW_COLUMN_TEXT, false))
        return;
    if (table->form == FLOW_TABLE_TSV) {
        flow_tsv_escape(&table->line, text, len);
        return;
    }
    struct flow_buf cell;
    flow_buf_init(&cell, FLOW_BUF_FILE);
    if (table->form == FLOW_TABLE_JSON) {
        flow_tsv_escape(&cell, text, len);
        flow_jsonw_strn(&table->json, cell.data, cell.len);
    } else {
        // Control characters must not reach a terminal, not even those that a record may hold.
        flow_str_show(&cell, text, len);
        put_plain(table, cell.data);
    }
    if (cell.failed)
        (void)!flow_buf_check(&cell, "cell", &table->failure);
    flow_buf_release(&cell);
}

void flow_table_int(struct flow_table *table, int64_t number)
{
    char text[32];
    if (!begin_cell(table, FLOW_COLUMN_INT, false))
        return;
    snprintf(text, sizeof text, "%" PRId64, number);
    put_plain(table, text);
}

void flow_table_decimal(struct flow_table *table, double number)
{
    char text[400]; // the longest double written out has 309 digits in front
    if (!begin_cell(table, FLOW_COLUMN_DECIMAL, false))
        return;
    snprintf(text, sizeof text, "%.*f", (int)table->columns[table->cell - 1].digits, number);
    put_plain(table, text);
}

void flow_table_bool(struct flow_table *table, bool value)
{
    if (!begin_cell(table, FLOW_COLUMN_BOOL, false))
        return;
    if (table->form == FLOW_TABLE_JSON)
        flow_jsonw_bool(&table->json, value);
    else
        put_plain(table, value ? "yes" : "no");
}

static bool is_number(const struct flow_column *column)
{
    return column->type == FLOW_COLUMN_INT || column->type == FLOW_COLUMN_DECIMAL;
}

// Prints one cell. *fill are the blanks that are due before the next one: they are printed only where
// something follows, so that no line ends in blanks.
static void print_cell(const struct flow_table *table, const char *text, size_t column, size_t *fill)
{
    size_t room = table->widths[column];
    size_t width = flow_utf8_width(text);
    size_t length = strlen(text);
    bool number = is_number(&table->columns[column]);
    const char *mark = "";
    if (width > room && !number) {
        length = flow_text_cut(text, room - 1, &width);
        width++;
        mark = "…";
    }
    size_t rest = room > width ? room - width : 0;
    if (number)
        *fill += rest;
    if (length > 0) {
        fprintf(table->to, "%*s%.*s%s", (int)*fill, "", (int)length, text, mark);
        *fill = 0;
    }
    if (!number)
        *fill += rest;
    *fill += GAP;
}

// How wide the columns are, by the rows held so far.
static void measure(struct flow_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        table->widths[i] = flow_utf8_width(table->columns[i].name);
        for (size_t cell = i; cell < table->held.count; cell += table->count) {
            size_t width = flow_utf8_width(table->held.items[cell]);
            if (width > table->widths[i])
                table->widths[i] = width;
        }
    }
}

static size_t line_width(const struct flow_table *table)
{
    size_t total = table->shown < table->count ? GAP + 1 : 0;
    for (size_t i = 0; i < table->shown; i++)
        total += table->widths[i] + (i > 0 ? GAP : 0);
    return total;
}

// The column of text that can best give up some width; table->count where there is none.
static size_t widest_text(const struct flow_table *table)
{
    size_t widest = table->count;
    for (size_t i = 0; i < table->shown; i++) {
        size_t least = i == 0 && table->shown > 1 ? KEY_MIN : CUT_MIN;
        if (!is_number(&table->columns[i]) && table->widths[i] > least &&
            (widest == table->count || table->widths[i] > table->widths[widest]))
            widest = i;
    }
    return widest;
}

static void settle(struct flow_table *table)
{
    measure(table);
    table->shown = table->count;
    while (table->width > 0 && line_width(table) > table->width) {
        size_t widest = widest_text(table);
        if (widest < table->count) {
            table->widths[widest]--;
        } else if (table->shown > 1) {
            table->shown--;
            measure(table); // the others need not give up what they gave up for this one
        } else {
            break;
        }
    }
    size_t fill = 0;
    fputs(table->bold ? "\033[1m" : "", table->to);
    for (size_t i = 0; i < table->shown; i++)
        print_cell(table, table->columns[i].name, i, &fill);
    if (table->shown < table->count)
        fprintf(table->to, "%*s…", (int)fill, "");
    fputs(table->bold ? "\033[0m\n" : "\n", table->to);
    table->streaming = true;
}

static void print_names(struct flow_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        fprintf(table->to, "%s%s", i ? "\t" : "", table->columns[i].name);
    fputc('\n', table->to);
    table->streaming = true;
}

static void print_held(struct flow_table *table)
{
    size_t fill = 0;
    for (size_t i = 0; i < table->held.count; i++) {
        size_t column = i % table->count;
        if (column < table->shown)
            print_cell(table, table->held.items[i], column, &fill);
        if (column + 1 == table->count) {
            fputc('\n', table->to);
            fill = 0;
        }
    }
    flow_strv_release(&table->held);
    flow_strv_init(&table->held);
}

void flow_table_row(struct flow_table *table)
{
    if (!ok(table))
        return;
    if (table->cell != table->count) {
        flow_error_set(&table->failure, FLOW_E_INTERNAL, "a row has %zu cells, its table %zu columns",
                       table->cell, table->count);
        return;
    }
    table->cell = 0;
    if (table->form == FLOW_TABLE_ALIGNED) {
        if (!table->streaming && table->held.count < HOLD_ROWS * table->count)
            return;
        if (!table->streaming)
            settle(table);
        print_held(table);
        return;
    }
    if (table->form == FLOW_TABLE_JSON)
        flow_jsonw_object_end(&table->json);
    else if (!table->streaming)
        print_names(table);
    flow_buf_putc(&table->line, '\n');
    if (flow_buf_check(&table->line, "row", &table->failure) == 0)
        fwrite(table->line.data, 1, table->line.len, table->to);
    flow_buf_clear(&table->line);
}

int flow_table_close(struct flow_table *table, struct flow_error *err)
{
    if (ok(table) && table->cell != 0)
        flow_error_set(&table->failure, FLOW_E_INTERNAL, "the last row was not ended");
    if (ok(table) && table->form == FLOW_TABLE_ALIGNED && !table->streaming) {
        settle(table);
        print_held(table);
    }
    if (ok(table) && table->form == FLOW_TABLE_TSV && !table->streaming)
        print_names(table);
    if (ok(table))
        return 0;
    if (err)
        *err = table->failure;
    return -1;
}
