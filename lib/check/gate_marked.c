// SPDX-License-Identifier: MIT
/*
 * Gates over what gates.scm marks in the target: stubs, which are refused, and risks, which the source must
 * explain; and the two lists that a reply answers for: conditions and modules.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "flow/base/map.h"
#include "flow/base/str.h"
#include "gate.h"

static int add_stub(struct flow_gate *gate, const struct flow_match *match, struct flow_error *err)
{
    const char *text = gate->input->target.text + match->span.start;
    size_t len = flow_str_first_line(text, match->span.end - match->span.start, 60);
    return flow_gate_add(gate, "stub", match->span.start_line, err,
                         "'%.*s' is a stub (%s): write what the source does", (int)len, text,
                         match->capture + strlen("stub."));
}

static int count_risk(const char *name, union flow_map_value *count, void *payload)
{
    struct flow_buf *out = payload;
    flow_buf_printf(out, "%s%s=%lld", out->len ? " " : "", name, (long long)count->num);
    return 0;
}

struct explaining {
    struct flow_gate *gate;
    struct flow_traps *traps;
    struct flow_matches *matches;
    struct flow_error *err;
};

// Whether one of the words of risk "<name>".explained-by is a trap that fires on the source, or "*".
static bool explained(const struct explaining *e, const char *words)
{
    while (*words) {
        words += strspn(words, " \t");
        size_t len = strcspn(words, " \t");
        if (len == 1 && *words == '*')
            return true;
        for (size_t i = 0; len && i < e->traps->count; i++) {
            const char *name = e->traps->items[i].name;
            if (strlen(name) == len && memcmp(name, words, len) == 0)
                return true;
        }
        words += len;
    }
    return false;
}

static const struct flow_match *first_risk(const struct explaining *e, const char *name)
{
    for (size_t i = 0; i < e->matches->count; i++) {
        const char *capture = e->matches->items[i].capture;
        if (flow_str_starts(capture, "risk.") && strcmp(capture + strlen("risk."), name) == 0)
            return &e->matches->items[i];
    }
    return NULL;
}

static int judge_risk(const char *name, union flow_map_value *count, void *payload)
{
    const struct explaining *e = payload;
    char key[160];
    long allowed;
    snprintf(key, sizeof key, "risk.%s.explained-by", name);
    const char *by = flow_config_str(e->gate->rules, key, "*");
    if (explained(e, by))
        return 0;
    snprintf(key, sizeof key, "risk.%s.allowed", name);
    if (flow_config_int(e->gate->rules, key, 0, 1000000, 0, &allowed, e->err) < 0)
        return -1;
    if (count->num <= allowed)
        return 0;
    return flow_gate_add(
        e->gate, "risk", first_risk(e, name)->span.start_line, e->err,
        "%lld '%s' where nothing in the source needs it (%ld allowed): the first is in line %u",
        (long long)count->num, name, allowed, first_risk(e, name)->span.start_line);
}

static int judge_risks(struct flow_gate *gate, struct flow_matches *matches, const struct flow_map *risks,
                       struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    struct flow_buf counts;
    flow_buf_init(&counts, FLOW_BUF_LINE);
    flow_map_each(risks, count_risk, &counts);
    gate->report->risks = flow_arena_str(&gate->report->arena, counts.data);
    flow_buf_release(&counts);
    if (!gate->report->risks)
        return flow_error_nomem(err);
    struct flow_traps traps;
    if (flow_traps_find(&traps, gate->parser, in->source_language, in->sources, in->source_count, err) < 0)
        return -1;
    struct explaining explaining = {.gate = gate, .traps = &traps, .matches = matches, .err = err};
    int result = flow_map_each(risks, judge_risk, &explaining);
    flow_traps_release(&traps);
    return result;
}

int flow_gate_marked(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    struct flow_error missing = FLOW_ERROR_INIT;
    struct flow_matches matches;
    if (flow_matches_find(&matches, gate->parser, in->target_language, "gates.scm", in->target.text,
                          in->target.len, &missing) < 0) {
        if (missing.code == FLOW_E_NOT_FOUND)
            return 0; // nothing is known about stubs in this language
        if (err)
            *err = missing;
        return -1;
    }
    struct flow_map *risks = flow_map_new();
    int result = risks ? 0 : flow_error_nomem(err);
    for (size_t i = 0; result == 0 && i < matches.count; i++) {
        const struct flow_match *match = &matches.items[i];
        if (flow_str_starts(match->capture, "stub.")) {
            result = add_stub(gate, match, err);
        } else if (flow_str_starts(match->capture, "risk.")) {
            const char *name = match->capture + strlen("risk.");
            union flow_map_value *count = flow_map_ensure(risks, name, strlen(name), &(bool){false});
            if (count)
                count->num++;
            else
                result = flow_error_nomem(err);
        }
    }
    if (result == 0)
        result = judge_risks(gate, &matches, risks, err);
    flow_map_free(risks);
    flow_matches_release(&matches);
    return result;
}

/*
 * Conditions.
 */

