// SPDX-License-Identifier: MIT
/*
 * What a unit's imports look like to a translator: the target's signatures where there is a target, else the
 * source's.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "port_private.h"

#define IMPORT_TEXT_MAX  ((size_t)48 << 10) /* shown of one import */
#define IMPORTS_TEXT_MAX ((size_t)400 << 10)
#define TYPE_LINES_MAX   80  /* a longer type is shown by its signature */
#define CLOSURE_MAX      400 /* units that are looked at */

static const char held_back[] = "(its content is held back)\n\n";

static bool is_type(const char *kind)
{
    static const char *const kinds[] = {"struct", "union", "enum", "type", "constant", "macro"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kind, kinds[i]) == 0)
            return true;
    return false;
}

// Where the line before the one that holds `at` begins; `at` itself where there is none.
static size_t line_before(const char *text, size_t at)
{
    while (at > 0 && text[at - 1] != '\n')
        at--;
    size_t begin = at > 0 ? at - 1 : 0;
    while (begin > 0 && text[begin - 1] != '\n')
        begin--;
    return begin;
}

// The lines right above a declaration that belong to it ("#[derive(Clone)]"): its users need to know them.
static void print_attributes(const struct flow_symbol *symbol, const char *text, const char *prefix,
                             struct flow_buf *out)
{
    size_t end = symbol->span.start, first = end;
    if (!*prefix)
        return;
    while (end > 0 && text[end - 1] != '\n')
        end--;
    for (size_t at = end; at > 0;) {
        size_t begin = line_before(text, at);
        size_t blank = begin + strspn(text + begin, " \t");
        if (begin == at || strncmp(text + blank, prefix, strlen(prefix)) != 0)
            break;
        first = at = begin;
    }
    if (first < end)
        flow_buf_add(out, text + first, end - first);
}

static void print_symbol(const struct flow_symbol *symbol, const char *text, const char *attribute,
                         struct flow_buf *out)
{
    bool whole = is_type(symbol->kind) && symbol->span.end_line - symbol->span.start_line < TYPE_LINES_MAX;
    const char *at = whole ? text + symbol->span.start : symbol->signature;
    size_t len = whole ? symbol->span.end - symbol->span.start : strlen(symbol->signature);
    while (len > 0 && strchr(" \t\r\n", at[len - 1]))
        len--;
    print_attributes(symbol, text, attribute, out);
    if (*symbol->container)
        flow_buf_printf(out, "[%s] ", symbol->container);
    flow_buf_add(out, at, len);
    flow_buf_putc(out, '\n');
}

// Public symbols; those that `used` names, where it is not NULL. Returns how many were left out.
static size_t print_symbols(const struct flow_facts *facts, const char *text, const struct flow_map *used,
                            struct flow_buf *out)
{
    size_t begun = out->len, omitted = 0;
    const char *attribute = flow_config_str(flow_language_config(facts->language), "symbols.attribute", "");
    for (size_t i = 0; i < facts->symbol_count; i++) {
        const struct flow_symbol *symbol = &facts->symbols[i];
        if (!symbol->is_public || strcmp(symbol->kind, "module") == 0 ||
            (used && !flow_map_get(used, symbol->name)))
            continue;
        if (out->len - begun > IMPORT_TEXT_MAX)
            omitted++;
        else
            print_symbol(symbol, text, attribute, out);
    }
    return omitted;
}

static void put_name(struct flow_buf *out, const char *before, const char *name)
{
    flow_buf_puts(out, before);
    flow_str_show(out, name, strlen(name));
}

static void put_heading(struct flow_buf *out, const struct port_unit *unit, const char *state)
{
    put_name(out, "### `", unit->unit->id);
    flow_buf_printf(out, "`, %s", state);
    put_name(out, " `", unit->place->path);
    if (*unit->place->module)
        put_name(out, "` (module `", unit->place->module);
    flow_buf_puts(out, *unit->place->module ? "`)\n\n" : "`\n\n");
}

static void print_block(struct flow_buf *out, const char *language, const struct flow_buf *text,
                        size_t omitted)
{
    if (text->len == 0)
        return;
    flow_prompt_fence(out, language, text->data, text->len, 0);
    if (omitted > 0)
        flow_buf_printf(out, "(%zu more public symbols are not shown)\n", omitted);
}

