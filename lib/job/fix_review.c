// SPDX-License-Identifier: MIT
/*
 * Final reviews: what rounds have changed is read by two reviewers again, with what changed and the errors
 * that it was changed for. Both accept: the unit is committed again, with two verdicts on the bytes that
 * stand on the branch. Else it stays without, and what they found is work for another round.
 *
 * The verdicts belong to the port's run, whose unit it is; the calls and their money to this one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fix_private.h"
#include "fixed.h"
#include "flow/agent/lookup.h"
#include "flow/agent/prompt.h"
#include "flow/base/str.h"
#include "flow/base/thread.h"
#include "review_private.h"

/* Inputs of this run: what a round changed a unit for, and that all up to a round was accepted. */
#define ANSWERED "answered"
#define SETTLED  "settled"

_Static_assert(FIX_REVIEWERS == REVIEW_LENSES, "a reviewer for each lens");

static const char *const templates[REVIEW_LENSES] = {"review-fix-behaviour", "review-fix-soundness"};

struct task {
    struct fix *fix;
    struct fix_unit *unit;
    struct flow_lookups *lookups;
    struct flow_buf accepted, diff, answered, text;
    struct flow_buf sources[2];
    struct review review;
    bool reviewed; /* there are verdicts */
};

bool fix_has_reviews(const struct fix *fix)
{
    return !fix->options->build_only && !fix->options->test_only;
}

int fix_review_open(struct fix *fix, struct flow_error *err)
{
    if (!fix_has_reviews(fix))
        return 0;
    if (review_models(fix->config, "port.reviewer-model", fix->model, fix->reviewers, &fix->arena, err))
        return -1;
    for (size_t i = 0; i < REVIEW_LENSES; i++) {
        int from = flow_template_read(fix->repo, &fix->base, templates[i], &fix->review_templates[i], err);
        if (from < 0 || flow_models_check(fix->models, fix->reviewers[i], err))
            return -1;
        fix->own_review[i] = from == 1;
    }
    return 0;
}

void fix_review_close(struct fix *fix)
{
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        flow_buf_release(&fix->review_templates[i]);
}

size_t fix_review_brought(const struct fix *fix, struct flow_brought *out)
{
    static const char *const names[REVIEW_LENSES] = {".flow/prompts/review-fix-behaviour.md",
                                                     ".flow/prompts/review-fix-soundness.md"};
    size_t count = 0;
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        if (fix->own_review[i])
            out[count++] = (struct flow_brought){
                .what = names[i], .text = fix->review_templates[i].data, .len = fix->review_templates[i].len};
    return count;
}

static int keep(struct fix *fix, const struct fix_unit *unit, const struct fix_work *work,
                struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id id;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    for (size_t i = 0; i < work->count; i++) {
        const struct fix_item *item = &work->items[i];
        if (item->unit != unit)
            continue;
        flow_buf_puts(&text, fix_kind_name(item->kind));
        flow_buf_puts(&text, ":\n\n");
        flow_prompt_fence(&text, "", item->text, strlen(item->text), 0);
        flow_buf_putc(&text, '\n');
    }
    int result = flow_buf_check(&text, "what a unit was changed for", err);
    if (result == 0)
        result = flow_ledger_input_pin(fix->ledger, fix->run, unit->id, fix->round, ANSWERED, text.data,
                                       text.len, &id, err);
    flow_buf_release(&text);
    return result;
}

int fix_review_keep(struct fix *fix, const struct fix_work *work, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++)
        if (fix->units[i].changes && keep(fix, &fix->units[i], work, err))
            return -1;
    return 0;
}

/*
 * What the reviewers see.
 */

// What all rounds since the last acceptance changed it for.
static int read_answered(const struct fix *fix, const struct fix_unit *unit, struct flow_buf *out,
                         struct flow_error *err)
{
    struct flow_id id;
    unsigned settled = fix->round;
    int found = 0;
    while (settled > 0 && found == 0) {
        found = flow_ledger_input_get(fix->ledger, fix->run, unit->id, settled, SETTLED, &id, err);
        settled -= found == 0;
    }
    for (unsigned round = settled + 1; round <= fix->round && found >= 0; round++) {
        found = flow_ledger_input_get(fix->ledger, fix->run, unit->id, round, ANSWERED, &id, err);
        if (found == 1 && flow_ledger_block_get(fix->ledger, &id, out, err))
            return -1;
    }
    return found < 0 ? -1 : 0;
}

