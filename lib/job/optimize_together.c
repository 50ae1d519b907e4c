// SPDX-License-Identifier: MIT
/*
 * Many candidates at once: what does not touch is applied together and built. Those that the compiler points
 * at go, until it is content; then the tests are run, which may be built only then: those that a compiler
 * points at go, too, and where tests fail, halves are run.
 *
 * That a candidate holds together with others is no proof; that one fails is: on its own, or where the place
 * of an error is on its lines and nothing else of the error points at another. A note alone may point at one
 * that does no harm: those are tried one by one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/thread.h"
#include "optimize_private.h"

// The candidates of one attempt, in order of place, and what the compiler said of each.
struct attempt {
    struct optimize *o;
    struct optimize_tree *trees; // the first is where it is built; all of them where it is divided
    struct optimize_candidate **set;
    size_t count;
    const struct flow_diagnostic **blame; /* of each: an error that points at it */
    bool *guilty;                         /* … with its own place, and at no other */
};

static int together(struct optimize *o, struct optimize_tree *trees, struct optimize_candidate **set,
                    size_t count, struct flow_error *err);

// Whether an error, or a note of it, is about a candidate's own lines, or about the declaration around it.
static bool points_at(const struct attempt *attempt, const struct flow_diagnostic *item,
                      const struct optimize_candidate *candidate, bool around, bool *itself)
{
    struct flow_span span = around ? candidate->around : candidate->span;
    struct optimize_candidate **set = attempt->set;
    *itself = optimize_is_at(attempt->o, &item->place, set, attempt->count, candidate, span);
    bool found = *itself;
    for (size_t i = 0; i < item->note_count && !found; i++)
        found = optimize_is_at(attempt->o, &item->notes[i].place, set, attempt->count, candidate, span);
    return found;
}

static size_t blame(struct attempt *attempt, const struct flow_diagnostic *item, bool around)
{
    size_t found = 0, last = 0;
    bool itself, last_itself = false;
    for (size_t i = 0; i < attempt->count; i++) {
        if (!points_at(attempt, item, attempt->set[i], around, &itself))
            continue;
        found++;
        last = i;
        last_itself = itself;
        if (!attempt->blame[i])
            attempt->blame[i] = item;
    }
    if (found == 1 && last_itself && !around) {
        attempt->guilty[last] = true;
        attempt->blame[last] = item;
    }
    return found;
}

static void blame_all(struct attempt *attempt, const struct flow_diagnostics *list)
{
    memset(attempt->guilty, 0, attempt->count * sizeof *attempt->guilty);
    memset(attempt->blame, 0, attempt->count * sizeof(const struct flow_diagnostic *));
    for (size_t i = 0; i < list->count; i++) {
        const struct flow_diagnostic *item = &list->items[i];
        if (item->severity == FLOW_SEVERITY_ERROR && blame(attempt, item, false) == 0)
            blame(attempt, item, true);
    }
}

static int fail(struct optimize *o, struct optimize_candidate *candidate, enum flow_optimize_state state,
                const char *text, const char *code, struct flow_error *err)
{
    char why[400];
    snprintf(why, sizeof why, "%s%s%s", code ? code : "", code ? ": " : "", text);
    return optimize_settle(o, candidate, state, why, err);
}

// Takes out those that are guilty; how many is in *out.
static int take_out(struct attempt *attempt, size_t *out, struct flow_error *err)
{
    size_t kept = 0;
    *out = 0;
    for (size_t i = 0; i < attempt->count; i++) {
        struct optimize_candidate *candidate = attempt->set[i];
        const struct flow_diagnostic *item = attempt->blame[i];
        if (!attempt->guilty[i]) {
            attempt->blame[kept] = item;
            attempt->set[kept++] = candidate;
            continue;
        }
        if (fail(attempt->o, candidate, FLOW_OPTIMIZE_BUILD, item->message, item->code, err))
            return -1;
        ++*out;
    }
    attempt->count = kept;
    return 0;
}

// Where the first half holds, the fault is in the second: it need not be tried as a whole.
static int halves(struct optimize *o, struct optimize_tree *trees, struct optimize_candidate **set,
                  size_t count, struct flow_error *err)
{
    size_t half = count / 2, passed = 0;
    if (together(o, trees, set, half, err))
        return -1;
    for (size_t i = 0; i < half; i++)
        passed += set[i]->passed;
    set += half;
    count -= half;
    return passed == half && count > 1 && !optimize_over(o) ? halves(o, trees, set, count, err)
                                                            : together(o, trees, set, count, err);
}

