// SPDX-License-Identifier: MIT
/*
 * flow-review: opens what is to be reviewed, shows the plan, asks two reviewers and, where they disagree, a
 * judge.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/agent/prompt.h"
#include "flow/base/str.h"
#include "flow/job/review.h"
#include "review_subject.h"

/* Tokens of an answer, for the plan: most are an acceptance, some list many findings. */
#define ANSWER_LOW  300
#define ANSWER_HIGH 6000

struct job {
    const struct flow_review_options *options;
    struct flow_review_outcome *outcome;
    struct flow_buf state_dir;
    struct flow_ledger *ledger;
    struct flow_run_lock *lock;
    struct flow_models *models;
    struct flow_send *send;
    struct flow_places *places;
    struct flow_agent_env env;
    struct subject subject;
    struct review review;
    const char *models_named[REVIEW_LENSES], *effort;
    struct flow_buf templates[REVIEW_LENSES + 1]; /* the last is the judge's */
    bool own[REVIEW_LENSES + 1];
    char label[FLOW_ID_SIZE + 256];
    struct flow_prompt judge;
    struct flow_judgement judgement;
    const struct flow_finding **shown; /* to the judge, in order */
    size_t shown_count;
};

static void note(const struct job *job, const char *text)
{
    if (job->options->hooks.note)
        job->options->hooks.note(job->options->hooks.payload, text);
}

/*
 * Opening.
 */

static int take_lock(struct job *job, struct flow_error *err)
{
    struct flow_buf name;
    struct flow_error held = FLOW_ERROR_INIT;
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_printf(&name, "review.%s", job->options->name);
    int result = flow_buf_check(&name, "name of the run", err);
    if (result == 0 && flow_run_lock(&job->lock, job->state_dir.data, name.data, false, NULL, &held)) {
        // A hook of another terminal: it takes a minute.
        if (held.code == FLOW_E_REFUSED) {
            note(job, "waiting for another review to end");
            result = flow_run_lock(&job->lock, job->state_dir.data, name.data, true, job->options->stop, err);
        } else {
            result = flow_error_set(err, held.code, "%s", held.message);
        }
    }
    flow_buf_release(&name);
    return result;
}

static int open_ledger(struct job *job, struct flow_error *err)
{
    struct flow_buf path;
    size_t recovered;
    if (flow_repo_state_dir(job->options->repo, &job->state_dir, err))
        return -1;
    if (!job->options->dry_run && take_lock(job, err))
        return -1;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_printf(&path, "%sledger.db", job->state_dir.data);
    int result = flow_buf_check(&path, "path of the ledger", err);
    if (result == 0)
        result = flow_ledger_open(&job->ledger, path.data, err);
    if (result == 0)
        result = flow_ledger_run(job->ledger, "review", job->options->name, &job->env.run, err);
    if (result == 0 && !job->options->dry_run)
        result = flow_ledger_recover(job->ledger, job->env.run, &recovered, err);
    flow_buf_release(&path);
    return result;
}

static int open_models(struct job *job, struct flow_error *err)
{
    const struct flow_config *config = job->options->config;
    const struct flow_models_options options = {.config = config, .cancel = job->options->cut};
    const char *model = flow_config_str(config, "port.model", flow_config_str(config, "model.default", NULL));
    job->effort = flow_config_str(config, "review.effort", NULL);
    if (review_models(config, "review.model", model, job->models_named, &job->outcome->arena, err) ||
        flow_models_new(&job->models, &options, err))
        return -1;
    for (size_t i = 0; i < REVIEW_LENSES; i++)
        if (flow_models_check(job->models, job->models_named[i], err))
            return -1;
    return flow_send_new(&job->send, config, job->state_dir.data, err);
}

