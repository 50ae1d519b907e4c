// SPDX-License-Identifier: MIT
#include "flow/ui/census.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/str.h"

#define CELLS 3 // label, value, detail

void flow_census_init(struct flow_census *census)
{
    flow_strv_init(&census->rows);
    flow_strv_init(&census->left_out);
    census->failure = (struct flow_error)FLOW_ERROR_INIT;
}

void flow_census_release(struct flow_census *census)
{
    flow_strv_release(&census->rows);
    flow_strv_release(&census->left_out);
}

// Adds a text as it may be shown: a path or a reason may hold anything.
static void add(struct flow_census *census, struct flow_strv *list, const char *text)
{
    struct flow_buf shown;
    if (census->failure.code != FLOW_OK)
        return;
    flow_buf_init(&shown, FLOW_BUF_TEXT);
    flow_str_show(&shown, text, strlen(text));
    if (flow_buf_check(&shown, "census", &census->failure) == 0)
        (void)!flow_strv_addn(list, shown.data, shown.len, &census->failure);
    flow_buf_release(&shown);
}

void flow_census_figure(struct flow_census *census, const char *label, const char *value, const char *detail)
{
    add(census, &census->rows, label);
    add(census, &census->rows, value);
    add(census, &census->rows, detail ? detail : "");
}

void flow_census_count(struct flow_census *census, const char *label, int64_t count, const char *detail)
{
    char value[32];
    snprintf(value, sizeof value, "%" PRId64, count);
    flow_census_figure(census, label, value, detail);
}

void flow_census_left_out(struct flow_census *census, const char *what, const char *why)
{
    add(census, &census->left_out, what);
    add(census, &census->left_out, why);
}

// The widest of the cells in one column of the rows.
static size_t widest(const struct flow_strv *rows, size_t column)
{
    size_t most = 0;
    for (size_t i = column; i < rows->count; i += CELLS) {
        size_t width = flow_utf8_width(rows->items[i]);
        if (width > most)
            most = width;
    }
    return most;
}

int flow_census_print(const struct flow_census *census, const char *title, FILE *to, struct flow_error *err)
{
    if (census->failure.code != FLOW_OK) {
        if (err)
            *err = census->failure;
        return -1;
    }
    fprintf(to, "%s\n", title);
    size_t labels = widest(&census->rows, 0);
    size_t values = widest(&census->rows, 1);
    for (size_t i = 0; i < census->rows.count; i += CELLS) {
        char *const *row = &census->rows.items[i];
        int after_label = (int)(labels - flow_utf8_width(row[0]));
        int before_value = (int)(values - flow_utf8_width(row[1]));
        fprintf(to, "  %s%*s  %*s%s%s%s\n", row[0], after_label, "", before_value, "", row[1],
                *row[2] ? "  " : "", row[2]);
    }
    for (size_t i = 0; i < census->left_out.count; i += 2)
        fprintf(to, "  left out: %s: %s\n", census->left_out.items[i], census->left_out.items[i + 1]);
    return 0;
}