static int read_accepted(const struct fix *fix, const struct fix_unit *unit, struct flow_buf *out,
                         struct flow_error *err)
{
    struct flow_id id;
    int found = flow_ledger_accepted(fix->ledger, fix->port_run, unit->id, unit->state.generation, &id, err);
    return found == 1 ? flow_ledger_block_get(fix->ledger, &id, out, err) : found;
}

// 1 with the reason where something of it may not be sent.
static int read_texts(struct task *task, struct flow_buf *why, struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    struct fix *fix = task->fix;
    struct fix_unit *unit = task->unit;
    if (fix_unit_read(fix, unit, err) || read_accepted(fix, unit, &task->accepted, err) ||
        flow_diff_texts(unit->path, &task->accepted, &unit->text, &task->diff, err) ||
        read_answered(fix, unit, &task->answered, err))
        return -1;
    int held = flow_send_check(fix->send, unit->path, unit->text.data, unit->text.len, why, err);
    if (held == 0)
        held = flow_send_check(fix->send, unit->path, task->accepted.data, task->accepted.len, why, err);
    for (size_t i = 0; i < 2 && held == 0; i++) {
        struct flow_buf *source = &task->sources[i];
        if (fix_unit_pinned(fix, unit, names[i], source, err))
            return -1;
        held = flow_send_check(fix->send, unit->id, source->data, source->len, why, err);
    }
    if (held == 0 && task->sources[0].len + task->sources[1].len == 0) {
        flow_buf_puts(why, "not known what it was translated from");
        return 1;
    }
    return held;
}

static int make_prompts(struct task *task, struct flow_error *err)
{
    struct fix *fix = task->fix;
    const struct fix_unit *unit = task->unit;
    struct flow_buf shown[8]; // unit, path, place, guide, imports, sources, target, diff
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_init(&shown[i], FLOW_BUF_FILE);
    flow_str_show(&shown[0], unit->id, strlen(unit->id));
    flow_str_show(&shown[1], unit->path, strlen(unit->path));
    const char *from = flow_language_name(fix->from), *to = flow_language_name(fix->to);
    for (size_t i = 0; i < 2; i++)
        if (task->sources[i].len > 0)
            flow_prompt_fence(&shown[5], from, task->sources[i].data, task->sources[i].len, 1);
    flow_prompt_fence(&shown[6], to, unit->text.data, unit->text.len, 1);
    flow_prompt_fence(&shown[7], "diff", task->diff.data, task->diff.len, 0);
    int result = fix_unit_pinned(fix, unit, "place", &shown[2], err) ||
                         fix_unit_pinned(fix, unit, "guide", &shown[3], err) ||
                         fix_unit_pinned(fix, unit, "imports", &shown[4], err)
                     ? -1
                     : 0;
    const struct flow_prompt_value values[] = {
        {"from", from, strlen(from)},
        {"to", to, strlen(to)},
        {"unit", shown[0].data, shown[0].len},
        {"target-path", shown[1].data, shown[1].len},
        {"place", shown[2].data, shown[2].len},
        {"guide", shown[3].data, shown[3].len},
        {"imports", shown[4].data, shown[4].len},
        {"source-numbered", shown[5].data, shown[5].len},
        {"target-numbered", shown[6].data, shown[6].len},
        {"diff", shown[7].data, shown[7].len},
        {"answered", task->answered.data, task->answered.len},
    };
    for (size_t i = 0; i < REVIEW_LENSES && result == 0; i++)
        result = flow_prompt_fill(&task->review.prompts[i], templates[i], fix->review_templates[i].data,
                                  fix->review_templates[i].len, values, sizeof values / sizeof *values, err);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        flow_buf_release(&shown[i]);
    return result;
}

/*
 * Asking.
 */

// The round of the ledger is the first one behind the accepted one that is not taken by other bytes, or by
// other reviewers: one that was begun with these, or a new one. Whichever it is, the calls are the same, and
// made once. 1: the generation has no more.
static int ask(struct task *task, struct flow_error *err)
{
    struct review *review = &task->review;
    struct flow_error own = FLOW_ERROR_INIT;
    unsigned last = (task->unit->state.generation + 1) * REVIEW_GENERATION - 1;
    int result = -1;
    for (review->round = task->unit->state.round + 1; review->round <= last; review->round++) {
        own = (struct flow_error)FLOW_ERROR_INIT;
        review->step.round = review->round % REVIEW_GENERATION;
        result = review_run(review, &own);
        if (result >= 0 || own.code != FLOW_E_CONFLICT)
            break;
    }
    if (result && err)
        *err = own;
    return result < 0 && own.code == FLOW_E_CONFLICT ? 1 : result;
}

