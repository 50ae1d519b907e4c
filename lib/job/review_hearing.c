// SPDX-License-Identifier: MIT
#include "review_hearing.h"

#include <stdlib.h>

void hearing_init(struct hearing *hearing, const struct flow_review_options *options)
{
    *hearing = (struct hearing){.round = 1};
    flow_prompt_init(&hearing->judge);
    flow_arena_init(&hearing->judgement.arena);
    subject_init(&hearing->subject, options);
    review_init(&hearing->review);
}

void hearing_release(struct hearing *hearing)
{
    review_release(&hearing->review);
    subject_release(&hearing->subject);
    flow_judgement_release(&hearing->judgement);
    flow_prompt_release(&hearing->judge);
    free(hearing->shown);
}

int hearing_fill(struct hearing *hearing, struct flow_error *err)
{
    const struct subject *subject = &hearing->subject;
    struct review *review = &hearing->review;
    for (size_t i = 0; i < REVIEW_LENSES; i++) {
        review->models[i] = hearing->models[i];
        if (flow_prompt_fill(&review->prompts[i], subject->templates[i], hearing->templates[i].data,
                             hearing->templates[i].len, subject->values, subject->value_count, err))
            return -1;
    }
    return 0;
}

int hearing_hold(struct hearing *hearing, struct flow_error *err)
{
    const struct subject *subject = &hearing->subject;
    struct review *review = &hearing->review;
    review->env = hearing->env;
    review->run = hearing->env->run;
    review->round = hearing->round;
    review->step = (struct flow_step){.unit = hearing->label,
                                      .round = hearing->round,
                                      .vote = hearing->vote,
                                      .effort = hearing->effort,
                                      .source_id = subject->source_id.hex};
    review->sides = (struct flow_sides){.sources = subject->sources,
                                        .source_count = subject->source_count,
                                        .targets = subject->targets,
                                        .target_count = subject->target_count,
                                        .change = subject->change};
    review->bytes = subject->bytes;
    review->source_id = subject->source_id;
    review->target_id = subject->target_id;
    int result = review_run(review, err);
    if (result == 0 && review->verdicts[0].accept != review->verdicts[1].accept)
        result = review_judge(hearing, err);
    return result ? result : review_finish(hearing, err);
}
