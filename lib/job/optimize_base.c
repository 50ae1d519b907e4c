// SPDX-License-Identifier: MIT
/*
 * What is known of the base before anything is changed: that it builds, how its tests end, and which lines
 * they execute.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "optimize_private.h"

// An incremental build may say less than a whole one did: then a warning that is old counts as new, and a
// candidate is lost rather than kept.
static int keep_warnings(struct optimize *o, const struct optimize_tree *tree,
                         const struct optimize_said *said, struct flow_error *err)
{
    struct flow_diagnostics list;
    if (optimize_diagnostics(o, tree, said, &list, err))
        return -1;
    flow_diagnostics_release(&o->warnings);
    o->warnings = list;
    return 0;
}

static int build_base(struct optimize *o, struct optimize_tree *tree, struct flow_error *err)
{
    struct optimize_said said;
    optimize_doing(o, "building the base");
    if (optimize_tree_set(o, tree, NULL, 0, err) || optimize_run(o, tree, o->build, &said, NULL, err))
        return -1;
    o->outcome->base_builds++;
    int result = said.good ? keep_warnings(o, tree, &said, err)
                           : flow_error_set(err, FLOW_E_ENV,
                                            "the base %.12s does not build, so that no change can be judged "
                                            "('%s' in '%s'): %s",
                                            o->base.hex, o->build, tree->dir.data, said.why);
    optimize_said_release(&said);
    return result;
}

static int test_base(struct optimize *o, struct optimize_tree *tree, struct flow_error *err)
{
    struct flow_optimize_outcome *outcome = o->outcome;
    while (outcome->base_tests < OPTIMIZE_BASELINES) {
        optimize_doing(o, "testing the base, %zu of %d", outcome->base_tests + 1, OPTIMIZE_BASELINES);
        if (optimize_test_base(o, tree, err))
            return flow_error_wrap(err, "the tests of the base %.12s ('%s')", o->base.hex, o->test);
        outcome->base_tests++;
    }
    return optimize_tests_count(o->baseline, &outcome->known_failures, &outcome->flaky, err);
}

/*
 * Coverage.
 */

static uint64_t hottest(const struct flow_covered_file *file, uint32_t first, uint32_t last)
{
    uint64_t most = 0;
    for (size_t i = 0; i < file->line_count; i++)
        if (file->lines[i].line >= first && file->lines[i].line <= last && file->lines[i].times > most)
            most = file->lines[i].times;
    return most;
}

// How often the lines are executed, 0: never. A line that holds no code of its own (the end of a chain of
// calls) belongs to the code above it.
static uint64_t count_times(const struct flow_covered_file *file, const struct flow_span *span)
{
    uint32_t above = 0;
    uint64_t times = hottest(file, span->start_line, span->end_line);
    for (size_t i = 0; times == 0 && i < file->line_count; i++) {
        const struct flow_covered_line *line = &file->lines[i];
        if (line->line >= span->start_line && line->line <= span->end_line)
            return 0;
        if (line->line < span->start_line)
            above = line->line;
    }
    return times > 0 || above == 0 ? times : hottest(file, above, above);
}

uint64_t optimize_times(const struct optimize *o, const struct optimize_candidate *candidate)
{
    const struct flow_covered_file *file = flow_coverage_file(&o->covered, candidate->file->entry->path);
    return file ? count_times(file, &candidate->span) : 0;
}

static int sort_out(struct optimize *o, struct flow_error *err)
{
    int result = 0;
    for (size_t i = 0; i < o->count && result == 0; i++) {
        struct optimize_candidate *candidate = &o->items[i];
        const struct flow_covered_file *file = flow_coverage_file(&o->covered, candidate->file->entry->path);
        candidate->times = optimize_times(o, candidate);
        if (candidate->state != FLOW_OPTIMIZE_OPEN || candidate->times > 0)
            continue;
        result = optimize_settle(
            o, candidate, FLOW_OPTIMIZE_UNTESTED,
            file ? "no test executes these lines" : "what tests execute of this file was not measured", err);
    }
    return result;
}

static int measure(struct optimize *o, struct flow_error *err)
{
    struct optimize_tree tree;
    struct optimize_said said;
    optimize_doing(o, "measuring what the tests execute");
    int result = optimize_tree_open(o, "coverage", &tree, err);
    // Begun anew: what an earlier build left there may not count, and a build that only looks at dates keeps
    // it.
    if (result == 0)
        result = flow_dir_remove(tree.path.data, err);
    if (result == 0)
        result = optimize_tree_set(o, &tree, NULL, 0, err);
    if (result == 0)
        result = optimize_run(o, &tree, o->coverage, &said, NULL, err);
    if (result == 0) {
        o->outcome->base_tests++;
        // Tests that fail on the base make the command fail, too: what it printed counts.
        result = flow_coverage_read(&o->covered, tree.path.data, said.out.data, said.out.len, err);
        if (result == 0 && o->covered.count == 0)
            result = flow_error_set(err, FLOW_E_ENV,
                                    "what the tests execute could not be measured, '%s' printed nothing "
                                    "of it (set coverage.command, or do without by --uncovered): %s",
                                    o->coverage_name, said.good ? "it ended with status 0" : said.why);
        if (result == 0)
            result = sort_out(o, err);
        optimize_said_release(&said);
    }
    optimize_tree_release(&tree);
    return result;
}

int optimize_base(struct optimize *o, struct optimize_tree *tree, struct flow_error *err)
{
    if (build_base(o, tree, err) || test_base(o, tree, err))
        return -1;
    if (!o->options->untested && measure(o, err))
        return -1;
    return o->lint ? optimize_lint(o, err) : 0;
}
