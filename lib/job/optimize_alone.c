// SPDX-License-Identifier: MIT
/*
 * The proof of one candidate, and its branch: built and tested from the base with nothing else changed,
 * measured where there is something to measure by, and committed with what was found out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cost.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "optimize_private.h"

struct alone {
    struct optimize *o;
    struct optimize_tree *trees;
    struct optimize_tree before; /* the base, for measuring */
    bool before_built;
    struct optimize_candidate **items;
    size_t count;
};

/*
 * Measuring.
 */

static int time_once(struct optimize *o, struct optimize_tree *tree, double *seconds, struct flow_error *err)
{
    struct optimize_said said;
    if (optimize_run(o, tree, o->bench, &said, seconds, err))
        return -1;
    int result = said.good ? 0
                           : flow_error_set(err, FLOW_E_ENV, "optimize.bench fails ('%s' in '%s'): %s",
                                            o->bench, tree->dir.data, said.why);
    optimize_said_release(&said);
    return result;
}

static int build_before(struct alone *alone, struct flow_error *err)
{
    struct optimize *o = alone->o;
    struct optimize_said said;
    if (alone->before_built)
        return 0;
    if (optimize_tree_set(o, &alone->before, NULL, 0, err) ||
        optimize_run(o, &alone->before, o->build, &said, NULL, err))
        return -1;
    o->outcome->base_builds++;
    alone->before_built = said.good;
    int result = said.good ? 0 : flow_error_set(err, FLOW_E_ENV, "the base does not build: %s", said.why);
    optimize_said_release(&said);
    return result;
}

// In turn, and each goes first as often as the other. The first pair fills caches and does not count.
static int measure(struct alone *alone, struct optimize_tree *tree, struct bench *out, struct flow_error *err)
{
    double times[2][BENCH_PAIRS + 1];
    struct optimize_tree *trees[2] = {&alone->before, tree};
    if (build_before(alone, err))
        return -1;
    for (size_t pair = 0; pair <= BENCH_PAIRS; pair++)
        for (size_t i = 0; i < 2; i++) {
            size_t which = (pair + i) % 2;
            if (time_once(alone->o, trees[which], &times[which][pair], err))
                return -1;
        }
    return bench_judge(out, times[0] + 1, times[1] + 1, BENCH_PAIRS, err);
}

/*
 * The branch.
 */

static void print_title(struct flow_buf *out, const struct optimize_candidate *candidate)
{
    const char *text = candidate->file->text + candidate->span.start;
    size_t len = candidate->span.end - candidate->span.start;
    // Lines begin with what they are indented by.
    size_t blank = strspn(text, " \t\n");
    text += blank < len ? blank : 0;
    len -= blank < len ? blank : 0;
    flow_str_show(out, candidate->file->entry->path, strlen(candidate->file->entry->path));
    flow_buf_printf(out, ": %s, '", candidate->pass->name);
    size_t shown = flow_str_first_line(text, len, 40);
    flow_str_show(out, text, shown);
    flow_buf_puts(out, shown < len ? "…'" : "'");
}

static void print_body(struct flow_buf *out, const struct optimize *o,
                       const struct optimize_candidate *candidate, const char *evidence)
{
    const char *more = candidate->pass->more;
    flow_str_show(out, candidate->pass->about, strlen(candidate->pass->about));
    // When it is wrong is for whoever reads the change.
    // are.
    if (*more)
        flow_buf_puts(out, "\n\n");
    for (size_t len; *more; more += len + (more[len] == '\n')) {
        len = strcspn(more, "\n");
        flow_str_show(out, more, len);
        flow_buf_putc(out, '\n');
    }
    flow_buf_printf(out, "%sFound by the pass %s at line %u and ", *candidate->pass->more ? "\n" : "\n\n",
                    candidate->pass->full, candidate->line);
    flow_buf_puts(out, candidate->pass->prompt ? "rewritten by a model" : "rewritten by its template");
    flow_buf_puts(out, o->agents ? ".\n" : "; no model was asked.\n");
    if (candidate->said && *candidate->said) {
        flow_buf_puts(out, "It says: ");
        flow_str_show(out, candidate->said, strlen(candidate->said));
        flow_buf_putc(out, '\n');
    }
    flow_buf_printf(out, "Proven alone on %.12s: ", o->base.hex);
    flow_str_show(out, evidence, strlen(evidence));
    flow_buf_puts(out, ".\n");
}