// Equal but for white space.
static bool same_text(const char *a, const char *b)
{
    for (;;) {
        while (isspace((unsigned char)*a))
            a++;
        while (isspace((unsigned char)*b))
            b++;
        if (*a != *b)
            return false;
        if (!*a)
            return true;
        a++;
        b++;
    }
}

static int check_condition(struct flow_gate *gate, const struct flow_gate_file *source,
                           const struct flow_condition *condition, struct flow_error *err)
{
    const struct flow_gate_input *in = gate->input;
    for (size_t i = 0; i < in->condition_count; i++) {
        const struct flow_pair *pair = &in->conditions[i];
        if (!same_text(pair->source, condition->expr))
            continue;
        if ((pair->target && *pair->target) || (pair->reason && *pair->reason))
            return 0;
        return flow_gate_add(gate, "condition", 0, err,
                             "condition '%s' is listed as dropped without a reason", condition->expr);
    }
    return flow_gate_add(
        gate, "condition", 0, err,
        "condition '%s' ('%s' line %u) is not accounted for: list its counterpart, or list it as dropped "
        "with the reason",
        condition->expr, source->path, condition->span.start_line);
}

int flow_gate_conditions(struct flow_gate *gate, struct flow_error *err)
{
    for (size_t f = 0; f < gate->input->source_count; f++) {
        const struct flow_facts *facts = &gate->source_facts[f];
        for (size_t i = 0; i < facts->condition_count; i++) {
            if (check_condition(gate, &gate->input->sources[f], &facts->conditions[i], err) < 0)
                return -1;
        }
    }
    return 0;
}

/*
 * Modules: an import of the target that begins as the map's modules do must lead to one of them.
 */

// Whether `path` names `module`, something in it, or a folder above it; names are cut at the separators ':'
// '.' '/'.
static bool reaches(const char *path, const char *module)
{
    size_t n = 0;
    while (path[n] && path[n] == module[n])
        n++;
    if (!module[n])
        return !path[n] || strchr(":./", path[n]);
    return !path[n] && strchr(":./", module[n]);
}

static bool same_root(const char *path, const char *module)
{
    size_t a = strcspn(path, ":./"), b = strcspn(module, ":./");
    return module[b] && a == b && memcmp(path, module, a) == 0;
}

int flow_gate_modules(struct flow_gate *gate, struct flow_error *err)
{
    const struct flow_strv *modules = gate->input->modules;
    for (size_t i = 0; modules && i < gate->target_facts.import_count; i++) {
        const struct flow_import *import = &gate->target_facts.imports[i];
        bool ours = false, known = false;
        for (size_t m = 0; m < modules->count && !known; m++) {
            ours |= same_root(import->path, modules->items[m]);
            known = reaches(import->path, modules->items[m]);
        }
        if (ours && !known &&
            flow_gate_add(gate, "module", import->line, err,
                          "'%s' is not in the map of modules: use only the modules that are given",
                          import->path) < 0)
            return -1;
    }
    return 0;
}
