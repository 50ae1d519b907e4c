// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/buf.h"
#include "flow/base/map.h"
#include "flow/base/vec.h"
#include "flow/build/report.h"

const char *flow_change_name(enum flow_test_class change)
{
    static const char *const names[] = {"none",  "new failure", "known",   "flaky",
                                        "fixed", "disappeared", "new test"};
    return names[change];
}

// One test in all the baselines.
struct past {
    const struct flow_test *first;
    size_t passed, failed;
    bool seen; // it is there now
};

struct comparer {
    struct flow_comparison *out;
    size_t cap;
    struct flow_map *names; // suite and name -> index of its past, in the order in which they came
    struct past *past;
    size_t count, past_cap;
};

static bool fails(const struct flow_test *test)
{
    return test->outcome == FLOW_OUTCOME_FAIL || test->outcome == FLOW_OUTCOME_ERROR;
}

// The past of a test, made where there is none; NULL out of memory. With `find`, NULL also where there is
// none.
static struct past *past_of(struct comparer *comparer, const struct flow_test *test, bool find,
                            struct flow_error *err)
{
    struct flow_buf key;
    struct past *past = NULL;
    bool added = false;
    flow_buf_init(&key, FLOW_BUF_FILE);
    flow_buf_printf(&key, "%s\n%s", test->suite, test->name);
    if (flow_buf_check(&key, "name of a test", err))
        goto done;
    union flow_map_value *value = find ? flow_map_getn(comparer->names, key.data, key.len)
                                       : flow_map_ensure(comparer->names, key.data, key.len, &added);
    if (!value) {
        if (!find)
            flow_error_nomem(err);
        goto done;
    }
    if (added) {
        if (flow_grow(&comparer->past, &comparer->past_cap, comparer->count + 1, sizeof *comparer->past, err))
            goto done;
        value->num = (intptr_t)comparer->count;
        comparer->past[comparer->count++] = (struct past){.first = test};
    }
    past = &comparer->past[value->num];
done:
    flow_buf_release(&key);
    return past;
}

static enum flow_test_class judge(const struct past *past, const struct flow_test *now)
{
    bool ran = past->passed + past->failed > 0;
    bool flaky = past->passed > 0 && past->failed > 0;
    if (!now || now->outcome == FLOW_OUTCOME_SKIP) {
        if (flaky)
            return FLOW_CHANGE_FLAKY;
        return ran ? FLOW_CHANGE_DISAPPEARED : FLOW_CHANGE_NONE;
    }
    if (fails(now)) {
        if (flaky)
            return FLOW_CHANGE_FLAKY;
        return past->failed > 0 ? FLOW_CHANGE_KNOWN : FLOW_CHANGE_NEW_FAILURE;
    }
    return past->failed > 0 && past->passed == 0 ? FLOW_CHANGE_FIXED : FLOW_CHANGE_NONE;
}

static int add_change(struct comparer *comparer, enum flow_test_class change, const struct flow_test *before,
                      const struct flow_test *now, struct flow_error *err)
{
    struct flow_comparison *out = comparer->out;
    if (flow_grow(&out->items, &comparer->cap, out->count + 1, sizeof *out->items, err))
        return -1;
    out->items[out->count++] = (struct flow_test_change){change, before, now};
    out->counts[change]++;
    out->failures += change == FLOW_CHANGE_NEW_FAILURE || change == FLOW_CHANGE_DISAPPEARED ||
                     (change == FLOW_CHANGE_NEW_TEST && fails(now));
    return 0;
}

static int add_baseline(struct comparer *comparer, const struct flow_report *baseline, struct flow_error *err)
{
    for (size_t i = 0; i < baseline->count; i++) {
        const struct flow_test *test = &baseline->tests[i];
        struct past *past = past_of(comparer, test, false, err);
        if (!past)
            return -1;
        past->failed += fails(test);
        past->passed += test->outcome == FLOW_OUTCOME_PASS;
    }
    return 0;
}

static int compare(struct comparer *comparer, const struct flow_report *now, struct flow_error *err)
{
    for (size_t i = 0; i < now->count; i++) {
        const struct flow_test *test = &now->tests[i];
        struct flow_error why = FLOW_ERROR_INIT;
        struct past *past = past_of(comparer, test, true, &why);
        if (!past && why.code != FLOW_OK)
            return flow_error_set(err, why.code, "%s", why.message);
        if (past)
            past->seen = true;
        if (add_change(comparer, past ? judge(past, test) : FLOW_CHANGE_NEW_TEST, past ? past->first : NULL,
                       test, err))
            return -1;
    }
    for (size_t i = 0; i < comparer->count; i++) {
        const struct past *past = &comparer->past[i];
        if (!past->seen && add_change(comparer, judge(past, NULL), past->first, NULL, err))
            return -1;
    }
    return 0;
}

int flow_reports_compare(struct flow_comparison *out, const struct flow_report *baselines, size_t count,
                         const struct flow_report *now, struct flow_error *err)
{
    *out = (struct flow_comparison){.count = 0};
    struct comparer comparer = {.out = out, .names = flow_map_new()};
    int result = comparer.names ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = add_baseline(&comparer, &baselines[i], err);
    if (result == 0)
        result = compare(&comparer, now, err);
    flow_map_free(comparer.names);
    free(comparer.past);
    if (result < 0)
        flow_comparison_release(out);
    return result;
}

void flow_comparison_release(struct flow_comparison *comparison)
{
    free(comparison->items);
    *comparison = (struct flow_comparison){.count = 0};
}