// What stands on both sides of "..", or a commit and its parent.
static int read_range(struct job *job, const char *what, struct flow_buf *out, struct flow_error *err)
{
    struct flow_repo *repo = job->options->repo;
    const char *dots = strstr(what, "..");
    struct flow_id before, after;
    struct flow_buf name;
    bool has_before = true;
    if (dots && dots[2] == '.')
        return flow_error_set(err, FLOW_E_USAGE,
                              "'%s' has three dots: write A..B for what changed from A to B", what);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_add(&name, what, dots ? (size_t)(dots - what) : strlen(what));
    const char *first = dots && name.len == 0 ? "HEAD" : name.data;
    const char *second = dots && dots[2] ? dots + 2 : "HEAD";
    int result = flow_buf_check(&name, "revision", err);
    if (result == 0)
        result = flow_repo_resolve(repo, first, dots ? &before : &after, err);
    if (result == 0 && dots) {
        result = flow_repo_resolve(repo, second, &after, err);
    } else if (result == 0) {
        int parent = flow_repo_parent(repo, &after, &before, err);
        has_before = parent == 1;
        result = parent < 0 ? -1 : 0;
    }
    if (result == 0)
        result = flow_repo_diff(repo, has_before ? &before : NULL, &after, out, err);
    if (result == 0 && out->len == 0)
        result =
            flow_error_set(err, FLOW_E_INVALID, "'%s' changes no file: there is nothing to review", what);
    if (result == 0 && dots)
        flow_buf_printf(&job->subject.words, "%.12s..%.12s", before.hex, after.hex);
    else if (result == 0)
        flow_buf_printf(&job->subject.words, "commit %.12s", after.hex);
    flow_buf_release(&name);
    return result;
}

static int open_change(struct job *job, struct flow_error *err)
{
    struct subject *subject = &job->subject;
    const char *what = job->options->what;
    struct flow_error own = FLOW_ERROR_INIT;
    struct flow_buf diff;
    flow_buf_init(&diff, FLOW_BUF_TEXT);
    int result = 0;
    if (what) {
        result = read_range(job, what, &diff, err);
    } else {
        flow_buf_add(&diff, job->options->diff, job->options->diff_len);
        flow_buf_puts(&subject->words, "the diff on standard input");
        result = flow_buf_check(&diff, "the diff", err);
    }
    if (result == 0 && flow_repo_resolve(job->options->repo, "HEAD", &subject->commit, &own))
        *subject->commit.hex = '\0';
    // What the change holds stays as long as the diff does.
    const struct flow_buf *kept = result == 0 ? subject_keep(subject, &diff, err) : NULL;
    result = kept ? subject_change(subject, kept->data, kept->len, err) : -1;
    flow_buf_release(&diff);
    return result;
}

static int open_subject(struct job *job, struct flow_error *err)
{
    struct subject *subject = &job->subject;
    subject->ledger = job->ledger;
    subject->send = job->send;
    subject->left_out = &job->outcome->left_out;
    int unit = job->options->what ? subject_unit(subject, job->options->what, err) : 0;
    if (unit)
        return unit < 0 ? -1 : 0;
    return open_change(job, err);
}

static int open_templates(struct job *job, struct flow_error *err)
{
    const struct subject *subject = &job->subject;
    for (size_t i = 0; i <= REVIEW_LENSES; i++) {
        const char *name = i < REVIEW_LENSES ? subject->templates[i] : "review-judge";
        int from =
            flow_template_read(*subject->commit.hex ? job->options->repo : NULL,
                               *subject->commit.hex ? &subject->commit : NULL, name, &job->templates[i], err);
        if (from < 0)
            return -1;
        job->own[i] = from == 1;
    }
    return 0;
}

static int approve(struct job *job, struct flow_error *err)
{
    const struct flow_review_hooks *hooks = &job->options->hooks;
    struct flow_brought brought[REVIEW_LENSES + 1];
    struct flow_arena arena;
    size_t count = 0;
    int result = 0;
    flow_arena_init(&arena);
    for (size_t i = 0; i <= REVIEW_LENSES && result == 0; i++) {
        char path[100];
        if (!job->own[i])
            continue;
        snprintf(path, sizeof path, ".flow/prompts/%s.md",
                 i < REVIEW_LENSES ? job->subject.templates[i] : "review-judge");
        brought[count] = (struct flow_brought){.what = flow_arena_str(&arena, path),
                                               .text = job->templates[i].data,
                                               .len = job->templates[i].len};
        if (!brought[count++].what)
            result = flow_error_nomem(err);
    }
    if (result == 0)
        result = flow_approve(job->state_dir.data, brought, count, hooks->approve, hooks->payload, err);
    flow_arena_release(&arena);
    return result;
}

