// SPDX-License-Identifier: MIT
#include "port_private.h"

static int fill(struct port_work *work, struct flow_side *sources, struct flow_side *target,
                struct review *review, struct flow_error *err)
{
    const struct port *port = work->port;
    static const enum port_template which[REVIEW_LENSES] = {PORT_REVIEW_BEHAVIOUR, PORT_REVIEW_SOUNDNESS};
    *target = (struct flow_side){
        .path = work->unit->place->path, .text = work->target.data, .len = work->target.len};
    for (size_t i = 0; i < work->source_count; i++)
        sources[i] = (struct flow_side){
            .path = work->source_paths[i], .text = work->sources[i].data, .len = work->sources[i].len};
    review->env = &work->env;
    review->run = port->run;
    review->sides = (struct flow_sides){
        .sources = sources, .source_count = work->source_count, .targets = target, .target_count = 1};
    review->bytes = work->target.len;
    review->round = work->unit->state.generation * REVIEW_GENERATION + work->round;
    review->source_id = work->unit->source_id;
    review->target_id = work->target_id;
    for (size_t i = 0; i < REVIEW_LENSES; i++) {
        review->models[i] = port->settings.reviewers[i];
        if (port_prompt_make(work, which[i], NULL, &review->prompts[i], err))
            return -1;
    }
    port_step_init(work, &review->prompts[0], &review->step);
    return 0;
}

int port_review(struct port_work *work, bool *accepted, struct flow_error *err)
{
    struct flow_side sources[2], target;
    struct review review;
    *accepted = false;
    if (port_target_id(work->port, work->unit->place->path, work->target.data, work->target.len,
                       &work->target_id, err))
        return -1;
    review_init(&review);
    int result = fill(work, sources, &target, &review, err);
    if (result == 0)
        result = review_run(&review, err);
    *accepted = review.accepted;
    work->unit->paid = work->unit->paid || review.paid;
    review_release(&review);
    return result;
}
