// SPDX-License-Identifier: MIT
#include "words.h"

#include <stdarg.h>

#include "flow/base/buf.h"

void flow_words_init(struct flow_words *words)
{
    *words = (struct flow_words){.failed = false};
    flow_strv_init(&words->list);
}

void flow_words_release(struct flow_words *words)
{
    flow_strv_release(&words->list);
}

void flow_words_add(struct flow_words *words, const char *word)
{
    if (!words->failed && flow_strv_add(&words->list, word, NULL))
        words->failed = true;
}

void flow_words_addf(struct flow_words *words, const char *format, ...)
{
    struct flow_buf word;
    flow_buf_init(&word, FLOW_BUF_LINE);
    va_list args;
    va_start(args, format);
    flow_buf_vprintf(&word, format, args);
    va_end(args);
    if (word.failed)
        words->failed = true;
    flow_words_add(words, word.data);
    flow_buf_release(&word);
}

void flow_words_adds(struct flow_words *words, const char *const *more)
{
    for (; *more; more++)
        flow_words_add(words, *more);
}

const char *const *flow_words_done(struct flow_words *words)
{
    struct flow_strv *list = &words->list;
    if (words->failed || flow_grow(&list->items, &list->cap, list->count + 1, sizeof *list->items, NULL))
        return NULL;
    list->items[list->count] = NULL;
    return (const char *const *)list->items;
}
