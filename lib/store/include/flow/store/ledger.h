/* SPDX-License-Identifier: MIT */
/*
 * The ledger: what was asked, answered, judged and paid. Precious: nothing that is in it is ever lost or paid
 * for again.
 *
 * One SQLite file, WAL, synchronous=FULL, mode 0600. All writes of a process go through one thread that
 * commits them in groups, each in its own savepoint; a function that writes returns when its write is
 * durable. Reads use connections of their own. Several processes may have it open. Triggers hold the
 * invariants (lib/store/ledger.sql): a unit is accepted only with both verdicts of its latest round, from two
 * calls, on exactly its (source id, target id); a call needs a reservation; a reservation that would pass the
 * budget is refused; settling always succeeds.
 *
 * Strings that are returned are owned by the structure that holds them. Money is in nano-dollars.
 */
#ifndef FLOW_STORE_LEDGER_H
#define FLOW_STORE_LEDGER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/arena.h"
#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/config/budget.h"
#include "flow/config/id.h"

struct flow_ledger;

int flow_ledger_open(struct flow_ledger **out, const char *path, struct flow_error *err);
/* For reading only, without a lock and without a thread; functions that write fail. FLOW_E_NOT_FOUND where
 * there is no ledger. */
int flow_ledger_look(struct flow_ledger **out, const char *path, struct flow_error *err);
/* Waits for pending writes. */
void flow_ledger_free(struct flow_ledger *ledger);

/* A run is a job and a name; everything below belongs to one. Made where it is missing. */
int flow_ledger_run(struct flow_ledger *ledger, const char *job, const char *name, int64_t *run,
                    struct flow_error *err);
/* A text that belongs to a run ("base", "branch", "plan"); set replaces. get appends and returns 1, or 0
 * where it is unset. */
int flow_ledger_run_set(struct flow_ledger *ledger, int64_t run, const char *key, const char *value,
                        struct flow_error *err);
int flow_ledger_run_get(struct flow_ledger *ledger, int64_t run, const char *key, struct flow_buf *out,
                        struct flow_error *err);

/* The budget of a run, counted over all processes that ever worked on it. What the machine's policy allows a
 * run (flow/config/policy.h) holds beside it, whatever is set here: the stricter limit counts. */
int flow_ledger_budget_set(struct flow_ledger *ledger, int64_t run, const struct flow_budget *limit,
                           struct flow_error *err);

struct flow_spending {
    struct flow_budget limit;                    /* the one that counts */
    int64_t spent_nano_usd, spent_tokens, calls; /* settled */
    int64_t reserved_nano_usd, reserved_tokens, in_flight;
    uint64_t input, cache_read, cache_write, output; /* tokens settled */
    int64_t unpriced_calls;                          /* settled calls whose price is not known */
};
int flow_ledger_spending(struct flow_ledger *ledger, int64_t run, struct flow_spending *out,
                         struct flow_error *err);

/*
 * Units.
 */
struct flow_unit_state {
    char state[16]; /* ready drafted gated reviewed accepted committed failed held skipped stale */
    struct flow_id source_id, target_id; /* empty hex where there is none yet */
    struct flow_id commit;
    unsigned round;      /* latest review round, 0: none */
    unsigned generation; /* grows with --fresh or when stale */
    char *reason;        /* why failed, held or skipped; may be NULL */
};
void flow_unit_state_release(struct flow_unit_state *state);
/* 1 and the state, 0 where the unit is not known. */
int flow_ledger_unit_get(struct flow_ledger *ledger, int64_t run, const char *unit,
                         struct flow_unit_state *out, struct flow_error *err);
int flow_ledger_unit_set(struct flow_ledger *ledger, int64_t run, const char *unit,
                         const struct flow_unit_state *state, struct flow_error *err);
typedef int (*flow_ledger_unit_fn)(const char *unit, const struct flow_unit_state *state, void *payload);
int flow_ledger_units(struct flow_ledger *ledger, int64_t run, flow_ledger_unit_fn fn, void *payload,
                      struct flow_error *err);

/* Fills in the ids of texts of prompts, cheaply for those that calls of this process were begun with lately.
 */
int flow_ledger_texts_name(struct flow_ledger *ledger, struct flow_text *texts, size_t count,
                           struct flow_error *err);

