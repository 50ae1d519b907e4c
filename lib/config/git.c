// SPDX-License-Identifier: MIT
#include "flow/config/git.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

#include <git2.h>

// libgit2's options belong to the process and it does not lock them: this guards its state, not ours.
static pthread_mutex_t libgit2_lock = PTHREAD_MUTEX_INITIALIZER;

static int set_options(void)
{
    static const char *const extensions[] = {"worktreeconfig", "partialclone", "preciousobjects"};
    int rc = git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);

    if (rc == 0)
        rc = git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, sizeof extensions / sizeof extensions[0]);
    return rc;
}

int flow_git_hold(struct flow_error *err)
{
    int rc = 0;

    pthread_mutex_lock(&libgit2_lock);
    int holders = git_libgit2_init();
    if (holders < 0) {
        rc = flow_git_error(err, holders, "cannot start libgit2");
    } else if (holders == 1 && set_options() != 0) {
        rc = flow_git_error(err, -1, "cannot set the options of libgit2");
        git_libgit2_shutdown();
    }
    pthread_mutex_unlock(&libgit2_lock);
    return rc;
}

void flow_git_drop(void)
{
    pthread_mutex_lock(&libgit2_lock);
    git_libgit2_shutdown();
    pthread_mutex_unlock(&libgit2_lock);
}

int flow_git_error(struct flow_error *err, int result, const char *format, ...)
{
    const git_error *last = git_error_last();
    char what[512];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    if (last != NULL && last->klass == GIT_ERROR_NOMEMORY)
        return flow_error_nomem(err);
    return flow_error_set(err, result == GIT_ENOTFOUND ? FLOW_E_NOT_FOUND : FLOW_E_ENV, "%s: %s", what,
                          last != NULL && last->message != NULL ? last->message : "libgit2 gave no reason");
}
