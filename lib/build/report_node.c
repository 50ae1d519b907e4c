// SPDX-License-Identifier: MIT
//
// node --test with its reporter `spec`: a mark, the name, the time; two blanks for each suite around it.
#include <stdint.h>
#include <string.h>

#include "tests.h"

struct node {
    struct flow_tests *tests;
    struct flow_groups groups;
    size_t last, last_indent; // of the failure whose words follow
};

// Cuts "name (1.2ms) # why" into its parts.
static double cut_time(struct flow_piece *name, struct flow_piece *directive)
{
    long time = flow_piece_rfind(*name, "ms)");
    struct flow_piece front = {name->at, time > 0 ? (size_t)time : 0};
    long open = flow_piece_rfind(front, " (");
    *directive = (struct flow_piece){"", 0};
    if (open < 0)
        return -1;
    double ms = flow_piece_number(flow_piece_from(front, (size_t)open + 2), -1);
    *directive = flow_piece_trim(flow_piece_from(*name, (size_t)time + 3));
    name->len = (size_t)open;
    return ms < 0 ? -1 : ms / 1000;
}

static int read_test(struct node *node, struct flow_piece name, size_t indent, enum flow_test_outcome outcome,
                     struct flow_error *err)
{
    struct flow_piece directive;
    size_t depth = indent / 2 < FLOW_DEPTH_MAX ? indent / 2 : FLOW_DEPTH_MAX - 1;
    double seconds = cut_time(&name, &directive);
    if (outcome == FLOW_OUTCOME_FAIL && flow_piece_starts(directive, "# TODO"))
        outcome = FLOW_OUTCOME_SKIP;
    if (outcome == FLOW_OUTCOME_PASS && flow_piece_starts(directive, "# SKIP"))
        outcome = FLOW_OUTCOME_SKIP;
    node->last_indent = indent;
    return flow_groups_add(&node->groups, node->tests, depth, name, outcome, seconds, &node->last, err);
}

static int read_line(struct node *node, struct flow_piece line, struct flow_error *err)
{
    static const struct {
        const char *mark;
        enum flow_test_outcome outcome;
    } marks[] = {{"✔ ", FLOW_OUTCOME_PASS}, {"✖ ", FLOW_OUTCOME_FAIL}, {"﹣ ", FLOW_OUTCOME_SKIP}};
    static const char suite[] = "▶ ";
    size_t indent = flow_piece_indent(line);
    struct flow_piece words = flow_piece_from(line, indent);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (flow_piece_starts(words, marks[i].mark))
            return read_test(node, flow_piece_from(words, strlen(marks[i].mark)), indent, marks[i].outcome,
                             err);
    }
    if (flow_piece_starts(words, suite)) {
        if (indent / 2 < FLOW_DEPTH_MAX)
            node->groups.names[indent / 2] = flow_piece_from(words, sizeof suite - 1);
        node->last = SIZE_MAX;
    } else if (node->last != SIZE_MAX && indent > node->last_indent &&
               node->tests->report->tests[node->last].outcome == FLOW_OUTCOME_FAIL) {
        flow_tests_line(node->tests, node->last, line);
    }
    return 0;
}

int flow_report_node(struct flow_tests *tests, struct flow_piece text, struct flow_error *err)
{
    struct node node = {.tests = tests, .last = SIZE_MAX};
    struct flow_piece line;
    while (flow_piece_line(&text, &line)) {
        // What follows says the failures once more.
        if (flow_piece_starts(line, "ℹ tests "))
            return 0;
        if (read_line(&node, line, err))
            return -1;
    }
    tests->report->cut = true;
    return 0;
}
