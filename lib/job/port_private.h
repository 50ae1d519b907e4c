/* SPDX-License-Identifier: MIT */
/*
 * What the files of the port job share. Order of a run: port.c opens and ends it, port_open.c finds out what
 * there is to do, port_branch.c brings ledger and branch together, port_stale.c tells what a change sends
 * back to the beginning, port_plan.c says what it will cost (port_estimate.c) and whether that was agreed to
 * (port_agree.c), port_pilot.c looks at it again, port_run.c hands units to workers, port_control.c listens
 * to other terminals, port_unit.c carries one unit through its life with the help of port_parser.c,
 * port_inputs.c (what prompts are made of), port_draft.c (the translation), port_gate.c, port_review.c,
 * port_fix.c and port_commit.c. Where contracts are asked for, port_contract.c and port_skeleton.c come
 * before that: the same units pass through port_run.c twice, first as contracts on a branch of their own.
 */
#ifndef FLOW_JOB_PORT_PRIVATE_H
#define FLOW_JOB_PORT_PRIVATE_H

#include <pthread.h>

#include "flow/agent/agent.h"
#include "flow/agent/lookup.h"
#include "flow/agent/prompt.h"
#include "flow/agent/reply.h"
#include "flow/agent/send.h"
#include "flow/base/map.h"
#include "flow/check/gates.h"
#include "flow/job/analyze.h"
#include "flow/job/lifetimes.h"
#include "flow/job/port.h"
#include "flow/target/target.h"
#include "pace.h"
#include "review_private.h"

/* Templates, by the name of their file. */
enum port_template {
    PORT_TRANSLATE,
    PORT_C_ABI,
    PORT_PIECE,
    PORT_UPDATE,
    PORT_REPAIR,
    PORT_REVIEW_BEHAVIOUR,
    PORT_REVIEW_SOUNDNESS,
    PORT_FIX,
    PORT_CONTRACT,
    PORT_TEMPLATES
};
extern const char *const port_template_names[PORT_TEMPLATES];

#define PORT_PILOT        5  /* units that go ahead of the rest … */
#define PORT_PILOT_FROM   10 /* … where there are more than this many */
#define PORT_RECENT       50 /* units that the brake looks at */
#define PORT_RECENT_LEAST 10 /* … and how many it wants to have seen */
#define PORT_GATE_FIXES   3  /* rounds of repair for what gates found, before each review */

/* Parsers that all workers share. More than processors, since some hold theirs while they wait for the
 * ledger. */
#define PORT_PARSERS      32

#define PORT_PILOT_KEY                                                                                       \
    "pilot"          /* value of the run: not empty once the pilot of what was agreed to is judged */
#define PORT_ROLES 5 /* translate, two reviewers, fix, contract */

struct port_estimate {
    struct flow_port_plan_role roles[PORT_ROLES];
    int64_t nano_low, nano_high;
    uint64_t tokens_low, tokens_high;
    enum flow_port_cost cost; /* the least known one of all */
};

/* The guide for a language pair: what always holds, and a section for each trap. */
struct port_guide {
    struct flow_arena arena;
    struct flow_buf general;
    struct flow_map *traps; /* name → text (NUL-terminated) */
    char *origin;           /* for people */
};

struct port_settings {
    const char *model, *effort;
    const char *reviewers[REVIEW_LENSES];
    unsigned rounds, attempts, brake, jobs, max_tokens;
    size_t piece_bytes;
    struct flow_budget unit_budget; /* of each unit and generation */
};

enum port_phase {
    PORT_IDLE,    /* not asked for, or nothing to do */
    PORT_WAITING, /* for its imports */
    PORT_RUNNING,
    PORT_SETTLED
};

