// SPDX-License-Identifier: MIT
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "port_private.h"

static const char trap_mark[] = "## trap: ";

void port_guide_release(struct port_guide *guide)
{
    flow_map_free(guide->traps);
    flow_buf_release(&guide->general);
    flow_arena_release(&guide->arena);
    free(guide->origin);
}

static int add_trap(struct port_guide *guide, const char *name, size_t name_len, const char *text, size_t len,
                    struct flow_error *err)
{
    char *copy = flow_arena_strn(&guide->arena, text, len);
    char *key = flow_arena_strn(&guide->arena, name, name_len);
    if (!copy || !key)
        return flow_error_nomem(err);
    return flow_map_set_ptr(guide->traps, key, copy, err);
}

// Takes a guide apart: sections of traps by name, all else together. A later section of a trap replaces an
// earlier one.
static int read_guide(struct port_guide *guide, const char *text, size_t len, struct flow_error *err)
{
    const char *trap = NULL, *name = NULL;
    size_t name_len = 0;
    for (const char *at = text, *end = text + len; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) + 1 : (size_t)(end - at);
        bool heading = line > 3 && (memcmp(at, "## ", 3) == 0 || memcmp(at, "# ", 2) == 0);
        if (heading && trap) {
            if (add_trap(guide, name, name_len, trap, (size_t)(at - trap), err))
                return -1;
            trap = NULL;
        }
        if (line > sizeof trap_mark - 1 && memcmp(at, trap_mark, sizeof trap_mark - 1) == 0) {
            trap = at;
            name = at + sizeof trap_mark - 1;
            name_len = line - (sizeof trap_mark - 1);
            while (name_len > 0 && strchr(" \r\n", name[name_len - 1]))
                name_len--;
        } else if (!trap) {
            flow_buf_add(&guide->general, at, line);
        }
        at += line;
    }
    if (trap && add_trap(guide, name, name_len, trap, (size_t)(text + len - trap), err))
        return -1;
    return flow_buf_check(&guide->general, "guide", err);
}

// The guide that came with flow: for the pair, else for any.
static int read_own(struct port *port, struct flow_buf *origin, struct flow_error *err)
{
    struct flow_buf path, name, text;
    flow_buf_init(&path, FLOW_BUF_LINE);
    flow_buf_init(&name, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_TEXT);
    flow_buf_printf(&name, "to-%s.md", flow_language_name(port->to));
    int found = flow_language_file(port->from, name.data, &path, err);
    if (found == 1) {
        flow_buf_printf(origin, "%s to %s", flow_language_name(port->from), flow_language_name(port->to));
    } else if (found == 0) {
        flow_buf_clear(&path);
        flow_buf_puts(origin, "the general one: there is none for this pair");
        found = flow_dir_data(&path, "grammars/to-any.md", err) ? -1 : 1;
    }
    int result = found == 1 && flow_file_read(path.data, &text, err) == 0 ? 0 : -1;
    if (result == 0)
        result = read_guide(&port->guide, text.data, text.len, err);
    flow_buf_release(&text);
    flow_buf_release(&name);
    flow_buf_release(&path);
    return result;
}

static int read_committed(struct port *port, const char *path, struct flow_buf *origin,
                          struct flow_error *err)
{
    struct flow_id blob;
    struct flow_buf text;
    if (flow_repo_find_blob(port->repo, &port->source, path, &blob, err))
        return flow_error_wrap(err, "cannot read the guide (port.guide)");
    flow_buf_init(&text, FLOW_BUF_TEXT);
    int result = flow_repo_read_blob(port->repo, &blob, &text, err);
    if (result == 0)
        result = port_must_send(port, path, &text, "the guide (port.guide)", err);
    if (result == 0) {
        flow_buf_printf(origin, "%s'%s'", origin->len ? ", and " : "", path);
        flow_buf_putc(&port->guide.general, '\n');
        result = read_guide(&port->guide, text.data, text.len, err);
    }
    flow_buf_release(&text);
    return result;
}

int port_guide_load(struct port *port, struct flow_error *err)
{
    const char *own = flow_config_str(port->config, "port.guide", NULL);
    const char *mode = flow_config_str(port->config, "port.guide-mode", "extend");
    bool replace = own && strcmp(mode, "replace") == 0;
    if (!replace && strcmp(mode, "extend") != 0)
        return flow_error_set(err, FLOW_E_INVALID, "port.guide-mode is '%s': it can be extend or replace",
                              mode);
    port->guide.traps = flow_map_new();
    if (!port->guide.traps)
        return flow_error_nomem(err);
    struct flow_buf origin;
    flow_buf_init(&origin, FLOW_BUF_LINE);
    int result = replace ? 0 : read_own(port, &origin, err);
    if (result == 0 && own)
        result = read_committed(port, own, &origin, err);
    if (result == 0 && !(port->guide.origin = flow_buf_detach(&origin)))
        result = flow_error_nomem(err);
    flow_buf_release(&origin);
    return result;
}

static void print_trap(struct port *port, const struct flow_trap *traps, size_t count, struct flow_buf *out)
{
    const size_t shown = 30;
    union flow_map_value *section = flow_map_get(port->guide.traps, traps[0].name);
    if (section) {
        flow_buf_puts(out, section->ptr);
        size_t len = out->len;
        while (len > 0 && out->data[len - 1] == '\n')
            len--;
        flow_buf_truncate(out, len + 1);
    } else {
        flow_buf_printf(out, "%s%s\n", trap_mark, traps[0].name);
    }
    flow_buf_puts(out, "\nHere at: ");
    for (size_t i = 0; i < count && i < shown; i++) {
        bool same = i > 0 && strcmp(traps[i].path, traps[i - 1].path) == 0;
        flow_buf_puts(out, i ? ", " : "");
        if (!same)
            flow_str_show(out, traps[i].path, strlen(traps[i].path));
        flow_buf_printf(out, "%s%u", same ? "" : ":", traps[i].line);
    }
    if (count > shown)
        flow_buf_printf(out, ", and %zu more places", count - shown);
    flow_buf_puts(out, "\n\n");
}

int port_guide_traps(struct port *port, struct flow_parser *parser, const struct flow_gate_file *files,
                     size_t count, struct flow_buf *out, struct flow_error *err)
{
    struct flow_traps traps = {0};
    int result = flow_traps_find(&traps, parser, port->from, files, count, err);
    for (size_t i = 0; result == 0 && i < traps.count;) {
        size_t n = 1;
        while (i + n < traps.count && strcmp(traps.items[i + n].name, traps.items[i].name) == 0)
            n++;
        print_trap(port, &traps.items[i], n, out);
        i += n;
    }
    if (result == 0)
        result = flow_buf_check(out, "traps", err);
    flow_traps_release(&traps);
    return result;
}
