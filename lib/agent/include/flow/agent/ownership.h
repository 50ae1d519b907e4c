/* SPDX-License-Identifier: MIT */
/*
 * Replies about who owns what fields point to: the answers of an agent, and what another one says who was
 * asked to refute them. Parsed as in flow/agent/reply.h: 0 fits, 1 with the reason appended to `why`, -1.
 *
 *     {"fields": [{"field": "list.head", "class": "OWNED", "target": "",
 *                  "evidence": [{"file": "src/list.c", "line": 12, "quote": "free(l->head);"}],
 *                  "reason": "…"}]}
 *
 *     {"fields": [{"field": "list.head", "verdict": "stands", "reason": "…"}]}
 */
#ifndef FLOW_AGENT_OWNERSHIP_H
#define FLOW_AGENT_OWNERSHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"

/* The class of what nobody knows: an answer as good as any other, and the only one that needs no evidence. */
#define FLOW_OWNERSHIP_UNKNOWN "UNKNOWN"

/* What was asked, and what a reply may name. */
struct flow_ownership_asked {
    const char *const *fields; /* as the prompt calls them */
    size_t field_count;
    const char *const *classes;
    size_t class_count;
    /* Whether a file that was shown has that line; *line becomes the nearest one that reads like that. */
    bool (*stands)(void *payload, const char *file, const char *quote, uint32_t *line);
    void *payload;
};

struct flow_ownership_line {
    const char *file, *quote;
    uint32_t line;
};
struct flow_ownership_answer {
    const char *class_name; /* NULL: the field has no answer (yet) */
    const char *target;     /* "": what the class gives */
    const char *reason;
    struct flow_ownership_line *lines;
    size_t line_count;
};
struct flow_ownership {
    struct flow_arena arena;
    struct flow_ownership_answer *answers; /* in the order of the fields that were asked about */
    size_t count;
};
/* Each field must get one answer, of a class that there is, with a reason and, unless the class is UNKNOWN,
 * at least one line; all lines must stand. */
int flow_ownership_parse(struct flow_ownership *out, const char *text, size_t len, bool cut,
                         const struct flow_ownership_asked *asked, struct flow_buf *why,
                         struct flow_error *err);
void flow_ownership_release(struct flow_ownership *ownership);
extern const char *const flow_ownership_schema;

struct flow_refutation {
    bool refuted;
    const char *reason; /* NULL: the field has no verdict (yet) */
};
struct flow_refutations {
    struct flow_arena arena;
    struct flow_refutation *items; /* in the order of the fields */
    size_t count;
};
/* Each field must get one verdict, with a reason. */
int flow_refutations_parse(struct flow_refutations *out, const char *text, size_t len, bool cut,
                           const char *const *fields, size_t field_count, struct flow_buf *why,
                           struct flow_error *err);
void flow_refutations_release(struct flow_refutations *refutations);
extern const char *const flow_refutations_schema;

#endif