struct port_unit {
    const struct flow_unit *unit;
    const struct flow_place *place;
    struct flow_id source_id;
    struct flow_unit_state state; /* while it is worked on, its worker's alone */
    atomic_uint generation;       /* that of state, for the workers of its importers */
    size_t *imports;              /* indices of units of the port */
    size_t import_count;
    size_t cycle;
    bool test;             /* it comes before what it tests; none where tests are not proven later */
    const size_t *testers; /* indices of the tests that import it, where it is none */
    size_t tester_count;
    enum port_phase phase;
    size_t turn;     /* when it was begun, from 1; 0: not yet. Under mutex */
    size_t patience; /* what was begun later is not waited for; 0: not decided. Under mutex */
    bool selected;
    bool on_branch;    /* its file stands on the branch: the scaffold names it */
    bool reopened;     /* to be worked on anew, once the plan is agreed to … */
    const char *stale; /* … since this changed; NULL where nothing did */
    bool unreviewed;
    bool mended;       /* … since flow-fix changed its file after it was accepted: not a port's to do */
    bool contracted;   /* as a contract: it is on the branch, or was when it was last looked at */
    bool adopts;       /* as a contract: what stands there already is taken, and no model is asked */
    bool paid;         /* some reply was not in the ledger already */
    atomic_bool hold;  /* its worker puts it aside before its next call … */
    char held_by[120]; /* … for this reason; written before hold is */
    unsigned rounds;
};

/* What one pass over the units works on: the translations, or their contracts. */
struct port_pass {
    int64_t run; /* whose unit states and inputs these are */
    char *branch;
    struct flow_id tip; /* of the branch; the base where it does not exist. Under commit_mutex */
    bool branch_exists;
    struct port_unit *units; /* in order of work; the same ones in both */
};

struct port {
    const struct flow_port_options *options;
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_languages *languages;
    const struct flow_language *from, *to;
    struct flow_arena arena;
    struct port_settings settings;
    struct flow_analysis *analysis;
    struct flow_layout *layout;
    struct flow_strv modules;
    struct port_guide guide;
    struct flow_lifetimes_table fields; /* the field table, without rows that are about nothing */
    struct flow_buf templates[PORT_TEMPLATES];
    struct flow_strv notes;
    struct flow_strv foreign; /* files of the scaffold that somebody else wrote. Under commit_mutex */
    char *state_dir;
    struct flow_buf recipe;           /* what all prompts are made of, by hash */
    bool own_prompts[PORT_TEMPLATES]; /* they come from the repository */
    struct flow_job_census *census;

    struct flow_ledger *ledger;
    struct flow_run_lock *lock;
    int64_t run;      /* whose budget, calls and events these are, in both passes */
    int64_t unit_run; /* whose unit states and inputs these are: see port_pass */
    struct flow_models *models;
    struct flow_index *index; /* for look-ups; NULL where there is none */
    struct flow_send *send;
    struct flow_lookups *lookups;
    struct flow_agent_env env;
    atomic_bool drain;

    char *branch;
    struct flow_id base, source; /* commits */
    struct flow_id tip;          /* of the branch; the base where it does not exist. Under commit_mutex */
    bool branch_exists;

    struct port_unit *units; /* in order of work: tests that are proven later, then as in the analysis */
    bool contracts;          /* there is a pass for them before the translations … */
    bool contracting;        /* … and this is it: branch, tip, units and unit_run are those of contracts */
    struct port_pass other;  /* the one that is not at work; nothing in it changes meanwhile */
    struct flow_buf open_body;
    size_t count;
    size_t *member; /* unit of the analysis → index here, or SIZE_MAX */

    struct flow_map *seen; /* → struct port_seen, by file or by blob. Under seen_mutex */

    pthread_mutex_t mutex, commit_mutex, hook_mutex, seen_mutex, parser_mutex;
    pthread_cond_t changed, parser_back;
    struct flow_parser *parsers[PORT_PARSERS]; /* idle ones. Under parser_mutex, like their numbers */
    size_t parsers_idle, parsers_made;
    /* Under mutex. */
    size_t todo, running, settled, workers;
    bool paused;  /* nothing is begun */
    size_t pilot; /* units that may begin before the pilot is judged; 0: no pilot (any more) */
    size_t begun;
    size_t turns;             /* units that were ever begun */
    bool recent[PORT_RECENT]; /* failed? */
    size_t recent_count;
    struct flow_error stop; /* why nothing more is begun */
    double started;
    struct pace pace; /* under the mutex */

