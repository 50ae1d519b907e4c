// SPDX-License-Identifier: MIT
// Refuters: each in a fresh context, with all answers of one agent at once.
#include <string.h>

#include "lifetimes_ask.h"

struct refuter {
    const struct ask_task *task;
    struct ask_vote *vote;
};

static int fit(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    struct refuter *refuter = payload;
    flow_refutations_release(&refuter->vote->said);
    int result = flow_refutations_parse(&refuter->vote->said, answer->text, answer->len,
                                        answer->stop == FLOW_STOP_LENGTH, refuter->task->claims,
                                        refuter->task->claim_count, why, err);
    refuter->vote->held = result == 0;
    return result;
}

int ask_vote(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    static const char *const lenses[FLOW_LIFETIMES_VOTES_MAX] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
    struct ask *ask = payload;
    size_t number = item % ask->options->votes;
    struct ask_task *task = &ask->tasks[item / ask->options->votes];
    struct refuter refuter = {.task = task, .vote = &task->votes[number]};
    struct flow_answer answer;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_step step;
    (void)worker;
    if (task->claim_count == 0)
        return 0;
    ask_step(ask, task, &step);
    step.role = "refute";
    step.lens = lenses[number];
    // The same words to each: what sets them apart is the vote.
    step.vote = (unsigned)number + 1;
    step.model = ask->names[1];
    step.system = task->refute.system;
    step.system_count = task->refute.system_count;
    step.user = task->refute.user;
    step.user_count = task->refute.user_count;
    step.schema = flow_refutations_schema;
    step.max_tokens = flow_agent_max_tokens(task->claim_count * 800);
    flow_answer_init(&answer);
    int result = flow_agent_step(&ask->env, &step, fit, &refuter, &answer, &own);
    flow_answer_release(&answer);
    if (result != 0)
        refuter.vote->held = false;
    return ask_settle(ask, result, &own, &refuter.vote->why, err);
}
