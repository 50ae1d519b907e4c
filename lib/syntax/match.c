// SPDX-License-Identifier: MIT
// Matching the patterns of a query at one node.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flow/base/vec.h"
#include "query.h"

/*
 * Steps that one pattern may cost at one node: so many, and some for each child that is looked at. Patterns
 * with several loose children can match in as many ways as their product; a file made for that must not stop
 * the run.
 */
#define MAX_STEPS       1000000
#define STEPS_PER_CHILD 16

/* Bytes of a node that a regular expression sees. Nodes in nodes hold the text of the inner ones again and
 * again. */
#define MAX_MATCHED     4000

struct matcher_child {
    TSNode node;
    TSSymbol kind;
    TSFieldId field;
    bool named;
};

// The list of a node's children that a pattern's steps are held against, and what is to be done when they all
// match.
struct frame {
    int step;          /* next to match, -1: none */
    size_t first, end; /* children, as indices of matcher.children */
    size_t at;         /* next child to look at */
    bool closed;
    const struct frame *up;
};

struct run {
    struct matcher *matcher;
    const struct query *query;
    size_t pattern;
    const char *source;
    query_match_fn fn;
    void *payload;
    size_t steps, max_steps;
    size_t root_children; /* of the node itself, at the bottom of the stack; SIZE_MAX: not listed yet */
    bool root_fields;     /* some pattern asks for their fields */
    int result;
    struct flow_error *err;
};

void matcher_init(struct matcher *matcher)
{
    *matcher = (struct matcher){0};
    flow_buf_init(&matcher->text, FLOW_BUF_TEXT);
}

void matcher_release(struct matcher *matcher)
{
    if (matcher->has_cursor)
        ts_tree_cursor_delete(&matcher->cursor);
    free(matcher->children);
    free(matcher->captures);
    flow_buf_release(&matcher->text);
    matcher_init(matcher);
}

// Puts the children of node on the stack of children. Their fields are costly to find in a wide node.
static int push_children(struct run *run, TSNode node, bool with_fields)
{
    struct matcher *matcher = run->matcher;
    if (matcher->has_cursor)
        ts_tree_cursor_reset(&matcher->cursor, node);
    else
        matcher->cursor = ts_tree_cursor_new(node);
    matcher->has_cursor = true;
    if (!ts_tree_cursor_goto_first_child(&matcher->cursor))
        return 0;
    do {
        if (flow_grow(&matcher->children, &matcher->child_cap, matcher->child_count + 1,
                      sizeof *matcher->children, run->err) != 0)
            return -1;
        TSNode child = ts_tree_cursor_current_node(&matcher->cursor);
        TSFieldId field = with_fields ? ts_tree_cursor_current_field_id(&matcher->cursor) : 0;
        matcher->children[matcher->child_count++] =
            (struct matcher_child){child, ts_node_symbol(child), field, ts_node_is_named(child)};
        run->max_steps += STEPS_PER_CHILD;
    } while (ts_tree_cursor_goto_next_sibling(&matcher->cursor));
    return 0;
}

static int push_captures(struct run *run, const struct query_step *step, TSNode node)
{
    struct matcher *matcher = run->matcher;
    if (flow_grow(&matcher->captures, &matcher->capture_cap, matcher->capture_count + QUERY_STEP_CAPTURES,
                  sizeof *matcher->captures, run->err) != 0)
        return -1;
    for (size_t i = 0; i < QUERY_STEP_CAPTURES && step->captures[i] >= 0; i++)
        matcher->captures[matcher->capture_count++] = (struct query_capture){step->captures[i], node};
    return 0;
}

static const struct query_capture *find_capture(const struct matcher *matcher, int16_t capture)
{
    for (size_t i = 0; i < matcher->capture_count; i++) {
        if (matcher->captures[i].capture == capture)
            return &matcher->captures[i];
    }
    return NULL;
}

static bool node_equals(const char *source, TSNode node, const char *text, size_t len)
{
    uint32_t start = ts_node_start_byte(node);
    return ts_node_end_byte(node) - start == len && memcmp(source + start, text, len) == 0;
}

static bool regex_holds(struct run *run, const struct query_predicate *predicate, TSNode node)
{
    struct flow_buf *text = &run->matcher->text;
    uint32_t start = ts_node_start_byte(node), len = ts_node_end_byte(node) - start;
    flow_buf_clear(text);
    flow_buf_add(text, run->source + start, len < MAX_MATCHED ? len : MAX_MATCHED);
    if (flow_buf_check(text, "text that a query looks at", run->err)) {
        run->result = -1;
        return false;
    }
    return regexec(predicate->regex, text->data, 0, NULL, 0) == 0;
}

static bool predicate_holds(struct run *run, const struct query_predicate *predicate)
{
    const struct query_capture *capture = find_capture(run->matcher, predicate->capture);
    if (predicate->op == QUERY_SET || !capture)
        return true;
    bool holds = false;
    if (predicate->op == QUERY_MATCH) {
        holds = regex_holds(run, predicate, capture->node);
    } else if (predicate->other >= 0) {
        const struct query_capture *other = find_capture(run->matcher, predicate->other);
        if (!other)
            return true;
        uint32_t start = ts_node_start_byte(other->node);
        holds = node_equals(run->source, capture->node, run->source + start,
                            ts_node_end_byte(other->node) - start);
    } else {
        for (size_t i = 0; !holds && i < predicate->value_count; i++)
            holds =
                node_equals(run->source, capture->node, predicate->values[i], strlen(predicate->values[i]));
    }
    return holds != predicate->negated;
}

