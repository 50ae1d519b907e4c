// SPDX-License-Identifier: MIT
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/ui/census.h"
#include "report.h"

struct totals {
    size_t files, with_errors, errors;
    uint64_t lines;
    size_t skipped[FLOW_SKIP_COUNT];  /* selected files, by reason */
    size_t imported[FLOW_SKIP_COUNT]; /* those that others import, by reason */
};

static void count(const struct flow_analysis *analysis, struct totals *out)
{
    *out = (struct totals){0};
    for (size_t i = 0; i < analysis->source_count; i++) {
        const struct flow_source *source = &analysis->sources[i];
        out->files += source->selected;
        out->skipped[source->skip] += source->selected;
        out->imported[source->skip] += source->imported_by > 0;
        if (source->unit == SIZE_MAX)
            continue;
        out->lines += source->lines;
        out->errors += source->errors;
        out->with_errors += source->errors > 0;
    }
}

int report_census(const struct flow_analysis *analysis, const char *title, FILE *to, struct flow_error *err)
{
    struct totals totals;
    struct flow_census census;
    struct flow_buf text;
    count(analysis, &totals);
    flow_census_init(&census);
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_census_count(&census, "files", (int64_t)totals.files, NULL);
    flow_census_count(&census, "units", (int64_t)analysis->unit_count, NULL);
    flow_census_count(&census, "lines", (int64_t)totals.lines, NULL);
    flow_census_count(&census, "tiers", (int64_t)analysis->tier_count, NULL);
    flow_buf_clear(&text);
    if (analysis->largest_cycle > 0)
        flow_buf_printf(&text, "the largest holds %zu units", analysis->largest_cycle);
    flow_census_count(&census, "cycles", (int64_t)analysis->cycle_count, text.data);
    flow_census_count(&census, "parsed", (int64_t)analysis->parsed, NULL);
    flow_census_count(&census, "cached", (int64_t)analysis->cached, NULL);
    flow_buf_clear(&text);
    if (totals.errors > 0)
        flow_buf_printf(&text, "places, in %zu files; what parses there is used", totals.with_errors);
    flow_census_count(&census, "syntax errors", (int64_t)totals.errors, text.data);
    for (int skip = 1; skip < FLOW_SKIP_COUNT; skip++) {
        if (totals.skipped[skip] == 0 && totals.imported[skip] == 0)
            continue;
        flow_buf_clear(&text);
        flow_buf_printf(&text, "%zu file%s", totals.skipped[skip], totals.skipped[skip] == 1 ? "" : "s");
        if (totals.imported[skip] > 0)
            flow_buf_printf(&text, ", %zu of them imported (--skipped lists them)", totals.imported[skip]);
        flow_census_left_out(&census, flow_skip_name((enum flow_skip)skip), text.data);
    }
    int result = flow_buf_check(&text, "census", err);
    if (result == 0)
        result = flow_census_print(&census, title, to, err);
    flow_buf_release(&text);
    flow_census_release(&census);
    return result;
}