/* What is asked, by its content: other models or prompts are another review of the same thing. */
static int name_review(struct job *job, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_id id = {{0}};
    flow_buf_init(&text, FLOW_BUF_FILE);
    for (size_t i = 0; i < REVIEW_LENSES; i++) {
        flow_buf_add(&text, job->models_named[i], strlen(job->models_named[i]) + 1);
        for (size_t k = 0; k < FLOW_PROMPT_PARTS; k++)
            flow_buf_add(&text, job->review.prompts[i].parts[k].data, job->review.prompts[i].parts[k].len);
    }
    flow_buf_puts(&text, job->effort ? job->effort : "");
    int result = flow_buf_check(&text, "prompts", err);
    if (result == 0)
        result = flow_id_of(&id, text.data, text.len, err);
    flow_buf_release(&text);
    snprintf(job->label, sizeof job->label, "%.250s@%.12s", job->subject.label, id.hex);
    return result;
}

static int fill_review(struct job *job, struct flow_error *err)
{
    const struct subject *subject = &job->subject;
    struct review *review = &job->review;
    for (size_t i = 0; i < REVIEW_LENSES; i++) {
        review->models[i] = job->models_named[i];
        if (flow_prompt_fill(&review->prompts[i], subject->templates[i], job->templates[i].data,
                             job->templates[i].len, subject->values, subject->value_count, err))
            return -1;
    }
    if (name_review(job, err))
        return -1;
    review->env = &job->env;
    review->run = job->env.run;
    review->round = 1;
    review->step = (struct flow_step){
        .unit = job->label, .round = 1, .effort = job->effort, .source_id = subject->source_id.hex};
    review->sides = (struct flow_sides){.sources = subject->sources,
                                        .source_count = subject->source_count,
                                        .targets = subject->targets,
                                        .target_count = subject->target_count,
                                        .change = subject->change};
    review->bytes = subject->bytes;
    review->source_id = subject->source_id;
    review->target_id = subject->target_id;
    return 0;
}

/*
 * The plan.
 */

static size_t prompt_bytes(const struct flow_prompt *prompt)
{
    size_t bytes = 0;
    for (size_t i = 0; i < FLOW_PROMPT_PARTS; i++)
        bytes += prompt->parts[i].len;
    return bytes;
}

// From two acceptances to a split, with a complaint about one reply of each.
static int price(const struct job *job, struct flow_review_plan *plan, struct flow_error *err)
{
    plan->priced = true;
    for (size_t i = 0; i <= REVIEW_LENSES; i++) {
        const char *model = job->models_named[i < REVIEW_LENSES ? i : 0];
        struct flow_price row;
        uint64_t input = prompt_bytes(&job->review.prompts[i < REVIEW_LENSES ? i : 0]) / 4;
        struct flow_usage low = {.input = input, .output = ANSWER_LOW};
        struct flow_usage high = {.input = 2 * input + ANSWER_HIGH, .output = (uint64_t)2 * ANSWER_HIGH};
        if (flow_models_price(job->models, model, input, &row, err))
            return -1;
        plan->priced = plan->priced && row.known;
        plan->tokens_high += high.input + high.output;
        plan->nano_high += row.known ? flow_price_cost(&row, &high) : 0;
        if (i < REVIEW_LENSES) {
            plan->tokens_low += low.input + low.output;
            plan->nano_low += row.known ? flow_price_cost(&row, &low) : 0;
        }
    }
    return 0;
}

