// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>

#include "review_job.h"

static const char *keep(struct job *job, const char *text)
{
    return flow_arena_str(&job->outcome->arena, text);
}

// Why a finding does not count; NULL where it does.
static const char *dismissed(const struct job *job, const struct flow_finding *finding)
{
    if (!finding->proven)
        return "the lines that it quotes do not exist";
    for (size_t i = 0; i < job->shown_count && job->outcome->judged; i++)
        if (job->shown[i] == finding && !job->judgement.items[i].upheld)
            return job->judgement.items[i].reason;
    return NULL;
}

static int add_finding(struct job *job, unsigned lens, const struct flow_finding *finding,
                       struct flow_error *err)
{
    struct flow_review_outcome *outcome = job->outcome;
    const char *why = dismissed(job, finding);
    struct flow_review_finding *out = &outcome->findings[outcome->count++];
    // Of a port, what a finding is about is the file that was written.
    const char *file = job->subject.change ? finding->file : job->subject.targets[0].path;
    *out = (struct flow_review_finding){
        .file = keep(job, file),
        .line = finding->target_line,
        .was = finding->source_line,
        .severity = keep(job, finding->severity),
        .by = review_lenses[lens],
        .claim = keep(job, finding->claim),
        .fix = keep(job, finding->fix),
        .before = keep(job, finding->source_quote),
        .after = keep(job, finding->target_quote),
        .dismissed = why ? keep(job, why) : NULL,
    };
    outcome->reported += !why;
    return out->file && out->severity && out->claim && out->fix && out->before && out->after &&
                   (!why || out->dismissed)
               ? 0
               : flow_error_nomem(err);
}

// The ledger learns what the judge says, for flow-log.
struct fates {
    const struct job *job;
    struct flow_error *err;
    size_t seen;
    int result;
};

static int put_fate(const struct flow_finding_row *row, void *payload)
{
    struct fates *fates = payload;
    const struct job *job = fates->job;
    size_t at = fates->seen;
    if (strcmp(row->fate, "unproven") == 0)
        return 0;
    fates->seen++;
    if (at < job->judgement.count && !job->judgement.items[at].upheld)
        fates->result = flow_ledger_finding_fate(job->ledger, row->id, "rejected",
                                                 job->judgement.items[at].reason, fates->err);
    return fates->result;
}

int review_finish(struct job *job, struct flow_error *err)
{
    struct flow_review_outcome *outcome = job->outcome;
    const struct review *review = &job->review;
    size_t most = review->verdicts[0].count + review->verdicts[1].count;
    outcome->findings = flow_arena_alloc(&outcome->arena, (most + 1) * sizeof *outcome->findings);
    if (!outcome->findings)
        return flow_error_nomem(err);
    for (unsigned lens = 0; lens < REVIEW_LENSES; lens++) {
        outcome->accepts[lens] = review->verdicts[lens].accept;
        for (size_t i = 0; i < review->verdicts[lens].count; i++)
            if (add_finding(job, lens, &review->verdicts[lens].items[i], err))
                return -1;
    }
    outcome->reviewed = true;
    struct fates fates = {.job = job, .err = err};
    if (outcome->judged &&
        (flow_ledger_findings(job->ledger, job->env.run, job->label, put_fate, &fates, err) || fates.result))
        return -1;
    char text[200];
    snprintf(text, sizeof text, "%.120s: %zu findings, %zu of them dismissed", job->subject.words.data,
             outcome->count, outcome->count - outcome->reported);
    return flow_ledger_event(job->ledger, job->env.run, "review", job->label, text, err);
}