// The pairs that its translator gave, as lines source → target.
static int print_pairs(struct port *port, int64_t run, const struct port_unit *unit, struct flow_buf *out,
                       struct flow_error *err)
{
    struct flow_id id;
    struct flow_buf text;
    struct flow_strv cells = {0};
    int found = flow_ledger_input_get(port->ledger, run, unit->unit->id, atomic_load(&unit->generation),
                                      "pairs", &id, err);
    if (found != 1)
        return found;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_ledger_block_get(port->ledger, &id, &text, err);
    flow_buf_puts(out, "Names, source → target:");
    for (const char *at = text.data, *end = text.data + text.len; at < end && result == 0;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) : (size_t)(end - at);
        flow_strv_release(&cells);
        result = flow_tsv_split(&cells, at, line, err);
        if (result == 0 && cells.count >= 3 && strcmp(cells.items[0], "symbol") == 0)
            flow_buf_printf(out, " `%s` → %s%s%s;", cells.items[1], *cells.items[2] ? "`" : "(dropped)",
                            cells.items[2], *cells.items[2] ? "`" : "");
        at += line + 1;
    }
    flow_buf_putc(out, '\n');
    flow_strv_release(&cells);
    flow_buf_release(&text);
    return result;
}

int port_find_ported(struct port *port, const struct port_unit *unit, struct flow_id *blob,
                     struct flow_error *err)
{
    pthread_mutex_lock(&port->commit_mutex);
    struct flow_id tip = port->tip;
    bool there = unit->on_branch;
    pthread_mutex_unlock(&port->commit_mutex);
    return there ? port_blob_at(port, &tip, unit->place->path, blob, err) : 0;
}

// A file of the unit in the target language, and the pairs that the run has for it.
static int print_file(struct port_work *work, const struct port_unit *unit, const struct flow_id *blob,
                      const char *state, int64_t run, const struct flow_map *used, struct flow_buf *out,
                      struct flow_error *err)
{
    struct port *port = work->port;
    struct flow_buf lines;
    const struct port_seen *seen;
    flow_buf_init(&lines, FLOW_BUF_FILE);
    int result = port_seen_target(work, unit->place->path, blob, &seen, err);
    if (result == 0 && seen->held) {
        put_heading(out, unit, state);
        flow_buf_puts(out, held_back);
    } else if (result == 0) {
        size_t omitted = print_symbols(&seen->facts, seen->text.data, used, &lines);
        if (lines.len > 0) {
            put_heading(out, unit, state);
            if (!used)
                result = print_pairs(port, run, unit, out, err);
            print_block(out, flow_language_name(port->to), &lines, omitted);
            flow_buf_putc(out, '\n');
        }
    }
    flow_buf_release(&lines);
    return result ? -1 : 1;
}

// The unit as it stands on the branch, else its contract. 1 where there is one of them.
static int print_target(struct port_work *work, const struct port_unit *unit, const struct flow_map *used,
                        struct flow_buf *out, struct flow_error *err)
{
    static const char contract[] = "its bodies are still to be written, its signatures stay: goes to";
    struct port *port = work->port;
    struct flow_id blob;
    int there = port_find_ported(port, unit, &blob, err);
    if (there == 1) {
        if (!used) {
            flow_tsv_escape(&work->imported, unit->unit->id, strlen(unit->unit->id));
            flow_buf_printf(&work->imported, "\t%s\n", blob.hex);
        }
        return print_file(work, unit, &blob, port->contracting ? contract : "ported to", port->unit_run, used,
                          out, err);
    }
    if (there == 0)
        there = port_find_contract(port, unit, &blob, err);
    if (there != 1)
        return there;
    const struct port_unit *other = &port->other.units[unit - port->units];
    return print_file(work, other, &blob, contract, port->other.run, used, out, err);
}

static int print_source(struct port_work *work, const struct port_unit *unit, const struct flow_map *used,
                        struct flow_buf *out, struct flow_error *err)
{
    struct port *port = work->port;
    struct flow_buf lines;
    size_t omitted = 0;
    bool held = false;
    int result = 0;
    flow_buf_init(&lines, FLOW_BUF_FILE);
    // What a header declares is what others see of its source.
    for (size_t k = 2; k-- > 0 && result == 0 && !held && lines.len == 0;) {
        const struct port_seen *seen;
        if (unit->unit->files[k] == SIZE_MAX)
            continue;
        result = port_seen_source(work, unit->unit->files[k], &seen, err);
        held = result == 0 && seen->held;
        if (result == 0 && !held)
            omitted += print_symbols(&seen->facts, seen->text.data, used, &lines);
    }
    if (held) {
        put_heading(out, unit, "not ported yet: goes to");
        flow_buf_puts(out, held_back);
    } else if (result == 0 && lines.len > 0) {
        put_heading(out, unit, "not ported yet: goes to");
        print_block(out, flow_language_name(port->from), &lines, omitted);
        flow_buf_putc(out, '\n');
    }
    flow_buf_release(&lines);
    return result;
}

