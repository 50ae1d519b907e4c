/* SPDX-License-Identifier: MIT */
/*
 * What the compiler itself proposes, done without asking anybody: the free fixes of a round.
 */
#ifndef FLOW_BUILD_SUGGEST_H
#define FLOW_BUILD_SUGGEST_H

#include <stddef.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/build/diagnostic.h"

enum flow_suggestion_fate {
    FLOW_FATE_APPLIED,
    FLOW_FATE_UNSURE,       /* not machine-applicable */
    FLOW_FATE_ALTERNATIVE,  /* another suggestion of the same diagnostic was applied */
    FLOW_FATE_ELSEWHERE,    /* it touches another file, too, or only */
    FLOW_FATE_OUT_OF_PLACE, /* it names bytes that the text does not have, or parts of a character */
    FLOW_FATE_CONFLICT      /* it touches bytes that one before it touches */
};

struct flow_applied {
    const struct flow_suggestion *suggestion;
    enum flow_suggestion_fate fate;
};

struct flow_applications {
    struct flow_applied *items; /* every suggestion of every diagnostic, in order */
    size_t count;
    size_t applied;
};

/* Appends to out the text of `file` with the suggestions of the diagnostics applied, in one pass: those that
 * are machine-applicable, stay inside the file and do not touch what another has touched; of one diagnostic
 * one at most. What does the same as one before it counts as applied. The text must be what the compiler
 * read. A pure function of its arguments; the result points to the suggestions. */
int flow_suggestions_apply(struct flow_buf *out, struct flow_applications *applications, const char *file,
                           const char *text, size_t len, const struct flow_diagnostic *diagnostics,
                           size_t count, struct flow_error *err);
void flow_applications_release(struct flow_applications *applications);

#endif
