// SPDX-License-Identifier: MIT
/*
 * Two reviewers on each change that is proven, and a judge where they disagree: what one of them proves
 * against it, and nobody dismisses, keeps it from becoming a branch.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "optimize_private.h"

#define ROUNDS 100 /* of one candidate, with other bytes around it, or tried anew */

void optimize_put_judges(const struct optimize *o, const struct optimize_candidate *candidate,
                         struct flow_buf *out)
{
    const struct optimize_agents *agents = o->agents;
    if (candidate->pass->prompt) {
        flow_buf_puts(out, "written by ");
        flow_str_show(out, agents->model, strlen(agents->model));
    } else {
        flow_buf_puts(out, agents ? "template" : "template; no model");
    }
    for (size_t i = 0; agents && i < REVIEW_LENSES; i++) {
        flow_buf_puts(out, i == 0 ? ", reviewed by " : " and ");
        flow_str_show(out, agents->reviewers[i], strlen(agents->reviewers[i]));
    }
    if (candidate->split)
        flow_buf_puts(out, ", who disagreed, and a judge accepted it");
}

// The first finding that counts against it.
static const struct flow_review_finding *find_reason(const struct flow_review_outcome *outcome)
{
    for (size_t i = 0; i < outcome->count; i++)
        if (!outcome->findings[i].dismissed && strcmp(outcome->findings[i].severity, "minor") != 0)
            return &outcome->findings[i];
    return NULL;
}

static int reject(struct optimize *o, struct optimize_candidate *candidate,
                  const struct flow_review_finding *reason, struct flow_error *err)
{
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    flow_buf_printf(&why, "%s, by the reviewer of %s", reason->severity, reason->by);
    if (reason->line > 0)
        flow_buf_printf(&why, ", line %" PRIu32, reason->line);
    flow_buf_printf(&why, ": %s", reason->claim);
    int result = flow_buf_check(&why, "a finding", err);
    if (result == 0)
        result = optimize_settle(o, candidate, FLOW_OPTIMIZE_REJECTED, why.data, err);
    flow_buf_release(&why);
    return result ? -1 : 1;
}

// It stays open: what is in the way is not the change.
static int leave(struct optimize *o, struct optimize_candidate *candidate, const char *why,
                 struct flow_error *err)
{
    char text[400];
    snprintf(text, sizeof text, "holds, and is not reviewed: %s", why);
    pthread_mutex_lock(&o->mutex);
    candidate->why = optimize_words(o, text, strlen(text));
    pthread_mutex_unlock(&o->mutex);
    candidate->left = true;
    return candidate->why ? 1 : flow_error_nomem(err);
}

// The round of the ledger is the first one that is not taken by other bytes or by other calls: one that was
// begun with these, or a new one.
static int hold(struct hearing *hearing, struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    int result = -1;
    for (hearing->round = 1; hearing->round < ROUNDS; hearing->round++) {
        own = (struct flow_error)FLOW_ERROR_INIT;
        result = hearing_hold(hearing, &own);
        if (result >= 0 || own.code != FLOW_E_CONFLICT)
            break;
    }
    if (result && err)
        *err = own;
    return result;
}

static int hear(struct optimize *o, struct optimize_candidate *candidate, struct hearing *hearing,
                struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    optimize_label(candidate, hearing->label, sizeof hearing->label);
    hearing->vote = candidate->vote;
    int result = hearing_fill(hearing, err);
    if (result == 0)
        result = hold(hearing, &own);
    if (result == 1)
        return own.code != FLOW_E_INVALID ? leave(o, candidate, own.message, err)
               : optimize_settle(o, candidate, FLOW_OPTIMIZE_SILENT, own.message, err) ? -1
                                                                                       : 1;
    if (result) {
        if (err && own.code)
            *err = own;
        return -1;
    }
    const struct flow_review_finding *reason = find_reason(hearing->outcome);
    candidate->split = hearing->outcome->judged;
    return reason ? reject(o, candidate, reason, err) : 0;
}

static int review(struct optimize *o, struct optimize_candidate *candidate, const struct flow_buf *before,
                  const struct flow_buf *after, struct flow_error *err)
{
    struct optimize_agents *agents = o->agents;
    struct flow_review_outcome outcome = {0};
    struct hearing hearing;
    flow_arena_init(&outcome.arena);
    flow_strv_init(&outcome.left_out);
    hearing_init(&hearing, NULL);
    hearing.env = &agents->env;
    hearing.models = agents->reviewers;
    hearing.effort = agents->effort;
    hearing.templates = agents->templates + 1;
    hearing.outcome = &outcome;
    hearing.subject.ledger = o->ledger;
    hearing.subject.send = agents->send;
    hearing.subject.left_out = &outcome.left_out;
    hearing.subject.intent = candidate->pass->whole_about;
    flow_str_show(&hearing.subject.words, candidate->file->entry->path, strlen(candidate->file->entry->path));
    int result = subject_texts(&hearing.subject, candidate->file->entry->path, before, after, err);
    if (result == 0)
        result = hear(o, candidate, &hearing, err);
    hearing_release(&hearing);
    flow_review_outcome_release(&outcome);
    return result;
}

// 1 with the reason where it may not be sent, as it was or as it would be.
static int is_held(struct optimize *o, const char *path, const struct flow_buf *before,
                   const struct flow_buf *after, struct flow_buf *why, struct flow_error *err)
{
    struct flow_send *send = o->agents->send;
    int held = flow_send_check(send, path, after->data, after->len, why, err);
    return held ? held : flow_send_check(send, path, before->data, before->len, why, err);
}

int optimize_review(struct optimize *o, struct optimize_candidate *candidate, struct flow_error *err)
{
    struct flow_buf before, after, why;
    const char *path = candidate->file->entry->path;
    if (!o->agents)
        return 0;
    optimize_doing(o, "reviewing what holds in '%s'", path);
    flow_buf_init(&before, FLOW_BUF_FILE);
    flow_buf_init(&after, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    flow_buf_add(&before, candidate->file->text, candidate->file->len);
    int result =
        flow_buf_check(&before, path, err) || optimize_apply(candidate->file, &candidate, 1, &after, err)
            ? -1
            : is_held(o, path, &before, &after, &why, err);
    if (result == 1)
        result = leave(o, candidate, why.data, err);
    else if (result == 0)
        result = review(o, candidate, &before, &after, err);
    flow_buf_release(&why);
    flow_buf_release(&after);
    flow_buf_release(&before);
    return result;
}
