/* SPDX-License-Identifier: MIT */
/*
 * Lists of words with a sticky failure, NULL-ended: what argv and environment of a child are made of.
 */
#ifndef FLOW_BUILD_WORDS_H
#define FLOW_BUILD_WORDS_H

#include <stdbool.h>

#include "flow/base/vec.h"

struct flow_words {
    struct flow_strv list;
    bool failed; /* out of memory: all further calls do nothing */
};

void flow_words_init(struct flow_words *words);
void flow_words_release(struct flow_words *words);
void flow_words_add(struct flow_words *words, const char *word);
void flow_words_addf(struct flow_words *words, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Several at once, NULL-ended. */
void flow_words_adds(struct flow_words *words, const char *const *more);
/* The words, as argv or environment; NULL where anything has failed. Valid until the next change. */
const char *const *flow_words_done(struct flow_words *words);

#endif
