// SPDX-License-Identifier: MIT
/*
 * What the compiler itself proposes for errors, applied without asking anybody. Proposals that come with
 * warnings are left alone: they would void verdicts for what the build does not need.
 */
#include <string.h>

#include "fix_private.h"
#include "flow/build/suggest.h"

// The errors of one file, in order; *count of them.
static const struct flow_diagnostic *errors_of(const struct fix_build *build, const char *file, size_t *count,
                                               struct fix *fix, struct flow_error *err)
{
    size_t errors = fix_build_errors(build, file);
    struct flow_diagnostic *out = flow_arena_alloc(&fix->arena, (errors + 1) * sizeof *out);
    *count = 0;
    if (!out)
        flow_error_nomem(err);
    for (size_t i = 0; out && i < build->list.count; i++) {
        const struct flow_diagnostic *item = &build->list.items[i];
        if (item->severity == FLOW_SEVERITY_ERROR && item->place.file && !item->place.outside &&
            strcmp(item->place.file, file) == 0)
            out[(*count)++] = *item;
    }
    return out;
}

// Some of what is proposed may be wrong for all that its tool says: then none of the file is used.
static int judge(struct fix *fix, struct fix_unit *unit, size_t applied, struct flow_error *err)
{
    struct flow_buf why;
    flow_buf_init(&why, FLOW_BUF_TEXT);
    int result = fix_judge(fix, unit, &unit->next, &why, err);
    if (result == 1)
        fix_note(fix, "what the compiler proposes for '%s' is not used: %s", unit->path, why.data);
    flow_buf_release(&why);
    bool same =
        unit->next.len == unit->text.len && memcmp(unit->next.data, unit->text.data, unit->text.len) == 0;
    unit->no_free = result == 1 || (result == 0 && same);
    unit->changes = result == 0 && !same;
    unit->by = "the compiler";
    fix->free += unit->changes ? applied : 0;
    return result < 0 ? -1 : 0;
}

static int apply(struct fix *fix, struct fix_unit *unit, const struct fix_build *build,
                 struct flow_error *err)
{
    struct flow_applications applications = {0};
    const char *file = fix_unit_file(fix, unit);
    size_t count;
    const struct flow_diagnostic *errors = errors_of(build, file, &count, fix, err);
    if (!errors || fix_unit_read(fix, unit, err))
        return -1;
    flow_buf_clear(&unit->next);
    int result = flow_suggestions_apply(&unit->next, &applications, file, unit->text.data, unit->text.len,
                                        errors, count, err);
    if (result)
        return result;
    size_t applied = applications.applied;
    flow_applications_release(&applications);
    return applied > 0 ? judge(fix, unit, applied, err) : 0;
}

int fix_free(struct fix *fix, const struct fix_build *build, struct flow_error *err)
{
    for (size_t i = 0; i < build->list.count; i++) {
        const struct flow_diagnostic *item = &build->list.items[i];
        struct fix_unit *unit = item->severity == FLOW_SEVERITY_ERROR && !item->place.outside
                                    ? fix_unit_at(fix, item->place.file)
                                    : NULL;
        bool offers = false;
        for (size_t k = 0; k < item->suggestion_count; k++)
            offers = offers || item->suggestions[k].machine;
        if (unit && offers && !unit->guarded && !unit->no_free && !unit->changes &&
            apply(fix, unit, build, err))
            return -1;
    }
    return 0;
}