    /* What the plan says, to be kept once it is agreed to. */
    struct port_estimate estimate;
    struct flow_buf agreement, agreed_units;
    bool agreed; /* already */
    int64_t agreed_nano;
    /* The run's own thread's. */
    struct flow_buf told; /* what the lock says about this process */
    double told_at;
};

/* One unit on its way. */
struct port_work {
    struct port *port;
    struct port_unit *unit;
    struct flow_agent_env env; /* that of the port, with the unit's own hold and allowance */
    struct flow_allowance allowance;
    struct flow_parser *parser; /* between port_parser_take and port_parser_give */
    struct flow_arena arena;
    /* pinned */
    struct flow_buf guide, traps, branches, place, imports, users, contract, fields;
    struct flow_lifetimes_table rows; /* fields, read */
    struct flow_buf imported;         /* which ports of other units stand in imports: unit, tab, blob */
    struct flow_buf sources[2];
    const char *source_paths[2];
    size_t source_count;
    struct flow_buf templates[PORT_TEMPLATES];
    struct flow_buf old_sources[2], old_target; /* where the source changed under a unit that was accepted */
    bool update;
    /* as it is now */
    struct flow_buf target;
    struct flow_buf before; /* the target that the last round looked at */
    struct flow_buf delta;  /* what changed since */
    struct flow_buf findings;
    struct flow_strv heads;
    struct flow_reply_pair *symbols, *conditions;
    size_t symbol_count, symbol_cap, condition_count, condition_cap;
    struct flow_id target_id;
    unsigned round;
    char *risks;
};

/* port_open.c: what a person agreed to is remembered; until then nothing is that a run works by. */
int port_approve(struct port *port, struct flow_error *err);

/* port_members.c: what takes part, and where it goes. */
int port_members(struct port *port, struct flow_error *err);

/* port_contract.c: the pass before the translations. Opens it: what contracts there are, and which are to be
 * made. */
int port_contracts_open(struct port *port, struct flow_error *err);
/* The contract of one unit, from what stands there already or from a model. 1: no reply fits. */
int port_contract_make(struct port_work *work, struct flow_error *err);
/* Its file where translations are made against it: 1 and its blob; 0 where there is none. */
int port_find_contract(struct port *port, const struct port_unit *unit, struct flow_id *blob,
                       struct flow_error *err);
bool port_has_contract(const struct port *port, const struct port_unit *unit);
void port_pass_swap(struct port *port);

/* port_skeleton.c: carries the pass out, and builds what came of it until it compiles. *hold: it does not. */
int port_contracts_run(struct port *port, bool *hold, struct flow_error *err);
/* What the builds would ask a person, asked beforehand. */
int port_skeleton_approve(struct port *port, struct flow_error *err);
/* Whether it could be built and mended: refused before anything begins, where nothing but that is missing.
 * Adds where source text is sent for it, and the command. */
int port_skeleton_check(struct port *port, struct flow_strv *destinations, struct flow_strv *commands,
                        struct flow_error *err);

/* port_open.c */
int port_open(struct port *port, struct flow_error *err);
void port_note(struct port *port, const char *format, ...) __attribute__((format(printf, 2, 3)));
int port_unit_save(struct port *port, struct port_unit *unit, const char *state, const char *reason,
                   struct flow_error *err);

/* port_send.c: what stays on the machine. Whether a file may be sent: 0; 1 with the reason; -1. */
int port_may_send(struct port *port, const char *path, const struct flow_buf *text, struct flow_buf *why,
                  struct flow_error *err);
/* The same for a file without which the run makes no sense: FLOW_E_REFUSED, which names it as `what`. */
int port_must_send(struct port *port, const char *path, const struct flow_buf *text, const char *what,
                   struct flow_error *err);
/* Holds the units of which something may not be sent, and lets go those that were held for that. */
int port_hold_back(struct port *port, struct flow_error *err);
/* Names the other files that were held back. */
void port_name_held(struct port *port);

