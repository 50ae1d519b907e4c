// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "review_hearing.h"

static void show_finding(struct hearing *hearing, struct flow_buf *out, unsigned lens,
                         const struct flow_finding *finding)
{
    hearing->shown[hearing->shown_count++] = finding;
    flow_buf_printf(out, "%zu. %s, by the reviewer of %s, who %s. `", hearing->shown_count, finding->severity,
                    review_lenses[lens], hearing->review.verdicts[lens].accept ? "accepts" : "rejects");
    flow_str_show(out, finding->file, strlen(finding->file));
    flow_buf_printf(out, "`, line %" PRIu32 " (before: %" PRIu32 "):\n\n", finding->target_line,
                    finding->source_line);
    flow_prompt_fence(out, "", finding->claim, strlen(finding->claim), 0);
    if (*finding->source_quote) {
        flow_buf_puts(out, "\nquoted of what was before, or of the source:\n\n");
        flow_prompt_fence(out, "", finding->source_quote, strlen(finding->source_quote), 0);
    }
    if (*finding->target_quote) {
        flow_buf_puts(out, "\nquoted of what is now:\n\n");
        flow_prompt_fence(out, "", finding->target_quote, strlen(finding->target_quote), 0);
    }
    flow_buf_putc(out, '\n');
}

static int make_judge_prompt(struct hearing *hearing, struct flow_error *err)
{
    struct flow_buf findings;
    size_t most = hearing->review.verdicts[0].count + hearing->review.verdicts[1].count;
    hearing->shown = calloc(most + 1, sizeof *hearing->shown);
    if (!hearing->shown)
        return flow_error_nomem(err);
    flow_buf_init(&findings, FLOW_BUF_TEXT);
    for (unsigned lens = 0; lens < REVIEW_LENSES; lens++)
        for (size_t i = 0; i < hearing->review.verdicts[lens].count; i++)
            if (hearing->review.verdicts[lens].items[i].proven)
                show_finding(hearing, &findings, lens, &hearing->review.verdicts[lens].items[i]);
    const struct flow_prompt_value values[] = {
        {"subject", hearing->subject.shown.data, hearing->subject.shown.len},
        {"findings", findings.data, findings.len},
    };
    const struct flow_buf *template = &hearing->templates[REVIEW_LENSES];
    int result = flow_buf_check(&findings, "findings", err);
    if (result == 0)
        result = flow_prompt_fill(&hearing->judge, "review-judge", template->data, template->len, values,
                                  sizeof values / sizeof *values, err);
    flow_buf_release(&findings);
    return result;
}

static int fit_judgement(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                         struct flow_error *err)
{
    struct hearing *hearing = payload;
    flow_judgement_release(&hearing->judgement);
    return flow_judgement_parse(&hearing->judgement, answer->text, answer->len,
                                answer->stop == FLOW_STOP_LENGTH, hearing->shown_count, why, err);
}

int review_judge(struct hearing *hearing, struct flow_error *err)
{
    struct flow_answer answer;
    struct flow_step step = hearing->review.step;
    if (make_judge_prompt(hearing, err))
        return -1;
    step.role = "judge";
    step.model = hearing->models[0];
    step.system = hearing->judge.system;
    step.system_count = hearing->judge.system_count;
    step.user = hearing->judge.user;
    step.user_count = hearing->judge.user_count;
    step.schema = flow_judgement_schema;
    step.max_tokens = flow_agent_max_tokens(hearing->shown_count * 400);
    flow_answer_init(&answer);
    int result = flow_agent_step(hearing->env, &step, fit_judgement, hearing, &answer, err);
    flow_answer_release(&answer);
    if (result > 0)
        flow_error_wrap(err, "no judgement between the two reviewers");
    hearing->outcome->judged = result == 0;
    return result;
}
