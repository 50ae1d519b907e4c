// SPDX-License-Identifier: MIT
#include "flow/job/census.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"

void flow_job_census_init(struct flow_job_census *census)
{
    *census = (struct flow_job_census){0};
    flow_arena_init(&census->arena);
}

void flow_job_census_release(struct flow_job_census *census)
{
    flow_arena_release(&census->arena);
    free(census->left_out);
    *census = (struct flow_job_census){0};
}

static int leave_out(struct flow_job_census *census, const char *what, const char *state, const char *why,
                     struct flow_error *err)
{
    if (flow_grow(&census->left_out, &census->left_out_cap, census->left_out_count + 1,
                  sizeof *census->left_out, err))
        return -1;
    struct flow_left_out row = {
        .what = flow_arena_str(&census->arena, what),
        .state = flow_arena_str(&census->arena, state),
        .why = flow_arena_str(&census->arena, why),
    };
    if (!row.what || !row.state || !row.why)
        return flow_error_nomem(err);
    census->left_out[census->left_out_count++] = row;
    return 0;
}

int flow_job_census_unit(struct flow_job_census *census, const char *unit, const char *state, const char *why,
                         struct flow_error *err)
{
    census->units++;
    if (strcmp(state, "committed") == 0) {
        census->accepted++;
        return 0;
    }
    census->holes++;
    if (strcmp(state, "failed") == 0) {
        census->failed++;
    } else if (strcmp(state, "held") == 0) {
        census->held++;
    } else if (strcmp(state, "unreviewed") == 0) {
        census->unreviewed++;
    } else {
        census->pending++;
        if (!why || !*why)
            why = "not finished";
    }
    return leave_out(census, unit, state, why ? why : "", err);
}

int flow_job_census_skip(struct flow_job_census *census, const char *path, const char *why, bool hole,
                         struct flow_error *err)
{
    census->skipped++;
    if (!hole)
        return 0;
    census->holes++;
    return leave_out(census, path, "skipped", why, err);
}