/* port_guide.c */
int port_guide_load(struct port *port, struct flow_error *err);
void port_guide_release(struct port_guide *guide);
int port_guide_traps(struct port *port, struct flow_parser *parser, const struct flow_gate_file *files,
                     size_t count, struct flow_buf *out, struct flow_error *err);

/* port_fields.c: the field table, where the source commit has one. */
int port_fields_load(struct port *port, struct flow_error *err);
/* The unit's rows of it, as a table again; nothing where there are none. */
void port_fields_describe(const struct port_work *work, struct flow_buf *out);
/* Such a text; released by the caller, also after an error. */
int port_fields_read(struct flow_lifetimes_table *out, const struct flow_buf *text, struct flow_error *err);
/* Whether the unit's rows decide something else than those that stand in the block `then`: 1; 0; -1. */
int port_fields_changed(struct port *port, const struct port_unit *unit, const struct flow_id *then,
                        struct flow_error *err);
/* Whether the field has to have the row's type: it is sure, or a person says so. */
bool port_field_binds(const struct flow_lifetime *row);
/* The unit's row that the source of a pair names, as in "struct.field"; NULL: it is a symbol. */
const struct flow_lifetime *port_fields_named(const struct port_work *work, const char *source);

/* port_branch.c */
/* Whether a run has nothing to do with it: it is committed, or somebody else has it. */
bool port_is_settled(const struct port_unit *unit);
int port_reconcile(struct port *port, struct flow_error *err);
/* Blob at a path of a commit: 1 and its id, 0 where there is none. */
int port_blob_at(struct port *port, const struct flow_id *commit, const char *path, struct flow_id *out,
                 struct flow_error *err);

/* port_stale.c */
int port_reopen(struct port *port, struct flow_error *err);
int port_save_reopened(struct port *port, struct flow_error *err);

/* port_plan.c */
int port_plan(struct port *port, struct flow_error *err);

/* port_estimate.c: what these units will take. warm: the prompts' prefixes are in the cache already. */
int port_estimate(const struct port *port, const struct port_unit *const *units, size_t count, bool warm,
                  struct port_estimate *out, struct flow_error *err);
/* Adds what the contracts will take that are still to be made. */
int port_estimate_contracts(const struct port *port, struct port_estimate *out, struct flow_error *err);
extern const char *const port_assumptions[]; /* the first is about contracts; ends with NULL */

/* port_agree.c: what a person agreed to, in the ledger. look sets port->agreed, and plan->changed to a text
 * of the port's arena; save keeps it, with a budget where there is none, once the answer was yes. */
int port_agree_look(struct port *port, struct flow_port_plan *plan, struct flow_error *err);
int port_agree_save(struct port *port, struct flow_error *err);

/* port_pilot.c: how many units go ahead of the rest, and what they have shown. Begin is called when it is
 * known what there is to do, judge when those units are through and nobody works. */
int port_pilot_begin(struct port *port, struct flow_error *err);
int port_pilot_judge(struct port *port, struct flow_error *err);

/* port_run.c */
int port_run(struct port *port, struct flow_error *err);
/* Nothing more is begun, for this reason; the first one counts. Under mutex. */
void port_stop(struct port *port, const struct flow_error *err);
void port_result(struct port *port, const struct port_unit *unit);

/* port_unit.c. 0: settled, see its state; -1: the run has to stop. */
int port_unit_live(struct port *port, struct port_unit *unit, struct flow_error *err);
/* Leaves a note for each place in which the target is not what its contract or the field table says. */
int port_note_departures(struct port_work *work, struct flow_error *err);

/* port_parser.c: a parser for as long as something is parsed, never across a call to a model. */
int port_parser_take(struct port_work *work, struct flow_error *err);
void port_parser_give(struct port_work *work);
void port_parsers_release(struct port *port);

/* port_inputs.c */
int port_inputs_pin(struct port_work *work, struct flow_error *err);

