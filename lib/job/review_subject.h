/* SPDX-License-Identifier: MIT */
/*
 * What flow-review has reviewed: a change (review_change.c) or a unit of a port (review_unit.c), as texts
 * that stand in prompts and as sides that prove what is said about them.
 */
#ifndef FLOW_JOB_PRIVATE_REVIEW_SUBJECT_H
#define FLOW_JOB_PRIVATE_REVIEW_SUBJECT_H

#include "flow/agent/reply.h"
#include "flow/agent/send.h"
#include "flow/job/review.h"
#include "review_private.h"

#define SUBJECT_VALUES 20

struct subject {
    const struct flow_review_options *options;
    struct flow_ledger *ledger;
    struct flow_send *send;
    struct flow_strv *left_out;
    struct flow_arena arena;
    bool change;
    const char *label;     /* in the ledger */
    struct flow_buf words; /* for people */
    struct flow_id commit; /* whose prompts apply; empty hex: flow's own */
    const char *templates[REVIEW_LENSES];
    struct flow_prompt_value values[SUBJECT_VALUES];
    size_t value_count;
    struct flow_buf shown; /* all of it as one text, for a judge */
    /* The texts of the sides and of the values; released with the subject. */
    struct flow_buf **texts;
    size_t text_count, text_cap;
    struct flow_side *sources, *targets;
    size_t source_count, target_count, source_cap, target_cap;
    size_t bytes; /* of what is judged */
    struct flow_id source_id, target_id;
    const char *intent; /* of a change: what it is for, as reviewers read it; "": nobody says */
};

void subject_init(struct subject *subject, const struct flow_review_options *options);
void subject_release(struct subject *subject);
void subject_value(struct subject *subject, const char *name, const char *text, size_t len);
/* Takes the buffer over and empties it; its text stays where it is. NULL: no memory. */
const struct flow_buf *subject_keep(struct subject *subject, struct flow_buf *text, struct flow_error *err);
/* The text is kept already. */
int subject_side(struct subject *subject, bool target, const char *path, const struct flow_buf *text,
                 struct flow_error *err);

int subject_change(struct subject *subject, const char *diff, size_t len, struct flow_error *err);
/* A change of one file, of which both texts are known. */
int subject_texts(struct subject *subject, const char *path, const struct flow_buf *before,
                  const struct flow_buf *after, struct flow_error *err);
/* 1: what is named is a unit of the port; 0: it is none. */
int subject_unit(struct subject *subject, const char *unit, struct flow_error *err);

#endif
