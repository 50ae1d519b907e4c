// SPDX-License-Identifier: MIT
/*
 * Cycles, tiers and the order of work. Tarjan's algorithm, without recursion: real code bases hold cycles of
 * more than a thousand files. It finds the components of the import graph with what they import first, so
 * that a component's tier is known when it is found.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analyze_private.h"

#define UNSEEN SIZE_MAX

struct node {
    size_t number, low; /* order of discovery, and the lowest that is reachable */
    size_t next;        /* import to look at next */
    size_t component;   /* UNSEEN until it is found */
};

struct tarjan {
    struct flow_analysis *analysis;
    struct node *nodes;
    size_t *stack, stack_count; /* units that have no component yet */
    size_t *path, path_count;   /* units that are being visited, outermost first */
    size_t found, component_count;
};

static void enter(struct tarjan *tarjan, size_t unit)
{
    tarjan->nodes[unit].number = tarjan->nodes[unit].low = tarjan->found++;
    tarjan->stack[tarjan->stack_count++] = unit;
    tarjan->path[tarjan->path_count++] = unit;
}

static void lower(struct node *node, size_t low)
{
    if (low < node->low)
        node->low = low;
}

// Looks at the next import of the innermost unit. False where it has no more.
static bool advance(struct tarjan *tarjan)
{
    size_t at = tarjan->path[tarjan->path_count - 1];
    const struct flow_unit *unit = &tarjan->analysis->units[at];
    struct node *node = &tarjan->nodes[at];
    if (node->next == unit->import_count)
        return false;
    size_t import = unit->imports[node->next++];
    if (tarjan->nodes[import].number == UNSEEN)
        enter(tarjan, import);
    else if (tarjan->nodes[import].component == UNSEEN)
        lower(node, tarjan->nodes[import].number);
    return true;
}

// One more than the highest tier that the units stack[first…] import outside of themselves.
static unsigned tier_of(const struct tarjan *tarjan, size_t first)
{
    unsigned tier = 0;
    for (size_t i = first; i < tarjan->stack_count; i++) {
        const struct flow_unit *unit = &tarjan->analysis->units[tarjan->stack[i]];
        for (size_t k = 0; k < unit->import_count; k++) {
            size_t import = unit->imports[k];
            // Members of this component have the number of the one that is being made.
            if (tarjan->nodes[import].component != tarjan->component_count &&
                tarjan->analysis->units[import].tier + 1 > tier)
                tier = tarjan->analysis->units[import].tier + 1;
        }
    }
    return tier;
}

// The innermost unit has been visited: takes its component off the stack where it is the first one of that.
static void leave(struct tarjan *tarjan)
{
    struct flow_analysis *analysis = tarjan->analysis;
    size_t at = tarjan->path[--tarjan->path_count];
    struct node *node = &tarjan->nodes[at];
    if (tarjan->path_count > 0)
        lower(&tarjan->nodes[tarjan->path[tarjan->path_count - 1]], node->low);
    if (node->low != node->number)
        return;
    size_t first = tarjan->stack_count;
    do
        tarjan->nodes[tarjan->stack[--first]].component = tarjan->component_count;
    while (tarjan->stack[first] != at);
    size_t size = tarjan->stack_count - first;
    unsigned tier = tier_of(tarjan, first);
    if (size > 1)
        analysis->cycle_count++;
    if (size > 1 && size > analysis->largest_cycle)
        analysis->largest_cycle = size;
    for (size_t i = first; i < tarjan->stack_count; i++) {
        analysis->units[tarjan->stack[i]].tier = tier;
        analysis->units[tarjan->stack[i]].cycle = size > 1 ? analysis->cycle_count : 0;
    }
    if (tier + 1 > analysis->tier_count)
        analysis->tier_count = tier + 1;
    tarjan->stack_count = first;
    tarjan->component_count++;
}

static void find_components(struct tarjan *tarjan)
{
    size_t count = tarjan->analysis->unit_count;
    for (size_t i = 0; i < count; i++)
        tarjan->nodes[i] = (struct node){.number = UNSEEN, .component = UNSEEN};
    for (size_t i = 0; i < count; i++) {
        if (tarjan->nodes[i].number != UNSEEN)
            continue;
        enter(tarjan, i);
        while (tarjan->path_count > 0) {
            if (!advance(tarjan))
                leave(tarjan);
        }
    }
}

static int by_work(const void *a, const void *b)
{
    const struct flow_unit *left = a, *right = b;
    if (left->tier != right->tier)
        return left->tier < right->tier ? -1 : 1;
    if (left->import_count != right->import_count)
        return left->import_count < right->import_count ? -1 : 1;
    return strcmp(left->id, right->id);
}

static int by_number(const void *a, const void *b)
{
    size_t left = *(const size_t *)a, right = *(const size_t *)b;
    return left < right ? -1 : left > right;
}

static void renumber(size_t *units, size_t count, const size_t *place)
{
    for (size_t i = 0; i < count; i++)
        units[i] = place[units[i]];
    if (count > 0)
        qsort(units, count, sizeof *units, by_number);
}

// Puts the units in order and corrects all that refers to them by index. Cycles are numbered as they come up.
static void sort_units(struct flow_analysis *analysis, size_t *place, size_t *cycles)
{
    if (analysis->unit_count > 0)
        qsort(analysis->units, analysis->unit_count, sizeof *analysis->units, by_work);
    size_t cycle_count = 0;
    for (size_t i = 0; i < analysis->unit_count; i++) {
        struct flow_unit *unit = &analysis->units[i];
        place[analysis->sources[unit->files[0]].unit] = i;
        if (unit->cycle > 0 && cycles[unit->cycle] == 0)
            cycles[unit->cycle] = ++cycle_count;
        unit->cycle = unit->cycle > 0 ? cycles[unit->cycle] : 0;
    }
    for (size_t i = 0; i < analysis->unit_count; i++) {
        struct flow_unit *unit = &analysis->units[i];
        renumber(unit->imports, unit->import_count, place);
        renumber(unit->importers, unit->importer_count, place);
    }
    for (size_t i = 0; i < analysis->source_count; i++) {
        if (analysis->sources[i].unit != SIZE_MAX)
            analysis->sources[i].unit = place[analysis->sources[i].unit];
    }
}

int analyze_order(struct flow_analysis *analysis, struct flow_error *err)
{
    size_t count = analysis->unit_count + 1;
    struct tarjan tarjan = {.analysis = analysis,
                            .nodes = calloc(count, sizeof *tarjan.nodes),
                            .stack = calloc(count, sizeof *tarjan.stack),
                            .path = calloc(count, sizeof *tarjan.path)};
    int result = 0;
    if (tarjan.nodes && tarjan.stack && tarjan.path) {
        find_components(&tarjan);
        // Both stacks are empty now, and serve for the new places of units and numbers of cycles.
        memset(tarjan.path, 0, count * sizeof *tarjan.path);
        sort_units(analysis, tarjan.stack, tarjan.path);
    } else {
        result = flow_error_nomem(err);
    }
    free(tarjan.nodes);
    free(tarjan.stack);
    free(tarjan.path);
    return result;
}
