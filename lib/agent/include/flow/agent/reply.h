/* SPDX-License-Identifier: MIT */
/*
 * Replies: from a model's text to a file, edits, or a verdict. Strict, because everything here comes from
 * outside.
 *
 * Each parser returns 0 where the reply fits, 1 where it does not, having appended to `why` one or two
 * sentences that can be given back to the model as they are, and -1 on failure (memory).
 *
 * Draft: one fenced block with the file, and one fenced block marked `json` with the record. The info line of
 * the file's block may name the path. A fence is a line of three or more back quotes; it ends with a line of
 * at least as many.
 *
 *     ```rust src/cell.rs
 *     …
 *     ```
 *     ```json
 *     {"symbols": [{"source": "cell_new", "target": "Cell::new"},
 *                  {"source": "CELL_MAX", "target": "", "reason": "nothing used it"}],
 *      "conditions": [{"source": "defined(_WIN32)", "target": "cfg(windows)"}],
 *      "notes": "", "top": "", "head": []}
 *     ```
 *
 * `top` and `head` are for units that are translated in pieces: what must stand at the very top of the file
 * (first piece only), and lines that must stand below it, once (`use …;`).
 *
 * Fix and verdict: one JSON object, bare or in one fenced block; the schemas stand below.
 */
#ifndef FLOW_AGENT_REPLY_H
#define FLOW_AGENT_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"

/* Larger replies are refused unread. A unit's file is smaller by far. */
#define FLOW_REPLY_MAX ((size_t)16 << 20)

/* One fenced block of a text; pointers into the text. */
struct flow_fence {
    const char *info; /* what follows the back quotes of the first line, trimmed */
    size_t info_len;
    const char *text; /* the lines between, each with its end */
    size_t len;
    bool open; /* the text ended before the block did */
};
struct flow_fences {
    struct flow_fence *items;
    size_t count, cap;
};
int flow_fences_find(struct flow_fences *out, const char *text, size_t len, struct flow_error *err);
void flow_fences_release(struct flow_fences *fences);

/* What became of a symbol or of an #if; "" as target means that it was dropped, for the reason given. */
struct flow_reply_pair {
    const char *source, *target;
    const char *reason; /* NULL where none was given */
};

struct flow_draft {
    struct flow_arena arena;
    const char *path; /* as the reply named it; NULL where it did not */
    const char *text; /* points into the reply */
    size_t len;
    struct flow_reply_pair *symbols;
    size_t symbol_count;
    struct flow_reply_pair *conditions;
    size_t condition_count;
    const char *notes; /* what a person should know; "" where there is nothing */
    const char *top;   /* "" where there is none */
    const char **head; /* lines */
    size_t head_count;
};
/* `cut`: the model ran into its token limit. */
int flow_draft_parse(struct flow_draft *out, const char *text, size_t len, bool cut, struct flow_buf *why,
                     struct flow_error *err);
void flow_draft_release(struct flow_draft *draft);

/*
 * Edits.
 */
struct flow_edit {
    const char *find, *replace;
};
/* Appends text with all edits made. Each `find` must stand in text exactly once, and they must not overlap.
 */
int flow_edits_apply(struct flow_buf *out, const char *text, size_t len, const struct flow_edit *edits,
                     size_t count, struct flow_buf *why, struct flow_error *err);

struct flow_fate {
    int64_t finding; /* number under which it was shown, from 1 */
    bool fixed;      /* else rejected, for the reason */
    const char *reason;
};
/* A change that another file needs, which this answer cannot make. */
struct flow_elsewhere {
    const char *file, *what;
};
struct flow_fix {
    struct flow_arena arena;
    struct flow_edit *edits;
    size_t edit_count;
    struct flow_fate *fates;
    size_t fate_count;
    struct flow_reply_pair *symbols; /* pairs that are new or that change */
    size_t symbol_count;
    struct flow_reply_pair *conditions;
    size_t condition_count;
    struct flow_elsewhere *elsewhere; /* where the prompt offers that */
    size_t elsewhere_count;
};
/* `findings` were shown, numbered from 1: each must get its fate, a rejection its reason, and "fixed" at
 * least one edit or pair. */
int flow_fix_parse(struct flow_fix *out, const char *text, size_t len, bool cut, size_t findings,
                   struct flow_buf *why, struct flow_error *err);
void flow_fix_release(struct flow_fix *fix);
extern const char *const flow_fix_schema;

/*
 * Verdicts.
 */
struct flow_side {
    const char *path, *text;
    size_t len;
};
/* What the reviewers looked at. Of a translation a finding has to quote a line of each side, wherever it
 * stands. Of a change, whose sides are files before and after it, a line of one side is enough (what was
 * added has no other), but it has to stand in the file that the finding names. */
struct flow_sides {
    const struct flow_side *sources, *targets;
    size_t source_count, target_count;
    bool change;
};
struct flow_finding {
    const char *severity; /* blocker, major, minor */
    const char *file;
    uint32_t source_line, target_line; /* where the quoted lines really stand; 0: nothing was quoted */
    const char *claim, *source_quote, *target_quote, *fix;
    bool proven; /* the quoted lines exist */
};
struct flow_verdict {
    struct flow_arena arena;
    bool accept;
    struct flow_finding *items;
    size_t count;
    size_t unproven; /* how many of them quote a line that does not exist */
};
/* A rejection needs a proven finding that is a blocker or major; an acceptance must have none. */
int flow_verdict_parse(struct flow_verdict *out, const char *text, size_t len, bool cut,
                       const struct flow_sides *sides, struct flow_buf *why, struct flow_error *err);
void flow_verdict_release(struct flow_verdict *verdict);
extern const char *const flow_verdict_schema;

/*
 * Judgements: where two reviewers disagree, what a third one says about each of their findings.
 */
struct flow_ruling {
    bool upheld;        /* else dismissed, for the reason */
    const char *reason; /* "" where none was given */
};
struct flow_judgement {
    struct flow_arena arena;
    struct flow_ruling *items; /* of each finding that was shown */
    size_t count;
};
/* `findings` were shown, numbered from 1: each must get one ruling. */
int flow_judgement_parse(struct flow_judgement *out, const char *text, size_t len, bool cut, size_t findings,
                         struct flow_buf *why, struct flow_error *err);
void flow_judgement_release(struct flow_judgement *judgement);
extern const char *const flow_judgement_schema;

#endif
