// SPDX-License-Identifier: MIT
#include "json_check.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "flow/base/json.h"
#include "utf8.h"

// Stands for itself in a string, as nearly every byte of prompts and replies does.
static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

// Not 0 where a byte of a word of ASCII is below `least`, and perhaps for bytes above that one.
static uint64_t below(uint64_t word, uint64_t least)
{
    return (word - EACH_BYTE(least)) & EACH_BYTE(0x80);
}

size_t flow_json_plain(const char *text, size_t len)
{
    size_t at = 0;
    for (; at + 8 <= len; at += 8) {
        uint64_t word;
        memcpy(&word, text + at, 8);
        if ((word & EACH_BYTE(0x80)) | below(word, 0x20) | below(word ^ EACH_BYTE('"'), 1) |
            below(word ^ EACH_BYTE('\\'), 1))
            break;
    }
    while (at < len && is_plain(text[at]))
        at++;
    return at;
}

struct scan {
    const char *text;
    size_t len;
    size_t at;
    unsigned depth;
    char closers[FLOW_JSON_DEPTH]; // what ends each open container
};

// The byte at hand, or NUL at the end, which no rule of the grammar accepts.
static char peek(const struct scan *scan)
{
    return scan->at < scan->len ? scan->text[scan->at] : '\0';
}

static bool take(struct scan *scan, char c)
{
    if (scan->at >= scan->len || scan->text[scan->at] != c)
        return false;
    scan->at++;
    return true;
}

static void skip_space(struct scan *scan)
{
    while (take(scan, ' ') || take(scan, '\n') || take(scan, '\r') || take(scan, '\t'))
        continue;
}

static size_t skip_digits(struct scan *scan)
{
    size_t start = scan->at;
    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at - start;
}

static const char *scan_number(struct scan *scan)
{
    size_t start = scan->at;
    take(scan, '-');
    if (!take(scan, '0') && skip_digits(scan) == 0)
        return "a value is missing";
    if (take(scan, '.') && skip_digits(scan) == 0)
        return "a digit is missing";
    if (take(scan, 'e') || take(scan, 'E')) {
        if (!take(scan, '+'))
            take(scan, '-');
        if (skip_digits(scan) == 0)
            return "a digit is missing";
    }
    return scan->at - start > FLOW_JSON_NUMBER_MAX ? "a number is too long" : NULL;
}

static bool scan_hex4(struct scan *scan, uint32_t *out)
{
    *out = 0;
    for (int i = 0; i < 4; i++) {
        char c = peek(scan);
        if (c >= '0' && c <= '9')
            *out = *out << 4 | (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            *out = *out << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
        scan->at++;
    }
    return true;
}

static const char *scan_unicode(struct scan *scan)
{
    uint32_t first;
    uint32_t second;
    if (!scan_hex4(scan, &first))
        return "four hexadecimal digits are missing";
    if (first == 0)
        return "\\u0000 is not accepted in a string";
    if (first < 0xd800 || first > 0xdfff)
        return NULL;
    if (first > 0xdbff || !take(scan, '\\') || !take(scan, 'u') || !scan_hex4(scan, &second) ||
        second < 0xdc00 || second > 0xdfff)
        return "half of a surrogate pair is missing";
    return NULL;
}

static const char *scan_string(struct scan *scan)
{
    if (!take(scan, '"'))
        return "a string is missing";
    while ((scan->at += flow_json_plain(scan->text + scan->at, scan->len - scan->at)) < scan->len) {
        uint32_t point = 0;
        size_t size = flow_utf8_decode(scan->text + scan->at, scan->len - scan->at, &point);
        if (size == 0)
            return "a byte is not UTF-8";
        if (point < 0x20)
            return "a control character stands in a string";
        scan->at += size;
        if (point == '"')
            return NULL;
        if (point != '\\')
            continue;
        char escape = peek(scan);
        if (escape == '\0' || !strchr("\"\\/bfnrtu", escape))
            return "an escape is wrong";
        scan->at++;
        const char *fault = escape == 'u' ? scan_unicode(scan) : NULL;
        if (fault)
            return fault;
    }
    return "a string has no end";
}

static const char *scan_word(struct scan *scan, const char *word)
{
    size_t size = strlen(word);
    if (scan->len - scan->at < size || memcmp(scan->text + scan->at, word, size) != 0)
        return "a value is missing";
    scan->at += size;
    return NULL;
}

static const char *scan_key(struct scan *scan)
{
    skip_space(scan);
    const char *fault = scan_string(scan);
    if (fault)
        return fault;
    skip_space(scan);
    return take(scan, ':') ? NULL : "a ':' is missing";
}

// A scalar, or the begin of a container with the key of its first member; *whole says whether the value
// ended.
static const char *scan_begin(struct scan *scan, bool *whole)
{
    char c = peek(scan);
    *whole = true;
    switch (c) {
    case '"':
        return scan_string(scan);
    case 't':
        return scan_word(scan, "true");
    case 'f':
        return scan_word(scan, "false");
    case 'n':
        return scan_word(scan, "null");
    case '{':
    case '[':
        break;
    default:
        return scan_number(scan);
    }
    if (scan->depth == FLOW_JSON_DEPTH)
        return "it is nested too deeply";
    scan->at++;
    char closer = c == '{' ? '}' : ']';
    skip_space(scan);
    if (take(scan, closer))
        return NULL;
    *whole = false;
    scan->closers[scan->depth++] = closer;
    return c == '{' ? scan_key(scan) : NULL;
}

// Goes on behind a value: closes what ends here; *more says whether another value follows.
static const char *scan_after(struct scan *scan, bool *more)
{
    *more = true;
    for (;;) {
        skip_space(scan);
        if (scan->depth == 0) {
            *more = false;
            return scan->at == scan->len ? NULL : "text follows the value";
        }
        char closer = scan->closers[scan->depth - 1];
        if (take(scan, ','))
            return closer == '}' ? scan_key(scan) : NULL;
        if (!take(scan, closer))
            return closer == '}' ? "a ',' or '}' is missing" : "a ',' or ']' is missing";
        scan->depth--;
    }
}

const char *flow_json_fault(const char *text, size_t len, size_t *at)
{
    struct scan scan = {.text = text, .len = len};
    const char *fault = NULL;
    bool more = true;
    while (more && !fault) {
        bool whole;
        skip_space(&scan);
        fault = scan_begin(&scan, &whole);
        if (!fault && whole)
            fault = scan_after(&scan, &more);
    }
    *at = scan.at;
    return fault;
}
