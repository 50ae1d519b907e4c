// SPDX-License-Identifier: MIT
/*
 * What became of candidates, over all runs: a value of the run for each, "STATE WHY", written as soon as it
 * is known. "passed" is one that held together with others and is still to be proven alone; so is "same"
 * where not only faster ones are wanted. "not-covered" has the base commit behind it: tests can change
 * without the code. What models were asked is no part of this: it is kept by what was asked.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "optimize_private.h"

#define CANDIDATE "candidate"
#define PASSED    "passed"

/* What was asked about a candidate before is not used again once it is tried anew: another value counts
 * that. */
#define VOTE      "vote"

static const char *const names[FLOW_OPTIMIZE_STATES] = {
    "open",   "kept", "known", "build-failed", "tests-failed", "not-covered",
    "slower", "same", "twice", "nothing",      "no-answer",    "rejected",
};

const char *flow_optimize_state_name(enum flow_optimize_state state)
{
    return names[state];
}

static void print_key(const char *kind, const struct optimize_candidate *candidate, struct flow_buf *out)
{
    flow_buf_printf(out, "%s %s", kind, candidate->id.hex);
}

static int put(struct optimize *o, const char *kind, const struct optimize_candidate *candidate,
               const char *state, const char *why, struct flow_error *err)
{
    struct flow_buf key, value;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_init(&value, FLOW_BUF_LINE);
    print_key(kind, candidate, &key);
    flow_buf_printf(&value, "%s %s", state, why ? why : "");
    int result = flow_buf_check(&key, "candidate", err) || flow_buf_check(&value, "candidate", err) ? -1 : 0;
    if (result == 0)
        result = flow_ledger_run_set(o->ledger, o->run, key.data, value.data, err);
    flow_buf_release(&value);
    flow_buf_release(&key);
    return result;
}

int optimize_settle(struct optimize *o, struct optimize_candidate *candidate, enum flow_optimize_state state,
                    const char *why, struct flow_error *err)
{
    pthread_mutex_lock(&o->mutex);
    const char *words = why ? optimize_words(o, why, strlen(why)) : NULL;
    pthread_mutex_unlock(&o->mutex);
    if (why && !words)
        return flow_error_nomem(err);
    candidate->state = state;
    candidate->why = words;
    if (state == FLOW_OPTIMIZE_TWICE)
        return 0;
    return put(o, CANDIDATE, candidate, names[state], state == FLOW_OPTIMIZE_UNTESTED ? o->base.hex : words,
               err);
}

int optimize_settle_passed(struct optimize *o, struct optimize_candidate *candidate, struct flow_error *err)
{
    candidate->passed = true;
    return put(o, CANDIDATE, candidate, PASSED, NULL, err);
}

const struct optimize_candidate *optimize_other(const struct optimize *o,
                                                const struct optimize_candidate *candidate)
{
    for (size_t i = 0; i < o->count; i++) {
        const struct optimize_candidate *other = &o->items[i];
        bool held =
            other->passed || other->state == FLOW_OPTIMIZE_KEPT || other->state == FLOW_OPTIMIZE_KNOWN;
        if (other != candidate && held && other->pass == candidate->pass && optimize_touch(other, candidate))
            return other;
    }
    return NULL;
}

// Whether a state of an earlier run still counts.
static bool is_valid(const struct optimize *o, enum flow_optimize_state state, const char *why)
{
    if (state == FLOW_OPTIMIZE_KEPT)
        return true;
    if (state == FLOW_OPTIMIZE_UNTESTED && (o->options->untested || strcmp(why, o->base.hex) != 0))
        return false;
    if (state == FLOW_OPTIMIZE_SAME && !o->options->only_faster)
        return false;
    return !o->options->fresh;
}