static int carry_out(void *payload, unsigned worker, size_t item, struct flow_error *err)
{
    struct task *task = &((struct task *)payload)[item];
    struct fix *fix = task->fix;
    struct fix_unit *unit = task->unit;
    struct flow_side sources[2], target;
    struct flow_buf why;
    struct flow_error own = FLOW_ERROR_INIT;
    (void)worker;
    flow_buf_init(&why, FLOW_BUF_LINE);
    watch_turn_begin(fix->watch);
    int result = fix_stopped(fix, &own);
    if (result == 0)
        result = read_texts(task, &why, &own);
    if (result == 1)
        fix_note(fix, "'%s' is not reviewed: it is %s", unit->path, why.data);
    flow_buf_release(&why);
    if (result == 0)
        result = make_prompts(task, &own);
    if (result == 0) {
        struct review *review = &task->review;
        target = (struct flow_side){.path = unit->path, .text = unit->text.data, .len = unit->text.len};
        for (size_t i = 0; i < 2; i++)
            sources[i] = (struct flow_side){
                .path = unit->id, .text = task->sources[i].data, .len = task->sources[i].len};
        review->env = &fix->agent;
        review->run = fix->port_run;
        review->step = (struct flow_step){.unit = unit->id,
                                          .vote = unit->state.round + 1,
                                          .effort = fix->effort,
                                          .source_id = unit->state.source_id.hex,
                                          .tools = flow_lookups_tools(task->lookups)};
        for (size_t i = 0; i < REVIEW_LENSES; i++)
            review->models[i] = fix->reviewers[i];
        review->sides =
            (struct flow_sides){.sources = sources, .source_count = 2, .targets = &target, .target_count = 1};
        review->bytes = unit->text.len;
        review->source_id = unit->state.source_id;
        review->target_id = unit->state.target_id;
        result = ask(task, &own);
        task->reviewed = result == 0;
        if (result == 1)
            fix_note(fix, "'%s' is not reviewed: %s", unit->path, own.message);
    }
    watch_turn_end(fix->watch);
    fix_answered(fix);
    if (result < 0 && err)
        *err = own;
    return result < 0 ? -1 : 0;
}

/*
 * What comes of it.
 */

static int save(struct fix *fix, struct fix_unit *unit, const char *state, unsigned round, char *reason,
                struct flow_error *err)
{
    struct flow_unit_state next = unit->state;
    snprintf(next.state, sizeof next.state, "%s", state);
    next.round = round;
    next.reason = reason;
    if (flow_ledger_unit_set(fix->ledger, fix->port_run, unit->id, &next, err)) {
        free(reason);
        return -1;
    }
    flow_unit_state_release(&unit->state);
    unit->state = next;
    return 0;
}

// The text is kept before it is called accepted, as flow-port does.
static int accept(struct task *task, struct flow_error *err)
{
    struct fix *fix = task->fix;
    struct fix_unit *unit = task->unit;
    const struct review *review = &task->review;
    struct flow_id id;
    char name[32];
    snprintf(name, sizeof name, "accepted.%05u", review->round);
    if (flow_ledger_input_pin(fix->ledger, fix->port_run, unit->id, unit->state.generation, name,
                              unit->text.data, unit->text.len, &id, err) ||
        flow_ledger_input_pin(fix->ledger, fix->run, unit->id, fix->round, SETTLED, "", 0, &id, err) ||
        flow_ledger_accept(fix->ledger, fix->port_run, unit->id, review->round, &review->source_id,
                           &review->target_id, err) ||
        save(fix, unit, "committed", review->round, NULL, err))
        return -1;
    fix->outcome->reviewed++;
    return 0;
}

static bool is_work(const struct flow_finding *finding)
{
    return finding->proven && strcmp(finding->severity, "minor") != 0;
}

static int add_finding(struct fix_unit *unit, const struct flow_finding *finding, struct fix_work *work,
                       struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&text, "%s: %s\nsource, line %" PRIu32 ": %s\ntranslation, line %" PRIu32 ": %s",
                    finding->severity, finding->claim, finding->source_line, finding->source_quote,
                    finding->target_line, finding->target_quote);
    if (*finding->fix)
        flow_buf_printf(&text, "\nwhat would be right: %s", finding->fix);
    int result = flow_buf_check(&text, "a finding", err);
    if (result == 0)
        result = fix_work_add(work, unit, FIX_FINDING, finding->target_line, text.data, text.len, err);
    flow_buf_release(&text);
    return result;
}

