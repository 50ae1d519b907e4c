/* SPDX-License-Identifier: MIT */
/*
 * What the files of this layer share: the forge, one request to it, and what differs between forges.
 */
#ifndef FLOW_FORGE_PROVIDER_H
#define FLOW_FORGE_PROVIDER_H

#include <stdbool.h>

#include <curl/curl.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/json.h"
#include "flow/forge/forge.h"

struct flow_forge {
    enum flow_forge_kind kind;
    const struct forge_provider *provider; /* NULL: patches */
    const atomic_int *stop;
    void (*note)(void *payload, const char *text);
    void *payload;
    char *folder, *patches;
    char *api;           /* without '/' at its end */
    char *host;          /* of the API, with its port */
    char *project;       /* "owner/name" */
    char *fork;          /* the project that branches are in, "owner/name"; NULL: the same */
    int64_t id, fork_id; /* of both, where the forge knows projects by number and there is a fork */
    char *path; /* the project as its requests name it: "repos/owner/name", "projects/owner%2Fname" */
    char *token;
    char *token_from;
    CURL *easy;
};

struct forge_answer {
    long status;            /* 0: none came */
    struct flow_json *json; /* NULL where the body is none */
    bool more;              /* there is a further page */
};

/*
 * One request, with waits and repetitions as forge.h says; `path` stands behind the API's address, `body` is
 * JSON or NULL. 0 for a status of 2xx. Else err says what failed ("cannot `doing` at HOST: …") and the way
 * out, and out->status what the server said. The answer is to be released in both cases.
 */
int forge_call(struct flow_forge *forge, const char *method, const char *path, const struct flow_buf *body,
               const char *doing, struct forge_answer *out, struct flow_error *err);
void forge_answer_release(struct forge_answer *answer);
/* Whether an answer refuses what it was asked, but would not refuse everything. */
bool forge_answer_is_no(const struct forge_answer *answer);

/* Appends text as a part of a path or a query. */
void forge_encode(struct flow_buf *out, const char *text);
/* Adds to a list with "; " between. */
void forge_remark(struct flow_buf *remarks, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Names of labels or reviewers. */
struct forge_list {
    char *const *names;
    size_t count;
};

struct forge_provider {
    const char *token_env[2]; /* the first one that is set counts; the second may be NULL */
    const char *page_size;    /* query of a list */
    const char *pulls;        /* path of open ones below the project, with a query */
    /* Asks what is to be known of the project and its fork; NULL: nothing. */
    int (*open)(struct flow_forge *forge, struct flow_error *err);
    const char *prefix; /* of the title of a draft; NULL where that is a field */
    /* Reads one of the list or the answer to create: 1; 0 where its branch is in another project; -1. */
    int (*read)(const struct flow_forge *forge, const struct flow_json *json, struct flow_pull *out,
                struct flow_error *err);
    int (*create)(struct flow_forge *forge, const struct flow_proposal *proposal, const char *title,
                  const char *body, struct forge_answer *out, struct flow_error *err);
    int (*update)(struct flow_forge *forge, const struct flow_pull *pull, const char *title, const char *body,
                  struct forge_answer *out, struct flow_error *err);
    int (*label)(struct flow_forge *forge, const struct flow_pull *pull, const struct forge_list *labels,
                 struct flow_buf *remarks, struct forge_answer *out, struct flow_error *err);
    int (*ask)(struct flow_forge *forge, const struct flow_pull *pull, const struct forge_list *reviewers,
               struct flow_buf *remarks, struct forge_answer *out, struct flow_error *err);
    /* Whether anybody has reviewed it; NULL where those who did stay among who was asked. */
    int (*reviewed)(struct flow_forge *forge, const struct flow_pull *pull, bool *out,
                    struct flow_error *err);
};

extern const struct forge_provider forge_github, forge_gitlab, forge_gitea;

/* What GitHub and Gitea have in common. */
int forge_read_pull(const struct flow_forge *forge, const struct flow_json *json, struct flow_pull *out,
                    struct flow_error *err);
int forge_create_pull(struct flow_forge *forge, const struct flow_proposal *proposal, const char *title,
                      const char *body, struct forge_answer *out, struct flow_error *err);
int forge_update_pull(struct flow_forge *forge, const struct flow_pull *pull, const char *title,
                      const char *body, struct forge_answer *out, struct flow_error *err);
int forge_ask_by_name(struct flow_forge *forge, const struct flow_pull *pull,
                      const struct forge_list *reviewers, struct flow_buf *remarks, struct forge_answer *out,
                      struct flow_error *err);
int forge_reviewed(struct flow_forge *forge, const struct flow_pull *pull, bool *out, struct flow_error *err);

/* Fills what every pull request has; NULL texts become "". */
int forge_pull_fill(struct flow_pull *out, const char *url, const char *title, const char *body,
                    const char *branch, const char *base, const char *author, struct flow_error *err);
void forge_pull_release(struct flow_pull *pull);

/* Reads forge->token and token_from. host: as git's credential helpers know the forge, with its port. */
int forge_token_read(struct flow_forge *forge, const char *scheme, const char *host, struct flow_error *err);

/* FLOW_PUBLISHED_… of the folder. */
int forge_patch_write(struct flow_forge *forge, const struct flow_proposal *proposal,
                      enum flow_published *how, struct flow_buf *url, struct flow_error *err);

#endif
