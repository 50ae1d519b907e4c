// SPDX-License-Identifier: MIT
/*
 * Gates over the two lists that a reply answers for: conditions and modules.
 */
#include <ctype.h>
#include <string.h>

#include "gate.h"

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
