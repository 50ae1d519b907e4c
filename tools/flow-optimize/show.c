// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/ui/census.h"
#include "flow/ui/figure.h"
#include "shared.h"

static void put_command(struct flow_buf *out, const char *label, const char *command, const char *origin)
{
    if (!command && !origin)
        return;
    if (!command)
        command = "not known";
    // A script is known by its first line.
    size_t len = flow_str_first_line(command, strlen(command), 100);
    flow_buf_printf(out, "  %-17s ", label);
    flow_str_show(out, command, len);
    flow_buf_puts(out, command[len] ? " …" : "");
    if (origin && *origin)
        flow_buf_printf(out, " (%s)", origin);
    flow_buf_putc(out, '\n');
}

static void put_agents(const struct flow_optimize_plan *plan, struct flow_buf *out)
{
    flow_buf_puts(out, "  model             ");
    if (plan->model)
        flow_str_show(out, plan->model, strlen(plan->model));
    else
        flow_buf_puts(out, "none");
    if (plan->model)
        flow_buf_printf(out, ", for %zu of them, %u at once", plan->prompts, plan->jobs);
    if (*plan->left_out)
        flow_buf_printf(out, "; left out, since they need one: %s", plan->left_out);
    flow_buf_putc(out, '\n');
    if (!plan->reviewers)
        return;
    flow_buf_puts(out, "  reviewers         ");
    for (size_t i = 0; i < 2; i++) {
        flow_buf_puts(out, i ? " and " : "");
        flow_str_show(out, plan->reviewers[i], strlen(plan->reviewers[i]));
    }
    flow_buf_printf(out, ", of each that holds\n  source text goes  to %s\n", plan->destination);
    const struct shared_price price = {.calls = {plan->calls_low, plan->calls_high},
                                       .tokens = {plan->tokens_low, plan->tokens_high},
                                       .nano_usd = {plan->nano_low, plan->nano_high},
                                       .known = plan->priced,
                                       .limit = plan->limit};
    shared_put_price(&price, out);
}

void show_plan(const struct flow_optimize_plan *plan, struct flow_buf *out)
{
    flow_buf_printf(out, "optimize %.12s: %zu candidates in %zu files, %zu of them to be tried\n", plan->base,
                    plan->candidates, plan->files, plan->pending);
    put_command(out, "build", plan->build, plan->build_origin);
    put_command(out, "test", plan->test, plan->test_origin);
    put_command(out, "coverage", plan->coverage, NULL);
    put_command(out, "linter", plan->lint, NULL);
    put_command(out, "bench", plan->bench, NULL);
    flow_buf_puts(out, "  in                ");
    flow_str_show(out, plan->tree, strlen(plan->tree));
    if (plan->trees > 1)
        flow_buf_printf(out, " and %u more", plan->trees - 1);
    flow_buf_printf(out, "\n  sandbox           %s\n",
                    plan->confined ? "bubblewrap, without a network" : "none: it may do all that you may do");
    flow_buf_puts(out, "  branches          flow/optimize/PASS-ID, one for each change\n");
    put_agents(plan, out);
}

static void count(struct flow_census *census, const struct flow_optimize_outcome *outcome,
                  enum flow_optimize_state state, const char *detail)
{
    if (outcome->states[state] > 0)
        flow_census_count(census, flow_optimize_state_name(state), (int64_t)outcome->states[state], detail);
}

static void add_runs(struct flow_census *census, const struct flow_optimize_outcome *outcome)
{
    struct flow_buf text;
    if (outcome->base_builds == 0)
        return;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text,
                    "and %zu test runs, for %zu candidates (each alone: %zu of both together); the base took "
                    "%zu and %zu",
                    outcome->tests, outcome->tried, 2 * outcome->tried, outcome->base_builds,
                    outcome->base_tests);
    flow_census_count(census, "builds", (int64_t)outcome->builds, text.data);
    flow_buf_release(&text);
    if (outcome->known_failures > 0)
        flow_census_count(census, "failing", (int64_t)outcome->known_failures,
                          "tests that fail on the base, too");
    if (outcome->flaky > 0)
        flow_census_count(census, "flaky", (int64_t)outcome->flaky,
                          "tests that ended one way and the other on the base: they count for nothing");
}

static void add_cost(struct flow_census *census, const struct flow_optimize_outcome *outcome)
{
    struct flow_buf value, detail;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    shared_put_spent(outcome->nano_usd, outcome->calls, outcome->unpriced_calls, &value);
    flow_buf_printf(&detail, "%" PRId64 " calls", outcome->calls);
    flow_census_figure(census, "cost", value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

static void add_linter(struct flow_census *census, const struct flow_optimize_outcome *outcome)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(
        &text,
        "of %zu kept are found by it, too; it finds %zu where no candidate is, %zu of which it can "
        "mend itself",
        outcome->states[FLOW_OPTIMIZE_KEPT] + outcome->states[FLOW_OPTIMIZE_KNOWN], outcome->lint_other,
        outcome->lint_mends);
    flow_census_count(census, "linter", (int64_t)outcome->linted, text.data);
    flow_buf_release(&text);
}

int show_census(const struct flow_optimize_outcome *outcome, FILE *to, struct flow_error *err)
{
    struct flow_census census;
    flow_census_init(&census);
    flow_census_count(&census, "candidates", (int64_t)outcome->candidates, NULL);
    flow_census_count(&census, "kept", (int64_t)outcome->states[FLOW_OPTIMIZE_KEPT],
                      "new branches below flow/optimize/");
    count(&census, outcome, FLOW_OPTIMIZE_KNOWN, "kept by an earlier run");
    count(&census, outcome, FLOW_OPTIMIZE_BUILD, "the compiler refuses them");
    count(&census, outcome, FLOW_OPTIMIZE_TESTS, "a test ends worse than on the base");
    count(&census, outcome, FLOW_OPTIMIZE_UNTESTED, "no test executes them; --uncovered tries them, too");
    count(&census, outcome, FLOW_OPTIMIZE_SLOWER, "optimize.bench says");
    count(&census, outcome, FLOW_OPTIMIZE_SAME,
          "they hold, and optimize.bench does not show them to be faster");
    count(&census, outcome, FLOW_OPTIMIZE_TWICE, "another rewrite of the same place holds");
    count(&census, outcome, FLOW_OPTIMIZE_NOTHING, "the model found nothing to change there");
    count(&census, outcome, FLOW_OPTIMIZE_SILENT, "no edits, or no verdict, that fit");
    count(&census, outcome, FLOW_OPTIMIZE_REJECTED,
          "they hold, and a reviewer proved something against them");
    count(&census, outcome, FLOW_OPTIMIZE_OPEN,
          outcome->until    ? "left: time was up; run again to continue"
          : outcome->enough ? "left: there are as many changes as were wanted; run again to continue"
                            : "not tried");
    if (outcome->earlier > 0)
        flow_census_count(&census, "not again", (int64_t)outcome->earlier,
                          "of these are known from earlier runs; --fresh tries what failed again");
    add_runs(&census, outcome);
    if (outcome->asked)
        add_cost(&census, outcome);
    if (outcome->left_out > 0)
        flow_census_count(&census, "need a model", (int64_t)outcome->left_out, outcome->left_out_names);
    if (outcome->lint)
        add_linter(&census, outcome);
    else if (*outcome->lint_why)
        flow_census_figure(&census, "linter", "none", outcome->lint_why);
    int result = flow_census_print(&census, "optimize", to, err);
    flow_census_release(&census);
    return result;
}