// Who wrote it and who judged it, each by name, as flow-port says it.
static size_t add_agents(const struct optimize *o, const struct optimize_candidate *candidate,
                         const char *cost, char reviewers[REVIEW_LENSES][300], struct flow_trailer *out)
{
    size_t count = 0;
    if (o->agents)
        out[count++] = (struct flow_trailer){"Flow-Cost", cost};
    if (candidate->pass->prompt)
        out[count++] = (struct flow_trailer){"Flow-Model", o->agents->model};
    for (size_t i = 0; o->agents && i < REVIEW_LENSES; i++) {
        snprintf(reviewers[i], sizeof reviewers[i], "%.250s (%s)", o->agents->reviewers[i], review_lenses[i]);
        out[count++] = (struct flow_trailer){"Flow-Reviewed-By", reviewers[i]};
    }
    return count;
}

static int commit_text(struct optimize *o, struct optimize_candidate *candidate, const struct flow_id *blob,
                       const char *evidence, struct flow_error *err)
{
    struct flow_buf title, body, where, cost;
    struct flow_id commit;
    flow_buf_init(&title, FLOW_BUF_LINE);
    flow_buf_init(&body, FLOW_BUF_TEXT);
    flow_buf_init(&where, FLOW_BUF_LINE);
    flow_buf_init(&cost, FLOW_BUF_LINE);
    print_title(&title, candidate);
    print_body(&body, o, candidate, evidence);
    flow_str_show(&where, candidate->file->entry->path, strlen(candidate->file->entry->path));
    flow_buf_printf(&where, ":%u", candidate->span.start_line);
    char reviewers[REVIEW_LENSES][300], label[300];
    optimize_label(candidate, label, sizeof label);
    int result = o->agents ? cost_put(o->ledger, o->run, label, &cost, err) : 0;
    struct flow_trailer trailers[7 + REVIEW_LENSES] = {
        {"Flow-Job", "optimize"},
        {"Flow-Pass", candidate->pass->full},
        {"Flow-Candidate", candidate->id.hex},
        {"Flow-Place", where.data},
        {"Flow-Evidence", evidence},
    };
    size_t trailer_count = 5 + add_agents(o, candidate, cost.data, reviewers, trailers + 5);
    const struct flow_change change = {
        .path = candidate->file->entry->path, .blob = blob, .executable = candidate->file->entry->executable};
    const struct flow_commit what = {
        .branch = candidate->branch,
        .parent = o->base,
        .create = true,
        .subject = title.data,
        .body = body.data,
        .trailers = trailers,
        .trailer_count = trailer_count,
        .changes = &change,
        .change_count = 1,
    };
    if (result == 0)
        result = flow_buf_check(&title, "message of a commit", err) ||
                         flow_buf_check(&body, "message of a commit", err) ||
                         flow_buf_check(&where, "message of a commit", err)
                     ? -1
                     : flow_repo_commit(o->options->repo, &what, &commit, err);
    flow_buf_release(&cost);
    flow_buf_release(&where);
    flow_buf_release(&body);
    flow_buf_release(&title);
    return result;
}

static int make_branch(struct optimize *o, struct optimize_candidate *candidate, const char *evidence,
                       struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id blob;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = optimize_apply(candidate->file, &candidate, 1, &text, err);
    if (result == 0)
        result = flow_repo_write_blob(o->options->repo, text.data, text.len, &blob, err);
    if (result == 0)
        result = commit_text(o, candidate, &blob, evidence, err);
    flow_buf_release(&text);
    return result;
}

/*
 * One candidate.
 */

static void print_bench(char *out, size_t size, const struct bench *bench)
{
    snprintf(out, size, "; %s: %+.1f %% [%+.1f, %+.1f] in time", bench_name(bench->verdict),
             100 * (bench->ratio - 1), 100 * (bench->low - 1), 100 * (bench->high - 1));
}

// The place among the branches that this run may make: false where they are all taken.
static bool take_place(struct optimize *o)
{
    pthread_mutex_lock(&o->mutex);
    bool taken = o->options->max_changes == 0 || o->branches < o->options->max_changes;
    o->branches += taken;
    pthread_mutex_unlock(&o->mutex);
    return taken;
}

static void add_judges(const struct optimize *o, const struct optimize_candidate *candidate, char *evidence,
                       size_t size)
{
    struct flow_buf text;
    size_t len = strlen(evidence);
    flow_buf_init(&text, FLOW_BUF_LINE);
    optimize_put_judges(o, candidate, &text);
    snprintf(evidence + len, size - len, "; %s", text.data);
    flow_buf_release(&text);
}

