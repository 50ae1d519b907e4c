/* SPDX-License-Identifier: MIT */
/*
 * What the model server of the benchmarks says: a text of some length, or what a script has for the unit that
 * a prompt is about; and, where it is asked to, one fault or another instead.
 *
 * A script (written by rehearsal_script) has a line for each thing, its fields parted by tabs, texts escaped
 * as in a JSON string:
 *
 *     unit  NAME                      as prompts show it; what follows belongs to it
 *     top   TEXT  TEXT                of the target, its licence; and once more, escaped twice
 *     item  LINE  NAME  TEXT  PAIR    a declaration: its line in the source, its name, what it becomes, its
 * pair condition  PAIR
 */
#ifndef FLOW_BENCH_ANSWER_H
#define FLOW_BENCH_ANSWER_H

#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

struct answer_options {
    const char *script;     /* path; NULL: none */
    unsigned events;        /* of an answer without a script */
    unsigned fault_percent; /* of the answers that go wrong */
    unsigned reject;        /* the first review of one unit in so many is a rejection; 0: of none */
    uint64_t seed;
};

/* What comes behind the bytes of an answer. */
enum answer_end {
    ANSWER_KEEP,  /* the next request */
    ANSWER_CUT,   /* the end of the connection */
    ANSWER_STALL, /* signs of life, and nothing else */
};

struct answers;
int answers_new(struct answers **out, const struct answer_options *options, struct flow_error *err);
void answers_free(struct answers *answers);
/* Appends the HTTP response to a request for an answer. */
enum answer_end answers_make(struct answers *answers, const char *body, size_t len, struct flow_buf *out);
/* A refusal because there are too many; wait is the header that says for how long, with its end of line. */
void answers_throttle(struct flow_buf *out, const char *wait);
/* The faults so far, as the members of a JSON object. */
void answers_faults(const struct answers *answers, struct flow_buf *out);

#endif