static int reject(struct task *task, struct fix_work *work, struct flow_error *err)
{
    struct fix_unit *unit = task->unit;
    const struct review *review = &task->review;
    size_t count = 0;
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        for (size_t k = 0; k < review->verdicts[i].count; k++) {
            const struct flow_finding *finding = &review->verdicts[i].items[k];
            if (!is_work(finding))
                continue;
            count++;
            if (add_finding(unit, finding, work, err))
                return -1;
        }
    char *text = strdup(fixed_rejected(unit->state.commit.hex, count).text);
    task->fix->outcome->rejected++;
    return text ? save(task->fix, unit, "gated", unit->state.round, text, err) : flow_error_nomem(err);
}

// While tests are proven, all else is still to be changed.
static bool needs_review(const struct fix *fix, const struct fix_unit *unit)
{
    return unit->path && (unit->test || !fix->proving) && strcmp(unit->state.state, "gated") == 0 &&
           fixed_is_reason(unit->state.reason);
}

// A process that died between acceptance and commit: the bytes stand on the branch already.
static int settle_accepted(struct fix *fix, struct flow_error *err)
{
    for (size_t i = 0; i < fix->count; i++) {
        struct fix_unit *unit = &fix->units[i];
        if (unit->path && strcmp(unit->state.state, "accepted") == 0 &&
            save(fix, unit, "committed", unit->state.round, NULL, err))
            return -1;
    }
    return 0;
}

static void task_init(struct task *task, struct fix *fix, struct fix_unit *unit, struct flow_lookups *lookups)
{
    *task = (struct task){.fix = fix, .unit = unit, .lookups = lookups};
    flow_buf_init(&task->accepted, FLOW_BUF_FILE);
    flow_buf_init(&task->diff, FLOW_BUF_FILE);
    flow_buf_init(&task->answered, FLOW_BUF_FILE);
    for (size_t i = 0; i < 2; i++)
        flow_buf_init(&task->sources[i], FLOW_BUF_FILE);
    review_init(&task->review);
}

static void task_release(struct task *task)
{
    flow_buf_release(&task->accepted);
    flow_buf_release(&task->diff);
    flow_buf_release(&task->answered);
    for (size_t i = 0; i < 2; i++)
        flow_buf_release(&task->sources[i]);
    review_release(&task->review);
}

static int review_all(struct fix *fix, struct task *tasks, size_t count, struct fix_work *work,
                      struct flow_error *err)
{
    struct flow_error own = FLOW_ERROR_INIT;
    fix_doing_each(fix, "reviewing", count);
    int result = flow_thread_each(watch_threads(fix->watch), count, carry_out, tasks, &own);
    // Verdicts that were given count, even where others were cut off.
    for (size_t i = 0; i < count; i++) {
        struct task *task = &tasks[i];
        struct flow_error failed = FLOW_ERROR_INIT;
        if (task->reviewed && (task->review.accepted ? accept(task, &failed) : reject(task, work, &failed)) &&
            result == 0) {
            own = failed;
            result = -1;
        }
    }
    if (result && err)
        *err = own;
    return result;
}

int fix_review(struct fix *fix, struct fix_work *work, struct flow_error *err)
{
    const struct flow_lookups_options options = {
        .repo = fix->repo, .snapshot = fix->snapshot, .languages = fix->languages, .send = fix->send};
    struct flow_lookups *lookups = NULL;
    struct task *tasks = calloc(fix->count + 1, sizeof *tasks);
    size_t count = 0;
    fix->outcome->rejected = 0;
    if (!tasks)
        return flow_error_nomem(err);
    int result = settle_accepted(fix, err) || flow_lookups_new(&lookups, &options, err) ? -1 : 0;
    for (size_t i = 0; i < fix->count && result == 0; i++)
        if (needs_review(fix, &fix->units[i]))
            task_init(&tasks[count++], fix, &fix->units[i], lookups);
    if (result == 0 && count > 0)
        result = review_all(fix, tasks, count, work, err);
    for (size_t i = 0; i < count; i++)
        task_release(&tasks[i]);
    flow_lookups_free(lookups);
    free(tasks);
    return result;
}
