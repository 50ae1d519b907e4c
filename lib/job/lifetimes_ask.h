/* SPDX-License-Identifier: MIT */
/*
 * What the parts that ask a model share.
 *
 *   lifetimes_ask.c         asks
 *   lifetimes_ask_open.c    ledger, models, prompts of the repository
 *   lifetimes_ask_plan.c    what is to be asked, and what it may cost
 *   lifetimes_ask_tasks.c   which fields are open, and who is asked about which
 *   lifetimes_ask_code.c    the code that an agent is shown
 *   lifetimes_ask_prompt.c  prompts
 *   lifetimes_ask_rows.c    what came of it, into the rows
 *   lifetimes_vote.c        refuters
 */
#ifndef FLOW_JOB_PRIVATE_LIFETIMES_ASK_H
#define FLOW_JOB_PRIVATE_LIFETIMES_ASK_H

#include <pthread.h>

#include "flow/agent/agent.h"
#include "flow/agent/ownership.h"
#include "flow/agent/prompt.h"
#include "flow/agent/send.h"
#include "flow/job/lifetimes_ask.h"
#include "lifetimes_private.h"
#include "watch.h"

/* A file whose lines are shown. */
struct ask_file {
    const char *path;
    const struct flow_language *language;
    struct flow_buf text;
    const char *held; /* why it may not be sent; NULL: it may */
    uint32_t *starts; /* of its lines, and where the last one ends */
    uint32_t line_count;
};

struct ask_field {
    struct flow_lifetime *row;
    const struct own_field *field;
    const char *name; /* "struct.field" */
};

struct ask_vote {
    struct flow_refutations said;
    bool held;       /* there is a usable reply */
    const char *why; /* else why there is none */
};

/* What one agent is asked, and what was said to it. */
struct ask_task {
    const char *file;
    unsigned piece; /* of that file */
    struct ask_field *fields;
    size_t count;
    const char **names;      /* of the fields */
    struct ask_file **shown; /* files of which it is shown something */
    size_t shown_count;
    struct flow_prompt prompt, refute; /* refute: filled once there are answers */
    struct flow_id id;                 /* of what is asked, by its content */
    bool known;                        /* all replies are in the ledger */
    const char *left; /* why there are no answers; NULL: there are, or it was not asked yet */
    struct flow_ownership answers;
    bool answered;
    /* Answers that make a claim, which is what refuters look at. */
    const char **claims;
    size_t *claim_fields; /* which of the fields each is about */
    size_t claim_count;
    struct ask_vote votes[FLOW_LIFETIMES_VOTES_MAX];
};

#define ASK_RUN "main" /* there is one for each repository */
enum { ASK_PROMPTS = 2 };

struct ask {
    struct flow_lifetimes *lifetimes;
    struct own_model *model;
    const struct flow_lifetimes_ask_options *options;
    struct flow_lifetimes_asked *out;
    struct flow_arena arena;
    struct flow_buf state_dir;
    struct flow_ledger *ledger;
    struct flow_run_lock *lock;
    struct flow_models *models;
    struct flow_places *places;
    struct flow_send *send;
    struct flow_agent_env env;
    const char *names[ASK_PROMPTS]; /* models: of who answers, of who refutes */
    const char *effort;
    unsigned jobs;
    struct flow_buf templates[ASK_PROMPTS];
    bool own[ASK_PROMPTS];   /* a committed file brings it */
    struct flow_buf classes; /* definitions, as prompts have them */
    const char **class_names;
    size_t class_count;
    struct flow_map *files; /* path -> ask_file */
    struct ask_file **file_list;
    size_t file_count, file_cap;
    struct ask_task *tasks;
    size_t count, cap;
    size_t pending; /* tasks that are not known */

    atomic_bool drain;
    pthread_mutex_t mutex;     /* guards what follows, the arena and the hooks while agents work */
    struct flow_error failure; /* why it ends early */
    size_t done, total;        /* calls, roughly */
};

int ask_open(struct ask *ask, struct flow_error *err);
/* Asks about prompts that a committed file brings. */
int ask_approve(const struct ask *ask, struct flow_error *err);

/* Fills the prompts of all tasks, and finds out which are known. A file that may not be sent is left out. */
int ask_prompts(struct ask *ask, struct flow_error *err);
int ask_plan(struct ask *ask, struct flow_error *err);
/* Remembers which tasks have all their replies in the ledger. */
int ask_keep_known(struct ask *ask, struct flow_error *err);

/* The text of a file, read once. *out is NULL where the tree has no such file. */
int ask_file_get(struct ask *ask, const char *path, struct ask_file **out, struct flow_error *err);
/* Whether a file has that line; *line becomes the nearest one that reads like the quote. */
bool ask_file_has(const struct ask_file *file, const char *quote, uint32_t *line);

/* Finds what is open and makes the tasks, in the order of rows. */
int ask_tasks(struct ask *ask, struct flow_error *err);
void ask_tasks_free(struct ask *ask);

/* Appends the code that a task's fields are about, and fills `shown`. */
int ask_code(struct ask *ask, struct ask_task *task, struct flow_buf *out, struct flow_error *err);

/* Appends the definitions of all classes, and fills class_names. */
int ask_classes(struct ask *ask, struct flow_error *err);
int ask_prompt(struct ask *ask, struct ask_task *task, struct flow_error *err);
/* Once there are answers. */
int ask_prompt_refute(struct ask *ask, struct ask_task *task, struct flow_error *err);

/* Writes what was said into the rows, and counts it. */
int ask_rows(struct ask *ask, struct flow_error *err);

/* One call of one refuter: as flow_each_fn, item is task * votes + vote. */
int ask_vote(void *payload, unsigned worker, size_t item, struct flow_error *err);

/* What a step of a task begins with. */
void ask_step(const struct ask *ask, const struct ask_task *task, struct flow_step *out);
/* What a step came to: keeps why there is no reply in *why and, where the run has to end, in the run. */
int ask_settle(struct ask *ask, int result, const struct flow_error *failure, const char **why,
               struct flow_error *err);

#endif
