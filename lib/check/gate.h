/* SPDX-License-Identifier: MIT */
/*
 * What the gates share: one check in progress.
 */
#ifndef FLOW_CHECK_GATE_H
#define FLOW_CHECK_GATE_H

#include <regex.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/map.h"
#include "flow/check/gates.h"

struct flow_gate {
    const struct flow_gate_input *input;
    struct flow_gate_report *report;
    struct flow_parser *parser;
    struct flow_config *rules;       /* gates.conf of the target language over grammars/gates.conf */
    struct flow_facts *source_facts; /* one for each source file */
    struct flow_facts target_facts;
    struct flow_buf source_words; /* flow_gate_words of all sources */
};

/* A reply with more findings is not mended one by one; further ones are not looked for. */
#define FLOW_GATE_FINDINGS_MAX 100

/* Adds a finding; the message is copied. */
int flow_gate_add(struct flow_gate *gate, const char *name, uint32_t line, struct flow_error *err,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The line, from 1, in which byte `at` of text stands. */
uint32_t flow_gate_line(const char *text, size_t at);

/* What facts declare as `name` (its last component), the one with the largest body where there are several
 * (overloads, accessors, a prototype and its definition); NULL where there is none. */
const struct flow_symbol *flow_gate_symbol(const struct flow_facts *facts, const char *name);

/* Whether two names are one but for case and underscores. */
bool flow_gate_same_spelling(const char *a, size_t a_len, const char *b, size_t b_len);
bool flow_gate_is_word(char c);

/* The functions and methods of the sources that may have become one of the target: those of its pair's name,
 * else of its own name, in any spelling (get_name, getName). There may be several: overloads, methods of
 * several classes, branches of a condition, prototypes. */
struct flow_gate_origin {
    bool known;
    size_t least; /* flow_gate_weight of their smallest body; 0 where none has one, or all it is is a stub */
    struct flow_buf words; /* of all of them */
};
int flow_gate_origin(struct flow_gate_origin *out, const struct flow_gate *gate,
                     const struct flow_symbol *target, struct flow_error *err);
void flow_gate_origin_release(struct flow_gate_origin *origin);

/* What a text holds beside code: comments, with what gates.scm of its language says is a comment in all but
 * syntax, and stubs. */
struct flow_gate_content {
    size_t comment_lines, comment_bytes, stubs;
};
int flow_gate_content(struct flow_gate_content *out, const struct flow_gate *gate,
                      const struct flow_language *language, const char *text, size_t len,
                      struct flow_error *err);

/* How much work a body does: its bytes without comments and white space. */
int flow_gate_weight(size_t *out, const struct flow_gate *gate, const struct flow_language *language,
                     const char *text, const struct flow_span *body, struct flow_error *err);

/* Appends the letters and digits of text, in lower case: what is left of a sentence when its comment marks
 * and its line breaks are taken away. */
void flow_gate_words(struct flow_buf *out, const char *text, size_t len);

/* Whether the words of text (the first few hundred bytes of them) stand in `words`, and are not too few to
 * tell. */
bool flow_gate_said(const struct flow_buf *words, const char *text, size_t len);

/*
 * Earlier forms of the target, which bind it less than rules do: what stood there before is no fault of this
 * reply. Calls fn for each source that is in the target's language, and for the previous text.
 */
typedef int (*flow_gate_elder_fn)(const struct flow_gate_file *elder, void *payload, struct flow_error *err);
int flow_gate_elders(const struct flow_gate *gate, flow_gate_elder_fn fn, void *payload,
                     struct flow_error *err);

/* Compiles each value of a list key as an extended, case-insensitive regular expression and calls fn with it
 * until fn returns other than 0. */
typedef int (*flow_gate_pattern_fn)(struct flow_gate *gate, const regex_t *pattern, void *payload,
                                    struct flow_error *err);
int flow_gate_patterns(struct flow_gate *gate, const char *key, flow_gate_pattern_fn fn, void *payload,
                       struct flow_error *err);

/* Finds the first match of pattern in text at or behind byte `from`; 1, 0 where there is none, -1 out of
 * memory. Bytes of any kind, also NUL. */
int flow_gate_match(const regex_t *pattern, const char *text, size_t len, size_t from, regmatch_t *match,
                    struct flow_error *err);

/* The gates, in the order in which they run. */
int flow_gate_path(struct flow_gate *gate, struct flow_error *err);
int flow_gate_parse(struct flow_gate *gate, struct flow_error *err);
int flow_gate_elision(struct flow_gate *gate, struct flow_error *err);
int flow_gate_marked(struct flow_gate *gate, struct flow_error *err); /* stubs and risks */
int flow_gate_parity(struct flow_gate *gate, struct flow_error *err);
int flow_gate_abi(struct flow_gate *gate, struct flow_error *err);
int flow_gate_contract(struct flow_gate *gate, struct flow_error *err);
int flow_gate_fields(struct flow_gate *gate, struct flow_error *err);
int flow_gate_conditions(struct flow_gate *gate, struct flow_error *err);
int flow_gate_licence(struct flow_gate *gate, struct flow_error *err);
int flow_gate_churn(struct flow_gate *gate, struct flow_error *err);
int flow_gate_modules(struct flow_gate *gate, struct flow_error *err);

#endif
