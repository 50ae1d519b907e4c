// SPDX-License-Identifier: MIT
/*
 * How other units use the unit already: where an import cycle is ported, one of its members is written before
 * the other is there, and takes for granted what the other will look like.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

#define USERS_MAX    12 /* units that are shown */
#define USER_LINES   60 /* lines of each */
#define LINES_BEFORE 1
#define LINES_AFTER  2 /* a call or a pattern often goes on */
#define NAME_LEAST   3

// A name without what spelling adds to it: `expr_kind` and `ExprKind` are one. Returns 0 for one that is too
// short to be told from a word of the language.
static size_t plain_name(const char *name, size_t len, char *out, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < len && count + 1 < size; i++)
        if (name[i] != '_')
            out[count++] = (char)tolower((unsigned char)name[i]);
    out[count] = '\0';
    return count >= NAME_LEAST ? count : 0;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

// What the unit's files declare for others, plainly spelled.
static int find_declared(struct port_work *work, struct flow_map *out, struct flow_error *err)
{
    int result = 0;
    for (size_t i = 0; i < work->source_count && result == 0; i++) {
        struct flow_facts facts = {0};
        if (flow_facts_extract(&facts, work->parser, work->port->from, work->sources[i].data,
                               work->sources[i].len, err))
            return -1;
        for (size_t k = 0; k < facts.symbol_count && result == 0; k++) {
            char plain[256];
            const struct flow_symbol *symbol = &facts.symbols[k];
            if (symbol->is_public && !*symbol->container &&
                plain_name(symbol->name, strlen(symbol->name), plain, sizeof plain) > 0)
                result = flow_map_set_num(out, plain, 1, err);
        }
        flow_facts_release(&facts);
    }
    return result;
}

static bool mentions(const char *line, size_t len, const struct flow_map *declared)
{
    for (size_t at = 0; at < len;) {
        char plain[256];
        size_t begin = at;
        while (at < len && is_word(line[at]))
            at++;
        if (at == begin)
            at++;
        else if (plain_name(line + begin, at - begin, plain, sizeof plain) > 0 &&
                 flow_map_get(declared, plain))
            return true;
    }
    return false;
}

// The lines that name something of the unit, with those around them; "…" where lines are left out.
static void pick_lines(const struct flow_buf *text, const struct flow_map *declared, struct flow_buf *out)
{
    const char *end = text->data + text->len, *before = NULL;
    size_t shown = 0, after = 0;
    bool gap = false;
    for (const char *at = text->data; at < end && shown < USER_LINES;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        bool hit = mentions(at, (size_t)(next - at), declared);
        if (hit || after > 0) {
            if (gap && out->len > 0)
                flow_buf_puts(out, "…\n");
            // LINES_BEFORE is one: the line right above, unless it was shown.
            if (hit && after == 0 && before) {
                flow_buf_add(out, before, (size_t)(at - before));
                shown += LINES_BEFORE;
            }
            flow_buf_add(out, at, (size_t)(next - at));
            shown++;
            after = hit ? LINES_AFTER : after - 1;
            gap = false;
            before = NULL;
        } else {
            gap = gap || before != NULL;
            before = at;
        }
        at = next;
    }
}

static int show_user(struct port_work *work, const struct port_unit *user, const struct flow_map *declared,
                     struct flow_buf *out, struct flow_error *err)
{
    struct port *port = work->port;
    struct flow_id blob;
    struct flow_buf lines;
    const struct port_seen *seen = NULL;
    int there = port_find_ported(port, user, &blob, err);
    if (there != 1)
        return there;
    flow_buf_init(&lines, FLOW_BUF_FILE);
    int result = port_seen_target(work, user->place->path, &blob, &seen, err);
    if (result == 0 && !seen->held)
        pick_lines(&seen->text, declared, &lines);
    if (lines.len > 0) {
        flow_buf_puts(out, "`");
        flow_str_show(out, user->place->path, strlen(user->place->path));
        flow_buf_puts(out, "`:\n\n");
        flow_prompt_fence(out, flow_language_name(port->to), lines.data, lines.len, 0);
        flow_buf_putc(out, '\n');
    }
    flow_buf_release(&lines);
    return result;
}

static bool imports(const struct port_unit *unit, size_t what)
{
    for (size_t i = 0; i < unit->import_count; i++)
        if (unit->imports[i] == what)
            return true;
    return false;
}

int port_users_describe(struct port_work *work, struct flow_buf *out, struct flow_error *err)
{
    const struct port *port = work->port;
    size_t self = (size_t)(work->unit - port->units), users = 0;
    struct flow_map *declared = flow_map_new();
    int result = declared ? find_declared(work, declared, err) : flow_error_nomem(err);
    for (size_t i = 0; i < port->count && users < USERS_MAX && result == 0; i++) {
        if (i == self || !imports(&port->units[i], self))
            continue;
        size_t before = out->len;
        result = show_user(work, &port->units[i], declared, out, err);
        users += out->len > before;
    }
    flow_map_free(declared);
    return result;
}