// All steps have matched.
static bool finish(struct run *run)
{
    const struct query_pattern *pattern = &run->query->patterns[run->pattern];
    for (size_t i = 0; i < pattern->predicate_count; i++) {
        if (!predicate_holds(run, &run->query->predicates[pattern->first_predicate + i]) || run->result)
            return false;
    }
    struct query_match match = {run->query, run->pattern, run->matcher->captures,
                                run->matcher->capture_count};
    run->result = run->fn(&match, run->payload, run->err);
    return true;
}

static bool proceed(struct run *run, const struct frame *frame);

// Holds the children of a node against those of a step.
static bool match_children(struct run *run, const struct query_step *step, TSNode node,
                           const struct frame *then)
{
    struct matcher *matcher = run->matcher;
    size_t first = then ? matcher->child_count : 0;
    // All patterns that begin at one node share the list of its children.
    if (then || run->root_children == SIZE_MAX) {
        if (push_children(run, node, then ? step->asks_fields : run->root_fields) != 0) {
            run->result = -1;
            return false;
        }
    }
    if (!then)
        run->root_children = matcher->child_count;
    for (size_t i = first; step->without && i < matcher->child_count; i++) {
        if (matcher->children[i].field == step->without)
            return false;
    }
    struct frame frame = {step->child, first, matcher->child_count, first, step->closed, then};
    return proceed(run, &frame);
}

// Holds one node against one step; `then` is what remains to be matched behind it, NULL where the step begins
// the pattern. True where anything matched.
static bool match_node(struct run *run, int index, const struct matcher_child *child,
                       const struct frame *then)
{
    const struct query_step *step = &run->query->steps[index];
    struct matcher *matcher = run->matcher;
    if (++run->steps > run->max_steps || run->result != 0 || (step->field && step->field != child->field))
        return false;
    if ((step->kind == QUERY_NODE && step->symbol != child->kind) ||
        (step->kind == QUERY_NAMED && !child->named))
        return false;
    bool matched = false;
    struct matcher_child copy = *child; // the stack may move
    size_t captures = matcher->capture_count, children = matcher->child_count;
    if (push_captures(run, step, copy.node) != 0) {
        run->result = -1;
        return false;
    }
    if (step->kind == QUERY_CHOICE) {
        for (int choice = step->child; choice >= 0; choice = run->query->steps[choice].next)
            matched |= match_node(run, choice, &copy, then);
    } else if (step->child < 0 && !step->without) {
        matched = proceed(run, then);
    } else {
        matched = match_children(run, step, copy.node, then);
    }
    matcher->capture_count = captures;
    if (then)
        matcher->child_count = children;
    return matched;
}

static bool only_anonymous(const struct matcher *matcher, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (matcher->children[i].named)
            return false;
    }
    return true;
}

// Whether an anchor lets a step match child `at` when the one before it ended before `from`: what stands
// between may be anonymous, unless the step itself, or the one before it, is.
static bool anchor_holds(const struct run *run, const struct frame *frame, size_t at)
{
    if (at == frame->at)
        return true;
    const struct matcher *matcher = run->matcher;
    bool after_anonymous = frame->at > frame->first && !matcher->children[frame->at - 1].named;
    return matcher->children[at].named && !after_anonymous && only_anonymous(matcher, frame->at, at);
}

static bool proceed(struct run *run, const struct frame *frame)
{
    if (!frame)
        return finish(run);
    if (frame->step < 0) {
        if (frame->closed && !only_anonymous(run->matcher, frame->at, frame->end))
            return false;
        return proceed(run, frame->up);
    }
    const struct query_step *step = &run->query->steps[frame->step];
    bool matched = false;
    struct frame next = *frame;
    next.step = step->next;
    for (size_t i = frame->at; i < frame->end && run->result == 0 && run->steps <= run->max_steps; i++) {
        if (step->anchored && !anchor_holds(run, frame, i))
            break;
        next.at = i + 1;
        matched |= match_node(run, frame->step, &run->matcher->children[i], &next);
    }
    if (!matched && step->optional) {
        next.at = frame->at;
        matched = proceed(run, &next);
    }
    return matched;
}

int matcher_run(struct matcher *matcher, const struct query *query, TSNode node, const char *source,
                query_match_fn fn, void *payload, struct flow_error *err)
{
    TSSymbol kind = ts_node_symbol(node);
    uint32_t at = kind < query->kinds ? kind : query->kinds;
    struct run run = {.matcher = matcher,
                      .query = query,
                      .source = source,
                      .fn = fn,
                      .payload = payload,
                      .max_steps = MAX_STEPS,
                      .root_children = SIZE_MAX,
                      .err = err};
    struct matcher_child self = {.node = node, .kind = kind, .named = ts_node_is_named(node)};
    for (uint32_t i = query->starts[at]; i < query->starts[at + 1]; i++)
        run.root_fields |= query->steps[query->patterns[query->order[i]].root].asks_fields;
    for (uint32_t i = query->starts[at]; run.result == 0 && i < query->starts[at + 1]; i++) {
        run.pattern = query->order[i];
        run.steps = 0;
        match_node(&run, query->patterns[run.pattern].root, &self, NULL);
    }
    matcher->child_count = 0;
    return run.result;
}
