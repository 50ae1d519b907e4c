/* SPDX-License-Identifier: MIT */
/*
 * The price table: a file in git-config syntax, prices.conf of the data folder or the one that model.prices
 * names.
 *
 *     [price "anthropic/claude-haiku-5-5"]        the row of a model, USD per million tokens
 *         input = 0.10
 *         output = 0.50
 *         cache-read = 0.01                       default: as input
 *         cache-write = 0.125                     with a life of five minutes; default: as input
 *         cache-write-1h = 0.20                   with a life of an hour; default: as cache-write
 *         batch = 0.5                             what a batch costs, as a share of all of these; default: 1
 *         date = 2026-11-22
 *         source = …
 *     [price "anthropic/claude-haiku-5-5 >100000"]    for prompts of more tokens than that; any number of
 * tiers
 *
 * A model with a date behind its name (-20261122, -2026-11-22) is priced as the one without.
 */
#ifndef FLOW_MODEL_PRICE_H
#define FLOW_MODEL_PRICE_H

#include <stdint.h>

#include "flow/base/error.h"
#include "flow/model/model.h"

struct flow_prices;

/* Reads the table; FLOW_E_INVALID names file and row. */
int flow_prices_read(struct flow_prices **out, const char *path, struct flow_error *err);
void flow_prices_free(struct flow_prices *prices);
/* The row of a model; out->known is false where there is none. */
void flow_prices_find(const struct flow_prices *prices, const char *model, uint64_t tokens,
                      struct flow_price *out);

#endif
