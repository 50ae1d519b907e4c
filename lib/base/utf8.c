// SPDX-License-Identifier: MIT
#include "utf8.h"

#include <stdbool.h>
#include <string.h>

#include "flow/base/str.h"

size_t flow_utf8_decode(const char *text, size_t len, uint32_t *out)
{
    const unsigned char *s = (const unsigned char *)text;
    if (len == 0)
        return 0;
    if (s[0] < 0x80) {
        *out = s[0];
        return 1;
    }
    // The second byte alone tells overlong forms, surrogates and what lies beyond U+10FFFF.
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    size_t size;
    uint32_t point;
    if (s[0] >= 0xc2 && s[0] <= 0xdf) {
        size = 2;
        point = s[0] & 0x1fu;
    } else if (s[0] >= 0xe0 && s[0] <= 0xef) {
        size = 3;
        point = s[0] & 0x0fu;
        low = s[0] == 0xe0 ? 0xa0 : low;
        high = s[0] == 0xed ? 0x9f : high;
    } else if (s[0] >= 0xf0 && s[0] <= 0xf4) {
        size = 4;
        point = s[0] & 0x07u;
        low = s[0] == 0xf0 ? 0x90 : low;
        high = s[0] == 0xf4 ? 0x8f : high;
    } else {
        return 0;
    }
    if (len < size)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if (s[i] < low || s[i] > high)
            return 0;
        point = point << 6 | (s[i] & 0x3fu);
        low = 0x80;
        high = 0xbf;
    }
    *out = point;
    return size;
}

// Control characters, line and paragraph separators, and those that turn the direction of what follows.
static bool is_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x200e || point == 0x200f ||
           (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

size_t flow_utf8_show(char out[FLOW_UTF8_SHOWN], const char *text, size_t len, size_t *taken)
{
    static const char digits[] = "0123456789abcdef";
    uint32_t point = 0;
    size_t size = flow_utf8_decode(text, len, &point);
    *taken = size > 0 ? size : 1;
    if (size > 0 && point != '\\' && !is_unsafe(point)) {
        memcpy(out, text, size);
        return size;
    }
    if (text[0] == '\\' || text[0] == '\n' || text[0] == '\t') {
        out[0] = '\\';
        out[1] = text[0];
        if (text[0] != '\\')
            out[1] = text[0] == '\n' ? 'n' : 't';
        return 2;
    }
    size_t used = 0;
    for (size_t i = 0; i < *taken; i++) {
        unsigned char byte = (unsigned char)text[i];
        out[used++] = '\\';
        out[used++] = 'x';
        out[used++] = digits[byte >> 4];
        out[used++] = digits[byte & 0xf];
    }
    return used;
}

bool flow_utf8_valid(const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t size = flow_utf8_decode(text + i, len - i, &point);
        if (size == 0 || point == 0)
            return false;
        i += size;
    }
    return true;
}

struct range {
    uint32_t first, last;
};

// Combining and invisible characters (general categories Mn, Me and Cf), by block.
static const struct range zero_ranges[] = {
    {0x0300, 0x036f},   {0x0483, 0x0489},   {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
    {0x06d6, 0x06dc},   {0x0730, 0x074a},   {0x07a6, 0x07b0}, {0x0816, 0x0823}, {0x08d3, 0x0902},
    {0x093c, 0x093c},   {0x0941, 0x0948},   {0x094d, 0x094d}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a},
    {0x0e47, 0x0e4e},   {0x0eb4, 0x0ebc},   {0x0f71, 0x0f7e}, {0x135d, 0x135f}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},   {0x200b, 0x200f},   {0x202a, 0x202e}, {0x2060, 0x206f}, {0x20d0, 0x20ff},
    {0x302a, 0x302d},   {0x3099, 0x309a},   {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0xfeff, 0xfeff},
    {0xe0001, 0xe007f}, {0xe0100, 0xe01ef},
};

// East Asian wide and fullwidth (UAX #11), and emoji, by block.
static const struct range wide_ranges[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},   {0x2614, 0x2615},
    {0x2705, 0x2705},   {0x274c, 0x274c},   {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2e80, 0x303e},
    {0x3041, 0x4dbf},   {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
    {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},   {0xffe0, 0xffe6},   {0x16fe0, 0x18cff},
    {0x1b000, 0x1b2ff}, {0x1f18e, 0x1f19a}, {0x1f200, 0x1f320}, {0x1f32d, 0x1f64f}, {0x1f680, 0x1f6ff},
    {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t point)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (point < ranges[middle].first)
            count = middle;
        else if (point > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

#define IN_RANGES(ranges, point) in_ranges(ranges, sizeof(ranges) / sizeof *(ranges), point)

size_t flow_utf8_width(const char *text)
{
    size_t len = strlen(text);
    size_t width = 0;
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t size = flow_utf8_decode(text + i, len - i, &point);
        if (size == 0) {
            width++;
            i++;
            continue;
        }
        i += size;
        if (point < 0x20 || (point >= 0x7f && point <= 0x9f) || IN_RANGES(zero_ranges, point))
            continue;
        width += IN_RANGES(wide_ranges, point) ? 2 : 1;
    }
    return width;
}
