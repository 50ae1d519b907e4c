/* SPDX-License-Identifier: MIT */
/*
 * One agent: a step of the plan carried from its request to a reply that fits.
 *
 * A call is found in the ledger by its key, or made: reserved, sent, settled, and then read back from the
 * ledger, so that nothing is ever used that is not durable. A step is one or more calls: the model may ask
 * for look-ups, a reply that does not fit is answered with the reason (twice at most), and what still does
 * not fit, or was cut, is tried anew. All turns derive from stored replies: the same inputs make the same
 * keys, in any later process.
 *
 * Money. Each try that leaves has a reservation of its own, at the most that it can cost: a token for each
 * byte of input (flow_request_tokens_most) at the dearest input price, and max_tokens of output. An answer
 * settles it with what the provider says was used, estimated from bytes where it says nothing. A try that was
 * cut off (cancelled, stalled, a connection that broke) may go on costing money where nobody sees it: its
 * input counts as the provider reported it before the cut, and its output at max_tokens; where nothing was
 * reported, the whole reservation counts. What never left, or was answered with an error, costs nothing.
 * Where the budget has no room while other calls are out, an agent waits for them, or for somebody to raise
 * the budget (seen within a second).
 *
 * An agent has no shell, no git and no file system. It returns text.
 */
#ifndef FLOW_AGENT_AGENT_H
#define FLOW_AGENT_AGENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/model/model.h"
#include "flow/model/request.h"
#include "flow/store/ledger.h"

/*
 * Places: how many calls may be out at once, shared by all agents of a run.
 */
struct flow_places;
/* A limit of 0 means none. The policy of the machine lowers it (flow/config/policy.h). */
int flow_places_new(struct flow_places **out, unsigned limit, struct flow_error *err);
void flow_places_free(struct flow_places *places);
/* Another limit from now on, and whether no call may begin at all. Calls that are out are not touched: a
 * lower limit is reached as they end. Also wakes those that wait for a place, who then see whether they are
 * to begin anything at all (drain, stop, hold). */
void flow_places_set(struct flow_places *places, unsigned limit, bool paused);

/* What all agents of a run share. */
struct flow_agent_env {
    struct flow_ledger *ledger;
    struct flow_models *models;
    int64_t run;
    struct flow_places *places; /* NULL: no limit */
    const atomic_bool *drain;   /* true: calls that are out are finished, none is begun; may be NULL */
    const atomic_int *stop;     /* not 0: the same, as a signal says it; may be NULL */
    const atomic_bool *hold;    /* true: the same, for one unit's agents alone; may be NULL */
    const struct flow_allowance *allowance; /* of the unit whose agents these are; NULL: no limit */
    uint32_t max_tokens;                    /* the most that the model can write in one reply; 0: not known */
    unsigned attempts;                      /* how often a step is tried; 0: FLOW_AGENT_ATTEMPTS */
};

#define FLOW_AGENT_ATTEMPTS   3
#define FLOW_AGENT_COMPLAINTS 2  /* how often a reply that does not fit is answered with the reason */
#define FLOW_AGENT_LOOKUPS    24 /* turns of look-ups in one attempt */

/* A reply as the ledger holds it. */
struct flow_answer {
    int64_t call; /* its number in the ledger */
    bool stored;  /* it was there already: nothing was sent */
    char *text;
    size_t len;
    enum flow_reply_stop stop;
    struct flow_tool_call *calls;
    size_t call_count;
    char *raw; /* provider's own content for the next turn; may be NULL */
};
void flow_answer_init(struct flow_answer *answer);
void flow_answer_release(struct flow_answer *answer);

/*
 * One call. 0: *out holds the reply. 1: it failed in a way that another attempt may mend; err says how; or,
 * with FLOW_E_BUDGET, the unit has used up its allowance, which no attempt mends. -1: the run has to stop:
 * FLOW_E_BUDGET, FLOW_E_INTERRUPTED, FLOW_E_REFUSED and FLOW_E_ENV (key, permission, unknown model), or the
 * ledger failed.
 */
int flow_agent_call(const struct flow_agent_env *env, const struct flow_request *request, const char *lens,
                    unsigned attempt, unsigned vote, struct flow_answer *out, struct flow_error *err);

/* Look-ups that an agent may make. answer appends the result; a failed look-up is a result too (*is_error).
 * Its text must depend on nothing but the call and a snapshot. */
struct flow_agent_tools {
    const struct flow_tool_spec *specs;
    size_t count;
    int (*answer)(void *payload, const struct flow_tool_call *call, struct flow_buf *out, bool *is_error,
                  struct flow_error *err);
    void *payload;
};

struct flow_step {
    const char *unit, *role, *lens; /* lens may be NULL */
    unsigned piece, round;
    unsigned vote; /* sets calls with equal text apart: another round, another generation */
    const char *model, *effort;
    const char *source_id;
    const struct flow_block *system;
    size_t system_count;
    const struct flow_block *user;
    size_t user_count;
    const char *schema;
    uint32_t max_tokens;
    const struct flow_agent_tools *tools; /* NULL, or a model without look-ups: none */
};

/* Judges a reply: 0 it fits; 1 it does not, and why says what is wrong and what would be right; -1 failure.
 * Called again with a later reply it starts anew. */
typedef int (*flow_agent_fit_fn)(void *payload, const struct flow_answer *answer, struct flow_buf *why,
                                 struct flow_error *err);

/* Carries out a step. 0: *out fits. 1: no attempt gave a reply that fits; err says the last reason
 * (FLOW_E_INVALID), or why there was no further attempt (FLOW_E_BUDGET). -1: as flow_agent_call. */
int flow_agent_step(const struct flow_agent_env *env, const struct flow_step *step, flow_agent_fit_fn fit,
                    void *payload, struct flow_answer *out, struct flow_error *err);

/* Tokens that a reply about `bytes` bytes of text may need: what a step asks for as max_tokens. */
uint32_t flow_agent_max_tokens(size_t bytes);

#endif
