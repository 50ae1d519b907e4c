// SPDX-License-Identifier: MIT
/*
 * Fixers: one step for each group of work, all at once. None sees another's edits; those of one file are
 * then made one after the other, and what does not fit any more is left for the next round.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "flow/agent/lookup.h"
#include "flow/agent/prompt.h"
#include "flow/agent/reply.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"

struct task {
    struct fix *fix;
    struct fix_unit *unit;
    const struct fix_item *items; /* its group */
    size_t count;
    unsigned piece; /* which group of its file */
    struct flow_fix reply;
    bool held; /* reply is there */
};

struct asking {
    struct fix *fix;
    struct flow_lookups *lookups;
    struct task *tasks;
    size_t count;
};

/*
 * Prompts.
 */

static void put_work(const struct task *task, struct flow_buf *out)
{
    for (size_t i = 0; i < task->count; i++) {
        const struct fix_item *item = &task->items[i];
        flow_buf_printf(out, "%zu. %s", i + 1, fix_kind_name(item->kind));
        if (item->line > 0)
            flow_buf_printf(out, ", line %u", item->line);
        flow_buf_puts(out, ":\n\n");
        flow_prompt_fence(out, "", item->text, strlen(item->text), 0);
        flow_buf_putc(out, '\n');
    }
}

// The sources as the port has pinned them, the header first, and whether they may be sent: 0; 1 with why.
static int put_sources(struct fix *fix, const struct fix_unit *unit, struct flow_buf *out,
                       struct flow_buf *why, struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    struct flow_buf text;
    int held = 0;
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < 2 && held == 0; i++) {
        flow_buf_clear(&text);
        if (fix_unit_pinned(fix, unit, names[i], &text, err))
            held = -1;
        else if (text.len > 0)
            held = flow_send_check(fix->send, unit->id, text.data, text.len, why, err);
        if (held == 0 && text.len > 0) {
            flow_prompt_fence(out, flow_language_name(fix->from), text.data, text.len, 0);
            flow_buf_putc(out, '\n');
        }
    }
    flow_buf_release(&text);
    return held;
}

static int fill(const struct task *task, const struct flow_buf *source, struct flow_prompt *out,
                struct flow_error *err)
{
    struct fix *fix = task->fix;
    const struct fix_unit *unit = task->unit;
    struct flow_buf shown[6]; // unit, path, place, imports, target, work
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_init(&shown[i], FLOW_BUF_FILE);
    flow_str_show(&shown[0], unit->id, strlen(unit->id));
    flow_str_show(&shown[1], unit->path, strlen(unit->path));
    flow_prompt_fence(&shown[4], flow_language_name(fix->to), unit->text.data, unit->text.len, 0);
    put_work(task, &shown[5]);
    int result = fix_unit_pinned(fix, unit, "place", &shown[2], err) ||
                         fix_unit_pinned(fix, unit, "imports", &shown[3], err)
                     ? -1
                     : 0;
    const char *from = flow_language_name(fix->from), *to = flow_language_name(fix->to);
    const struct flow_prompt_value values[] = {
        {"from", from, strlen(from)},
        {"to", to, strlen(to)},
        {"unit", shown[0].data, shown[0].len},
        {"target-path", shown[1].data, shown[1].len},
        {"place", shown[2].data, shown[2].len},
        {"imports", shown[3].data, shown[3].len},
        {"source", source->data, source->len},
        {"target", shown[4].data, shown[4].len},
        {"tried", unit->tried.data, unit->tried.len},
        {"work", shown[5].data, shown[5].len},
        {"open-body", fix->open_body.data, fix->open_body.len},
    };
    if (result == 0)
        result = flow_prompt_fill(out, "fix-build", fix->template.data, fix->template.len, values,
                                  sizeof values / sizeof *values, err);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_release(&shown[i]);
    return result;
}

// 0; 1 where something of it may not be sent.
static int make_prompt(const struct task *task, struct flow_prompt *out, struct flow_error *err)
{
    struct fix *fix = task->fix;
    const struct fix_unit *unit = task->unit;
    struct flow_buf source, why;
    flow_buf_init(&source, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_LINE);
    int held = put_sources(fix, unit, &source, &why, err);
    if (held == 0)
        held = flow_send_check(fix->send, unit->path, unit->text.data, unit->text.len, &why, err);
    if (held == 1)
        fix_note(fix, "'%s' is %s", unit->path, why.data);
    else if (held == 0)
        held = fill(task, &source, out, err);
    flow_buf_release(&why);
    flow_buf_release(&source);
    return held;
}

/*
 * Replies.
 */

static int apply(const struct task *task, const struct flow_buf *to, struct flow_buf *out,
                 struct flow_buf *why, struct flow_error *err)
{
    flow_buf_clear(out);
    int result =
        flow_edits_apply(out, to->data, to->len, task->reply.edits, task->reply.edit_count, why, err);
    if (result == 0 && strspn(out->data, " \t\r\n") == out->len) {
        flow_buf_puts(why, "The edits leave nothing of the file.");
        result = 1;
    }
    return result;
}

