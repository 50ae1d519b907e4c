// SPDX-License-Identifier: MIT
/*
 * Whether a round made it better. Numbers of errors do not tell: a compiler that comes further says what it
 * could not say before. What tells is which errors are gone.
 *
 * An error is the same by its file, code and message; its line moves with every edit. Where a file has
 * several that are the same, they are counted.
 */
#include <stdio.h>
#include <string.h>

#include "fix_private.h"

struct balance {
    intptr_t gone, fresh;
};

// Adds `by` to the number of each error of the file; of all files where it is NULL.
static int count_errors(const struct fix_build *build, const char *file, intptr_t by, struct flow_map *out,
                        struct flow_error *err)
{
    struct flow_buf key;
    int result = 0;
    flow_buf_init(&key, FLOW_BUF_FILE);
    for (size_t i = 0; !build->clean && i < build->list.count && result == 0; i++) {
        const struct flow_diagnostic *item = &build->list.items[i];
        const char *where = item->place.file ? item->place.file : "";
        if (item->severity != FLOW_SEVERITY_ERROR || (file && strcmp(where, file) != 0))
            continue;
        flow_buf_clear(&key);
        flow_buf_printf(&key, "%s\n%s\n%s", where, item->code ? item->code : "", item->message);
        union flow_map_value *value = key.failed ? NULL : flow_map_ensure(out, key.data, key.len, NULL);
        if (!value)
            result = flow_error_nomem(err);
        else
            value->num += by;
    }
    flow_buf_release(&key);
    return result;
}

static int add_balance(const char *key, union flow_map_value *value, void *payload)
{
    struct balance *balance = payload;
    (void)key;
    if (value->num > 0)
        balance->fresh += value->num;
    else
        balance->gone -= value->num;
    return 0;
}

// What went of the errors of a file, and what came.
static int weigh_file(const struct fix_build *before, const struct fix_build *after, const char *file,
                      struct balance *out, struct flow_error *err)
{
    struct flow_map *map = flow_map_new();
    *out = (struct balance){0};
    int result = map ? 0 : flow_error_nomem(err);
    if (result == 0)
        result = count_errors(after, file, 1, map, err);
    if (result == 0)
        result = count_errors(before, file, -1, map, err);
    if (result == 0)
        flow_map_each(map, add_balance, out);
    flow_map_free(map);
    return result;
}

// The rule of the manual: new errors, and no more than half of the old ones gone.
static int weigh_unit(struct fix *fix, struct fix_unit *unit, const struct fix_build *before,
                      const struct fix_build *after, struct flow_error *err)
{
    struct balance balance;
    const char *file = fix_unit_file(fix, unit);
    size_t old = fix_build_errors(before, file);
    if (weigh_file(before, after, file, &balance, err))
        return -1;
    if (balance.fresh == 0 || 2 * (size_t)balance.gone > old)
        return 0;
    snprintf(unit->why, sizeof unit->why, "it brought %zd new errors into the file, and mended %zd of %zu",
             (ssize_t)balance.fresh, (ssize_t)balance.gone, old);
    return 1;
}

int fix_weigh(struct fix *fix, const struct fix_build *before, const struct fix_build *after, size_t *out,
              struct flow_error *err)
{
    const char *all = NULL;
    *out = 0;
    if (!after->clean && after->errors == 0)
        all = "the build failed after it in a way that could not be read";
    else if (before->clean && !after->clean)
        all = "it broke a build that was clean";
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (!unit->changes)
            continue;
        int worse = 1;
        if (all)
            snprintf(unit->why, sizeof unit->why, "%s", all);
        else
            worse = weigh_unit(fix, unit, before, after, err);
        if (worse < 0)
            return -1;
        unit->worse = worse == 1;
        *out += unit->worse;
    }
    return 0;
}

/*
 * Tests. One that passed before a round and fails after it was broken by that, however many others it mends;
 * so was one that ran and does not any more. One that was not seen before, since something ended the tests
 * earlier, was not.
 */

