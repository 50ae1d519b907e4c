// SPDX-License-Identifier: MIT
#include "show.h"

#include <inttypes.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/ui/census.h"
#include "shared.h"

static void put_command(const char *what, const char *command, const char *origin, struct flow_buf *out)
{
    flow_buf_printf(out, "  %-17s ", what);
    flow_str_show(out, command, strlen(command));
    flow_buf_printf(out, " (%s)\n", origin);
}

// What is done with the old program.
static void put_old(const struct flow_fix_plan *plan, struct flow_buf *out)
{
    const struct flow_fix_old *old = &plan->old;
    if (old->fetch)
        put_command("old: fetch, once", old->fetch, old->fetch_origin, out);
    if (old->build)
        put_command("old: build, once", old->build, old->build_origin, out);
    if (old->test)
        put_command("old: tests, once", old->test, old->test_origin, out);
    else if (plan->test)
        flow_buf_puts(out, "  old: tests        none (test.command): every test that fails counts\n");
    if (old->coverage)
        put_command("old: coverage", old->coverage, old->coverage_origin, out);
    if (old->prove)
        put_command("old: ported tests", old->prove, old->prove_origin, out);
}

void show_plan(const struct flow_fix_plan *plan, struct flow_buf *out)
{
    flow_buf_printf(out, "fix %s at %.12s: at most %u rounds, %u fixers at once\n",
                    plan->branch + strlen("refs/heads/"), plan->tip, plan->rounds, plan->jobs);
    if (plan->fetch)
        put_command("fetch, once", plan->fetch, plan->fetch_origin, out);
    if (plan->command)
        put_command("build", plan->command, plan->origin, out);
    if (plan->test)
        put_command("tests", plan->test, plan->test_origin, out);
    put_old(plan, out);
    flow_buf_puts(out, "  in                ");
    flow_str_show(out, plan->dir, strlen(plan->dir));
    flow_buf_printf(out, "\n  sandbox           %s\n",
                    !plan->confined                  ? "none: they may do all that you may do"
                    : plan->fetch || plan->old.fetch ? "bubblewrap; a network for what is fetched only"
                                                     : "bubblewrap, without a network");
    flow_buf_printf(out, "  model             %s, once for each group of errors\n", plan->model);
    if (plan->second)
        flow_buf_printf(out, "  second opinion    %s, for files whose change was rolled back\n",
                        plan->second);
    if (plan->escalate)
        flow_buf_printf(out, "  then              %s, after rounds without progress\n", plan->escalate);
    if (plan->reviewers)
        flow_buf_printf(out, "  reviewers         %s", plan->reviewers[0]);
    if (plan->reviewers && strcmp(plan->reviewers[0], plan->reviewers[1]) != 0)
        flow_buf_printf(out, " and %s", plan->reviewers[1]);
    if (plan->reviewers)
        flow_buf_puts(out, ", for each unit that was changed\n");
    flow_buf_printf(out, "  source text goes  to %s\n  budget            ", plan->destination);
    shared_put_budget(&plan->spending->limit, out);
    if (plan->spending->calls > 0) {
        flow_buf_puts(out, "; spent so far: ");
        shared_put_spent(plan->spending->spent_nano_usd, plan->spending->calls,
                         plan->spending->unpriced_calls, out);
        flow_buf_printf(out, ", %" PRId64 " calls", plan->spending->calls);
    }
    flow_buf_putc(out, '\n');
}

void show_progress(const struct flow_fix_progress *progress, const char *name, struct flow_progress *line)
{
    char left[60], asked[60] = "";
    if (progress->errors > 0 || progress->failures == 0)
        snprintf(left, sizeof left, "%zu errors", progress->errors);
    else
        snprintf(left, sizeof left, "%zu tests fail", progress->failures);
    if (strcmp(progress->doing, "asking") == 0)
        snprintf(asked, sizeof asked, ", %zu of %zu fixers answered", progress->answered, progress->asked);
    else if (strcmp(progress->doing, "reviewing") == 0)
        snprintf(asked, sizeof asked, ", %zu of %zu units", progress->answered, progress->asked);
    if (progress->round > 0)
        flow_progress_status(line, "fix '%s': round %zu, %s, %s%s", name, progress->round, left,
                             progress->doing, asked);
    else
        flow_progress_status(line, "fix '%s': %s", name, progress->doing);
}