static bool is_word(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

// What an earlier run says of a candidate.
static int recall(struct optimize *o, struct optimize_candidate *candidate, const char *value,
                  struct flow_error *err)
{
    size_t len = strcspn(value, " ");
    const char *why = value[len] ? value + len + 1 : value + len;
    candidate->passed = is_word(value, len, PASSED) ||
                        (is_word(value, len, names[FLOW_OPTIMIZE_SAME]) && !o->options->only_faster);
    for (int i = FLOW_OPTIMIZE_KEPT; i < FLOW_OPTIMIZE_STATES; i++) {
        enum flow_optimize_state state = (enum flow_optimize_state)i;
        if (!is_word(value, len, names[i]))
            continue;
        candidate->again =
            o->options->fresh && state != FLOW_OPTIMIZE_UNTESTED && state != FLOW_OPTIMIZE_SAME;
        if (!is_valid(o, state, why))
            return 0;
        candidate->again = false;
        candidate->state = state == FLOW_OPTIMIZE_KEPT ? FLOW_OPTIMIZE_KNOWN : state;
        candidate->earlier = true;
        if (state == FLOW_OPTIMIZE_UNTESTED)
            why = "no test executed these lines";
        candidate->why = optimize_words(o, why, strlen(why));
        return candidate->why ? 0 : flow_error_nomem(err);
    }
    return 0;
}

// Appends a value of a candidate: 1; 0 where there is none.
static int get(struct optimize *o, const char *kind, const struct optimize_candidate *candidate,
               struct flow_buf *out, struct flow_error *err)
{
    struct flow_buf key;
    flow_buf_init(&key, FLOW_BUF_LINE);
    print_key(kind, candidate, &key);
    int found = o->ledger ? flow_ledger_run_get(o->ledger, o->run, key.data, out, err) : 0;
    flow_buf_release(&key);
    return found;
}

static int recall_all(struct optimize *o, struct optimize_candidate *candidate, struct flow_error *err)
{
    struct flow_buf value;
    flow_buf_init(&value, FLOW_BUF_LINE);
    int found = get(o, CANDIDATE, candidate, &value, err);
    int result = found < 0 ? -1 : 0;
    if (found == 1)
        result = recall(o, candidate, value.data, err);
    flow_buf_clear(&value);
    found = result == 0 ? get(o, VOTE, candidate, &value, err) : 0;
    if (found == 1)
        candidate->vote = (unsigned)strtoul(value.data, NULL, 10);
    flow_buf_release(&value);
    return found < 0 ? -1 : result;
}

int optimize_retry(struct optimize *o, struct flow_error *err)
{
    char vote[16];
    for (size_t i = 0; i < o->count; i++) {
        struct optimize_candidate *candidate = &o->items[i];
        if (!candidate->again)
            continue;
        snprintf(vote, sizeof vote, "%u", candidate->vote + 1);
        if (put(o, VOTE, candidate, vote, NULL, err) ||
            put(o, CANDIDATE, candidate, names[FLOW_OPTIMIZE_OPEN], NULL, err))
            return -1;
        candidate->vote++;
        candidate->again = false;
    }
    return 0;
}

static int look_up(struct optimize *o, struct optimize_candidate *candidate, struct flow_error *err)
{
    struct flow_id tip;
    struct flow_error own = FLOW_ERROR_INIT;
    int result = recall_all(o, candidate, err);
    bool there = flow_repo_ref(o->options->repo, candidate->branch, &tip, &own) == 0;
    // A run may have ended between the branch and the ledger.
    if (result == 0 && candidate->state == FLOW_OPTIMIZE_OPEN && there) {
        candidate->state = FLOW_OPTIMIZE_KNOWN;
        candidate->earlier = true;
    }
    candidate->gone = candidate->state == FLOW_OPTIMIZE_KNOWN && !there;
    return result;
}

int optimize_known(struct optimize *o, struct flow_error *err)
{
    for (size_t i = 0; i < o->count; i++)
        if (look_up(o, &o->items[i], err))
            return -1;
    for (size_t i = 0; i < o->count; i++) {
        struct optimize_candidate *candidate = &o->items[i];
        if (candidate->state == FLOW_OPTIMIZE_OPEN && !candidate->passed && optimize_other(o, candidate)) {
            candidate->state = FLOW_OPTIMIZE_TWICE;
            candidate->earlier = true;
        }
        o->outcome->earlier += candidate->earlier;
    }
    return 0;
}
