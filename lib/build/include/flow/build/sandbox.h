/* SPDX-License-Identifier: MIT */
/*
 * Commands of a repository, run where they can do no harm: in bubblewrap (the program `bwrap`), under limits
 * that a supervisor counts, with all that they started killed when they end.
 *
 * What a confined command finds:
 * - the system (/usr, /bin, /lib…, /etc, /opt, /nix, /gnu where there are such), read-only, without the
 *   machine's own secrets (/etc/shadow, /etc/ssl/private, …); nothing else of the machine that is not named
 *   in `read` or `write`;
 * - an empty home folder at its usual path, /tmp, /var/tmp and /dev/shm: in memory, a quarter of
 * limits.memory each at most, gone when it ends;
 * - never, whatever is named: known credentials below the home folder (.ssh, .gnupg, .aws, .netrc,
 *   .git-credentials, .cargo/credentials.toml, .npmrc, …), flow's own state, and in any folder named
 *   .git/flow and .git/config. They are empty there;
 * - processes of its own only; no network but its own loopback, unless `network`;
 * - no variables but PATH, LANG, LC_*, TZ, USER, LOGNAME, SHELL, TERM, HOME, TMPDIR, and those in `env`.
 *
 * Unconfined (what a person chose with --no-sandbox) it sees what the user sees, with the same environment
 * and limits; a process that leaves its group, session and parents and erases its environment is not found.
 *
 * Limits are looked at every 50 ms, so that a command can be over one for that long. Of processes the kernel
 * allows four times the limit and no more: by RLIMIT_NPROC, for root by a control group; where root can make
 * none, the command runs at a low priority (nice 15), so that the supervisor comes in time. Memory that no
 * process has mapped (a memfd) is not seen. What stands in a `write` folder afterwards is the command's:
 * neither trust nor run it. Linux only. May be called from any number of threads at once.
 */
#ifndef FLOW_BUILD_SANDBOX_H
#define FLOW_BUILD_SANDBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/base/buf.h"
#include "flow/base/error.h"

/* What a command may take; 0: no limit. How much it may print is the maximum of the buffers that take it. */
struct flow_limits {
    double seconds;     /* from its start to its end */
    uint64_t memory;    /* bytes of private memory, of all its processes together */
    unsigned processes; /* processes and their threads, together, that exist at one time */
    uint64_t disk;      /* bytes by which the folders in `write` may grow, and the largest size of one file */
};

/* An hour, 8 GiB, 4096 processes and threads, 16 GiB on disk: a large build passes, a runaway does not take
 * the machine along. */
extern const struct flow_limits flow_limits_default;

/* Which limit ended a command. */
enum flow_limit {
    FLOW_LIMIT_NONE,
    FLOW_LIMIT_TIME,
    FLOW_LIMIT_MEMORY,
    FLOW_LIMIT_PROCESSES,
    FLOW_LIMIT_OUTPUT,
    FLOW_LIMIT_DISK
};

struct flow_sandbox {
    const char *const *argv;  /* the command; argv[0] is looked up in PATH; NULL ends it */
    const char *dir;          /* where it is started, absolute, in one of the folders below */
    const char *const *read;  /* absolute paths that it may read, NULL-ended; may be NULL. What does not exist
                                 is left out */
    const char *const *write; /* absolute folders that it may write, NULL-ended; they must exist. A folder in
                                 `write` may lie in one of `read`, or the other way round */
    const char *const *hide;  /* absolute paths that are empty for it, NULL-ended; may be NULL */
    const char *const *env;   /* NAME: passed on as it is here, where it is set; NAME=VALUE; may be NULL */
    bool network;             /* it shares the machine's network: the approved fetch step */
    bool unconfined;          /* no bubblewrap */
    struct flow_limits limits;
    const atomic_bool *cancel;  /* when it becomes true the command is killed; may be NULL */
    struct flow_buf *out, *err; /* what it prints is appended here, in full or the command is ended for it;
                                   NULL: thrown away. May be the same buffer, which keeps the order */
    /* Called with what it prints as it comes (fd 1 or 2), for progress; may be NULL. */
    void (*heard)(void *payload, int fd, const char *bytes, size_t len);
    void *payload;
};

struct flow_sandbox_result {
    enum flow_limit limit; /* what ended it; then status is 128 + SIGKILL */
    int status;            /* exit status, or 128 + signal */
    int signal;            /* 0, or the signal that ended it (confined: as bubblewrap tells, status - 128) */
    double seconds;
    uint64_t memory;    /* the most that was seen, bytes; 0 for a command that ended at once */
    unsigned processes; /* likewise */
};

/* Runs it to its end and kills what is left of it. 0 whenever it ran, also when a limit ended it; -1 where it
 * could not be started (FLOW_E_NOT_FOUND, FLOW_E_ENV; bubblewrap's own failure is told in its words), where
 * `read` or `write` name a credential or "/" (FLOW_E_REFUSED), or FLOW_E_INTERRUPTED. A program that
 * does not exist is found out by prlimit only: status 127 or 126, and its words on err. */
int flow_sandbox_run(const struct flow_sandbox *sandbox, struct flow_sandbox_result *result,
                     struct flow_error *err);

/* Whether commands can be confined on this machine, found out by confining `true`. FLOW_E_NOT_FOUND: there is
 * no bwrap (or no prlimit, which sets limits inside); FLOW_E_ENV: it does not work here, in its own words.
 * Both messages name the way out. */
int flow_sandbox_check(struct flow_error *err);

/* For people and records: "time", "memory", "processes", "output", "disk"; NULL for FLOW_LIMIT_NONE. */
const char *flow_limit_name(enum flow_limit limit);

#endif
