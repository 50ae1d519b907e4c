/* SPDX-License-Identifier: MIT */
/*
 * What the tools say about their options, and the printers that make a completion script of it.
 */
#ifndef FLOW_TOOLS_FLOW_WORDS_H
#define FLOW_TOOLS_FLOW_WORDS_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/vec.h"
#include "tools.h"

/* The columns of --flow-options. */
enum { CELL_LETTER, CELL_NAME, CELL_VALUE, CELL_KIND, CELL_CHOICES, CELL_GROUP, CELL_HELP, CELLS };

/* One tool and its options, CELLS strings each. */
struct words {
    const struct flow_command *command;
    struct flow_strv options;
};

/* What may stand as the value of an option. */
enum words_value { WORDS_NO_VALUE, WORDS_ANY, WORDS_FILE, WORDS_DIR, WORDS_CHOICE };
enum words_value words_value(char *const *option);

/* Appends text as one word in single quotes; `escape` are characters that want a backslash besides. */
void words_quote(struct flow_buf *out, const char *text, const char *escape);

void words_print_bash(const struct words *tools, size_t count, struct flow_buf *out);
void words_print_zsh(const struct words *tools, size_t count, struct flow_buf *out);
void words_print_fish(const struct words *tools, size_t count, struct flow_buf *out);

#endif
