/* SPDX-License-Identifier: MIT */
/*
 * flow-port: each unit of a repository translated, gated, reviewed by two, mended, and committed on a branch
 * of its own.
 *
 * A run is known by its name; its branch is refs/heads/flow/port/<name>. Its base is pinned when it begins.
 * Running it again continues: every reply that was paid for is in the ledger, what a unit's prompts were made
 * of is pinned there, and so the same steps find the same replies; units that are committed are left alone.
 * See DESIGN.md, section 6.
 *
 * With port.contracts there is a pass before the translations: a contract for each unit, that is its file in
 * the target language with signatures and types, and bodies left open. They stand on the branch
 * refs/heads/flow/contract/<name>, pass gates and no reviewer, and are built and mended in rounds
 * (flow/job/fix.h) until they compile. What they take is the run's, under the role "contract". Translations
 * then wait for nobody and keep to the contracts.
 *
 * Settings: port.to, port.from (language), port.model, port.reviewer-model (list: one for each lens),
 * port.effort, port.rounds, port.attempts, port.jobs, port.unit-budget, port.guide (a committed file),
 * port.guide-mode (extend, replace), port.exclude (list of globs), port.piece-bytes, port.brake (percent of
 * the last fifty units that may fail; 0: no brake), port.field-table (a committed file), port.contracts
 * (true, false); [decision "path"] action = port, ffi, regenerate or drop; and those of target.* and, for the
 * builds of contracts, of fix.*.
 */
#ifndef FLOW_JOB_PORT_H
#define FLOW_JOB_PORT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/config.h"
#include "flow/job/approve.h"
#include "flow/job/census.h"
#include "flow/model/model.h"
#include "flow/repo/repo.h"
#include "flow/store/ledger.h"

/* One unit as it ended, or as it was found. */
struct flow_port_result {
    const char *unit;
    const char *state; /* committed, failed, held, unreviewed, pending */
    const char *target;
    unsigned rounds;
    size_t findings; /* proven ones of all rounds */
    size_t unproven; /* findings that quoted lines which do not exist */
    int64_t nano_usd;
    bool priced; /* of all its calls the price is known */
    uint64_t tokens;
    const char *commit; /* "" where there is none */
    const char *reason; /* "" where there is none */
};

/* What a run is going to do, before it does. */
enum flow_port_cost {
    FLOW_PORT_COST_KNOWN,
    FLOW_PORT_COST_PROGRAM, /* a program of the user's, which no price is given for */
    FLOW_PORT_COST_UNKNOWN  /* a model that somebody charges for, nobody here knows how much */
};
struct flow_port_plan_role {
    const char *role;
    const char *model;
    size_t calls_low, calls_high;
    struct flow_usage low, high; /* tokens */
    int64_t nano_low, nano_high; /* 0 where the cost is not known */
    enum flow_port_cost cost;
};
struct flow_port_plan_unit {
    const char *unit, *target;
    const char *note; /* why the target's name is not the plain one; NULL where it is */
    const char *state;
    unsigned tier;
    uint32_t lines;
    size_t pieces;
};
struct flow_port_plan {
    const char *branch, *base, *source; /* commits */
    const char *from, *to;
    const char *guide;                       /* where it comes from */
    const struct flow_port_plan_unit *units; /* in order of work */
    size_t unit_count, todo;
    const struct flow_port_plan_role *roles;
    size_t role_count;
    int64_t nano_low, nano_high;
    uint64_t tokens_low, tokens_high;
    enum flow_port_cost cost;             /* the least known one of all roles */
    const char *const *assumptions;       /* that the range rests on, one line each; ends with NULL */
    const struct flow_strv *destinations; /* where source text is sent */
    const struct flow_strv *commands;     /* that will run */
    const struct flow_strv
        *notes; /* what a person should know: prompts of the repository, open decisions, … */
    unsigned jobs;
    const struct flow_spending *spending; /* of the run so far, with its budget */
    bool agreed;                          /* a person has agreed to it earlier */
    const char *changed; /* what is not as it was when a person agreed last; NULL: nobody has */
};

/* The first units have been carried through: what the rest is going to take by what they took. */
struct flow_port_pilot {
    size_t done, rest;
    struct flow_spending spending; /* of the run so far, with its budget */
    enum flow_port_cost cost;
    int64_t nano_low, nano_high; /* of the rest */
    uint64_t tokens_low, tokens_high;
    int64_t agreed_nano; /* that were agreed to for the whole run; below 0: none */
};

struct flow_port_progress {
    bool contracts; /* that is what is made at this moment: accepted are those that are there */
    size_t units, waiting, running, accepted, failed, held;
    struct flow_models_load load;
    struct flow_spending spending;
    double seconds, left; /* of this process; left is below 0 while it cannot be told */
};

/* All may be NULL but plan. Called from one thread at a time. */
struct flow_port_hooks {
    /* Before the first call of a run: 0 goes on; else the run ends with err (FLOW_E_REFUSED). On a dry run,
     * and where plan->agreed, it only shows. Where the run has no budget and the cost is known, 0 also sets
     * one: plan->nano_high beside what was spent before. */
    int (*plan)(void *payload, const struct flow_port_plan *plan, struct flow_error *err);
    /* Shows a prompt that the repository brings and that nobody has accepted yet, and asks
     * (flow/job/approve.h). NULL: nobody can be asked, and the run is refused. */
    flow_approve_fn approve;
    /* After the pilot, once for a plan: 0 goes on; else the run ends with err. Called from the thread that
     * called flow_port, while nothing else goes on. */
    int (*pilot)(void *payload, const struct flow_port_pilot *pilot, struct flow_error *err);
    void (*result)(void *payload, const struct flow_port_result *result);
    void (*progress)(void *payload, const struct flow_port_progress *progress);
    void (*note)(void *payload, const char *text); /* one line */
    void *payload;
};

struct flow_port_options {
    struct flow_repo *repo;
    const struct flow_config *config;
    const struct flow_languages *languages;
    const char *name;                 /* of the run */
    const char *base, *at;            /* revisions; NULL: HEAD when the run begins; the base */
    const struct flow_strv *units;    /* ids, or paths of files of units; NULL or empty: all */
    const struct flow_strv *piped;    /* more of them, out of a list of all: those of other languages are left
                                       * out with a note; NULL or empty: none */
    const struct flow_budget *budget; /* NULL: as it was set before */
    const char *record;               /* write a recording to this file; NULL: none */
    unsigned jobs;                    /* 0: port.jobs, else what the model wants */
    size_t allow_holes;               /* so many are none when the run ends: status 0, and not 1 */
    bool fresh;                       /* translate the units anew */
    bool restale; /* … those that were accepted before guide, prompts or imports changed */
    bool dry_run;
    bool wait;              /* for the holder of the run's lock */
    bool unconfined;        /* --no-sandbox: for the builds of contracts */
    const atomic_int *stop; /* 1: finish calls in flight, begin none; 2: cut them. May be NULL */
    const atomic_bool *cut; /* true when *stop is 2; may be NULL */
    struct flow_port_hooks hooks;
};

/* Runs, or continues. 0: ended by itself, see the census; -1 with err where it could not begin or was stopped
 * (FLOW_E_REFUSED, FLOW_E_BUDGET, FLOW_E_INTERRUPTED, …). The census is filled as far as it got in both
 * cases; it is initialised here and released by the caller. */
int flow_port(const struct flow_port_options *options, struct flow_job_census *census,
              struct flow_error *err);

#endif
