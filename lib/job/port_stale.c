// SPDX-License-Identifier: MIT
/*
 * What a change sends back to the beginning. A changed source makes its unit stale, and nobody else's. A
 * changed guide, prompt, port of an import or row of the field table concerns what is not accepted yet; what
 * is accepted it only touches where that was asked for (--restale). The plan says what there is of both.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/tsv.h"
#include "port_private.h"

#define NAMED 5 /* units that a note names */

// What may have changed under a unit, with its reason.
enum change { SOURCE, GUIDE, PROMPT, FIELDS, IMPORT, CHANGES };
static const char *const reasons[CHANGES] = {"its source changed", "the guide changed", "a prompt changed",
                                             "its rows of the field table changed",
                                             "the port of an import changed"};

struct survey {
    struct port *port;
    struct flow_id *blobs; // of each unit's file on the branch, found out when it is first asked for
    bool *looked;
    size_t counts[CHANGES]; // units
    struct flow_buf names;  // of those whose source changed
    size_t importers;       // accepted units that import those
};

static bool is(const struct port_unit *unit, const char *state)
{
    return strcmp(unit->state.state, state) == 0;
}

static int pinned(struct port *port, const struct port_unit *unit, const char *name, struct flow_id *out,
                  struct flow_error *err)
{
    return flow_ledger_input_get(port->ledger, port->unit_run, unit->unit->id, unit->state.generation, name,
                                 out, err);
}

// Whether guide or prompts are others than those that the unit's generation was made with: 1 and which.
static int compare_recipe(struct port *port, const struct port_unit *unit, enum change *out,
                          struct flow_error *err)
{
    struct flow_id then, now;
    struct flow_buf text;
    int found = pinned(port, unit, "recipe", &then, err);
    if (found < 0 || flow_id_of(&now, port->recipe.data, port->recipe.len, err))
        return -1;
    if (found == 0 || strcmp(then.hex, now.hex) == 0)
        return 0;
    flow_buf_init(&text, FLOW_BUF_LINE);
    int result = flow_ledger_block_get(port->ledger, &then, &text, err);
    // Its first line is the guide's.
    size_t line = strcspn(port->recipe.data, "\n");
    *out = strncmp(text.data, port->recipe.data, line) == 0 ? PROMPT : GUIDE;
    flow_buf_release(&text);
    return result ? -1 : 1;
}

// The same for rows of the field table too.
static int compare_given(struct port *port, const struct port_unit *unit, enum change *out,
                         struct flow_error *err)
{
    struct flow_id then;
    int changed = compare_recipe(port, unit, out, err);
    if (changed != 0)
        return changed;
    *out = FIELDS;
    int found = pinned(port, unit, "fields", &then, err);
    return found == 1 ? port_fields_changed(port, unit, &then, err) : found;
}

static int blob_of(struct survey *survey, size_t at, struct flow_id *out, struct flow_error *err)
{
    struct port *port = survey->port;
    if (!survey->looked[at]) {
        int found = port_blob_at(port, &port->tip, port->units[at].place->path, &survey->blobs[at], err);
        if (found < 0)
            return -1;
        survey->looked[at] = true;
    }
    *out = survey->blobs[at];
    return 0;
}

// One line of what was imported: 1 where the branch holds another text of it by now.
static int compare_line(struct survey *survey, const char *line, size_t len, struct flow_error *err)
{
    const struct port *port = survey->port;
    struct flow_strv cells = {0};
    struct flow_id now;
    int result = flow_tsv_split(&cells, line, len, err);
    size_t at =
        result == 0 && cells.count == 2 ? flow_analysis_unit(port->analysis, cells.items[0]) : SIZE_MAX;
    if (at != SIZE_MAX && port->member[at] != SIZE_MAX) {
        result = blob_of(survey, port->member[at], &now, err);
        if (result == 0)
            result = strcmp(now.hex, cells.items[1]) != 0;
    }
    flow_strv_release(&cells);
    return result;
}

static int compare_imports(struct survey *survey, const struct port_unit *unit, struct flow_error *err)
{
    struct flow_id id;
    struct flow_buf text;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = pinned(survey->port, unit, "imported", &id, err);
    if (result == 1)
        result = flow_ledger_block_get(survey->port->ledger, &id, &text, err);
    for (const char *at = text.data, *end = text.data + text.len; at < end && result == 0;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t line = newline ? (size_t)(newline - at) : (size_t)(end - at);
        result = compare_line(survey, at, line, err);
        at += line + 1;
    }
    flow_buf_release(&text);
    return result;
}