// What does not pass a gate is not used, and its author hears why.
static int fit(void *payload, const struct flow_answer *answer, struct flow_buf *why, struct flow_error *err)
{
    struct task *task = payload;
    struct flow_buf text;
    if (task->held)
        flow_fix_release(&task->reply);
    task->held = false;
    int result = flow_fix_parse(&task->reply, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH,
                                task->count, why, err);
    if (result)
        return result;
    task->held = true;
    if (task->reply.edit_count == 0)
        return 0;
    flow_buf_init(&text, FLOW_BUF_FILE);
    result = apply(task, &task->unit->text, &text, why, err);
    if (result == 0)
        result = fix_judge(task->fix, task->unit, &text, why, err);
    flow_buf_release(&text);
    return result;
}

static int ask(struct asking *asking, struct task *task, const struct flow_prompt *prompt,
               struct flow_error *err)
{
    struct fix *fix = asking->fix;
    struct flow_answer answer;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_step step = {
        .unit = task->unit->id,
        .role = fix->options->contracts ? "contract" : "fix",
        .lens = "build",
        .piece = task->piece,
        .round = fix->round,
        .vote = fix->round,
        .model = task->unit->by,
        .effort = fix->effort,
        .source_id = task->unit->state.source_id.hex,
        .system = prompt->system,
        .system_count = prompt->system_count,
        .user = prompt->user,
        .user_count = prompt->user_count,
        .schema = flow_fix_schema,
        .max_tokens = flow_agent_max_tokens(task->unit->text.len),
        .tools = flow_lookups_tools(asking->lookups),
    };
    flow_answer_init(&answer);
    int result = flow_agent_step(&fix->agent, &step, fit, task, &answer, &own);
    flow_answer_release(&answer);
    if (result == 1) {
        char text[sizeof own.message + 40];
        snprintf(text, sizeof text, "no edits that fit: %s", own.message);
        fix_note(fix, "'%s': %s", task->unit->path, text);
        if (task->held)
            flow_fix_release(&task->reply);
        task->held = false;
        result = fix_attempt(fix, task->unit, text, err) ? -1 : 1;
    } else if (result && err) {
        *err = own;
    }
    return result < 0 ? -1 : 0;
}

static int carry_out(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct asking *asking = payload;
    struct task *task = &asking->tasks[item];
    struct flow_prompt prompt;
    (void)worker;
    flow_prompt_init(&prompt);
    watch_turn_begin(asking->fix->watch);
    int result = fix_stopped(asking->fix, err);
    if (result == 0)
        result = make_prompt(task, &prompt, err);
    if (result == 0)
        result = ask(asking, task, &prompt, err);
    watch_turn_end(asking->fix->watch);
    flow_prompt_release(&prompt);
    fix_answered(asking->fix);
    return result < 0 ? -1 : 0;
}

/*
 * Edits of one file, made one after the other.
 */

static void describe(struct task *task)
{
    struct flow_buf *out = &task->unit->edits;
    const char *to = flow_language_name(task->fix->to);
    for (size_t i = 0; i < task->reply.edit_count; i++) {
        const struct flow_edit *edit = &task->reply.edits[i];
        flow_buf_puts(out, "Before:\n\n");
        flow_prompt_fence(out, to, edit->find, strlen(edit->find), 0);
        flow_buf_puts(out, "\nafter:\n\n");
        flow_prompt_fence(out, to, edit->replace, strlen(edit->replace), 0);
        flow_buf_putc(out, '\n');
    }
}

// What a fixer could not mend here is kept for people.
static int note_fates(struct task *task, struct flow_error *err)
{
    struct flow_buf text;
    int result = 0;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; i < task->reply.fate_count && result == 0; i++) {
        const struct flow_fate *fate = &task->reply.fates[i];
        if (fate->fixed)
            continue;
        flow_buf_clear(&text);
        flow_buf_printf(&text, "rejected: %s", fate->reason);
        result = flow_buf_check(&text, "reason", err);
        if (result == 0)
            result = fix_attempt(task->fix, task->unit, text.data, err);
    }
    flow_buf_release(&text);
    return result;
}

static size_t count_fixed(const struct task *task)
{
    size_t count = 0;
    for (size_t i = 0; i < task->reply.fate_count; i++)
        count += task->reply.fates[i].fixed;
    return count;
}

