/* SPDX-License-Identifier: MIT */
/*
 * Child processes: started with posix_spawn in a process group of their own, fed and read without deadlock,
 * bounded in time and output, and killed with their whole group: what is left of it when the child has ended
 * has a quarter of a second to write its last words. A child inherits no descriptors but 0, 1 and 2, no
 * blocked signals, and the default action of SIGPIPE, SIGINT, SIGQUIT, SIGTERM and SIGCHLD. May be called
 * from any number of threads at once. A process that ignores SIGCHLD cannot use it.
 */
#ifndef FLOW_BASE_PROC_H
#define FLOW_BASE_PROC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

struct flow_proc {
    const char *const *argv; /* argv[0] is looked up in the PATH of `env`, absolute folders only, unless it
                                holds a '/'; NULL ends it */
    const char *const *env;  /* NULL: the environment of this process */
    const char *dir;         /* where to start it; NULL: here */
    const char *input;       /* its standard input; NULL: /dev/null */
    size_t input_len;
    double timeout;             /* seconds for the whole run, 0: none */
    const atomic_bool *cancel;  /* when it becomes true the group is killed; may be NULL */
    struct flow_buf *out, *err; /* where its output is appended; NULL: /dev/null. May be the same buffer. A
                                   full buffer kills the group: the result is FLOW_E_TOO_BIG */
    /* Called with what was just appended to out (fd 1) or err (fd 2); may be NULL. */
    void (*heard)(void *payload, int fd, const char *bytes, size_t len);
    /* Called when it has been started and every 50 ms until it ends; may be NULL. Other than 0 kills the
     * group: the result is -1 with what was set in err. */
    int (*watch)(void *payload, pid_t pid, struct flow_error *err);
    void *payload;
};

struct flow_proc_result {
    int status; /* exit status, or 128 + signal */
    int signal; /* 0, or the signal that ended it */
    double seconds;
    long max_rss_kb; /* largest resident set; never below that of this process when it started the child */
};

/* Runs it to its end. 0 whenever it ran and ended by itself (see result->status); -1 where it could not be
 * started (FLOW_E_NOT_FOUND, FLOW_E_ENV), FLOW_E_TIMEOUT, FLOW_E_TOO_BIG, FLOW_E_INTERRUPTED. */
int flow_proc_run(const struct flow_proc *proc, struct flow_proc_result *result, struct flow_error *err);

/* Appends the path of the program that a name stands for in PATH, absolute folders only; a name with a '/' is
 * that path. FLOW_E_NOT_FOUND. */
int flow_proc_find(struct flow_buf *out, const char *name, struct flow_error *err);

#endif
