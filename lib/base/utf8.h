/* SPDX-License-Identifier: MIT */
/*
 * One character of UTF-8 at a time, for the modules of this layer.
 */
#ifndef FLOW_BASE_UTF8_H
#define FLOW_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the character that begins text, and its code point; 0 where it is not well formed (Unicode
 * 15, table 3-7) or len is 0. */
size_t flow_utf8_decode(const char *text, size_t len, uint32_t *out);

/* The most bytes that flow_utf8_show writes: four escapes of four. */
#define FLOW_UTF8_SHOWN 16

/* Writes the first character of text (len > 0) as it can be shown on a terminal, and says in *taken how many
 * bytes it was; returns how many were written. See flow_str_show. */
size_t flow_utf8_show(char out[FLOW_UTF8_SHOWN], const char *text, size_t len, size_t *taken);

#endif
