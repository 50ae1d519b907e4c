// SPDX-License-Identifier: MIT
/*
 * Traps: where a source holds what its language's traps.scm warns of.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/base/str.h"
#include "flow/base/vec.h"
#include "flow/check/gates.h"

static int add_trap(struct flow_traps *out, const struct flow_match *match, const char *path,
                    struct flow_error *err)
{
    if (!flow_str_starts(match->capture, "trap."))
        return 0;
    if (flow_grow(&out->items, &out->cap, out->count + 1, sizeof *out->items, err) < 0)
        return -1;
    char *name = flow_arena_str(&out->arena, match->capture + strlen("trap."));
    char *copy = flow_arena_str(&out->arena, path);
    if (!name || !copy)
        return flow_error_nomem(err);
    out->items[out->count++] = (struct flow_trap){.name = name, .line = match->span.start_line, .path = copy};
    return 0;
}

static int compare_traps(const void *a, const void *b)
{
    const struct flow_trap *x = a, *y = b;
    int order = strcmp(x->name, y->name);
    if (order == 0)
        order = strcmp(x->path, y->path);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

// One construct may match twice on a line; the reader needs the line once.
static void drop_repeats(struct flow_traps *traps)
{
    size_t kept = 0;
    for (size_t i = 0; i < traps->count; i++) {
        if (kept == 0 || compare_traps(&traps->items[kept - 1], &traps->items[i]) != 0)
            traps->items[kept++] = traps->items[i];
    }
    traps->count = kept;
}

int flow_traps_find(struct flow_traps *out, struct flow_parser *parser, const struct flow_language *language,
                    const struct flow_gate_file *files, size_t count, struct flow_error *err)
{
    *out = (struct flow_traps){0};
    flow_arena_init(&out->arena);
    int result = 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        struct flow_matches matches = {0};
        struct flow_error missing = FLOW_ERROR_INIT;
        result =
            flow_matches_find(&matches, parser, language, "traps.scm", files[i].text, files[i].len, &missing);
        if (result < 0 && missing.code == FLOW_E_NOT_FOUND)
            return 0; // a language without traps
        if (result < 0 && err)
            *err = missing;
        for (size_t m = 0; result == 0 && m < matches.count; m++)
            result = add_trap(out, &matches.items[m], files[i].path, err);
        flow_matches_release(&matches);
    }
    if (result < 0) {
        flow_traps_release(out);
        return -1;
    }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_traps);
    drop_repeats(out);
    return 0;
}

void flow_traps_release(struct flow_traps *traps)
{
    free(traps->items);
    flow_arena_release(&traps->arena);
    *traps = (struct flow_traps){0};
}
