// SPDX-License-Identifier: MIT
#include "flow/job/census.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/json.h"
#include "flow/base/vec.h"

/* Key of the run's value that holds what is expected. */
#define EXPECTED "expected"

void flow_job_census_init(struct flow_job_census *census)
{
    *census = (struct flow_job_census){0};
    flow_arena_init(&census->arena);
}

void flow_job_census_release(struct flow_job_census *census)
{
    flow_arena_release(&census->arena);
    free(census->left_out);
    free(census->roles);
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

static struct flow_job_role *find_role(struct flow_job_census *census, const char *name,
                                       struct flow_error *err)
{
    for (size_t i = 0; i < census->role_count; i++)
        if (strcmp(census->roles[i].name, name) == 0)
            return &census->roles[i];
    if (flow_grow(&census->roles, &census->role_cap, census->role_count + 1, sizeof *census->roles, err))
        return NULL;
    struct flow_job_role *role = &census->roles[census->role_count];
    *role = (struct flow_job_role){.name = flow_arena_str(&census->arena, name)};
    if (!role->name) {
        flow_error_nomem(err);
        return NULL;
    }
    census->role_count++;
    return role;
}

struct counting {
    struct flow_job_census *census;
    struct flow_error *err;
    int result;
};

// Reviewers are told apart by their lens, since each may be another model; of other roles it only says what
// for.
static int count_cost(const struct flow_cost_row *row, void *payload)
{
    struct counting *counting = payload;
    struct flow_job_role *role = NULL;
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_puts(&name, row->role);
    if (strcmp(row->role, "review") == 0 && *row->lens)
        flow_buf_printf(&name, " %s", row->lens);
    if (flow_buf_check(&name, "name of a role", counting->err) == 0)
        role = find_role(counting->census, name.data, counting->err);
    flow_buf_release(&name);
    if (!role) {
        counting->result = -1;
        return 1;
    }
    role->calls += row->calls;
    role->nano_usd += row->nano_usd;
    role->unpriced_calls += row->unpriced_calls;
    role->cut_calls += row->cut_calls;
    role->input += row->input;
    role->cache_read += row->cache_read;
    role->cache_write += row->cache_write;
    role->output += row->output;
    return 0;
}

static int count_costs(struct flow_job_census *census, struct flow_ledger *ledger, int64_t run,
                       struct flow_error *err)
{
    struct counting counting = {.census = census, .err = err};
    int result = flow_ledger_costs(ledger, run, NULL, count_cost, &counting, err);
    return result ? result : counting.result;
}

static void write_range(struct flow_jsonw *w, const char *key, int64_t low, int64_t high)
{
    flow_jsonw_key(w, key);
    flow_jsonw_array(w);
    flow_jsonw_int(w, low);
    flow_jsonw_int(w, high);
    flow_jsonw_array_end(w);
}

static void read_range(const struct flow_json *role, const char *key, int64_t *low, int64_t *high)
{
    const struct flow_json *first = flow_json_first(flow_json_get(role, key));
    *low = flow_json_int(first, 0);
    *high = flow_json_int(first ? flow_json_next(first) : NULL, 0);
}

static void write_expected(struct flow_jsonw *w, const struct flow_job_role *add,
                           const struct flow_job_role *taken)
{
    int64_t tokens = (int64_t)(taken->input + taken->cache_read + taken->cache_write + taken->output);
    flow_jsonw_object(w);
    flow_jsonw_member(w, "role", add->name);
    write_range(w, "calls", taken->calls + add->calls_low, taken->calls + add->calls_high);
    write_range(w, "nano", taken->nano_usd + add->nano_low, taken->nano_usd + add->nano_high);
    write_range(w, "tokens", tokens + (int64_t)add->tokens_low, tokens + (int64_t)add->tokens_high);
    flow_jsonw_object_end(w);
}

int flow_job_expect(struct flow_ledger *ledger, int64_t run, const struct flow_job_role *roles, size_t count,
                    struct flow_error *err)
{
    struct flow_job_census taken;
    struct flow_buf text;
    struct flow_jsonw w;
    flow_job_census_init(&taken);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_jsonw_init(&w, &text);
    flow_jsonw_array(&w);
    int result = count_costs(&taken, ledger, run, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct flow_job_role *role = find_role(&taken, roles[i].name, err);
        if (role)
            write_expected(&w, &roles[i], role);
        else
            result = -1;
    }
    flow_jsonw_array_end(&w);
    if (result == 0)
        result = flow_buf_check(&text, "what is expected", err);
    if (result == 0)
        result = flow_ledger_run_set(ledger, run, EXPECTED, text.data, err);
    flow_buf_release(&text);
    flow_job_census_release(&taken);
    return result;
}

static int read_expected(struct flow_job_census *census, const struct flow_json *document,
                         struct flow_error *err)
{
    for (const struct flow_json *at = flow_json_first(document); at; at = flow_json_next(at)) {
        const char *name = flow_json_str(flow_json_get(at, "role"));
        int64_t low, high;
        if (!name)
            continue;
        struct flow_job_role *role = find_role(census, name, err);
        if (!role)
            return -1;
        role->expected = true;
        read_range(at, "calls", &role->calls_low, &role->calls_high);
        read_range(at, "nano", &role->nano_low, &role->nano_high);
        read_range(at, "tokens", &low, &high);
        role->tokens_low = (uint64_t)low;
        role->tokens_high = (uint64_t)high;
    }
    return 0;
}

int flow_job_census_costs(struct flow_job_census *census, struct flow_ledger *ledger, int64_t run,
                          struct flow_error *err)
{
    struct flow_json *document = NULL;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int known = flow_ledger_run_get(ledger, run, EXPECTED, &text, err);
    int result = known < 0 ? -1 : 0;
    // In the order of the plan, then what nobody expected.
    if (known == 1)
        result = flow_json_parse(&document, text.data, text.len, err) || read_expected(census, document, err)
                     ? -1
                     : 0;
    if (result == 0)
        result = count_costs(census, ledger, run, err);
    if (result == 0)
        result = flow_ledger_spending(ledger, run, &census->spending, err);
    flow_json_free(document);
    flow_buf_release(&text);
    return result;
}