#define BROKEN_MAX 50 /* tests that are traced: more are everybody's */

enum was { PASSED = 1, FAILED, OTHER };

static const char broken[] = ", which passed before, fails after it";
static const char gone[] = ", which ran before, does not any more";

struct verdict {
    struct fix *fix;
    const char *last; // that the tests printed
    size_t broken, mended;
    struct flow_error *err;
};

static union flow_map_value *outcome_of(struct flow_map *map, const struct flow_test_change *change,
                                        bool *added, struct flow_error *err)
{
    struct flow_buf key;
    flow_buf_init(&key, FLOW_BUF_FILE);
    fix_test_name(change, &key);
    union flow_map_value *value = key.failed ? NULL : flow_map_ensure(map, key.data, key.len, added);
    flow_buf_release(&key);
    if (!value)
        flow_error_nomem(err);
    return value;
}

// What ran, and what counts as a failure; what is skipped did neither.
static int note_outcomes(const struct fix_tests *tests, struct flow_map *out, struct flow_error *err)
{
    for (size_t i = 0; i < tests->comparison.count; i++) {
        const struct flow_test_change *change = &tests->comparison.items[i];
        bool fails = fix_is_failure(change), ran = change->now && change->now->outcome != FLOW_OUTCOME_SKIP;
        union flow_map_value *value = ran || fails ? outcome_of(out, change, NULL, err) : NULL;
        if (!value && (ran || fails))
            return -1;
        if (value)
            value->num = fails ? FAILED : change->now->outcome == FLOW_OUTCOME_PASS ? PASSED : OTHER;
    }
    return 0;
}

static void blame(struct fix_unit *unit, const struct flow_test_change *change, const char *how)
{
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    fix_test_name(change, &name);
    snprintf(unit->why, sizeof unit->why, "test %.120s%s", name.data, how);
    flow_buf_release(&name);
    unit->worse = true;
}

// The changes that a test is traced to which was broken; all of them, where it is traced to none.
static int judge(struct verdict *verdict, const struct flow_test_change *change, const char *how)
{
    struct fix *fix = verdict->fix;
    struct fix_unit *units[FIX_TRACE_MAX];
    size_t count = 0, blamed = 0;
    if (++verdict->broken <= BROKEN_MAX && fix_trace(fix, change, verdict->last, units, &count, verdict->err))
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (units[i]->changes && !units[i]->worse)
            blame(units[i], change, how);
        blamed += units[i]->changes;
    }
    for (size_t i = 0; blamed == 0 && i < fix->count; i++)
        if (fix->units[i].changes && !fix->units[i].worse)
            blame(&fix->units[i], change, how);
    return 0;
}

// What fails after the round.
static int judge_failures(struct verdict *verdict, const struct fix_tests *after, bool any_before,
                          struct flow_map *before)
{
    for (size_t i = 0; i < after->comparison.count; i++) {
        const struct flow_test_change *change = &after->comparison.items[i];
        bool added, fails = fix_is_failure(change);
        union flow_map_value *was = outcome_of(before, change, &added, verdict->err);
        if (!was)
            return -1;
        verdict->mended += was->num == FAILED && !fails;
        // The status of a command says nothing as long as tests fail.
        bool fresh = change->now && fix_is_status(change->now) ? !any_before : was->num == PASSED;
        const char *how = change->change == FLOW_CHANGE_DISAPPEARED ? gone : broken;
        if (fails && fresh && judge(verdict, change, how))
            return -1;
    }
    return 0;
}

// What does not run any more.
static int judge_gone(struct verdict *verdict, const struct fix_tests *before, struct flow_map *after)
{
    for (size_t i = 0; i < before->comparison.count; i++) {
        const struct flow_test_change *change = &before->comparison.items[i];
        bool added;
        if (!change->now || change->now->outcome == FLOW_OUTCOME_SKIP || fix_is_status(change->now))
            continue;
        union flow_map_value *now = outcome_of(after, change, &added, verdict->err);
        if (!now)
            return -1;
        const struct flow_test_change missing = {.before = change->now};
        if (added && judge(verdict, &missing, gone))
            return -1;
    }
    return 0;
}

