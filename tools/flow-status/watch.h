/* SPDX-License-Identifier: MIT */
/*
 * A screen that is drawn anew each second, and at once where the terminal changes its size, until somebody
 * presses 'q' or a signal comes. A terminal that cannot move its cursor, or something that is no terminal, is
 * given a line for each run whenever that changed, at most every ten seconds.
 */
#ifndef FLOW_STATUS_WATCH_H
#define FLOW_STATUS_WATCH_H

#include <stdio.h>

#include "flow/base/error.h"

/* Prints the whole screen, or with `line` the short form. */
typedef int (*watch_fn)(void *payload, FILE *to, int line, struct flow_error *err);

/* The terminal is as it was when this returns, whatever ended it. */
int watch(watch_fn draw, void *payload, struct flow_error *err);

#endif
