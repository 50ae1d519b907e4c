/* SPDX-License-Identifier: MIT */
/*
 * libgit2 as a guest of this process: held while anybody uses it, with the options that flow wants, and its
 * failures turned into ours.
 */
#ifndef FLOW_CONFIG_GIT_H
#define FLOW_CONFIG_GIT_H

#include "flow/base/error.h"

/* Starts libgit2 where nobody holds it yet; each hold is given back by one drop. Thread-safe, cheap when it
 * is held already. The first hold sets what libgit2 keeps for the whole process: objects and refs are
 * fsynced, and the repository extensions that change nothing for a reader and writer of objects are accepted
 * (worktreeConfig, partialClone, preciousObjects). */
int flow_git_hold(struct flow_error *err);
void flow_git_drop(void);

/* Fills err from libgit2's last failure in this thread: the formatted text, ": ", libgit2's text.
 * GIT_ENOTFOUND becomes FLOW_E_NOT_FOUND, all else FLOW_E_ENV. Returns -1. */
int flow_git_error(struct flow_error *err, int result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
