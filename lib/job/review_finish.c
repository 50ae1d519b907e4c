// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "review_hearing.h"

static const char *keep(struct hearing *hearing, const char *text)
{
    return flow_arena_str(&hearing->outcome->arena, text);
}

// Why a finding does not count; NULL where it does.
static const char *dismissed(const struct hearing *hearing, const struct flow_finding *finding)
{
    if (!finding->proven)
        return "the lines that it quotes do not exist";
    for (size_t i = 0; i < hearing->shown_count && hearing->outcome->judged; i++)
        if (hearing->shown[i] == finding && !hearing->judgement.items[i].upheld)
            return hearing->judgement.items[i].reason;
    return NULL;
}

static int add_finding(struct hearing *hearing, unsigned lens, const struct flow_finding *finding,
                       struct flow_error *err)
{
    struct flow_review_outcome *outcome = hearing->outcome;
    const char *why = dismissed(hearing, finding);
    struct flow_review_finding *out = &outcome->findings[outcome->count++];
    // Of a port, what a finding is about is the file that was written.
    const char *file = hearing->subject.change ? finding->file : hearing->subject.targets[0].path;
    *out = (struct flow_review_finding){
        .file = keep(hearing, file),
        .line = finding->target_line,
        .was = finding->source_line,
        .severity = keep(hearing, finding->severity),
        .by = review_lenses[lens],
        .claim = keep(hearing, finding->claim),
        .fix = keep(hearing, finding->fix),
        .before = keep(hearing, finding->source_quote),
        .after = keep(hearing, finding->target_quote),
        .dismissed = why ? keep(hearing, why) : NULL,
    };
    outcome->reported += !why;
    return out->file && out->severity && out->claim && out->fix && out->before && out->after &&
                   (!why || out->dismissed)
               ? 0
               : flow_error_nomem(err);
}

// The ledger learns what the judge says, for flow-log.
struct fates {
    const struct hearing *hearing;
    struct flow_error *err;
    size_t seen;
    int result;
};

static int put_fate(const struct flow_finding_row *row, void *payload)
{
    struct fates *fates = payload;
    const struct hearing *hearing = fates->hearing;
    size_t at = fates->seen;
    if (strcmp(row->fate, "unproven") == 0)
        return 0;
    fates->seen++;
    if (at < hearing->judgement.count && !hearing->judgement.items[at].upheld)
        fates->result = flow_ledger_finding_fate(hearing->env->ledger, row->id, "rejected",
                                                 hearing->judgement.items[at].reason, fates->err);
    return fates->result;
}

int review_finish(struct hearing *hearing, struct flow_error *err)
{
    struct flow_review_outcome *outcome = hearing->outcome;
    const struct review *review = &hearing->review;
    size_t most = review->verdicts[0].count + review->verdicts[1].count;
    outcome->findings = flow_arena_alloc(&outcome->arena, (most + 1) * sizeof *outcome->findings);
    if (!outcome->findings)
        return flow_error_nomem(err);
    for (unsigned lens = 0; lens < REVIEW_LENSES; lens++) {
        outcome->accepts[lens] = review->verdicts[lens].accept;
        for (size_t i = 0; i < review->verdicts[lens].count; i++)
            if (add_finding(hearing, lens, &review->verdicts[lens].items[i], err))
                return -1;
    }
    outcome->reviewed = true;
    struct fates fates = {.hearing = hearing, .err = err};
    if (outcome->judged && (flow_ledger_findings(hearing->env->ledger, hearing->env->run, hearing->label,
                                                 put_fate, &fates, err) ||
                            fates.result))
        return -1;
    char text[200];
    snprintf(text, sizeof text, "%.120s: %zu findings, %zu of them dismissed", hearing->subject.words.data,
             outcome->count, outcome->count - outcome->reported);
    return flow_ledger_event(hearing->env->ledger, hearing->env->run, "review", hearing->label, text, err);
}