struct singles {
    struct optimize *o;
    struct optimize_tree *trees;
    struct optimize_candidate **set;
};

static int try_single(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct singles *singles = payload;
    return together(singles->o, &singles->trees[worker], singles->set + item, 1, err);
}

// The errors do not tell which one: those that they point at are tried one by one, apart from the others, in
// several trees at once; such a build is the proof that each needs if it holds. Where they point at none,
// halves are tried.
static int divide(struct attempt *attempt, struct flow_error *err)
{
    size_t count = attempt->count, first = 0;
    struct optimize_candidate **parts = calloc(count + 1, sizeof(struct optimize_candidate *));
    if (!parts)
        return flow_error_nomem(err);
    for (size_t i = 0; i < count; i++)
        if (!attempt->blame[i])
            parts[first++] = attempt->set[i];
    for (size_t i = 0, at = first; i < count; i++)
        if (attempt->blame[i])
            parts[at++] = attempt->set[i];
    memcpy(attempt->set, parts, count * sizeof(struct optimize_candidate *));
    free(parts);
    if (first == count)
        return halves(attempt->o, attempt->trees, attempt->set, count, err);
    if (together(attempt->o, attempt->trees, attempt->set, first, err))
        return -1;
    struct singles singles = {attempt->o, attempt->trees, attempt->set + first};
    return flow_thread_each(attempt->o->trees, count - first, try_single, &singles, err);
}

// A build that failed. *again: some are out, and the others can be built.
static int sort_out(struct attempt *attempt, const struct optimize_said *said, bool *again,
                    struct flow_error *err)
{
    struct flow_diagnostics list;
    size_t out = 0;
    *again = false;
    if (optimize_diagnostics(attempt->o, attempt->trees, said, &list, err))
        return -1;
    blame_all(attempt, &list);
    int result = 0;
    if (attempt->count == 1) {
        const struct flow_diagnostic *item = attempt->blame[0];
        for (size_t i = 0; !item && i < list.count; i++)
            if (list.items[i].severity == FLOW_SEVERITY_ERROR)
                item = &list.items[i];
        result = fail(attempt->o, attempt->set[0], FLOW_OPTIMIZE_BUILD, item ? item->message : said->why,
                      item ? item->code : NULL, err);
    } else {
        result = take_out(attempt, &out, err);
        *again = out > 0 && attempt->count > 0;
        if (result == 0 && out == 0)
            result = divide(attempt, err);
    }
    flow_diagnostics_release(&list);
    return result;
}

// Builds until it succeeds or nobody is left. 1: it did; 0: all are settled.
static int build(struct attempt *attempt, struct flow_error *err)
{
    struct optimize *o = attempt->o;
    for (;;) {
        struct optimize_said said;
        bool again;
        optimize_doing(o, "building %zu candidates together, build %zu", attempt->count,
                       optimize_count(o, &o->outcome->builds));
        if (optimize_tree_set(o, attempt->trees, attempt->set, attempt->count, err) ||
            optimize_run(o, attempt->trees, o->build, &said, NULL, err))
            return -1;
        bool good = said.good;
        int result = good ? 0 : sort_out(attempt, &said, &again, err);
        int warned =
            good && attempt->count == 1 ? optimize_warned(o, attempt->trees, &said, attempt->set[0], err) : 0;
        optimize_said_release(&said);
        if (result || warned < 0)
            return -1;
        if (good || !again)
            return good && warned == 0;
    }
}

static int keep_proof(struct optimize *o, struct optimize_candidate *candidate, const char *why,
                      struct flow_error *err)
{
    pthread_mutex_lock(&o->mutex);
    candidate->proof = optimize_words(o, why, strlen(why));
    pthread_mutex_unlock(&o->mutex);
    return candidate->proof ? 0 : flow_error_nomem(err);
}

