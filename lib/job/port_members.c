// SPDX-License-Identifier: MIT
/*
 * Which units take part in a port, and where each goes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/file.h"
#include "flow/base/str.h"
#include "port_private.h"

static int analyse(struct port *port, struct flow_error *err)
{
    struct flow_analyze_options options = {.revision = port->source.hex};
    return flow_analyze(&port->analysis, port->repo, port->languages, &options, err);
}

static const struct flow_language *named(struct port *port, const char *name, const char *setting,
                                         struct flow_error *err)
{
    const struct flow_language *language = flow_languages_named(port->languages, name);
    if (language)
        return language;
    struct flow_buf known;
    flow_buf_init(&known, FLOW_BUF_LINE);
    for (size_t i = 0; i < flow_languages_count(port->languages); i++)
        flow_buf_printf(&known, "%s%s", i ? ", " : "",
                        flow_language_name(flow_languages_at(port->languages, i)));
    enum flow_config_level level = FLOW_CONFIG_OPTION;
    const char *origin = flow_config_origin(port->config, setting, &level);
    flow_error_set(err, level == FLOW_CONFIG_OPTION ? FLOW_E_USAGE : FLOW_E_ENV,
                   "unknown language '%s' (%s in %s): flow knows %s", name, setting, origin ? origin : "",
                   known.data);
    flow_buf_release(&known);
    return NULL;
}

// The language with the most bytes that is not the target's; the target's own where it is the only one.
static const struct flow_language *main_language(struct port *port)
{
    const struct flow_language *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < flow_languages_count(port->languages); i++) {
        const struct flow_language *language = flow_languages_at(port->languages, i);
        uint64_t bytes = 0;
        for (size_t u = 0; u < port->analysis->unit_count; u++)
            if (port->analysis->units[u].language == language)
                bytes += port->analysis->units[u].bytes;
        if (bytes > 0 && (!best || best == port->to || (language != port->to && bytes > most))) {
            best = language;
            most = bytes;
        }
    }
    return best;
}

// What was accepted in one language is not what another one asks for: a run keeps the two that it began with.
static int check_language(struct port *port, const char *side, const struct flow_language *language,
                          struct flow_error *err)
{
    const char *name = flow_language_name(language);
    struct flow_buf kept;
    flow_buf_init(&kept, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(port->ledger, port->run, side, &kept, err);
    int result = known < 0 ? -1 : 0;
    if (known == 1 && strcmp(kept.data, name) != 0)
        result =
            flow_error_set(err, FLOW_E_REFUSED, "run '%s' ports %s %s, not %s: begin another one with --name",
                           port->options->name, side, kept.data, name);
    flow_buf_release(&kept);
    return result;
}

// The source language where no setting names it: that of the run, else the main one.
static int find_source(struct port *port, struct flow_error *err)
{
    struct flow_buf kept;
    flow_buf_init(&kept, FLOW_BUF_LINE);
    int known = flow_ledger_run_get(port->ledger, port->run, "from", &kept, err);
    if (known >= 0)
        port->from = known ? flow_languages_named(port->languages, kept.data) : main_language(port);
    flow_buf_release(&kept);
    if (known >= 0 && !port->from)
        return flow_error_set(
            err, FLOW_E_NOT_FOUND,
            "no file of %.12s is in a language that flow knows: 'flow-analyze --skipped' lists them",
            port->source.hex);
    return known < 0 ? -1 : 0;
}

static int find_languages(struct port *port, struct flow_error *err)
{
    const char *to = flow_config_str(port->config, "port.to", NULL);
    const char *from = flow_config_str(port->config, "port.from", NULL);
    if (!to)
        return flow_error_set(err, FLOW_E_USAGE, "no target language: give --to LANGUAGE, or set port.to");
    port->to = named(port, to, "port.to", err);
    if (!port->to)
        return -1;
    if (from)
        port->from = named(port, from, "port.from", err);
    if (from ? !port->from : find_source(port, err))
        return -1;
    return check_language(port, "from", port->from, err) || check_language(port, "to", port->to, err) ? -1
                                                                                                      : 0;
}

static bool is_one_of(const struct flow_strv *globs, const char *path)
{
    for (size_t i = 0; i < globs->count; i++)
        if (flow_glob_match(globs->items[i], path))
            return true;
    return false;
}

// A skipped file that others import: what a person decided about it, else a hole.
static int decide(struct port *port, const struct flow_source *source, struct flow_error *err)
{
    const char *path = source->entry->path;
    struct flow_buf key, text;
    flow_buf_init(&key, FLOW_BUF_LINE);
    flow_buf_init(&text, FLOW_BUF_LINE);
    flow_buf_printf(&key, "decision.%s.action", path);
    const char *action = key.failed ? NULL : flow_config_str(port->config, key.data, NULL);
    // "port" makes a generated file a unit; any other file that is skipped cannot be one.
    bool decided = action && (strcmp(action, "ffi") == 0 || strcmp(action, "regenerate") == 0 ||
                              strcmp(action, "drop") == 0);
    flow_buf_printf(&text, "%s, and imported by %zu", flow_skip_name(source->skip), source->imported_by);
    int result = 0;
    if (decided)
        flow_buf_printf(&text, ": %s", action);
    else if (action && strcmp(action, "port") == 0)
        flow_buf_puts(&text, ": it cannot be ported; decide for ffi, regenerate or drop");
    else if (action)
        flow_buf_printf(&text, ": '%s' is no action (port, ffi, regenerate, drop)", action);
    else
        flow_buf_puts(&text, ": decide with [decision \"…\"] action = port, ffi, regenerate or drop");
    result = flow_job_census_skip(port->census, path, text.data, !decided, err);
    flow_buf_release(&text);
    flow_buf_release(&key);
    return result;
}

static int count_skipped(struct port *port, const struct flow_strv *globs, struct flow_error *err)
{
    for (size_t i = 0; i < port->analysis->source_count; i++) {
        const struct flow_source *source = &port->analysis->sources[i];
        if (source->skip == FLOW_SKIP_NONE || is_one_of(globs, source->entry->path))
            continue;
        int result = source->imported_by > 0 ? decide(port, source, err)
                                             : flow_job_census_skip(port->census, source->entry->path,
                                                                    flow_skip_name(source->skip), false, err);
        if (result)
            return -1;
    }
    return 0;
}

// Of the files that come first: tests, where the old program can be asked whether it passes them. Without
// that a test is a guess of what the port will look like, which is better made behind it; with contracts
// nothing has to be guessed.
static int find_first(struct port *port, struct flow_strv *out, struct flow_error *err)
{
    if (!flow_config_str(port->config, "prove.command", NULL) || port->contracts || port->from == port->to)
        return 0;
    return flow_language_list(port->from, "tests.path", true, out, err);
}

static void collect_units(struct port *port, const struct flow_strv *excluded, const struct flow_strv *first)
{
    const struct flow_analysis *analysis = port->analysis;
    for (int rest = 0; rest <= 1; rest++)
        for (size_t i = 0; i < analysis->unit_count; i++) {
            const struct flow_unit *unit = &analysis->units[i];
            bool test = is_one_of(first, unit->id);
            if (unit->language != port->from || is_one_of(excluded, unit->id) || test == (rest == 1))
                continue;
            port->member[i] = port->count;
            port->units[port->count].unit = unit;
            port->units[port->count++].test = test;
        }
}

static int collect(struct port *port, struct flow_error *err)
{
    const struct flow_analysis *analysis = port->analysis;
    struct flow_strv globs = {0}, first = {0};
    int result =
        flow_config_list(port->config, "port.exclude", &globs, err) || find_first(port, &first, err) ? -1 : 0;
    port->units = calloc(analysis->unit_count + 1, sizeof *port->units);
    port->member = calloc(analysis->unit_count + 1, sizeof *port->member);
    if (!port->units || !port->member)
        result = flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < analysis->unit_count; i++)
        port->member[i] = SIZE_MAX;
    if (result == 0) {
        collect_units(port, &globs, &first);
        result = count_skipped(port, &globs, err);
    }
    flow_strv_release(&first);
    flow_strv_release(&globs);
    if (result == 0 && port->count == 0)
        return flow_error_set(err, FLOW_E_NOT_FOUND, "no unit is in %s%s", flow_language_name(port->from),
                              " (see port.from and port.exclude)");
    return result;
}

// A header that is named and not there would be a layer that nobody misses.
static int check_layers(struct port *port, struct flow_error *err)
{
    struct flow_strv patterns = {0};
    int result = flow_config_list(port->config, "port.c-abi", &patterns, err);
    for (size_t i = 0; i < patterns.count && result == 0; i++) {
        bool found = false;
        for (size_t k = 0; k < port->count && !found; k++) {
            const char *id = port->units[k].unit->id;
            found = flow_unit_is_c_abi(id) && flow_glob_match(patterns.items[i], id + strlen(FLOW_C_ABI));
        }
        if (!found)
            result = flow_error_set(err, FLOW_E_NOT_FOUND, "no header fits '%s' (port.c-abi) in %.12s",
                                    patterns.items[i], port->source.hex);
    }
    flow_strv_release(&patterns);
    return result;
}

// The tests that import it.
static int link_testers(struct port *port, struct port_unit *unit, struct flow_error *err)
{
    const struct flow_unit *of = unit->unit;
    size_t *testers = flow_arena_alloc(&port->arena, (of->importer_count + 1) * sizeof *testers);
    if (!testers)
        return flow_error_nomem(err);
    for (size_t i = 0; i < of->importer_count; i++) {
        size_t member = port->member[of->importers[i]];
        if (member != SIZE_MAX && port->units[member].test)
            testers[unit->tester_count++] = member;
    }
    unit->testers = testers;
    return 0;
}

static int link_imports(struct port *port, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        unit->cycle = unit->unit->cycle;
        unit->imports =
            flow_arena_alloc(&port->arena, (unit->unit->import_count + 1) * sizeof *unit->imports);
        if (!unit->imports)
            return flow_error_nomem(err);
        for (size_t k = 0; k < unit->unit->import_count; k++) {
            size_t member = port->member[unit->unit->imports[k]];
            if (member != SIZE_MAX)
                unit->imports[unit->import_count++] = member;
        }
        if (!unit->test && link_testers(port, unit, err))
            return -1;
    }
    return 0;
}

// Whether the unit holds the function that a program begins with ([program] entry of its language).
static int holds_entry(struct port *port, struct flow_parser *parser, const struct flow_unit *unit, bool *out,
                       struct flow_error *err)
{
    const char *entry = flow_config_str(flow_language_config(port->from), "program.entry", NULL);
    struct flow_facts facts = {0};
    struct flow_buf text;
    *out = false;
    if (!entry)
        return 0;
    flow_buf_init(&text, FLOW_BUF_FILE);
    int result = flow_analysis_facts(port->analysis, parser, unit->files[0], &text, &facts, err);
    for (size_t i = 0; result == 0 && i < facts.symbol_count; i++) {
        const struct flow_symbol *symbol = &facts.symbols[i];
        bool function = strcmp(symbol->kind, "function") == 0 && !*symbol->container;
        bool defined = symbol->body.end > symbol->body.start;
        *out = *out || (strcmp(symbol->name, entry) == 0 && defined &&
                        (function || strcmp(symbol->kind, "method") == 0));
    }
    if (result == 0)
        flow_facts_release(&facts);
    flow_buf_release(&text);
    return result;
}

// The name of the project where no setting gives one: that of the folder that the repository is in.
static int default_name(struct port *port, struct flow_buf *out, struct flow_error *err)
{
    const char *path = flow_repo_workdir(port->repo);
    if (!path)
        path = flow_repo_commondir(port->repo);
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    size_t start = len;
    while (start > 0 && path[start - 1] != '/')
        start--;
    flow_buf_add(out, path + start, len - start);
    if (flow_str_ends(out->data, ".git") && out->len > 4)
        flow_buf_truncate(out, out->len - 4);
    return flow_buf_check(out, "name of the project", err);
}

static int lay_out(struct port *port, struct flow_error *err)
{
    struct flow_place_unit *units = calloc(port->count, sizeof *units);
    struct flow_parser *parser = NULL;
    struct flow_buf name;
    flow_buf_init(&name, FLOW_BUF_LINE);
    int result = units ? flow_parser_new(&parser, port->languages, err) : flow_error_nomem(err);
    for (size_t i = 0; i < port->count && result == 0; i++) {
        const struct flow_unit *unit = port->units[i].unit;
        units[i].id = units[i].stem_of = unit->id;
        units[i].c_abi = flow_unit_is_c_abi(unit->id);
        if (units[i].c_abi)
            units[i].stem_of = port->analysis->sources[unit->files[0]].entry->path;
        result = holds_entry(port, parser, port->units[i].unit, &units[i].is_root, err);
    }
    if (result == 0)
        result = default_name(port, &name, err);
    if (result == 0)
        result = flow_layout_new(&port->layout, port->from, port->to, port->config, units, port->count,
                                 name.data, err);
    for (size_t i = 0; i < port->count && result == 0; i++) {
        port->units[i].place = &port->layout->places[i];
        if (*port->layout->places[i].module)
            result = flow_strv_add(&port->modules, port->layout->places[i].module, err);
    }
    flow_parser_free(parser);
    flow_buf_release(&name);
    free(units);
    return result;
}

static int identify(struct port *port, struct flow_error *err)
{
    for (size_t i = 0; i < port->count; i++) {
        struct port_unit *unit = &port->units[i];
        struct flow_change files[2];
        size_t count = 0;
        for (size_t k = 0; k < 2; k++) {
            if (unit->unit->files[k] == SIZE_MAX)
                continue;
            const struct flow_entry *entry = port->analysis->sources[unit->unit->files[k]].entry;
            files[count++] = (struct flow_change){.path = entry->path, .blob = &entry->blob};
        }
        if (flow_repo_tree_id(port->repo, files, count, &unit->source_id, err))
            return -1;
    }
    return 0;
}

static int no_part(const struct port *port, size_t at, struct flow_error *err)
{
    const struct flow_unit *unit = &port->analysis->units[at];
    return flow_error_set(err, FLOW_E_NOT_FOUND, "unit '%s' takes no part: it is in %s, and %s is ported",
                          unit->id, flow_language_name(unit->language), flow_language_name(port->from));
}

// Of what is named, all has to take part. A list that comes through a pipe is one of the whole repository:
// how many of it do not is counted.
static int select_named(struct port *port, const struct flow_strv *wanted, size_t *others,
                        struct flow_error *err)
{
    for (size_t i = 0; wanted && i < wanted->count; i++) {
        size_t at = flow_analysis_unit(port->analysis, wanted->items[i]);
        if (at == SIZE_MAX)
            return flow_error_set(err, FLOW_E_NOT_FOUND,
                                  "there is no unit '%s' in %.12s: only what is committed is ported",
                                  wanted->items[i], port->source.hex);
        if (port->member[at] != SIZE_MAX)
            port->units[port->member[at]].selected = true;
        else if (others)
            ++*others;
        else
            return no_part(port, at, err);
    }
    return 0;
}

static int note_others(struct port *port, size_t others, struct flow_error *err)
{
    char text[200];
    if (others == 0)
        return 0;
    snprintf(text, sizeof text, "units of standard input that are not in %s, and take no part: %zu",
             flow_language_name(port->from), others);
    return flow_strv_add(&port->notes, text, err);
}

static int select_units(struct port *port, struct flow_error *err)
{
    const struct flow_strv *named = port->options->units, *piped = port->options->piped;
    bool all = (!named || named->count == 0) && (!piped || piped->count == 0);
    size_t others = 0;
    for (size_t i = 0; i < port->count; i++)
        port->units[i].selected = all;
    return select_named(port, named, NULL, err) || select_named(port, piped, &others, err) ||
                   note_others(port, others, err)
               ? -1
               : 0;
}

// What is not committed is not ported; a person who has edited should know.
static int compare_worktree(struct port *port, struct flow_error *err)
{
    struct flow_snapshot *now = NULL;
    size_t differ = 0;
    if (!flow_repo_workdir(port->repo))
        return 0;
    if (flow_snapshot_worktree(&now, port->repo, err))
        return -1;
    for (size_t i = 0; i < port->count; i++) {
        for (size_t k = 0; k < 2; k++) {
            if (port->units[i].unit->files[k] == SIZE_MAX)
                continue;
            const struct flow_entry *then = port->analysis->sources[port->units[i].unit->files[k]].entry;
            const struct flow_entry *entry = flow_snapshot_find(now, then->path);
            differ += !entry || strcmp(entry->blob.hex, then->blob.hex) != 0;
        }
    }
    flow_snapshot_free(now);
    if (differ > 0)
        port_note(port, "%zu files of the work tree differ from commit %.12s, which is what is ported",
                  differ, port->source.hex);
    return 0;
}

int port_members(struct port *port, struct flow_error *err)
{
    if (analyse(port, err) || find_languages(port, err) || collect(port, err) || check_layers(port, err) ||
        link_imports(port, err) || lay_out(port, err) || identify(port, err) || select_units(port, err))
        return -1;
    return compare_worktree(port, err);
}
