/* SPDX-License-Identifier: MIT */
/*
 * What the ledger holds, for those who only look: runs and their census, calls with prompts and replies,
 * verdicts, events. Works on a ledger from flow_ledger_look. What a callback is given is valid until it
 * returns; one that returns other than 0 ends the listing, which is no failure.
 */
#ifndef FLOW_STORE_QUERY_H
#define FLOW_STORE_QUERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/config/id.h"
#include "flow/store/ledger.h"

struct flow_run_row {
    int64_t id;
    const char *job, *name;
    int64_t created; /* wall ms */
    bool begun;      /* work was: else a dry run made it, or a plan that was not agreed to */
};
/* Whether `name` means that run: its name, or job/name. */
bool flow_run_is_called(const struct flow_run_row *run, const char *name);
/* In the order in which they were made. */
typedef int (*flow_ledger_run_fn)(const struct flow_run_row *run, void *payload);
int flow_ledger_runs(struct flow_ledger *ledger, flow_ledger_run_fn fn, void *payload,
                     struct flow_error *err);

/* How many units are in which state. A unit without two verdicts, whose draft no reviewer could judge, is
 * "unreviewed" here. Units that were never begun are not in the ledger. */
typedef int (*flow_ledger_census_fn)(const char *state, int64_t count, void *payload);
int flow_ledger_census(struct flow_ledger *ledger, int64_t run, flow_ledger_census_fn fn, void *payload,
                       struct flow_error *err);

/* What was settled since then; read from an index, however many calls there are. */
struct flow_rate {
    int64_t calls, nano_usd;
};
int flow_ledger_rate(struct flow_ledger *ledger, int64_t run, int64_t since_ms, struct flow_rate *out,
                     struct flow_error *err);

struct flow_call_row {
    int64_t id;
    const char *unit, *role, *lens, *step, *model, *status;
    uint64_t input, cache_read, cache_write, output;
    bool estimated, priced;
    int64_t nano_usd;
    const char *request_id, *reported_model, *error; /* NULL where there is none */
    double seconds;
    int64_t begun, settled; /* wall ms; settled is 0 while the call is out */
    const char *reply;      /* NULL unless asked for, or where there is none */
    size_t reply_len;
    const char *extra; /* JSON: stop reason and look-ups; NULL likewise */
};
/* In the order in which they were begun; NULL unit: of all. Replies are read only `with_reply`. */
typedef int (*flow_ledger_call_fn)(const struct flow_call_row *call, void *payload);
int flow_ledger_calls(struct flow_ledger *ledger, int64_t run, const char *unit, bool with_reply,
                      flow_ledger_call_fn fn, void *payload, struct flow_error *err);

/* The prompt of a call, block by block. */
typedef int (*flow_ledger_block_fn)(const char *hash, const void *data, size_t len, void *payload);
int flow_ledger_call_prompt(struct flow_ledger *ledger, int64_t call, flow_ledger_block_fn fn, void *payload,
                            struct flow_error *err);

struct flow_verdict_row {
    const char *lens;
    unsigned round;
    int64_t call;
    bool accept;
    const char *source_id, *target_id;
};
/* In order of round and call. */
typedef int (*flow_ledger_verdict_fn)(const struct flow_verdict_row *verdict, void *payload);
int flow_ledger_verdicts(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_verdict_fn fn,
                         void *payload, struct flow_error *err);

struct flow_event_row {
    int64_t at; /* wall ms */
    const char *kind, *text;
    const char *unit; /* NULL: of the run */
};
/* In order; NULL unit: all of the run. */
typedef int (*flow_ledger_event_fn)(const struct flow_event_row *event, void *payload);
int flow_ledger_events(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_event_fn fn,
                       void *payload, struct flow_error *err);

/* The findings of a run with their units, as flow_ledger_findings gives them for one. */
typedef int (*flow_ledger_unit_finding_fn)(const char *unit, const struct flow_finding_row *finding,
                                           void *payload);
int flow_ledger_unit_findings(struct flow_ledger *ledger, int64_t run, const char *unit,
                              flow_ledger_unit_finding_fn fn, void *payload, struct flow_error *err);

/* The unit, and its generation, that was accepted with exactly this text: 1 and *unit appended, 0 where there
 * is none. */
int flow_ledger_accepted_as(struct flow_ledger *ledger, int64_t run, const struct flow_id *text,
                            struct flow_buf *unit, unsigned *generation, struct flow_error *err);

#endif