// Tests that fail. Those that a compiler points at are out, and the others are tried again; else halves are.
static int sort_out_tests(struct attempt *attempt, const struct flow_diagnostics *list, const char *why,
                          bool *again, struct flow_error *err)
{
    struct optimize *o = attempt->o;
    size_t out = 0;
    blame_all(attempt, list);
    if (take_out(attempt, &out, err))
        return -1;
    *again = out > 0 && attempt->count > 0;
    if (out > 0)
        return 0;
    return attempt->count > 1 ? halves(o, attempt->trees, attempt->set, attempt->count, err)
                              : fail(o, attempt->set[0], FLOW_OPTIMIZE_TESTS, why, NULL, err);
}

static int test(struct attempt *attempt, bool *again, struct flow_error *err)
{
    struct optimize *o = attempt->o;
    struct flow_diagnostics list;
    size_t failed = 0;
    char why[400];
    optimize_doing(o, "testing %zu candidates together, test run %zu", attempt->count,
                   optimize_count(o, &o->outcome->tests));
    if (optimize_compare(o, attempt->trees, &failed, why, sizeof why, &list, err))
        return -1;
    int result = failed > 0 ? sort_out_tests(attempt, &list, why, again, err) : 0;
    flow_diagnostics_release(&list);
    if (result || failed > 0)
        return result;
    if (attempt->count == 1 && keep_proof(o, attempt->set[0], why, err))
        return -1;
    for (size_t i = 0; i < attempt->count; i++)
        if (optimize_settle_passed(o, attempt->set[i], err))
            return -1;
    return 0;
}

static int by_place(const void *a, const void *b)
{
    const struct optimize_candidate *left = *(struct optimize_candidate *const *)a;
    const struct optimize_candidate *right = *(struct optimize_candidate *const *)b;
    return left < right ? -1 : left > right;
}

static int together(struct optimize *o, struct optimize_tree *trees, struct optimize_candidate **set,
                    size_t count, struct flow_error *err)
{
    struct attempt attempt = {.o = o, .trees = trees, .set = set, .count = count};
    if (count == 0 || optimize_over(o))
        return 0;
    qsort(set, count, sizeof(struct optimize_candidate *), by_place);
    attempt.blame = calloc(count, sizeof(const struct flow_diagnostic *));
    attempt.guilty = calloc(count, sizeof *attempt.guilty);
    int result = attempt.blame && attempt.guilty ? 0 : flow_error_nomem(err);
    for (bool again = true; again && result == 0 && !optimize_over(o);) {
        again = false;
        result = build(&attempt, err);
        if (result == 1)
            result = test(&attempt, &again, err);
    }
    free(attempt.guilty);
    free(attempt.blame);
    return result;
}

static bool is_pending(const struct optimize_candidate *candidate, bool hot)
{
    return candidate->state == FLOW_OPTIMIZE_OPEN && candidate->text && !candidate->passed &&
           (!hot || candidate->heat > 0);
}

// Candidates that do not touch each other, the most that go together from the top of each file.
static int choose(struct optimize *o, bool hot, const bool *tried, struct optimize_candidate **set,
                  size_t *count, struct flow_error *err)
{
    *count = 0;
    for (size_t i = 0; i < o->count; i++) {
        struct optimize_candidate *candidate = &o->items[i];
        if (tried[i] || !is_pending(candidate, hot))
            continue;
        if (optimize_other(o, candidate)) {
            if (optimize_settle(o, candidate, FLOW_OPTIMIZE_TWICE,
                                "another rewrite of this place by the same pass holds", err))
                return -1;
            continue;
        }
        bool free_place = true;
        for (size_t j = *count; j > 0 && free_place; j--)
            free_place = !optimize_touch(set[j - 1], candidate);
        if (free_place)
            set[(*count)++] = candidate;
    }
    return 0;
}

int optimize_together(struct optimize *o, struct optimize_tree *trees, bool hot, struct flow_error *err)
{
    struct optimize_candidate **set = calloc(o->count + 1, sizeof(struct optimize_candidate *));
    bool *tried = calloc(o->count + 1, sizeof *tried);
    int result = set && tried ? 0 : flow_error_nomem(err);
    size_t count = 1;
    while (result == 0 && count > 0 && !optimize_over(o)) {
        result = choose(o, hot, tried, set, &count, err);
        for (size_t i = 0; i < count; i++)
            tried[set[i] - o->items] = true;
        o->outcome->tried += count;
        if (result == 0)
            result = together(o, trees, set, count, err);
    }
    free(tried);
    free(set);
    return result;
}
