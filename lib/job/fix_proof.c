// SPDX-License-Identifier: MIT
/*
 * What a run of the ported tests against the old program proves: which unit a test stands in, which units
 * are oracles by that, and which tests of the old suite are not among them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/base/file.h"
#include "flow/base/str.h"

#define LISTED_MAX 50 /* of each kind, one by one */

/*
 * Which test is whose.
 */

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

// Whether text has it, and not only as a part of a longer word.
static bool has_word(const char *text, const char *word, size_t len)
{
    for (const char *at = strstr(text, word); len > 0 && at; at = strstr(at + 1, word))
        if ((at == text || !is_word(at[-1])) && !is_word(at[len]))
            return true;
    return false;
}

// The last part of a name like "util::tests::adds".
static const char *last_part(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

// Whether the report calls the test by its file: "check::adds", or "adds" in "test/sum.test.js".
static bool is_named(const struct fix_unit *unit, const struct flow_test *test)
{
    const char *base = flow_path_base(unit->path);
    char stem[256], folder[512];
    size_t len = (size_t)(flow_path_ext(base) - base);
    if (len == 0 || len >= sizeof stem)
        return false;
    memcpy(stem, base, len);
    stem[len] = '\0';
    snprintf(folder, sizeof folder, "%.*s", (int)(last_part(test->name) - test->name), test->name);
    return has_word(test->suite, stem, len) || has_word(folder, stem, len);
}

struct candidates {
    struct fix_unit *last;
    size_t count;
};

static void add_candidate(struct candidates *list, struct fix_unit *unit)
{
    list->last = unit;
    list->count++;
}

// Those whose text has the name: of those that the report names, where there are any.
static int find_text(struct fix *fix, const struct flow_test *test, bool named, struct candidates *out,
                     struct flow_error *err)
{
    const char *word = last_part(test->name);
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (!unit->test || (named && !is_named(unit, test)))
            continue;
        if (fix_unit_read(fix, unit, err))
            return -1;
        if (has_word(unit->text.data, word, strlen(word)))
            add_candidate(out, unit);
    }
    return 0;
}

// The one that the report names; else the only one whose text has the name; else the only one that there is.
int fix_proof_unit(struct fix *fix, const struct flow_test *test, struct fix_unit **out,
                   struct flow_error *err)
{
    struct candidates all = {0}, named = {0}, text = {0};
    struct fix_unit *there = test->file ? fix_unit_called(fix, test->file) : NULL;
    *out = there && there->test ? there : NULL;
    for (size_t i = 0; i < fix->count && !*out; i++) {
        if (!fix->units[i].test)
            continue;
        add_candidate(&all, &fix->units[i]);
        if (is_named(&fix->units[i], test))
            add_candidate(&named, &fix->units[i]);
    }
    if (*out)
        return 0;
    const struct candidates *found = named.count == 1 ? &named : &all;
    if (found->count > 1) {
        if (find_text(fix, test, named.count > 1, &text, err))
            return -1;
        found = &text;
    }
    *out = found->count == 1 ? found->last : NULL;
    return 0;
}

/*
 * By name.
 */

// A name without what a language's spelling adds to it: "adds two" and "tests::adds_two" are one.
static void plain_name(const char *name, struct flow_buf *out)
{
    flow_buf_clear(out);
    for (const char *at = last_part(name); *at; at++)
        if (isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80)
            flow_buf_putc(out, (char)tolower((unsigned char)*at));
}

static bool fails(const struct flow_test *test)
{
    return test->outcome == FLOW_OUTCOME_FAIL || test->outcome == FLOW_OUTCOME_ERROR;
}

static bool ran(const struct flow_test *test)
{
    return test->outcome != FLOW_OUTCOME_SKIP && !fix_is_status(test);
}

