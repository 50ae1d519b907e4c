// SPDX-License-Identifier: MIT
// What is to be asked, what of it is in the ledger already, and what the rest may cost.
#include <stdio.h>

#include "lifetimes_ask.h"
#include "review_private.h"

/* Tokens of an answer about one field, and of a verdict on one. */
#define ANSWER_LOW   100
#define ANSWER_HIGH  500
#define VERDICT_LOW  60
#define VERDICT_HIGH 400

/*
 * Tasks that are known: a value of the run for each, by the content of all that goes into it.
 */

static int name_task(const struct ask *ask, struct ask_task *task, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_printf(&text, "%s\n%s\n%s\n%u\n%s\n%u\n", ask->names[0], ask->names[1],
                    ask->effort ? ask->effort : "", ask->options->votes, task->file, task->piece);
    flow_buf_add(&text, ask->templates[1].data, ask->templates[1].len);
    for (size_t i = 0; i < FLOW_PROMPT_PARTS; i++)
        flow_buf_add(&text, task->prompt.parts[i].data, task->prompt.parts[i].len);
    int result = flow_buf_check(&text, "prompt", err);
    if (result == 0)
        result = flow_id_of(&task->id, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

static void print_key(const struct ask_task *task, char key[64])
{
    snprintf(key, 64, "asked %s", task->id.hex);
}

static int look_up(struct ask *ask, struct ask_task *task, struct flow_error *err)
{
    char key[64];
    struct flow_buf value;
    if (name_task(ask, task, err))
        return -1;
    print_key(task, key);
    flow_buf_init(&value, FLOW_BUF_LINE);
    int found = flow_ledger_run_get(ask->ledger, ask->env.run, key, &value, err);
    task->known = found == 1 && value.len > 0;
    flow_buf_release(&value);
    ask->pending += !task->known;
    return found < 0 ? -1 : 0;
}

static bool is_complete(const struct ask *ask, const struct ask_task *task)
{
    for (unsigned i = 0; i < ask->options->votes && task->claim_count > 0; i++)
        if (!task->votes[i].held)
            return false;
    return task->answered;
}

int ask_keep_known(struct ask *ask, struct flow_error *err)
{
    for (size_t i = 0; i < ask->count; i++) {
        const struct ask_task *task = &ask->tasks[i];
        bool complete = is_complete(ask, task);
        char key[64];
        print_key(task, key);
        // What was known and is not there any more has been purged: it is to be agreed to again.
        if (complete != task->known && !(task->left && !*task->id.hex) &&
            flow_ledger_run_set(ask->ledger, ask->env.run, key, complete ? task->file : "", err))
            return -1;
    }
    return 0;
}

// A file that may not be sent is not asked about.
int ask_prompts(struct ask *ask, struct flow_error *err)
{
    for (size_t i = 0; i < ask->count; i++) {
        struct ask_task *task = &ask->tasks[i];
        struct ask_file *file;
        if (ask_file_get(ask, task->file, &file, err))
            return -1;
        task->left = !file ? "the file is not there" : file->held;
        if (!task->left && (ask_prompt(ask, task, err) || look_up(ask, task, err)))
            return -1;
    }
    return 0;
}

/*
 * The plan.
 */

static int add_price(const struct ask *ask, size_t which, const struct flow_usage *low,
                     const struct flow_usage *high, struct flow_lifetimes_plan *plan, struct flow_error *err)
{
    struct flow_price row;
    if (flow_models_price(ask->models, ask->names[which], low->input, &row, err))
        return -1;
    plan->priced = plan->priced && row.known;
    plan->calls_low++;
    plan->calls_high += 2;
    plan->tokens_low += low->input + low->output;
    plan->tokens_high += high->input + high->output;
    plan->nano_low += row.known ? flow_price_cost(&row, low) : 0;
    plan->nano_high += row.known ? flow_price_cost(&row, high) : 0;
    return 0;
}

// From one reply to each prompt to a complaint about each.
static int price(const struct ask *ask, struct flow_lifetimes_plan *plan, struct flow_error *err)
{
    plan->priced = true;
    for (size_t i = 0; i < ask->count; i++) {
        const struct ask_task *task = &ask->tasks[i];
        uint64_t input = 0, count = task->count;
        if (task->known || task->left)
            continue;
        for (size_t k = 0; k < FLOW_PROMPT_PARTS; k++)
            input += task->prompt.parts[k].len;
        input = input / 4;
        for (size_t k = 0; k <= ask->options->votes; k++) {
            uint64_t least = count * (k ? VERDICT_LOW : ANSWER_LOW);
            uint64_t most = count * (k ? VERDICT_HIGH : ANSWER_HIGH);
            // Refuters read the answers, too.
            uint64_t more = k ? count * ANSWER_LOW : 0;
            const struct flow_usage low = {.input = input + more, .output = least};
            const struct flow_usage high = {.input = 2 * (input + more) + most, .output = 2 * most};
            if (add_price(ask, k > 0, &low, &high, plan, err))
                return -1;
        }
    }
    return 0;
}

int ask_plan(struct ask *ask, struct flow_error *err)
{
    static const struct flow_budget none = {.nano_usd = -1, .tokens = -1, .calls = -1};
    const struct flow_lifetimes_ask_options *options = ask->options;
    struct flow_buf destination;
    struct flow_lifetimes_plan plan = {.fields = ask->out->fields,
                                       .agents = ask->count,
                                       .votes = options->votes,
                                       .model = ask->names[0],
                                       .refuter = ask->names[1],
                                       .limit = options->budget ? options->budget : &none};
    for (size_t i = 0; i < ask->count; i++) {
        plan.files += ask->tasks[i].piece == 0;
        plan.known += ask->tasks[i].known;
    }
    for (size_t i = 0; i < ASK_PROMPTS && !options->dry_run; i++)
        if (review_limit(ask->models, ask->names[i], plan.limit,
                         "an answer that does not fit is asked for again, so that there can be many calls",
                         err))
            return -1;
    flow_buf_init(&destination, FLOW_BUF_LINE);
    int result = review_destinations(ask->models, ask->names, ASK_PROMPTS, &destination, err);
    plan.destination = destination.data;
    if (result == 0)
        result = price(ask, &plan, err);
    if (result == 0)
        result = options->hooks.plan(options->hooks.payload, &plan, err);
    flow_buf_release(&destination);
    return result;
}
