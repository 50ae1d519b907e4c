/* SPDX-License-Identifier: MIT */
/*
 * What the files of this layer share: the repository and its libgit2 handles.
 *
 * libgit2 lets several threads use one object database, but not one git_repository. Blobs are therefore read
 * and written through `odb`; all else borrows a handle of its own and gives it back.
 */
#ifndef FLOW_REPO_HANDLE_H
#define FLOW_REPO_HANDLE_H

#include <pthread.h>
#include <stddef.h>

#include <git2.h>

#include "flow/base/error.h"
#include "flow/config/id.h"
#include "flow/repo/repo.h"

struct flow_repo {
    char *gitdir, *commondir, *workdir;
    const char *reopen; /* one of these: from where further handles find the same work tree */
    git_odb *odb;
    pthread_mutex_t commit_lock; /* guards what commits are written with, made by the first */
    git_repository *committing;
    struct flow_staging *staging; /* belongs to it */
    pthread_mutex_t lock;         /* guards idle */
    git_repository **idle;
    size_t idle_count, idle_cap;
};

/* A handle that no other thread uses until flow_repo_return, which takes NULL. */
int flow_repo_borrow(struct flow_repo *repo, git_repository **out, struct flow_error *err);
void flow_repo_return(struct flow_repo *repo, git_repository *handle);
/* A new handle with an object database of its own; freed by the caller. */
int flow_repo_reopen(struct flow_repo *repo, git_repository **out, struct flow_error *err);

/* Appends the bytes of a blob, whose size is checked against the limit of out before it is read. */
int flow_odb_read(git_odb *odb, const git_oid *oid, struct flow_buf *out, struct flow_error *err);

/* FLOW_E_INVALID where id is not 40 hexadecimal digits. */
int flow_oid_of(git_oid *out, const struct flow_id *id, struct flow_error *err);
void flow_id_from(struct flow_id *out, const git_oid *oid);

/* The commit, or the tree of it, that id names. */
int flow_commit_lookup(git_commit **out, git_repository *handle, const struct flow_id *id,
                       struct flow_error *err);
int flow_tree_lookup(git_tree **out, git_repository *handle, const struct flow_id *commit,
                     struct flow_error *err);

#endif