static int describe(struct port_work *work, const struct port_unit *unit, const struct flow_map *used,
                    struct flow_buf *out, struct flow_error *err)
{
    int done = print_target(work, unit, used, out, err);
    return done == 0 ? print_source(work, unit, used, out, err) : done < 0 ? -1 : 0;
}

// The names that the unit's files refer to.
static int find_used(struct port_work *work, struct flow_map *used, struct flow_error *err)
{
    for (size_t i = 0; i < work->source_count; i++) {
        struct flow_facts facts = {0};
        if (flow_facts_extract(&facts, work->parser, work->port->from, work->sources[i].data,
                               work->sources[i].len, err))
            return -1;
        int result = 0;
        for (size_t r = 0; r < facts.reference_count && result == 0; r++)
            result = flow_map_set_num(used, facts.references[r].name, 1, err);
        flow_facts_release(&facts);
        if (result)
            return result;
    }
    return 0;
}

// All units that the unit imports, its own imports first, then theirs.
static size_t close_imports(struct port_work *work, size_t *list, bool *seen)
{
    const struct port *port = work->port;
    size_t count = 0;
    seen[work->unit - port->units] = true;
    for (size_t from = 0; from <= count && from < CLOSURE_MAX; from++) {
        const struct port_unit *unit = from == 0 ? work->unit : &port->units[list[from - 1]];
        for (size_t i = 0; i < unit->import_count && count < CLOSURE_MAX; i++) {
            if (seen[unit->imports[i]])
                continue;
            seen[unit->imports[i]] = true;
            list[count++] = unit->imports[i];
        }
    }
    return count;
}

int port_imports_describe(struct port_work *work, struct flow_buf *out, struct flow_error *err)
{
    const struct port *port = work->port;
    size_t *list = calloc(CLOSURE_MAX + 1, sizeof *list);
    bool *seen = calloc(port->count + 1, sizeof *seen);
    struct flow_map *used = flow_map_new();
    int result = list && seen && used ? find_used(work, used, err) : flow_error_nomem(err);
    size_t count = result == 0 ? close_imports(work, list, seen) : 0, left = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        // An import's own imports are shown as far as this unit uses their names.
        bool direct = i < work->unit->import_count;
        if (out->len > IMPORTS_TEXT_MAX)
            left++;
        else
            result = describe(work, &port->units[list[i]], direct ? NULL : used, out, err);
    }
    if (left > 0)
        flow_buf_printf(out, "(%zu more imports are not shown)\n", left);
    if (result == 0 && flow_unit_is_c_abi(work->unit->unit->id))
        result = port_abi_describe(work, out, err);
    flow_map_free(used);
    free(seen);
    free(list);
    return result;
}

int port_outline(struct port_work *work, struct flow_buf *out, struct flow_error *err)
{
    for (size_t i = 0; i < work->source_count; i++) {
        struct flow_facts facts = {0};
        struct flow_buf lines;
        if (flow_facts_extract(&facts, work->parser, work->port->from, work->sources[i].data,
                               work->sources[i].len, err))
            return -1;
        flow_buf_init(&lines, FLOW_BUF_FILE);
        for (size_t k = 0; k < facts.symbol_count; k++)
            flow_buf_printf(&lines, "%u-%u\t%s%s%s\n", facts.symbols[k].span.start_line,
                            facts.symbols[k].span.end_line,
                            *facts.symbols[k].container ? facts.symbols[k].container : "",
                            *facts.symbols[k].container ? ": " : "", facts.symbols[k].signature);
        put_name(out, "`", work->source_paths[i]);
        flow_buf_puts(out, "`, lines and declarations:\n\n");
        flow_prompt_fence(out, "", lines.data, lines.len, 0);
        flow_buf_release(&lines);
        flow_facts_release(&facts);
    }
    return flow_buf_check(out, "outline", err);
}