static int show_plan(struct job *job, struct flow_error *err)
{
    static const struct flow_budget none = {.nano_usd = -1, .tokens = -1, .calls = -1};
    const struct flow_review_options *options = job->options;
    const struct flow_budget *limit = options->budget ? options->budget : &none;
    struct flow_buf destination;
    struct flow_review_plan plan = {
        .what = job->subject.words.data,
        .files = job->subject.change ? job->subject.target_count : 1,
        .reviewers = job->models_named,
        .calls_low = REVIEW_LENSES,
        .calls_high = 2 * (REVIEW_LENSES + 1),
        .limit = limit,
    };
    for (size_t i = 0; i < REVIEW_LENSES && !options->dry_run; i++)
        if (review_limit(job->models, job->models_named[i], limit, "a review can take many calls", err))
            return -1;
    flow_buf_init(&destination, FLOW_BUF_LINE);
    int result = review_destinations(job->models, job->models_named, REVIEW_LENSES, &destination, err);
    plan.destination = destination.data;
    if (result == 0)
        result = price(job, &plan, err);
    if (result == 0)
        result = options->hooks.plan(options->hooks.payload, &plan, err);
    flow_buf_release(&destination);
    return result;
}

/*
 * The judge.
 */

static void show_finding(struct job *job, struct flow_buf *out, unsigned lens,
                         const struct flow_finding *finding)
{
    job->shown[job->shown_count++] = finding;
    flow_buf_printf(out, "%zu. %s, by the reviewer of %s, who %s. `", job->shown_count, finding->severity,
                    review_lenses[lens], job->review.verdicts[lens].accept ? "accepts" : "rejects");
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

static int make_judge_prompt(struct job *job, struct flow_error *err)
{
    struct flow_buf findings;
    size_t most = job->review.verdicts[0].count + job->review.verdicts[1].count;
    job->shown = calloc(most + 1, sizeof *job->shown);
    if (!job->shown)
        return flow_error_nomem(err);
    flow_buf_init(&findings, FLOW_BUF_TEXT);
    for (unsigned lens = 0; lens < REVIEW_LENSES; lens++)
        for (size_t i = 0; i < job->review.verdicts[lens].count; i++)
            if (job->review.verdicts[lens].items[i].proven)
                show_finding(job, &findings, lens, &job->review.verdicts[lens].items[i]);
    const struct flow_prompt_value values[] = {
        {"subject", job->subject.shown.data, job->subject.shown.len},
        {"findings", findings.data, findings.len},
    };
    const struct flow_buf *template = &job->templates[REVIEW_LENSES];
    int result = flow_buf_check(&findings, "findings", err);
    if (result == 0)
        result = flow_prompt_fill(&job->judge, "review-judge", template->data, template->len, values,
                                  sizeof values / sizeof *values, err);
    flow_buf_release(&findings);
    return result;
}

static int fit_judgement(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                         struct flow_error *err)
{
    struct job *job = payload;
    flow_judgement_release(&job->judgement);
    return flow_judgement_parse(&job->judgement, answer->text, answer->len, answer->stop == FLOW_STOP_LENGTH,
                                job->shown_count, why, err);
}

static int judge(struct job *job, struct flow_error *err)
{
    struct flow_answer answer;
    struct flow_step step = job->review.step;
    if (make_judge_prompt(job, err))
        return -1;
    step.role = "judge";
    step.model = job->models_named[0];
    step.system = job->judge.system;
    step.system_count = job->judge.system_count;
    step.user = job->judge.user;
    step.user_count = job->judge.user_count;
    step.schema = flow_judgement_schema;
    step.max_tokens = flow_agent_max_tokens(job->shown_count * 400);
    flow_answer_init(&answer);
    int result = flow_agent_step(&job->env, &step, fit_judgement, job, &answer, err);
    flow_answer_release(&answer);
    if (result > 0)
        flow_error_wrap(err, "no judgement between the two reviewers");
    job->outcome->judged = result == 0;
    return result;
}

/*
 * What came of it.
 */

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

static int finish(struct job *job, struct flow_error *err)
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

static int ask(struct job *job, struct flow_error *err)
{
    int result = review_run(&job->review, err);
    if (result == 0 && job->review.verdicts[0].accept != job->review.verdicts[1].accept)
        result = judge(job, err);
    return result ? result : finish(job, err);
}

// The limit is one of this review, on top of what others of the run took; another one may go by another.
static int set_budget(struct job *job, const struct flow_spending *spending, struct flow_error *err)
{
    struct flow_budget limit = {.nano_usd = -1, .tokens = -1, .calls = -1};
    const struct flow_budget *given = job->options->budget;
    if (given && given->nano_usd >= 0)
        limit.nano_usd = spending->spent_nano_usd + given->nano_usd;
    if (given && given->tokens >= 0)
        limit.tokens = spending->spent_tokens + given->tokens;
    if (given && given->calls >= 0)
        limit.calls = spending->calls + given->calls;
    return flow_ledger_budget_set(job->ledger, job->env.run, &limit, err);
}

static int carry_out(struct job *job, struct flow_error *err)
{
    struct flow_review_outcome *outcome = job->outcome;
    struct flow_spending before, after;
    if (approve(job, err) || flow_ledger_spending(job->ledger, job->env.run, &before, err) ||
        set_budget(job, &before, err) || flow_places_new(&job->places, REVIEW_LENSES, err))
        return -1;
    job->env.ledger = job->ledger;
    job->env.models = job->models;
    job->env.places = job->places;
    job->env.stop = job->options->stop;
    int result = ask(job, err);
    // What it cost is told also where it failed.
    if (flow_ledger_spending(job->ledger, job->env.run, &after, result == 0 ? err : NULL))
        return -1;
    outcome->calls = after.calls - before.calls;
    outcome->nano_usd = after.spent_nano_usd - before.spent_nano_usd;
    outcome->unpriced_calls = after.unpriced_calls - before.unpriced_calls;
    return result;
}

static void job_init(struct job *job, const struct flow_review_options *options,
                     struct flow_review_outcome *outcome)
{
    *job = (struct job){.options = options, .outcome = outcome};
    flow_buf_init(&job->state_dir, FLOW_BUF_LINE);
    for (size_t i = 0; i <= REVIEW_LENSES; i++)
        flow_buf_init(&job->templates[i], FLOW_BUF_TEXT);
    flow_prompt_init(&job->judge);
    flow_arena_init(&job->judgement.arena);
    subject_init(&job->subject, options);
    review_init(&job->review);
}

static void job_release(struct job *job)
{
    review_release(&job->review);
    subject_release(&job->subject);
    flow_judgement_release(&job->judgement);
    flow_prompt_release(&job->judge);
    free(job->shown);
    flow_places_free(job->places);
    flow_send_free(job->send);
    flow_models_free(job->models);
    flow_ledger_free(job->ledger);
    flow_run_unlock(job->lock);
    for (size_t i = 0; i <= REVIEW_LENSES; i++)
        flow_buf_release(&job->templates[i]);
    flow_buf_release(&job->state_dir);
}

int flow_review(const struct flow_review_options *options, struct flow_review_outcome *outcome,
                struct flow_error *err)
{
    struct job job;
    *outcome = (struct flow_review_outcome){0};
    flow_arena_init(&outcome->arena);
    flow_strv_init(&outcome->left_out);
    job_init(&job, options, outcome);
    int result = open_ledger(&job, err) || open_models(&job, err) || open_subject(&job, err) ||
                         open_templates(&job, err) || fill_review(&job, err) || show_plan(&job, err)
                     ? -1
                     : 0;
    if (result == 0 && !options->dry_run)
        result = carry_out(&job, err);
    job_release(&job);
    return result;
}

void flow_review_outcome_release(struct flow_review_outcome *outcome)
{
    flow_strv_release(&outcome->left_out);
    flow_arena_release(&outcome->arena);
}