/* Bytes stored once under their id: drafts, target texts. */
int flow_ledger_block_put(struct flow_ledger *ledger, const void *data, size_t len, struct flow_id *out,
                          struct flow_error *err);
/* Appends; FLOW_E_NOT_FOUND. */
int flow_ledger_block_get(struct flow_ledger *ledger, const struct flow_id *id, struct flow_buf *out,
                          struct flow_error *err);

/* What a unit's prompts are made of, pinned once for (unit, generation): name → block. The first writer wins;
 * a second put of a name is ignored and *out is what was pinned first. */
int flow_ledger_input_pin(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned generation,
                          const char *name, const void *data, size_t len, struct flow_id *out,
                          struct flow_error *err);
/* 1 and the id, 0 where it is not pinned. */
int flow_ledger_input_get(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned generation,
                          const char *name, struct flow_id *out, struct flow_error *err);

/* The text that a generation of a unit was accepted as: the input "accepted", or, where flow-fix changed it
 * and that was accepted later, the one of "accepted.NNNNN" with the highest round. 1 and its id, 0 where
 * there is none. */
int flow_ledger_accepted(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned generation,
                         struct flow_id *out, struct flow_error *err);

/*
 * Calls. begin reserves and records in one transaction before the request leaves, together with those of its
 * texts that the ledger does not have yet: each is stored once, whoever uses it. settle stores reply and
 * usage in one.
 */
/* What one unit may take, whatever the run may. It is counted from `before` on: what the unit had taken when
 * the count began. */
struct flow_allowance {
    struct flow_budget limit, before;
    const char *name; /* who sets it ("port.unit-budget"), for messages */
};
/* What the calls of a unit took so far: all that were begun, tokens and money of those that are settled. */
int flow_ledger_taken(struct flow_ledger *ledger, int64_t run, const char *unit, struct flow_budget *out,
                      struct flow_error *err);

struct flow_call {
    const char *unit, *role, *lens,
        *step; /* names; step is the whole "unit/role/lens/piece/round/attempt/turn" */
    const char *model;
    struct flow_id key;
    const struct flow_text *texts; /* of its prompt, in order, with their ids */
    size_t text_count;
    int64_t reserve_nano_usd, reserve_tokens; /* upper bounds */
    const struct flow_allowance *allowance;   /* of its unit; NULL: no limit */
};

/* 0: reserved, *call is its number. 1: over the budget while others are in flight: wait for one to settle
 * (flow_ledger_wait) and ask again. -1 with FLOW_E_BUDGET: over the budget and nothing is out; the message
 * says what is spent and left, what the call can take, and how to go on. 2 with FLOW_E_BUDGET: the unit has
 * taken all that its allowance gives it, which does not concern the others. */
int flow_ledger_call_begin(struct flow_ledger *ledger, int64_t run, const struct flow_call *call,
                           int64_t *out, struct flow_error *err);
/* Returns when some call of the run has settled in this process, or after `seconds`. */
void flow_ledger_wait(struct flow_ledger *ledger, double seconds);

struct flow_outcome {
    const char *status; /* done, failed, cut, refused */
    const char *text;   /* reply as stored and given back; for "cut" the partial text */
    size_t len;
    const char *extra; /* JSON: tool calls, raw content, stop reason (written and read by the agent layer);
                          may be NULL */
    uint64_t input, cache_read, cache_write, output;
    bool estimated, priced;
    int64_t nano_usd;
    const char *request_id, *reported_model, *error; /* may be NULL */
    double seconds;
};
/* Always succeeds while the disk does; the reservation is released by it. */
int flow_ledger_call_settle(struct flow_ledger *ledger, int64_t call, const struct flow_outcome *outcome,
                            struct flow_error *err);

/* The stored reply for a key: only of calls with status "done". 1 and the reply, 0 where there is none. */
struct flow_stored {
    int64_t call;
    char *text;
    size_t len;
    char *extra; /* may be NULL */
    uint64_t input, cache_read, cache_write, output;
    int64_t nano_usd;
};
int flow_ledger_call_find(struct flow_ledger *ledger, const struct flow_id *key, struct flow_stored *out,
                          struct flow_error *err);