/* port_seen.c: text and facts of a file, made once and then shared by all workers; valid as long as port. */
struct port_seen {
    struct flow_buf text;
    struct flow_facts facts;
    bool held; /* it may not be sent (port_send.c) */
};
/* Of a file of the analysis. */
int port_seen_source(struct port_work *work, size_t file, const struct port_seen **out,
                     struct flow_error *err);
/* Of a blob in the target language. */
int port_seen_target(struct port_work *work, const char *path, const struct flow_id *blob,
                     const struct port_seen **out, struct flow_error *err);
void port_seen_release(struct port *port);

/* port_imports.c: what the unit's imports look like. */
int port_imports_describe(struct port_work *work, struct flow_buf *out, struct flow_error *err);
/* The unit's file as it stands on the branch: 1 and its blob, 0 where it does not stand there. */
int port_find_ported(struct port *port, const struct port_unit *unit, struct flow_id *blob,
                     struct flow_error *err);
/* port_abi.c: of a layer of C ABI, the functions of the header as they were. */
int port_abi_describe(struct port_work *work, struct flow_buf *out, struct flow_error *err);
/* port_users.c: the lines of the port in which other units use this one already. */
int port_users_describe(struct port_work *work, struct flow_buf *out, struct flow_error *err);
int port_outline(struct port_work *work, struct flow_buf *out, struct flow_error *err);

/* port_prompt.c */
struct port_prompt_extra {
    const struct flow_buf *findings, *outline, *piece, *produced;
};
int port_prompt_make(const struct port_work *work, enum port_template which,
                     const struct port_prompt_extra *extra, struct flow_prompt *out, struct flow_error *err);
void port_step_init(const struct port_work *work, const struct flow_prompt *prompt, struct flow_step *out);

/* port_draft.c, port_pieces.c. 1: no reply fits; err says why. */
int port_draft(struct port_work *work, struct flow_error *err);
/* One step whose reply is a draft; released by the caller where it returns 0. Its text points into answer. */
int port_draft_ask(struct port_work *work, struct flow_step *step, struct flow_answer *answer,
                   struct flow_draft *out, struct flow_error *err);
int port_pieces(struct port_work *work, struct flow_error *err);
size_t port_pieces_count(const struct port *port, const struct flow_unit *unit);
int port_pairs_add(struct port_work *work, const struct flow_reply_pair *symbols, size_t symbol_count,
                   const struct flow_reply_pair *conditions, size_t condition_count, struct flow_error *err);

/* port_gate.c: format and gates, with repairs. 1: still failing. */
int port_gate(struct port_work *work, struct flow_error *err);

/* port_review.c. *accepted: both did. 1: a reviewer gave no verdict. */
int port_review(struct port_work *work, bool *accepted, struct flow_error *err);

/* port_fix.c. 1: no reply fits. */
int port_fix(struct port_work *work, struct flow_error *err);
int port_repair(struct port_work *work, const struct flow_gate_report *report, unsigned number,
                struct flow_error *err);
int port_update(struct port_work *work, struct flow_error *err);

/* port_control.c: what is asked for from other terminals, and what they are told. */
/* Carries out what was asked for while nobody worked on the run. */
int port_control_open(struct port *port, struct flow_error *err);
/* Carries out what was asked for since. */
int port_control_tick(struct port *port, struct flow_error *err);
/* Tells how far this process is, in the lock; at most once a second, and only what is new. */
void port_control_tell(struct port *port, const struct flow_port_progress *progress);
/* Marks in the ledger that the run goes on, and how it ended (err as of flow_port, result its result). */
int port_control_begin(struct port *port, struct flow_error *err);
int port_control_end(struct port *port, int result, const struct flow_error *ended, struct flow_error *err);

/* port_commit.c */
int port_target_id(struct port *port, const char *path, const void *text, size_t len, struct flow_id *out,
                   struct flow_error *err);
int port_keep(struct port_work *work, struct flow_error *err);
int port_commit(struct port *port, struct port_unit *unit, struct flow_error *err);

#endif