// `raw` is the file with the edits of the tasks before this one, not formatted, so that `find` still fits.
static int add_edits(struct task *task, struct flow_buf *raw, struct flow_error *err)
{
    struct fix_unit *unit = task->unit;
    struct flow_buf text, formatted, why;
    flow_buf_init(&text, FLOW_BUF_FILE);
    flow_buf_init(&formatted, FLOW_BUF_FILE);
    flow_buf_init(&why, FLOW_BUF_TEXT);
    int result = apply(task, raw, &text, &why, err);
    if (result == 0) {
        flow_buf_add(&formatted, text.data, text.len);
        result = fix_judge(task->fix, unit, &formatted, &why, err);
    }
    if (result == 0) {
        struct flow_buf spare = *raw;
        *raw = text;
        text = spare;
        spare = unit->next;
        unit->next = formatted;
        formatted = spare;
        unit->changes =
            unit->next.len != unit->text.len || memcmp(unit->next.data, unit->text.data, unit->text.len) != 0;
        task->fix->mended += unit->changes ? count_fixed(task) : 0;
        describe(task);
    } else if (result == 1) {
        fix_note(task->fix, "'%s': edits do not go with those of another fixer: %s", unit->path, why.data);
    }
    flow_buf_release(&why);
    flow_buf_release(&formatted);
    flow_buf_release(&text);
    return result < 0 ? -1 : 0;
}

static int add_request(struct task *task, const struct flow_elsewhere *asked, struct flow_error *err)
{
    struct fix *fix = task->fix;
    struct fix_unit *unit = fix_unit_called(fix, asked->file);
    struct flow_buf text;
    if (unit == task->unit)
        return 0;
    if (!unit) {
        fix_note(fix, "'%s' needs a change in '%s', which is no unit's file", task->unit->path, asked->file);
        return 0;
    }
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_puts(&text, "whoever mends ");
    flow_str_show(&text, task->unit->path, strlen(task->unit->path));
    flow_buf_printf(&text, " asks: %s", asked->what);
    int result = flow_buf_check(&text, "request", err);
    if (result == 0)
        result = flow_ledger_event(fix->ledger, fix->run, "request", unit->id, text.data, err);
    if (result == 0)
        result = fix_work_add(&fix->requests, unit, FIX_REQUEST, 0, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

static int add_requests(struct task *task, struct flow_error *err)
{
    for (size_t i = 0; i < task->reply.elsewhere_count; i++)
        if (add_request(task, &task->reply.elsewhere[i], err))
            return -1;
    return 0;
}

// Tasks of one unit stand together.
static int take(struct asking *asking, struct flow_error *err)
{
    struct flow_buf raw;
    int result = 0;
    flow_buf_init(&raw, FLOW_BUF_FILE);
    for (size_t i = 0; i < asking->count && result == 0; i++) {
        struct task *task = &asking->tasks[i];
        if (task->piece == 0) {
            flow_buf_clear(&raw);
            flow_buf_add(&raw, task->unit->text.data, task->unit->text.len);
        }
        if (!task->held)
            continue;
        result = note_fates(task, err) || add_requests(task, err) ? -1 : 0;
        if (result == 0 && task->reply.edit_count > 0)
            result = add_edits(task, &raw, err);
    }
    flow_buf_release(&raw);
    return result;
}

static int make_tasks(struct asking *asking, struct fix_work *work, struct flow_error *err)
{
    fix_work_sort(work);
    asking->tasks = calloc(work->count + 1, sizeof *asking->tasks);
    if (!asking->tasks)
        return flow_error_nomem(err);
    for (size_t first = 0, end; first < work->count; first = end) {
        struct fix_unit *unit = work->items[first].unit;
        end = fix_work_group(work, first);
        if (unit->guarded) {
            if (!unit->told)
                fix_note(asking->fix, "'%s' is protected and not changed, unless fix.allow names it",
                         unit->path);
            unit->told = true;
            continue;
        }
        if (fix_unit_read(asking->fix, unit, err))
            return -1;
        unit->by = fix_model_for(asking->fix, unit);
        struct task *before = asking->count > 0 ? &asking->tasks[asking->count - 1] : NULL;
        asking->tasks[asking->count++] = (struct task){
            .fix = asking->fix,
            .unit = unit,
            .items = &work->items[first],
            .count = end - first,
            .piece = before && before->unit == unit ? before->piece + 1 : 0,
        };
    }
    return 0;
}

static int open_lookups(struct asking *asking, struct flow_error *err)
{
    const struct flow_lookups_options options = {
        .repo = asking->fix->repo,
        .snapshot = asking->fix->snapshot,
        .languages = asking->fix->languages,
        .send = asking->fix->send,
    };
    return flow_lookups_new(&asking->lookups, &options, err);
}

int fix_ask(struct fix *fix, struct fix_work *work, struct flow_error *err)
{
    struct asking asking = {.fix = fix};
    int result = make_tasks(&asking, work, err) || open_lookups(&asking, err) ? -1 : 0;
    if (result == 0 && asking.count > 0) {
        fix_doing_each(fix, "asking", asking.count);
        result = flow_thread_each(watch_threads(fix->watch), asking.count, carry_out, &asking, err);
    }
    if (result == 0)
        result = take(&asking, err);
    for (size_t i = 0; i < asking.count; i++)
        if (asking.tasks[i].held)
            flow_fix_release(&asking.tasks[i].reply);
    flow_lookups_free(asking.lookups);
    free(asking.tasks);
    return result;
}