static int add_names(const struct flow_report *report, struct flow_map *out, struct flow_error *err)
{
    struct flow_buf name;
    int result = 0;
    flow_buf_init(&name, FLOW_BUF_FILE);
    for (size_t i = 0; i < report->count && result == 0; i++) {
        if (!ran(&report->tests[i]))
            continue;
        plain_name(report->tests[i].name, &name);
        result = flow_buf_check(&name, "name of a test", err) ? -1 : flow_map_set_num(out, name.data, 1, err);
    }
    flow_buf_release(&name);
    return result;
}

// How many of that name ran with the old program in its own suite, and how many passed.
static void count_old(const struct fix *fix, const char *name, size_t *ran, size_t *passed)
{
    struct flow_buf other;
    flow_buf_init(&other, FLOW_BUF_FILE);
    for (size_t i = 0; i < fix->baseline_count; i++)
        for (size_t k = 0; k < fix->baselines[i].count; k++) {
            const struct flow_test *test = &fix->baselines[i].tests[k];
            plain_name(test->name, &other);
            bool same = !other.failed && !fix_is_status(test) && strcmp(other.data, name) == 0;
            *ran += same && (fails(test) || test->outcome == FLOW_OUTCOME_PASS);
            *passed += same && test->outcome == FLOW_OUTCOME_PASS;
        }
    flow_buf_release(&other);
}

static int disproof_key(const struct fix_unit *unit, const struct flow_test *test, struct flow_buf *out,
                        struct flow_error *err)
{
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_FILE);
    plain_name(test->name, &name);
    flow_buf_clear(out);
    flow_buf_printf(out, "%s\n%s", unit->id, name.data);
    int result =
        flow_buf_check(&name, "name of a test", err) || flow_buf_check(out, "name of a test", err) ? -1 : 0;
    flow_buf_release(&name);
    return result;
}

// 1: the old program fails it.
static int is_disproven(struct fix *fix, const struct flow_test *test, struct flow_error *err)
{
    struct fix_unit *unit;
    struct flow_buf key;
    if (!fix->disproven)
        return 0;
    if (fix_proof_unit(fix, test, &unit, err))
        return -1;
    if (!unit || unit->disproven)
        return unit != NULL;
    flow_buf_init(&key, FLOW_BUF_FILE);
    int result = disproof_key(unit, test, &key, err);
    if (result == 0)
        result = flow_map_get(fix->disproven, key.data) != NULL;
    flow_buf_release(&key);
    return result;
}

// 1: so it is in its own suite.
static int fails_there(struct fix *fix, const struct flow_test *test, struct flow_error *err)
{
    struct flow_buf name;
    size_t ran = 0, passed = 0;
    flow_buf_init(&name, FLOW_BUF_FILE);
    plain_name(test->name, &name);
    int result = flow_buf_check(&name, "name of a test", err);
    if (result == 0)
        count_old(fix, name.data, &ran, &passed);
    flow_buf_release(&name);
    return result == 0 ? ran > 0 && passed == 0 : -1;
}

static void reclass(struct flow_comparison *comparison, struct flow_test_change *change,
                    enum flow_test_class to)
{
    comparison->counts[change->change]--;
    comparison->counts[to]++;
    comparison->failures--;
    change->change = to;
}

static int take_for_known(struct fix *fix, struct flow_comparison *comparison, struct flow_error *err)
{
    for (size_t i = 0; i < comparison->count; i++) {
        struct flow_test_change *change = &comparison->items[i];
        if (change->change != FLOW_CHANGE_NEW_TEST || !fails(change->now))
            continue;
        int known = fix->proving ? fails_there(fix, change->now, err) : is_disproven(fix, change->now, err);
        if (known < 0)
            return -1;
        if (known == 1)
            reclass(comparison, change, FLOW_CHANGE_KNOWN);
    }
    return 0;
}

