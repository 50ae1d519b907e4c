/* SPDX-License-Identifier: MIT */
/*
 * What a running tool says on standard error about how far it is.
 *
 * On a terminal that can, one status line is drawn over and over in its place, cut to the width that the
 * terminal has at that moment; one that has been the same for a while says for how long. Elsewhere (a file, a
 * pipe, TERM=dumb) the status is a plain line now and then, so that a log stays short. Notes and warnings are
 * lines of their own that stay. The caller says what the texts are; control characters in them are made
 * harmless. Any thread may call.
 */
#ifndef FLOW_UI_PROGRESS_H
#define FLOW_UI_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "flow/base/error.h"

struct flow_progress;

/* Seconds between two drawings of the status line, and between two plain lines. */
#define FLOW_PROGRESS_REDRAW  0.1
#define FLOW_PROGRESS_PLAIN   10.0
/* Seconds after which a status that is still the same says for how long it has been so. */
#define FLOW_PROGRESS_ELAPSED 2.0

/* quiet: only warnings are printed. */
int flow_progress_new(struct flow_progress **out, FILE *to, bool quiet, struct flow_error *err);

/* Takes the status line away and frees; takes NULL. */
void flow_progress_free(struct flow_progress *progress);

/* Sets the status, which is drawn when the time for that has come. */
void flow_progress_status(struct flow_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Prints a line that stays. */
void flow_progress_note(struct flow_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As flow_progress_note, with "warning: " in front, and also where quiet. */
void flow_progress_warn(struct flow_progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Takes the status line away until the next status, for what else writes to the terminal. */
void flow_progress_hide(struct flow_progress *progress);

#endif
