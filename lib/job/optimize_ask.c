// SPDX-License-Identifier: MIT
/*
 * Candidates of passes with a prompt: one step for each, all at once. What comes back are edits of the one
 * declaration, which are held against the gates; what they make of it is a candidate like any other then.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/agent/reply.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "optimize_private.h"

#define WHOLE ((size_t)32 << 10) /* files up to here are shown whole; of others the declaration */
#define SAID  ((size_t)2000)     /* bytes of what it says of its edits that the commit holds */

struct asking {
    struct optimize *o;
    struct optimize_candidate **items;
    size_t count, begun, answered;
    bool failed;
};

// One candidate while it is asked about.
struct task {
    struct optimize *o;
    struct optimize_candidate *candidate;
    struct flow_buf after; /* the declaration with the edits; empty: there is nothing to change */
    struct flow_buf words; /* what the reply says of it */
};

/*
 * The prompt.
 */

int optimize_prompt(const struct optimize *o, const struct optimize_candidate *candidate,
                    struct flow_prompt *out, struct flow_error *err)
{
    const struct optimize_pass *pass = candidate->pass;
    const struct optimize_file *file = candidate->file;
    const struct flow_span *around = &candidate->around;
    const struct flow_buf *template = &o->agents->templates[0];
    const char *language = flow_language_name(pass->language);
    size_t len = around->end - around->start;
    struct flow_buf shown[4]; // path, lines, declaration, file
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_init(&shown[i], FLOW_BUF_FILE);
    flow_str_show(&shown[0], file->entry->path, strlen(file->entry->path));
    flow_buf_printf(&shown[1], "%" PRIu32 "-%" PRIu32, around->start_line, around->end_line);
    flow_prompt_fence(&shown[2], language, file->text + around->start, len, 0);
    if (len < file->len && file->len <= WHOLE)
        flow_prompt_fence(&shown[3], language, file->text, file->len, 0);
    const struct flow_prompt_value values[] = {
        {"language", language, strlen(language)},
        {"about", pass->whole_about, strlen(pass->whole_about)},
        {"task", pass->prompt, strlen(pass->prompt)},
        {"path", shown[0].data, shown[0].len},
        {"lines", shown[1].data, shown[1].len},
        {"declaration", shown[2].data, shown[2].len},
        {"file", shown[3].data, shown[3].len},
        {"places", candidate->places, strlen(candidate->places)},
    };
    int result = flow_prompt_fill(out, "optimize", template->data, template->len, values,
                                  sizeof values / sizeof *values, err);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_release(&shown[i]);
    return result;
}

/*
 * The reply.
 */

static int apply(struct task *task, const struct flow_fix *reply, struct flow_buf *why,
                 struct flow_error *err)
{
    const struct optimize_candidate *candidate = task->candidate;
    const struct flow_span *around = &candidate->around;
    const char *text = candidate->file->text + around->start;
    size_t len = around->end - around->start;
    int result = flow_edits_apply(&task->after, text, len, reply->edits, reply->edit_count, why, err);
    if (result == 1)
        flow_buf_printf(why, " Edits are of the declaration in lines %" PRIu32 "-%" PRIu32 " alone.",
                        around->start_line, around->end_line);
    if (result == 0 && strspn(task->after.data, " \t\r\n") == task->after.len) {
        flow_buf_puts(why, "The edits leave nothing of the declaration.");
        result = 1;
    }
    return result ? result : optimize_judge(task->o, candidate, &task->after, why, err);
}

static int fit(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    struct task *task = payload;
    struct flow_fix reply;
    flow_buf_clear(&task->after);
    flow_buf_clear(&task->words);
    int result =
        flow_fix_parse(&reply, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH, 1, why, err);
    if (result)
        return result;
    flow_buf_puts(&task->words, reply.fates[0].reason);
    if (reply.fates[0].fixed != (reply.edit_count > 0)) {
        flow_buf_puts(why, "With edits, finding 1 is \"fixed\"; without, it is \"rejected\".");
        result = 1;
    } else if (reply.edit_count > 0) {
        result = apply(task, &reply, why, err);
    }
    flow_fix_release(&reply);
    return result;
}

/*
 * One candidate.
 */

// It stays open, for a reason that is not the candidate's.
static int leave(struct task *task, const char *why, struct flow_error *err)
{
    struct optimize *o = task->o;
    pthread_mutex_lock(&o->mutex);
    task->candidate->why = optimize_words(o, why, strlen(why));
    pthread_mutex_unlock(&o->mutex);
    task->candidate->left = true;
    return task->candidate->why ? 0 : flow_error_nomem(err);
}

// 1: it may not be asked about, and is left.
static int check(struct task *task, struct flow_error *err)
{
    struct optimize *o = task->o;
    const struct optimize_file *file = task->candidate->file;
    struct flow_buf why;
    if (optimize_is_protected(o->agents, file->entry->path))
        return leave(task, "the file is protected, and models do not change it (fix.allow)", err) ? -1 : 1;
    flow_buf_init(&why, FLOW_BUF_LINE);
    int held = flow_send_check(o->agents->send, file->entry->path, file->text, file->len, &why, err);
    if (held == 1 && leave(task, why.data, err))
        held = -1;
    flow_buf_release(&why);
    return held;
}

// What was changed has to be executed, not only what was found.
static int take(struct task *task, struct flow_error *err)
{
    struct optimize *o = task->o;
    struct optimize_candidate *candidate = task->candidate;
    if (task->after.len == 0)
        return optimize_settle(o, candidate, FLOW_OPTIMIZE_NOTHING, task->words.data, err);
    if (optimize_rewrite(o, candidate, &task->after, err))
        return -1;
    if (!o->options->untested && (candidate->times = optimize_times(o, candidate)) == 0)
        return optimize_settle(o, candidate, FLOW_OPTIMIZE_UNTESTED,
                               "no test executes the lines that were changed", err);
    size_t most = task->words.len < SAID ? task->words.len : SAID;
    pthread_mutex_lock(&o->mutex);
    candidate->said = flow_arena_strn(&o->arena, task->words.data, most);
    pthread_mutex_unlock(&o->mutex);
    return candidate->said ? 0 : flow_error_nomem(err);
}

