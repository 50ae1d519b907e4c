// SPDX-License-Identifier: MIT
#include "text.h"

#include <string.h>

#include "flow/base/str.h"

// The bytes of the character that text begins with.
static size_t char_len(const char *text)
{
    size_t length = 1;
    while (((unsigned char)text[length] & 0xc0) == 0x80)
        length++;
    return length;
}

size_t flow_text_cut(const char *text, size_t room, size_t *taken)
{
    size_t length = 0;
    *taken = 0;
    while (text[length]) {
        char one[8] = "";
        size_t bytes = char_len(text + length);
        if (bytes >= sizeof one)
            break;
        memcpy(one, text + length, bytes);
        size_t width = flow_utf8_width(one);
        if (*taken + width > room)
            break;
        *taken += width;
        length += bytes;
    }
    return length;
}
