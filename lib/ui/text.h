/* SPDX-License-Identifier: MIT */
/*
 * Text in the columns of a terminal.
 */
#ifndef FLOW_UI_TEXT_H
#define FLOW_UI_TEXT_H

#include <stddef.h>

/* The bytes of the longest beginning of text (valid UTF-8) that takes at most `room` columns; *taken is what
 * it takes. */
size_t flow_text_cut(const char *text, size_t room, size_t *taken);

#endif