static int ask(struct task *task, const struct flow_prompt *prompt, struct flow_error *err)
{
    struct optimize *o = task->o;
    struct optimize_candidate *candidate = task->candidate;
    struct flow_answer answer;
    struct flow_error own = FLOW_ERROR_INIT;
    char label[300];
    optimize_label(candidate, label, sizeof label);
    const struct flow_step step = {
        .unit = label,
        .role = "optimize",
        .lens = candidate->pass->name,
        .vote = candidate->vote,
        .model = o->agents->model,
        .effort = o->agents->effort,
        .source_id = candidate->id.hex,
        .system = prompt->system,
        .system_count = prompt->system_count,
        .user = prompt->user,
        .user_count = prompt->user_count,
        .schema = flow_fix_schema,
        .max_tokens = flow_agent_max_tokens(candidate->around.end - candidate->around.start),
        .tools = flow_lookups_tools(o->agents->lookups),
    };
    flow_answer_init(&answer);
    int result = flow_agent_step(&o->agents->env, &step, fit, task, &answer, &own);
    flow_answer_release(&answer);
    if (result == 0)
        return take(task, err);
    // What does not fit is known of this candidate; what did not arrive may another time.
    if (result == 1)
        return own.code == FLOW_E_INVALID
                   ? optimize_settle(o, candidate, FLOW_OPTIMIZE_SILENT, own.message, err)
                   : leave(task, own.message, err);
    if (err)
        *err = own;
    return -1;
}

static int carry_out(struct asking *asking, struct optimize_candidate *candidate, struct flow_error *err)
{
    struct optimize *o = asking->o;
    struct task task = {.o = o, .candidate = candidate};
    struct flow_prompt prompt;
    if (optimize_wait(o, err))
        return -1;
    flow_buf_init(&task.after, FLOW_BUF_FILE);
    flow_buf_init(&task.words, FLOW_BUF_TEXT);
    flow_prompt_init(&prompt);
    int result = check(&task, err);
    if (result == 0)
        result = optimize_prompt(o, task.candidate, &prompt, err);
    if (result == 0)
        result = ask(&task, &prompt, err);
    flow_prompt_release(&prompt);
    flow_buf_release(&task.words);
    flow_buf_release(&task.after);
    pthread_mutex_lock(&o->mutex);
    size_t answered = ++asking->answered;
    pthread_mutex_unlock(&o->mutex);
    optimize_doing(o, "asking: %zu of %zu answered", answered, asking->count);
    return result < 0 ? -1 : 0;
}

// Each thread waits for a turn, so that more of them can have one as soon as somebody asks for that; the
// turns take the candidates in order. What ended the run meanwhile, or its time, holds for those that still
// wait.
static int take_turn(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct asking *asking = payload;
    struct optimize *o = asking->o;
    int result = 0;
    (void)worker;
    (void)item;
    watch_turn_begin(o->watch);
    pthread_mutex_lock(&o->mutex);
    bool failed = asking->failed;
    size_t next = asking->begun++;
    pthread_mutex_unlock(&o->mutex);
    if (!failed && !optimize_over(o))
        result = carry_out(asking, asking->items[next], err);
    pthread_mutex_lock(&o->mutex);
    asking->failed = asking->failed || result;
    pthread_mutex_unlock(&o->mutex);
    watch_turn_end(o->watch);
    return result;
}

/*
 * All of them.
 */

static bool is_unwritten(const struct optimize_candidate *candidate)
{
    return candidate->state == FLOW_OPTIMIZE_OPEN && candidate->pass->prompt && !candidate->text &&
           !candidate->left;
}

static int by_heat(const void *a, const void *b)
{
    const struct optimize_candidate *left = *(struct optimize_candidate *const *)a;
    const struct optimize_candidate *right = *(struct optimize_candidate *const *)b;
    if (left->passed != right->passed)
        return left->passed ? -1 : 1;
    if (left->heat != right->heat)
        return left->heat > right->heat ? -1 : 1;
    if (left->times != right->times)
        return left->times > right->times ? -1 : 1;
    return left < right ? -1 : left > right;
}

// Of what is written some does not hold: twice as many as there may still be changes are asked for at a time.
static size_t most_at_once(const struct optimize *o)
{
    unsigned most = o->options->max_changes;
    return most == 0 ? SIZE_MAX : 2 * (most - o->branches);
}

int optimize_ask(struct optimize *o, struct flow_error *err)
{
    struct asking asking = {.o = o};
    size_t found = 0;
    if (!o->agents || !o->agents->model || optimize_over(o))
        return 0;
    asking.items = calloc(o->count + 1, sizeof(struct optimize_candidate *));
    if (!asking.items)
        return flow_error_nomem(err);
    for (size_t i = 0; i < o->count; i++)
        if (is_unwritten(&o->items[i]))
            asking.items[found++] = &o->items[i];
    qsort(asking.items, found, sizeof(struct optimize_candidate *), by_heat);
    asking.count = found < most_at_once(o) ? found : most_at_once(o);
    int result = 0;
    if (asking.count > 0) {
        optimize_doing(o, "asking about %zu candidates", asking.count);
        result = flow_thread_each(watch_threads(o->watch), asking.count, take_turn, &asking, err);
    }
    free(asking.items);
    optimize_sort(o);
    return result ? -1 : found > asking.count;
}
