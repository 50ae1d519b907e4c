/* SPDX-License-Identifier: MIT */
/*
 * Where a branch goes to its reviewers: a pull request at GitHub, GitLab or Gitea (and Forgejo), or a folder
 * of patch files for git-am(1). One request at a time; nothing here pushes.
 *
 * Requests go to one host over http or https, no redirect is followed, and the policy of the machine is asked
 * before the first one, also about proxies. Reading is tried three times where the server is busy or away;
 * writing is not repeated, since no forge can tell a repeated request from a second one: what was written
 * after all is found by the next list. A rate limit is waited for where that takes no more than two minutes
 * (Retry-After, X-RateLimit-Reset, RateLimit-Reset), else the error says when it ends.
 *
 * The token comes from the environment (GITHUB_TOKEN, GH_TOKEN; GITLAB_TOKEN; GITEA_TOKEN, FORGEJO_TOKEN),
 * else from git's credential helpers, as the password for the remote's host. It is held in memory only, is
 * sent to the forge alone, and is taken out of what servers answer before anybody sees that.
 *
 * The text of a pull request ends with a comment that names the hash of title and text, by which flow knows
 * what it wrote itself: what a person changed since is never written over.
 *
 * Failures that concern this branch alone have the code FLOW_E_INVALID; all others would meet the next one,
 * too.
 */
#ifndef FLOW_FORGE_FORGE_H
#define FLOW_FORGE_FORGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"
#include "flow/base/vec.h"
#include "flow/config/id.h"

enum flow_forge_kind { FLOW_FORGE_PATCH, FLOW_FORGE_GITHUB, FLOW_FORGE_GITLAB, FLOW_FORGE_GITEA };

/* "patch", "github", "gitlab", "gitea"; NULL ends it. In the order of enum flow_forge_kind. */
extern const char *const flow_forge_names[];

/* The kind that a name stands for; FLOW_E_INVALID lists them. */
int flow_forge_named(const char *name, enum flow_forge_kind *out, struct flow_error *err);
/* The forge behind the address of a remote, by its host: github.com, gitlab.com, codeberg.org, gitea.com.
 * False for any other, which somebody has to name: a token is not sent to a host on a guess. */
bool flow_forge_known(const char *remote, enum flow_forge_kind *out);
/* Appends the host of a remote's address without port; nothing where it is a path of this machine. */
void flow_remote_host(const char *address, struct flow_buf *out);
/* Appends the address without a name and password that it may hold. */
void flow_remote_show(const char *address, struct flow_buf *out);

struct flow_forge_options {
    enum flow_forge_kind kind;
    const char *remote;     /* address of git's remote; not used for patches */
    const char *fork;       /* that of the one whose branches are proposed; NULL: the same project */
    const char *url;        /* of the API; NULL: the one that goes with the remote's host */
    const char *folder;     /* of the repository, where git runs */
    const char *patches;    /* the folder below which patches are written; not used otherwise */
    const atomic_int *stop; /* 1: begin no further request, wait no longer; 2: cut. May be NULL */
    void (*note)(void *payload, const char *text); /* that it waits, and why; may be NULL */
    void *payload;
};

struct flow_forge;

/* Reads the token and asks the policy (FLOW_E_REFUSED); sends nothing. The options' texts are copied. */
int flow_forge_new(struct flow_forge **out, const struct flow_forge_options *options, struct flow_error *err);
void flow_forge_free(struct flow_forge *forge);

/* For people: "api.github.com" or the folder of patches; "owner/name", "" for patches; where the token is
 * from. */
const char *flow_forge_host(const struct flow_forge *forge);
const char *flow_forge_project(const struct flow_forge *forge);
const char *flow_forge_token_from(const struct flow_forge *forge);

/* An open pull request of a branch of this project, or of its fork where that was given. */
struct flow_pull {
    int64_t number;
    char *url, *title, *body, *branch, *base, *author;
    bool draft;
    bool labelled; /* has any label */
    bool asked;    /* somebody is asked to review it */
};

struct flow_pulls {
    struct flow_pull *items;
    size_t count, cap;
};

/* All open ones whose branch is in the project itself, or in the fork; none for patches. */
int flow_forge_list(struct flow_forge *forge, struct flow_pulls *out, struct flow_error *err);
void flow_pulls_release(struct flow_pulls *pulls);
/* That of a branch, or NULL. */
const struct flow_pull *flow_pulls_find(const struct flow_pulls *pulls, const char *branch);
/* Whether flow opened it. */
bool flow_pull_is_ours(const struct flow_pull *pull);

struct flow_proposal {
    const char *branch, *base; /* short names */
    struct flow_id from, tip;  /* where the branch left its base, and where it is: what patches are made of */
    const char *title;         /* one line */
    const char *text;
    bool draft; /* how a new one is opened; one that is open stays what people made of it */
    const struct flow_strv *labels;
    const struct flow_strv *reviewers; /* names of users, "organisation/team" for teams */
};

enum flow_published { FLOW_PUBLISHED_NEW, FLOW_PUBLISHED_CHANGED, FLOW_PUBLISHED_SAME };

/*
 * Opens a pull request, or brings the one that is open (`pull`, from flow_forge_list; NULL: none) up to date.
 * One that was opened in between is found and not opened again. Labels are given to one that has none, and
 * reviewers are asked where nobody is asked and nobody has reviewed. `url` gets its address, or the folder of
 * the patches; `remarks` what was left out, with "; " between: a text that a person changed, a label that the
 * forge does not have, a reviewer that it does not take.
 */
int flow_forge_publish(struct flow_forge *forge, const struct flow_proposal *proposal,
                       const struct flow_pull *pull, enum flow_published *how, struct flow_buf *url,
                       struct flow_buf *remarks, struct flow_error *err);

#endif
