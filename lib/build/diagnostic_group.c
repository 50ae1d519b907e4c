// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "flow/build/diagnostic.h"

static bool same_file(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static int add_group(struct flow_diagnostic_groups *out, size_t *cap, size_t first, size_t end,
                     struct flow_error *err)
{
    const struct flow_diagnostic *const *members = out->members;
    if (flow_grow(&out->items, cap, out->count + 1, sizeof *out->items, err))
        return -1;
    out->items[out->count++] = (struct flow_diagnostic_group){
        .file = members[first]->place.file,
        .outside = members[first]->place.outside,
        .first = members[first]->place.line,
        .last = members[end - 1]->place.line,
        .items = members + first,
        .count = end - first,
    };
    return 0;
}

// The members from first to end are one file's, in the order of their lines. As many ranges as are needed,
// about equally large; what is said of one line stays together.
static int split(struct flow_diagnostic_groups *out, size_t *cap, size_t first, size_t end, size_t most,
                 struct flow_error *err)
{
    while (first < end) {
        size_t left = end - first;
        size_t ranges = most > 0 ? (left + most - 1) / most : 1;
        size_t cut = first + (left + ranges - 1) / ranges;
        while (cut < end && out->members[cut]->place.line == out->members[cut - 1]->place.line)
            cut++;
        if (add_group(out, cap, first, cut, err))
            return -1;
        first = cut;
    }
    return 0;
}

int flow_diagnostics_group(struct flow_diagnostic_groups *out, const struct flow_diagnostics *list,
                           enum flow_severity least, size_t most, struct flow_error *err)
{
    size_t count = 0;
    size_t cap = 0;
    int result = 0;
    *out = (struct flow_diagnostic_groups){.members = calloc(list->count + 1, sizeof *out->members)};
    if (!out->members)
        return flow_error_nomem(err);
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].severity <= least)
            out->members[count++] = &list->items[i];
    }
    for (size_t first = 0; result == 0 && first < count;) {
        size_t end = first + 1;
        while (end < count && same_file(out->members[first]->place.file, out->members[end]->place.file))
            end++;
        result = split(out, &cap, first, end, most, err);
        first = end;
    }
    if (result < 0)
        flow_diagnostic_groups_release(out);
    return result;
}

void flow_diagnostic_groups_release(struct flow_diagnostic_groups *groups)
{
    free(groups->items);
    free(groups->members);
    *groups = (struct flow_diagnostic_groups){.count = 0};
}
