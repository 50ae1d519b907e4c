// SPDX-License-Identifier: MIT
/*
 * What a unit's prompts are made of: found out once, pinned in the ledger, and from then on read from there,
 * so that neither a crash nor the progress of other units changes a prompt.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "port_private.h"

// Pins what buf holds under name and puts into buf what is pinned.
static int pin(struct port_work *work, const char *name, struct flow_buf *buf, struct flow_error *err)
{
    struct port *port = work->port;
    const struct port_unit *unit = work->unit;
    struct flow_id id, own;
    if (flow_buf_check(buf, name, err) || flow_id_of(&own, buf->data, buf->len, err) ||
        flow_ledger_input_pin(port->ledger, port->unit_run, unit->unit->id, unit->state.generation, name,
                              buf->data, buf->len, &id, err))
        return -1;
    if (strcmp(id.hex, own.hex) == 0)
        return 0;
    flow_buf_clear(buf);
    return flow_ledger_block_get(port->ledger, &id, buf, err);
}

// 1 and the text where name is pinned for that generation.
static int pinned(struct port_work *work, unsigned generation, const char *name, struct flow_buf *out,
                  struct flow_error *err)
{
    struct flow_id id;
    int found = flow_ledger_input_get(work->port->ledger, work->port->unit_run, work->unit->unit->id,
                                      generation, name, &id, err);
    if (found != 1)
        return found;
    return flow_ledger_block_get(work->port->ledger, &id, out, err) ? -1 : 1;
}

// 1 and the text that the unit was accepted as in that generation.
static int accepted(struct port_work *work, unsigned generation, struct flow_buf *out, struct flow_error *err)
{
    struct flow_id id;
    int found = flow_ledger_accepted(work->port->ledger, work->port->unit_run, work->unit->unit->id,
                                     generation, &id, err);
    if (found != 1)
        return found;
    return flow_ledger_block_get(work->port->ledger, &id, out, err) ? -1 : 1;
}

static int pin_sources(struct port_work *work, struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    const struct flow_analysis *analysis = work->port->analysis;
    // A header is read before what it declares.
    for (size_t k = 2; k-- > 0;) {
        size_t file = work->unit->unit->files[k];
        if (file == SIZE_MAX)
            continue;
        const struct flow_entry *entry = analysis->sources[file].entry;
        size_t at = work->source_count++;
        work->source_paths[at] = entry->path;
        if (flow_snapshot_read(work->port->repo, analysis->snapshot, entry, &work->sources[at], err) ||
            pin(work, names[at], &work->sources[at], err))
            return -1;
    }
    return 0;
}

static int pin_traps(struct port_work *work, struct flow_error *err)
{
    struct flow_gate_file files[2];
    for (size_t i = 0; i < work->source_count; i++)
        files[i] = (struct flow_gate_file){
            .path = work->source_paths[i], .text = work->sources[i].data, .len = work->sources[i].len};
    if (port_guide_traps(work->port, work->parser, files, work->source_count, &work->traps, err))
        return -1;
    return pin(work, "traps", &work->traps, err);
}

// What the gates will ask for: each branch of conditional compilation, as it has to be named in the record.
static int pin_branches(struct port_work *work, struct flow_error *err)
{
    for (size_t i = 0; i < work->source_count; i++) {
        struct flow_facts facts;
        if (flow_facts_extract(&facts, work->parser, work->port->from, work->sources[i].data,
                               work->sources[i].len, err))
            return -1;
        for (size_t k = 0; k < facts.condition_count; k++) {
            flow_buf_puts(&work->branches, "- `");
            flow_str_show(&work->branches, facts.conditions[k].expr, strlen(facts.conditions[k].expr));
            flow_buf_puts(&work->branches, "` (");
            flow_str_show(&work->branches, work->source_paths[i], strlen(work->source_paths[i]));
            flow_buf_printf(&work->branches, ":%u)\n", facts.conditions[k].span.start_line);
        }
        flow_facts_release(&facts);
    }
    return pin(work, "branches", &work->branches, err);
}

static bool is_own_source(const struct port_work *work, const char *path)
{
    for (size_t i = 0; i < work->source_count; i++)
        if (strcmp(work->source_paths[i], path) == 0)
            return true;
    return false;
}

// The file that stood at the target path before the run, else the one that was made before the translations:
// its signatures and types stay.
static int pin_contract(struct port_work *work, struct flow_error *err)
{
    struct flow_id blob;
    const char *path = work->unit->place->path;
    int found = is_own_source(work, path) ? 0 : port_blob_at(work->port, &work->port->base, path, &blob, err);
    if (found == 0)
        found = port_find_contract(work->port, work->unit, &blob, err);
    if (found < 0 || (found == 1 && flow_repo_read_blob(work->port->repo, &blob, &work->contract, err)))
        return -1;
    return pin(work, "contract", &work->contract, err);
}

// The rows of the field table that are about this unit's files.
static int pin_fields(struct port_work *work, struct flow_error *err)
{
    port_fields_describe(work, &work->fields);
    return pin(work, "fields", &work->fields, err) || port_fields_read(&work->rows, &work->fields, err) ? -1
                                                                                                        : 0;
}

static int pin_templates(struct port_work *work, struct flow_error *err)
{
    for (int i = 0; i < PORT_TEMPLATES; i++) {
        char name[64];
        snprintf(name, sizeof name, "template.%s", port_template_names[i]);
        flow_buf_add(&work->templates[i], work->port->templates[i].data, work->port->templates[i].len);
        if (pin(work, name, &work->templates[i], err))
            return -1;
    }
    return 0;
}

static int pin_place(struct port_work *work, struct flow_error *err)
{
    if (flow_layout_describe(work->port->layout, work->port->config, work->unit->unit->id, &work->place, err))
        return -1;
    return pin(work, "place", &work->place, err);
}

// What the branch says by now. Once pinned, its progress does not matter.
static int pin_described(struct port_work *work, const char *name, struct flow_buf *buf,
                         int (*describe)(struct port_work *, struct flow_buf *, struct flow_error *),
                         struct flow_error *err)
{
    int found = pinned(work, work->unit->state.generation, name, buf, err);
    if (found != 0)
        return found == 1 ? 0 : -1;
    return describe(work, buf, err) ? -1 : pin(work, name, buf, err);
}

// Which ports were shown is pinned first: without it, nobody could tell later whether they have changed.
static int describe_imports(struct port_work *work, struct flow_buf *out, struct flow_error *err)
{
    return port_imports_describe(work, out, err) || pin(work, "imported", &work->imported, err) ? -1 : 0;
}

// What the earlier generation said about its symbols still holds where nothing newer is said.
static int read_pairs(struct port_work *work, unsigned generation, struct flow_error *err)
{
    struct flow_buf text;
    struct flow_strv cells = {0};
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = pinned(work, generation, "pairs", &text, err) < 0 ? -1 : 0;
    for (const char *at = text.data, *end = text.data + text.len; at < end && result == 0;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) : (size_t)(end - at);
        flow_strv_release(&cells);
        result = flow_tsv_split(&cells, at, line, err);
        if (result == 0 && cells.count >= 4) {
            const char *reason = *cells.items[3] ? cells.items[3] : NULL;
            struct flow_reply_pair pair = {cells.items[1], cells.items[2], reason};
            bool symbol = strcmp(cells.items[0], "symbol") == 0;
            result = port_pairs_add(work, &pair, symbol, &pair, !symbol, err);
        }
        at += line + 1;
    }
    flow_strv_release(&cells);
    flow_buf_release(&text);
    return result;
}

// What an earlier generation was accepted for and as: what the unit is updated from. Without it, it is
// translated.
static int find_earlier(struct port_work *work, struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    unsigned generation = work->unit->state.generation;
    if (generation == 0)
        return 0;
    int found = accepted(work, generation - 1, &work->old_target, err);
    for (size_t i = 0; i < work->source_count && found == 1; i++) {
        found = pinned(work, generation - 1, names[i], &work->old_sources[i], err);
        // What may not be sent any more is not updated from either.
        int held = found == 1
                       ? port_may_send(work->port, work->source_paths[i], &work->old_sources[i], NULL, err)
                       : 0;
        found = held < 0 ? -1 : held == 1 ? 0 : found;
    }
    work->update = found == 1;
    return found < 0 ? -1 : work->update ? read_pairs(work, generation - 1, err) : 0;
}

// Whether the source is another one than that of the generation before.
static int has_new_source(struct port_work *work, bool *out, struct flow_error *err)
{
    static const char *const names[] = {"source.0", "source.1"};
    unsigned generation = work->unit->state.generation;
    *out = false;
    for (size_t i = 0; i < work->source_count && generation > 0; i++) {
        struct flow_id then, now;
        int found = flow_ledger_input_get(work->port->ledger, work->port->unit_run, work->unit->unit->id,
                                          generation - 1, names[i], &then, err);
        if (found < 0 || flow_id_of(&now, work->sources[i].data, work->sources[i].len, err))
            return -1;
        *out = *out || found == 0 || strcmp(then.hex, now.hex) != 0;
    }
    return 0;
}

// Whether this generation carries a change of the source over, or begins anew, as where a guide changed:
// decided once, as the unit becomes stale.
static int pin_kind(struct port_work *work, struct flow_error *err)
{
    struct flow_buf kind;
    bool changed;
    if (has_new_source(work, &changed, err))
        return -1;
    flow_buf_init(&kind, FLOW_BUF_LINE);
    bool update = changed && strcmp(work->unit->state.state, "stale") == 0;
    flow_buf_puts(&kind, update ? "update" : "translate");
    int result = pin(work, "kind", &kind, err);
    if (result == 0 && strcmp(kind.data, "update") == 0)
        result = find_earlier(work, err);
    flow_buf_release(&kind);
    return result;
}

// What the unit took before this generation, which its allowance does not count.
static int pin_taken(struct port_work *work, struct flow_error *err)
{
    struct flow_budget taken, *before = &work->allowance.before;
    struct flow_buf text;
    if (flow_ledger_taken(work->port->ledger, work->port->run, work->unit->unit->id, &taken, err))
        return -1;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&text, "%" PRId64 " %" PRId64 " %" PRId64, taken.nano_usd, taken.tokens, taken.calls);
    int result = pin(work, "taken", &text, err);
    if (result == 0 && sscanf(text.data, "%" SCNd64 " %" SCNd64 " %" SCNd64, &before->nano_usd,
                              &before->tokens, &before->calls) != 3)
        result = flow_error_set(err, FLOW_E_INTERNAL, "'%s' is not what a unit took", text.data);
    flow_buf_release(&text);
    return result;
}

int port_inputs_pin(struct port_work *work, struct flow_error *err)
{
    struct flow_buf text;
    if (pin_taken(work, err))
        return -1;
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_puts(&text, work->port->source.hex);
    int result = pin(work, "source", &text, err);
    flow_buf_clear(&text);
    flow_buf_puts(&text, work->port->recipe.data);
    if (result == 0)
        result = pin(work, "recipe", &text, err);
    flow_buf_release(&text);
    flow_buf_add(&work->guide, work->port->guide.general.data, work->port->guide.general.len);
    if (result || pin(work, "guide", &work->guide, err) || pin_sources(work, err) || pin_kind(work, err) ||
        pin_traps(work, err) || pin_branches(work, err) || pin_templates(work, err) || pin_place(work, err) ||
        pin_contract(work, err) || pin_fields(work, err))
        return -1;
    return pin_described(work, "imports", &work->imports, describe_imports, err) ||
                   pin_described(work, "users", &work->users, port_users_describe, err)
               ? -1
               : 0;
}
