// SPDX-License-Identifier: MIT
/*
 * What a layer of C ABI has to keep besides the header: null pointers, lengths, errors and ownership are in
 * the code of the functions that it stands for. They are shown as they were.
 */
#include <string.h>

#include "flow/base/str.h"
#include "port_private.h"

#define SHOWN_MAX ((size_t)200000) // bytes of functions; what is more can be looked up

struct behind {
    struct port_work *work;
    struct flow_map *names; // that the header declares
    struct flow_buf *out;
    size_t shown, left;
};

static bool is_function(const struct flow_symbol *symbol, bool defined)
{
    return strcmp(symbol->kind, "function") == 0 && symbol->is_public && !*symbol->container &&
           (symbol->body.end > symbol->body.start) == defined;
}

static int read_names(struct behind *behind, struct flow_error *err)
{
    struct port_work *work = behind->work;
    for (size_t i = 0; i < work->source_count; i++) {
        struct flow_facts facts;
        if (flow_facts_extract(&facts, work->parser, work->port->from, work->sources[i].data,
                               work->sources[i].len, err))
            return -1;
        int result = 0;
        for (size_t k = 0; k < facts.symbol_count && result == 0; k++)
            if (is_function(&facts.symbols[k], false))
                result = flow_map_set_num(behind->names, facts.symbols[k].name, 1, err);
        flow_facts_release(&facts);
        if (result)
            return -1;
    }
    return 0;
}

static void put_functions(struct behind *behind, const struct port_seen *seen, struct flow_buf *lines)
{
    for (size_t i = 0; i < seen->facts.symbol_count; i++) {
        const struct flow_symbol *symbol = &seen->facts.symbols[i];
        size_t len = symbol->span.end - symbol->span.start;
        if (!is_function(symbol, true) || !flow_map_get(behind->names, symbol->name))
            continue;
        if (behind->shown + len > SHOWN_MAX) {
            behind->left++;
            continue;
        }
        behind->shown += len;
        flow_buf_puts(lines, lines->len > 0 ? "\n" : "");
        flow_buf_add(lines, seen->text.data + symbol->span.start, len);
        flow_buf_putc(lines, '\n');
    }
}

// A file that may not be sent shows nothing; that it is held back stands with the signatures.
static int put_file(struct behind *behind, size_t file, struct flow_error *err)
{
    const struct port *port = behind->work->port;
    const char *path = port->analysis->sources[file].entry->path;
    const struct port_seen *seen;
    struct flow_buf lines;
    if (port_seen_source(behind->work, file, &seen, err))
        return -1;
    flow_buf_init(&lines, FLOW_BUF_FILE);
    if (!seen->held)
        put_functions(behind, seen, &lines);
    if (lines.len > 0) {
        flow_buf_puts(behind->out, "### As `");
        flow_str_show(behind->out, path, strlen(path));
        flow_buf_puts(behind->out, "` had them\n\n");
        flow_prompt_fence(behind->out, flow_language_name(port->from), lines.data, lines.len, 0);
        flow_buf_putc(behind->out, '\n');
    }
    int result = flow_buf_check(&lines, path, err);
    flow_buf_release(&lines);
    return result;
}

int port_abi_describe(struct port_work *work, struct flow_buf *out, struct flow_error *err)
{
    struct behind behind = {.work = work, .names = flow_map_new(), .out = out};
    int result = behind.names ? read_names(&behind, err) : flow_error_nomem(err);
    for (size_t i = 0; i < work->unit->import_count && result == 0; i++) {
        const struct flow_unit *unit = work->port->units[work->unit->imports[i]].unit;
        for (size_t k = 0; k < 2 && unit->files[k] != SIZE_MAX && result == 0; k++)
            result = put_file(&behind, unit->files[k], err);
    }
    if (behind.left > 0)
        flow_buf_printf(out, "(%zu more functions of the header are not shown as they were)\n", behind.left);
    flow_map_free(behind.names);
    return result;
}
