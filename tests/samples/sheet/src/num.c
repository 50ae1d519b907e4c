/* SPDX-License-Identifier: MIT */
#include "num.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static uint64_t magnitude(int64_t n) {
    int64_t mask = n >> 63; // 0, or -1 when n is negative

    return (uint64_t)((n ^ mask) - mask);
}

static enum num_status store(uint64_t size, int negative, int64_t *out) {
    if (size > (uint64_t)NUM_MAX)
        return NUM_OVERFLOW;
    *out = negative ? -(int64_t)size : (int64_t)size;
    return NUM_OK;
}

enum num_status num_add(int64_t a, int64_t b, int64_t *out) {
    int64_t sum = a + b; // of two numbers in range, which cannot leave int64_t

    return store(magnitude(sum), sum < 0, out);
}

enum num_status num_mul(int64_t a, int64_t b, int64_t *out) {
    uint64_t x = magnitude(a), y = magnitude(b);
    uint64_t whole = x / NUM_SCALE, part = x % NUM_SCALE;
    uint64_t size;

    if (whole > 0 && y > (uint64_t)NUM_MAX / whole)
        return NUM_OVERFLOW;
    // x * y / scale, taken apart so that no product passes 2^64.
    size = whole * y + part * (y / NUM_SCALE) + (part * (y % NUM_SCALE) + NUM_SCALE / 2) / NUM_SCALE;
    return store(size, (a ^ b) < 0, out);
}

enum num_status num_div(int64_t a, int64_t b, int64_t *out) {
    uint64_t x = magnitude(a), y = magnitude(b);
    uint64_t size, rest;

    if (y == 0)
        return NUM_BY_ZERO;
    size = x / y;
    rest = x % y;
    for (int i = 0; i < NUM_PLACES; i++) {
        if (size > (uint64_t)NUM_MAX / 10)
            return NUM_OVERFLOW;
        rest *= 10;
        size = size * 10 + rest / y;
        rest %= y;
    }
    return store(size + (rest >= y - rest), (a ^ b) < 0, out);
}

enum num_status num_parse(const char *text, const char **end, int64_t *out) {
    int64_t number, unit = NUM_SCALE;
    char *stop;

    if (!isdigit((unsigned char)*text))
        return NUM_MALFORMED;
    errno = 0;
    number = strtoll(text, &stop, 10);
    if (errno == ERANGE || number > NUM_MAX / NUM_SCALE)
        return NUM_OVERFLOW;
    number *= NUM_SCALE;
    if (*stop == '.') {
        if (!isdigit((unsigned char)*++stop))
            return NUM_MALFORMED;
        for (; isdigit((unsigned char)*stop); stop++) {
            if (unit == 1)
                return NUM_TOO_FINE;
            unit /= 10;
            number += (*stop - '0') * unit;
        }
    }
    *end = stop;
    *out = number;
    return NUM_OK;
}

void num_format(int64_t n, char out[NUM_TEXT_SIZE]) {
    uint64_t size = magnitude(n), fraction = size % NUM_SCALE;
    int places = NUM_PLACES;
    int used = snprintf(out, NUM_TEXT_SIZE, "%s%" PRIu64, n < 0 ? "-" : "", size / NUM_SCALE);

    if (fraction == 0)
        return;
    for (; fraction % 10 == 0; fraction /= 10)
        places--;
    snprintf(out + used, (size_t)(NUM_TEXT_SIZE - used), ".%0*" PRIu64, places, fraction);
}