// More failures than before, of which none is gone, are no progress either.
static void judge_count(struct verdict *verdict, const struct fix_tests *before,
                        const struct fix_tests *after)
{
    if (verdict->broken + verdict->mended > 0 || after->counts.fresh <= before->counts.fresh)
        return;
    for (size_t i = 0; i < verdict->fix->count; i++) {
        struct fix_unit *unit = &verdict->fix->units[i];
        snprintf(unit->why, sizeof unit->why, "after the round %zu tests failed, and %zu before",
                 after->counts.fresh, before->counts.fresh);
        unit->worse = unit->changes;
    }
}

int fix_weigh_tests(struct fix *fix, const struct fix_tests *before, const struct fix_tests *after,
                    size_t *out, struct flow_error *err)
{
    struct verdict verdict = {.fix = fix, .last = after->last, .err = err};
    *out = 0;
    if (!before->ran || !after->ran)
        return 0;
    struct flow_map *was = flow_map_new(), *is = flow_map_new();
    int result = was && is ? 0 : flow_error_nomem(err);
    if (result == 0)
        result = note_outcomes(before, was, err) || note_outcomes(after, is, err) ||
                         judge_failures(&verdict, after, before->counts.failed > 0, was) ||
                         judge_gone(&verdict, before, is)
                     ? -1
                     : 0;
    if (result == 0)
        judge_count(&verdict, before, after);
    for (size_t i = 0; i < fix->count; i++)
        *out += fix->units[i].changes && fix->units[i].worse;
    flow_map_free(is);
    flow_map_free(was);
    return result;
}

/*
 * Progress.
 */

static int count_failures(const struct fix_tests *tests, struct flow_map *out, struct flow_error *err)
{
    struct flow_buf key;
    int result = 0;
    flow_buf_init(&key, FLOW_BUF_LINE);
    for (size_t i = 0; tests->ran && i < tests->comparison.count && result == 0; i++) {
        if (!fix_is_failure(&tests->comparison.items[i]))
            continue;
        flow_buf_clear(&key);
        flow_buf_puts(&key, "test\n");
        fix_test_name(&tests->comparison.items[i], &key);
        union flow_map_value *value = key.failed ? NULL : flow_map_ensure(out, key.data, key.len, NULL);
        if (!value)
            result = flow_error_nomem(err);
        else
            value->num++;
    }
    flow_buf_release(&key);
    return result;
}

size_t fix_complaints(const struct fix_look *look)
{
    return look->build.clean ? look->tests.counts.fresh : look->build.errors;
}

struct meeting {
    struct flow_map *known;
    intptr_t met; /* complaints that were known */
    struct flow_error *err;
};

static int meet(const char *key, union flow_map_value *value, void *payload)
{
    struct meeting *meeting = payload;
    union flow_map_value *known = flow_map_ensure(meeting->known, key, strlen(key), NULL);
    if (!known)
        return flow_error_nomem(meeting->err);
    meeting->met += value->num < known->num ? value->num : known->num;
    if (known->num < value->num)
        known->num = value->num;
    return 0;
}

int fix_progress(struct fix *fix, const struct fix_look *look, size_t *known, struct flow_error *err)
{
    struct meeting meeting = {.known = fix->known, .err = err};
    struct flow_map *map = flow_map_new();
    int result = map ? count_errors(&look->build, NULL, 1, map, err) : flow_error_nomem(err);
    if (result == 0)
        result = count_failures(&look->tests, map, err);
    if (result == 0)
        result = flow_map_each(map, meet, &meeting);
    flow_map_free(map);
    *known = (size_t)meeting.met;
    return result;
}
