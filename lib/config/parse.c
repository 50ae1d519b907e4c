// SPDX-License-Identifier: MIT
#include "parse.h"

#include <stdbool.h>
#include <string.h>

#include "flow/base/buf.h"

#define END (-1)

struct scan {
    const char *at, *end;
    unsigned line;
    const char *origin;
    struct flow_buf prefix; // "section." or "section.sub."
    struct flow_buf key, value;
    struct flow_error *err;
};

static bool is_alpha(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name(int c)
{
    return is_alpha(c) || (c >= '0' && c <= '9') || c == '-';
}

static char lower(int c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

// The next byte without taking it; a line that ends in CR LF ends in LF.
static int peek(const struct scan *scan)
{
    if (scan->at == scan->end)
        return END;
    if (*scan->at == '\r' && scan->end - scan->at > 1 && scan->at[1] == '\n')
        return '\n';
    return (unsigned char)*scan->at;
}

static int take(struct scan *scan)
{
    int c = peek(scan);

    if (c == END)
        return END;
    scan->at += *scan->at == '\r' && c == '\n' ? 2 : 1;
    if (c == '\n')
        scan->line++;
    return c;
}

static void skip_blanks(struct scan *scan)
{
    while (peek(scan) == ' ' || peek(scan) == '\t')
        take(scan);
}

static int fail(const struct scan *scan, const char *what)
{
    return flow_error_set(scan->err, FLOW_E_INVALID, "%s line %u: %s", scan->origin, scan->line, what);
}

// The "sub" of [section "sub"], whose quote has been taken.
static int scan_subsection(struct scan *scan)
{
    for (;;) {
        int c = take(scan);
        if (c == '"')
            break;
        if (c == '\\')
            c = take(scan);
        if (c == END || c == '\n')
            return fail(scan, "a section name in quotes does not end on its line");
        flow_buf_putc(&scan->prefix, (char)c);
    }
    return 0;
}

static int scan_section(struct scan *scan)
{
    take(scan);
    flow_buf_clear(&scan->prefix);
    while (is_name(peek(scan)) || peek(scan) == '.')
        flow_buf_putc(&scan->prefix, lower(take(scan)));
    if (scan->prefix.len == 0 && !scan->prefix.failed)
        return fail(scan, "a section has no name");
    flow_buf_putc(&scan->prefix, '.');
    if (peek(scan) == ' ' || peek(scan) == '\t') {
        skip_blanks(scan);
        if (take(scan) != '"')
            return fail(scan, "the second part of a section name must stand in quotes");
        if (scan_subsection(scan) != 0)
            return -1;
        flow_buf_putc(&scan->prefix, '.');
    }
    if (take(scan) != ']')
        return fail(scan, "a section name does not end with ']'");
    return flow_buf_check(&scan->prefix, "a section name", scan->err);
}

static int scan_escape(struct scan *scan)
{
    static const char from[] = "tbn\"\\", to[] = "\t\b\n\"\\";
    int c = take(scan);

    if (c == '\n')
        return 0;
    const char *found = c > 0 ? strchr(from, c) : NULL;
    if (found == NULL)
        return fail(scan, "a value holds an unknown escape (use \\t, \\b, \\n, \\\" or \\\\)");
    flow_buf_putc(&scan->value, to[found - from]);
    return 0;
}

static int scan_value(struct scan *scan)
{
    bool quoted = false;
    size_t kept = 0; // the length up to the last byte that is no trailing blank

    skip_blanks(scan);
    for (int c = peek(scan); c != END && c != '\n'; c = peek(scan)) {
        if (!quoted && (c == '#' || c == ';'))
            break;
        take(scan);
        if (c == '\\') {
            if (scan_escape(scan) != 0)
                return -1;
        } else if (c == '"') {
            quoted = !quoted;
        } else {
            flow_buf_putc(&scan->value, (char)c);
        }
        if (quoted || (c != ' ' && c != '\t'))
            kept = scan->value.len;
    }
    if (quoted)
        return fail(scan, "a value in quotes does not end on its line");
    flow_buf_truncate(&scan->value, kept);
    return 0;
}

static int scan_setting(struct scan *scan, flow_config_fn fn, void *payload)
{
    unsigned line = scan->line;

    if (scan->prefix.len == 0)
        return fail(scan, "a setting stands before the first section");
    flow_buf_clear(&scan->key);
    flow_buf_clear(&scan->value);
    flow_buf_add(&scan->key, scan->prefix.data, scan->prefix.len);
    while (is_name(peek(scan)))
        flow_buf_putc(&scan->key, lower(take(scan)));
    skip_blanks(scan);
    if (peek(scan) == '=') {
        take(scan);
        if (scan_value(scan) != 0)
            return -1;
    } else if (peek(scan) == '\n' || peek(scan) == END) {
        flow_buf_puts(&scan->value, "true");
    } else {
        return fail(scan, "a key is followed by something that is not '='");
    }
    if (flow_buf_check(&scan->key, "a key", scan->err) != 0 ||
        flow_buf_check(&scan->value, "a value", scan->err) != 0)
        return flow_error_wrap(scan->err, "%s line %u", scan->origin, line);
    return fn(payload, scan->key.data, scan->value.data, line, scan->err);
}

static int scan_text(struct scan *scan, flow_config_fn fn, void *payload)
{
    for (int c = peek(scan); c != END; c = peek(scan)) {
        int rc = 0;
        if (c == '#' || c == ';') {
            while (peek(scan) != END && peek(scan) != '\n')
                take(scan);
        } else if (c == '[') {
            rc = scan_section(scan);
        } else if (is_alpha(c)) {
            rc = scan_setting(scan, fn, payload);
        } else if (c == ' ' || c == '\t' || c == '\n') {
            take(scan);
        } else {
            rc = fail(scan, "neither a section, a key nor a comment");
        }
        if (rc != 0)
            return rc;
    }
    return 0;
}

int flow_config_parse(const char *text, size_t len, const char *origin, flow_config_fn fn, void *payload,
                      struct flow_error *err)
{
    static const char mark[] = "\xef\xbb\xbf";
    struct scan scan = {.at = text, .end = text + len, .line = 1, .origin = origin, .err = err};

    if (len > 0 && memchr(text, '\0', len) != NULL)
        return flow_error_set(err, FLOW_E_INVALID, "%s holds a NUL byte", origin);
    if (len >= sizeof mark - 1 && memcmp(text, mark, sizeof mark - 1) == 0)
        scan.at += sizeof mark - 1;
    flow_buf_init(&scan.prefix, FLOW_BUF_LINE);
    flow_buf_init(&scan.key, FLOW_BUF_LINE);
    flow_buf_init(&scan.value, FLOW_BUF_LINE);
    int rc = scan_text(&scan, fn, payload);
    flow_buf_release(&scan.prefix);
    flow_buf_release(&scan.key);
    flow_buf_release(&scan.value);
    return rc;
}
