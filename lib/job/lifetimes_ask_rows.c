// SPDX-License-Identifier: MIT
/*
 * What was said, into the rows. Evidence of a row that a model decided ends with "[model CLASS]", so that one
 * whose class a person has changed since is known by it.
 */
#include <string.h>

#include "flow/base/str.h"
#include "lifetimes_ask.h"

#define WORDS_MAX ((size_t)400) /* bytes */

/* The votes on one answer. */
struct count {
    unsigned held, refuted; /* usable replies, and those that refute */
    const char *reason;     /* of the first that does */
    const char *missing;    /* why another one said nothing; NULL: all did */
};

static struct count count_votes(const struct ask *ask, const struct ask_task *task, size_t claim)
{
    struct count count = {0};
    for (unsigned i = 0; i < ask->options->votes; i++) {
        const struct ask_vote *vote = &task->votes[i];
        if (!vote->held) {
            count.missing = count.missing ? count.missing : vote->why;
            continue;
        }
        count.held++;
        const struct flow_refutation *said = &vote->said.items[claim];
        if (said->refuted && count.refuted++ == 0)
            count.reason = said->reason;
    }
    return count;
}

// Where the words of a model end: with a word, and before what stands between sentences, since more follows.
static size_t end_words(const char *text, size_t line)
{
    size_t len = flow_str_first_line(text, line, WORDS_MAX), word = len;
    if (len < line) {
        while (word > 0 && !strchr(" \t", text[word]))
            word--;
        // What is one word only is cut at a character.
        len = word > 0 ? word : len;
    }
    while (len > 1 && strchr(" \t.,;:", text[len - 1]))
        len--;
    return len;
}

// Words of a model: on one line, and without the brackets that the rule stands in.
static void put_words(struct flow_buf *out, const char *text)
{
    size_t from = out->len, line = flow_str_first_line(text, strlen(text), SIZE_MAX);
    flow_buf_add(out, text, end_words(text, line));
    if (line > WORDS_MAX)
        flow_buf_puts(out, "…");
    for (size_t i = from; i < out->len; i++) {
        if (strchr("[]", out->data[i]))
            out->data[i] = out->data[i] == '[' ? '(' : ')';
        else if (strchr("\t\r\n", out->data[i]))
            out->data[i] = ' ';
    }
}

static int keep(struct ask *ask, struct flow_lifetime *row, struct flow_buf *evidence, struct flow_error *err)
{
    int result = flow_buf_check(evidence, "evidence", err);
    row->evidence = result == 0 ? flow_arena_str(&ask->model->arena, evidence->data) : "";
    flow_buf_release(evidence);
    return row->evidence ? result : flow_error_nomem(err);
}

// The row stays as the analysis left it, and says that it was not looked at.
static int leave(struct ask *ask, struct flow_lifetime *row, const char *what, const char *why,
                 struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%s (%s: ", row->evidence, what);
    put_words(&text, why ? why : "interrupted");
    flow_buf_putc(&text, ')');
    ask->out->left++;
    return keep(ask, row, &text, err);
}

static int set_target(struct ask *ask, const struct ask_field *asked,
                      const struct flow_ownership_answer *answer, struct flow_error *err)
{
    struct flow_lifetime *row = asked->row;
    row->target = "";
    if (*answer->target) {
        row->target = flow_arena_str(&ask->model->arena, answer->target);
        return row->target ? 0 : flow_error_nomem(err);
    }
    for (size_t i = 0; i < ask->model->class_count; i++) {
        if (strcmp(ask->model->classes[i].name, row->class_name) == 0) {
            row->target = ask->model->classes[i].target;
            return 0;
        }
    }
    return own_target(ask->model, asked->field, row->class_name, &row->target, err);
}

static void put_place(struct flow_buf *out, const struct flow_lifetime *row,
                      const struct flow_ownership_answer *answer)
{
    if (answer->line_count > 0)
        flow_buf_printf(out, "%s:%u, ", answer->lines[0].file, (unsigned)answer->lines[0].line);
    else
        flow_buf_printf(out, "%s:%u, ", row->file, (unsigned)row->line);
}

static int set_unknown(struct ask *ask, struct flow_lifetime *row, const struct flow_ownership_answer *answer,
                       const struct count *count, struct flow_error *err)
{
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    put_place(&text, row, answer);
    if (count) {
        flow_buf_printf(&text, "%u of %u refuted %s: ", count->refuted, count->held, answer->class_name);
        put_words(&text, count->reason);
    } else {
        put_words(&text, answer->reason);
    }
    flow_buf_puts(&text, " [" FLOW_LIFETIME_MODEL FLOW_OWNERSHIP_UNKNOWN "]");
    row->class_name = FLOW_OWNERSHIP_UNKNOWN;
    row->target = "";
    row->confidence = "low";
    row->rule = "model";
    ask->out->unknown++;
    return keep(ask, row, &text, err);
}

static int set_decided(struct ask *ask, const struct ask_field *asked,
                       const struct flow_ownership_answer *answer, const struct count *count,
                       struct flow_error *err)
{
    struct flow_lifetime *row = asked->row;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_LINE);
    put_place(&text, row, answer);
    put_words(&text, answer->reason);
    flow_buf_printf(&text, ", %u of %u refuted it [" FLOW_LIFETIME_MODEL "%s]", count->refuted,
                    ask->options->votes, answer->class_name);
    row->class_name = answer->class_name;
    row->confidence = "model";
    row->rule = "model";
    ask->out->decided++;
    if (set_target(ask, asked, answer, err) == 0)
        return keep(ask, row, &text, err);
    flow_buf_release(&text);
    return -1;
}

// Half of the votes refute, and one vote that is not there could be either.
static int weigh(struct ask *ask, const struct ask_task *task, size_t claim, struct flow_error *err)
{
    unsigned votes = ask->options->votes;
    const struct ask_field *asked = &task->fields[task->claim_fields[claim]];
    const struct flow_ownership_answer *answer = &task->answers.answers[task->claim_fields[claim]];
    struct count count = count_votes(ask, task, claim);
    if (count.refuted > 0 && 2 * count.refuted >= votes)
        return set_unknown(ask, asked->row, answer, &count, err);
    if (2 * (count.refuted + votes - count.held) < votes)
        return set_decided(ask, asked, answer, &count, err);
    struct flow_buf what;
    flow_buf_init(&what, FLOW_BUF_LINE);
    flow_buf_printf(&what, "a model says %s, not checked: %u of %u refuters answered", answer->class_name,
                    count.held, votes);
    int result = leave(ask, asked->row, what.data, count.missing, err);
    flow_buf_release(&what);
    return result;
}

static int write_task(struct ask *ask, const struct ask_task *task, struct flow_error *err)
{
    int result = 0;
    for (size_t i = 0; i < task->count && result == 0; i++) {
        struct flow_lifetime *row = task->fields[i].row;
        if (!task->answered)
            result = leave(ask, row, "not asked", task->left, err);
        else if (strcmp(task->answers.answers[i].class_name, FLOW_OWNERSHIP_UNKNOWN) == 0)
            result = set_unknown(ask, row, &task->answers.answers[i], NULL, err);
    }
    for (size_t i = 0; i < task->claim_count && result == 0; i++)
        result = weigh(ask, task, i, err);
    return result;
}

int ask_rows(struct ask *ask, struct flow_error *err)
{
    for (size_t i = 0; i < ask->count; i++)
        if (write_task(ask, &ask->tasks[i], err) != 0)
            return -1;
    return 0;
}