// Old tests in whose place a ported one runs.
static int take_for_ported(struct fix *fix, struct flow_comparison *comparison, const struct flow_report *now,
                           struct flow_error *err)
{
    struct flow_map *names = flow_map_new();
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_FILE);
    int result = names ? add_names(now, names, err) : flow_error_nomem(err);
    for (size_t i = 0; i < comparison->count && result == 0; i++) {
        struct flow_test_change *change = &comparison->items[i];
        if (change->change != FLOW_CHANGE_DISAPPEARED || change->now)
            continue;
        plain_name(change->before->name, &name);
        result = flow_buf_check(&name, "name of a test", err);
        if (result == 0 && flow_map_get(names, name.data) && flow_map_get(fix->stand_in, name.data))
            reclass(comparison, change, FLOW_CHANGE_NONE);
    }
    flow_buf_release(&name);
    flow_map_free(names);
    return result;
}

int fix_proof_known(struct fix *fix, struct flow_comparison *comparison, const struct flow_report *now,
                    struct flow_error *err)
{
    if (take_for_known(fix, comparison, err))
        return -1;
    return fix->stand_in && !fix->proving ? take_for_ported(fix, comparison, now, err) : 0;
}

/*
 * The census.
 */

static int list(struct fix *fix, const char *what, const char *why, struct flow_error *err)
{
    struct flow_strv *out = &fix->outcome->unproven;
    return flow_strv_add(out, what, err) || flow_strv_add(out, why, err) ? -1 : 0;
}

static int list_more(struct fix *fix, size_t count, const char *what, struct flow_error *err)
{
    char more[100];
    if (count <= LISTED_MAX)
        return 0;
    snprintf(more, sizeof more, "%zu more %s", count - LISTED_MAX, what);
    return list(fix, "…", more, err);
}

static int list_failure(struct fix *fix, const struct flow_test_change *change, struct flow_error *err)
{
    const char *output = change->now->output;
    size_t len = flow_str_first_line(output, strlen(output), 300);
    struct flow_buf name, why;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    fix_test_name(change, &name);
    flow_buf_puts(&why, "not proven: it fails against the old program");
    if (change->change == FLOW_CHANGE_KNOWN)
        flow_buf_puts(&why, ", as the one of its name in the old suite");
    if (len > 0)
        flow_buf_puts(&why, ": ");
    flow_str_show(&why, output, len);
    int result = flow_buf_check(&name, "name of a test", err) || flow_buf_check(&why, "output", err) ||
                         list(fix, name.data, why.data, err)
                     ? -1
                     : 0;
    flow_buf_release(&why);
    flow_buf_release(&name);
    return result;
}

struct tally {
    size_t passed, failed;
};

// It judges nothing with the port.
static int disprove(struct fix *fix, const struct fix_unit *unit, const struct flow_test *test,
                    struct flow_error *err)
{
    struct flow_buf key;
    flow_buf_init(&key, FLOW_BUF_FILE);
    int result = disproof_key(unit, test, &key, err);
    if (result == 0)
        result = flow_map_set_num(fix->disproven, key.data, 1, err);
    flow_buf_release(&key);
    return result;
}

static int count_tests(struct fix *fix, const struct fix_tests *tests, struct tally *tallies,
                       struct flow_error *err)
{
    struct flow_fix_outcome *outcome = fix->outcome;
    size_t failed = 0;
    for (size_t i = 0; tests->ran && i < tests->comparison.count; i++) {
        const struct flow_test_change *change = &tests->comparison.items[i];
        struct fix_unit *unit;
        if (!change->now || change->now->outcome == FLOW_OUTCOME_SKIP)
            continue;
        bool passed = change->now->outcome == FLOW_OUTCOME_PASS;
        if (fix_proof_unit(fix, change->now, &unit, err))
            return -1;
        if (unit && passed)
            tallies[unit - fix->units].passed++;
        else if (unit && disprove(fix, unit, change->now, err))
            return -1;
        else if (unit)
            tallies[unit - fix->units].failed++;
        outcome->proven += passed;
        outcome->disproven += fix_is_failure(change);
        outcome->undecided += !passed && !fix_is_failure(change);
        if (!passed && ++failed <= LISTED_MAX && list_failure(fix, change, err))
            return -1;
    }
    return list_more(fix, failed, "tests", err);
}

