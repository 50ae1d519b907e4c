/* SPDX-License-Identifier: MIT */
/*
 * What the gates share: one check in progress.
 */
#ifndef FLOW_CHECK_GATE_H
#define FLOW_CHECK_GATE_H

#include <regex.h>

#include "flow/base/error.h"
#include "flow/check/gates.h"

struct flow_gate {
    const struct flow_gate_input *input;
    struct flow_gate_report *report;
    struct flow_parser *parser;
    struct flow_config *rules;       /* gates.conf of the target language over grammars/gates.conf */
    struct flow_facts *source_facts; /* one for each source file */
    struct flow_facts target_facts;
};

/* Adds a finding; the message is copied. */
int flow_gate_add(struct flow_gate *gate, const char *name, uint32_t line, struct flow_error *err,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The line, from 1, in which byte `at` of text stands. */
uint32_t flow_gate_line(const char *text, size_t at);

/* Whether the target declares `name` (its last component; NULL if it does not). */
const struct flow_symbol *flow_gate_symbol(const struct flow_facts *facts, const char *name);

/* Compiles each value of a list key as an extended, case-insensitive regular expression and calls fn with it
 * until fn returns other than 0. */
typedef int (*flow_gate_pattern_fn)(struct flow_gate *gate, const regex_t *pattern, void *payload,
                                    struct flow_error *err);
int flow_gate_patterns(struct flow_gate *gate, const char *key, flow_gate_pattern_fn fn, void *payload,
                       struct flow_error *err);

/* The gates, in the order in which they run. */
int flow_gate_path(struct flow_gate *gate, struct flow_error *err);
int flow_gate_parse(struct flow_gate *gate, struct flow_error *err);
int flow_gate_elision(struct flow_gate *gate, struct flow_error *err);
int flow_gate_marked(struct flow_gate *gate, struct flow_error *err); /* stubs and risks */
int flow_gate_parity(struct flow_gate *gate, struct flow_error *err);
int flow_gate_contract(struct flow_gate *gate, struct flow_error *err);
int flow_gate_conditions(struct flow_gate *gate, struct flow_error *err);
int flow_gate_licence(struct flow_gate *gate, struct flow_error *err);
int flow_gate_churn(struct flow_gate *gate, struct flow_error *err);
int flow_gate_modules(struct flow_gate *gate, struct flow_error *err);

#endif
