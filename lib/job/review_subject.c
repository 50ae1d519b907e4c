// SPDX-License-Identifier: MIT
#include "review_subject.h"

#include <stdlib.h>

void subject_init(struct subject *subject, const struct flow_review_options *options)
{
    *subject = (struct subject){.options = options, .intent = ""};
    flow_arena_init(&subject->arena);
    flow_buf_init(&subject->words, FLOW_BUF_LINE);
    flow_buf_init(&subject->shown, FLOW_BUF_FILE);
}

void subject_release(struct subject *subject)
{
    for (size_t i = 0; i < subject->text_count; i++)
        flow_buf_release(subject->texts[i]);
    free(subject->texts);
    free(subject->sources);
    free(subject->targets);
    flow_buf_release(&subject->shown);
    flow_buf_release(&subject->words);
    flow_arena_release(&subject->arena);
}

void subject_value(struct subject *subject, const char *name, const char *text, size_t len)
{
    if (subject->value_count < SUBJECT_VALUES)
        subject->values[subject->value_count++] =
            (struct flow_prompt_value){.name = name, .text = text, .len = len};
}

const struct flow_buf *subject_keep(struct subject *subject, struct flow_buf *text, struct flow_error *err)
{
    struct flow_buf *kept = flow_arena_alloc(&subject->arena, sizeof *kept);
    if (flow_buf_check(text, "a text", err))
        return NULL;
    if (!kept || flow_grow(&subject->texts, &subject->text_cap, subject->text_count + 1,
                           sizeof(struct flow_buf *), err)) {
        flow_error_nomem(err);
        return NULL;
    }
    *kept = *text;
    flow_buf_init(text, kept->max);
    subject->texts[subject->text_count++] = kept;
    return kept;
}

int subject_side(struct subject *subject, bool target, const char *path, const struct flow_buf *text,
                 struct flow_error *err)
{
    struct flow_side side = {.path = path, .text = text->data, .len = text->len};
    if (target
            ? flow_grow(&subject->targets, &subject->target_cap, subject->target_count + 1, sizeof side, err)
            : flow_grow(&subject->sources, &subject->source_cap, subject->source_count + 1, sizeof side, err))
        return -1;
    if (target)
        subject->targets[subject->target_count++] = side;
    else
        subject->sources[subject->source_count++] = side;
    return 0;
}
