/* SPDX-License-Identifier: MIT */
/*
 * Questions to the person at the terminal.
 */
#ifndef FLOW_UI_ASK_H
#define FLOW_UI_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "flow/base/error.h"

/*
 * Asks a question that is answered by yes or no on the controlling terminal, so that standard input stays
 * free for data; only "y" and "yes" (in any case) agree. 0 where the person agreed. FLOW_E_REFUSED where the
 * person did not, or where there is no terminal: the message then names `option` ("--yes"), which answers
 * beforehand. FLOW_E_INTERRUPTED where a signal came in between.
 */
int flow_ask(const char *question, const char *option, struct flow_error *err);

/* Whether there is a terminal to ask on. */
bool flow_ask_possible(void);
/* Shows a text of somebody else's on standard error, with what no terminal should be sent escaped. */
void flow_ask_show(const char *title, const char *text, size_t len);
/* Shows it and asks about it, as flow_ask does. */
int flow_ask_about(const char *title, const char *text, size_t len, const char *question,
                   struct flow_error *err);

#endif
