/* SPDX-License-Identifier: MIT */
/*
 * Prompts: templates filled with values.
 *
 * A template is a file prompts/<name>.md of flow's data; `.flow/prompts/<name>.md` of the base commit
 * replaces it. {{name}} stands for a value; {{#name}}…{{/name}} is kept where that value is not empty. A name
 * that is not known is an error, so that a spelling mistake cannot go to a model. Values are put in as they
 * are: nothing in them is read as a template.
 *
 * Lines `%% system`, `%% shared`, `%% unit` and `%% question` begin the parts of a prompt, stable ones first:
 * system and shared become system blocks with a cache breakpoint behind each, unit and question the user's
 * turn. A question is for prompts that differ in nothing else: there is a breakpoint before it, too. A part
 * that comes out blank is left out.
 */
#ifndef FLOW_AGENT_PROMPT_H
#define FLOW_AGENT_PROMPT_H

#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/model/request.h"
#include "flow/repo/repo.h"

/* Appends the template of that name. 1: from the commit, 0: flow's own, -1 failure. repo and commit may be
 * NULL. */
int flow_template_read(struct flow_repo *repo, const struct flow_id *commit, const char *name,
                       struct flow_buf *out, struct flow_error *err);

struct flow_prompt_value {
    const char *name;
    const char *text;
    size_t len;
};

enum flow_prompt_part {
    FLOW_PROMPT_SYSTEM,
    FLOW_PROMPT_SHARED,
    FLOW_PROMPT_UNIT,
    FLOW_PROMPT_QUESTION,
    FLOW_PROMPT_PARTS
};

struct flow_prompt {
    struct flow_buf parts[FLOW_PROMPT_PARTS];
    struct flow_block system[2], user[2];
    size_t system_count, user_count;
};
void flow_prompt_init(struct flow_prompt *prompt);
void flow_prompt_release(struct flow_prompt *prompt);
/* FLOW_E_INVALID names the template and the line. */
int flow_prompt_fill(struct flow_prompt *out, const char *name, const char *text, size_t len,
                     const struct flow_prompt_value *values, size_t count, struct flow_error *err);

/* The same for a text that has no parts and is no prompt: appended to out. */
int flow_prompt_text(struct flow_buf *out, const char *name, const char *text, size_t len,
                     const struct flow_prompt_value *values, size_t count, struct flow_error *err);

/* Appends text as a fenced block, with a fence longer than any run of back quotes in it. info stands behind
 * the opening fence. first_line above 0 numbers the lines from there, the number and a tab before each. */
void flow_prompt_fence(struct flow_buf *out, const char *info, const char *text, size_t len,
                       uint32_t first_line);

#endif