// What was accepted: counted where something changed under it, and sent back where that was asked for.
static int look_at_accepted(struct survey *survey, struct port_unit *unit, struct flow_error *err)
{
    struct port *port = survey->port;
    enum change change;
    int changed = compare_given(port, unit, &change, err);
    if (changed == 0) {
        change = IMPORT;
        changed = compare_imports(survey, unit, err);
    }
    if (changed <= 0)
        return changed;
    survey->counts[change]++;
    if (!port->options->restale || !unit->selected)
        return 0;
    strcpy(unit->state.state, "stale");
    unit->stale = reasons[change];
    unit->reopened = true;
    return 0;
}

static void note_source(struct survey *survey, struct port_unit *unit)
{
    if (survey->counts[SOURCE]++ < NAMED) {
        flow_buf_puts(&survey->names, survey->names.len ? ", " : "");
        flow_str_show(&survey->names, unit->unit->id, strlen(unit->unit->id));
    }
    strcpy(unit->state.state, "stale");
    unit->stale = reasons[SOURCE];
    unit->reopened = true;
    unit->contracted = false;
}

static int look_at(struct survey *survey, struct port_unit *unit, struct flow_error *err)
{
    const struct flow_port_options *options = survey->port->options;
    enum change change;
    bool begun = unit->state.state[0] != '\0';
    bool stale =
        begun && unit->state.source_id.hex[0] && strcmp(unit->state.source_id.hex, unit->source_id.hex) != 0;
    // A failed unit gets another try that a new guide, prompt or row may make succeed.
    int mended = is(unit, "failed") ? compare_given(survey->port, unit, &change, err) : 0;
    if (mended < 0)
        return -1;
    if (unit->selected && begun && (options->fresh || mended == 1)) {
        strcpy(unit->state.state, "ready");
        unit->reopened = true;
        unit->unreviewed = unit->mended = unit->contracted = false;
        return 0;
    }
    if (is(unit, "held") || unit->mended)
        return 0;
    if (stale)
        note_source(survey, unit);
    return !stale && is(unit, "committed") ? look_at_accepted(survey, unit, err) : 0;
}

// Accepted units that import what is stale: they are not touched, but a person should know of them.
static void count_importers(struct survey *survey)
{
    const struct port *port = survey->port;
    for (size_t i = 0; i < port->count; i++) {
        const struct port_unit *unit = &port->units[i];
        bool imports = false;
        for (size_t k = 0; k < unit->import_count; k++)
            imports = imports || port->units[unit->imports[k]].stale == reasons[SOURCE];
        survey->importers += imports && is(unit, "committed");
    }
}

static int add_note(struct port *port, struct flow_buf *note, struct flow_error *err)
{
    int result = flow_buf_check(note, "note", err);
    if (result == 0)
        result = flow_strv_add(&port->notes, note->data, err);
    flow_buf_clear(note);
    return result;
}

static int add_notes(struct survey *survey, struct flow_error *err)
{
    static const char *const what[CHANGES] = {NULL, "the guide", "a prompt", "the rows of the field table",
                                              "the port of an import"};
    struct flow_buf note;
    int result = 0;
    flow_buf_init(&note, FLOW_BUF_LINE);
    if (survey->counts[SOURCE] > 0) {
        flow_buf_printf(&note, "the source changed under %zu units, which are updated: %s%s",
                        survey->counts[SOURCE], survey->names.data,
                        survey->counts[SOURCE] > NAMED ? ", …" : "");
        if (survey->importers > 0)
            flow_buf_printf(&note, "; %zu accepted units import them and stay as they are",
                            survey->importers);
        result = add_note(survey->port, &note, err);
    }
    for (int i = GUIDE; i < CHANGES && result == 0; i++) {
        if (survey->counts[i] == 0)
            continue;
        flow_buf_printf(&note, "%s changed since %zu units were accepted: %s", what[i], survey->counts[i],
                        survey->port->options->restale ? "they are worked on again"
                                                       : "--restale works on them again");
        result = add_note(survey->port, &note, err);
    }
    flow_buf_release(&note);
    return result;
}

int port_reopen(struct port *port, struct flow_error *err)
{
    struct survey survey = {.port = port,
                            .blobs = calloc(port->count + 1, sizeof *survey.blobs),
                            .looked = calloc(port->count + 1, sizeof *survey.looked)};
    flow_buf_init(&survey.names, FLOW_BUF_LINE);
    int result = survey.blobs && survey.looked ? 0 : flow_error_nomem(err);
    for (size_t i = 0; i < port->count && result == 0; i++)
        result = look_at(&survey, &port->units[i], err);
    // What changed under a contract is said where it changed under the unit.
    if (result == 0 && !port->contracting) {
        count_importers(&survey);
        result = add_notes(&survey, err);
    }
    flow_buf_release(&survey.names);
    free(survey.looked);
    free(survey.blobs);
    return result;
}

int port_save_reopened(struct port *port, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        if (!unit->reopened || (port->contracting && !unit->selected))
            continue;
        unit->state.generation++;
        if (port_unit_save(port, unit, unit->state.state, unit->stale, err))
            return -1;
    }
    return 0;
}