void flow_stored_release(struct flow_stored *stored);

/* Reservations that a dead process left: settled at their full amount with status "cut". To be called by the
 * holder of the run's lock, before its first call. Returns how many in *count. */
int flow_ledger_recover(struct flow_ledger *ledger, int64_t run, size_t *count, struct flow_error *err);

/*
 * Review rounds, verdicts, findings.
 */
int flow_ledger_round_put(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned round,
                          const struct flow_id *source_id, const struct flow_id *target_id,
                          struct flow_error *err);

struct flow_finding_row {
    int64_t id;
    const char *severity; /* blocker, major, minor */
    const char *file;
    uint32_t source_line, target_line;  /* 0: none */
    const char *claim, *evidence, *fix; /* fix may be NULL */
    const char *fate;                   /* open, fixed, rejected, outdated */
    const char *fate_reason;            /* may be NULL */
    const char *lens;
    unsigned round;
};
/* Stores one reviewer's verdict with its findings, in one transaction. FLOW_E_CONFLICT where the round has
 * another one for this lens. */
int flow_ledger_verdict_put(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned round,
                            const char *lens, int64_t call, bool accept, const struct flow_id *source_id,
                            const struct flow_id *target_id, const struct flow_finding_row *findings,
                            size_t count, struct flow_error *err);
int flow_ledger_finding_fate(struct flow_ledger *ledger, int64_t finding, const char *fate,
                             const char *reason, struct flow_error *err);
typedef int (*flow_ledger_finding_fn)(const struct flow_finding_row *finding, void *payload);
/* In order of round and number; NULL unit: of all. */
int flow_ledger_findings(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_finding_fn fn,
                         void *payload, struct flow_error *err);

/* Moves a unit to accepted; the triggers refuse what is not proven (FLOW_E_REFUSED). */
int flow_ledger_accept(struct flow_ledger *ledger, int64_t run, const char *unit, unsigned round,
                       const struct flow_id *source_id, const struct flow_id *target_id,
                       struct flow_error *err);

/* Settled costs by role, lens and model, for the census. */
struct flow_cost_row {
    const char *role, *lens, *model;
    int64_t calls, nano_usd;
    int64_t unpriced_calls; /* whose price is not known: nano_usd leaves them out */
    int64_t cut_calls;      /* that were cut off: they count at the most that they can have cost */
    uint64_t input, cache_read, cache_write, output;
};
typedef int (*flow_ledger_cost_fn)(const struct flow_cost_row *row, void *payload);
int flow_ledger_costs(struct flow_ledger *ledger, int64_t run, const char *unit, flow_ledger_cost_fn fn,
                      void *payload, struct flow_error *err);

/* Appends one line to the run's event list (kind, unit may be NULL, text). */
int flow_ledger_event(struct flow_ledger *ledger, int64_t run, const char *kind, const char *unit,
                      const char *text, struct flow_error *err);

/*
 * The lock: one holder a run, released by death.
 */
struct flow_run_lock;
/* `dir` is the folder for state. FLOW_E_REFUSED names the holder (process, since when) unless wait is set;
 * then a signal that raises *stop (may be NULL) ends it with FLOW_E_INTERRUPTED. */
int flow_run_lock(struct flow_run_lock **out, const char *dir, const char *run_name, bool wait,
                  const atomic_int *stop, struct flow_error *err);
void flow_run_unlock(struct flow_run_lock *lock);

/* What the holder does right now, as one line (at most FLOW_HOLDER_NOTE bytes) for whoever asks. It stands in
 * the lock and not in the ledger: it is worth nothing once the holder is gone, and costs no commit. */
void flow_run_lock_note(struct flow_run_lock *lock, const char *text);

#define FLOW_HOLDER_HOST 65
#define FLOW_HOLDER_NOTE 512
struct flow_run_holder {
    long process; /* 0 where the holder has not said yet */
    char host[FLOW_HOLDER_HOST];
    char since[32]; /* 2026-11-22T10:15:00Z */
    char note[FLOW_HOLDER_NOTE];
};
/* Asks who holds the lock, without taking it: 1 and the holder, 0 where nobody does. */
int flow_run_holder(struct flow_run_holder *out, const char *dir, const char *run_name,
                    struct flow_error *err);

#endif
