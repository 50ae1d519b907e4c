// SPDX-License-Identifier: MIT
/*
 * The texts that prompts are made of: hashed and stored once, whoever uses them.
 *
 * Most bytes of a prompt are the same as those of the prompts before it. A text that was found stored already
 * is likely to come again: a few of those are kept, so that the next one costs a comparison instead of a hash
 * and a write.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger_private.h"

/* Shorter ones are hashed faster than they are looked for. */
#define KNOWN_LEAST ((size_t)4 << 10)

static const struct flow_ledger_known *known_find(struct flow_ledger *ledger, const struct flow_text *text)
{
    for (size_t i = 0; i < FLOW_LEDGER_KNOWN; i++) {
        struct flow_ledger_known *known = &ledger->known[i];
        if (known->len == text->len && known->data && memcmp(known->data, text->data, text->len) == 0) {
            known->used = ++ledger->known_uses;
            return known;
        }
    }
    return NULL;
}

// Takes the place of the one that was not used for longest. Without memory nothing is remembered.
static void known_add(struct flow_ledger *ledger, const struct flow_text *text)
{
    struct flow_ledger_known *oldest = &ledger->known[0];
    if (text->len < KNOWN_LEAST)
        return;
    char *copy = malloc(text->len);
    if (!copy)
        return;
    memcpy(copy, text->data, text->len);
    pthread_mutex_lock(&ledger->known_lock);
    if (known_find(ledger, text)) {
        free(copy);
    } else {
        for (size_t i = 1; i < FLOW_LEDGER_KNOWN; i++)
            if (ledger->known[i].used < oldest->used)
                oldest = &ledger->known[i];
        free(oldest->data);
        *oldest = (struct flow_ledger_known){
            .data = copy, .len = text->len, .id = text->id, .used = ++ledger->known_uses};
    }
    pthread_mutex_unlock(&ledger->known_lock);
}

int flow_ledger_texts_name(struct flow_ledger *ledger, struct flow_text *texts, size_t count,
                           struct flow_error *err)
{
    for (size_t i = 0; i < count; i++) {
        struct flow_text *text = &texts[i];
        text->known = false;
        if (text->len >= KNOWN_LEAST) {
            pthread_mutex_lock(&ledger->known_lock);
            const struct flow_ledger_known *known = known_find(ledger, text);
            if (known)
                text->id = known->id;
            text->known = known != NULL;
            pthread_mutex_unlock(&ledger->known_lock);
        }
        if (!text->known && flow_id_of(&text->id, text->data, text->len, err))
            return -1;
    }
    return 0;
}

int flow_ledger_text_row(struct flow_ledger *ledger, struct flow_sql *sql, const struct flow_text *text,
                         int64_t *row, struct flow_error *err)
{
    int found = flow_ledger_block_find(sql, text->id.hex, row, err);
    if (found > 0 && !text->known)
        known_add(ledger, text);
    if (found != 0)
        return found < 0 ? -1 : 0;
    return flow_ledger_block_new(sql, text->data, text->len, &text->id, row, err);
}
