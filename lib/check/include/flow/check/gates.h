/* SPDX-License-Identifier: MIT */
/*
 * Gates: what can be refused in a translated unit without asking any model. They cost nothing and run before
 * a reviewer is paid. What they look for in a language is data (gates.scm and language.conf of source and
 * target).
 */
#ifndef FLOW_CHECK_GATES_H
#define FLOW_CHECK_GATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/syntax/facts.h"

/* One file of a unit, on either side. */
struct flow_gate_file {
    const char *path;
    const char *text;
    size_t len;
};

/* What the translator says became of a symbol of the source: "" as target means dropped, with a reason. A
 * target with a reason departs from the contract. */
struct flow_pair {
    const char *source, *target;
    const char *reason; /* NULL unless dropped, or other than the contract */
};

/* A field of the source whose type in the target is decided, and not departed from. */
struct flow_gate_field {
    const char *container; /* with those around it, as in "Outer.Inner"; "Name@LINE" is a Name */
    const char *name;
    const char *source_type; /* as written: what it points to may be called anything in the target */
    const char *type;
};

struct flow_gate_input {
    const struct flow_languages *languages;
    const struct flow_language *source_language, *target_language;
    const struct flow_gate_file *sources; /* header and source of the unit */
    size_t source_count;
    struct flow_gate_file target; /* path: as the reply names it, NULL where it names none */
    bool formatted;               /* the target's own formatter could read it, which outranks our grammar */
    const char *expected_path;    /* where the tool puts it */
    const struct flow_pair *pairs;
    size_t pair_count;
    const struct flow_pair
        *conditions; /* each #if of the source → its counterpart, or dropped with a reason */
    size_t condition_count;
    const struct flow_gate_field *fields; /* heeded where types of the target language say who owns what */
    size_t field_count;
    bool c_abi;    /* the target is a layer of C ABI: it exports the functions of the source, a header */
    bool change;   /* of a target that came with a record: pairs and conditions are not asked for again */
    bool skeleton; /* signatures and types of a unit whose bodies are still to be written: those may stand
                      open (contract.stub in gates.conf), and what bodies decide is not asked for */
    const struct flow_gate_file *contract; /* NULL: none */
    const struct flow_gate_file
        *previous; /* the target before this change, for a fix or an in-place migration; NULL: none */
    const struct flow_strv *modules; /* module paths that exist or will (the map); NULL: not checked */
};

/* What a gate found, at most 100 of them; the last then says that there are more. `gate` is one of parse,
 * stub, elision, parity, c-abi, contract, field, condition, licence, churn, risk, path, module. */
struct flow_gate_finding {
    const char *gate;
    uint32_t line;       /* in the target, 0: of the whole */
    const char *message; /* says what is wrong and what would be right; goes to the translator as it is */
};

struct flow_gate_report {
    struct flow_arena arena;
    struct flow_gate_finding *items;
    size_t count, cap;
    /* counts of @risk.<name> in the target ("unsafe=2 panic=1"), kept with the unit */
    char *risks;
};

/* Runs all gates. 0 with an empty report: passed. */
int flow_gates_run(struct flow_gate_report *out, struct flow_parser *parser,
                   const struct flow_gate_input *input, struct flow_error *err);
void flow_gate_report_release(struct flow_gate_report *report);

/* As flow_gates_run with a parser of its own. 0: nothing is found; 1: why gets a line for each finding, with
 * `of` behind the number of its line (" of the file after it", or ""). */
int flow_gates_judge(const struct flow_gate_input *input, const char *of, struct flow_buf *why,
                     struct flow_error *err);

/* What stands for a body that is still to be written (contract.body in gates.conf). 1; 0 where nothing is
 * known to do that. */
int flow_gates_open_body(const struct flow_language *language, struct flow_buf *out, struct flow_error *err);

/* Traps of the source language that fire on a file: for prompts. Sorted by name, then line. */
struct flow_trap {
    const char *name; /* as in "## trap: <name>" of the guide */
    uint32_t line;
    const char *path;
};
struct flow_traps {
    struct flow_arena arena;
    struct flow_trap *items;
    size_t count, cap;
};
int flow_traps_find(struct flow_traps *out, struct flow_parser *parser, const struct flow_language *language,
                    const struct flow_gate_file *files, size_t count, struct flow_error *err);
void flow_traps_release(struct flow_traps *traps);

#endif
