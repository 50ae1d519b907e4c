/* SPDX-License-Identifier: MIT */
/*
 * What is known about the terminal behind a descriptor.
 */
#ifndef FLOW_UI_TERM_H
#define FLOW_UI_TERM_H

#include <stdbool.h>

/* Whether fd is a terminal that can move its cursor (TERM is set and not "dumb"). */
bool flow_term_capable(int fd);

/* The columns of the terminal behind fd, asked anew with each call; 80 where it does not say. */
unsigned flow_term_width(int fd);

/* Whether to use bold and colours on fd: a capable terminal, and NO_COLOR is not set (no-color.org). */
bool flow_term_color(int fd);

#endif
