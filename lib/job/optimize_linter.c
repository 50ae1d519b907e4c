// SPDX-License-Identifier: MIT
/*
 * The language's own linter, beside: it looks at the base in a build tree of its own, since it may change
 * what it looks at, and says which candidates it finds, too, and what it finds that no pass does.
 */
#include <stdio.h>
#include <string.h>

#include "flow/base/str.h"
#include "optimize_private.h"

static bool mends(const struct flow_diagnostic *item)
{
    for (size_t i = 0; i < item->suggestion_count; i++)
        if (item->suggestions[i].machine)
            return true;
    return false;
}

static int note_finding(struct optimize *o, const struct flow_diagnostic *item, struct flow_error *err)
{
    bool known = false;
    for (size_t i = 0; i < o->count; i++) {
        struct optimize_candidate *candidate = &o->items[i];
        if (!optimize_is_at(o, &item->place, NULL, 0, candidate, candidate->span))
            continue;
        known = true;
        if (!candidate->linter && !(candidate->linter = optimize_words(o, item->code, strlen(item->code))))
            return flow_error_nomem(err);
    }
    o->outcome->lint_other += !known;
    o->outcome->lint_mends += !known && mends(item);
    return 0;
}

static int note_findings(struct optimize *o, const struct flow_diagnostics *list, struct flow_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct flow_diagnostic *item = &list->items[i];
        bool finding =
            item->severity != FLOW_SEVERITY_NOTE && item->code && item->place.file && !item->place.outside;
        if (finding && note_finding(o, item, err))
            return -1;
    }
    return 0;
}

// A linter that finds something may fail by that. One that is not there, or does not like the project, says
// nothing that can be read: then the column is empty, and that is said.
static int run(struct optimize *o, struct optimize_tree *tree, struct flow_error *err)
{
    struct optimize_said said;
    struct flow_diagnostics list;
    if (optimize_tree_set(o, tree, NULL, 0, err) || optimize_run(o, tree, o->lint, &said, NULL, err))
        return -1;
    int result = optimize_diagnostics(o, tree, &said, &list, err);
    if (result == 0) {
        o->outcome->lint = said.good || list.count > list.errors;
        result = note_findings(o, &list, err);
        flow_diagnostics_release(&list);
    }
    if (result == 0 && !o->outcome->lint)
        snprintf(o->outcome->lint_why, sizeof o->outcome->lint_why, "%.*s",
                 (int)flow_str_first_line(said.why, strlen(said.why), sizeof o->outcome->lint_why - 1),
                 said.why);
    optimize_said_release(&said);
    return result;
}

int optimize_lint(struct optimize *o, struct flow_error *err)
{
    struct optimize_tree tree;
    optimize_doing(o, "running the linter");
    int result = optimize_tree_open(o, "linter", &tree, err);
    if (result == 0)
        result = run(o, &tree, err);
    optimize_tree_release(&tree);
    return result;
}