static void add_cost(const struct flow_spending *spending, struct flow_census *out)
{
    struct flow_buf value, detail;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    shared_put_spent(spending->spent_nano_usd, spending->calls, spending->unpriced_calls, &value);
    if (spending->limit.nano_usd >= 0)
        flow_buf_printf(&detail, "of $%.2f; ", (double)spending->limit.nano_usd / 1e9);
    flow_buf_printf(&detail, "%" PRId64 " calls, %" PRId64 " tokens", spending->calls,
                    spending->spent_tokens);
    if (spending->unpriced_calls > 0 && spending->unpriced_calls < spending->calls)
        flow_buf_printf(&detail, "; the price of %" PRId64 " calls is not known", spending->unpriced_calls);
    flow_census_figure(out, "cost", value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

static void add_units(const struct flow_job_census *census, struct flow_census *out)
{
    flow_census_count(out, "accepted", (int64_t)census->accepted, "units with two verdicts, and committed");
    if (census->unreviewed > 0)
        flow_census_count(out, "unreviewed", (int64_t)census->unreviewed,
                          "units without two verdicts on what they are now");
    if (census->failed + census->held + census->pending > 0)
        flow_census_count(out, "missing", (int64_t)(census->failed + census->held + census->pending),
                          "units that flow-port has not finished");
}

static void add_tests(const struct flow_fix_outcome *outcome, struct flow_census *out)
{
    const struct flow_fix_tests *tests = &outcome->tests;
    struct flow_buf value, detail;
    if (!outcome->tested)
        return;
    flow_buf_init(&value, FLOW_BUF_LINE);
    flow_buf_init(&detail, FLOW_BUF_LINE);
    flow_buf_printf(&value, "%zu", tests->passed);
    flow_buf_printf(&detail, "pass, %zu fail", tests->failed);
    flow_buf_printf(&detail, "; against the old program %zu new failures, %zu known, %zu flaky, %zu fixed",
                    tests->fresh, tests->known, tests->flaky, tests->fixed);
    flow_census_figure(out, "tests", value.data, detail.data);
    flow_buf_release(&detail);
    flow_buf_release(&value);
}

// Which tests are oracles.
static void add_proofs(const struct flow_fix_outcome *outcome, struct flow_census *out)
{
    if (outcome->proved) {
        flow_census_count(out, "proven", (int64_t)outcome->proven,
                          "ported tests, which pass against the old program");
        flow_census_count(out, "not proven", (int64_t)(outcome->disproven + outcome->undecided),
                          outcome->proof_why
                              ? outcome->proof_why
                              : "ported tests that fail against it, or files of which none ran");
    } else if (outcome->ported_tests > 0) {
        flow_census_count(out, "not proven", (int64_t)outcome->ported_tests,
                          "files of ported tests, which nobody held against the old program (prove.command)");
    }
}

int show_census(const struct flow_fix_outcome *outcome, const char *name, FILE *to, struct flow_error *err)
{
    const struct flow_job_census *census = &outcome->census;
    struct flow_census out;
    struct flow_buf title;
    flow_census_init(&out);
    flow_buf_init(&title, FLOW_BUF_LINE);
    flow_buf_printf(&title, "fix '%s'", name);
    const char *build = outcome->test_only ? "not made" : outcome->clean ? "clean" : "fails";
    flow_census_figure(&out, "build", build, outcome->why);
    if (!outcome->clean)
        flow_census_count(&out, "errors", (int64_t)outcome->errors, NULL);
    add_tests(outcome, &out);
    add_proofs(outcome, &out);
    flow_census_count(&out, "rounds", outcome->rounds, NULL);
    flow_census_count(&out, "changed", (int64_t)outcome->changed, "units, which lost their verdicts by that");
    if (outcome->reviewed + outcome->rejected > 0)
        flow_census_count(&out, "reviewed", (int64_t)outcome->reviewed,
                          "units again, and accepted as they are now");
    if (outcome->rejected > 0)
        flow_census_count(&out, "rejected", (int64_t)outcome->rejected,
                          "units, by reviewers of what they are now");
    if (outcome->measured) {
        flow_census_count(&out, "untested", (int64_t)outcome->untested_units,
                          "units of which the old program's tests execute nothing");
        flow_census_count(&out, "", (int64_t)outcome->untested_functions,
                          "functions that they do not execute, in these and other units");
    }
    add_units(census, &out);
    add_cost(&census->spending, &out);
    for (size_t i = 0; i + 1 < outcome->untested.count; i += 2)
        flow_census_left_out(&out, outcome->untested.items[i], outcome->untested.items[i + 1]);
    for (size_t i = 0; i + 1 < outcome->unproven.count; i += 2)
        flow_census_left_out(&out, outcome->unproven.items[i], outcome->unproven.items[i + 1]);
    for (size_t i = 0; i + 1 < outcome->left.count; i += 2)
        flow_census_left_out(&out, outcome->left.items[i], outcome->left.items[i + 1]);
    for (size_t i = 0; i + 1 < outcome->tried.count; i += 2)
        flow_census_left_out(&out, outcome->tried.items[i], outcome->tried.items[i + 1]);
    for (size_t i = 0; i < census->left_out_count; i++) {
        const struct flow_left_out *unit = &census->left_out[i];
        struct flow_buf why;
        flow_buf_init(&why, FLOW_BUF_LINE);
        flow_buf_printf(&why, "%s%s%s", unit->state, *unit->why ? ": " : "", unit->why);
        flow_census_left_out(&out, unit->what, why.data);
        flow_buf_release(&why);
    }
    int result = flow_census_print(&out, title.data, to, err);
    flow_buf_release(&title);
    flow_census_release(&out);
    return result;
}