static int count_errors(struct fix *fix, const struct fix_build *build, struct tally *tallies,
                        struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        size_t errors = unit->test ? fix_build_errors(build, fix_unit_file(fix, unit)) : 0;
        if (errors == 0)
            continue;
        tallies[i].failed += errors;
        unit->disproven = true;
        fix->outcome->disproven++;
        if (list(fix, unit->path, "not proven: it does not compile against the old program", err))
            return -1;
    }
    return 0;
}

static int settle_units(struct fix *fix, const struct tally *tallies, struct flow_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (!unit->test)
            continue;
        unit->proven = tallies[i].passed > 0;
        if (tallies[i].passed + tallies[i].failed > 0 || ++count > LISTED_MAX)
            continue;
        if (list(fix, unit->path, "not proven: no test of it ran against the old program", err))
            return -1;
    }
    fix->outcome->undecided += count;
    return list_more(fix, count, "files of tests", err);
}

/*
 * What was lost.
 */

// The tests of the old program that have no ported one of their name; *count of them.
static int find_lost(struct fix *fix, bool listing, size_t *count, struct flow_error *err)
{
    const struct flow_report *old = &fix->baselines[0];
    struct flow_buf name;
    int result = 0;
    *count = 0;
    flow_buf_init(&name, FLOW_BUF_FILE);
    for (size_t i = 0; i < old->count && result == 0; i++) {
        if (!ran(&old->tests[i]))
            continue;
        plain_name(old->tests[i].name, &name);
        const struct flow_test_change gone = {.before = &old->tests[i]};
        struct flow_buf shown;
        if (flow_map_get(fix->stand_in, name.data) || ++*count > LISTED_MAX || !listing)
            continue;
        flow_buf_init(&shown, FLOW_BUF_LINE);
        fix_test_name(&gone, &shown);
        result = flow_buf_check(&shown, "name of a test", err) ||
                         list(fix, shown.data, "lost: no ported test of that name ran", err)
                     ? -1
                     : 0;
        flow_buf_release(&shown);
    }
    flow_buf_release(&name);
    return result;
}

// By name where names were kept; else all that can be told is that there are fewer.
static int list_lost(struct fix *fix, const struct flow_report *report, struct flow_error *err)
{
    size_t now = 0, old = 0, lost = 0;
    char why[120];
    for (size_t i = 0; i < report->count; i++)
        now += ran(&report->tests[i]);
    for (size_t i = 0; i < fix->baselines[0].count; i++)
        old += ran(&fix->baselines[0].tests[i]);
    int result = find_lost(fix, false, &lost, err);
    if (result == 0 && lost < old)
        result = find_lost(fix, true, &lost, err) || list_more(fix, lost, "tests are lost", err) ? -1 : 0;
    snprintf(why, sizeof why, "fewer: %zu ran, and %zu of the old program", now, old);
    if (result == 0 && lost == old && now < old)
        result = list(fix, "ported tests", why, err);
    return result;
}

int fix_proof_count(struct fix *fix, const struct fix_look *look, struct flow_error *err)
{
    struct tally *tallies = calloc(fix->count + 1, sizeof *tallies);
    fix->disproven = flow_map_new();
    fix->stand_in = flow_map_new();
    fix->outcome->proved = true;
    int result = !tallies || !fix->disproven || !fix->stand_in ? flow_error_nomem(err) : 0;
    if (result == 0 && look->tests.ran)
        result = add_names(&look->tests.report, fix->stand_in, err);
    if (result == 0)
        result = count_tests(fix, &look->tests, tallies, err) ||
                         count_errors(fix, &look->build, tallies, err) || settle_units(fix, tallies, err)
                     ? -1
                     : 0;
    if (result == 0 && look->tests.ran && fix->baseline_count > 0)
        result = list_lost(fix, &look->tests.report, err);
    free(tallies);
    return result;
}
