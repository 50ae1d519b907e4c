/* SPDX-License-Identifier: MIT */
#ifndef NUM_H
#define NUM_H

#include <stdint.h>

/*
 * Decimal numbers in fixed point: an int64_t that counts ten-thousandths. Every number lies within
 * -NUM_MAX..NUM_MAX; a result outside is NUM_OVERFLOW, never wrapped and never cut. What does not fit four
 * decimals is rounded half away from zero. On failure `out` is left alone.
 */
#define NUM_PLACES 4
#define NUM_SCALE INT64_C(10000)
#define NUM_MAX INT64_C(999999999999999999)

/* Room for any number as text: sign, digits, point, NUL. */
#define NUM_TEXT_SIZE 24

enum num_status { NUM_OK, NUM_OVERFLOW, NUM_BY_ZERO, NUM_MALFORMED, NUM_TOO_FINE };

enum num_status num_add(int64_t a, int64_t b, int64_t *out);
enum num_status num_mul(int64_t a, int64_t b, int64_t *out);
enum num_status num_div(int64_t a, int64_t b, int64_t *out);

/*
 * Reads digits, and a point with one to four digits, from the start of `text`: no sign, no blanks. On success
 * `end` is the first byte that was not read.
 */
enum num_status num_parse(const char *text, const char **end, int64_t *out);

/* Writes `n` with as many decimals as it needs. */
void num_format(int64_t n, char out[NUM_TEXT_SIZE]);

#endif