static int keep(struct alone *alone, struct optimize_tree *tree, struct optimize_candidate *candidate,
                const char *tests, struct flow_error *err)
{
    struct optimize *o = alone->o;
    struct bench bench = {.verdict = BENCH_SAME};
    char times[120] = "", evidence[2000];
    if (o->bench && measure(alone, tree, &bench, err))
        return -1;
    if (o->bench)
        print_bench(times, sizeof times, &bench);
    snprintf(evidence, sizeof evidence, "builds; %s; %s%s%s%s", tests,
             o->options->untested ? "whether tests execute the lines was not measured"
                                  : "tests execute the lines",
             times,
             candidate->linter  ? "; the linter finds it, too: "
             : o->outcome->lint ? "; the linter does not find it"
                                : "",
             candidate->linter ? candidate->linter : "");
    if (bench.verdict == BENCH_SLOWER)
        return optimize_settle(o, candidate, FLOW_OPTIMIZE_SLOWER, evidence, err);
    if (bench.verdict == BENCH_SAME && o->options->only_faster)
        return optimize_settle(o, candidate, FLOW_OPTIMIZE_SAME, evidence, err);
    int result = optimize_review(o, candidate, err);
    if (result || !take_place(o))
        return result < 0 ? -1 : 0;
    add_judges(o, candidate, evidence, sizeof evidence);
    if (make_branch(o, candidate, evidence, err))
        return -1;
    return optimize_settle(o, candidate, FLOW_OPTIMIZE_KEPT, evidence, err);
}

static int build(struct optimize *o, struct optimize_tree *tree, struct optimize_candidate *candidate,
                 bool *good, struct flow_error *err)
{
    struct optimize_said said;
    if (optimize_tree_set(o, tree, &candidate, 1, err) || optimize_run(o, tree, o->build, &said, NULL, err))
        return -1;
    optimize_count(o, &o->outcome->builds);
    int result = said.good ? optimize_warned(o, tree, &said, candidate, err)
                           : optimize_settle(o, candidate, FLOW_OPTIMIZE_BUILD, said.why, err);
    *good = said.good && result == 0;
    optimize_said_release(&said);
    return result < 0 ? -1 : 0;
}

static int prove(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct alone *alone = payload;
    struct optimize *o = alone->o;
    struct optimize_tree *tree = &alone->trees[worker];
    struct optimize_candidate *candidate = alone->items[item];
    size_t failed = 0;
    char tests[400];
    bool good;
    if (optimize_over(o))
        return 0;
    if (candidate->proof && !o->bench)
        return keep(alone, tree, candidate, candidate->proof, err);
    optimize_doing(o, "proving alone: %zu of %zu", item + 1, alone->count);
    if (build(o, tree, candidate, &good, err))
        return -1;
    if (!good)
        return 0;
    if (optimize_compare(o, tree, &failed, tests, sizeof tests, NULL, err))
        return -1;
    optimize_count(o, &o->outcome->tests);
    return failed > 0 ? optimize_settle(o, candidate, FLOW_OPTIMIZE_TESTS, tests, err)
                      : keep(alone, tree, candidate, tests, err);
}

// What costs most by the profile comes first, then what is executed most: a limit may end the run.
static int by_heat(const void *a, const void *b)
{
    const struct optimize_candidate *left = *(struct optimize_candidate *const *)a;
    const struct optimize_candidate *right = *(struct optimize_candidate *const *)b;
    if (left->heat != right->heat)
        return left->heat > right->heat ? -1 : 1;
    if (left->times != right->times)
        return left->times > right->times ? -1 : 1;
    return left < right ? -1 : left > right;
}

int optimize_alone(struct optimize *o, struct optimize_tree *trees, struct flow_error *err)
{
    struct alone alone = {.o = o, .trees = trees};
    alone.items = calloc(o->count + 1, sizeof(struct optimize_candidate *));
    if (!alone.items)
        return flow_error_nomem(err);
    for (size_t i = 0; i < o->count; i++)
        if (o->items[i].state == FLOW_OPTIMIZE_OPEN && o->items[i].passed && o->items[i].text &&
            !o->items[i].left)
            alone.items[alone.count++] = &o->items[i];
    if (alone.count > 0)
        qsort(alone.items, alone.count, sizeof(struct optimize_candidate *), by_heat);
    int result = 0;
    if (o->bench) {
        result = optimize_tree_open(o, "before", &alone.before, err);
        if (result == 0)
            result = flow_thread_each(1, alone.count, prove, &alone, err);
        optimize_tree_release(&alone.before);
    } else {
        result = flow_thread_each(o->trees, alone.count, prove, &alone, err);
    }
    free(alone.items);
    return result;
}
